//! What kept runs need: the values that their journals name, and the parts of these.

use std::collections::{HashMap, HashSet};

use blake3::Hash;

use super::GcError;
use crate::Stored;
use crate::artifacts::{Artifacts, Missing, Place};
use crate::journal::{Came, Given, Kept, Record, Told};
use crate::runs::Run;

/// Values that stay.
pub(super) struct Needs<'a> {
    artifacts: &'a Artifacts,
    blobs: HashSet<Hash>,
    /// Where entries begin that stay, by pack.
    packed: HashMap<u64, HashSet<u64>>,
    /// Values whose parts are known to be here.
    seen: HashSet<Hash>,
    bytes: u64,
}

impl<'a> Needs<'a> {
    pub(super) fn new(artifacts: &'a Artifacts) -> Self {
        Self { artifacts, blobs: HashSet::new(), packed: HashMap::new(), seen: HashSet::new(), bytes: 0 }
    }

    pub(super) fn has_blob(&self, hash: &Hash) -> bool {
        self.blobs.contains(hash)
    }

    pub(super) fn has_packed(&self, place: &Place) -> bool {
        self.packed.get(&place.pack).is_some_and(|places| places.contains(&place.at))
    }

    /// Returns how many bytes stay.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Adds all that a run names.
    pub(super) fn all_of(&mut self, run: &Run) -> Result<(), GcError> {
        let mut named = Vec::new();
        each_value(run, &mut |kept, _| named.extend(kept.stored.clone()))?;
        named.into_iter().try_for_each(|stored| self.value(stored))
    }

    /// Adds a value by its hash, wherever it lies.
    pub(super) fn pinned(&mut self, hash: &Hash, packed: &[Place]) -> Result<(), GcError> {
        let places: Vec<_> = packed.iter().filter(|place| place.hash == *hash).copied().collect();
        places.into_iter().try_for_each(|place| self.value(Stored::Packed(place)))?;
        match self.artifacts.blob_bytes(hash) {
            Some(size_bytes) => self.value(Stored::Blob { hash: *hash, size_bytes }),
            None => Ok(()),
        }
    }

    /// Adds a value and its parts.
    pub(super) fn value(&mut self, stored: Stored) -> Result<(), GcError> {
        let mut left = vec![stored];
        while let Some(stored) = left.pop() {
            self.content(&stored);
            let is_inline = matches!(stored, Stored::Inline(_));
            if !is_inline && !self.seen.insert(stored.hash()) {
                continue;
            }
            match self.artifacts.parts_if_any(&stored) {
                Ok(parts) => {
                    left.extend(parts.values);
                    parts.content.iter().for_each(|content| self.content(content));
                }
                Err(missing @ Missing::Unreadable { .. }) => return Err(GcError::Value(missing)),
                // What cannot be had has no parts that anybody could ask for.
                Err(Missing::Gone { .. } | Missing::Damaged { .. } | Missing::Unknown(_)) => {}
            }
        }
        Ok(())
    }

    /// Adds bytes without looking at what they say.
    fn content(&mut self, stored: &Stored) {
        self.bytes += self.would_add_bytes(stored);
        match stored {
            Stored::Inline(_) => {}
            Stored::Packed(place) => drop(self.packed.entry(place.pack).or_default().insert(place.at)),
            Stored::Blob { hash, .. } => drop(self.blobs.insert(*hash)),
        }
    }

    /// Returns how many bytes a value would add, without its parts.
    pub(super) fn would_add_bytes(&self, stored: &Stored) -> u64 {
        match stored {
            Stored::Inline(_) => 0,
            Stored::Packed(place) if self.has_packed(place) => 0,
            Stored::Blob { hash, .. } if self.has_blob(hash) => 0,
            Stored::Packed(place) => place.takes_bytes(),
            Stored::Blob { size_bytes, .. } => *size_bytes,
        }
    }
}

/// What a value was made by, as far as its worth goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Maker {
    /// A firing that took so many microseconds.
    Firing(u64),
    /// A split that found it.
    Split,
}

/// Hands over each value that a run names. What is damaged names nothing any more.
pub(super) fn each_value(run: &Run, take: &mut dyn FnMut(&Kept, Maker)) -> Result<(), GcError> {
    let unknown = |cause| GcError::Unknown(run.name.clone(), cause);
    let mut reader = run.read().map_err(unknown)?;
    while let Some(told) = reader.next().map_err(unknown)? {
        match told {
            Told::Record(Record::Result(result)) => {
                let Came::Gave(ports) = &result.came else { continue };
                each_given(ports, Maker::Firing(result.took_us), take);
            }
            Told::Record(Record::Listed(listed)) => {
                listed.children.iter().for_each(|child| each_given(&child.ports, Maker::Split, take));
            }
            _ => {}
        }
    }
    Ok(())
}

fn each_given(ports: &[(String, Given)], maker: Maker, take: &mut dyn FnMut(&Kept, Maker)) {
    for (_, given) in ports {
        if let Given::Value(kept) = given {
            take(kept, maker);
        }
    }
}
