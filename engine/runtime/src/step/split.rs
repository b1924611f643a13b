//! The open groups of a split: children are let out in key order, under the window.

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use windlass_core::key::{Key, Place};
use windlass_core::node::{Cells, Child, ErasedChildren, NodeError, Outcome, take_outcome};

use super::lot::Lot;
use super::outbox::Leaving;
use crate::block::Block;
use crate::credits::{GroupCount, Token, Window};
use crate::memory::{Memory, is_counted};
use crate::message::Marker;
use crate::sabotage::{Broken, Rule};
use crate::worker::Retry;

/// Children that are asked for at once.
const MAX_PULL: usize = 64;

/// Children that were asked for, and what follows them; or why there are none.
pub type Pulled = Result<(Vec<Child>, Rest), NodeError>;

/// What follows children that were asked for.
pub enum Rest {
    /// More can be asked for.
    More(ErasedChildren),
    /// There are no more.
    End,
    /// It is not known yet whether there are more: the round of a loop has to end first, or a group that is gone through
    /// in order has not.
    Later,
    /// The next one could not be made. Those before it are let out first, so that their number depends on no window.
    BrokeOff(NodeError),
}

/// The open groups of a split.
pub struct Groups {
    open: BTreeMap<Key, OpenGroup>,
    window: Arc<Window>,
    /// Whether somebody may want no more of a group before it ends by itself.
    may_be_cut: bool,
    broken: Broken,
}

/// A group whose children are being let out.
pub struct OpenGroup {
    /// The group.
    pub place: Arc<Place>,
    /// The open child that the group belongs to.
    pub token: Option<Arc<Token>>,
    /// Children that were let out.
    pub sent: u64,
    /// The names of those children, in order, as one number: a replay must begin with the same ones.
    pub names: u64,
    /// How the firing can be tried again; in a loop, what the next round begins with.
    pub retry: Retry,
    /// Why the group is not what it should be: a round of its loop was skipped or failed.
    pub cause: Option<Marker>,
    /// Tokens of rounds, or of what a batch was fed, where a test breaks the rule that they are given back.
    pub kept: Vec<Arc<Token>>,
    /// How many children the journal knows.
    recorded: u64,
    count: Arc<GroupCount>,
    ready: VecDeque<Child>,
    source: Source,
}

/// Where the next children come from.
enum Source {
    /// They can be asked for.
    Idle(ErasedChildren),
    /// They have been asked for, and what is made already lies in the lot.
    Asked(Lot),
    /// They have been asked for otherwise.
    Busy,
    /// The firing is being tried again.
    Replaying,
    /// There are no more.
    Ended,
    /// The next one could not be made.
    BrokeOff(NodeError),
}

/// What is to be done for a group.
pub enum Next {
    /// Let this child out.
    Child(Child, Arc<Token>, u64, Arc<Place>),
    /// Let these children out together.
    Block(Block),
    /// Ask for more children.
    Pull(Key, ErasedChildren, usize),
    /// The group has ended.
    End(Box<OpenGroup>),
    /// The group's next child could not be made.
    BrokeOff(Key, NodeError),
    /// Nothing can be done now.
    Wait,
}

impl Groups {
    /// Makes a split without groups.
    pub fn new(window: Arc<Window>, may_be_cut: bool, broken: Broken) -> Self {
        Self { open: BTreeMap::new(), window, may_be_cut, broken }
    }

    /// Opens a group, whose first `recorded` children are known to the journal.
    pub fn open(&mut self, item: Leaving, recorded: u64, retry: Retry) {
        let key = item.place.key().clone();
        let group = OpenGroup {
            place: item.place,
            token: item.token,
            sent: 0,
            names: 0,
            retry,
            cause: None,
            kept: Vec::new(),
            recorded,
            count: Arc::new(GroupCount::default()),
            ready: VecDeque::new(),
            source: Source::Busy,
        };
        self.open.insert(key, group);
    }

    /// Returns a group that is open.
    pub fn get_mut(&mut self, key: &Key) -> Option<&mut OpenGroup> {
        self.open.get_mut(key)
    }

    /// Takes a group out that cannot go on.
    pub fn remove(&mut self, key: &Key) -> Option<OpenGroup> {
        self.open.remove(key)
    }

    /// Returns whether children of a group wait to be let out.
    pub fn holds_children(&self, key: &Key) -> bool {
        self.open.get(key).is_some_and(|group| !group.ready.is_empty())
    }

