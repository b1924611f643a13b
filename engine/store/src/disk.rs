//! The few operations that writing a file whole or not at all stands on, so that a test can make each of them fail.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{CWD, RenameFlags};

/// A file that is being written.
pub trait DiskFile: Write + Send + Sync {
    /// Returns once the content is on the disk.
    ///
    /// # Errors
    /// What the system refuses.
    fn sync(&self) -> io::Result<()>;
}

/// What to do where a file already has the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// Replace it.
    Over,
    /// Refuse with [`ErrorKind::AlreadyExists`].
    New,
}

/// A disk to write to. [`RealDisk`] is the one of the machine; tests put one in front of it that is full, or gone.
pub trait Disk: Send + Sync {
    /// Makes a folder with its parents, unless it stands.
    ///
    /// # Errors
    /// What the system refuses.
    fn make_folder(&self, folder: &Path) -> io::Result<()>;
    /// Makes a file that did not exist, locked as long as it is open, so that another process can tell a temporary
    /// file that is being written from one that a dead process left.
    ///
    /// # Errors
    /// What the system refuses; [`ErrorKind::AlreadyExists`] where the name is taken.
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
    /// Gives a finished file its name, in one step.
    ///
    /// # Errors
    /// What the system refuses.
    fn rename(&self, from: &Path, to: &Path, put: Put) -> io::Result<()>;
    /// Returns once the names in a folder are on the disk.
    ///
    /// # Errors
    /// What the system refuses.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;
    /// Returns once all that was written to the file system of a folder is on the disk, whoever wrote it.
    ///
    /// # Errors
    /// What the system refuses.
    fn sync_whole(&self, folder: &Path) -> io::Result<()>;
}

/// The disk of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealDisk;

impl DiskFile for File {
    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }
}

impl Disk for RealDisk {
    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        if folder.is_dir() {
            return Ok(());
        }
        let known = folder.ancestors().find(|above| above.is_dir()).map(Path::to_owned);
        fs::create_dir_all(folder)?;
        // The names of new folders have to reach the disk as well, or the file in them is lost with them.
        let mut new =
            folder.ancestors().skip(1).take_while(|above| known.as_deref().is_some_and(|k| above.starts_with(k)));
        new.try_for_each(|above| self.sync_folder(above))
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let file = OpenOptions::new().write(true).create_new(true).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            // Somebody who tidies up has met the file before its lock; he removes it, and another name is tried.
            Err(TryLockError::WouldBlock) => return Err(ErrorKind::AlreadyExists.into()),
            Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
        if file.metadata()?.nlink() == 0 { Err(ErrorKind::AlreadyExists.into()) } else { Ok(Box::new(file)) }
    }

    fn rename(&self, from: &Path, to: &Path, put: Put) -> io::Result<()> {
        match put {
            Put::Over => fs::rename(from, to),
            Put::New => rename_new(from, to),
        }
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        File::open(folder)?.sync_all()
    }

    fn sync_whole(&self, folder: &Path) -> io::Result<()> {
        Ok(rustix::fs::syncfs(File::open(folder)?)?)
    }
}

fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    match rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS | rustix::io::Errno::NOTSUP) => {
            // Some network disks cannot do both in one step; what remains is a moment in which a foreign file may appear.
            if to.symlink_metadata().is_ok() { Err(ErrorKind::AlreadyExists.into()) } else { fs::rename(from, to) }
        }
        done => done.map_err(io::Error::from),
    }
}

/// Removes a file that nobody holds the lock of; returns whether it did.
pub(crate) fn remove_if_abandoned(path: &Path) -> bool {
    let Ok(file) = File::open(path) else { return false };
    file.try_lock().is_ok() && fs::remove_file(path).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_name_never_replaces_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::write(&from, "new").unwrap();
        fs::write(&to, "old").unwrap();
        let refused = RealDisk.rename(&from, &to, Put::New).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&to).unwrap(), "old");
        RealDisk.rename(&from, &to, Put::Over).unwrap();
        assert_eq!(fs::read_to_string(&to).unwrap(), "new");
    }

    #[test]
    fn a_file_that_is_being_written_is_not_abandoned() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("temporary");
        let writing = RealDisk.create(&path).unwrap();
        assert!(!remove_if_abandoned(&path));
        drop(writing);
        assert!(remove_if_abandoned(&path));
        assert!(!path.exists());
    }

    #[test]
    fn parents_are_made() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("a/b/c");
        RealDisk.make_folder(&deep).unwrap();
        assert!(deep.is_dir());
        fs::write(deep.join("file"), "").unwrap();
        assert!(RealDisk.make_folder(&deep.join("file/below")).is_err());
    }
}
