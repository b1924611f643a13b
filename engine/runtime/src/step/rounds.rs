//! Rounds of a loop: the head lets one out after the other, as children of the item; the end of each tells the head
//! what comes next. The item waits in the head's state, with its token, without slot or credit.

use std::sync::Arc;

use windlass_core::key::{Key, Place};
use windlass_core::node::{AGAIN, Child, Emission, Outcome, ROUND};
use windlass_core::plan::{self, LoopPart, StepId};
use windlass_core::value::{Bag, List, Value};

use super::collect::{Group, Member};
use super::decide::{Decision, Fire};
use super::join::Slot;
use super::outbox::Leaving;
use super::split::{OpenGroup, Rest};
use super::{Step, ToStep};
use crate::credits::Token;
use crate::message::Marker;
use crate::sabotage::Rule;
use crate::worker::Retry;

/// How a round ended.
pub enum RoundEnd {
    /// Another one follows.
    Again {
        /// The outputs of the body.
        outputs: Bag,
        /// The round's token, where a test breaks the rule that it is given back first.
        kept: Option<Arc<Token>>,
    },
    /// It was the last one.
    Last,
    /// It was skipped or failed, and so is its item.
    Broke(Marker),
}

/// Returns the window of a step. Rounds have none but the right of each open group to one child: one round an item.
pub(super) fn window(step: &plan::Step) -> usize {
    if step.is_loop_head() { 0 } else { step.policy.window.max(1) }
}

impl Step {
    /// Lets the first round of an item out.
    pub(super) fn open_rounds(&mut self, item: Leaving, retry: Retry) {
        let first = round(&item.place, &retry.bag, 0);
        let key = item.place.key().clone();
        self.groups.open(item, 0, retry);
        self.refill(&key, vec![first], Rest::Later);
    }

    /// Takes in how a round ended.
    pub(super) fn round_ended(&mut self, item: &Key, end: RoundEnd) {
        let Some(LoopPart::Head { state, .. }) = self.plan().in_loop.clone() else { return };
        let forgets = self.shared.broken.is(Rule::RoundsForget);
        let Some(group) = self.groups.get_mut(item) else { return };
        match end {
            RoundEnd::Again { mut outputs, kept } => {
                group.kept.extend(kept);
                for name in state.iter().filter(|_| !forgets) {
                    if let Some(value) = outputs.take(name) {
                        group.retry.bag.set(name.clone(), value);
                    }
                }
                let next = round(&group.place, &group.retry.bag, group.sent);
                group.refill(vec![next], Rest::Later);
            }
            RoundEnd::Last => group.refill(Vec::new(), Rest::End),
            RoundEnd::Broke(marker) => {
                group.cause = Some(marker);
                group.refill(Vec::new(), Rest::End);
            }
        }
    }

    /// Says to the head of the loop what an end of a round gave.
    pub(super) fn tell_round_gave(&self, item: &Leaving, emission: &Emission, retry: &Retry) {
        let Some(head) = self.head() else { return };
        let goes_on = |outcome: &Outcome| matches!(outcome, Outcome::Value(Value::Bool(true)));
        let end = match emission.ports.iter().any(|(name, outcome)| name == AGAIN && goes_on(outcome)) {
            true => RoundEnd::Again {
                outputs: retry.bag.clone(),
                kept: item.token.clone().filter(|_| self.shared.broken.is(Rule::RoundKeepsToken)),
            },
            false => RoundEnd::Last,
        };
        self.tell_head(head, &item.place, end);
    }

    /// Says to the head of the loop that a round was skipped or failed.
    pub(super) fn tell_round_broke(&self, round: &Place, marker: &Marker) {
        let is_failure = matches!(marker, Marker::Failure(_));
        if let Some(head) = self.head().filter(|_| !(is_failure && self.shared.broken.is(Rule::FailedRoundUnnoticed))) {
            self.tell_head(head, round, RoundEnd::Broke(marker.clone()));
        }
    }

    /// Returns which items wait for the end of a round, in words; `None` for steps that let no rounds out.
    pub(super) fn rounds_waits(&self) -> Option<Vec<String>> {
        let words = |(item, group): (&Key, &OpenGroup)| match group.awaits_round() {
            true => format!("item `{item}` waits for the end of round `{item}/{}`", group.sent.saturating_sub(1)),
            false => format!("item `{item}` waits to let round `{item}/{}` out", group.sent),
        };
        self.plan().is_loop_head().then(|| self.groups.iter().map(words).collect())
    }

    fn head(&self) -> Option<StepId> {
        match self.plan().in_loop {
            Some(LoopPart::Round { head }) => Some(head),
            _ => None,
        }
    }

    fn tell_head(&self, head: StepId, round: &Place, end: RoundEnd) {
        let Some(item) = round.key().parent() else { return };
        if let Some(head) = self.shared.steps.get().and_then(|steps| steps.get(head)) {
            head.tell(ToStep::Round { item, end });
        }
    }
}

/// Makes a round: on each port what stands under its name.
fn round(item: &Place, bag: &Bag, number: u64) -> Child {
    let given = bag.iter().map(|(name, value)| (name.to_owned().into(), Outcome::Value(value.clone())));
    let number_value = Value::Int(i64::try_from(number).unwrap_or(i64::MAX));
    let ports = given.chain([(ROUND.into(), Outcome::Value(number_value))]).collect();
    Child { name: Some(name(item.name(), number.saturating_add(1))), ports, failure: None }
}

/// Names a round by its item: `trip/dunes.jpg` has the rounds `trip/dunes~1.jpg`, `trip/dunes~2.jpg`.
fn name(item: &str, number: u64) -> String {
    let file = item.rfind('/').map_or(0, |at| at + 1);
    let ending = item[file..].rfind('.').filter(|at| *at > 0).map_or(item.len(), |at| file + at);
    let (stem, ending) = item.split_at(ending);
    format!("{stem}~{number}{ending}")
}

/// Decides what becomes of an item whose rounds have ended: what the last one gave goes on, port by port.
pub(super) fn decide_result(step: &plan::Step, slots: &[Slot]) -> Decision {
    let mut bag = Bag::new();
    for (input, slot) in step.inputs.iter().zip(slots) {
        match slot {
            Slot::Group(group) => match &group.cause {
                Some(cause) => return Decision::Pass(cause.clone()),
                None => bag.set(input.name.clone(), values(group)),
            },
            Slot::Marker(marker) => return Decision::Pass(marker.clone()),
            Slot::Unreadable(error) => return Decision::Fail(error.clone()),
            Slot::Value(parcel) => bag.set(input.name.clone(), parcel.value.clone()),
        }
    }
    Decision::Fire(Box::new(Fire { bag, handled: Vec::new(), incomplete: None }))
}

fn values(group: &Group) -> Value {
    let values = group.members.iter().filter_map(|member| match member {
        Member::Value(value) => Some(value.clone()),
        Member::Marker(_) => None,
    });
    Value::List(Arc::new(List::new(values.collect())))
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn a_round_keeps_the_ending_of_its_item() {
        let items = ["trip/dunes.jpg", "a.b/c", ".hidden", "7", ""];
        let rounds = items.map(|item| name(item, 2));
        assert_eq!(rounds, ["trip/dunes~2.jpg", "a.b/c~2", ".hidden~2", "7~2", "~2"]);
    }
}
