//! What waits to be sent: each edge takes as much as it has credits for, in order.

use std::collections::VecDeque;
use std::sync::Arc;

use windlass_core::key::Place;
use windlass_core::plan::{Plan, StepId};

use super::StepRef;
use crate::credits::{Credits, Permit, Token};
use crate::lease::Lease;
use crate::message::{Body, Message};

/// An item that leaves a step.
pub struct Leaving {
    /// The item.
    pub place: Arc<Place>,
    /// Its token.
    pub token: Option<Arc<Token>>,
    /// What is kept until its last message has been sent.
    pub kept: Arc<Kept>,
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
    pub fn slot(slot: Permit) -> Arc<Self> {
        Arc::new(Self { _slot: Some(slot), _lease: None })
    }

    /// Keeps nothing.
    pub fn nothing() -> Arc<Self> {
        Arc::new(Self { _slot: None, _lease: None })
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
    waiting: VecDeque<(Message, Arc<Kept>)>,
}

impl Outbox {
    /// Makes the edges that leave a step.
    pub fn new(plan: &Plan, step: StepId, me: &StepRef, steps: &[StepRef]) -> Self {
        let mut edges = Vec::new();
        for (to, target) in plan.steps.iter().enumerate() {
            for (input, wire) in target.inputs.iter().enumerate().filter(|(_, wire)| wire.from == step) {
                let me = me.clone();
                edges.push(Edge {
                    port: wire.from_port.clone(),
                    is_many: wire.scope.last() == Some(&step),
                    depth: wire.depth_before(),
                    to: steps[to].clone(),
                    input,
                    credits: Credits::new(target.policy.queue.max(1), Box::new(move || me.wake())),
                    waiting: VecDeque::new(),
                });
            }
        }
        Self { edges }
    }

    /// Puts one item on all edges of a port.
    pub fn item(&mut self, port: &str, item: &Leaving, body: &Body) {
        for edge in self.edges.iter_mut().filter(|edge| *edge.port == *port) {
            let (place, token) = (item.place.clone(), item.token.clone());
            let message = Message { place, token, body: body.clone(), credit: None };
            edge.waiting.push_back((message, item.kept.clone()));
        }
    }

    /// Sends the end of a group at once; it takes no room. `Scope::Outer` goes on all edges, `Scope::Own` on those of
    /// the children of a split.
    pub fn end(&self, scope: Scope, group: &Arc<Place>, token: Option<&Arc<Token>>, body: &Body) {
        for edge in self.edges.iter().filter(|edge| edge.carries(scope, group)) {
            let message = Message { place: group.clone(), token: token.cloned(), body: body.clone(), credit: None };
            edge.to.deliver(edge.input, message);
        }
    }

    /// Sends what there is room for.
    pub fn flush(&mut self) {
        for edge in &mut self.edges {
            while !edge.waiting.is_empty() {
                let Some(credit) = edge.credits.take() else { break };
                if let Some((mut message, _kept)) = edge.waiting.pop_front() {
                    message.credit = Some(credit);
                    edge.to.deliver(edge.input, message);
                }
            }
        }
    }

    /// Returns whether everything has been sent.
    pub fn is_empty(&self) -> bool {
        self.edges.iter().all(|edge| edge.waiting.is_empty())
    }

    /// Returns what waits, in words.
    pub fn waits(&self) -> Vec<String> {
        let full = self.edges.iter().filter(|edge| !edge.waiting.is_empty());
        full.map(|edge| {
            format!("{} items of `{}` wait for room in `{}`", edge.waiting.len(), edge.port, edge.to.name())
        })
        .collect()
    }
}

impl Edge {
    fn carries(&self, scope: Scope, group: &Place) -> bool {
        match scope {
            Scope::Outer => true,
            Scope::Items => !self.is_many && group.key().depth() < self.depth,
            Scope::Own => self.is_many,
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
