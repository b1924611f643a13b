//! One step of a run: joins its inputs, fires its node, sends what comes of it. Its actor calls it; it never waits.

mod actor;
mod ahead;
mod asking;
mod batches;
mod blocks;
mod children;
mod collect;
mod decide;
mod finish;
mod fire;
mod fused;
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
mod show;
mod split;
mod through;
mod tracker;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use windlass_core::event::What;
use windlass_core::key::{Key, Place};
use windlass_core::plan::{self, Plan, StepId};
use windlass_core::spec::{Cost, Purity};
use windlass_core::value;

pub use actor::{Prepared, StepRef};
pub use asking::Asking;
pub use decide::{Decision, decide};
pub use join::{Slot, Slots};
pub use lot::Lot;
pub use paths::fill_paths;
pub use say::said;
pub use split::{Pulled, Rest, chain};

use crate::block::Block;
use crate::chain::Ahead;
use crate::credits::{Credits, Window};
use crate::message::Message;
use crate::recall::Recall;
use crate::shared::Shared;
use crate::tally::Counts;
use crate::worker::{FiringEnd, Worker};
use asking::Asked;
use collect::Collector;
use fused::Fused;
use join::{Arrival, Complete, Join, Joined};
use order::Order;
use outbox::Outbox;
use park::Parking;
use rounds::RoundEnd;
use rows::UnderRows;
use split::{Groups, Next};
use tracker::Tracker;

/// Items of a waiting kind that may be under way at once, where the policy does not say.
const DEFAULT_SLOTS: usize = 16;

/// Items of a computing kind that may be under way at once for each core: one computes, one waits for its core.
const CPU_SLOTS_PER_CORE: usize = 2;

/// Items of a kind that writes that may wait for the disk, beside those that compute.
const SAVING_SLOTS: usize = 16;

/// Children that are let out before others have their turn.
const MOST_LET_OUT: usize = 256;

