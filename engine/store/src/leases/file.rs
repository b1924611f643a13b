//! The file of a lease: what it says, and the one that this process holds.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::clock::Clock;
use super::{Holder, LeaseError, Shown};
use crate::checked;
use crate::disk::{Open, StoreDisk, StoreFile};

/// Longer names of objects are cut in what others are shown.
const OBJECT_CHARS: usize = 200;

/// How much longer what a file says may become: its numbers grow.
const GROWTH_BYTES: usize = 64;

/// What the file of a lease says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    object: String,
    holder: Holder,
    ttl_ms: u64,
    /// Grows as long as the holder lives.
    beat: u64,
    heard_unix_ms: u64,
    /// Whether the system keeps a lock on the file as long as its holder lives.
    is_locked: bool,
    is_given_back: bool,
}

/// A file of a lease, as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The number of the lease.
    pub number: u64,
    path: PathBuf,
    bytes: Vec<u8>,
}

/// A lease that this process holds.
pub struct Held {
    disk: Arc<dyn StoreDisk>,
    clock: Arc<dyn Clock>,
    folder: PathBuf,
    number: u64,
    state: Mutex<State>,
}

struct State {
    /// `None` once it was given back.
    file: Option<Box<dyn StoreFile>>,
    said: Said,
    /// How long what the file says may be.
    room_bytes: usize,
    /// When others were told last that the holder lives.
    kept_at: Duration,
    /// Who has taken it over.
    lost_to: Option<Holder>,
}

/// Returns the file of the last lease in the folder of an object.
///
/// # Errors
/// What the system refuses.
pub fn latest(disk: &dyn StoreDisk, folder: &Path) -> io::Result<Option<Found>> {
    loop {
        let Some(number) = numbers(disk, folder)?.into_iter().max() else { return Ok(None) };
        let path = folder.join(number.to_string());
        match disk.read(&path) {
            // Somebody has taken the lease meanwhile, and removed the old file.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            read => return Ok(Some(Found { number, path, bytes: read? })),
        }
    }
}

fn numbers(disk: &dyn StoreDisk, folder: &Path) -> io::Result<Vec<u64>> {
    Ok(disk.list(folder)?.iter().filter_map(|entry| entry.name.parse().ok()).collect())
}

impl Said {
    /// Returns what a new lease says.
    pub fn new(object: &str, holder: Holder, ttl: Duration) -> Self {
        let object = object.chars().take(OBJECT_CHARS).collect();
        let (heard_unix_ms, ttl_ms) = (holder.since_unix_ms, u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX));
        Self { object, heard_unix_ms, holder, ttl_ms, ..Self::default() }
    }
}

impl Found {
    /// Returns what it says; `None` where it is just being written, was never finished, or is damaged.
    fn said(&self) -> Option<Said> {
        checked::from_bytes(&self.bytes)
    }

    /// Returns who holds the lease, as far as that is said.
    pub fn holder(&self) -> Holder {
        self.said().unwrap_or_default().holder
    }

    /// Returns whether it was given back.
    pub fn is_given_back(&self) -> bool {
        self.said().is_some_and(|said| said.is_given_back)
    }

    /// Returns whether its holder is provably dead.
    pub fn is_dead(&self, disk: &dyn StoreDisk) -> bool {
        let proves = |said: &Said| said.is_locked && said.holder.is_of_this_boot();
        self.said().as_ref().is_some_and(proves) && disk.is_held(&self.path).is_ok_and(|is_held| !is_held)
    }

    /// Returns how long its holder may be silent, where it says so.
    pub fn ttl(&self, otherwise: Duration) -> Duration {
        self.said().map_or(otherwise, |said| Duration::from_millis(said.ttl_ms))
    }

    /// Returns the lease as others are shown it; `None` where nobody holds it.
    pub fn shown(&self, disk: &dyn StoreDisk) -> Option<Shown> {
        let said = self.said().filter(|said| !said.is_given_back)?;
        let is_dead = self.is_dead(disk);
        Some(Shown { object: said.object, holder: said.holder, is_dead, heard_unix_ms: said.heard_unix_ms })
    }
}

