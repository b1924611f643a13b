//! Values that are kept: immutable bytes, addressed by their hash, read back verified or not at all.
//!
//! | Bytes of a value | Where they are kept |
//! | --- | --- |
//! | at most 256 | in the record that speaks of it |
//! | at most 64 KiB | in a pack, a file with many |
//! | more | in a file of their own, named by their hash |
//!
//! Deliberately absent: who wants a value kept, and what it is the result of.

mod blobs;
mod encode;
mod missing;
mod packs;
mod pictures;
mod room;
mod squeeze;
mod stored;
#[cfg(test)]
mod tests;

use std::io;
use std::sync::Arc;

use blake3::Hash;
use windlass_core::types::Type;
use windlass_core::value::{CodecError, Codecs, Held, Value};

use crate::disk::StoreDisk;
use crate::layout::Layout;
use blobs::Blobs;
pub use encode::Parts;
pub use missing::{CannotKeep, Missing};
use packs::{MOST_PACKED_BYTES, Packs};
use room::Room;
use stored::INLINE_BYTES;
pub use stored::{Place, Stored};

/// The kept values of a workspace. Copies are the same; any thread may use them.
#[derive(Clone)]
pub struct Artifacts(Arc<Inner>);

struct Inner {
    layout: Layout,
    codecs: Codecs,
    blobs: Blobs,
    packs: Packs,
    /// How much room values may take; `None`: as much as there is.
    room: Option<Room>,
}

impl Artifacts {
    /// Opens the kept values of a workspace. Nothing is made before something is kept.
    pub fn open(disk: Arc<dyn StoreDisk>, layout: &Layout, codecs: Codecs) -> Self {
        Self::open_within(disk, layout, codecs, None)
    }

    /// Opens the kept values of a workspace, which should not take more room than so many bytes: whoever can do without keeping a
    /// value asks [`Artifacts::has_room`] first.
    pub fn open_within(disk: Arc<dyn StoreDisk>, layout: &Layout, codecs: Codecs, limit_bytes: Option<u64>) -> Self {
        let (blobs, packs) = (Blobs::new(disk.clone(), layout.clone()), Packs::new(disk, layout.clone()));
        blobs.tidy();
        Self(Arc::new(Inner { layout: layout.clone(), codecs, blobs, packs, room: limit_bytes.map(Room::new) }))
    }

    /// Returns whether a value of so many bytes should be kept that can be had again otherwise; it counts as kept then.
    pub fn has_room(&self, bytes: u64) -> bool {
        // What cannot be measured takes nothing: a disk that refuses says so when something is kept.
        let measure = || self.0.blobs.takes_bytes().unwrap_or(0) + self.0.packs.takes_bytes().unwrap_or(0);
        self.0.room.as_ref().is_none_or(|room| room.take(bytes, measure))
    }

    /// Keeps a value; it survives the process after the next [`Artifacts::commit`]. The same bytes are written once.
    ///
    /// # Errors
    /// No codec knows the type, a member of a list cannot be read, the disk refuses or is full.
    pub fn put(&self, value: &Value) -> Result<Stored, CannotKeep> {
        self.put_bytes(&encode::encode(value, self)?)
    }

    /// Keeps bytes as they are, for [`Artifacts::bytes`].
    ///
    /// # Errors
    /// The disk refuses or is full.
    pub fn put_bytes(&self, bytes: &[u8]) -> Result<Stored, CannotKeep> {
        if bytes.len() <= INLINE_BYTES {
            return Ok(Stored::Inline(bytes.into()));
        }
        let hash = blake3::hash(bytes);
        let refused = |cause: io::Error| CannotKeep::disk(self.0.layout.home(), cause);
        if bytes.len() <= MOST_PACKED_BYTES {
            return self.0.packs.put(&hash, bytes).map(Stored::Packed).map_err(refused);
        }
        self.0.blobs.put(&hash, bytes).map_err(refused)?;
        Ok(Stored::Blob { hash, size_bytes: bytes.len() as u64 })
    }

