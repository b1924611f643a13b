//! Packs: small values one behind the other in files that only grow.
//!
//! A pack begins with `WLPK` and a version byte. An entry is `WLPE`, the size of its bytes (4), their hash (32) and the bytes;
//! numbers are little endian. A process writes to packs of its own, so a torn tail is never written behind.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use blake3::Hash;

use super::blobs::create_unfinished;
use super::missing::Missing;
use super::stored::{Place, take};
use crate::disk::{Open, Put, StoreDisk, StoreFile};
use crate::layout::Layout;

/// A value of more bytes gets a file of its own.
pub(super) const MOST_PACKED_BYTES: usize = 64 << 10;

/// A pack that is larger takes no further values.
const PACK_BYTES: u64 = 256 << 20;

/// So much is gathered before it is written.
const WRITE_BYTES: usize = 1 << 20;

/// What waits for a commit, at most; beyond, whoever brings more commits.
const MOST_WAITING_BYTES: usize = 16 << 20;

/// Values that are known to be there, so that they are not written twice.
const MOST_KNOWN: usize = 100_000;

/// Packs that are kept open for reading.
const MOST_OPEN: usize = 64;

const NAMES_TRIED: u32 = 1000;
const HEADER: &[u8; 5] = b"WLPK\x01";
const ENTRY: &[u8; 4] = b"WLPE";
pub(super) const ENTRY_BYTES: usize = 40;

/// The packs of a workspace.
pub(super) struct Packs {
    disk: Arc<dyn StoreDisk>,
    layout: Layout,
    state: Mutex<State>,
    readers: Mutex<BTreeMap<u64, Arc<dyn StoreFile>>>,
    /// One commit at a time.
    committing: Mutex<()>,
}

#[derive(Default)]
struct State {
    names: RandomState,
    known: HashMap<Hash, Place>,
    /// The packs of this process that are not durable as a whole; values go into the last.
    growing: Vec<Growing>,
}

struct Growing {
    pack: u64,
    file: Arc<dyn StoreFile>,
    /// What is not durable yet.
    waiting: Vec<u8>,
    /// Where that begins.
    start: u64,
    /// How much of it was handed to the system.
    written: usize,
    is_named: bool,
}

impl Packs {
    pub(super) fn new(disk: Arc<dyn StoreDisk>, layout: Layout) -> Self {
        Self { disk, layout, state: Mutex::default(), readers: Mutex::default(), committing: Mutex::default() }
    }

    /// Puts bytes into a pack, unless they are known to be in one; they are durable after the next commit.
    pub(super) fn put(&self, hash: &Hash, bytes: &[u8]) -> io::Result<Place> {
        if let Some(place) = self.state().known.get(hash) {
            return Ok(*place);
        }
        if self.state().is_full() {
            self.commit()?;
        }
        let mut state = self.state();
        let growing = self.growing(&mut state)?;
        let place = growing.append(hash, bytes);
        if growing.waiting.len() - growing.written > WRITE_BYTES {
            // What the disk refuses now it is asked for again by the commit.
            drop(growing.write());
        }
        state.know(place);
        Ok(place)
    }

    /// Returns once all that was put before is durable. What failed is tried again by the next commit.
    pub(super) fn commit(&self) -> io::Result<()> {
        let _one = self.committing.lock().unwrap_or_else(PoisonError::into_inner);
        let packs: Vec<u64> = self.state().growing.iter().map(|growing| growing.pack).collect();
        packs.into_iter().try_for_each(|pack| self.commit_one(pack))?;
        let mut state = self.state();
        let last = state.growing.last().map(|growing| growing.pack);
        state.growing.retain(|growing| !growing.waiting.is_empty() || Some(growing.pack) == last);
        Ok(())
    }

    /// Reads a value; damage is named, and the pack stays.
    pub(super) fn get(&self, place: &Place) -> Result<Vec<u8>, Missing> {
        if let Some(bytes) = self.state().unsaved(place) {
            return Ok(bytes);
        }
        let (hash, path) = (place.hash, self.layout.pack(place.pack));
        let mut entry = vec![0; ENTRY_BYTES + place.size_bytes as usize];
        let read = self.reader(place.pack).and_then(|pack| pack.read_exact_at(&mut entry, place.at));
        match read {
            Ok(()) if is_entry(&entry, place) => Ok(entry.split_off(ENTRY_BYTES)),
            Ok(()) => Err(Missing::Damaged { hash, path }),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Err(Missing::Damaged { hash, path }),
            Err(error) if error.kind() == ErrorKind::NotFound => Err(Missing::Gone { hash }),
            Err(cause) => Err(Missing::Unreadable { hash, path, cause }),
        }
    }

    pub(super) fn contains(&self, place: &Place) -> bool {
        self.state().unsaved(place).is_some() || self.is_there(place).unwrap_or(false)
    }

    /// Returns whether the head of the entry stands at its place: where something was deleted, there is nothing.
    fn is_there(&self, place: &Place) -> io::Result<bool> {
        let (pack, mut head) = (self.reader(place.pack)?, [0; ENTRY_BYTES]);
        pack.read_exact_at(&mut head, place.at)?;
        let end = place.at.saturating_add(place.takes_bytes());
        Ok(is_head(&head, place) && end <= pack.size_bytes()?)
    }

