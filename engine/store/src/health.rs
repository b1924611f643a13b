//! How a workspace is: what can be written, what is damaged, how much room there is, and what can be repaired.

use std::io;
use std::path::{Path, PathBuf};

use crate::workspace::{Workspace, WorkspaceError};

/// What was found in a workspace.
#[derive(Debug)]
pub struct Health {
    /// The folder.
    pub home: PathBuf,
    /// Why nothing can be written into it.
    pub unwritable: Option<io::Error>,
    /// Written files that are remembered.
    pub claims: u64,
    /// Lines of the ledger that are damaged.
    pub damaged_lines: u64,
    /// Remembered grants.
    pub grants: usize,
    /// Files of grants that grant nothing.
    pub torn_grants: Vec<PathBuf>,
}

impl Health {
    /// Looks at a workspace; `None` for one that remembers nothing.
    ///
    /// # Errors
    /// The ledger cannot be read at all.
    pub fn of(workspace: &Workspace) -> Result<Option<Self>, WorkspaceError> {
        let Some(home) = workspace.home() else { return Ok(None) };
        let (ledger, grants) = (workspace.ledger_to_read()?, workspace.grants());
        Ok(Some(Self {
            home: home.to_owned(),
            unwritable: tempfile::tempfile_in(home).err(),
            claims: ledger.claims(),
            damaged_lines: ledger.damaged_lines(),
            grants: grants.all().len(),
            torn_grants: grants.torn(),
        }))
    }

    /// Returns whether something is damaged.
    pub fn is_damaged(&self) -> bool {
        self.damaged_lines > 0 || !self.torn_grants.is_empty()
    }
}

/// Takes out of a workspace what is damaged; what it said is lost already. Returns what was done, in words.
///
/// # Errors
/// Says what the system refuses.
pub fn repair(workspace: &Workspace, health: &Health) -> Result<Vec<String>, WorkspaceError> {
    let mut done = Vec::new();
    if health.damaged_lines > 0 {
        let ledger = workspace.ledger()?;
        let path = health.home.clone();
        let repaired = ledger.repair();
        let repaired =
            repaired.map_err(|cause| WorkspaceError::Refused { action: "repair the ledger in", path, cause })?;
        done.push(match repaired {
            true => format!("left out {} damaged lines of the ledger", health.damaged_lines),
            false => "the ledger is in use by another process, and stays as it is".to_owned(),
        });
    }
    for path in &health.torn_grants {
        let removed = std::fs::remove_file(path);
        removed.map_err(|cause| WorkspaceError::Refused { action: "remove", path: path.clone(), cause })?;
        done.push(format!("removed a grant that was not whole: {}", path.display()));
    }
    Ok(done)
}

/// Returns how many bytes may still be written to the disk that a folder lies on; `None` where the system does not say.
pub fn free_bytes(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    disk.f_bavail.checked_mul(disk.f_frsize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_is_found_and_taken_out() {
        let folder = tempfile::tempdir().unwrap();
        let made = Workspace::open_or_create(folder.path(), None).unwrap();
        let home = made.home().unwrap();
        let look = || Health::of(&made).unwrap().unwrap();
        assert!(!look().is_damaged() && look().unwritable.is_none());
        std::fs::write(home.join("written.jsonl"), "torn\n").unwrap();
        std::fs::create_dir(home.join("grants")).unwrap();
        std::fs::write(home.join("grants/x"), "").unwrap();
        let health = look();
        assert_eq!((health.damaged_lines, health.torn_grants.len()), (1, 1));
        assert_eq!(repair(&made, &health).unwrap().len(), 2);
        assert!(!look().is_damaged());
        assert!(free_bytes(folder.path()).is_some());
    }
}
