//! What waits to be sent: each edge takes as much as it has credits for, in order.

use std::collections::VecDeque;
use std::sync::Arc;

use windlass_core::key::Place;
use windlass_core::plan::{self, Plan, StepId};
use windlass_core::spec::Cost;

use super::fused::MOST_TOGETHER;
use super::{StepRef, ToStep};
use crate::block::Block;
use crate::credits::{Credits, Permit, Token};
use crate::gauges::Meter;
use crate::lease::Lease;
use crate::message::{Body, Message};

/// An item that leaves a step.
pub struct Leaving {
    /// The item.
    pub place: Arc<Place>,
    /// Its token.
    pub token: Option<Arc<Token>>,
    /// What is kept until its last message has been sent, if anything.
    pub kept: Option<Arc<Kept>>,
}

/// What is kept until the last message of a firing has been sent: its slot.
pub struct Kept {
    /// The slot.
    pub _slot: Option<Permit>,
    /// The lease, where a test breaks the rule that it is given back before.
    pub _lease: Option<Lease>,
}

impl Kept {
    /// Keeps a slot.
    pub fn slot(slot: Permit) -> Option<Arc<Self>> {
        Some(Arc::new(Self { _slot: Some(slot), _lease: None }))
    }
}

/// What waits to be sent.
pub struct Outbox {
    edges: Vec<Edge>,
}

struct Edge {
    port: Arc<str>,
    is_many: bool,
    /// How many splits its items lie inside of.
    depth: usize,
    to: StepRef,
    input: usize,
    credits: Arc<Credits>,
    meter: Arc<Meter>,
    waiting: VecDeque<Waiting>,
    /// How many items they are.
    backlog: usize,
}

/// Items that may wait on an edge to a step, where the policy does not say.
const DEFAULT_QUEUE: usize = 16;

/// Returns how many items may wait on an edge to a step: in front of light steps as many as may travel together.
fn queue(target: &plan::Step) -> usize {
    let by_kind = if target.spec.cost == Cost::Light { MOST_TOGETHER } else { DEFAULT_QUEUE };
    target.policy.queue.unwrap_or(by_kind).max(1)
}

/// What waits for room.
enum Waiting {
    One(Message, Option<Arc<Kept>>),
    Block(Block),
}

impl Outbox {
    /// Makes the edges that leave a step.
    pub fn new(plan: &Plan, step: StepId, me: &StepRef, steps: &[StepRef]) -> Self {
        let mut edges = Vec::new();
        for (to, target) in plan.steps.iter().enumerate() {
            for (input, wire) in target.inputs.iter().enumerate().filter(|(_, wire)| wire.from == step) {
                let me = me.clone();
                let limit = queue(target);
                let credits = Credits::new(limit, Box::new(move || me.wake()));
                edges.push(Edge {
                    port: wire.from_port.clone(),
                    is_many: wire.scope.last() == Some(&step),
                    depth: wire.depth_before(),
                    to: steps[to].clone(),
                    input,
                    meter: Meter::new((step, &wire.from_port), (to, input), &credits, limit),
                    credits,
                    waiting: VecDeque::new(),
                    backlog: 0,
                });
            }
        }
        Self { edges }
    }

