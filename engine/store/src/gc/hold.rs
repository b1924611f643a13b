//! Who may delete: one process, while nobody works in the workspace.
//!
//! Who deletes first takes `gc.holder`, then looks at all journals; who begins a journal first takes that, then looks at
//! `gc.holder`. So at least one of the two sees the other.

use std::io::ErrorKind;

use super::{Gc, GcError};
use crate::checked;
use crate::disk::{Open, StoreFile};
use crate::index::{Holder, Index};
use crate::journal;

/// The right to delete; given back when it is dropped.
pub struct Held(#[expect(dead_code, reason = "its lock is held as long as it is open")] Box<dyn StoreFile>);

impl Gc {
    /// Takes the right to delete.
    ///
    /// # Errors
    /// Somebody works in the workspace ([`GcError::Busy`]), or that cannot be told ([`GcError::NoLocks`]); the disk refuses.
    pub fn hold(&self) -> Result<Held, GcError> {
        let path = self.layout.gc_holder();
        self.disk.make_folder(self.layout.home()).map_err(self.refused(self.layout.home()))?;
        let file = match self.disk.open(&path, Open::Write) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                return Err(GcError::Busy(vec!["another `windlass gc` is at work".to_owned()]));
            }
            opened => opened.map_err(self.refused(&path))?,
        };
        // Where not even this lock is seen, those of runs are not either.
        if !self.disk.is_held(&path).map_err(self.refused(&path))? {
            return Err(GcError::NoLocks(path));
        }
        let said = checked::to_bytes(&Holder::here()).and_then(|bytes| {
            file.set_size(0)?;
            file.write_at(&bytes, 0)
        });
        said.map_err(self.refused(&path))?;
        let working = self.who_works()?;
        if working.is_empty() { Ok(Held(file)) } else { Err(GcError::Busy(working)) }
    }

    /// Returns who works in the workspace, in words.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn who_works(&self) -> Result<Vec<String>, GcError> {
        let mut working = Vec::new();
        for entry in self.folders_of_runs()? {
            let folder = self.layout.runs().join(&entry);
            if journal::is_alive(&*self.disk, &folder).map_err(self.refused(&folder))? {
                working.push(format!("the run `{entry}` goes on"));
            }
        }
        let holder = Index::holder(&self.layout).map_err(self.refused(&self.layout.index_holder()))?;
        working.extend(holder.map(|holder| format!("the index is open ({holder})")));
        Ok(working)
    }

    /// Returns the names of all folders in which journals may lie.
    pub(super) fn folders_of_runs(&self) -> Result<Vec<String>, GcError> {
        let runs = self.layout.runs();
        match self.disk.list(&runs) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            listed => {
                let entries = listed.map_err(self.refused(&runs))?.into_iter();
                Ok(entries.filter(|entry| entry.is_folder).map(|entry| entry.name).collect())
            }
        }
    }
}
