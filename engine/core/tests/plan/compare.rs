//! What differs between two plans.

use serde_json::{Value as Json, json};
use windlass_core::plan::{Change, Plan, PlanDifference, difference};

use super::support::{compiled, rendered};

fn plan(line: &str) -> Plan {
    let compiled = compiled(line);
    compiled.plan.unwrap_or_else(|| panic!("{}", rendered(&compiled.problems)))
}

fn changes(found: &PlanDifference, step: &str) -> Vec<(String, Json, Json)> {
    let step = found.changed.iter().find(|changed| changed.step == step);
    let told = |Change { what, old, new }: &Change| (what.clone(), old.clone(), new.clone());
    step.map(|step| step.changes.iter().map(told).collect()).unwrap_or_default()
}

#[test]
fn plans_that_are_alike_differ_in_nothing() {
    let line = "->sum=b.sum ; s=t.small ; b=t.add a=s.number b:2";
    assert!(difference(&plan(line), &plan(line)).is_none());
}

#[test]
fn steps_parameters_wires_policies_and_outputs_are_compared() {
    let old = plan("->sum=b.sum ; s=t.small ; b=t.add a=s.number b:2 ; c=t.add a=s.number");
    let new = plan("->sum=d.sum ; s=t.small ; b=t.add a:1 b:3 .retries:4 ; d=t.add a=b.sum");
    let found = difference(&old, &new);
    assert_eq!((&found.added[..], &found.gone[..]), (&["d".to_owned()][..], &["c".to_owned()][..]));
    let wire = |from: &str| json!({ "wire": from });
    let expected = [
        ("a".to_owned(), wire("s.number"), 1.into()),
        ("b".to_owned(), 2.into(), 3.into()),
        ("policy.retries".to_owned(), 0.into(), 4.into()),
    ];
    assert_eq!(changes(&found, "b"), expected);
    let whole = [Change { what: "output sum".into(), old: wire("b.sum"), new: wire("d.sum") }];
    assert_eq!(found.whole, whole);
    assert_eq!(found.changed.len(), 1, "{:?}", found.changed);
}
