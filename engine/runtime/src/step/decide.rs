//! What becomes of an item whose inputs are all there: a firing, a marker that is handed on, or a failure.

use std::sync::Arc;

use windlass_core::doc::Incomplete;
use windlass_core::node::{FAILURE, NodeError};
use windlass_core::plan::{LoopPart, Plan, Step, StepId, StepInput};
use windlass_core::spec::Tolerance;
use windlass_core::types::Type;
use windlass_core::value::{Bag, List, Value};

use super::collect::{Group, Member};
use super::join::Slot;
use super::rounds;
use crate::message::{Failed, Marker};
use crate::sabotage::{Broken, Rule};

/// What becomes of an item.
pub enum Decision {
    /// The node's code is called.
    Fire(Box<Fire>),
    /// It has no value, and neither has what depends on it.
    Pass(Marker),
    /// It fails without a call.
    Fail(NodeError),
}

/// A call of the node's code.
pub struct Fire {
    /// Parameters and inputs.
    pub bag: Bag,
    /// Failures that this firing takes up.
    pub handled: Vec<Arc<Failed>>,
    /// Members taken and failed, where a collect goes on without the failed ones.
    pub incomplete: Option<(u64, u64)>,
}

/// Decides what becomes of an item.
pub fn decide(plan: &Plan, step: &Step, slots: &[Slot], broken: Broken) -> Decision {
    if let Some(LoopPart::Result { .. }) = step.in_loop {
        return rounds::decide_result(step, slots);
    }
    let tolerance = step.spec.tolerates;
    let strict = |input: &StepInput| !(input.variadic && tolerance != Tolerance::Nothing);
    let mut gathered = Gathered { drops: dropped(step, slots, broken), broken, ..Gathered::default() };
    for (input, slot) in step.inputs.iter().zip(slots) {
        match slot {
            Slot::Group(group) => gathered.group(step, input, group),
            Slot::Value(parcel) => gathered.value(input, parcel.value.clone()),
            Slot::Unreadable(error) => drop(gathered.wrong.get_or_insert_with(|| error.clone())),
            Slot::Marker(Marker::Failure(failed)) if tolerance == Tolerance::AsInput => gathered.as_input(failed),
            Slot::Marker(marker) if strict(input) => gathered.markers.push(marker.clone()),
            Slot::Marker(marker) => gathered.tolerate(input, marker, tolerance),
        }
    }
    gathered.finish(plan, step, broken)
}

#[derive(Default)]
struct Gathered {
    /// Members that every collecting port of one scope leaves out, by split, and whether for a failure.
    drops: Vec<(Together, Vec<Option<Marker>>)>,
    broken: Broken,
    markers: Vec<Marker>,
    tolerated: Vec<Marker>,
    /// An open input that stands before the first value of a node that fires on skips.
    open_before: Option<Marker>,
    handled: Vec<Arc<Failed>>,
    values: Vec<(Arc<str>, Value)>,
    variadic: Vec<(Arc<str>, Vec<Value>)>,
    wrong: Option<NodeError>,
    incomplete: Option<(u64, u64)>,
    /// Splits whose groups count in `incomplete` already; several ports may close the same.
    counted: Vec<Together>,
}

impl Gathered {
    fn value(&mut self, input: &StepInput, value: Value) {
        if !input.ty.admits(&value) {
            self.wrong.get_or_insert_with(|| wrong_type(&input.name, &input.ty, &value));
        }
        if !input.variadic {
            return self.values.push((input.name.clone(), value));
        }
        match self.variadic.iter_mut().find(|(name, _)| *name == input.name) {
            Some((_, values)) => values.push(value),
            None => self.variadic.push((input.name.clone(), vec![value])),
        }
    }

    fn tolerate(&mut self, input: &StepInput, marker: &Marker, tolerance: Tolerance) {
        let has_value = self.variadic.iter().any(|(name, _)| *name == input.name);
        if let (Marker::Open(_), false) = (marker, has_value) {
            self.open_before.get_or_insert_with(|| marker.clone());
        }
        if let (Marker::Failure(failed), Tolerance::Failures, false) = (marker, tolerance, has_value) {
            self.handled.push(failed.clone());
        }
        self.tolerated.push(marker.clone());
    }

