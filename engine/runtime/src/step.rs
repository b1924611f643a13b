//! One step of a run: joins its inputs, fires its node, sends what comes of it. Its actor calls it; it never waits.

mod actor;
mod ahead;
mod asking;
mod batches;
mod children;
mod collect;
mod decide;
mod finish;
mod intake;
mod join;
mod lot;
mod order;
mod ordered;
mod outbox;
mod park;
mod parked;
mod paths;
mod readmit;
mod replay;
mod rounds;
mod rows;
mod say;
mod split;
mod tracker;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use windlass_core::event::What;
use windlass_core::key::{Key, Place};
use windlass_core::plan::{self, Plan, StepId};
use windlass_core::spec::{Cost, Purity};
use windlass_core::value::{self, Bag};

pub use actor::{Prepared, StepRef};
pub use asking::Asking;
pub use decide::{Decision, decide};
pub use join::Slot;
pub use lot::Lot;
pub use paths::fill_paths;
pub use say::said;
pub use split::{Pulled, Rest, chain};

use crate::chain::{Ahead, Chain};
use crate::credits::{Credits, Permit, Window};
use crate::doors::StepDoors;
use crate::message::{Marker, Message};
use crate::shared::Shared;
use crate::suspended::Suspended;
use crate::worker::{Firing, FiringEnd, Retry, Worker};
use asking::Asked;
use collect::Collector;
use decide::Fire;
use join::{Arrival, Join, Joined};
use order::Order;
use outbox::Outbox;
use park::Parking;
use rounds::RoundEnd;
use rows::UnderRows;
use split::{Groups, Next};
use tracker::Tracker;

/// Items of a light or waiting kind that may be under way at once, where the policy does not say.
const DEFAULT_SLOTS: usize = 16;

/// Items of a computing kind that may be under way at once for each core: one computes, one waits for its core.
const CPU_SLOTS_PER_CORE: usize = 2;

/// Items of a kind that writes that may wait for the disk, beside those that compute.
const SAVING_SLOTS: usize = 16;

/// What a step's actor is told.
pub enum ToStep {
    /// A message came on an input.
    Deliver {
        /// The input.
        input: usize,
        /// The message.
        message: Message,
    },
    /// There may be room, or new work may start again.
    Wake,
    /// A member of a group that found no room in memory has been put on disk.
    Kept {
        /// The input.
        input: usize,
        /// The message that brought it.
        message: Message,
        /// Where it waits.
        member: value::Member,
    },
    /// A value that was parked on disk has been read.
    Readmitted {
        /// The input.
        input: usize,
        /// The item.
        arrival: Arrival,
    },
    /// A round of a loop has come to its end. It is taken in at once, whatever the step waits for.
    Round {
        /// The item in the loop.
        item: Key,
        /// How it ended.
        end: RoundEnd,
    },
    /// Those who watch the events have caught up.
    CaughtUp,
    /// A firing came to its end.
    Fired(Box<FiringEnd>),
    /// A question was answered.
    Answered {
        /// Key of the item.
        key: Key,
    },
    /// Nothing else can run: what waits for a person is left open.
    LeaveOpen,
    /// Children lie ready, and others may take long.
    Made {
        /// The group.
        group: Key,
        /// Where they lie.
        lot: Lot,
    },
    /// A group's next children are there, or why not.
    Pulled {
        /// The group.
        group: Key,
        /// The children.
        children: Pulled,
        /// How long the code ran.
        took: Duration,
    },
}

/// The state of a step.
pub struct Step {
    id: StepId,
    shared: Arc<Shared>,
    me: StepRef,
    worker: Arc<Worker>,
    collectors: Vec<Option<Collector>>,
    /// What waits on the inputs that enter a phase.
    parking: Vec<Option<Parking>>,
    rows: UnderRows,
    join: Join,
    /// Feeds an ordered step in key order.
    order: Option<Order>,
    tracker: Tracker,
    /// The input whose ends of groups are handed on; several carry the same.
    lead: Option<usize>,
    ready: VecDeque<Joined>,
    /// What waits for a person.
    asked: Asked,
    slots: Arc<Credits>,
    running: usize,
    /// Items whose firing ended without a fate, because the run is being stopped.
    left_open: usize,
    outbox: Outbox,
    groups: Groups,
    /// Output ports for each firing, and for each child of a split.
    ports: Ports,
    awaits_watchers: bool,
    is_finished: bool,
    /// What goes along with the next value of a port.
    handed: Option<Ahead>,
}

/// The names of a step's output ports, without `error`.
#[derive(Clone)]
struct Ports {
    plain: Arc<[Arc<str>]>,
    /// Those of an ordered step that give something once for a group.
    at_end: Arc<[Arc<str>]>,
    many: Arc<[Arc<str>]>,
}

impl Ports {
    fn of(spec: &windlass_core::spec::Spec) -> Self {
        let names = |many: bool, at_end: bool| {
            let ports = spec.outputs.iter().filter(|port| port.many == many && port.at_end == at_end);
            ports.map(|port| Arc::from(port.name.as_str())).collect()
        };
        Self { plain: names(false, false), at_end: names(false, true), many: names(true, false) }
    }
}

