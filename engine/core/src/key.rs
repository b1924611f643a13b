//! Where an item stands in the tree of splits: its key and its stable names.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

use smallvec::SmallVec;

/// The path of an item through the splits that it came out of, outermost first: `3/0/17`.
///
/// The empty key belongs to what runs once.
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(SmallVec<[u64; 3]>);

impl Key {
    /// Returns the key of what runs once.
    pub fn root() -> Self {
        Self::default()
    }

    /// Returns how many splits the item lies inside of.
    pub fn depth(&self) -> usize {
        self.0.len()
    }

    /// Returns the key of child `index`, counted from 0.
    pub fn child(&self, index: u64) -> Self {
        let mut path = self.0.clone();
        path.push(index);
        Self(path)
    }

    /// Returns the first `depth` places of this key.
    ///
    /// # Panics
    /// Panics if `depth` is larger than [`Key::depth`].
    pub fn prefix(&self, depth: usize) -> Self {
        Self(self.0[..depth].into())
    }

    /// Returns this key without its first `depth` places.
    pub fn inside(&self, depth: usize) -> Self {
        Self(self.0.iter().skip(depth).copied().collect())
    }

    /// Returns the key of the group that the item belongs to, `None` at the root.
    pub fn parent(&self) -> Option<Self> {
        (!self.0.is_empty()).then(|| self.prefix(self.depth() - 1))
    }

    /// Returns the place of the item in its own group, `None` at the root.
    pub fn index(&self) -> Option<u64> {
        self.0.last().copied()
    }

    /// Returns the places, outermost first.
    pub fn places(&self) -> &[u64] {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, place) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str("/")?;
            }
            write!(f, "{place}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
    }
}

impl FromStr for Key {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Ok(Self::root());
        }
        text.split('/').map(str::parse).collect::<Result<_, _>>().map(Self)
    }
}

/// An item's place: its key, and the stable name that each split gave on the way.
#[derive(Debug)]
pub struct Place {
    key: Key,
    /// Made when somebody asks, where the split gave none: most items are never called by their name.
    name: OnceLock<Arc<str>>,
    parent: Option<Arc<Place>>,
}

impl Place {
    /// Returns the place of what runs once.
    pub fn root() -> Arc<Self> {
        Arc::new(Self { key: Key::root(), name: OnceLock::new(), parent: None })
    }

    /// Returns the place of child `index` with its stable name (a relative path, a key column, else its index).
    pub fn child(self: &Arc<Self>, index: u64, name: Option<&str>) -> Arc<Self> {
        let name = name.map_or_else(OnceLock::new, |name| OnceLock::from(Arc::from(name)));
        Arc::new(Self { key: self.key.child(index), name, parent: Some(self.clone()) })
    }

    /// Returns the key.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// Returns the item's own stable name, empty at the root.
    pub fn name(&self) -> &str {
        self.name.get_or_init(|| self.key.index().map_or_else(|| "".into(), |index| index.to_string().into()))
    }

    /// Returns the item's own stable name, to be kept.
    pub fn shared_name(&self) -> Arc<str> {
        self.name();
        self.name.get().cloned().unwrap_or_default()
    }

    /// Returns the place of the group that the item belongs to.
    pub fn parent(&self) -> Option<&Arc<Self>> {
        self.parent.as_ref()
    }

    /// Returns the place that the item has at `depth`, at most its own.
    pub fn at_depth(self: &Arc<Self>, depth: usize) -> Arc<Self> {
        let mut place = self;
        while place.key.depth() > depth {
            let Some(parent) = &place.parent else { break };
            place = parent;
        }
        place.clone()
    }

    /// Returns the stable names, outermost first; they seed the item's random numbers.
    pub fn names(&self) -> Vec<&str> {
        let mut names = match &self.parent {
            Some(parent) => parent.names(),
            None => return Vec::new(),
        };
        names.push(self.name());
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_print_and_parse_alike() {
        let key = Key::root().child(3).child(0).child(17);
        assert_eq!(key.to_string(), "3/0/17");
        assert_eq!("3/0/17".parse(), Ok(key));
        assert_eq!("".parse(), Ok(Key::root()));
    }

    #[test]
    fn places_know_their_names_and_ancestors() {
        let file = Place::root().child(2, Some("a/b.jpg"));
        let tile = file.child(0, None);
        assert_eq!(tile.names(), ["a/b.jpg", "0"]);
        assert_eq!(tile.at_depth(1).key(), file.key());
    }
}
