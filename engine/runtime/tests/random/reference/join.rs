//! What comes together at a step for one key, and whether it lets the step fire.

use windlass_core::doc::Incomplete;
use windlass_core::key::Key;
use windlass_core::node::FAILURE;
use windlass_core::plan::{LoopPart, Step, StepInput};
use windlass_core::spec::Tolerance;
use windlass_core::value::{Bag, List, Value};

use super::At;
use super::evaluate::Evaluation;

/// Why there is no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Marker {
    Skip,
    /// This item failed.
    Failure(At),
    /// Nobody knows yet: a question was not answered.
    Open,
}

/// What stands on a wire for one key.
pub type Cell = Result<Value, Marker>;

/// What ports that leave members out together have in common: their split, and in a pairing the port.
type Together = (Option<usize>, Option<std::sync::Arc<str>>);

fn together(step: &Step, input: &StepInput) -> Together {
    (input.scope.last().copied(), step.spec.is_pairing().then(|| input.name.clone()))
}

/// What comes together at a step for one key.
pub struct Inputs {
    /// One for each wire.
    pub cells: Vec<Cell>,
    /// Groups that are taken without the members that failed: how many are taken, how many had failed.
    pub incomplete: std::collections::BTreeMap<Together, (u64, u64)>,
    /// Whether a group fails the step.
    pub refused: bool,
}

/// What a step does with its inputs.
pub enum Verdict {
    Fires { bag: Bag, taken_up: Vec<At> },
    Skipped(Marker),
    Refused,
}

/// Several markers make one: a skip wins over an open question, that over a failure, the first failure over later ones.
pub fn strongest<'a>(markers: impl Iterator<Item = &'a Marker> + Clone) -> Option<Marker> {
    let find = |wanted: Marker| markers.clone().find(move |marker| **marker == wanted);
    find(Marker::Skip).or_else(|| find(Marker::Open)).or_else(|| markers.clone().next()).cloned()
}

/// Returns what stands on the wires of a step for one key.
pub fn gather(evaluation: &Evaluation<'_>, step: &Step, key: &Key) -> Inputs {
    let mut inputs = Inputs { cells: Vec::new(), incomplete: Default::default(), refused: false };
    for input in &step.inputs {
        let cell = match input.collect {
            true if is_result(step) => given(evaluation, input, &key.prefix(input.scope.len() - 1)),
            true => inputs.collect(evaluation, step, input, key),
            false => evaluation.cell(input, &key.prefix(input.scope.len())),
        };
        inputs.cells.push(cell);
    }
    inputs
}

impl Inputs {
    fn collect(&mut self, evaluation: &Evaluation<'_>, step: &Step, input: &StepInput, key: &Key) -> Cell {
        let group = key.prefix(input.scope.len() - 1);
        let (count, cause) = evaluation.group(input, &group);
        if (0..count).any(|index| missing(evaluation, step, input, (key, index)) == Some(Marker::Open)) {
            return Err(Marker::Open);
        }
        if let Some(cause) = cause {
            return Err(cause);
        }
        let (mut taken, mut failures) = (Vec::new(), Vec::new());
        for index in 0..count {
            match missing(evaluation, step, input, (key, index)) {
                None => taken.extend(evaluation.cell(input, &group.child(index)).ok()),
                Some(Marker::Failure(failed)) => failures.push(failed),
                Some(Marker::Skip | Marker::Open) => {}
            }
        }
        let counts = (taken.len() as u64, failures.len() as u64);
        let list = Value::List(taken.into_iter().collect::<List>().into());
        let Some(failed) = failures.into_iter().next() else { return Ok(list) };
        match step.policy.incomplete {
            Incomplete::Fail => self.refused = true,
            Incomplete::Take if counts.0 == 0 => return Err(Marker::Failure(failed)),
            Incomplete::Take => drop(self.incomplete.insert(together(step, input), counts)),
        }
        Ok(list)
    }
}

fn is_result(step: &Step) -> bool {
    matches!(step.in_loop, Some(LoopPart::Result { .. }))
}

