//! Leases on domain objects (a document, a speaker, a scene): one process at a time may change one, and whoever stops saying that
//! it lives loses it.
//!
//! An object has a folder in `leases/`, named after the hash of its name. In it lies a file for the last lease, named after its
//! number, which grows with each lease on the object:
//!
//! | What happens | What is done |
//! | --- | --- |
//! | taken | the file of the next number is made, whole, under a name that must be free: of two takers one wins |
//! | kept | the holder writes a greater `beat` into its file, three times in the time to live, and looks for a greater number |
//! | given back | the file says so; it stays, so that numbers never begin anew |
//! | taken over | by the next number, once the file has not changed for the time to live, or its holder is provably dead |
//! | lost | the holder finds a greater number, or could not write for the time to live |
//!
//! Whoever waits for a lease watches the file with a clock of its own, so that a clock that is wrong or set anew on either
//! machine neither takes a lease away nor keeps one. Provably dead is who held the lock of its file in this very boot of this
//! machine and does not any more; of all others it is known that they have been silent.
//!
//! Between [`Lease::check`] and a write there is a moment in which a lease can still be lost. Who cannot bear that writes
//! [`Lease::number`] beside its content, and refuses what has a lower one.

mod clock;
mod file;
mod holder;
mod keeping;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::disk::StoreDisk;
use clock::{Clock, RealClock};
use file::{Found, Held, Said, latest};
pub use holder::Holder;
use keeping::Keeping;

/// How long a holder may be silent before others take its lease.
const TTL: Duration = Duration::from_secs(30);

/// How often it should be looked whether a lease is free.
pub const LOOK: Duration = Duration::from_millis(100);

/// The leases of a workspace, as this process takes them.
pub struct Leases {
    disk: Arc<dyn StoreDisk>,
    folder: Option<PathBuf>,
    clock: Arc<dyn Clock>,
    ttl: Duration,
    /// Says that this process lives; `None` where a test does that itself.
    keeping: Option<Arc<Keeping>>,
}

/// A lease on an object that is waited for.
pub struct Taking<'a> {
    leases: &'a Leases,
    object: String,
    name: String,
    /// The lease that is in the way, and since when it looks as it does.
    watched: Option<(Found, Duration)>,
}

/// A right to change an object; given back when it is dropped.
pub struct Lease(Arc<Held>);

/// A lease as others see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The object.
    pub object: String,
    /// Who holds it.
    pub holder: Holder,
    /// Whether the holder is provably dead.
    pub is_dead: bool,
    /// When the holder said last that it lives, by its own clock: milliseconds since 1970-01-01 UTC.
    pub heard_unix_ms: u64,
}

/// Why there is no lease, or no more.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// Somebody else has it.
    #[error("`{object}` is held by {holder}")]
    Held {
        /// The object.
        object: String,
        /// Who.
        holder: Holder,
    },
    /// It was taken over.
    #[error("the lease on `{object}` was lost to {holder}")]
    Lost {
        /// The object.
        object: String,
        /// By whom.
        holder: Holder,
    },
    /// It may have been taken over.
    #[error("the lease on `{object}` could not be kept")]
    NotKept {
        /// The object.
        object: String,
        /// Why not.
        #[source]
        cause: io::Error,
    },
    /// The files of leases cannot be written or read.
    #[error("no lease on `{object}` can be taken")]
    Refused {
        /// The object.
        object: String,
        /// Why not.
        #[source]
        cause: io::Error,
    },
}

impl Leases {
    /// Returns the leases that lie in a folder; without one nobody shares anything, and no lease can be taken.
    pub(crate) fn new(disk: Arc<dyn StoreDisk>, folder: Option<PathBuf>) -> Self {
        Self { disk, folder, clock: Arc::new(RealClock::default()), ttl: TTL, keeping: Some(Arc::default()) }
    }

    /// Takes the lease on an object for somebody who says its name to others. Waits for it where it is held; who is ready to
    /// wait longer than 30 s gets it from a holder that is silent as long.
    ///
    /// # Errors
    /// Somebody else holds it, or the system refuses.
    pub fn take(&self, object: &str, name: &str, patience: Duration) -> Result<Lease, LeaseError> {
        let end = self.clock.now() + patience;
        let mut taking = self.taking(object, name);
        loop {
            if let Some(lease) = taking.take()? {
                return Ok(lease);
            }
            if self.clock.now() >= end {
                return Err(taking.given_up());
            }
            self.clock.sleep(LOOK.min(end.saturating_sub(self.clock.now())));
        }
    }

