//! What depends on some items: everything that could come out differently if they did.
//!
//! It is told by prefixes of keys, and rather too much than too little: a loop begins again for its item, an ordered step for
//! its group.

use std::collections::HashSet;

use super::{LoopPart, Plan, Step, StepId, StepInput};
use crate::key::Key;
use crate::spec::Shape;

/// Items of a plan, and what depends on them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Affected {
    /// By step: what lies at one of these keys, or deeper, is affected.
    keys: Vec<HashSet<Key>>,
}

impl Affected {
    /// Returns whether an item of a step is affected.
    pub fn has(&self, step: StepId, key: &Key) -> bool {
        let keys = self.keys.get(step).filter(|keys| !keys.is_empty());
        keys.is_some_and(|keys| (0..=key.depth()).any(|depth| keys.contains(&key.prefix(depth))))
    }

    /// Returns whether any item of a step is.
    pub fn has_any(&self, step: StepId) -> bool {
        self.keys.get(step).is_some_and(|keys| !keys.is_empty())
    }

    /// Adds an item, and tells whether that is news.
    fn add(&mut self, step: StepId, key: Key) -> bool {
        !self.has(step, &key) && self.keys[step].insert(key)
    }
}

impl Plan {
    /// Returns these items and what depends on them.
    pub fn affected(&self, items: impl IntoIterator<Item = (StepId, Key)>) -> Affected {
        let mut affected = Affected { keys: vec![HashSet::new(); self.steps.len()] };
        for (at, key) in items {
            if let Some(step) = self.steps.get(at) {
                affected.add(at, cut(&key, state_depth(step)));
            }
        }
        while self.affect_more(&mut affected) {}
        affected
    }

    /// Adds what depends directly on what is affected; returns whether that was news. Steps follow what feeds them, so
    /// that another round is needed where a loop begins again.
    fn affect_more(&self, affected: &mut Affected) -> bool {
        let mut is_news = false;
        for (at, step) in self.steps.iter().enumerate() {
            let fed: Vec<Key> = step.inputs.iter().flat_map(|input| keys_behind(input, step, affected)).collect();
            for key in fed {
                is_news |= affected.add(at, key);
            }
            is_news |= self.begin_loops_again(at, affected);
        }
        is_news
    }

    fn begin_loops_again(&self, at: StepId, affected: &mut Affected) -> bool {
        let step = &self.steps[at];
        let around = step.scope.iter().copied().filter(|split| self.steps[*split].is_loop_head());
        let ended = match step.in_loop {
            Some(LoopPart::Result { head } | LoopPart::Round { head }) => Some(head),
            Some(LoopPart::Head { .. }) | None => None,
        };
        let keys: Vec<Key> = affected.keys[at].iter().cloned().collect();
        let mut is_news = false;
        for head in around.chain(ended) {
            for key in &keys {
                is_news |= affected.add(head, cut(key, self.steps[head].scope.len()));
            }
        }
        is_news
    }
}

/// Returns which items of a step are affected by what a wire brings.
fn keys_behind(input: &StepInput, step: &Step, affected: &Affected) -> Vec<Key> {
    let shared = input.scope.iter().zip(&step.scope).take_while(|(one, other)| one == other).count();
    // What is handed out again under each row has no place for the row in its own key.
    let shared = input.replays.map_or(shared, |replays| shared.min(replays.at));
    affected.keys[input.from].iter().map(|key| cut(key, shared.min(state_depth(step)))).collect()
}

/// Returns how many places the key has of what items of a step cannot come out differently without each other.
fn state_depth(step: &Step) -> usize {
    step.scope.len().saturating_sub(usize::from(step.spec.shape == Shape::Ordered))
}

fn cut(key: &Key, depth: usize) -> Key {
    key.prefix(depth.min(key.depth()))
}