impl Held {
    /// Makes the file of a lease, which is on the disk when this returns, and removes those of earlier ones.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyExists`] where somebody else has taken this number; what the system refuses.
    pub fn make(
        disk: Arc<dyn StoreDisk>,
        clock: Arc<dyn Clock>,
        folder: &Path,
        number: u64,
        mut said: Said,
    ) -> io::Result<Self> {
        let path = folder.join(number.to_string());
        let kept_at = clock.now();
        let file = disk.open(&path, Open::New)?;
        // Some disks know no locks. A holder on one of those is never provably dead.
        said.is_locked = disk.is_held(&path)?;
        let room_bytes = checked::to_bytes(&said)?.len() + GROWTH_BYTES;
        let state = State { file: Some(file), said, room_bytes, kept_at, lost_to: None };
        let written = state.write().and_then(|()| state.sync()).and_then(|()| disk.sync_folder(folder));
        written.inspect_err(|_| drop(disk.remove(&path)))?;
        for earlier in numbers(&*disk, folder)?.into_iter().filter(|earlier| *earlier < number) {
            // What stays lies in nobody's way: the greatest number counts.
            drop(disk.remove(&folder.join(earlier.to_string())));
        }
        Ok(Self { disk, clock, folder: folder.to_owned(), number, state: Mutex::new(state) })
    }

    /// Returns its number.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Says that its holder lives, and looks whether somebody has taken it over.
    pub fn beat(&self) {
        let mut state = self.lock();
        // Who is told of trouble is whoever asks next: it may be over by then.
        drop(self.renew(&mut state).and_then(|()| self.look(&mut state)));
    }

    /// Comes back where it is still held.
    ///
    /// # Errors
    /// It was lost, or may have been.
    pub fn check(&self) -> Result<(), LeaseError> {
        let mut state = self.lock();
        let ttl = Duration::from_millis(state.said.ttl_ms);
        let is_silent = self.clock.now().saturating_sub(state.kept_at) >= ttl;
        let renewed = if is_silent { self.renew(&mut state) } else { Ok(()) };
        let object = state.said.object.clone();
        match renewed.and_then(|()| self.look(&mut state)) {
            Err(cause) => Err(LeaseError::NotKept { object, cause }),
            Ok(()) => state.lost_to.clone().map_or(Ok(()), |holder| Err(LeaseError::Lost { object, holder })),
        }
    }

    /// Gives it back. Where that cannot be written, the lock is given back at least.
    pub fn give_back(&self) {
        let mut state = self.lock();
        state.said.is_given_back = true;
        drop(state.write());
        state.file = None;
    }

    #[cfg(test)]
    pub fn drop_file(&self) {
        self.lock().file = None;
    }

    #[cfg(test)]
    pub fn path(&self) -> PathBuf {
        self.folder.join(self.number.to_string())
    }

    fn renew(&self, state: &mut State) -> io::Result<()> {
        if state.lost_to.is_some() {
            return Ok(());
        }
        let now = self.clock.now();
        state.said.beat += 1;
        state.said.heard_unix_ms = self.clock.unix_ms();
        state.write()?;
        state.kept_at = now;
        Ok(())
    }

    /// Looks for a later lease.
    fn look(&self, state: &mut State) -> io::Result<()> {
        if state.lost_to.is_none() && numbers(&*self.disk, &self.folder)?.iter().any(|number| *number > self.number) {
            state.lost_to = Some(latest(&*self.disk, &self.folder)?.map(|found| found.holder()).unwrap_or_default());
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Writes what is to be said over what was said, in one piece of the same length.
    fn write(&self) -> io::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let mut bytes = checked::to_bytes(&self.said)?;
        bytes.resize(bytes.len().max(self.room_bytes), b' ');
        file.write_at(&bytes, 0)
    }

    fn sync(&self) -> io::Result<()> {
        self.file.as_ref().map_or(Ok(()), |file| file.sync())
    }
}
