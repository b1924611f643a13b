//! The content of files from outside, hashed once for as long as they are as they were.
//!
//! A file is taken for unchanged where size, times of the last change of its content and of its entry, and number on the disk are the
//! same: programs that copy and unpack set the time of the content as they like, the other is the system's own. One that was changed
//! within the last moments is hashed again, since another change might not show. Whoever hashes a file to use it next on the same
//! thread can have it held meanwhile, so that it is read once.

use std::collections::HashMap;
use std::fs;
use std::io::{self, Cursor};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use blake3::{Hash, Hasher};
use rustix::buffer::spare_capacity;
use rustix::io::Errno;
use windlass_core::context::OpenFile;
use windlass_core::node::{NodeError, explain_io};
use windlass_core::value::{File, FileContent};

use crate::cache::Cache;
use crate::journal::{FileSeen, Wrote};
use crate::read::{open_file, open_regular};
use crate::seen::{Number, Seen};

/// So many files are known in memory, in a table that is full then; what was forgotten is found in the index, or read again.
const MOST_KNOWN: usize = 14 * 1024;

/// A thread holds so many bytes of files at most, between hashing and using them.
const MOST_HELD_BYTES: u64 = 16 << 20;

/// What is known of files.
#[derive(Default)]
pub struct FileHashes {
    /// The hash of the content, by a number that stands for the path and what the file was like.
    known: Mutex<HashMap<Number, Hash>>,
    /// What files hold that were hashed to be used next, by who uses them.
    held: Mutex<HashMap<ThreadId, Held>>,
    /// What earlier runs knew.
    cache: Option<Arc<Cache>>,
}

/// How an open file is hashed, and its size when it was opened.
type Hashing<'a> = dyn FnMut(&fs::File, u64) -> io::Result<Hash> + 'a;

type Held = Vec<(PathBuf, Vec<u8>)>;

impl FileHashes {
    /// Knows what earlier runs knew, too.
    pub fn with_cache(cache: Option<Arc<Cache>>) -> Self {
        Self { cache, ..Self::default() }
    }

    /// Returns the hash of a file's content. Blocks where it has to be read.
    ///
    /// # Errors
    /// It cannot be read, or is no regular file.
    pub fn hash(&self, file: &File) -> Result<Hash, NodeError> {
        let path = match &file.content {
            FileContent::Bytes(bytes) => return Ok(blake3::hash(bytes)),
            FileContent::Path(path) => path,
        };
        match self.known(path) {
            Some(hash) => Ok(hash),
            None => self.read(path, &mut |disk, _| hash_whole(disk)),
        }
    }

    /// Does the same, and holds what had to be read for [`FileHashes::open`] on this thread, until [`FileHashes::let_go`].
    ///
    /// # Errors
    /// It cannot be read, or is no regular file.
    pub fn hash_to_use(&self, file: &File) -> Result<Hash, NodeError> {
        match file.path() {
            Some(path) if self.known(path).is_none() => self.read(path, &mut |disk, size| self.hold(path, disk, size)),
            _ => self.hash(file),
        }
    }

    /// Opens the content of a file, which may have been read on this thread a moment ago.
    ///
    /// # Errors
    /// As [`open_file`].
    pub fn open(&self, file: &File) -> Result<OpenFile, NodeError> {
        let bytes = file.path().and_then(|path| {
            let mut held = self.held();
            let held = held.get_mut(&thread::current().id())?;
            let at = held.iter().position(|(known, _)| known == path)?;
            Some(held.swap_remove(at).1)
        });
        match bytes {
            Some(bytes) => Ok(OpenFile { size_bytes: bytes.len() as u64, reader: Box::new(Cursor::new(bytes)) }),
            None => open_file(file),
        }
    }

    /// Forgets what is held for this thread.
    pub fn let_go(&self) {
        self.held().remove(&thread::current().id());
    }

