//! Which groups are closed: the end has come, all children are joined, and so is all that is repeated to them.

use windlass_core::key::Key;

use crate::keys::KeyMap;

/// Counts the groups around a step's items. Memory grows with open groups alone; messages may come in any order.
pub struct Tracker {
    depth: usize,
    /// For each depth above the items: how many inputs are repeated from there.
    repeated: Vec<u64>,
    open: KeyMap<Key, Open>,
    root_closed: bool,
}

#[derive(Default)]
struct Open {
    end: Option<u64>,
    children_closed: u64,
    repeated_there: u64,
}

impl Tracker {
    /// Makes a tracker for items at `depth`. `repeated[d]` inputs lie at depth `d`.
    pub fn new(depth: usize, repeated: Vec<u64>) -> Self {
        Self { depth, repeated, open: KeyMap::default(), root_closed: false }
    }

    /// Takes the end of a group in; returns the groups that this closed.
    pub fn end(&mut self, group: &Key, count: u64) -> Vec<Key> {
        self.open.entry(group.clone()).or_default().end = Some(count);
        self.settle(group.clone())
    }

    /// Takes in that a value that is repeated to a group's items is there; returns the groups that this closed.
    pub fn repeated(&mut self, group: &Key) -> Vec<Key> {
        self.open.entry(group.clone()).or_default().repeated_there += 1;
        self.settle(group.clone())
    }

    /// Takes in that an item is joined; returns the groups that this closed.
    pub fn joined(&mut self, item: &Key) -> Vec<Key> {
        match item.parent() {
            None => {
                self.root_closed = true;
                Vec::new()
            }
            Some(group) => self.joined_together(&group, 1),
        }
    }

    /// Takes in that some children of a group are joined; returns the groups that this closed.
    pub fn joined_together(&mut self, group: &Key, count: u64) -> Vec<Key> {
        let open = self.open.entry(group.clone()).or_default();
        open.children_closed += count;
        // Mostly more are to come, and nothing else has to be looked at.
        if open.end == Some(open.children_closed) { self.settle(group.clone()) } else { Vec::new() }
    }

    /// Returns whether nothing more will come.
    pub fn is_closed(&self) -> bool {
        self.root_closed
    }

    /// Returns what is still awaited, in words.
    pub fn waits(&self) -> Vec<String> {
        let mut waits: Vec<_> = self.open.iter().map(|(group, open)| self.wait_in_words(group, open)).collect();
        waits.sort();
        waits
    }

    fn wait_in_words(&self, group: &Key, open: &Open) -> String {
        let of = open.end.map_or("an unknown number".to_owned(), |count| count.to_string());
        let missing = self.repeated_at(group.depth()).saturating_sub(open.repeated_there);
        format!("group `{group}`: {} of {of} children joined, {missing} repeated values missing", open.children_closed)
    }

    fn repeated_at(&self, depth: usize) -> u64 {
        self.repeated.get(depth).copied().unwrap_or(0)
    }

    fn settle(&mut self, mut group: Key) -> Vec<Key> {
        let mut closed = Vec::new();
        while self.is_complete(&group) {
            self.open.remove(&group);
            closed.push(group.clone());
            let Some(parent) = group.parent() else {
                self.root_closed = true;
                break;
            };
            self.open.entry(parent.clone()).or_default().children_closed += 1;
            group = parent;
        }
        debug_assert!(closed.iter().all(|group| group.depth() < self.depth), "only groups close");
        closed
    }

    fn is_complete(&self, group: &Key) -> bool {
        self.open.get(group).is_some_and(|open| {
            open.end == Some(open.children_closed) && open.repeated_there == self.repeated_at(group.depth())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Key {
        text.parse().unwrap()
    }

    #[test]
    fn a_group_closes_in_any_order_of_its_messages() {
        let mut tracker = Tracker::new(2, vec![0, 1]);
        assert!(tracker.end(&key(""), 2).is_empty());
        assert!(tracker.joined(&key("0/0")).is_empty());
        assert!(tracker.repeated(&key("0")).is_empty());
        assert_eq!(tracker.end(&key("0"), 1), [key("0")]);
        assert!(tracker.end(&key("1"), 0).is_empty(), "the repeated value of an empty group is awaited too");
        assert_eq!(tracker.repeated(&key("1")), [key("1"), key("")]);
        assert!(tracker.is_closed());
    }

    #[test]
    fn what_runs_once_closes_with_its_only_item() {
        let mut tracker = Tracker::new(0, vec![]);
        assert!(!tracker.is_closed());
        tracker.joined(&Key::root());
        assert!(tracker.is_closed());
    }
}
