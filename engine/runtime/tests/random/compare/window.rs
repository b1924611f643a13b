//! How many children of each split were open at once, as far as events show it: from the first event of a child's
//! subtree to the last item that leaves it.

use std::collections::{BTreeMap, HashMap};

use windlass_core::event::{Event, What};
use windlass_core::key::Key;
use windlass_core::plan::{Plan, StepId};

use crate::reference::Expected;

/// Returns the splits that had more open children than their window and their open groups allow.
pub fn exceeded(plan: &Plan, expected: &Expected, events: &[Event]) -> Vec<String> {
    let mut count = Count::new(plan, expected);
    let mut wrong = BTreeMap::new();
    for event in events {
        let key = match &event.what {
            What::Admitted { step, key } | What::Firing { step, key, .. } => Some((*step, key, false)),
            What::Done { step, key, .. } => Some((*step, key, true)),
            _ => None,
        };
        let Some((step, key, is_last)) = key else { continue };
        for (split, open, bound) in count.take(plan, step, &key.parse().unwrap(), is_last) {
            wrong.insert(split, format!("step {split} had {open} open children, and {bound} are allowed"));
        }
    }
    wrong.into_values().collect()
}

struct Count {
    /// Items of a child's subtree that have not left yet.
    left: HashMap<(StepId, Key), usize>,
    /// Open children by group.
    open: HashMap<StepId, HashMap<Key, Vec<Key>>>,
}

impl Count {
    fn new(plan: &Plan, expected: &Expected) -> Self {
        let mut left = HashMap::new();
        for (step, key) in expected.fates.keys() {
            for (depth, split) in plan.steps[*step].scope.iter().enumerate() {
                *left.entry((*split, key.prefix(depth + 1))).or_insert(0) += 1;
            }
        }
        Self { left, open: HashMap::new() }
    }

    fn take(&mut self, plan: &Plan, step: StepId, key: &Key, is_last: bool) -> Vec<(StepId, usize, usize)> {
        let mut wrong = Vec::new();
        for (depth, split) in plan.steps[step].scope.iter().enumerate().filter(|(depth, _)| *depth < key.depth()) {
            let (group, child) = (key.prefix(depth), key.prefix(depth + 1));
            let groups = self.open.entry(*split).or_default();
            let children = groups.entry(group.clone()).or_default();
            if !children.contains(&child) {
                children.push(child.clone());
            }
            let open = groups.values().map(Vec::len).sum();
            // Each group may always have one, whatever the others have.
            let bound = plan.steps[*split].policy.window + groups.len() - 1;
            if open > bound {
                wrong.push((*split, open, bound));
            }
            if is_last {
                self.leave(*split, &group, &child);
            }
        }
        wrong
    }

    fn leave(&mut self, split: StepId, group: &Key, child: &Key) {
        let Some(left) = self.left.get_mut(&(split, child.clone())) else { return };
        *left = left.saturating_sub(1);
        let Some(groups) = self.open.get_mut(&split).filter(|_| *left == 0) else { return };
        if let Some(children) = groups.get_mut(group) {
            children.retain(|known| known != child);
            if children.is_empty() {
                groups.remove(group);
            }
        }
    }
}
