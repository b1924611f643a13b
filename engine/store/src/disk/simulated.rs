//! A disk in memory whose power can be cut: what was not synced is then kept, lost or torn, as chance will have it.
//!
//! | What was done | What a cut leaves of it |
//! | --- | --- |
//! | bytes written, file synced | all |
//! | bytes written | all, nothing, or block by block: there, not there, or other bytes |
//! | a name made, given or removed, its folder synced | all |
//! | the same, folder not synced | each by itself or none; a rename is never seen half-done |
//! | anything, then the whole disk synced | all |
//!
//! A synced file whose name was not synced may be lost, which stricter disks than most do; a file in a folder that was lost is
//! lost with it. Absent: links, permissions, and folders that get other names.

mod cut;
mod machine;

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Disk, DiskFile, Entry, Open, Put, RealDisk, StoreDisk, StoreFile};
use machine::{Content, Machine, NodeId};

/// A disk in memory; its copies are the same disk.
#[derive(Clone, Default)]
pub struct SimulatedDisk(Arc<Mutex<Machine>>);

/// What a disk says it has synced, and has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    /// The bytes of files.
    Contents,
    /// The names in folders.
    Names,
}

struct SimulatedFile {
    disk: SimulatedDisk,
    node: NodeId,
    /// Where [`Write`] goes on.
    end: u64,
    /// Held by whoever writes; the disk knows it while it lives.
    _held: Option<Arc<()>>,
}

impl SimulatedDisk {
    /// Returns a disk with the files of a real folder under the same paths, all of them synced.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn of_folder(folder: &Path) -> io::Result<Self> {
        let disk = Self::default();
        disk.copy_in(folder)?;
        disk.machine().settle_all();
        Ok(disk)
    }

    /// Writes all files into a real folder, those under `from` alone and relative to it.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn write_to(&self, from: &Path, folder: &Path) -> io::Result<()> {
        for (path, content) in self.machine().files() {
            let Ok(below) = path.strip_prefix(from) else { continue };
            let target = folder.join(below);
            target.parent().map_or(Ok(()), fs::create_dir_all)?;
            fs::write(target, content)?;
        }
        Ok(())
    }

    /// Returns the disk as it is found when the power comes back, had it been cut now. This disk goes on as if nothing
    /// had happened. The same seed makes the same losses.
    #[must_use]
    pub fn cut(&self, seed: u64) -> Self {
        Self(Arc::new(Mutex::new(cut::cut(&self.machine(), seed))))
    }

    /// Cuts the power after so many further operations: from then on each of them fails, and what is there is what
    /// [`SimulatedDisk::cut`] starts from.
    pub fn cut_after(&self, operations: u64) {
        self.machine().operations_left = Some(operations);
    }

    /// Returns how many operations have been done.
    pub fn operations(&self) -> u64 {
        self.machine().operations
    }

    /// Lets so many further bytes be written before the disk is full; `None` for a disk without an end.
    pub fn set_room(&self, bytes: Option<u64>) {
        self.machine().room_bytes = bytes;
    }

    /// Lets so many of the next syncs of contents fail. What they were for is not safe afterwards, whatever later syncs say,
    /// unless it is written again: so do systems whose disk has refused.
    pub fn fail_syncs(&self, count: u32) {
        self.machine().failing_syncs = count;
    }

    /// Lets the disk lie from now on, so that a test can show that its cuts would find a missing sync.
    pub fn lie(&self, lie: Lie) {
        self.machine().lie = Some(lie);
    }

    /// Returns the paths of all files, in order.
    pub fn paths(&self) -> Vec<PathBuf> {
        self.machine().files().map(|(path, _)| path.clone()).collect()
    }

    /// Changes bytes behind the back of who wrote them.
    ///
    /// # Errors
    /// There is no such file.
    pub fn damage(&self, path: &Path, change: impl FnOnce(&mut Vec<u8>)) -> io::Result<()> {
        self.machine().damage(path, change)
    }

    fn copy_in(&self, folder: &Path) -> io::Result<()> {
        self.make_folder(folder)?;
        for entry in RealDisk.list(folder)? {
            let path = folder.join(&entry.name);
            if entry.is_folder {
                self.copy_in(&path)?;
            } else {
                self.open(&path, Open::Write)?.write_at(&fs::read(&path)?, 0)?;
            }
        }
        Ok(())
    }

    fn machine(&self) -> MutexGuard<'_, Machine> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the machine for one more operation, unless its power is cut.
    fn powered(&self) -> io::Result<MutexGuard<'_, Machine>> {
        let mut machine = self.machine();
        machine.count_operation()?;
        Ok(machine)
    }

    fn file(&self, node: NodeId, held: Option<Arc<()>>) -> SimulatedFile {
        SimulatedFile { disk: self.clone(), node, end: 0, _held: held }
    }
}