    fn hold(&self, path: &Path, disk: &fs::File, size: u64) -> io::Result<Hash> {
        let thread = thread::current().id();
        let held: usize = self.held().get(&thread).map_or(0, |held| held.iter().map(|(_, bytes)| bytes.len()).sum());
        if size.saturating_add(held as u64) > MOST_HELD_BYTES {
            return hash_whole(disk);
        }
        let bytes = read_some(disk, size)?;
        let mut hasher = Hasher::new();
        hasher.update(&bytes);
        if bytes.len() as u64 >= MOST_HELD_BYTES {
            // It has grown since it was opened, and may go on growing.
            hasher.update_reader(disk)?;
        } else {
            self.held().entry(thread).or_default().push((path.to_owned(), bytes));
        }
        Ok(hasher.finalize())
    }

    /// Returns the hash of the content of a file on disk, where it is known without reading it.
    pub fn known(&self, path: &Path) -> Option<Hash> {
        let number = Seen::of(&fs::metadata(path).ok()?).number(path);
        let known = self.lock().get(&number).copied();
        known.or_else(|| self.cached(path, number))
    }

    /// Returns what an earlier run knew, where it is about the file as it is now.
    fn cached(&self, path: &Path, number: Number) -> Option<Hash> {
        let found = self.cache.as_ref()?.file(path.as_os_str().as_encoded_bytes())?;
        let (seen, hash) = found.split_first_chunk()?;
        let hash = Hash::from_slice(hash).ok().filter(|_| Seen::from_bytes(*seen).number(path) == number)?;
        self.remember(number, hash);
        Some(hash)
    }

    fn insert(&self, path: &Path, seen: Seen, hash: Hash) {
        self.remember(seen.number(path), hash);
        if let Some(cache) = &self.cache {
            let noted = seen.to_bytes().iter().chain(hash.as_bytes()).copied().collect();
            cache.note_file(path.as_os_str().as_encoded_bytes(), noted);
        }
    }

    fn remember(&self, number: Number, hash: Hash) {
        let mut known = self.lock();
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        known.insert(number, hash);
    }

    /// Takes note of what a file says whose content was just written.
    pub fn note(&self, path: &Path, hash: Hash) {
        if let Ok(metadata) = fs::metadata(path) {
            self.insert(path, Seen::of(&metadata), hash);
        }
    }

    /// Returns whether a file that was put in place still has its content. Blocks where it has to be read for that.
    pub fn stands(&self, wrote: &Wrote) -> bool {
        let has_size = fs::metadata(&wrote.path).is_ok_and(|found| found.is_file() && found.len() == wrote.size_bytes);
        let file = File::on_disk(&wrote.path, "", "");
        has_size && self.hash(&file).is_ok_and(|hash| *hash.to_hex() == *wrote.content)
    }

    /// Opens a file and hashes it, and remembers the hash if it did not change meanwhile.
    fn read(&self, path: &Path, hash: &mut Hashing<'_>) -> Result<Hash, NodeError> {
        let explained = |error: io::Error| explain_io("read", path, &error);
        let (disk, before) = open_regular(path)?;
        let hash = hash(&disk, before.len()).map_err(explained)?;
        let after = Seen::of(&disk.metadata().map_err(explained)?);
        if Seen::of(&before) == after && after.is_settled() {
            self.insert(path, after, hash);
        }
        Ok(hash)
    }

