//! Kinds that a server lists, each adding an amount, and the pass that makes one step of several in a row.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value as Json, json};
use windlass_core::node::{Emission, ErasedNode, FireFuture, Kind, NodeError, Statics};
use windlass_core::plan::{Plan, PlanPass, Refused, Step, StepId};
use windlass_core::prelude::{About, Bag, Ctx, Node, PortSpec, Spec, Value};
use windlass_core::registry::KindSource;
use windlass_core::types::Type;

/// What the server says, and how often it was asked.
#[derive(Default)]
pub struct Remote {
    /// Names of kinds with what they add; none: the server does not answer.
    pub kinds: Vec<(&'static str, i64)>,
    /// How often it was asked.
    pub asked: AtomicU64,
}

/// The source of its kinds.
pub struct Source(pub Arc<Remote>);

impl KindSource for Source {
    fn name(&self) -> &str {
        "remote"
    }

    fn list(&self) -> Result<Json, NodeError> {
        self.0.asked.fetch_add(1, Ordering::AcqRel);
        match &self.0.kinds[..] {
            [] => Err(NodeError::new("the server does not answer").hint("start it")),
            kinds => Ok(kinds.iter().map(|(name, adds)| json!({ "name": name, "adds": adds })).collect()),
        }
    }

    fn kinds(&self, listing: &Json) -> Result<Vec<Arc<dyn Kind>>, NodeError> {
        let entries = listing.as_array().ok_or_else(|| NodeError::new("the listing is no list"))?;
        let kind = |entry: &Json| match (entry["name"].as_str(), entry["adds"].as_i64()) {
            (Some(name), Some(adds)) => Ok(Arc::new(Adds { kind: format!("demo.{name}"), adds }) as Arc<dyn Kind>),
            _ => Err(NodeError::new("an entry of the listing lacks its name")),
        };
        entries.iter().map(kind).collect()
    }
}

/// A kind that adds an amount.
struct Adds {
    kind: String,
    adds: i64,
}

/// Stands in for the parts of a spec that every kind has.
struct Plain;

impl Node for Plain {
    type Params = ();
    type In = Bag;
    type Out = Emission;

    fn about() -> About {
        About::new("demo.plain", "Plain", "Adds what its server says.")
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, (): (), _: Bag, _: &Ctx) -> Result<Emission, NodeError> {
        Ok(Emission::default())
    }
}

impl Kind for Adds {
    fn spec(&self, statics: &Statics) -> Result<Spec, NodeError> {
        let plain = windlass_core::node::kind_of::<Plain>().spec(statics)?;
        let port = |name: &str| PortSpec::new(name, Type::int(), "A number.");
        Ok(Spec { kind: self.kind.clone(), inputs: vec![port("value")], outputs: vec![port("out")], ..plain })
    }

    fn open(&self, _: &Statics) -> Result<Arc<dyn ErasedNode>, NodeError> {
        Ok(Arc::new(Adder(self.adds)))
    }

    fn check_params(&self, _: Bag) -> Result<(), NodeError> {
        Ok(())
    }
}

struct Adder(i64);

impl ErasedNode for Adder {
    fn fire<'a>(&'a self, mut bag: Bag, _: &'a Ctx) -> FireFuture<'a> {
        Box::pin(async move {
            let Some(Value::Int(value)) = bag.take("value") else { return Err(NodeError::new("no number came")) };
            let mut emission = Emission::default();
            emission.value("out", Value::Int(value + self.0));
            Ok(emission)
        })
    }
}

/// Makes one step of each pair in a row, as long as there is one.
pub struct Together(pub Arc<Remote>);

impl PlanPass for Together {
    fn name(&self) -> &str {
        "together"
    }

    fn apply(&self, plan: &mut Plan) -> Result<(), Refused> {
        while let Some((first, second)) = self.pair(plan) {
            let step = self.merged(plan, first, second);
            plan.merge(&BTreeSet::from([first, second]), step, &|member, port| {
                (member == second).then(|| port.into())
            })?;
        }
        Ok(())
    }
}

impl Together {
    fn adds(&self, step: &Step) -> Option<i64> {
        let known = self.0.kinds.iter().find(|(name, _)| step.spec.kind == format!("demo.{name}"));
        // A merged step says in its title what it adds.
        step.title.strip_prefix("adds ").and_then(|adds| adds.parse().ok()).or(known.map(|(_, adds)| *adds))
    }

    /// Returns two steps of which the first feeds the second alone.
    fn pair(&self, plan: &Plan) -> Option<(StepId, StepId)> {
        let users = |from: StepId| plan.steps.iter().flat_map(|step| &step.inputs).filter(move |it| it.from == from);
        let steps = plan.steps.iter().enumerate().filter(|(_, step)| self.adds(step).is_some());
        let mut pairs = steps.filter_map(|(at, step)| Some((step.inputs.first()?.from, at)));
        pairs.find(|(from, _)| self.adds(&plan.steps[*from]).is_some() && users(*from).count() == 1)
    }

    fn merged(&self, plan: &Plan, first: StepId, second: StepId) -> Step {
        let (one, other) = (&plan.steps[first], &plan.steps[second]);
        let adds = self.adds(one).unwrap_or_default() + self.adds(other).unwrap_or_default();
        Step {
            name: format!("{}+{}", one.name, other.name),
            title: format!("adds {adds}"),
            inputs: one.inputs.clone(),
            node: Arc::new(Adder(adds)),
            ..other.clone()
        }
    }
}

/// Takes the ports of a step away, which no plan survives.
pub struct Breaks;

impl PlanPass for Breaks {
    fn name(&self) -> &str {
        "breaks"
    }

    fn apply(&self, plan: &mut Plan) -> Result<(), Refused> {
        for step in &mut plan.steps {
            step.inputs.iter_mut().for_each(|input| input.from_port = "gone".into());
        }
        Ok(())
    }
}
