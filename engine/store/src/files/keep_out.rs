//! What no graph writes: the entries of a workspace, this run's or any other, and a folder that would be taken for one.

use std::ffi::{OsStr, OsString};
use std::path::{Component, Path, PathBuf};

use windlass_core::node::NodeError;

use crate::layout::{Layout, NAME};

/// Knows the entries of workspaces.
pub(super) struct KeepOut {
    /// The run's own workspace, without links on the way.
    home: Option<PathBuf>,
    entries: Vec<OsString>,
}

impl KeepOut {
    /// Keeps what is written out of this workspace and of all others.
    pub fn of(home: Option<PathBuf>) -> Self {
        Self { home, entries: Layout::entries() }
    }

    /// Refuses a path, without links on the way, that leads into a workspace.
    ///
    /// # Errors
    /// Says so.
    pub fn check(&self, path: &Path) -> Result<(), NodeError> {
        let mut below = OsStr::new("");
        for folder in path.ancestors() {
            if (is_named(folder) && !is_other(folder)) || (self.is_entry(below) && self.is_workspace(folder)) {
                return Err(refused(path));
            }
            below = folder.file_name().unwrap_or_default();
        }
        Ok(())
    }

    fn is_entry(&self, name: &OsStr) -> bool {
        self.entries.iter().any(|entry| entry.eq_ignore_ascii_case(name))
    }

    fn is_workspace(&self, folder: &Path) -> bool {
        self.home.as_deref() == Some(folder) || is_named(folder) || Layout::new(folder).is_complete()
    }
}

/// Returns whether it would be taken for a workspace by its name.
fn is_named(folder: &Path) -> bool {
    folder.file_name().is_some_and(|name| name.eq_ignore_ascii_case(OsStr::new(NAME)))
}

/// Returns whether it is a folder that holds something else than a workspace.
fn is_other(folder: &Path) -> bool {
    folder.is_dir() && !Layout::new(folder).version().exists()
}

fn refused(path: &Path) -> NodeError {
    NodeError::new(format!("this belongs to a workspace, and no graph writes to it: `{}`", path.display()))
        .hint("write elsewhere: what a workspace keeps is its own")
        .permanent()
}

/// Returns where a folder will be once it is made, without links on the way.
pub(super) fn foreseen(folder: &Path) -> PathBuf {
    let mut real = PathBuf::new();
    for part in folder.components() {
        match part {
            Component::ParentDir => drop(real.pop()),
            part => {
                real.push(part);
                real = real.canonicalize().unwrap_or(real);
            }
        }
    }
    real
}
