//! Files that a person edits, written whole or not at all: the old one stands until the new one is on the disk.

use std::ffi::OsString;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::disk::{Put, StoreDisk};

/// Puts bytes in place of a file, or makes it. Whatever happens meanwhile, the path names the old content or the new.
///
/// # Errors
/// What the system refuses; the old file then stands as it was. [`ErrorKind::WouldBlock`]: another process writes it now.
pub fn write_whole(disk: &dyn StoreDisk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let unfinished = unfinished(path);
    let written = write(disk, &unfinished, path, bytes);
    if written.as_ref().is_err_and(|error| error.kind() != ErrorKind::WouldBlock) {
        // What cannot be removed now is removed by the next one who writes this file.
        drop(disk.remove(&unfinished));
    }
    written
}

fn write(disk: &dyn StoreDisk, unfinished: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = match disk.create(unfinished) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            if disk.is_held(unfinished)? {
                return Err(ErrorKind::WouldBlock.into());
            }
            disk.remove(unfinished)?;
            disk.create(unfinished)?
        }
        created => created?,
    };
    file.write_all(bytes)?;
    keep_rights(path, unfinished);
    file.sync()?;
    disk.rename(unfinished, path, Put::Over)?;
    disk.sync_folder(path.parent().unwrap_or(path))
}

/// Gives the new file the rights of the old one. A file system without rights has none to keep.
fn keep_rights(path: &Path, unfinished: &Path) {
    if let Ok(old) = std::fs::metadata(path) {
        drop(std::fs::set_permissions(unfinished, old.permissions()));
    }
}

fn unfinished(path: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".unfinished");
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SimulatedDisk;
    use crate::disk::Disk;

    const PATH: &str = "/graphs/sheet.yaml";

    fn with_old() -> SimulatedDisk {
        let disk = SimulatedDisk::default();
        disk.make_folder(Path::new("/graphs")).unwrap();
        write_whole(&disk, Path::new(PATH), b"old").unwrap();
        disk
    }

    #[test]
    fn a_power_cut_leaves_the_old_file_or_the_new_one() {
        for seed in 0..64 {
            let disk = with_old();
            let mut file = disk.create(&unfinished(Path::new(PATH))).unwrap();
            file.write_all(b"ne").unwrap();
            assert_eq!(disk.cut(seed).read(Path::new(PATH)).unwrap(), b"old", "cut {seed} while it is written");
            drop(file);
            write_whole(&disk, Path::new(PATH), b"new").unwrap();
            assert_eq!(disk.cut(seed).read(Path::new(PATH)).unwrap(), b"new", "cut {seed} after it was written");
        }
    }

    #[test]
    fn a_full_disk_leaves_the_old_file() {
        let disk = with_old();
        disk.set_room(Some(2));
        assert!(write_whole(&disk, Path::new(PATH), &[b'x'; 100_000]).is_err());
        assert_eq!(disk.read(Path::new(PATH)).unwrap(), b"old");
        assert_eq!(disk.list(Path::new("/graphs")).unwrap().len(), 1, "nothing half-written is left");
    }

    #[test]
    fn what_a_killed_process_left_is_in_nobodys_way() {
        let disk = with_old();
        drop(disk.create(&unfinished(Path::new(PATH))).unwrap());
        write_whole(&disk, Path::new(PATH), b"new").unwrap();
        assert_eq!(disk.read(Path::new(PATH)).unwrap(), b"new");
        assert_eq!(disk.list(Path::new("/graphs")).unwrap().len(), 1);
    }
}