    /// Takes a failure up, and lets the code see the first one.
    fn as_input(&mut self, failed: &Arc<Failed>) {
        if self.handled.is_empty() {
            self.values.push((FAILURE.into(), Value::Failure(failed.failure.clone())));
        }
        self.handled.push(failed.clone());
    }

    fn group(&mut self, step: &Step, input: &StepInput, group: &Group) {
        let together = together(step, input, self.broken);
        let open = self.open_member(&together);
        if let Some(marker) = open.or_else(|| group.cause.clone()) {
            return self.markers.push(marker);
        }
        let drops = self.drops.iter().find(|(known, _)| *known == together).map_or(&[][..], |(_, drops)| drops);
        let mut failures = drops.iter().flatten().filter(|marker| matches!(marker, Marker::Failure(_)));
        let failed = failures.clone().count() as u64;
        let kept = group.members.iter().zip(drops).filter(|(_, drop)| drop.is_none());
        let names = group.names.iter().zip(drops).filter(|(_, drop)| drop.is_none());
        let names = names.map(|(name, _)| name.clone()).collect();
        let mut members = Vec::new();
        for (member, _) in kept {
            match member {
                Member::Value(value) => members.push(value.clone()),
                Member::Marker(_) => {}
            }
        }
        if failed > 0 && members.is_empty() && step.policy.incomplete == Incomplete::Take {
            return self.markers.extend(failures.next().cloned());
        }
        if failed > 0 && !self.counted.contains(&together) {
            let (taken, before) = self.incomplete.unwrap_or_default();
            self.incomplete = Some((taken + members.len() as u64, before + failed));
            self.counted.push(together);
        }
        let list = Value::List(Arc::new(List::new(members).named(names)));
        let ty = Type::list(input.ty.clone());
        if !ty.admits(&list) {
            self.wrong.get_or_insert_with(|| wrong_type(&input.name, &ty, &list));
        }
        self.values.push((input.name.clone(), list));
    }

    /// Returns the marker of a member whose fate nobody knows; it makes the group open, whatever else is in it.
    fn open_member(&self, together: &Together) -> Option<Marker> {
        if self.broken.is(Rule::OpenMemberLeftOut) {
            return None;
        }
        let (_, drops) = self.drops.iter().find(|(known, _)| known == together)?;
        drops.iter().flatten().find(|marker| matches!(marker, Marker::Open(_))).cloned()
    }

    fn finish(self, plan: &Plan, step: &Step, broken: Broken) -> Decision {
        if let Some(marker) = strongest(self.markers, broken) {
            return Decision::Pass(marker);
        }
        if let Some((taken, failed)) = self.incomplete
            && step.policy.incomplete == Incomplete::Fail
            && !broken.is(Rule::IncompleteIgnored)
        {
            return Decision::Fail(incomplete_group(taken, failed));
        }
        if let Some(marker) = self.open_before.filter(|_| !broken.is(Rule::MergePassesOpen)) {
            return Decision::Pass(marker);
        }
        let has_tolerant = step.inputs.iter().any(|input| input.variadic);
        if step.spec.tolerates != Tolerance::Nothing && has_tolerant && self.variadic.is_empty() {
            return Decision::Pass(weakest(self.tolerated));
        }
        if let Some(error) = self.wrong {
            return Decision::Fail(error);
        }
        let mut bag: Bag = step.constants.iter().cloned().collect();
        let lists = self
            .variadic
            .into_iter()
            .map(|(name, values)| (name, Value::List(Arc::new(values.into_iter().collect::<List>()))));
        for (name, value) in self.values.into_iter().chain(lists) {
            bag.set(name, value);
        }
        make_paths_absolute(plan, step, &mut bag);
        Decision::Fire(Box::new(Fire { bag, handled: self.handled, incomplete: self.incomplete }))
    }
}

/// Returns why a group with failures is not taken.
pub fn incomplete_group(taken: u64, failed: u64) -> NodeError {
    let error = NodeError::new(format!("{failed} of {} members of the group failed", taken + failed));
    error.hint("`incomplete: take` goes on without them").permanent()
}