/// What a step's actor is told.
pub enum ToStep {
    /// Messages came on an input: what lay ready to be sent.
    Deliver {
        /// The input.
        input: usize,
        /// The messages.
        messages: Vec<Message>,
    },
    /// Siblings came on an input.
    DeliverBlock {
        /// The input.
        input: usize,
        /// The siblings.
        block: Block,
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
        /// The step, which may be one of several that are fused.
        step: StepId,
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
    /// The step; of several that are fused, the last.
    id: StepId,
    /// The steps that are fused: mostly this one alone.
    links: Vec<StepId>,
    /// The ports between them.
    between: Vec<Arc<str>>,
    /// What they have done, where that is counted and not told item by item.
    counts: Vec<Counts>,
    is_counted: bool,
    /// Whether siblings go through the links together.
    takes_blocks: bool,
    /// The port that children go out on together, if they do.
    block_port: Option<Arc<str>>,
    /// How they are fired, in a light step.
    fused: Option<Box<Fused>>,
    shared: Arc<Shared>,
    me: StepRef,
    /// Where their firings are done outside of the handler.
    workers: Vec<Arc<Worker>>,
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
    /// Siblings that are ready, in a light step that takes them together.
    blocks: VecDeque<Block>,
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
    /// Journals what a split finds, where that may not be found again.
    recall: Option<Arc<Recall>>,
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
    pub fn new(first: StepId, shared: &Arc<Shared>, me: &StepRef, steps: &[StepRef]) -> Self {
        let plan = &shared.plan.steps[first];
        let (links, between) = shared.fused_from(first);
        let id = links.last().copied().unwrap_or(first);
        let workers: Vec<_> = links.iter().map(|step| Arc::new(Worker::new(shared, *step))).collect();
        let of_each = links.iter().map(|step| slots(&shared.plan, *step, shared.cores));
        let slots = of_each.min().unwrap_or(1);
        let fused =
            (plan.is_inline() && shared.recall(first).is_none()).then(|| Box::new(Fused::of(shared, &workers, slots)));
        let depth = plan.scope.len();
        let depths: Vec<_> = plan.inputs.iter().map(|input| input.scope.len() - usize::from(input.collect)).collect();
        let repeated = (0..depth).map(|at| depths.iter().filter(|known| **known == at).count() as u64).collect();
        let collector = |input: &plan::StepInput| input.collect.then(|| Collector::of(plan, shared.broken));
        let wake = |me: &StepRef| {
            let me = me.clone();
            Box::new(move || me.wake())
        };
        let mut step = Self {
            id,
            between,
            counts: links.iter().map(|_| Counts::default()).collect(),
            is_counted: fused.is_some() && !shared.bus.tells_each_item(),
            links,
            takes_blocks: false,
            block_port: None,
            fused,
            shared: shared.clone(),
            me: me.clone(),
            workers,
            collectors: plan.inputs.iter().map(collector).collect(),
            parking: Parking::of(&shared.plan, first, shared.broken, || readmit::wake(shared, me)),
            lead: depths.iter().position(|at| *at == depth),
            rows: UnderRows::of(plan, shared.broken),
            join: Join::new(depth, depths, shared.broken),
            order: Order::of(&shared.plan, first, shared.broken),
            tracker: Tracker::new(depth, repeated),
            ready: VecDeque::new(),
            blocks: VecDeque::new(),
            asked: Asked::default(),
            slots: Credits::new(slots, wake(me)),
            running: 0,
            left_open: 0,
            outbox: Outbox::new(&shared.plan, id, me, steps),
            groups: Groups::new(Window::new(rounds::window(plan), wake(me)), shared.plan.may_be_cut(id), shared.broken),
            ports: Ports::of(&shared.plan.steps[id].spec),
            recall: shared.recall(id).filter(|recall| recall.lists()),
            awaits_watchers: false,
            is_finished: false,
            handed: None,
        };
        shared.gauges.add(step.outbox.meters());
        step.takes_blocks = step.can_take_blocks();
        step.block_port = step.port_of_blocks();
        step
    }

    /// Begins: what has no inputs fires once.
    pub fn begin(&mut self) {
        if self.first().inputs.is_empty() {
            let root =
                Joined { place: Place::root(), token: None, slots: Default::default(), credits: Default::default() };
            self.joined(Complete::from_buf([root]));
        }
        self.go_on();
    }

    /// Takes in what the actor was told.
    pub fn take(&mut self, what: ToStep) {
        match what {
            ToStep::Deliver { input, messages } => self.deliver_all(input, messages),
            ToStep::DeliverBlock { input, block } => self.deliver_block(input, block),
            ToStep::Wake => {}
            ToStep::Kept { input, message, member } => self.kept(input, message, member),
            ToStep::Readmitted { input, arrival } => self.join_in(input, arrival),
            ToStep::Round { item, end } => self.round_ended(&item, end),
            ToStep::CaughtUp => self.awaits_watchers = false,
            ToStep::Answered { step, key } => self.answered(step, key),
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
        let names: Vec<_> = self.first().inputs.iter().map(|input| input.name.to_string()).collect();
        let collectors = self.collectors.iter().zip(&names);
        let gathering = collectors.flat_map(|(collector, name)| collector.iter().flat_map(|c| c.waits(name)));
        let mut waits: Vec<_> = gathering.collect();
        let parking = self.parking.iter().zip(&names);
        waits.extend(parking.flat_map(|(parking, name)| parking.iter().flat_map(|p| p.waits(name))));
        waits.extend(self.join.waits(&names));
        waits.extend(self.order.iter().flat_map(Order::waits));
        waits.extend(self.outbox.waits());
        waits.extend(self.rounds_waits().unwrap_or_else(|| self.groups.waits()));
        let ready = self.ready.len() + self.blocks.iter().map(Block::len).sum::<usize>();
        waits.extend((ready > 0).then(|| format!("{ready} items wait for a slot")));
        waits.extend(self.asked.waits());
        waits.extend(self.tracker.waits());
        waits
    }

    fn plan(&self) -> &plan::Step {
        &self.shared.plan.steps[self.id]
    }

    /// Returns the step that takes the inputs; another one where several are fused.
    fn first(&self) -> &plan::Step {
        &self.shared.plan.steps[self.links[0]]
    }

    fn worker(&self, step: StepId) -> &Arc<Worker> {
        let at = self.links.iter().position(|link| *link == step);
        &self.workers[at.unwrap_or_default()]
    }

    /// Does what can be done: sends, fires, lets children out, until nothing moves.
    fn go_on(&mut self) {
        let mut let_out = 0;
        loop {
            self.outbox.flush();
            let mut moves = self.fire_answered() || self.fire_next() || self.readmit_next();
            while let_out < MOST_LET_OUT && self.next_child() {
                let_out += 1;
                moves = true;
            }
            if !moves {
                break;
            }
        }
        if let_out == MOST_LET_OUT {
            // Others have their turn first, and whoever wants something of this step.
            self.me.wake();
        }
        self.finish_if_done();
        self.tell_counts();
    }

    fn finish_if_done(&mut self) {
        let is_done = self.tracker.is_closed()
            && self.ready.is_empty()
            && self.blocks.is_empty()
            && self.asked.is_empty()
            && self.running == 0
            && self.left_open == 0
            && self.parking.iter().flatten().all(Parking::is_empty)
            && self.outbox.is_empty()
            && self.groups.is_empty()
            && self.order.as_ref().is_none_or(Order::is_empty);
        if is_done && !self.is_finished {
            self.is_finished = true;
            self.tell_counts();
            self.links.iter().for_each(|step| self.shared.bus.send(What::StepFinished { step: *step }));
            self.me.finished();
        }
    }

    /// Lets the next child of an open group out, or asks for more; returns whether something was done.
    fn next_child(&mut self) -> bool {
        let has_room = self.outbox.is_empty() || self.outbox.room() > 0;
        if self.groups.is_empty() || !has_room || !self.may_admit() {
            return false;
        }
        match self.groups.next(&self.shared.memory, self.room_for_blocks().as_ref()) {
            Next::Wait => return false,
            Next::Child(child, token, index, group) => self.let_out(child, token, index, &group),
            Next::Block(block) => self.let_block_out(block),
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
        Cost::Light => fused::MOST_TOGETHER,
        Cost::Io => DEFAULT_SLOTS,
    };
    let declared = step.spec.slots.map_or(by_kind, |slots| slots.min(by_kind));
    step.policy.slots.unwrap_or(declared).max(1)
}
