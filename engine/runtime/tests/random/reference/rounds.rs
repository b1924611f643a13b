//! Loops: for each item one round after the other, each with all that lies inside of it.

use windlass_core::key::Key;
use windlass_core::node::{AGAIN, Emission, Outcome, ROUND};
use windlass_core::plan::{LoopPart, StepId};
use windlass_core::value::{Bag, Value};

use super::Fate;
use super::evaluate::Evaluation;
use super::join::Marker;

/// How a round ended.
pub enum End {
    Again(Bag),
    Last,
    Broke(Marker),
}

impl End {
    /// Returns how a round ended whose end gave something.
    pub fn of(emission: &Emission, bag: &Bag) -> Self {
        let again =
            |(name, outcome): &(_, Outcome)| *name == AGAIN && matches!(outcome, Outcome::Value(Value::Bool(true)));
        if emission.ports.iter().any(again) { Self::Again(bag.clone()) } else { Self::Last }
    }
}

impl Evaluation<'_> {
    /// Goes through a step once for each round that it lies inside of, after what feeds it.
    pub fn visit(&mut self, id: StepId, round: &Key) {
        if !self.visited.insert((id, round.clone())) {
            return;
        }
        let plan = self.plan;
        for input in &plan.steps[id].inputs {
            match plan.steps[id].in_loop {
                Some(LoopPart::Result { head }) => self.visit(head, round),
                _ if self.innermost(input.from) == self.innermost(id) => self.visit(input.from, round),
                _ => self.visit_outside(input.from),
            }
        }
        if plan.steps[id].spec.is_ordered() {
            return self.ordered(id, round);
        }
        for key in self.keys(&plan.steps[id].scope, round) {
            self.step(id, key);
        }
    }

    /// Goes through what feeds a body beside its head, and so runs once.
    fn visit_outside(&mut self, id: StepId) {
        if !self.plan.steps[id].is_loop_head() {
            self.visit(id, &Key::root());
        }
    }

    /// Goes through the rounds of an item.
    pub fn rounds(&mut self, head: StepId, item: &Key, mut bag: Bag) {
        let plan = self.plan;
        let Some(LoopPart::Head { state, .. }) = &plan.steps[head].in_loop else { return };
        self.expected.fates.insert((head, item.clone()), Fate::Emitted);
        let body: Vec<_> = (0..plan.steps.len()).filter(|id| self.innermost(*id) == Some(head)).collect();
        for number in 0.. {
            let round = item.child(number);
            self.expected.groups.insert((head, item.clone()), (number + 1, false));
            bag.set(ROUND, Value::Int(i64::try_from(number).unwrap()));
            for (name, value) in bag.iter() {
                self.put(&(head, round.clone()), name, Ok(value.clone()));
            }
            body.iter().for_each(|id| self.visit(*id, &round));
            match self.ended.remove(&(head, round)) {
                Some(End::Again(outputs)) => {
                    for name in state {
                        bag.set(name.clone(), outputs.get(name).unwrap().clone());
                    }
                }
                Some(End::Broke(marker)) => {
                    self.expected.groups.insert((head, item.clone()), (number + 1, true));
                    self.causes.insert((head, item.clone()), marker);
                    return;
                }
                Some(End::Last) => return,
                None => panic!("a round of step {head} has no end"),
            }
        }
    }

    /// Returns the innermost loop whose body a step stands in, by its head.
    pub fn innermost(&self, id: StepId) -> Option<StepId> {
        self.plan.steps[id].scope.iter().rev().copied().find(|split| self.plan.steps[*split].is_loop_head())
    }

    /// Keeps how a round ended, if the step ends rounds.
    pub fn round_ended(&mut self, id: StepId, round: &Key, end: End) {
        if let Some(LoopPart::Round { head }) = self.plan.steps[id].in_loop {
            self.ended.insert((head, round.clone()), end);
        }
    }
}
