//! The few operations that everything durable stands on, so that a test can make each of them fail, or cut the power.

mod real;
#[cfg(any(test, feature = "simulated"))]
mod simulated;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

pub use real::RealDisk;
pub(crate) use real::remove_if_abandoned;
#[cfg(any(test, feature = "simulated"))]
pub use simulated::{Lie, SimulatedDisk};

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

/// A disk to write files of sinks to. [`RealDisk`] is the one of the machine; tests put one in front of it that is full,
/// or gone.
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

/// What a file is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Open {
    /// To be read.
    Read,
    /// To be written and read, held by nobody else; made where it is not there.
    Write,
    /// To be written and read, held by nobody else; refused with [`io::ErrorKind::AlreadyExists`] where it is there.
    New,
}

/// An open file of the store. Places are counted in bytes from its start; several threads may use it at once.
///
/// One that was opened for writing is held until it is dropped, or its process ends, however that happens.
pub trait StoreFile: DiskFile {
    /// Reads up to as many bytes as fit, and returns how many; 0 at the end.
    ///
    /// # Errors
    /// What the system refuses.
    fn read_at(&self, into: &mut [u8], at: u64) -> io::Result<usize>;
    /// Writes all bytes at a place, which may lie beyond the end; what lies between is then zero.
    ///
    /// # Errors
    /// What the system refuses; some bytes may have been written.
    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<()>;
    /// Returns the size in bytes.
    ///
    /// # Errors
    /// What the system refuses.
    fn size_bytes(&self) -> io::Result<u64>;
    /// Cuts the file off, or fills it up with zeros.
    ///
    /// # Errors
    /// What the system refuses.
    fn set_size(&self, bytes: u64) -> io::Result<()>;
    /// Takes the right to write to the file from everybody who opens it later.
    ///
    /// # Errors
    /// What the system refuses.
    fn make_read_only(&self) -> io::Result<()>;

    /// Reads all bytes from a place on.
    ///
    /// # Errors
    /// [`io::ErrorKind::UnexpectedEof`] where there are fewer, and what the system refuses.
    fn read_exact_at(&self, mut into: &mut [u8], mut at: u64) -> io::Result<()> {
        while !into.is_empty() {
            match self.read_at(into, at) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => {
                    into = &mut into[read..];
                    at += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// An entry of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name; names that are not Unicode are not listed, since the store makes none.
    pub name: String,
    /// Whether it is a folder.
    pub is_folder: bool,
    /// The size of a file in bytes.
    pub size_bytes: u64,
    /// The room that it takes on the disk in bytes, without holes.
    pub takes_bytes: u64,
}

/// A disk that the store keeps its truth on: what is written can be read back, listed and removed.
pub trait StoreDisk: Disk {
    /// Opens a file.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] where it is to be written and is held; what the system refuses.
    fn open(&self, path: &Path, how: Open) -> io::Result<Box<dyn StoreFile>>;
    /// Returns whether somebody holds the file: a process that lives has it open for writing.
    ///
    /// # Errors
    /// What the system refuses.
    fn is_held(&self, path: &Path) -> io::Result<bool>;
    /// Removes a file.
    ///
    /// # Errors
    /// What the system refuses.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Removes an empty folder.
    ///
    /// # Errors
    /// [`io::ErrorKind::DirectoryNotEmpty`] where something lies in it; what the system refuses.
    fn remove_folder(&self, folder: &Path) -> io::Result<()>;
    /// Returns what lies in a folder, by name.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] where there is no such folder; what the system refuses.
    fn list(&self, folder: &Path) -> io::Result<Vec<Entry>>;

    /// Makes folders with their parents, unless they stand; their names are on the disk then.
    ///
    /// # Errors
    /// What the system refuses; some may have been made.
    fn make_folders(&self, folders: &BTreeSet<PathBuf>) -> io::Result<()> {
        folders.iter().try_for_each(|folder| self.make_folder(folder))
    }

    /// Reads a whole file.
    ///
    /// # Errors
    /// What the system refuses; also a file that became shorter meanwhile.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let file = self.open(path, Open::Read)?;
        let size = usize::try_from(file.size_bytes()?).map_err(|_| io::ErrorKind::FileTooLarge)?;
        let mut bytes = vec![0; size];
        file.read_exact_at(&mut bytes, 0)?;
        Ok(bytes)
    }
}
