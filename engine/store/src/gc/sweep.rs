//! Deleting what the plan says, in an order in which it may be cut off anywhere.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::{Gc, GcError, Held, Plan, Policy};
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
        plan.leftovers.iter().try_for_each(|(path, _)| self.remove(path))?;
        Ok(plan)
    }

    /// Returns files that belong to nothing: damaged ones, and what is left of runs that were deleted in part.
    pub(super) fn leftovers(&self) -> Result<Vec<(PathBuf, u64)>, GcError> {
        let mut left = self.files_in(&self.layout.damaged())?;
        for name in self.folders_of_runs()? {
            let files = self.files_in(&self.layout.runs().join(name))?;
            let first = journal::name(0);
            if files.iter().all(|(path, _)| path.file_name().is_none_or(|name| *name != *first)) {
                left.extend(files);
            }
        }
        Ok(left)
    }

    /// The first file goes first: without it there is no run, and nobody takes what is left for one.
    fn remove_run(&self, folder: &Path) -> io::Result<()> {
        let first = folder.join(journal::name(0));
        missing_is_fine(self.disk.remove(&first))?;
        self.disk.sync_folder(folder)?;
        for entry in self.disk.list(folder)? {
            missing_is_fine(self.disk.remove(&folder.join(&entry.name)))?;
        }
        match self.disk.remove_folder(folder) {
            // Somebody has begun to work on it; what he makes of it is his.
            Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => Ok(()),
            removed => removed.and_then(|()| self.disk.sync_folder(&self.layout.runs())),
        }
    }

    fn remove(&self, path: &Path) -> Result<(), GcError> {
        missing_is_fine(self.disk.remove(path)).map_err(self.refused(path))
    }

    fn files_in(&self, folder: &Path) -> Result<Vec<(PathBuf, u64)>, GcError> {
        match self.disk.list(folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            listed => {
                let entries = listed.map_err(self.refused(folder))?.into_iter();
                let files = entries.filter(|entry| !entry.is_folder);
                Ok(files.map(|entry| (folder.join(entry.name), entry.size_bytes)).collect())
            }
        }
    }
}

fn missing_is_fine(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}