    /// Returns the open groups in key order.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, &OpenGroup)> {
        self.open.iter()
    }

    /// Returns whether no group is open.
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Returns what to do next. Groups are served in key order; each may always have one open child. So many
    /// children as `together` says may leave in one block, with what they give on that port.
    pub fn next(&mut self, memory: &Memory, together: Option<&(Arc<str>, usize)>) -> Next {
        self.open.values_mut().filter(|group| group.count.is_cut()).for_each(OpenGroup::cut);
        let ended = self.open.iter().find(|(_, group)| group.has_ended()).map(|(key, _)| key.clone());
        if let Some(group) = ended.and_then(|key| self.open.remove(&key)) {
            return Next::End(Box::new(group));
        }
        let next = self.admissible(memory, together);
        if !matches!(next, Next::Wait) || self.open.is_empty() {
            return next;
        }
        self.window.await_room();
        // A child may have been closed in between, without having seen that somebody waits.
        self.admissible(memory, together)
    }

    /// Takes children in that go out together, and what comes behind them.
    pub fn admit_row(&mut self, key: &Key, cells: Cells, other: Option<Child>, rest: Rest) -> Option<Block> {
        let group = self.open.get_mut(key)?;
        let block = (!cells.is_empty()).then(|| group.admit_row(cells, &self.window));
        group.refill(other.into_iter().collect(), rest);
        block
    }

    /// Returns what is still to be let out, in words.
    pub fn waits(&self) -> Vec<String> {
        let words = |(key, group): (&Key, &OpenGroup)| {
            let state = match group.source {
                Source::Idle(_) => "waits for its window",
                Source::Asked(_) | Source::Busy | Source::Replaying => "waits for its next children",
                Source::Ended | Source::BrokeOff(_) => "waits to let its last children out",
            };
            format!("group `{key}` {state} after {} children", group.sent)
        };
        self.open.iter().map(words).collect()
    }

    fn admissible(&mut self, memory: &Memory, together: Option<&(Arc<str>, usize)>) -> Next {
        let (room, waits) = (self.window.room(), self.may_be_cut && !self.broken.is(Rule::BreaksBeforeEnough));
        for (key, group) in &mut self.open {
            if let Some(error) = group.take_error(waits) {
                return Next::BrokeOff(key.clone(), error);
            }
            let own_right = (group.count.is_empty() || self.broken.is(Rule::RoundsOverlap))
                && !self.broken.is(Rule::GroupWithoutChild);
            let fits = (room > 0 && !memory.is_spent()) || self.broken.is(Rule::WindowIgnored);
            if !fits && !own_right {
                continue;
            }
            let together = together.and_then(|(port, most)| group.admit_together(port, room.min(*most), &self.window));
            if let Some(block) = together {
                return Next::Block(block);
            }
            if let Some(child) = group.ready.pop_front() {
                return group.admit(child, &self.window);
            }
            if let Some(source) = group.take_source() {
                let count = if fits { room.clamp(1, MAX_PULL) } else { 1 };
                return Next::Pull(key.clone(), source, count);
            }
        }
        Next::Wait
    }
}

impl OpenGroup {
    /// Takes children in that were asked for, and what follows them.
    pub fn refill(&mut self, children: Vec<Child>, rest: Rest) {
        self.ready.extend(children);
        self.source = match rest {
            Rest::More(children) => Source::Idle(children),
            Rest::End => Source::Ended,
            Rest::Later => Source::Busy,
            Rest::BrokeOff(error) => Source::BrokeOff(error),
        };
    }

    /// Takes note that more children are being made.
    pub fn asked(&mut self, lot: Lot) {
        self.source = Source::Asked(lot);
    }

    /// Returns whether children of a lot are wanted; those of one that was given up are not.
    pub fn awaits(&self, made: &Lot) -> bool {
        matches!(&self.source, Source::Asked(lot) if lot.is(made))
    }

    /// Takes children in that are made, while others are still being made.
    pub fn add(&mut self, made: Vec<Child>) {
        self.ready.extend(made);
    }

