//! Files that are named by the hash of their content: written under a temporary name, synced, renamed, never changed again.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use blake3::Hash;

use super::missing::Missing;
use crate::disk::{Entry as Listed, Open, Put, StoreDisk, StoreFile};
use crate::layout::Layout;

/// What waits for a commit, at most; beyond, whoever brings more commits.
const MOST_WAITING_BYTES: usize = 64 << 20;
const MOST_WAITING: usize = 256;

/// From how many files or folders on the whole file system is synced at once. Below, what others write to it would be
/// waited for in vain.
const WHOLE_FROM: usize = 3;

const NAMES_TRIED: u32 = 1000;

/// The blobs of a workspace.
pub(super) struct Blobs {
    disk: Arc<dyn StoreDisk>,
    layout: Layout,
    state: Mutex<State>,
    /// One commit at a time.
    committing: Mutex<()>,
}

#[derive(Default)]
struct State {
    /// Written, and not durable yet.
    waiting: BTreeMap<[u8; 32], Arc<Waiting>>,
    waiting_bytes: usize,
    /// Folders with names that may not be durable yet.
    unsynced: BTreeSet<PathBuf>,
    /// Folders whose own names this process has synced, or will with the next commit.
    met: BTreeSet<PathBuf>,
    /// A sync has failed: what it was for has to be written again, for the system may have forgotten it.
    write_again: bool,
}

struct Waiting {
    bytes: Vec<u8>,
    temp: PathBuf,
    file: Box<dyn StoreFile>,
}

impl Blobs {
    pub(super) fn new(disk: Arc<dyn StoreDisk>, layout: Layout) -> Self {
        Self { disk, layout, state: Mutex::default(), committing: Mutex::default() }
    }

    /// Writes a blob, unless it is there; it is durable after the next commit.
    pub(super) fn put(&self, hash: &Hash, bytes: &[u8]) -> io::Result<()> {
        if self.state().waiting.contains_key(hash.as_bytes()) || self.is_there(hash, bytes.len() as u64) {
            return Ok(());
        }
        if self.state().is_full() {
            self.commit()?;
        }
        let (temp, file) = self.write(bytes)?;
        let waiting = Arc::new(Waiting { bytes: bytes.to_vec(), temp, file });
        if let Some(needless) = self.state().wait(hash, waiting) {
            drop(self.disk.remove(&needless.temp));
        }
        Ok(())
    }

    /// Returns once all that was put before is durable. What failed is tried again by the next commit.
    pub(super) fn commit(&self) -> io::Result<()> {
        let _one = self.committing.lock().unwrap_or_else(PoisonError::into_inner);
        let group: Vec<_> = self.state().waiting.iter().map(|(hash, waiting)| (*hash, waiting.clone())).collect();
        let synced = self.sync_contents(&group);
        if synced.is_err() {
            self.state().write_again = true;
        }
        synced?;
        let folders = group.iter().map(|(hash, _)| self.layout.blob_folder(&Hash::from_bytes(*hash))).collect();
        self.disk.make_folders(&folders)?;
        for (hash, waiting) in &group {
            self.give_name(&Hash::from_bytes(*hash), waiting)?;
        }
        self.sync_folders()
    }

    pub(super) fn contains(&self, hash: &Hash, size_bytes: u64) -> bool {
        self.state().waiting.contains_key(hash.as_bytes()) || self.size_of(hash) == Some(size_bytes)
    }

    /// Reads a blob; one that is damaged is set aside.
    pub(super) fn get(&self, hash: &Hash) -> Result<Vec<u8>, Missing> {
        if let Some(waiting) = self.state().waiting.get(hash.as_bytes()) {
            return Ok(waiting.bytes.clone());
        }
        let path = self.layout.blob(hash);
        match self.disk.read(&path) {
            Ok(bytes) if blake3::hash(&bytes) == *hash => Ok(bytes),
            Ok(_) => Err(self.set_aside(hash, path)),
            Err(error) if error.kind() == ErrorKind::NotFound => Err(Missing::Gone { hash: *hash }),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Err(self.set_aside(hash, path)),
            Err(cause) => Err(Missing::Unreadable { hash: *hash, path, cause }),
        }
    }

    /// Returns the blobs that are there, with their sizes in bytes.
    pub(super) fn all(&self) -> io::Result<Vec<(Hash, u64)>> {
        let mut blobs = Vec::new();
        for folder in self.entries(&self.layout.blobs())?.into_iter().filter(|entry| entry.is_folder) {
            for entry in self.entries(&self.layout.blobs().join(&folder.name))? {
                let hash = Hash::from_hex(format!("{}{}", folder.name, entry.name));
                blobs.extend(hash.ok().map(|hash| (hash, entry.size_bytes)));
            }
        }
        Ok(blobs)
    }

    /// Returns how much room the blobs take on the disk, in bytes.
    pub(super) fn takes_bytes(&self) -> io::Result<u64> {
        let mut bytes = 0;
        for folder in self.entries(&self.layout.blobs())?.into_iter().filter(|entry| entry.is_folder) {
            let entries = self.entries(&self.layout.blobs().join(&folder.name))?;
            bytes += entries.iter().map(|entry| entry.takes_bytes).sum::<u64>();
        }
        Ok(bytes)
    }

    /// Returns the first byte of a blob, without looking whether the others are whole.
    pub(super) fn first_byte(&self, hash: &Hash) -> Option<u8> {
        let mut byte = [0];
        let file = self.disk.open(&self.layout.blob(hash), Open::Read).ok()?;
        file.read_exact_at(&mut byte, 0).ok().map(|()| byte[0])
    }