/// What ports that drop members together have in common: the split that they close, and in a pairing, where each port
/// stands for itself, the port.
type Together = (Option<StepId>, Option<Arc<str>>);

fn together(step: &Step, input: &StepInput, broken: Broken) -> Together {
    let is_apart = step.spec.is_pairing() && !broken.is(Rule::PairDropsTogether);
    (input.scope.last().copied(), is_apart.then(|| input.name.clone()))
}

/// Returns, for each scope that ports of the step close, which members are left out and why: what one port lacks,
/// all leave out.
fn dropped(step: &Step, slots: &[Slot], broken: Broken) -> Vec<(Together, Vec<Option<Marker>>)> {
    let mut drops: Vec<(Together, Vec<Option<Marker>>)> = Vec::new();
    for (input, slot) in step.inputs.iter().zip(slots) {
        let Slot::Group(group) = slot else { continue };
        let own = group.members.iter().map(|member| match member {
            Member::Marker(marker) => Some(marker.clone()),
            Member::Value(_) => None,
        });
        let together = together(step, input, broken);
        match drops.iter_mut().find(|(known, _)| *known == together) {
            Some((_, known)) if !broken.is(Rule::MembersDroppedApart) => {
                known.iter_mut().zip(own).for_each(|(known, own)| *known = stronger(known.take(), own, broken));
            }
            Some((_, known)) => *known = own.collect(),
            None => drops.push((together, own.collect())),
        }
    }
    drops
}

fn stronger(one: Option<Marker>, other: Option<Marker>, broken: Broken) -> Option<Marker> {
    strongest(one.into_iter().chain(other).collect(), broken)
}

/// Returns the marker that a join hands on: a skip wins over an open question, that over a failure; the first of equals
/// stands.
fn strongest(markers: Vec<Marker>, broken: Broken) -> Option<Marker> {
    let rank = |marker: &Marker| match marker {
        Marker::Skip(_) if broken.is(Rule::FailureWinsOverSkip) => 3,
        Marker::Skip(_) => 0,
        Marker::Open(_) if broken.is(Rule::OpenWinsOverSkip) => -1,
        Marker::Open(_) if broken.is(Rule::FailureWinsOverOpen) => 3,
        Marker::Open(_) => 1,
        Marker::Failure(_) => 2,
    };
    markers.into_iter().min_by_key(rank)
}

/// Returns the marker that a node hands on that fires on skips, where no input has a value: a failure is not hidden.
fn weakest(markers: Vec<Marker>) -> Marker {
    let failure = markers.iter().find(|marker| matches!(marker, Marker::Failure(_)));
    failure.or(markers.first()).cloned().unwrap_or_else(|| Marker::Skip("no input".into()))
}

/// Returns why an input does not take a value.
pub fn wrong_type(input: &str, expected: &Type, value: &Value) -> NodeError {
    NodeError::new(format!("input `{input}` takes `{expected}`, and `{}` came", value.type_of())).permanent()
}

/// Relative paths, and texts that can be nothing but a path, are relative to the graph.
fn make_paths_absolute(plan: &Plan, step: &Step, bag: &mut Bag) {
    let inputs = step.spec.inputs.iter().map(|port| (&port.name, &port.ty));
    let params = step.spec.params.iter().map(|param| (&param.name, &param.ty));
    let paths = inputs.chain(params).filter(|(_, ty)| ty.members().contains(&Type::Path));
    for (name, ty) in paths {
        // A path takes any text; where the port takes texts as well, it stays one.
        let is_only_path =
            |value: &Value| !ty.members().iter().any(|member| *member != Type::Path && member.admits(value));
        let relative = match bag.get(name) {
            Some(value @ Value::Text(text)) if is_only_path(value) => plan.folder.join(&**text),
            Some(value @ Value::Json(json)) if is_only_path(value) => match json.as_str() {
                Some(text) => plan.folder.join(text),
                None => continue,
            },
            Some(Value::Path(path)) if path.is_relative() => plan.folder.join(path),
            _ => continue,
        };
        bag.set(name.as_str(), Value::path(relative));
    }
}