impl Disk for SimulatedDisk {
    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        let mut machine = self.powered()?;
        machine.make_folder(folder)?;
        // As the real one does: names of new folders are synced at once.
        folder.ancestors().for_each(|above| machine.settle_folder(above));
        Ok(())
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let (node, held) = self.powered()?.open(path, Open::New)?;
        Ok(Box::new(self.file(node, held)))
    }

    fn rename(&self, from: &Path, to: &Path, put: Put) -> io::Result<()> {
        self.powered()?.rename(from, to, put)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        let mut machine = self.powered()?;
        machine.need_folder(folder)?;
        machine.settle_folder(folder);
        Ok(())
    }

    fn sync_whole(&self, folder: &Path) -> io::Result<()> {
        let mut machine = self.powered()?;
        machine.need_folder(folder)?;
        if machine.sync_fails() {
            machine.contents.iter_mut().for_each(Content::forget);
            return Err(io::Error::other("the disk refuses"));
        }
        machine.settle_all();
        Ok(())
    }
}

impl StoreDisk for SimulatedDisk {
    fn open(&self, path: &Path, how: Open) -> io::Result<Box<dyn StoreFile>> {
        let (node, held) = self.powered()?.open(path, how)?;
        Ok(Box::new(self.file(node, held)))
    }

    fn is_held(&self, path: &Path) -> io::Result<bool> {
        self.powered()?.is_held(path)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.powered()?.remove(path)
    }

    fn remove_folder(&self, folder: &Path) -> io::Result<()> {
        self.powered()?.remove_folder(folder)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<Entry>> {
        self.powered()?.list(folder)
    }
}

impl Write for SimulatedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_at(bytes, self.end)?;
        self.end += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl DiskFile for SimulatedFile {
    fn sync(&self) -> io::Result<()> {
        let mut machine = self.disk.powered()?;
        let fails = machine.sync_fails();
        if fails {
            machine.content(self.node).forget();
            return Err(io::Error::other("the disk refuses"));
        }
        machine.settle_content(self.node);
        Ok(())
    }
}

impl StoreFile for SimulatedFile {
    fn read_at(&self, into: &mut [u8], at: u64) -> io::Result<usize> {
        let mut machine = self.disk.powered()?;
        let live = &machine.content(self.node).live;
        let rest = usize::try_from(at).ok().and_then(|at| live.get(at..)).unwrap_or_default();
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        let mut machine = self.disk.powered()?;
        machine.take_room(bytes.len() as u64)?;
        let at = usize::try_from(at).map_err(|_| ErrorKind::FileTooLarge)?;
        machine.content(self.node).write(bytes, at);
        Ok(())
    }

    fn size_bytes(&self) -> io::Result<u64> {
        Ok(self.disk.powered()?.content(self.node).live.len() as u64)
    }

    fn set_size(&self, bytes: u64) -> io::Result<()> {
        let size = usize::try_from(bytes).map_err(|_| ErrorKind::FileTooLarge)?;
        self.disk.powered()?.content(self.node).resize(size);
        Ok(())
    }

    fn make_read_only(&self) -> io::Result<()> {
        self.disk.powered().map(drop)
    }
}

#[cfg(test)]
mod tests;
