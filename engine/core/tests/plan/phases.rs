//! Which phase each step lies in, and which wires park, of graphs that need phases and of such that nearly do.

use std::fmt::Write;

use super::support::{compiled, rendered};

/// Returns the phase of each step, and what its wires give back.
#[track_caller]
fn phases(line: &str) -> String {
    let compiled = compiled(line);
    let plan = compiled.plan.unwrap_or_else(|| panic!("{}", rendered(&compiled.problems)));
    let mut text = String::new();
    for step in &plan.steps {
        write!(text, "{} {}", step.name, step.phase).unwrap();
        for input in step.inputs.iter().filter(|input| input.parks.is_some()) {
            let levels = input.scope_inside()[input.parks.unwrap()..].iter().map(|split| &*plan.steps[*split].name);
            write!(text, ", {} gives back {}", input.name, levels.collect::<Vec<_>>().join("/")).unwrap();
        }
        text.push_str(" ; ");
    }
    text.trim_end_matches(" ; ").to_owned()
}

#[test]
fn a_mean_over_all_begins_a_phase() {
    let line = "n=t.numbers ; all=t.gather items=n.number ; a=t.add a=n.number b=all.count ; c=t.add a=a.sum";
    assert_eq!(phases(line), "n 0 ; all 0 ; a 1, a gives back n ; c 1");
}

#[test]
fn a_mean_of_each_group_keeps_the_tokens_around_it() {
    let line = "find=t.files ; open=t.open file=find.file ; cut=t.cut image=open.image ; \
                sheet=t.sheet images=cut.tile ; mixed=t.blend one=cut.tile other=sheet.image";
    assert_eq!(phases(line), "find 0 ; open 0 ; cut 0 ; sheet 0 ; mixed 1, one gives back cut");
}

#[test]
fn a_collect_far_upstream_counts_and_so_does_one_of_other_items() {
    let line = "n=t.numbers ; k=t.numbers ; all=t.gather items=n.number ; x=t.add a=all.count ; y=t.add a=x.sum ; \
                a=t.add a=k.number b=y.sum";
    assert_eq!(phases(line), "n 0 ; k 0 ; all 0 ; x 0 ; y 0 ; a 1, a gives back k");
}

#[test]
fn two_sources_may_wait_for_each_other() {
    let line = "n=t.numbers ; k=t.numbers ; all=t.gather items=n.number ; each=t.gather items=k.number ; \
                a=t.add a=k.number b=all.count ; b=t.add a=n.number b=each.count";
    assert_eq!(phases(line), "n 0 ; k 0 ; all 0 ; each 0 ; a 1, a gives back k ; b 1, a gives back n");
}

#[test]
fn a_value_that_is_no_deeper_begins_none() {
    let line = "n=t.numbers ; all=t.gather items=n.number ; two=t.add a=all.count b=all.count ; \
                again=t.numbers count=two.sum ; a=t.add a=again.number b=n.number";
    let compiled = compiled(line);
    assert!(compiled.plan.is_none(), "side by side");
    let line = "n=t.numbers ; all=t.gather items=n.number ; two=t.add a=all.count b=all.count ; \
                again=t.numbers count=two.sum ; a=t.add a=again.number";
    assert_eq!(phases(line), "n 0 ; all 0 ; two 0 ; again 0 ; a 0");
}

#[test]
fn a_wire_gives_back_what_any_value_of_the_phase_may_wait_for() {
    // `far` begins a phase with a value that lies in no scope, so `mixed`, of the same phase, lets go of `find` too.
    let line = "find=t.files ; open=t.open file=find.file ; cut=t.cut image=open.image ; \
                sheet=t.sheet images=cut.tile ; mixed=t.blend one=cut.tile other=sheet.image ; \
                all=t.sheet images=open.image ; far=t.blend one=open.image other=all.image";
    let expected = "find 0 ; open 0 ; cut 0 ; sheet 0 ; mixed 1, one gives back find/cut, other gives back find ; \
                    all 0 ; far 1, one gives back find";
    assert_eq!(phases(line), expected);
}

#[test]
fn a_second_phase_parks_again() {
    let line = "n=t.numbers ; all=t.gather items=n.number ; a=t.add a=n.number b=all.count ; \
                more=t.gather items=a.sum ; b=t.add a=a.sum b=more.count ; c=t.add a=n.number b=b.sum";
    assert_eq!(phases(line), "n 0 ; all 0 ; a 1, a gives back n ; more 1 ; b 2, a gives back n ; c 2, a gives back n");
}

#[test]
fn a_collect_beside_a_value_that_begins_a_phase_gives_back_what_lies_around_it() {
    let line = "find=t.files ; open=t.open file=find.file ; cut=t.cut image=open.image ; \
                all=t.sheet images=open.image ; tiles=t.blend one=all.image other=open.image ; \
                back=t.gather items=cut.tile ; x=t.merge items=[tiles.image,back.list]";
    assert_eq!(
        phases(line),
        "find 0 ; open 0 ; cut 0 ; all 0 ; tiles 1, other gives back find ; back 0 ; x 1, items gives back find"
    );
}

#[test]
fn whether_a_split_fails_is_known_when_its_group_has_ended() {
    let line = "find=t.files ; log=t.log failure=find.error ; open=t.open file=find.file ; \
                say=t.say text=log.text extra=open.width";
    assert_eq!(phases(line), "find 0 ; log 0 ; open 0 ; say 1, extra gives back find");
}
