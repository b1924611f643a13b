//! The folder of one program, which goes with everything in it.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};

use tempfile::TempDir;
use walkdir::WalkDir;
use windlass_core::node::{NodeError, explain_io};

/// Files and folders that a program may leave.
const MOST_ENTRIES: u64 = 100_000;

/// Bytes in a block of a file, as the system counts them.
const BLOCK_BYTES: u64 = 512;

/// Bytes of a name that are kept.
const NAME_BYTES: usize = 120;

/// A folder of its own in the system's folder for temporary files, which nobody else may enter. What is in it is removed
/// when this is dropped, also what the program has closed to everybody.
pub(crate) struct Scratch {
    folder: TempDir,
}

impl Scratch {
    /// Makes a folder with those that a program is given: to work in, for inputs, for what it keeps on the way.
    pub(crate) fn new() -> Result<Self, NodeError> {
        let parent = std::env::temp_dir();
        let cannot = |error| explain_io("make a folder in", &parent, &error);
        let mut builder = tempfile::Builder::new();
        let builder = builder.prefix("windlass-program-").permissions(Permissions::from_mode(0o700));
        let made = Self { folder: builder.tempdir_in(&parent).map_err(cannot)? };
        for folder in [made.work(), made.home()] {
            fs::create_dir(&folder).map_err(|error| explain_io("make the folder", &folder, &error))?;
        }
        Ok(made)
    }

    /// Returns the folder in which the program runs.
    pub(crate) fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// Returns the folder for what a program keeps for itself.
    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Returns a path for an input, in a folder of its own, so that equal names do not meet.
    pub(crate) fn place(&self, port: &str, at: usize, name: &str) -> Result<PathBuf, NodeError> {
        let folder = self.folder.path().join("in").join(port).join(at.to_string());
        fs::create_dir_all(&folder).map_err(|error| explain_io("make the folder", &folder, &error))?;
        Ok(folder.join(plain_name(name)))
    }

    /// Fails where more than `limit_bytes` of the disk are in use, or more files than can be looked through.
    pub(crate) fn check_size(&self, limit_bytes: u64) -> Result<(), NodeError> {
        let (mut entries, mut bytes) = (0, 0);
        // What goes while it is looked at counts for nothing.
        for entry in WalkDir::new(self.folder.path()).into_iter().flatten() {
            entries += 1;
            bytes += entry.metadata().map_or(0, |metadata| metadata.blocks() * BLOCK_BYTES);
            if entries > MOST_ENTRIES {
                let said = format!("it left more than {MOST_ENTRIES} files in its folder");
                return Err(NodeError::new(said).hint("let it write fewer files"));
            }
            if bytes > limit_bytes {
                let said = format!("it wrote more than {limit_bytes} bytes to files in its folder");
                return Err(NodeError::new(said).hint("raise `disk`, or give it less to do"));
            }
        }
        Ok(())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let folder = self.folder.path();
        if fs::remove_dir_all(folder).is_err() {
            open_all(folder);
            // What even so stays is in the system's own folder for what nobody needs.
            let _ = fs::remove_dir_all(folder);
        }
    }
}

/// Lets us into every folder again; links are not followed.
fn open_all(folder: &Path) {
    for entry in WalkDir::new(folder).into_iter().flatten().filter(|entry| entry.file_type().is_dir()) {
        let _ = fs::set_permissions(entry.path(), Permissions::from_mode(0o700));
    }
}

/// Returns the last part of a name as one that a file can have, its ending kept.
fn plain_name(name: &str) -> String {
    let own = Path::new(name).components().next_back();
    let own = match own {
        Some(Component::Normal(own)) => own.to_string_lossy().into_owned(),
        _ => String::new(),
    };
    let plain: String = own.chars().map(|c| if c.is_control() || c == '/' { '_' } else { c }).collect();
    let cut = plain.ceil_char_boundary(plain.len().saturating_sub(NAME_BYTES));
    match &plain[cut..] {
        "" => "file".into(),
        rest => rest.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_goes_with_the_folder() {
        let scratch = Scratch::new().unwrap();
        let root = scratch.folder.path().to_path_buf();
        let closed = scratch.work().join("closed");
        fs::create_dir(&closed).unwrap();
        fs::write(closed.join("file"), "x").unwrap();
        std::os::unix::fs::symlink("/", scratch.work().join("link")).unwrap();
        fs::set_permissions(&closed, Permissions::from_mode(0o000)).unwrap();
        assert_eq!(root.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        drop(scratch);
        assert!(!root.exists() && Path::new("/tmp").exists());
    }

    #[test]
    fn what_is_written_is_counted() {
        let scratch = Scratch::new().unwrap();
        fs::write(scratch.work().join("file"), vec![7; 300_000]).unwrap();
        assert!(scratch.check_size(1 << 20).is_ok());
        let error = scratch.check_size(200_000).unwrap_err();
        assert_eq!(error.to_string(), "it wrote more than 200000 bytes to files in its folder");
    }

    #[test]
    fn names_of_inputs_lead_nowhere() {
        let names = ["a/b.png", "../../x", "..", "", "a\nb", "/"].map(plain_name);
        assert_eq!(names, ["b.png", "x", "file", "file", "a_b", "file"]);
        let long = plain_name(&format!("{}.png", "é".repeat(200)));
        assert!(long.len() <= NAME_BYTES && long.ends_with(".png"));
    }
}