    /// Hands over the place of every whole entry of every pack, for an index that is made anew.
    pub(super) fn scan(&self, mut found: impl FnMut(Place)) -> io::Result<()> {
        for pack in self.all()? {
            scan_pack(pack, &self.disk.read(&self.layout.pack(pack))?, &mut found);
        }
        Ok(())
    }

    /// Returns the whole values of a pack, and how many bytes in front of the last of them belong to none: behind it, a torn tail
    /// cannot be told from damage.
    pub(super) fn examine(&self, pack: u64) -> io::Result<(Vec<Place>, u64)> {
        let bytes = self.disk.read(&self.layout.pack(pack))?;
        let (mut places, mut end, mut lost) = (Vec::new(), HEADER.len(), 0);
        scan_pack(pack, &bytes, &mut |place| {
            // Holes are what was deleted.
            let between = &bytes[end.min(place.at as usize)..place.at as usize];
            lost += if between.iter().any(|byte| *byte != 0) { between.len() as u64 } else { 0 };
            end = place.at as usize + place.takes_bytes() as usize;
            places.push(place);
        });
        let head = bytes.iter().zip(HEADER).filter(|(found, meant)| found != meant).count();
        Ok((places, lost + head as u64))
    }

    /// Takes what belongs to no value out of a pack. A copy of it, as it was, is kept with what is damaged.
    pub(super) fn mend(&self, pack: u64, whole: &[Place]) -> io::Result<()> {
        let path = self.layout.pack(pack);
        let (temp, file) = create_unfinished(&*self.disk, &self.layout)?;
        let copied = self.disk.read(&path).and_then(|bytes| file.write_at(&bytes, 0)).and_then(|()| file.sync());
        let folder = self.layout.damaged();
        let kept = copied.and_then(|()| self.disk.make_folder(&folder)).and_then(|()| {
            self.disk.rename(&temp, &folder.join(path.file_name().unwrap_or_default()), Put::Over)?;
            self.disk.sync_folder(&folder)
        });
        match kept {
            Ok(()) => self.thin(pack, whole),
            Err(error) => {
                drop(self.disk.remove(&temp));
                Err(error)
            }
        }
    }

    /// Returns the packs that are there.
    pub(super) fn all(&self) -> io::Result<Vec<u64>> {
        let entries = match self.disk.list(&self.layout.packs()) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let number = |entry: &crate::disk::Entry| u64::from_str_radix(entry.name.strip_suffix(".pack")?, 16).ok();
        Ok(entries.iter().filter_map(number).collect())
    }

