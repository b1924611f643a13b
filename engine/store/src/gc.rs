//! What may be deleted from a workspace, and deleting it: old runs, values that no kept run names, what was set aside.
//!
//! | Kept | |
//! | --- | --- |
//! | a run that goes on, or waits for answers | always |
//! | a run that is pinned | always |
//! | the newest runs, and the younger ones | as the [`Policy`] says |
//! | a value that a kept run names, and its parts | unless values may take less room than they do ([`Policy::cache_bytes`]) |
//! | a value that is pinned, and its parts | always |
//!
//! Runs go first and their values after them, so that whatever is cut off in between, no run misses a value that was not its
//! last. Nothing is deleted while anybody works in the workspace (`hold.rs`).
//!
//! Deliberately absent: the index, which has no say in what stays, and is told last (`Gc::forget`).

mod hold;
mod needs;
mod policy;
mod sweep;
#[cfg(test)]
mod tests;
mod worth;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use blake3::Hash;
use windlass_core::value::Codecs;

use crate::artifacts::{Artifacts, Place};
use crate::disk::StoreDisk;
use crate::layout::Layout;
use crate::pins::{Pin, Pins};
use crate::runs::Runs;
pub use hold::Held;
use needs::Needs;
pub use policy::{Policy, Verdict, Why};
pub use worth::worth;

/// Deletes what nobody needs from a workspace.
pub struct Gc {
    pub(crate) disk: Arc<dyn StoreDisk>,
    pub(crate) layout: Layout,
    pub(crate) artifacts: Artifacts,
    pub(crate) runs: Runs,
    pins: Pins,
}

/// What would be deleted, and what is kept.
#[derive(Debug, Default)]
pub struct Plan {
    /// All runs, oldest first, each with what becomes of it.
    pub runs: Vec<Verdict>,
    /// Values in files of their own that are deleted, and their sizes in bytes.
    pub blobs: Vec<(Hash, u64)>,
    /// Packs that are made smaller, or deleted.
    pub packs: Vec<Thinned>,
    /// Other files and folders that nobody needs, and their sizes in bytes: damaged files, and what is left of deleted runs.
    pub leftovers: Vec<(PathBuf, u64)>,
    /// Values that kept runs name and that go all the same, because values may take only so much room.
    pub evicted: u64,
    /// The bytes of the values that stay.
    pub kept_bytes: u64,
}

/// A pack of which most is needed by nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thinned {
    /// Its number.
    pub pack: u64,
    /// What stays in it; nothing: the pack goes as a whole.
    pub live: Vec<Place>,
    /// So many bytes go.
    pub frees_bytes: u64,
}

