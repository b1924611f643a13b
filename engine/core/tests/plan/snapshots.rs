//! What plans of right graphs look like.

use windlass_core::plan::print;

use super::support::{Files, compiled, compiled_with, rendered};

#[track_caller]
fn text(line: &str) -> String {
    let compiled = compiled(line);
    assert!(compiled.is_ok(), "{}", rendered(&compiled.problems));
    compiled.plan.map(|plan| print::text(&plan)).unwrap_or_default()
}

const SHEET: &str = "$size:int(16..4096)=64 ; find=t.files ; open=t.open file=find.file ; \
    thumb=t.resize image=open.image width=$size ; sheet=t.sheet images=thumb.image ; \
    save=t.save image=sheet.image path:\"out/{graph}.png\" ; ->sheet=save.path";

const PHASE: &str = "n=t.numbers ; all=t.gather items=n.number ; a=t.add a=n.number b=all.count";

#[test]
fn contact_sheet() {
    insta::assert_snapshot!(text(SHEET));
}

#[test]
fn as_dot() {
    insta::assert_snapshot!(print::dot(&compiled(SHEET).plan.unwrap()));
}

#[test]
fn as_mermaid() {
    insta::assert_snapshot!(print::mermaid(&compiled(SHEET).plan.unwrap()));
}

#[test]
fn as_json() {
    insta::assert_snapshot!(print::json(&compiled(SHEET).plan.unwrap()));
}

#[test]
fn nested_scopes_and_repeated_values() {
    insta::assert_snapshot!(text(
        "style=t.files ; look=t.open file=style.file ; tiles=t.cut image=look.image ; \
         mixed=t.blend one=tiles.tile other=look.image ; back=t.gather items=mixed.image ; \
         save=t.save image=look.image path:\"{stem}-{count}.png\" count=back.count"
    ));
}

#[test]
fn errors_are_wired() {
    insta::assert_snapshot!(text(
        "find=t.files .window:8 ; open=t.open file=find.file .retries:2 .backoff:500ms .timeout:30s ; \
         log=t.log failure=open.error ; all=t.gather items=log.text"
    ));
}

#[test]
fn variables_take_what_the_wires_bring() {
    insta::assert_snapshot!(text(
        "find=t.files ; open=t.open file=find.file ; both=t.merge items=[open.image,find.file] ; \
         all=t.gather items=both.item ; each=t.each list=all.list ; again=t.gather items=each.item"
    ));
}

#[test]
fn a_bypassed_node_hands_on_and_a_muted_one_stays() {
    insta::assert_snapshot!(text(
        "find=t.files ; open=t.open file=find.file ; thumb=t.resize image=open.image .bypass ; \
         save=t.save image=thumb.image .mute"
    ));
}

#[test]
fn a_subgraph_used_twice() {
    let files = Files::default().with(
        "/graphs/lib/small.yaml",
        "$picture:image ; $width:int=32 ; ->small=resize.image ; resize=t.resize image=$picture width=$width",
    );
    let compiled = compiled_with(
        "find=t.files folder:photos ; open=t.open file=find.file ; a=lib/small.yaml picture=open.image ; \
         b=lib/small.yaml picture=a.small width:16 ; save=t.save image=b.small",
        &files,
        |_| {},
    );
    assert!(compiled.is_ok(), "{}", rendered(&compiled.problems));
    insta::assert_snapshot!(print::text(&compiled.plan.unwrap()));
}

#[test]
fn a_list_input_of_a_subgraph_collects_at_the_border() {
    let files = Files::default()
        .with("/graphs/sum.yaml", "$numbers:list<int> ; ->total=total.total ; total=t.total list=$numbers");
    let compiled = compiled_with("n=t.numbers ; sum=sum.yaml numbers=n.number ; say=t.add a=sum.total", &files, |_| {});
    assert!(compiled.is_ok(), "{}", rendered(&compiled.problems));
    insta::assert_snapshot!(print::text(&compiled.plan.unwrap()));
}

#[test]
fn what_the_caller_gives() {
    let line = "$size:int=64 ; $folder:path ; find=t.files folder=$folder ; open=t.open file=find.file ; \
        thumb=t.resize image=open.image width=$size ; save=t.save image=thumb.image";
    let compiled = compiled_with(line, &Files::default(), |request| {
        request.inputs.insert("size".into(), windlass_core::plan::Given::Text("128".into()));
        request.inputs.insert("folder".into(), windlass_core::plan::Given::Text("pictures".into()));
        request.sets.push(("thumb.fit".into(), "cover".into()));
        request.out_folder = Some("elsewhere".into());
        request.caller_folder = "/home/ada".into();
        request.seed = Some(7);
        request.mode = windlass_core::plan::Mode::Run;
    });
    assert!(compiled.is_ok(), "{}", rendered(&compiled.problems));
    insta::assert_snapshot!(print::text(&compiled.plan.unwrap()));
}

#[test]
fn check_says_how_often_each_node_runs() {
    let plan = compiled(SHEET).plan.unwrap();
    insta::assert_snapshot!(windlass_core::check::summary(&plan).join("\n"));
}

#[test]
fn a_phase_in_text() {
    insta::assert_snapshot!(text(PHASE));
}

#[test]
fn a_phase_as_dot() {
    insta::assert_snapshot!(print::dot(&compiled(PHASE).plan.unwrap()));
}

#[test]
fn a_plan_until_a_node() {
    let mut plan =
        compiled(&format!("{SHEET} ; log=t.log failure=open.error ; all=t.gather items=find.file")).plan.unwrap();
    plan.until("thumb").unwrap();
    insta::assert_snapshot!(print::text(&plan));
    assert!(plan.steps.iter().all(|step| !step.error_wired), "nobody is left who would take failures up");
    let problem = plan.until("open2").unwrap_err();
    assert_eq!(problem.message, "the graph has no node `open2` that would run");
}
