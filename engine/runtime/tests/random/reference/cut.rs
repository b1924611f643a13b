//! Groups that a take may cut short: how many children they have then depends on windows and timing, within bounds.

use std::collections::BTreeMap;

use windlass_core::key::Key;
use windlass_core::plan::{Plan, StepId};

use super::{At, Expected};

impl Expected {
    /// Cuts groups to the sizes that they had in a run, where these lie within the bounds.
    pub fn cut(&mut self, plan: &Plan, sizes: &BTreeMap<At, u64>) {
        let cuts: Vec<_> = self.cuts.iter().map(|(at, least)| (at.clone(), *least)).collect();
        for (at, least) in cuts {
            // An outer group that was cut may have taken this one with it.
            let Some((most, _)) = self.groups.get(&at).copied() else { continue };
            if let Some(size) = sizes.get(&at).filter(|size| (least..=most).contains(size)) {
                self.cut_group(plan, &at, *size);
            }
        }
    }

    fn cut_group(&mut self, plan: &Plan, (split, group): &At, size: u64) {
        let is_left = |scope: &[StepId], key: &Key| {
            let depth = group.depth();
            let is_member = scope.get(depth) == Some(split) && key.depth() > depth && key.prefix(depth) == *group;
            !is_member || key.places()[depth] < size
        };
        let own = |at: &At| plan.steps[at.0].scope.iter().copied().chain([at.0]).collect::<Vec<_>>();
        let of_step = |at: &At| is_left(&own(at), &at.1);
        self.fates.retain(|at, _| of_step(at));
        self.handled.retain(of_step);
        self.groups.retain(|at, _| of_step(at));
        self.incomplete.retain(|at, _| of_step(at));
        self.lines.retain(|at, _| of_step(at));
        self.outputs.retain(|(name, key), _| {
            plan.outputs.iter().find(|output| output.name == *name).is_none_or(|output| is_left(&output.scope, key))
        });
        self.groups.insert((*split, group.clone()), (size, false));
    }
}