    /// Returns how much room the packs take on the disk, in bytes.
    pub(super) fn takes_bytes(&self) -> io::Result<u64> {
        match self.disk.list(&self.layout.packs()) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
            entries => Ok(entries?.iter().map(|entry| entry.takes_bytes).sum()),
        }
    }

    /// Makes a pack smaller: what is not live in it takes no room any more, and what is stays at its place, since records name
    /// that. Where nothing is live, the pack goes. No process may be writing to it.
    pub(super) fn thin(&self, pack: u64, live: &[Place]) -> io::Result<()> {
        let path = self.layout.pack(pack);
        let readers = || self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if live.is_empty() {
            readers().remove(&pack);
            return self.disk.remove(&path);
        }
        let (temp, file) = create_unfinished(&*self.disk, &self.layout)?;
        let copied = self.copy_entries(pack, live, &*file).and_then(|()| file.sync());
        if let Err(error) = copied {
            drop(self.disk.remove(&temp));
            return Err(error);
        }
        self.disk.rename(&temp, &path, Put::Over)?;
        readers().remove(&pack);
        self.disk.sync_folder(&self.layout.packs())
    }

    /// Copies entries to their places in another file; what lies between takes no room where the system knows holes.
    fn copy_entries(&self, pack: u64, live: &[Place], to: &dyn StoreFile) -> io::Result<()> {
        to.write_at(HEADER, 0)?;
        let from = self.reader(pack)?;
        for place in live {
            let mut entry = vec![0; ENTRY_BYTES + place.size_bytes as usize];
            from.read_exact_at(&mut entry, place.at)?;
            to.write_at(&entry, place.at)?;
        }
        Ok(())
    }

    /// Returns the pack that takes values.
    fn growing<'a>(&self, state: &'a mut State) -> io::Result<&'a mut Growing> {
        let has_room = state.growing.last().is_some_and(|growing| growing.end() < PACK_BYTES);
        if !has_room {
            let new = self.new_pack(&state.names)?;
            state.growing.push(new);
        }
        state.growing.last_mut().ok_or_else(|| ErrorKind::NotFound.into())
    }

    fn new_pack(&self, names: &RandomState) -> io::Result<Growing> {
        self.disk.make_folder(&self.layout.packs())?;
        for tried in 0..NAMES_TRIED {
            let pack = names.hash_one(tried);
            match self.disk.open(&self.layout.pack(pack), Open::New) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                opened => return Ok(Growing::new(pack, opened?.into())),
            }
        }
        Err(ErrorKind::AlreadyExists.into())
    }

    fn commit_one(&self, pack: u64) -> io::Result<()> {
        let (file, bytes, is_named) = {
            let mut state = self.state();
            let Some(growing) = state.find(pack).filter(|growing| !growing.waiting.is_empty()) else { return Ok(()) };
            growing.write()?;
            (growing.file.clone(), growing.waiting.len(), growing.is_named)
        };
        // Waiting for the disk needs no lock, so that others can put meanwhile.
        let synced =
            file.sync().and_then(|()| if is_named { Ok(()) } else { self.disk.sync_folder(&self.layout.packs()) });
        if let Some(growing) = self.state().find(pack) {
            match &synced {
                Ok(()) => growing.is_durable(bytes),
                // The system may have forgotten what it could not write.
                Err(_) => growing.written = 0,
            }
        }
        synced
    }

    fn reader(&self, pack: u64) -> io::Result<Arc<dyn StoreFile>> {
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reader) = readers.get(&pack) {
            return Ok(reader.clone());
        }
        if readers.len() >= MOST_OPEN {
            readers.pop_first();
        }
        let reader: Arc<dyn StoreFile> = self.disk.open(&self.layout.pack(pack), Open::Read)?.into();
        readers.insert(pack, reader.clone());
        Ok(reader)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn find(&mut self, pack: u64) -> Option<&mut Growing> {
        self.growing.iter_mut().find(|growing| growing.pack == pack)
    }

    fn is_full(&self) -> bool {
        self.growing.iter().map(|growing| growing.waiting.len()).sum::<usize>() > MOST_WAITING_BYTES
    }

    fn know(&mut self, place: Place) {
        if self.known.len() >= MOST_KNOWN {
            self.known.clear();
        }
        self.known.insert(place.hash, place);
    }

    /// Returns bytes that are not durable yet.
    fn unsaved(&mut self, place: &Place) -> Option<Vec<u8>> {
        let growing = self.find(place.pack)?;
        let from = usize::try_from(place.at.checked_sub(growing.start)?).ok()?;
        let entry = growing.waiting.get(from..from + ENTRY_BYTES + place.size_bytes as usize)?;
        is_entry(entry, place).then(|| entry[ENTRY_BYTES..].to_vec())
    }
}

impl Growing {
    fn new(pack: u64, file: Arc<dyn StoreFile>) -> Self {
        Self { pack, file, waiting: HEADER.to_vec(), start: 0, written: 0, is_named: false }
    }

    fn end(&self) -> u64 {
        self.start + self.waiting.len() as u64
    }

    fn append(&mut self, hash: &Hash, bytes: &[u8]) -> Place {
        let place = Place { hash: *hash, size_bytes: bytes.len() as u32, pack: self.pack, at: self.end() };
        self.waiting.extend(ENTRY);
        self.waiting.extend(place.size_bytes.to_le_bytes());
        self.waiting.extend(hash.as_bytes());
        self.waiting.extend(bytes);
        place
    }

    fn write(&mut self) -> io::Result<()> {
        self.file.write_at(&self.waiting[self.written..], self.start + self.written as u64)?;
        self.written = self.waiting.len();
        Ok(())
    }

    fn is_durable(&mut self, bytes: usize) {
        self.waiting.drain(..bytes);
        self.start += bytes as u64;
        self.written -= bytes;
        self.is_named = true;
    }
}

fn is_entry(entry: &[u8], place: &Place) -> bool {
    is_head(&entry[..ENTRY_BYTES], place) && blake3::hash(&entry[ENTRY_BYTES..]) == place.hash
}

fn is_head(head: &[u8], place: &Place) -> bool {
    head.starts_with(ENTRY) && head[4..8] == place.size_bytes.to_le_bytes() && head[8..] == *place.hash.as_bytes()
}

fn scan_pack(pack: u64, bytes: &[u8], found: &mut impl FnMut(Place)) {
    let mut at = HEADER.len();
    while at < bytes.len() {
        match entry_at(pack, bytes, at) {
            Some(place) => {
                found(place);
                at += ENTRY_BYTES + place.size_bytes as usize;
            }
            // Damage: whatever looks like an entry behind it is looked at.
            None => at += 1 + bytes[at + 1..].windows(4).position(|four| four == ENTRY).unwrap_or(bytes.len()),
        }
    }
}

fn entry_at(pack: u64, bytes: &[u8], at: usize) -> Option<Place> {
    let mut entry = bytes[at..].strip_prefix(ENTRY)?;
    let size_bytes = u32::from_le_bytes(take(&mut entry)?);
    let hash = Hash::from_bytes(take(&mut entry)?);
    let content = entry.get(..size_bytes as usize).filter(|content| content.len() <= MOST_PACKED_BYTES)?;
    (blake3::hash(content) == hash).then_some(Place { hash, size_bytes, pack, at: at as u64 })
}
