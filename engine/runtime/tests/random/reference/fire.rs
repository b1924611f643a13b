//! One firing of the reference, with its retries.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex};

use windlass_core::context::{Cancel, Content, Ctx, Doors, IfExists, Lease, OpenFile, Saving};
use windlass_core::key::{Key, Place};
use windlass_core::node::{Child, Emission, InOrder, NodeError};
use windlass_core::plan::{Step, StepId};
use windlass_core::spec::Shape;
use windlass_core::value::{Attempt, Bag, Failure, File, Value};

/// What a firing comes to.
pub struct Firing {
    /// What left each port, and the failure of the last try if all failed.
    pub result: Result<Emission, Arc<Failure>>,
    /// The children that left.
    pub children: Vec<Child>,
    /// What was written to the log.
    pub lines: Vec<String>,
}

/// Fires until a try succeeds or none is left.
pub fn fire(
    runtime: &tokio::runtime::Runtime,
    id: StepId,
    step: &Step,
    key: &Key,
    bag: &Bag,
    fed: Option<InOrder>,
) -> Firing {
    let lines = Arc::new(Lines::default());
    let ctx = Ctx::new(place(key), Cancel::default(), Lease::default(), seed(id, key), lines.clone());
    let ctx = ctx.in_order(fed);
    let mut causes = Vec::new();
    let mut children = Vec::new();
    loop {
        let tried = attempt(runtime, step, bag.clone(), &ctx);
        let (emission, made, error) = match tried {
            Ok((emission, made, error)) => (emission, made, error),
            Err(error) => (Emission::default(), Vec::new(), Some(error)),
        };
        let replayable = matches!(step.spec.shape, Shape::Split { replayable: true } | Shape::Pair);
        if made.len() > children.len() && (replayable || error.is_none()) {
            children = made;
        }
        let lines = || std::mem::take(&mut *lines.0.lock().unwrap());
        match error {
            None => return Firing { result: Ok(emission), children, lines: lines() },
            Some(error) => causes.push(error),
        }
        let permanent = causes.last().is_some_and(NodeError::is_permanent);
        if permanent || causes.len() > step.policy.retries as usize {
            return Firing { result: Err(failure(step, key, &causes)), children, lines: lines() };
        }
    }
}

type Tried = (Emission, Vec<Child>, Option<NodeError>);

fn attempt(runtime: &tokio::runtime::Runtime, step: &Step, bag: Bag, ctx: &Ctx) -> Result<Tried, NodeError> {
    let fired = catch_unwind(AssertUnwindSafe(|| runtime.block_on(step.node.fire(bag, ctx))));
    let mut emission = fired.unwrap_or_else(|_| Err(NodeError::new("it panicked")))?;
    let mut made = Vec::new();
    for child in emission.children.take().into_iter().flatten() {
        match child {
            Ok(child) => made.push(child),
            Err(error) => return Ok((emission, made, Some(error))),
        }
    }
    Ok((emission, made, None))
}

/// Returns what is known about a failed firing; only step, key and the number of tries count.
pub fn failure(step: &Step, key: &Key, causes: &[NodeError]) -> Arc<Failure> {
    let attempts = causes.iter().map(|error| Attempt { cause: error.to_string(), took_ms: 0 }).collect();
    Arc::new(Failure {
        step: step.name.clone(),
        key: key.to_string(),
        names: Vec::new(),
        causes: Vec::new(),
        hint: None,
        attempts,
        inputs: Vec::new(),
    })
}

/// Returns what a person answers about an item.
pub fn answer_of(key: &Key) -> i64 {
    key.places().iter().fold(7, |sum, index| sum * 31 + i64::try_from(*index).unwrap())
}

fn place(key: &Key) -> Arc<Place> {
    key.places().iter().fold(Place::root(), |place, index| place.child(*index, None))
}

/// Returns a seed that tells firings apart, however deep their items lie.
fn seed(step: StepId, key: &Key) -> [u8; 32] {
    let mut parts = [0_u64; 4];
    let numbers = std::iter::once(step as u64).chain(key.places().iter().copied());
    for (at, number) in numbers.enumerate() {
        let part = &mut parts[at % 4];
        *part = part.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(number + 1);
    }
    let mut seed = [0; 32];
    for (slot, part) in seed.chunks_mut(8).zip(parts) {
        slot.copy_from_slice(&part.to_le_bytes());
    }
    seed
}

#[derive(Default)]
struct Lines(Mutex<Vec<String>>);

impl Doors for Lines {
    fn save<'a>(&'a self, _: &'a Place, _: &'a Path, _: IfExists, _: &'a mut Content<'_>) -> Saving<'a> {
        Box::pin(async { Err(NodeError::new("nothing is written here")) })
    }

    fn open(&self, _: &File) -> Result<OpenFile, NodeError> {
        Err(NodeError::new("nothing is read here"))
    }

    fn note(&self, place: &Place, _: &str) -> Option<serde_json::Value> {
        Some(answer_of(place.key()).into())
    }

    fn progress(&self, _: &Place, _: f32) {}

    fn preview(&self, _: &Arc<Place>, _: Value) {}

    fn log(&self, _: &Place, line: &str) {
        self.0.lock().unwrap().push(line.to_owned());
    }
}