    /// Reads a kept value. Members of a large list are read one by one when they are asked for.
    ///
    /// # Errors
    /// It is gone, damaged or unreadable: whoever can make it again does.
    pub fn get(&self, stored: &Stored) -> Result<Value, Missing> {
        match stored {
            Stored::Inline(bytes) => encode::decode(bytes, self),
            _ => encode::decode(&self.bytes(stored)?, self),
        }
    }

    /// Returns a kept value of a type that is read when it is asked for.
    pub fn held(&self, stored: Stored, ty: Type) -> Arc<dyn Held> {
        encode::held(stored, ty, self)
    }

    /// Reads kept bytes.
    ///
    /// # Errors
    /// As [`Artifacts::get`].
    pub fn bytes(&self, stored: &Stored) -> Result<Vec<u8>, Missing> {
        match stored {
            Stored::Inline(bytes) => Ok(bytes.to_vec()),
            Stored::Packed(place) => self.0.packs.get(place),
            Stored::Blob { hash, .. } => self.0.blobs.get(hash),
        }
    }

    /// Returns whether something of the right size is there, without reading it.
    pub fn contains(&self, stored: &Stored) -> bool {
        match stored {
            Stored::Inline(_) => true,
            Stored::Packed(place) => self.0.packs.contains(place),
            Stored::Blob { hash, size_bytes } => self.0.blobs.contains(hash, *size_bytes),
        }
    }

    /// Returns where the parts of a value are kept: members of a large list, the content of a large file.
    ///
    /// # Errors
    /// As [`Artifacts::get`].
    pub fn parts(&self, stored: &Stored) -> Result<Parts, Missing> {
        encode::parts(&self.bytes(stored)?).map_err(Missing::Unknown)
    }

    /// Returns once all that was put before is on the disk. It is called for many values at a time, since each call waits
    /// for the disk; what failed is tried again by the next.
    ///
    /// # Errors
    /// The disk refuses or is full.
    pub fn commit(&self) -> Result<(), CannotKeep> {
        let committed = self.0.packs.commit().and_then(|()| self.0.blobs.commit());
        committed.map_err(|cause| CannotKeep::disk(self.0.layout.home(), cause))
    }

    /// Hands over the place of every whole value in packs, for an index that is made anew.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn packed(&self, found: impl FnMut(Place)) -> io::Result<()> {
        self.0.packs.scan(found)
    }

    /// Returns the values that are files of their own, by hash, with their sizes in bytes.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn blobs(&self) -> io::Result<Vec<(Hash, u64)>> {
        self.0.blobs.all()
    }

    /// Returns the size of the file of a value; `None` where it has none.
    pub(crate) fn blob_bytes(&self, hash: &Hash) -> Option<u64> {
        self.0.blobs.size_of(hash)
    }

    /// Does what [`Artifacts::parts`] does, without reading what says with its first byte that it has none.
    pub(crate) fn parts_if_any(&self, stored: &Stored) -> Result<Parts, Missing> {
        match stored {
            Stored::Blob { hash, .. } if self.0.blobs.first_byte(hash).is_some_and(encode::is_alone) => {
                Ok(Parts::default())
            }
            _ => self.parts(stored),
        }
    }

    /// Returns the packs that are there.
    pub(crate) fn packs(&self) -> io::Result<Vec<u64>> {
        self.0.packs.all()
    }

    /// Reads all of a pack; returns how many bytes of it are damaged, which are taken out then. A copy of the pack, as it was,
    /// is kept with what is damaged. No process may be writing to it.
    pub(crate) fn mend_pack(&self, pack: u64) -> io::Result<u64> {
        let (whole, lost) = self.0.packs.examine(pack)?;
        if lost > 0 {
            self.0.packs.mend(pack, &whole)?;
        }
        Ok(lost)
    }

    /// Makes a pack smaller: what is not live goes, what is stays at its place. No process may be writing to it.
    ///
    /// # Errors
    /// The disk refuses, and the pack is as it was.
    pub(crate) fn thin(&self, pack: u64, live: &[Place]) -> io::Result<()> {
        self.0.packs.thin(pack, live)
    }

    fn codecs(&self) -> &Codecs {
        &self.0.codecs
    }
}

fn wrong(cause: &str) -> CodecError {
    CodecError { type_name: "value".into(), cause: cause.to_owned() }
}
