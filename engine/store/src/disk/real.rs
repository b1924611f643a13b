//! The disk of the machine.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags};

use super::{Disk, DiskFile, Entry, Open, Put, StoreDisk, StoreFile};

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
        Ok(Box::new(create_held(path)?))
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

impl StoreFile for File {
    fn read_at(&self, into: &mut [u8], at: u64) -> io::Result<usize> {
        FileExt::read_at(self, into, at)
    }

    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        self.write_all_at(bytes, at)
    }

    fn size_bytes(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn set_size(&self, bytes: u64) -> io::Result<()> {
        self.set_len(bytes)
    }

    fn make_read_only(&self) -> io::Result<()> {
        let mut permissions = self.metadata()?.permissions();
        permissions.set_readonly(true);
        self.set_permissions(permissions)
    }
}

impl StoreDisk for RealDisk {
    fn open(&self, path: &Path, how: Open) -> io::Result<Box<dyn StoreFile>> {
        let file = match how {
            Open::Read => File::open(path)?,
            Open::Write => open_held(path)?,
            Open::New => create_held(path)?,
        };
        Ok(Box::new(file))
    }

    fn is_held(&self, path: &Path) -> io::Result<bool> {
        let file = File::open(path)?;
        Ok(matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_folder(&self, folder: &Path) -> io::Result<()> {
        fs::remove_dir(folder)
    }

    /// Many new folders in one need one sync of it, not one each.
    fn make_folders(&self, folders: &BTreeSet<PathBuf>) -> io::Result<()> {
        let mut changed = BTreeSet::new();
        for folder in folders.iter().filter(|folder| !folder.is_dir()) {
            let above = folder.parent().unwrap_or(Path::new("."));
            self.make_folder(above)?;
            if make_unsynced(folder)? {
                changed.insert(above);
            }
        }
        changed.into_iter().try_for_each(|above| self.sync_folder(above))
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let (Ok(name), metadata) = (entry.file_name().into_string(), entry.metadata()) else { continue };
            match metadata {
                Ok(found) => {
                    let (size_bytes, takes_bytes) = (found.len(), takes_bytes(&found));
                    entries.push(Entry { name, is_folder: found.is_dir(), size_bytes, takes_bytes });
                }
                // Somebody has removed it since the folder was read.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }
}

#[cfg(unix)]
fn takes_bytes(found: &fs::Metadata) -> u64 {
    // Counted in units of 512 bytes, whatever the blocks of the disk are. What waits to be written has none yet.
    std::os::unix::fs::MetadataExt::blocks(found).saturating_mul(512).min(found.len())
}

#[cfg(not(unix))]
fn takes_bytes(found: &fs::Metadata) -> u64 {
    found.len()
}

/// Makes a folder that its parent's names do not hold durably yet; returns whether it is new.
fn make_unsynced(folder: &Path) -> io::Result<bool> {
    match fs::create_dir(folder) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists && folder.is_dir() => Ok(false),
        Err(error) => Err(error),
    }
}

fn create_held(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().read(true).write(true).create_new(true).open(path)?;
    match hold(&file) {
        // Somebody who tidies up has met the file before its lock; he removes it, and another name is tried.
        Err(error) if error.kind() == ErrorKind::WouldBlock => return Err(ErrorKind::AlreadyExists.into()),
        held => held?,
    }
    if file.metadata()?.nlink() == 0 { Err(ErrorKind::AlreadyExists.into()) } else { Ok(file) }
}

fn open_held(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
    hold(&file)?;
    Ok(file)
}

/// Takes the lock that ends with the file, where the disk knows locks.
fn hold(file: &File) -> io::Result<()> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(ErrorKind::WouldBlock.into()),
        Err(TryLockError::Error(error)) if error.kind() != ErrorKind::Unsupported => Err(error),
        _ => Ok(()),
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
    fn many_folders_are_made_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let names = ["above/a", "above/b", "other"].map(|name| folder.path().join(name)).into();
        RealDisk.make_folders(&names).unwrap();
        RealDisk.make_folders(&names).unwrap();
        assert!(names.iter().all(|name| name.is_dir()));
        fs::write(folder.path().join("file"), "").unwrap();
        assert!(RealDisk.make_folders(&[folder.path().join("file")].into()).is_err());
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