    /// Begins to take the lease on an object, for who waits otherwise than by blocking.
    pub fn taking(&self, object: &str, name: &str) -> Taking<'_> {
        Taking { leases: self, object: object.to_owned(), name: name.to_owned(), watched: None }
    }

    /// Returns who holds what.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn all(&self) -> io::Result<Vec<Shown>> {
        let Some(folder) = &self.folder else { return Ok(Vec::new()) };
        let entries = match self.disk.list(folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut shown = Vec::new();
        for entry in entries.iter().filter(|entry| entry.is_folder) {
            let found = latest(&*self.disk, &folder.join(&entry.name))?;
            shown.extend(found.and_then(|found| found.shown(&*self.disk)));
        }
        shown.sort_by(|a, b| a.object.cmp(&b.object));
        Ok(shown)
    }

    fn folder_of(&self, object: &str) -> io::Result<PathBuf> {
        let Some(folder) = &self.folder else {
            return Err(io::Error::new(ErrorKind::NotFound, "there is no workspace to share it in"));
        };
        // The name says nothing by itself, so that no object can make it a bad one.
        let folder = folder.join(&blake3::hash(object.as_bytes()).to_hex()[..32]);
        self.disk.make_folder(&folder)?;
        Ok(folder)
    }

    /// Returns whether a lease may be taken over, and remembers since when it looks as it does.
    fn is_free(&self, found: &Found, watched: &mut Option<(Found, Duration)>) -> bool {
        if found.is_given_back() || found.is_dead(&*self.disk) {
            return true;
        }
        let now = self.clock.now();
        match watched {
            Some((before, since)) if before == found => now.saturating_sub(*since) >= found.ttl(self.ttl),
            _ => {
                *watched = Some((found.clone(), now));
                false
            }
        }
    }

    fn make(&self, folder: &Path, object: &str, name: &str, number: u64) -> io::Result<Held> {
        let said = Said::new(object, Holder::here(name, self.clock.unix_ms()), self.ttl);
        Held::make(self.disk.clone(), self.clock.clone(), folder, number, said)
    }

    fn kept(&self, held: Held) -> io::Result<Lease> {
        let lease = Lease(Arc::new(held));
        if let Some(keeping) = &self.keeping {
            keeping.add(&lease.0, self.ttl)?;
        }
        Ok(lease)
    }
}

impl Taking<'_> {
    /// Takes the lease, if it is free now; to be asked from time to time.
    ///
    /// # Errors
    /// The system refuses.
    pub fn take(&mut self) -> Result<Option<Lease>, LeaseError> {
        let refused = |cause| LeaseError::Refused { object: self.object.clone(), cause };
        let folder = self.leases.folder_of(&self.object).map_err(refused)?;
        loop {
            let found = latest(&*self.leases.disk, &folder).map_err(refused)?;
            if !found.as_ref().is_none_or(|found| self.leases.is_free(found, &mut self.watched)) {
                return Ok(None);
            }
            let number = found.map_or(0, |found| found.number) + 1;
            match self.leases.make(&folder, &self.object, &self.name, number) {
                // Somebody else was quicker.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                made => return made.and_then(|held| self.leases.kept(held)).map(Some).map_err(refused),
            }
        }
    }

    /// Returns the error of who waits no longer.
    pub fn given_up(self) -> LeaseError {
        let holder = self.watched.map(|(found, _)| found.holder()).unwrap_or_default();
        LeaseError::Held { object: self.object, holder }
    }
}

impl Lease {
    /// Returns the number of the lease: greater than that of each earlier one on the object.
    pub fn number(&self) -> u64 {
        self.0.number()
    }

    /// Comes back where the lease is still held. To be asked before each write.
    ///
    /// # Errors
    /// It was lost, or may have been.
    pub fn check(&self) -> Result<(), LeaseError> {
        self.0.check()
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Lease").field(&self.number()).finish()
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.0.give_back();
    }
}