    /// Returns what tells how full the edges are.
    pub fn meters(&self) -> impl Iterator<Item = Arc<Meter>> + '_ {
        self.edges.iter().map(|edge| edge.meter.clone())
    }

    /// Puts one item on all edges of a port.
    pub fn item(&mut self, port: &str, item: &Leaving, body: &Body) {
        for edge in self.edges.iter_mut().filter(|edge| *edge.port == *port) {
            let (place, token) = (item.place.clone(), item.token.clone());
            let message = Message { place, token, body: body.clone(), credit: None };
            edge.put(Waiting::One(message, item.kept.clone()));
        }
    }

    /// Returns how many edges leave a port. Blocks can leave where it is one: each item is in one place then.
    pub fn edges_of(&self, port: &str) -> usize {
        self.edges.iter().filter(|edge| *edge.port == *port).count()
    }

    /// Puts items on the only edge of a port, if there is one.
    pub fn block(&mut self, port: &str, block: Block) {
        if let Some(edge) = self.edges.iter_mut().find(|edge| *edge.port == *port && block.len() > 0) {
            edge.put(Waiting::Block(block));
        }
    }

    /// Sends the end of a group at once; it takes no room. `Scope::Outer` goes on all edges, `Scope::Own` on those of
    /// the children of a split.
    pub fn end(&self, scope: Scope, group: &Arc<Place>, token: Option<&Arc<Token>>, body: &Body) {
        for edge in self.edges.iter().filter(|edge| edge.carries(scope, group)) {
            let message = Message { place: group.clone(), token: token.cloned(), body: body.clone(), credit: None };
            edge.to.deliver(edge.input, vec![message]);
        }
    }

    /// Sends what there is room for: what lies ready travels together, and each item has a credit of its own.
    pub fn flush(&mut self) {
        self.edges.iter_mut().filter(|edge| !edge.waiting.is_empty()).for_each(Edge::flush);
    }

    /// Returns how many items can be sent at once, beside those that wait.
    pub fn room(&self) -> usize {
        let room = |edge: &Edge| edge.credits.free().saturating_sub(edge.backlog);
        self.edges.iter().map(room).min().unwrap_or(usize::MAX)
    }

    /// Returns whether everything has been sent.
    pub fn is_empty(&self) -> bool {
        self.edges.iter().all(|edge| edge.waiting.is_empty())
    }

    /// Returns how many items wait. Each waits on all edges until it has been sent there, in order, and so the longest
    /// row holds them all.
    pub fn backlog(&self) -> usize {
        self.edges.iter().map(|edge| edge.backlog).max().unwrap_or_default()
    }

    /// Returns what waits, in words.
    pub fn waits(&self) -> Vec<String> {
        let full = self.edges.iter().filter(|edge| !edge.waiting.is_empty());
        full.map(|edge| format!("{} items of `{}` wait for room in `{}`", edge.backlog, edge.port, edge.to.name()))
            .collect()
    }
}

impl Edge {
    fn put(&mut self, waiting: Waiting) {
        self.backlog += waiting.len();
        self.waiting.push_back(waiting);
    }

    fn flush(&mut self) {
        let mut room = self.credits.take_up_to(self.backlog);
        let mut messages = Vec::new();
        // The credit comes first: what has none stays where it is.
        while let Some(waiting) = if room.count() > 0 { self.waiting.pop_front() } else { None } {
            match waiting {
                Waiting::One(message, _kept) => messages.push(Message { credit: room.take_one(), ..message }),
                Waiting::Block(mut block) => {
                    if block.len() > room.count() {
                        self.waiting.push_front(Waiting::Block(block.split_off(room.count())));
                    }
                    block.room = Some(room.split_off(block.len()));
                    self.backlog -= block.len();
                    self.meter.sent(block.len(), 0);
                    self.deliver(std::mem::take(&mut messages));
                    self.to.tell(ToStep::DeliverBlock { input: self.input, block });
                }
            }
        }
        self.deliver(messages);
    }

    fn deliver(&mut self, messages: Vec<Message>) {
        if !messages.is_empty() {
            self.backlog -= messages.len();
            self.meter.sent(messages.len(), messages.iter().map(Message::counted_bytes).sum());
            self.to.deliver(self.input, messages);
        }
    }

    fn carries(&self, scope: Scope, group: &Place) -> bool {
        match scope {
            Scope::Outer => true,
            Scope::Items => !self.is_many && group.key().depth() < self.depth,
            Scope::Own => self.is_many,
        }
    }
}

impl Waiting {
    fn len(&self) -> usize {
        match self {
            Self::One(..) => 1,
            Self::Block(block) => block.len(),
        }
    }
}

/// Which edges the end of a group travels on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// All: the group lies around the step.
    Outer,
    /// Those of the step's items: the group is that which an ordered step goes through.
    Items,
    /// Those of the step's own children.
    Own,
}