    fn held(&self) -> MutexGuard<'_, HashMap<ThreadId, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Number, Hash>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads a file of about this size at once: what grows by and by is copied by and by. Where a thread may not hold all of it, it
/// is read no further.
fn read_some(disk: &fs::File, size: u64) -> io::Result<Vec<u8>> {
    // The end of a file shows where a byte more was asked for.
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default() + 1);
    while (bytes.len() as u64) < MOST_HELD_BYTES {
        if bytes.len() == bytes.capacity() {
            bytes.reserve(bytes.len());
        }
        match rustix::io::read(disk, spare_capacity(&mut bytes)) {
            Ok(0) => break,
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
    Ok(bytes)
}

fn hash_whole(disk: &fs::File) -> io::Result<Hash> {
    let mut hasher = Hasher::new();
    hasher.update_reader(disk)?;
    Ok(hasher.finalize())
}

impl FileSeen {
    /// Returns how a file is on disk now; `None` where it is not.
    pub fn now(path: &Path) -> Option<Self> {
        let Seen { size, mtime_ns, inode, .. } = Seen::of(&fs::metadata(path).ok()?);
        Some(Self { path: path.to_owned(), size, mtime_ns, inode })
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    #[test]
    fn a_file_is_known_until_it_changes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let write = |text: &str, age: u64| {
            std::fs::write(&path, text).unwrap();
            let time = SystemTime::now() - Duration::from_secs(age);
            std::fs::File::open(&path).unwrap().set_modified(time).unwrap();
        };
        let (hashes, file) = (FileHashes::default(), File::on_disk(&path, "a", "text/plain"));
        write("one", 100);
        assert_eq!(hashes.hash(&file).unwrap(), blake3::hash(b"one"));
        assert_eq!(hashes.known(&path), Some(blake3::hash(b"one")));
        write("two", 50);
        assert_eq!(hashes.known(&path), None);
        assert_eq!(hashes.hash(&file).unwrap(), blake3::hash(b"two"));
        write("new", 0);
        assert_eq!(hashes.hash(&file).unwrap(), blake3::hash(b"new"));
        assert_eq!(hashes.known(&path), None, "another change in this moment might not show");
    }

    /// As programs do that unpack or copy files with their times.
    #[test]
    fn a_file_that_was_replaced_in_place_with_the_time_of_the_old_one_is_another() {
        use std::os::unix::fs::MetadataExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let time = SystemTime::now() - Duration::from_secs(100);
        let write = |text: &str| {
            std::fs::write(&path, text).unwrap();
            std::fs::File::open(&path).unwrap().set_modified(time).unwrap();
            let metadata = std::fs::metadata(&path).unwrap();
            (metadata.ctime(), metadata.ctime_nsec())
        };
        let (hashes, file) = (FileHashes::default(), File::on_disk(&path, "a", "text/plain"));
        let before = write("one");
        assert_eq!(hashes.hash(&file).unwrap(), blake3::hash(b"one"));
        // The clock of the disk is coarse.
        while write("two") == before {}
        assert_eq!(hashes.hash(&file).unwrap(), blake3::hash(b"two"));
    }

    #[test]
    fn what_is_hashed_to_be_used_is_read_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "one").unwrap();
        let (hashes, file) = (FileHashes::default(), File::on_disk(&path, "a", "text/plain"));
        let used = || String::from_utf8(hashes.open(&file).unwrap().read_all("a", 9).unwrap()).unwrap();
        assert_eq!(hashes.hash_to_use(&file).unwrap(), blake3::hash(b"one"));
        std::fs::write(&path, "two").unwrap();
        assert_eq!(
            thread::scope(|scope| scope.spawn(used).join().unwrap()),
            "two",
            "another thread has hashed nothing"
        );
        assert_eq!(used(), "one", "what was hashed is what is used");
        assert_eq!(used(), "two", "nobody has hashed it since");
        assert_eq!(hashes.hash_to_use(&file).unwrap(), blake3::hash(b"two"));
        std::fs::write(&path, "new").unwrap();
        hashes.let_go();
        assert_eq!(used(), "new");
    }

    #[test]
    fn a_file_that_grows_while_it_is_read_is_hashed_whole_and_not_held() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let size = MOST_HELD_BYTES + 1;
        fs::File::create(&path).unwrap().set_len(size).unwrap();
        let hashes = FileHashes::default();
        let hash = hashes.hold(&path, &fs::File::open(&path).unwrap(), 1).unwrap();
        assert_eq!(hash, hash_whole(&fs::File::open(&path).unwrap()).unwrap());
        assert!(hashes.held().is_empty());
    }

    #[test]
    fn a_written_file_stands_while_it_has_its_content() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "one").unwrap();
        let content = blake3::hash(b"one").to_hex().to_string();
        let (hashes, wrote) = (FileHashes::default(), Wrote { path: path.clone(), content, size_bytes: 3 });
        assert!(hashes.stands(&wrote));
        std::fs::write(&path, "two").unwrap();
        assert!(!hashes.stands(&wrote));
        std::fs::remove_file(&path).unwrap();
        assert!(!hashes.stands(&wrote));
    }
}