impl Step {
    /// Makes the state of a step before anything has arrived.
    pub fn new(id: StepId, shared: &Arc<Shared>, me: &StepRef, steps: &[StepRef]) -> Self {
        let plan = &shared.plan.steps[id];
        let depth = plan.scope.len();
        let depths: Vec<_> = plan.inputs.iter().map(|input| input.scope.len() - usize::from(input.collect)).collect();
        let repeated = (0..depth).map(|at| depths.iter().filter(|known| **known == at).count() as u64).collect();
        let collector = |input: &plan::StepInput| input.collect.then(|| Collector::of(plan, shared.broken));
        let wake = |me: &StepRef| {
            let me = me.clone();
            Box::new(move || me.wake())
        };
        let doors = Arc::new(StepDoors { shared: shared.clone(), step: id, has_noted: Arc::default() });
        Self {
            id,
            shared: shared.clone(),
            me: me.clone(),
            worker: Arc::new(Worker {
                shared: shared.clone(),
                step: id,
                doors,
                chain: Arc::new(Chain::of(shared, id)),
            }),
            collectors: plan.inputs.iter().map(collector).collect(),
            parking: Parking::of(&shared.plan, id, shared.broken, || readmit::wake(shared, me)),
            lead: depths.iter().position(|at| *at == depth),
            rows: UnderRows::of(plan, shared.broken),
            join: Join::new(depth, depths, shared.broken),
            order: Order::of(&shared.plan, id, shared.broken),
            tracker: Tracker::new(depth, repeated),
            ready: VecDeque::new(),
            asked: Asked::default(),
            slots: Credits::new(slots(&shared.plan, id, shared.cores), wake(me)),
            running: 0,
            left_open: 0,
            outbox: Outbox::new(&shared.plan, id, me, steps),
            groups: Groups::new(Window::new(rounds::window(plan), wake(me)), shared.plan.may_be_cut(id), shared.broken),
            ports: Ports::of(&plan.spec),
            awaits_watchers: false,
            is_finished: false,
            handed: None,
        }
    }

    /// Begins: what has no inputs fires once.
    pub fn begin(&mut self) {
        if self.plan().inputs.is_empty() {
            let root =
                Joined { place: Place::root(), token: None, slots: Default::default(), credits: Default::default() };
            self.joined(vec![root]);
        }
        self.go_on();
    }

    /// Takes in what the actor was told.
    pub fn take(&mut self, what: ToStep) {
        match what {
            ToStep::Deliver { input, message } => self.deliver(input, message),
            ToStep::Wake => {}
            ToStep::Kept { input, message, member } => self.kept(input, message, member),
            ToStep::Readmitted { input, arrival } => self.join_in(input, arrival),
            ToStep::Round { item, end } => self.round_ended(&item, end),
            ToStep::CaughtUp => self.awaits_watchers = false,
            ToStep::Answered { key } => self.answered(&key),
            ToStep::LeaveOpen => self.leave_questions_open(),
            ToStep::Fired(end) => self.fired(*end),
            ToStep::Made { group, lot } => self.made(&group, &lot),
            ToStep::Pulled { group, children, took } => self.pulled(&group, children, took),
        }
        self.go_on();
    }

    /// Returns what the step waits for, in words; empty when it has finished.
    pub fn waits(&self) -> Vec<String> {
        if self.is_finished {
            return Vec::new();
        }
        let names: Vec<_> = self.plan().inputs.iter().map(|input| input.name.to_string()).collect();
        let collectors = self.collectors.iter().zip(&names);
        let gathering = collectors.flat_map(|(collector, name)| collector.iter().flat_map(|c| c.waits(name)));
        let mut waits: Vec<_> = gathering.collect();
        let parking = self.parking.iter().zip(&names);
        waits.extend(parking.flat_map(|(parking, name)| parking.iter().flat_map(|p| p.waits(name))));
        waits.extend(self.join.waits(&names));
        waits.extend(self.order.iter().flat_map(Order::waits));
        waits.extend(self.outbox.waits());
        waits.extend(self.rounds_waits().unwrap_or_else(|| self.groups.waits()));
        waits.extend((!self.ready.is_empty()).then(|| format!("{} items wait for a slot", self.ready.len())));
        waits.extend(self.asked.waits());
        waits.extend(self.tracker.waits());
        waits
    }

    fn plan(&self) -> &plan::Step {
        &self.shared.plan.steps[self.id]
    }

    /// Does what can be done: sends, fires, lets children out, until nothing moves.
    fn go_on(&mut self) {
        loop {
            self.outbox.flush();
            if !self.fire_answered() && !self.fire_next() && !self.readmit_next() && !self.next_child() {
                break;
            }
        }
        self.finish_if_done();
    }

