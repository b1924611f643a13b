//! From one version of the layout to the next.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

use super::{Layout, VERSION};
use crate::ledger::replace;

/// Brings a workspace from the version before to the next.
pub(crate) struct Step {
    /// The version that the workspace has afterwards.
    pub(crate) to: u32,
    /// Does it; done again from the start where it was interrupted, so each part of it may be done already.
    pub(crate) apply: fn(&Layout) -> io::Result<()>,
}

/// The steps between the versions that were ever published, oldest first: version 1 is the first.
pub(crate) const STEPS: [Step; 0] = [];

/// Brings a workspace of an older version up to date. One process does so, the others wait for it.
pub(crate) fn migrate(layout: &Layout, found: u32, steps: &[Step]) -> io::Result<()> {
    if found >= newest(steps) {
        return Ok(());
    }
    let _one = hold(layout)?;
    // Another process may have done it while this one waited.
    let now = read_version(&layout.version())?.unwrap_or(found);
    for step in steps.iter().filter(|step| step.to > now) {
        (step.apply)(layout)?;
        write_version(&layout.version(), step.to)?;
    }
    Ok(())
}

/// Reads the version; `None` where the file holds no number.
pub(crate) fn read_version(path: &Path) -> io::Result<Option<u32>> {
    let bytes = fs::read(path)?;
    Ok(String::from_utf8_lossy(&bytes).trim().parse().ok())
}

pub(crate) fn write_version(path: &Path, version: u32) -> io::Result<()> {
    replace(path, |file| writeln!(file, "{version}"))
}

fn newest(steps: &[Step]) -> u32 {
    steps.last().map_or(VERSION, |step| step.to)
}

fn hold(layout: &Layout) -> io::Result<File> {
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(layout.version_lock())?;
    match file.lock() {
        Err(error) if error.kind() != io::ErrorKind::Unsupported => Err(error),
        _ => Ok(file),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A made-up history: 1 had its ledger under another name, 2 had no folder of runs.
    const MADE_UP: [Step; 2] = [
        Step { to: 2, apply: |layout| rename_unless_done(&layout.home().join("files.txt"), &layout.ledger()) },
        Step { to: 3, apply: |layout| fs::create_dir_all(layout.runs()) },
    ];

    fn rename_unless_done(from: &Path, to: &Path) -> io::Result<()> {
        if from.exists() { fs::rename(from, to) } else { Ok(()) }
    }

    fn workspace(version: u32) -> (tempfile::TempDir, Layout) {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path());
        write_version(&layout.version(), version).unwrap();
        (folder, layout)
    }

    #[test]
    fn an_old_workspace_is_brought_up_to_date_step_by_step() {
        let (_folder, layout) = workspace(1);
        fs::write(layout.home().join("files.txt"), "a ledger").unwrap();
        migrate(&layout, 1, &MADE_UP).unwrap();
        assert_eq!(read_version(&layout.version()).unwrap(), Some(3));
        assert_eq!(fs::read_to_string(layout.ledger()).unwrap(), "a ledger");
        assert!(layout.runs().is_dir());
        migrate(&layout, 3, &MADE_UP).unwrap();
    }

    #[test]
    fn what_was_interrupted_is_done_again() {
        let (_folder, layout) = workspace(1);
        fs::write(layout.home().join("files.txt"), "a ledger").unwrap();
        let broken = [
            Step { to: 2, apply: MADE_UP[0].apply },
            Step { to: 3, apply: |_| Err(io::ErrorKind::StorageFull.into()) },
        ];
        assert!(migrate(&layout, 1, &broken).is_err());
        assert_eq!(read_version(&layout.version()).unwrap(), Some(2));
        // As after a kill between a step and the number that says so.
        write_version(&layout.version(), 1).unwrap();
        migrate(&layout, 1, &MADE_UP).unwrap();
        assert_eq!(read_version(&layout.version()).unwrap(), Some(3));
        assert_eq!(fs::read_to_string(layout.ledger()).unwrap(), "a ledger");
    }

    #[test]
    fn the_steps_lead_to_the_version_of_this_program() {
        assert_eq!(newest(&STEPS), VERSION);
        assert!(STEPS.iter().zip(2..).all(|(step, to)| step.to == to));
    }
}
