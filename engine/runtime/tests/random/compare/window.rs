//! How many children of each split were open at once, as far as events show it: from the first event of a child's
//! subtree to the last item that leaves it. Where a wire has parked the child and let it out again, each step behind it
//! is looked at by itself.

use std::collections::{BTreeMap, BTreeSet, HashMap};

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
            What::Done { step, key, .. } | What::LeftOpen { step, key } => Some((*step, key, true)),
            _ => None,
        };
        let Some((step, key, is_last)) = key else { continue };
        for (place, open, bound) in count.take(plan, step, &key.parse().unwrap(), is_last) {
            wrong.insert(place, format!("{place:?} had {open} open children, and {bound} are allowed"));
        }
    }
    wrong.into_values().collect()
}

/// What lets the children of a split out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
enum Gate {
    /// The split.
    Split(StepId),
    /// An input that enters a phase.
    Input(StepId, usize),
}

/// Where the open children of a split are counted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
enum Counted {
    /// In all steps that its own window reaches.
    AllOf { split: StepId },
    /// In one step.
    In { step: StepId, split: StepId },
}

struct Count {
    /// For each step and level: what may have let its items out.
    gates: Vec<Vec<BTreeSet<Gate>>>,
    /// Items of a child's subtree that have not left yet.
    left: HashMap<(Counted, Key), usize>,
    /// Open children by group.
    open: HashMap<Counted, HashMap<Key, Vec<Key>>>,
}

impl Count {
    fn new(plan: &Plan, expected: &Expected) -> Self {
        let mut count = Self { gates: gates(plan), left: HashMap::new(), open: HashMap::new() };
        for (step, key) in expected.fates.keys() {
            for depth in 0..plan.steps[*step].scope.len().min(key.depth()) {
                *count.left.entry((count.counted(plan, *step, depth), key.prefix(depth + 1))).or_insert(0) += 1;
            }
        }
        count
    }

    fn counted(&self, plan: &Plan, step: StepId, depth: usize) -> Counted {
        let split = plan.steps[step].scope[depth];
        match self.gates[step][depth].iter().eq([&Gate::Split(split)]) {
            true => Counted::AllOf { split },
            false => Counted::In { step, split },
        }
    }

    fn take(&mut self, plan: &Plan, step: StepId, key: &Key, is_last: bool) -> Vec<(Counted, usize, usize)> {
        let mut wrong = Vec::new();
        for depth in 0..plan.steps[step].scope.len().min(key.depth()) {
            let counted = self.counted(plan, step, depth);
            let (group, child) = (key.prefix(depth), key.prefix(depth + 1));
            let groups = self.open.entry(counted).or_default();
            let children = groups.entry(group.clone()).or_default();
            if !children.contains(&child) {
                children.push(child.clone());
            }
            let open = groups.values().map(Vec::len).sum();
            // At each gate, each group may always have one, whatever the others have.
            let window = plan.steps[plan.steps[step].scope[depth]].policy.window;
            let bound = self.gates[step][depth].len() * (window + groups.len() - 1);
            if open > bound {
                wrong.push((counted, open, bound));
            }
            if is_last {
                self.leave(counted, &group, &child);
            }
        }
        wrong
    }

    fn leave(&mut self, counted: Counted, group: &Key, child: &Key) {
        let Some(left) = self.left.get_mut(&(counted, child.clone())) else { return };
        *left = left.saturating_sub(1);
        let Some(groups) = self.open.get_mut(&counted).filter(|_| *left == 0) else { return };
        if let Some(children) = groups.get_mut(group) {
            children.retain(|known| known != child);
            if children.is_empty() {
                groups.remove(group);
            }
        }
    }
}

fn gates(plan: &Plan) -> Vec<Vec<BTreeSet<Gate>>> {
    let mut all: Vec<Vec<BTreeSet<Gate>>> = Vec::new();
    for (id, step) in plan.steps.iter().enumerate() {
        let mut levels = vec![BTreeSet::new(); step.scope.len()];
        for (at, input) in step.inputs.iter().enumerate() {
            for depth in 0..input.scope_inside().len() {
                let parks = input.replays.map_or(input.parks, |replays| Some(replays.at + replays.levels));
                match parks {
                    Some(kept) if kept <= depth => drop(levels[depth].insert(Gate::Input(id, at))),
                    // The rows themselves come by other wires.
                    _ if input.replays.is_some_and(|replays| depth >= replays.at) => {}
                    _ if input.scope[depth] == input.from => drop(levels[depth].insert(Gate::Split(input.from))),
                    _ => levels[depth].extend(all[input.from][depth].iter().copied()),
                }
            }
        }
        all.push(levels);
    }
    all
}
