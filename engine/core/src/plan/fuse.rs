//! Which light steps are fused: they fire one after the other for an item, in one actor, without an edge between them.

use std::sync::Arc;

use super::model::{OutputSource, Plan, Step, StepId};
use crate::doc::Cache;
use crate::spec::{Cost, Purity, Shape, Tolerance};

impl Plan {
    /// Returns the step that is fused to this one and fires right behind it, and the port between them.
    ///
    /// Both are pure light maps, filters among them, and nothing else takes what the first one gives. A step whose
    /// failures are taken up or tried again, or whose results are kept in any case, fires for itself after that.
    pub fn fused(&self, step: StepId) -> Option<(StepId, Arc<str>)> {
        let from = self.steps.get(step)?;
        if !is_fusible(from) || !ends_nothing(from) {
            return None;
        }
        let wires =
            self.steps.iter().enumerate().flat_map(|(to, target)| target.inputs.iter().map(move |wire| (to, wire)));
        let mut wires = wires.filter(|(_, wire)| wire.from == step);
        let (to, wire) = wires.next()?;
        let target = &self.steps[to];
        let is_only = wires.next().is_none() && !self.feeds_an_output(step);
        let is_straight = target.inputs.len() == 1
            && !wire.collect
            && !wire.variadic
            && wire.parks.is_none()
            && wire.replays.is_none()
            && wire.scope == target.scope
            && target.scope == from.scope
            && from.spec.output(&wire.from_port).is_some()
            && target.spec.tolerates == Tolerance::Nothing;
        (is_only && is_straight && is_fusible(target)).then(|| (to, wire.from_port.clone()))
    }

    fn feeds_an_output(&self, of: StepId) -> bool {
        let feeds = |from: &OutputSource| matches!(from, OutputSource::Port { step, .. } if *step == of);
        self.outputs.iter().any(|output| feeds(&output.from))
    }
}

impl Step {
    /// Returns whether it takes one item and gives one, in next to no time, where its inputs are joined.
    pub fn is_inline(&self) -> bool {
        self.spec.shape == Shape::Map
            && self.spec.cost == Cost::Light
            && self.policy.timeout.is_none()
            && !self.policy.mute
            && self.in_loop.is_none()
    }
}

fn is_fusible(step: &Step) -> bool {
    step.is_inline() && step.spec.purity == Purity::Pure
}

fn ends_nothing(step: &Step) -> bool {
    !step.error_wired && step.policy.retries == 0 && step.policy.cache != Cache::Always
}