    fn finish_if_done(&mut self) {
        let is_done = self.tracker.is_closed()
            && self.ready.is_empty()
            && self.asked.is_empty()
            && self.running == 0
            && self.left_open == 0
            && self.parking.iter().flatten().all(Parking::is_empty)
            && self.outbox.is_empty()
            && self.groups.is_empty()
            && self.order.as_ref().is_none_or(Order::is_empty);
        if is_done && !self.is_finished {
            self.is_finished = true;
            self.shared.bus.send(What::StepFinished { step: self.id });
            self.me.finished();
        }
    }

    /// Fires the next item that is ready; returns whether there was one and a slot for it.
    fn fire_next(&mut self) -> bool {
        if self.ready.is_empty() {
            return false;
        }
        if self.take_computed() {
            return true;
        }
        if !self.shared.control.may_start() {
            return false;
        }
        let Some(slot) = self.slots.take() else { return false };
        let Some(mut item) = self.ready.pop_front() else { return false };
        item.credits.clear();
        if self.plan().policy.mute {
            self.pass(&item.leaving(slot), &Marker::Skip("muted".into()));
            return true;
        }
        match self.decide(&item) {
            Decision::Pass(marker) => self.pass(&item.leaving(slot), &marker),
            Decision::Fail(error) => self.fail(&item.leaving(slot), &error, &Retry::first(Bag::new()), None),
            Decision::Fire(fire) => self.fire(item, slot, *fire),
        }
        true
    }

    fn fire(&mut self, item: Joined, slot: Permit, mut fire: Fire) {
        self.say_fire(&item.place, &fire);
        if let Err(error) = fill_paths(&self.shared, self.plan(), &item.place, &mut fire.bag) {
            return self.fail(&item.leaving(slot), &error, &Retry::first(fire.bag), None);
        }
        let Joined { place, token, slots, .. } = item;
        let fed = self.order.as_ref().and_then(|order| order.feed(&place));
        let mut firing =
            Firing { place, token, slot: Some(slot), retry: Retry::first(fire.bag), said: 0, fed, _held: slots };
        let is_inline = self.plan().spec.cost == Cost::Light && self.plan().policy.timeout.is_none();
        self.running += 1;
        match is_inline.then(|| self.worker.fire_inline(&mut firing)).flatten() {
            Some((result, took)) => self.fired(firing.end(result, took, None)),
            None => self.hand_to_worker(firing),
        }
    }

    /// Says which failures a firing takes up, and which members it goes on without.
    fn say_fire(&self, place: &Place, fire: &Fire) {
        for failed in fire.handled.iter().filter(|failed| failed.take_up()) {
            self.shared.bus.send(What::Handled { step: failed.step, key: failed.key.to_string() });
        }
        if let Some((taken, failed)) = fire.incomplete {
            let key = place.key().to_string();
            self.shared.bus.send(What::Incomplete { step: self.id, key, taken, failed });
        }
    }

    fn hand_to_worker(&self, firing: Firing) {
        self.hand_over(firing, None);
    }

    /// Lets the worker do a firing, whose code may wait for something already.
    fn hand_over(&self, firing: Firing, begun: Option<Suspended>) {
        let (worker, me) = (self.worker.clone(), self.me.clone());
        let busy = self.shared.activity.begin();
        self.shared.handle.spawn(async move {
            let end = worker.fire(firing, begun).await;
            me.tell(ToStep::Fired(Box::new(end)));
            drop(busy);
        });
    }

    /// Lets the next child of an open group out, or asks for more; returns whether something was done.
    fn next_child(&mut self) -> bool {
        if self.groups.is_empty() || !self.outbox.is_empty() || !self.may_admit() {
            return false;
        }
        match self.groups.next(&self.shared.memory) {
            Next::Wait => return false,
            Next::Child(child, token, index, group) => self.let_out(child, token, index, &group),
            Next::Pull(group, children, count) => self.pull(group, children, count),
            Next::End(group) => self.group_ended(*group),
            Next::BrokeOff(group, error) => self.broke_off(&group, &error),
        }
        true
    }

    fn may_admit(&mut self) -> bool {
        if !self.shared.control.may_start() || self.awaits_watchers {
            return false;
        }
        if self.shared.bus.is_behind() {
            self.await_watchers();
            return false;
        }
        true
    }

    fn await_watchers(&mut self) {
        self.awaits_watchers = true;
        let (bus, me, busy) = (self.shared.bus.clone(), self.me.clone(), self.shared.activity.begin());
        self.shared.handle.spawn(async move {
            bus.caught_up().await;
            me.tell(ToStep::CaughtUp);
            drop(busy);
        });
    }
}

fn slots(plan: &Plan, id: StepId, cores: u32) -> usize {
    let step = &plan.steps[id];
    let by_kind = match step.spec.cost {
        Cost::Cpu if step.spec.purity == Purity::Writes => cores as usize + SAVING_SLOTS,
        Cost::Process => cores as usize,
        Cost::Cpu => cores as usize * CPU_SLOTS_PER_CORE,
        Cost::Light | Cost::Io => DEFAULT_SLOTS,
    };
    let declared = step.spec.slots.map_or(by_kind, |slots| slots.min(by_kind));
    step.policy.slots.unwrap_or(declared).max(1)
}
