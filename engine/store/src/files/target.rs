//! Where a file is to be written, and what stands there.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use windlass_core::context::{SaveOutcome, Saved};
use windlass_core::node::{NodeError, explain_io};

use super::keep_out::{KeepOut, foreseen};
use crate::disk::Disk;

/// The path of a file to be written, as people know it and without links.
#[derive(Clone)]
pub(super) struct Target {
    shown: PathBuf,
    real: PathBuf,
}

/// What stands at a path.
pub(super) enum Standing {
    Nothing,
    File { size_bytes: u64 },
    Link,
    Other(&'static str),
}

impl Target {
    /// Makes the folder, and finds out where it really is.
    pub(super) fn new(path: &Path, disk: &dyn Disk, keep_out: &KeepOut) -> Result<Self, NodeError> {
        let nameless = || NodeError::new(format!("the path names no file: `{}`", path.display())).permanent();
        let shown = std::path::absolute(path).map_err(|_| nameless())?;
        let ends_in_folder = path.as_os_str().as_encoded_bytes().ends_with(b"/");
        let (Some(name), Some(folder), false) = (shown.file_name(), shown.parent(), ends_in_folder) else {
            return Err(nameless());
        };
        let found = match folder.canonicalize() {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                keep_out.check(&foreseen(folder).join(name))?;
                disk.make_folder(folder).map_err(|error| explain_io("make the folder", folder, &error))?;
                folder.canonicalize()
            }
            found => found,
        };
        let real = found.map_err(|error| explain_io("find the folder", folder, &error))?.join(name);
        keep_out.check(&real)?;
        Ok(Self { shown, real })
    }

    /// Returns the path as people know it.
    pub(super) fn shown(&self) -> &Path {
        &self.shown
    }

    /// Returns the path without links on the way.
    pub(super) fn real(&self) -> &Path {
        &self.real
    }

    pub(super) fn folder(&self) -> &Path {
        self.real.parent().unwrap_or(Path::new("/"))
    }

    /// Returns the target whose name ends in `~number`; the first is the target itself.
    pub(super) fn numbered(&self, number: u32) -> Self {
        if number == 1 {
            return self.clone();
        }
        let mut name = self.real.file_stem().map(OsString::from).unwrap_or_default();
        name.push(format!("~{number}"));
        if let Some(extension) = self.real.extension() {
            name.push(".");
            name.push(extension);
        }
        Self { shown: self.shown.with_file_name(&name), real: self.real.with_file_name(&name) }
    }

    pub(super) fn saved(&self, outcome: SaveOutcome) -> Saved {
        Saved { path: self.shown.clone(), outcome, content: None }
    }

    /// Says what became of a file that has this content now.
    pub(super) fn saved_with(&self, outcome: SaveOutcome, content: (blake3::Hash, u64)) -> Saved {
        Saved { content: Some(content), ..self.saved(outcome) }
    }

    pub(super) fn standing(&self) -> Result<Standing, NodeError> {
        let metadata = match self.real.symlink_metadata() {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Standing::Nothing),
            found => found.map_err(|error| explain_io("look at", &self.shown, &error))?,
        };
        let kind = metadata.file_type();
        Ok(match () {
            () if kind.is_file() => Standing::File { size_bytes: metadata.len() },
            () if kind.is_symlink() => Standing::Link,
            () if kind.is_dir() => Standing::Other("a folder"),
            () => Standing::Other("a pipe, a socket or a device"),
        })
    }

    /// Returns the hash of the file that stands there.
    pub(super) fn content(&self) -> Result<blake3::Hash, NodeError> {
        self.hashed().map_err(|error| explain_io("read", &self.shown, &error))
    }

    fn hashed(&self) -> io::Result<blake3::Hash> {
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(File::open(&self.real)?)?;
        Ok(hasher.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::RealDisk;

    #[test]
    fn a_file_that_has_the_name_of_the_folder_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        std::fs::write(&file, "foreign").unwrap();
        let target = Target::new(&file.join("b"), &RealDisk, &KeepOut::of(None)).unwrap();
        let cause = target.standing().err().map(|error| error.to_string()).unwrap_or_default();
        assert!(cause.ends_with("a part of the path is a file, not a folder"), "{cause}");
    }
}
