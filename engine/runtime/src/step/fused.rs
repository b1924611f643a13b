//! A light step, or several that are fused: links that fire one behind the other for each item, in the step's handler.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use windlass_core::context::Ctx;
use windlass_core::key::Place;
use windlass_core::node::{Emission, ErasedNode, NodeError, Row, Single};
use windlass_core::plan::{self, StepId};
use windlass_core::seed::Seed;
use windlass_core::spec::Tolerance;
use windlass_core::types::Type;
use windlass_core::value::{Bag, Constants, Value};

use super::join::Slots;
use super::outbox::Leaving;
use crate::block::Block;
use crate::doors::StepDoors;
use crate::lease::Share;
use crate::message::Marker;
use crate::recall::{is_away, opened, opened_value};
use crate::shared::Shared;
use crate::user_code::guarded;
use crate::worker::Worker;

/// Items that go through the links together at most.
pub const MOST_TOGETHER: usize = 64;

/// The links of a light step.
pub struct Fused {
    pub links: Vec<Link>,
    /// Items that may wait to be sent, or for code that waits after all, before no more go through.
    pub slots: usize,
    /// Items on their way, kept to use its memory again.
    pub moving: Vec<Moving>,
}

/// One light step.
pub struct Link {
    pub id: StepId,
    /// Its place among the links.
    pub at: usize,
    /// How long its code runs.
    pub clock: Clock,
    /// What the code has just given.
    pub emission: Emission,
    /// The only input, where items need nothing but its value and the constants.
    input: Option<(Arc<str>, Type)>,
    /// The same, where there is one output too, so that siblings can be fired in a row.
    single: Option<Single>,
    doors: Arc<StepDoors>,
    node: Arc<dyn ErasedNode>,
    constants: Constants,
    /// Those of the last firing, to be used again.
    bag: Bag,
    ctx: Ctx,
}

/// Measures code that is called for several items, one after the other.
pub struct Clock(Instant);

impl Clock {
    /// Returns the time since it was last asked.
    pub fn lap(&mut self) -> Duration {
        let now = Instant::now();
        now.duration_since(std::mem::replace(&mut self.0, now))
    }
}

/// An item on its way through the links.
pub struct Moving {
    pub item: Leaving,
    pub now: Now,
}

/// What an item brings to the next link.
pub enum Now {
    /// What the inputs of the first one give.
    Slots(Slots),
    /// A value.
    Value(Value),
    /// No value, and why.
    Marker(Marker),
    /// It has left, or waits elsewhere.
    Gone,
}

impl Fused {
    /// Makes the links of a row of steps, each fused to the next one.
    pub fn of(shared: &Arc<Shared>, workers: &[Arc<Worker>], slots: usize) -> Self {
        let links = workers.iter().enumerate().map(|(at, worker)| Link::of(shared, at, worker)).collect();
        Self { links, slots, moving: Vec::new() }
    }
}

impl Link {
    fn of(shared: &Arc<Shared>, at: usize, worker: &Worker) -> Self {
        let step = &shared.plan.steps[worker.step];
        let seed = Seed::OfStep { run_seed: shared.plan.seed, step: step.name.as_str().into() };
        let (cancel, lease) = (shared.control.cancel.clone(), Share::default().seen_by_node());
        Self {
            id: worker.step,
            at,
            clock: Clock(Instant::now()),
            emission: Emission::default(),
            input: only_input(step),
            single: single(step),
            doors: worker.doors.clone(),
            node: step.node.clone(),
            constants: step.constants.iter().cloned().collect(),
            bag: Bag::new(),
            ctx: Ctx::new(Place::root(), cancel, lease, seed, worker.doors.clone()),
        }
    }

    /// Returns the only input, where items need nothing but its value and the constants.
    pub fn input(&self) -> Option<&(Arc<str>, Type)> {
        self.input.as_ref()
    }

    /// Returns whether siblings can be fired in a row.
    pub fn is_single(&self) -> bool {
        self.single.is_some()
    }

    /// Returns the only output, where siblings can be fired in a row.
    pub fn only_output(&self) -> Option<&str> {
        self.single.as_ref().map(|single| &*single.output)
    }

