//! Graphs that are used as nodes: their policies, what they get in one port, and groups that they close.

use windlass_core::doc::OnError;
use windlass_core::plan::print;

use super::support::{Files, compiled, compiled_with, rendered};

fn text(line: &str, files: &Files) -> String {
    let compiled = compiled_with(line, files, |_| {});
    print::text(&compiled.plan.unwrap_or_else(|| panic!("{}", rendered(&compiled.problems))))
}

#[test]
fn a_policy_holds_for_the_nodes_inside_that_say_nothing_else() {
    let inner = "$n:int ; ->sum=b.sum ; a=t.add a=$n ; b=t.add a=a.sum .retries:5";
    let files = Files::default()
        .with("/graphs/inner.yaml", inner)
        .with("/graphs/outer.yaml", "$n:int ; ->sum=u.sum ; u=inner.yaml n=$n .queue:3");
    let line = "s=t.small ; x=outer.yaml n=s.number .retries:2 .queue:9 .on_error:stop ; y=outer.yaml n=x.sum .mute";
    let compiled = compiled_with(line, &files, |_| {});
    let plan = compiled.plan.unwrap_or_else(|| panic!("{}", rendered(&compiled.problems)));
    let policy = |name: &str| plan.steps.iter().find(|step| step.name == name).unwrap().policy.clone();
    assert_eq!((policy("x/u/a").retries, policy("x/u/b").retries), (2, 5));
    assert_eq!((policy("x/u/a").queue, policy("x/u/a").on_error), (Some(3), OnError::Stop), "the nearest one holds");
    assert!(policy("y/u/a").mute && policy("y/u/b").mute && !policy("x/u/a").mute);
    assert_eq!(compiled.problems.len(), 0, "{}", rendered(&compiled.problems));
}

#[test]
fn a_policy_holds_for_a_loop_inside_and_for_its_body() {
    let files = Files::default()
        .with("/graphs/body.yaml", "$n:int ; ->n=more.sum ; more=t.add a=$n")
        .with("/graphs/inner.yaml", "$n:int ; ->n=go.n ; go=t.loop n=$n");
    let files = Files(files.0.into_iter().map(|(path, text)| (path, with_body(&text))).collect());
    let compiled = compiled_with("s=t.small ; x=inner.yaml n=s.number .on_error:stop", &files, |_| {});
    let plan = compiled.plan.unwrap_or_else(|| panic!("{}", rendered(&compiled.problems)));
    for name in ["x/go", "x/go (round)", "x/go/more"] {
        let step = plan.steps.iter().find(|step| step.name == name).unwrap();
        assert_eq!(step.policy.on_error, OnError::Stop, "{name}");
    }
}

/// Gives the node `go` of a graph a body.
fn with_body(text: &str) -> String {
    text.replace("    kind: t.loop\n", "    kind: t.loop\n    body: ./body.yaml\n")
}

#[test]
fn graph_inputs_stand_among_wires_in_one_port() {
    let line = "$first:int=7 ; n=t.numbers ; m=t.merge items=[$first,n.number,$first] ; s=t.add a=m.item";
    insta::assert_snapshot!(text(line, &Files::default()));
    let files =
        Files::default().with("/graphs/pick.yaml", "$x:int ; $y:int=3 ; ->item=m.item ; m=t.merge items=[$x,$y]");
    insta::assert_snapshot!(text("n=t.numbers ; p=pick.yaml x=n.number", &files));
}

#[test]
fn two_levels_are_collected_at_the_border_and_behind_it() {
    let files = Files::default()
        .with("/graphs/lists.yaml", "$all:list<image> ; ->lists=g.list ; g=t.gather items=$all")
        .with("/graphs/outer.yaml", "$all:list<image> ; ->lists=u.lists ; u=rows.yaml all=$all")
        .with("/graphs/rows.yaml", "$all:list<list<image>> ; ->lists=g.list ; g=t.gather items=$all");
    let tiles = "find=t.files ; open=t.open file=find.file ; cut=t.cut image=open.image";
    insta::assert_snapshot!(text(&format!("{tiles} ; l=lists.yaml all=cut.tile"), &files));
    insta::assert_snapshot!(text(&format!("{tiles} ; l=outer.yaml all=cut.tile"), &files));
}

#[test]
fn a_list_that_comes_once_is_not_collected_again_behind_the_border() {
    let files = Files::default().with("/graphs/lists.yaml", "$all:list<file> ; ->list=g.list ; g=t.gather items=$all");
    insta::assert_snapshot!(text("find=t.files ; l=lists.yaml all=find.file", &files));
}

#[test]
fn a_used_graph_lies_inside_the_scope_of_what_feeds_it() {
    let files = Files::default()
        .with("/graphs/tiles.yaml", "$image:image ; ->tile=cut.tile ; cut=t.cut image=$image")
        .with("/graphs/sheet.yaml", "$all:list<image> ; ->image=s.image ; s=t.sheet images=$all");
    let line = "find=t.files ; open=t.open file=find.file ; t=tiles.yaml image=open.image ; s=sheet.yaml all=t.tile ; \
                save=t.save image=s.image ; ->tiles=t.tile";
    insta::assert_snapshot!(text(line, &files));
}

#[test]
fn a_graph_input_among_wires_is_one_that_a_caller_may_set() {
    let line = "$first:int=7 ; n=t.numbers ; m=t.merge items=[$first,n.number]";
    let plan = compiled(line).plan.unwrap();
    let giver = plan.steps.iter().find(|step| step.name == "m.items[0]").unwrap();
    assert_eq!(giver.given, [("value".into(), "first".into())]);
}