/// Why nothing, or not everything, was deleted.
#[derive(Debug, thiserror::Error)]
pub enum GcError {
    /// Somebody works in the workspace.
    #[error("the workspace is in use: {}", .0.join("; "))]
    Busy(Vec<String>),
    /// Nobody can tell who works in the workspace.
    #[error("the disk knows no locks, so it cannot be told who works in the workspace: `{}`", .0.display())]
    NoLocks(PathBuf),
    /// Without knowing what a run needs, nothing may go.
    #[error("what the run `{0}` needs cannot be read, so nothing is deleted")]
    Unknown(String, #[source] io::Error),
    /// A value cannot be read.
    #[error("what a value consists of cannot be read, so nothing is deleted")]
    Value(#[source] crate::Missing),
    /// The disk refuses.
    #[error("`{}` cannot be looked at or deleted", .0.display())]
    Disk(PathBuf, #[source] io::Error),
}

impl Gc {
    /// Looks at a workspace.
    pub fn new(disk: Arc<dyn StoreDisk>, layout: &Layout, codecs: Codecs) -> Self {
        let artifacts = Artifacts::open(disk.clone(), layout, codecs);
        let runs = Runs::new(disk.clone(), Some(layout.runs()));
        let pins = Pins::new(disk.clone(), Some(layout.pins()));
        Self { disk, layout: layout.clone(), artifacts, runs, pins }
    }

    /// Says what would be deleted now.
    ///
    /// # Errors
    /// What a kept run needs, or what lies there, cannot be read.
    pub fn plan(&self, policy: &Policy) -> Result<Plan, GcError> {
        let pins: BTreeSet<Pin> = self.pins.all().map_err(self.refused(&self.layout.pins()))?.into_iter().collect();
        let runs = self.judge(&pins, policy)?;
        let packed = self.packed()?;
        let mut needs = Needs::new(&self.artifacts);
        for pin in &pins {
            if let Pin::Value(hash) = pin {
                needs.pinned(hash, &packed)?;
            }
        }
        let evicted = worth::fill(&mut needs, &runs, policy)?;
        let blobs = self.dead_blobs(&needs)?;
        let packs = thinned(&packed, &needs);
        Ok(Plan { leftovers: self.leftovers()?, kept_bytes: needs.bytes(), runs, blobs, packs, evicted })
    }

    /// Returns the values whose hashes begin with these digits, as some run names them.
    ///
    /// # Errors
    /// A journal cannot be read.
    pub fn values_like(&self, digits: &str) -> Result<BTreeSet<[u8; 32]>, GcError> {
        let mut found = BTreeSet::new();
        for run in self.runs.all().map_err(self.refused(&self.layout.runs()))? {
            needs::each_value(&run, &mut |kept, _| {
                let hash = kept.stored.as_ref().map(crate::Stored::hash);
                let is_like = |hash: &Hash| hash.to_hex().starts_with(digits);
                found.extend(hash.filter(|hash| is_like(hash) || is_like(&kept.identity)).map(|hash| *hash.as_bytes()));
            })?;
        }
        Ok(found)
    }

    /// Returns every value in packs.
    fn packed(&self) -> Result<Vec<Place>, GcError> {
        let mut packed = Vec::new();
        self.artifacts.packed(|place| packed.push(place)).map_err(self.refused(&self.layout.packs()))?;
        Ok(packed)
    }

    fn dead_blobs(&self, needs: &Needs<'_>) -> Result<Vec<(Hash, u64)>, GcError> {
        let mut blobs = self.artifacts.blobs().map_err(self.refused(&self.layout.blobs()))?;
        blobs.retain(|(hash, _)| !needs.has_blob(hash));
        Ok(blobs)
    }

    pub(crate) fn refused(&self, path: &Path) -> impl Fn(io::Error) -> GcError + use<> {
        let path = path.to_owned();
        move |cause| GcError::Disk(path.clone(), cause)
    }
}

impl Plan {
    /// Returns the runs that are deleted.
    pub fn gone(&self) -> impl Iterator<Item = &Verdict> {
        self.runs.iter().filter(|verdict| verdict.kept.is_none())
    }

    /// Returns how many bytes it frees in all.
    pub fn frees_bytes(&self) -> u64 {
        let runs = self.gone().map(|verdict| verdict.size_bytes);
        let files = self.blobs.iter().map(|(_, size)| *size).chain(self.leftovers.iter().map(|(_, size)| *size));
        runs.chain(files).chain(self.packs.iter().map(|pack| pack.frees_bytes)).sum()
    }

    /// Returns whether there is nothing to delete.
    pub fn is_empty(&self) -> bool {
        self.gone().next().is_none() && self.blobs.is_empty() && self.packs.is_empty() && self.leftovers.is_empty()
    }
}

/// Returns the packs of which at least half is needed by nobody: making others smaller costs more than it brings.
fn thinned(packed: &[Place], needs: &Needs<'_>) -> Vec<Thinned> {
    let mut thinned = Vec::new();
    for places in packed.chunk_by(|one, other| one.pack == other.pack) {
        let (live, dead): (Vec<_>, Vec<_>) = places.iter().partition(|place| needs.has_packed(place));
        let bytes = |places: &[Place]| places.iter().map(Place::takes_bytes).sum::<u64>();
        let (live_bytes, frees_bytes) = (bytes(&live), bytes(&dead));
        if frees_bytes > 0 && frees_bytes >= live_bytes {
            thinned.push(Thinned { pack: places[0].pack, live, frees_bytes });
        }
    }
    thinned
}