    /// Returns whether the code has noted anything for later tries.
    pub fn has_noted(&self) -> bool {
        self.doors.has_noted.load(Ordering::Acquire)
    }

    /// Returns whether the code cannot read a value before others have had it again.
    pub fn must_wait_for(&self, value: &Value) -> bool {
        matches!(value, Value::Lazy(_)) && {
            let step = &self.doors.shared.plan.steps[self.id];
            self.input.as_ref().is_some_and(|(name, _)| is_away(step, name, value))
        }
    }

    /// Returns whether items need nothing but a value.
    pub fn is_simple(&self) -> bool {
        self.input.is_some()
    }

    /// Returns the parameters and inputs of a firing that needs nothing but a value.
    pub fn bag_of(&self, value: &Value) -> Bag {
        let mut bag = Bag::sharing(&self.constants);
        if let Some((name, _)) = &self.input {
            bag.set(name.clone(), value.clone());
        }
        bag
    }

    /// Fires the code with a value; `None`: it wants to wait. What it gives is found in `emission`.
    pub fn fire_with(&mut self, place: &mut Arc<Place>, value: &Value) -> Option<Result<(), NodeError>> {
        let Some((name, ty)) = &self.input else { return None };
        let opened = opened_value(&self.doors.shared.plan.steps[self.id], name, value);
        let value = opened.as_ref().unwrap_or(value);
        if !ty.admits(value) {
            return Some(Err(super::decide::wrong_type(name, ty, value)));
        }
        if !self.bag.again(name, value.clone()) {
            self.bag = self.bag_of(value);
        }
        self.call(place)
    }

    /// Fires the code with parameters and inputs; `None`: it wants to wait. What it gives is found in `emission`.
    pub fn fire_bag(&mut self, place: &mut Arc<Place>, bag: Bag) -> Option<Result<(), NodeError>> {
        self.bag = opened(&self.doors.shared.plan.steps[self.id], bag);
        self.call(place)
    }

    /// Fires the code for the items of a block, from a cell on; returns where it stopped and why, `None`: the item there
    /// wants to wait.
    pub fn fire_row(&mut self, block: &mut Block, from: usize) -> (usize, Option<Result<(), NodeError>>) {
        let Self { single: Some(single), bag, ctx, emission, node, .. } = self else {
            return (block.cells.len(), Some(Ok(())));
        };
        let Block { group, first, cells, .. } = block;
        let mut row = Row::new(single, (bag, ctx, emission), (group, *first), (cells, from));
        let fired = guarded(|| node.fire_row(&mut row).transpose()).transpose();
        (row.at(), fired)
    }

    fn call(&mut self, place: &mut Arc<Place>) -> Option<Result<(), NodeError>> {
        self.emission.ports.clear();
        self.ctx.swap_place(place);
        let fired = guarded(|| self.node.fire_now(&mut self.bag, &self.ctx, &mut self.emission).transpose());
        self.ctx.swap_place(place);
        fired.transpose()
    }
}

/// Returns the wires of a step that takes one value and gives one.
fn single(step: &plan::Step) -> Option<Single> {
    let (input, _) = only_input(step)?;
    let [output] = &step.spec.outputs[..] else { return None };
    let constants: Constants = step.constants.iter().cloned().collect();
    let is_plain = !output.many && !output.at_end && Bag::shares_all(&constants);
    is_plain.then(|| Single { input, output: output.name.as_str().into(), constants })
}

/// Returns the only input of a step that is not looked at by anybody but its code: no path is made absolute or filled
/// in, no marker is fired on.
fn only_input(step: &plan::Step) -> Option<(Arc<str>, Type)> {
    let [input] = &step.inputs[..] else { return None };
    let spec = &step.spec;
    let mut types = spec.inputs.iter().map(|port| &port.ty).chain(spec.params.iter().map(|param| &param.ty));
    let has_path = types.any(|ty| ty.members().contains(&Type::Path));
    let has_template = spec.params.iter().any(|param| param.is_path_template);
    let is_plain = !input.collect && !input.variadic && spec.tolerates == Tolerance::Nothing;
    (is_plain && !has_path && !has_template).then(|| (input.name.clone(), input.ty.clone()))
}
