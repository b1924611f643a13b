//! Siblings that travel together: each has a small value and no name of its own, and any of them can go its own way.

use std::sync::Arc;

use windlass_core::key::Place;
use windlass_core::node::{Cells, Outcome};

use crate::credits::{Permits, Tokens};
use crate::memory::Parcel;
use crate::message::{Body, Marker, Message};

/// Children of one group that follow each other.
pub struct Block {
    /// The group.
    pub group: Arc<Place>,
    /// Index of the child in the first cell.
    pub first: u64,
    /// What stands for each child. Those that went their own way have left their cells empty.
    pub cells: Cells,
    /// The tokens of those that are here.
    pub tokens: Tokens,
    /// The room that they take on their edge.
    pub room: Option<Permits>,
}

impl Block {
    /// Returns how many items are here.
    pub fn len(&self) -> usize {
        self.tokens.count()
    }

    /// Splits those off that come behind the first `count` which are here.
    pub fn split_off(&mut self, count: usize) -> Self {
        let mut here = self.cells.iter().enumerate().filter(|(_, cell)| cell.is_some()).map(|(at, _)| at);
        let at = here.nth(count).unwrap_or(self.cells.len());
        let rest = self.len().saturating_sub(count);
        Self {
            group: self.group.clone(),
            first: self.first + at as u64,
            cells: self.cells.split_off(at),
            tokens: self.tokens.split_off(rest),
            room: self.room.as_mut().map(|room| room.split_off(rest)),
        }
    }

    /// Takes the item of a cell out, as it would travel alone; `None`: it went before.
    pub fn take(&mut self, at: usize) -> Option<Message> {
        let given = self.cells.get_mut(at)?.take()?;
        let body = match given {
            Outcome::Value(value) => Body::Value(Parcel::uncounted(value)),
            Outcome::Skip(reason) => Body::Marker(Marker::Skip(reason.into())),
        };
        let place = self.group.child(self.first + at as u64, None);
        let credit = self.room.as_mut().and_then(Permits::take_one);
        Some(Message { place, token: self.tokens.take_one(), body, credit })
    }

    /// Loses the items that have no value: what a test does to see that it is noticed.
    pub fn forget_skips(&mut self) {
        let skips: Vec<_> =
            (0..self.cells.len()).filter(|at| matches!(self.cells[*at], Some(Outcome::Skip(_)))).collect();
        skips.into_iter().for_each(|at| drop(self.take(at)));
    }

    /// Takes everything apart.
    pub fn apart(mut self) -> impl Iterator<Item = Message> {
        (0..self.cells.len()).filter_map(move |at| self.take(at))
    }
}

#[cfg(test)]
mod tests {
    use windlass_core::value::Value;

    use super::*;
    use crate::credits::{Credits, GroupCount, Window};

    #[test]
    fn what_leaves_a_block_takes_its_token_and_its_room_along() {
        let (window, credits) = (Window::new(5, Box::new(|| {})), Credits::new(5, Box::new(|| {})));
        let tokens = window.open_many(&Arc::new(GroupCount::default()), None, 5);
        let cells = (0..5).map(|number| Some(Outcome::Value(Value::Int(number)))).collect();
        let room = Some(credits.take_up_to(5));
        let mut block = Block { group: Place::root(), first: 10, cells, tokens, room };
        let left = block.take(1);
        assert_eq!(left.as_ref().map(|message| message.place.key().to_string()).as_deref(), Some("11"));
        assert!(block.take(1).is_none(), "it went before");
        let rest = block.split_off(2);
        assert_eq!((block.len(), rest.len(), rest.first), (2, 2, 13), "the empty cell counts for nothing");
        drop(rest);
        assert_eq!((window.room(), credits.free()), (2, 2));
        drop(left);
        assert_eq!((window.room(), credits.free()), (3, 3));
        let keys: Vec<_> = block.apart().map(|message| message.place.key().to_string()).collect();
        assert_eq!(keys, ["10", "12"]);
        assert_eq!((window.room(), credits.free()), (5, 5));
    }
}
