//! Firings that wait for a person: parked without slot and lease, with their tokens, until there is an answer or
//! nothing else can run.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::Ordering;
use std::time::Duration;

use windlass_core::context::Question;
use windlass_core::event::What;
use windlass_core::key::{Key, Place};
use windlass_core::plan::StepId;

use super::Step;
use super::order::Way;
use super::outbox::Leaving;
use crate::message::Marker;
use crate::sabotage::Rule;
use crate::worker::{Firing, FiringEnd, FiringResult};

/// What a firing waits for.
pub struct Asking {
    /// What it asks.
    pub question: Question,
}

impl Firing {
    /// Parks the firing until a person has answered.
    pub fn asks(mut self, question: Question, took: Duration) -> FiringEnd {
        // The try begins anew, and says so.
        self.said = 0;
        let (step, place, token, retry, slot) =
            (self.step, self.place.clone(), self.token.clone(), self.retry.clone(), self.slot.take());
        let result = FiringResult::Asks(Box::new(self), Asking { question });
        FiringEnd { step, place, token, slot, result, retry, took, lease: None }
    }
}

/// The firings of a step that wait for a person.
#[derive(Default)]
pub struct Asked {
    waiting: HashMap<(StepId, Key), Firing>,
    /// Those that have their answer, and wait for a slot.
    answered: VecDeque<Firing>,
}

impl Asked {
    /// Returns whether none waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.answered.is_empty()
    }

    /// Returns what is waited for, in words.
    pub fn waits(&self) -> Option<String> {
        (!self.waiting.is_empty()).then(|| format!("{} questions wait for an answer", self.waiting.len()))
    }
}

impl Step {
    /// Parks a firing that asks a person.
    pub(super) fn asks(&mut self, firing: Firing, asking: Asking) {
        let (step, place) = (firing.step, firing.place.clone());
        let question = asking.question.without(&self.shared.plan.secrets);
        // Its answer is a note too, to be forgotten with the others.
        self.worker(step).doors.has_noted.store(true, Ordering::Release);
        self.asked.waiting.insert((step, place.key().clone()), firing);
        // From here on it can be answered: what comes of that is told to this step, and finds the firing parked.
        self.shared.questions.ask(step, &place, question.clone());
        self.shared.bus.send(What::Asked {
            step,
            key: place.key().to_string(),
            name: place.name().to_owned(),
            question: question.text().to_owned(),
            answers: question.answers().to_owned(),
        });
    }

    /// Lets a firing go on whose question was answered.
    pub(super) fn answered(&mut self, step: StepId, key: Key) {
        let said = key.to_string();
        if let Some(firing) = self.asked.waiting.remove(&(step, key)) {
            self.shared.bus.send(What::Answered { step, key: said });
            self.asked.answered.push_back(firing);
        }
    }

    /// Fires the next item whose question was answered; returns whether there was one and a slot for it.
    pub(super) fn fire_answered(&mut self) -> bool {
        if self.asked.answered.is_empty() || !self.shared.control.may_start() {
            return false;
        }
        let Some(slot) = self.slots.take() else { return false };
        let Some(firing) = self.asked.answered.pop_front() else { return false };
        self.running += 1;
        self.hand_to_worker(Firing { slot: Some(slot), ..firing });
        true
    }

    /// Goes on without the answers that have not come: nothing else can run.
    pub(super) fn leave_questions_open(&mut self) {
        let mut asking: Vec<_> = self.asked.waiting.keys().cloned().collect();
        asking.sort();
        for (step, key) in asking {
            // One that was answered at the last moment stays: the step is about to be told.
            if self.shared.questions.leave_open(step, &key)
                && let Some(Firing { place, token, .. }) = self.asked.waiting.remove(&(step, key))
            {
                let reason = format!("`{}` waits for an answer", self.shared.plan.steps[step].name);
                let item = Leaving { place, token, kept: None };
                self.leave_on(step, item, Marker::Open(reason.into()));
            }
        }
    }

    /// Hands on that nobody knows yet what comes of an item; it stays open.
    pub(super) fn pass_open(&mut self, item: &Leaving, marker: &Marker) {
        if self.shared.broken.is(Rule::OpenMarkerDropped) {
            return self.say_open(self.id, &item.place);
        }
        self.hand_open_on(item, marker);
        self.left_in_order(&item.place, &Way::Marker(marker.clone()));
    }

    /// Hands on that an item is open, wherever it would have gone.
    pub(super) fn hand_open_on(&mut self, item: &Leaving, marker: &Marker) {
        self.send_open_group(item, marker);
        self.send_open_error(item, marker);
        self.say_open(self.id, &item.place);
    }

    /// What a split that is tried again has let out stays; its group ends open.
    fn send_open_group(&mut self, item: &Leaving, marker: &Marker) {
        let begun = if self.order.is_none() { self.groups.remove(item.place.key()) } else { None };
        match begun {
            Some(group) => self.send_end(&group.place, group.token.as_ref(), group.sent, Some(marker.clone())),
            None => self.send_marker_everywhere(item, marker),
        }
    }

    pub(super) fn say_open(&self, step: StepId, place: &Place) {
        self.shared.bus.send(What::LeftOpen { step, key: place.key().to_string() });
    }
}
