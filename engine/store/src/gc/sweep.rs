//! Deleting what the plan says, in an order in which it may be cut off anywhere.

use std::collections::BTreeSet;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::{Gc, GcError, Held, Plan, Policy};
use crate::cache::Cache;
use crate::disk::Entry;
use crate::index::IndexError;
use crate::journal;

impl Gc {
    /// Deletes what nobody needs; returns what that was.
    ///
    /// # Errors
    /// As [`Gc::plan`], or the disk refuses; what was deleted until then is gone, and the rest is planned again.
    pub fn sweep(&self, _held: &Held, policy: &Policy) -> Result<Plan, GcError> {
        let plan = self.plan(policy)?;
        for gone in plan.gone() {
            let folder = self.layout.runs().join(&gone.run.name);
            self.remove_run(&folder).map_err(self.refused(&folder))?;
        }
        for pack in &plan.packs {
            let thinned = self.artifacts.thin(pack.pack, &pack.live);
            thinned.map_err(self.refused(&self.layout.pack(pack.pack)))?;
        }
        for (hash, _) in &plan.blobs {
            self.remove(&self.layout.blob(hash))?;
        }
        for (path, _) in &plan.leftovers {
            self.remove_tree(path).map_err(self.refused(path))?;
        }
        Ok(plan)
    }

    /// Makes the cache forget the runs that are gone. It is an index: what fails here is found out when it is opened next.
    ///
    /// # Errors
    /// The index cannot be opened, or has failed.
    pub fn forget(&self, _held: &Held, plan: &Plan) -> Result<(), IndexError> {
        let gone: BTreeSet<_> = plan.gone().map(|verdict| verdict.run.name.clone()).collect();
        if gone.is_empty() || !self.layout.index().exists() {
            return Ok(());
        }
        Cache::open(&self.layout, &self.runs)?.cache.forget(&gone, &self.runs)
    }

    /// Returns what belongs to nothing: damaged files, an index that was set aside, and folders of runs that were deleted in part.
    pub(super) fn leftovers(&self) -> Result<Vec<(PathBuf, u64)>, GcError> {
        let damaged = self.layout.damaged();
        let entries = self.entries(&damaged).map_err(self.refused(&damaged))?.into_iter();
        let mut left = Vec::new();
        for entry in entries {
            let path = damaged.join(entry.name);
            let inside = if entry.is_folder { self.entries(&path).map_err(self.refused(&path))? } else { Vec::new() };
            let size_bytes = entry.size_bytes + inside.iter().map(|entry| entry.size_bytes).sum::<u64>();
            left.push((path, size_bytes));
        }
        for name in self.folders_of_runs()? {
            let folder = self.layout.runs().join(name);
            let entries = self.entries(&folder).map_err(self.refused(&folder))?;
            if entries.iter().all(|entry| entry.name != journal::name(0)) {
                left.push((folder, entries.iter().map(|entry| entry.size_bytes).sum()));
            }
        }
        Ok(left)
    }

    /// The first file goes first: without it there is no run, and nobody takes what is left for one.
    fn remove_run(&self, folder: &Path) -> io::Result<()> {
        let first = folder.join(journal::name(0));
        missing_is_fine(self.disk.remove(&first))?;
        self.disk.sync_folder(folder)?;
        self.remove_tree(folder)?;
        self.disk.sync_folder(&self.layout.runs())
    }

    /// Removes a file, or a folder with all that lies in it.
    fn remove_tree(&self, path: &Path) -> io::Result<()> {
        match self.disk.list(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) if error.kind() == ErrorKind::NotADirectory => return missing_is_fine(self.disk.remove(path)),
            listed => listed?.iter().try_for_each(|entry| self.remove_tree(&path.join(&entry.name)))?,
        }
        match self.disk.remove_folder(path) {
            // Somebody has begun to work on it; what he makes of it is his.
            Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => Ok(()),
            removed => missing_is_fine(removed),
        }
    }

    fn remove(&self, path: &Path) -> Result<(), GcError> {
        missing_is_fine(self.disk.remove(path)).map_err(self.refused(path))
    }

    fn entries(&self, folder: &Path) -> io::Result<Vec<Entry>> {
        match self.disk.list(folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            listed => listed,
        }
    }
}

fn missing_is_fine(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}
