//! Kinds that are fed in key order: where what they give lies, and what is refused.

use windlass_core::about::About;
use windlass_core::context::Ctx;
use windlass_core::node::{Emission, NodeError, Ordered, Statics, Turn};
use windlass_core::spec::{PortSpec, Spec};
use windlass_core::types::Type;
use windlass_core::value::Bag;

use super::support::{compiled, rendered};

/// Gives something for each item, something for whole groups, and children in place of the group.
pub struct Tally;

impl Ordered for Tally {
    type Params = ();
    type In = Bag;
    type Out = Emission;
    type End = Emission;
    type State = ();

    fn about() -> About {
        About::new("t.tally", "Tally", "Does nothing, in order.")
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    fn shape(spec: &mut Spec, _: &Statics) -> Result<(), NodeError> {
        let port = |name: &str| PortSpec::new(name, Type::int(), "A number.");
        spec.inputs = vec![port("value")];
        let total = PortSpec { at_end: true, ..port("total") };
        let pair = PortSpec { many: true, ..port("pair") };
        spec.outputs = vec![port("so_far"), total, pair];
        Ok(())
    }

    async fn fire(&self, (): &(), (): (), _: Bag, _: &Ctx) -> Result<Turn<Emission, ()>, NodeError> {
        Ok(Turn::new(Emission::default()))
    }
}

fn scopes(line: &str) -> Vec<String> {
    let compiled = compiled(line);
    let plan = compiled.plan.unwrap_or_else(|| panic!("{}", rendered(&compiled.problems)));
    plan.outputs.iter().map(|output| format!("{}: {}", output.name, plan.scope_in_words(&output.scope))).collect()
}

#[test]
fn items_totals_and_children_lie_in_scopes_of_their_own() {
    let line = "n=t.numbers ; t=t.tally value=n.number ; ->each=t.so_far ; ->all=t.total ; ->pair=t.pair ; \
                ->failed=t.error";
    let expected =
        ["each: for each number of `n`", "all: once", "pair: for each pair of `t`", "failed: for each number of `n`"];
    assert_eq!(scopes(line), expected);
}

#[test]
fn a_total_waits_for_its_group_as_a_collect_does() {
    let line = "n=t.numbers ; t=t.tally value=n.number ; a=t.add a=n.number b=t.total";
    let plan = compiled(line).plan.unwrap();
    assert_eq!(plan.steps.iter().map(|step| step.phase).collect::<Vec<_>>(), [0, 0, 1]);
    let line = "n=t.numbers ; t=t.tally value=n.number ; a=t.add a=n.number b=t.so_far";
    assert!(compiled(line).plan.unwrap().steps.iter().all(|step| step.phase == 0));
}

#[test]
fn what_runs_once_has_no_order() {
    insta::assert_snapshot!(rendered(&compiled("s=t.small ; t=t.tally value=s.number").problems));
}