/// Returns what the rounds of a loop gave.
fn given(evaluation: &Evaluation<'_>, input: &StepInput, item: &Key) -> Cell {
    let (count, cause) = evaluation.group(input, item);
    let rounds = (0..count).filter_map(|number| evaluation.cell(input, &item.child(number)).ok());
    cause.map_or_else(|| Ok(Value::List(rounds.collect::<List>().into())), Err)
}

/// Returns why a member is left out by all ports that collect in the scope of `input`. `key` is that of the whole group.
fn missing(evaluation: &Evaluation<'_>, step: &Step, input: &StepInput, (key, index): (&Key, u64)) -> Option<Marker> {
    let ports = step.inputs.iter().filter(|other| other.collect && together(step, other) == together(step, input));
    let member = |other: &StepInput| key.prefix(other.scope.len() - 1).child(index);
    let markers: Vec<_> = ports.filter_map(|other| evaluation.cell(other, &member(other)).err()).collect();
    strongest(markers.iter())
}

/// Returns what a step does with its inputs.
pub fn judge(evaluation: &Evaluation<'_>, step: &Step, inputs: &Inputs) -> Verdict {
    if step.spec.tolerates == Tolerance::AsInput {
        return with_failures(evaluation, step, inputs);
    }
    let markers = inputs.cells.iter().filter_map(|cell| cell.as_ref().err());
    let any_value = inputs.cells.iter().any(Result::is_ok);
    let tolerant = step.spec.tolerates != Tolerance::Nothing;
    let mut before = inputs.cells.iter().map_while(|cell| cell.as_ref().err());
    if tolerant && before.any(|marker| *marker == Marker::Open) {
        return Verdict::Skipped(Marker::Open);
    }
    if tolerant && !any_value {
        let failure = markers.clone().find(|marker| **marker != Marker::Skip).cloned();
        return Verdict::Skipped(failure.unwrap_or(Marker::Skip));
    }
    match strongest(markers) {
        Some(marker) if !tolerant => Verdict::Skipped(marker),
        _ if inputs.refused => Verdict::Refused,
        _ => Verdict::Fires { bag: bag(step, inputs), taken_up: taken_up(step, inputs) },
    }
}

/// Failures become an input; skips are handed on.
fn with_failures(evaluation: &Evaluation<'_>, step: &Step, inputs: &Inputs) -> Verdict {
    let mut markers = inputs.cells.iter().filter_map(|cell| cell.as_ref().err());
    let others = markers.clone().filter(|marker| !matches!(marker, Marker::Failure(_)));
    if let Some(marker) = strongest(others) {
        return Verdict::Skipped(marker);
    }
    let mut bag = bag(step, inputs);
    let first = markers.clone().find_map(|marker| if let Marker::Failure(at) = marker { Some(at) } else { None });
    if let Some(first) = first {
        bag.set(FAILURE, evaluation.failure(first));
    }
    let taken_up =
        markers.by_ref().filter_map(|marker| if let Marker::Failure(at) = marker { Some(at.clone()) } else { None });
    Verdict::Fires { bag, taken_up: taken_up.collect() }
}

fn taken_up(step: &Step, inputs: &Inputs) -> Vec<At> {
    if step.spec.tolerates != Tolerance::Failures {
        return Vec::new();
    }
    let before = inputs.cells.iter().map_while(|cell| cell.as_ref().err());
    before.filter_map(|marker| if let Marker::Failure(at) = marker { Some(at.clone()) } else { None }).collect()
}

fn bag(step: &Step, inputs: &Inputs) -> Bag {
    let mut bag: Bag = step.constants.iter().cloned().collect();
    for input in step.inputs.iter().filter(|input| input.variadic && input.position == 0) {
        let of = step.inputs.iter().zip(&inputs.cells).filter(|(other, _)| other.name == input.name);
        let list: List = of.filter_map(|(_, cell)| cell.as_ref().ok().cloned()).collect();
        bag.set(input.name.clone(), Value::List(list.into()));
    }
    for (input, cell) in step.inputs.iter().zip(&inputs.cells).filter(|(input, _)| !input.variadic) {
        if let Ok(value) = cell {
            bag.set(input.name.clone(), value.clone());
        }
    }
    bag
}
