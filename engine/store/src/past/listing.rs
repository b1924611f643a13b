//! The children that a split found for one group, in order and without gaps.

use crate::journal::{Child, Listed};

/// The children of a group.
#[derive(Default)]
pub struct Listing {
    chunks: Vec<Chunk>,
    len: u64,
    /// Set where children are missing behind the last one.
    has_gap: bool,
    is_whole: bool,
}

/// Children that were journalled together.
struct Chunk {
    first: u64,
    /// How many of them count: later children may have taken the place of the rest.
    count: u64,
    bytes: Box<[u8]>,
}

impl Listing {
    /// Returns how many children there are.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns whether these are all: the firing that found them came to its end.
    pub fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Returns the children from one place of the group on.
    pub fn from(&self, first: u64) -> impl Iterator<Item = Child> {
        let begin = self.chunks.partition_point(|chunk| chunk.first + chunk.count <= first);
        let skipped = self.chunks.get(begin).map_or(0, |chunk| first.saturating_sub(chunk.first));
        let children = self.chunks[begin..].iter().flat_map(Chunk::children);
        children.skip(usize::try_from(skipped).unwrap_or(usize::MAX))
    }

    /// Returns the children as they were journalled together: place of the first one, children.
    pub(super) fn chunks(&self) -> impl Iterator<Item = (u64, Vec<Child>)> {
        self.chunks.iter().map(|chunk| (chunk.first, chunk.children().collect()))
    }

    /// Returns whether children are missing behind the last one.
    pub(super) fn has_gap(&self) -> bool {
        self.has_gap
    }

    /// Takes children in. Where some stand already, the later ones count, and whatever stood behind them is gone: the
    /// split was fired again and says all of it anew.
    pub(super) fn take(&mut self, listed: &Listed) {
        if listed.first > self.len {
            self.has_gap = true;
            return;
        }
        self.cut(listed.first);
        let count = listed.children.len() as u64;
        self.chunks.push(Chunk { first: listed.first, count, bytes: listed.to_bytes().into() });
        self.len += count;
    }

    fn cut(&mut self, len: u64) {
        self.has_gap = false;
        self.len = len;
        self.chunks.retain(|chunk| chunk.first < len);
        if let Some(last) = self.chunks.last_mut() {
            last.count = last.count.min(len - last.first);
        }
    }

    pub(super) fn settle(&mut self, is_ended: bool) {
        self.is_whole = is_ended && !self.has_gap;
    }
}

impl Chunk {
    fn children(&self) -> impl Iterator<Item = Child> + use<> {
        let children = Listed::from_bytes(&self.bytes).map(|listed| listed.children).unwrap_or_default();
        children.into_iter().take(usize::try_from(self.count).unwrap_or(usize::MAX))
    }
}
