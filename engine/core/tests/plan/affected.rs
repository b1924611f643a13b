//! What depends on an item, in graphs with splits, collects, loops and values that meet deeper items.

use windlass_core::plan::{Compiled, Given, Row, Rows};

use super::pack;
use super::support::{Files, LOOP, compile_text, compiled, rendered};

/// Returns the steps of which these items are affected by one of them: `step key`.
#[track_caller]
fn affected(line: &str, item: &str, looked_at: &[&str]) -> String {
    of_compiled(compiled(line), &[], item, looked_at)
}

#[track_caller]
fn of_compiled(compiled: Compiled, rows: &[Rows], item: &str, looked_at: &[&str]) -> String {
    let mut plan = compiled.plan.unwrap_or_else(|| panic!("{}", rendered(&compiled.problems)));
    if !rows.is_empty() {
        plan.under(rows).unwrap();
    }
    let read = |item: &str| {
        let (name, key) = item.rsplit_once(' ').unwrap();
        let step = plan.steps.iter().position(|step| step.name == name).unwrap_or_else(|| panic!("no step `{name}`"));
        (step, key.trim_matches('-').parse().unwrap())
    };
    let all = plan.affected([read(item)]);
    let is_affected = |item: &&&str| {
        let (step, key) = read(item);
        all.has(step, &key)
    };
    looked_at.iter().filter(is_affected).copied().collect::<Vec<_>>().join(", ")
}

const FILES: &str = "find=t.files ; open=t.open file=find.file ; cut=t.cut image=open.image ; \
                     small=t.resize image=cut.tile ; sheet=t.sheet images=small.image ; all=t.sheet images=open.image ; \
                     far=t.blend one=sheet.image other=all.image";

#[test]
fn an_item_affects_what_is_made_of_it_and_of_its_groups() {
    let looked_at =
        ["find -", "open 3", "open 4", "cut 3", "small 3/0", "small 3/1", "small 4/0", "sheet 3", "sheet 4"];
    assert_eq!(affected(FILES, "small 3/1", &looked_at), "small 3/1, sheet 3");
    assert_eq!(affected(FILES, "open 3", &looked_at), "open 3, cut 3, small 3/0, small 3/1, sheet 3");
    assert_eq!(affected(FILES, "find -", &looked_at), looked_at.join(", "));
}

#[test]
fn a_value_made_of_all_affects_all_that_it_meets() {
    let looked_at = ["all -", "far 3", "far 4", "sheet 4"];
    assert_eq!(affected(FILES, "open 3", &looked_at), "all -, far 3, far 4");
    assert_eq!(affected(FILES, "sheet 3", &looked_at), "far 3");
}

#[test]
fn a_loop_begins_again_for_its_item() {
    let looked_at =
        ["find -", "grow (start) 3", "grow (start) 4", "grow/more 3/0", "grow/more 4/0", "grow 3", "behind 3"];
    for item in ["grow/more 3/1", "grow 3", "grow (start) 3"] {
        let compiled = compile_text(LOOP, &pack::registry(), &Files::default(), |_| {});
        let all = of_compiled(compiled, &[], item, &looked_at);
        assert_eq!(all, "grow (start) 3, grow/more 3/0, grow 3, behind 3", "{item}");
    }
}

#[test]
fn what_runs_once_for_several_rows_affects_its_items_under_each() {
    let row = |name: &str| Row { name: name.into(), values: vec![Given::Text(name.into())], place: None };
    let rows = Rows {
        name: "--sweep small.width".into(),
        columns: vec!["small.width".into()],
        rows: vec![row("1"), row("2")],
        folder: "/".into(),
    };
    let looked_at = ["cut 3", "small 0/3/0", "small 1/3/0", "sheet 0/3", "sheet 1/3", "all -"];
    let affected = |item: &str| of_compiled(compiled(FILES), std::slice::from_ref(&rows), item, &looked_at);
    assert_eq!(affected("small 0/3/0"), "small 0/3/0, sheet 0/3");
    assert_eq!(affected("cut 3"), "cut 3, small 0/3/0, small 1/3/0, sheet 0/3, sheet 1/3");
}