    /// Returns those of the next children that the journal does not know yet, and the place of the first in the group;
    /// they count as known from now on.
    pub fn unrecorded<'a>(&mut self, children: &'a [Child]) -> (u64, &'a [Child]) {
        let first = self.sent + self.ready.len() as u64;
        let known = self.recorded.saturating_sub(first).min(children.len() as u64);
        self.recorded = self.recorded.max(first + children.len() as u64);
        (first + known, children.get(usize::try_from(known).unwrap_or_default()..).unwrap_or_default())
    }

    fn has_ended(&self) -> bool {
        self.ready.is_empty() && matches!(self.source, Source::Ended)
    }

    fn take_source(&mut self) -> Option<ErasedChildren> {
        if !matches!(self.source, Source::Idle(_)) {
            return None;
        }
        match std::mem::replace(&mut self.source, Source::Busy) {
            Source::Idle(children) => Some(children),
            Source::Asked(_) | Source::Busy | Source::Replaying | Source::Ended | Source::BrokeOff(_) => None,
        }
    }

    /// Takes the error out that comes after the children that are ready, once these are let out; where somebody may
    /// find meanwhile that no more is wanted, once they are closed.
    fn take_error(&mut self, waits: bool) -> Option<NodeError> {
        let Source::BrokeOff(error) = &self.source else { return None };
        let is_time = self.ready.is_empty() && (!waits || self.count.is_empty());
        let error = is_time.then(|| error.clone())?;
        self.source = Source::Replaying;
        Some(error)
    }

    /// Ends the group without the children that are not out yet. Whoever was asked for more is not waited for.
    fn cut(&mut self) {
        self.ready.clear();
        if !matches!(self.source, Source::Replaying) {
            self.source = Source::Ended;
        }
    }

    /// Returns whether a round has been let out, and nothing is known about the next one.
    pub fn awaits_round(&self) -> bool {
        self.ready.is_empty() && matches!(self.source, Source::Busy)
    }

    /// Lets up to `count` children out together that have nothing but small values; one goes by itself.
    fn admit_together(&mut self, port: &str, count: usize, window: &Arc<Window>) -> Option<Block> {
        let count = self.ready.iter().take(count).take_while(|child| is_plain(child)).count();
        if count < 2 {
            return None;
        }
        let cells = self.ready.drain(..count).map(|mut child| Some(take_outcome(&mut child.ports, port))).collect();
        Some(self.admit_row(cells, window))
    }

    fn admit_row(&mut self, cells: Cells, window: &Arc<Window>) -> Block {
        let first = self.sent;
        self.sent += cells.len() as u64;
        self.names = cells.iter().fold(self.names, |names, _| chain(names, None));
        let tokens = window.open_many(&self.count, self.token.clone(), cells.len());
        Block { group: self.place.clone(), first, cells, tokens, room: None }
    }

    fn admit(&mut self, child: Child, window: &Arc<Window>) -> Next {
        let index = self.sent;
        self.sent += 1;
        self.names = chain(self.names, child.name.as_deref());
        let token = window.open(&self.count, self.token.clone());
        Next::Child(child, token, index, self.place.clone())
    }
}

/// Returns whether a child can travel with its siblings.
fn is_plain(child: &Child) -> bool {
    let is_small = |given: &Outcome| !matches!(given, Outcome::Value(value) if is_counted(value));
    child.name.is_none() && child.failure.is_none() && child.ports.iter().all(|(_, given)| is_small(given))
}

/// Adds a child's name to the number that stands for all names so far.
pub fn chain(names: u64, name: Option<&str>) -> u64 {
    if name.is_none() {
        // Those without a name are as many as they are.
        return names.wrapping_mul(31).wrapping_add(1);
    }
    let mut hasher = DefaultHasher::new();
    (names, name).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use windlass_core::value::{Bag, Value};

    use super::*;

    fn child(number: i64) -> Child {
        let ports = [("out".into(), Outcome::Value(Value::Int(number)))].into_iter().collect();
        Child { name: None, ports, failure: None }
    }

    #[test]
    fn children_that_go_out_together_fit_the_window() {
        let (window, memory, port) = (Window::new(3, Box::new(|| {})), Memory::new(1 << 20), (Arc::from("out"), 64));
        let mut groups = Groups::new(window.clone(), false, Broken::default());
        let item = Leaving { place: Place::root(), token: None, kept: None };
        groups.open(item, 0, Retry::first(Bag::new()));
        groups.get_mut(Place::root().key()).unwrap().refill((0..7).map(child).collect(), Rest::End);
        let mut firsts = Vec::new();
        for open in [3, 3] {
            let Next::Block(block) = groups.next(&memory, Some(&port)) else { panic!("no block") };
            assert_eq!((block.len(), window.room()), (open, 0));
            assert!(matches!(groups.next(&memory, Some(&port)), Next::Wait), "the window is full");
            firsts.push(block.first);
        }
        assert_eq!(firsts, [0, 3]);
        assert!(matches!(groups.next(&memory, Some(&port)), Next::Child(_, _, 6, _)), "one goes by itself");
    }
}