    fn entries(&self, folder: &Path) -> io::Result<Vec<Listed>> {
        match self.disk.list(folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            listed => listed,
        }
    }

    /// Removes temporary files that dead processes left.
    pub(super) fn tidy(&self) {
        let folder = self.layout.unfinished();
        for entry in self.disk.list(&folder).unwrap_or_default() {
            let path = folder.join(&entry.name);
            if self.disk.is_held(&path).is_ok_and(|is_held| !is_held) {
                // What cannot be removed now is tried again by the next process.
                drop(self.disk.remove(&path));
            }
        }
    }

    /// A file of the right size is taken for the blob: who reads it looks at each byte.
    fn is_there(&self, hash: &Hash, size_bytes: u64) -> bool {
        let is_there = self.size_of(hash) == Some(size_bytes);
        if is_there {
            // Whoever gave it its name may not have synced that yet.
            self.state().touch(&self.layout, hash);
        }
        is_there
    }

    pub(super) fn size_of(&self, hash: &Hash) -> Option<u64> {
        self.disk.open(&self.layout.blob(hash), Open::Read).ok()?.size_bytes().ok()
    }

    fn write(&self, bytes: &[u8]) -> io::Result<(PathBuf, Box<dyn StoreFile>)> {
        let (temp, file) = create_unfinished(&*self.disk, &self.layout)?;
        match file.write_at(bytes, 0).and_then(|()| file.make_read_only()) {
            Ok(()) => Ok((temp, file)),
            Err(error) => {
                drop(self.disk.remove(&temp));
                Err(error)
            }
        }
    }

    fn sync_contents(&self, group: &[([u8; 32], Arc<Waiting>)]) -> io::Result<()> {
        if std::mem::take(&mut self.state().write_again) {
            group.iter().try_for_each(|(_, waiting)| waiting.file.write_at(&waiting.bytes, 0))?;
        }
        let one_by_one = || group.iter().try_for_each(|(_, waiting)| waiting.file.sync());
        if group.len() < WHOLE_FROM { one_by_one() } else { self.sync_whole_or(one_by_one) }
    }

    fn give_name(&self, hash: &Hash, waiting: &Waiting) -> io::Result<()> {
        self.disk.rename(&waiting.temp, &self.layout.blob(hash), Put::Over)?;
        let mut state = self.state();
        state.touch(&self.layout, hash);
        state.waiting.remove(hash.as_bytes());
        state.waiting_bytes -= waiting.bytes.len();
        Ok(())
    }

    fn sync_folders(&self) -> io::Result<()> {
        let folders = std::mem::take(&mut self.state().unsynced);
        let one_by_one = || folders.iter().try_for_each(|folder| self.disk.sync_folder(folder));
        let synced = if folders.len() < WHOLE_FROM { one_by_one() } else { self.sync_whole_or(one_by_one) };
        if synced.is_err() {
            self.state().unsynced.extend(folders);
        }
        synced
    }

    /// Syncs the whole file system, where that can be done. Any other refusal stands, for what was refused once may be
    /// forgotten when it is asked for again.
    fn sync_whole_or(&self, otherwise: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        match self.disk.sync_whole(self.layout.home()) {
            Err(error) if error.kind() == ErrorKind::Unsupported => otherwise(),
            synced => synced,
        }
    }

    fn set_aside(&self, hash: &Hash, path: PathBuf) -> Missing {
        let aside = self.layout.damaged().join(hash.to_hex().as_str());
        let moved = self.disk.make_folder(&self.layout.damaged());
        let moved = moved.and_then(|()| self.disk.rename(&path, &aside, Put::Over));
        // On a disk that cannot be written to it stays where it is, and is not used either.
        Missing::Damaged { hash: *hash, path: if moved.is_ok() { aside } else { path } }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_full(&self) -> bool {
        self.waiting_bytes > MOST_WAITING_BYTES || self.waiting.len() >= MOST_WAITING
    }

    /// Lets a blob wait for a commit; hands it back where another thread has written the same meanwhile.
    fn wait(&mut self, hash: &Hash, blob: Arc<Waiting>) -> Option<Arc<Waiting>> {
        match self.waiting.entry(*hash.as_bytes()) {
            Entry::Occupied(_) => Some(blob),
            Entry::Vacant(vacant) => {
                self.waiting_bytes += blob.bytes.len();
                vacant.insert(blob);
                None
            }
        }
    }

    /// Says that the folder of a blob has to be synced, and where it is met for the first time its own name too: another
    /// process may have made it and not synced it.
    fn touch(&mut self, layout: &Layout, hash: &Hash) {
        let folder = layout.blob_folder(hash);
        if self.met.insert(folder.clone()) {
            self.unsynced.insert(layout.blobs());
        }
        self.unsynced.insert(folder);
    }
}

/// Makes a file for what gets its name once it is whole.
pub(super) fn create_unfinished(disk: &dyn StoreDisk, layout: &Layout) -> io::Result<(PathBuf, Box<dyn StoreFile>)> {
    let (folder, names) = (layout.unfinished(), RandomState::new());
    disk.make_folder(&folder)?;
    for tried in 0..NAMES_TRIED {
        let temp = folder.join(format!("{:016x}", names.hash_one(tried)));
        match disk.open(&temp, Open::New) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            opened => return Ok((temp, opened?)),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

impl Drop for Blobs {
    fn drop(&mut self) {
        // What was never committed was never promised.
        for waiting in self.state().waiting.values() {
            drop(self.disk.remove(&waiting.temp));
        }
    }
}
