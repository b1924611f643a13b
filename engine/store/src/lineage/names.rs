//! What items are called: the stable names that splits gave them.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use windlass_core::key::Key;
use windlass_core::plan::{Plan, StepId};

use crate::past::Past;

/// The names of the children of a group; `None` where the place is all there is.
type Group = Rc<[Option<Box<str>>]>;

/// The names of the items of a run. What was asked for once is kept: many items are called after the same groups.
pub struct Names<'a> {
    plan: &'a Plan,
    past: &'a Past,
    groups: RefCell<HashMap<(StepId, Key), Group>>,
}

impl<'a> Names<'a> {
    /// Returns the names of the items of a run.
    pub fn new(plan: &'a Plan, past: &'a Past) -> Self {
        Self { plan, past, groups: RefCell::default() }
    }

    /// Returns the names of an item of a step, outermost first; of one without a name its place.
    pub fn of(&self, step: StepId, key: &Key) -> Vec<String> {
        let scope = self.plan.steps.get(step).map(|step| &*step.scope).unwrap_or_default();
        self.inside(scope, key)
    }

    /// Returns the names of a child of a split, outermost first.
    pub fn of_child(&self, split: StepId, key: &Key) -> Vec<String> {
        let mut scope = self.plan.steps.get(split).map(|step| step.scope.clone()).unwrap_or_default();
        scope.push(split);
        self.inside(&scope, key)
    }

    fn inside(&self, scope: &[StepId], key: &Key) -> Vec<String> {
        let name = |(depth, place): (usize, &u64)| {
            let known = scope.get(depth).and_then(|split| self.child(*split, key.prefix(depth), *place));
            known.unwrap_or_else(|| place.to_string())
        };
        key.places().iter().enumerate().map(name).collect()
    }

    fn child(&self, split: StepId, group: Key, place: u64) -> Option<String> {
        let group = self
            .groups
            .borrow_mut()
            .entry((split, group))
            .or_insert_with_key(|(split, group)| self.group(*split, group))
            .clone();
        group.get(usize::try_from(place).ok()?)?.as_deref().map(str::to_owned)
    }

    fn group(&self, split: StepId, group: &Key) -> Group {
        // The first steps of a batch let out its rows, which the plan names itself.
        if let Some(rows) = self.plan.rows.get(split) {
            return rows.iter().map(|row| Some(row.as_str().into())).collect();
        }
        let listing = self.plan.steps.get(split).and_then(|step| self.past.listing(&step.name, &group.to_string()));
        let children = listing.into_iter().flat_map(|listing| listing.from(0));
        children.map(|child| child.name.map(String::into_boxed_str)).collect()
    }
}
