//! The files of the index: the one place that knows sled.
//!
//! sled ends its own flush before the bytes are safe, so each commit syncs its file once more; and it may panic on damaged files,
//! so each call is guarded (`docs/decisions/index.md`).

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::seal::{sealed, unsealed, unsealed_in};
use super::{Fact, Table};

/// Memory for pages; what is really used is two to three times that.
const CACHE_BYTES: u64 = 4 << 20;

/// The file that holds the entries.
pub(super) const FILE: &str = "db";

/// So many entries are handed to sled at once; with thousands, it takes ten times the memory.
const FACTS_AT_ONCE: usize = 256;

/// How often a lock is tried that this process has just given back, and what lies between.
const LOCK_TRIES: u32 = 100;
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// Open files.
pub(super) struct Db {
    path: PathBuf,
    /// Taken out when it is closed, because that may panic too.
    sled: Option<sled::Db>,
    trees: Mutex<BTreeMap<Table, sled::Tree>>,
}

/// Why the files do not answer.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The disk refuses; the files may be whole.
    Refused(io::Error),
    /// The files are not as they should be.
    Damaged(String),
}

/// What is done with each entry, until it breaks off.
type Visit<'a> = dyn FnMut(&[u8], &[u8]) -> ControlFlow<()> + 'a;

type Asked<T> = Result<T, Trouble>;

/// What a disk answers when nothing is wrong with the files.
const REFUSALS: [ErrorKind; 4] =
    [ErrorKind::PermissionDenied, ErrorKind::QuotaExceeded, ErrorKind::ReadOnlyFilesystem, ErrorKind::StorageFull];

impl Db {
    /// Opens the files, or makes them.
    pub(super) fn open(path: &Path) -> Asked<Self> {
        let config = sled::Config::default().path(path).mode(sled::Mode::LowSpace).cache_capacity(CACHE_BYTES);
        let mut tries = 0;
        loop {
            match guarded(|| config.open()) {
                Ok(sled) => {
                    return Ok(Self { path: path.join(FILE), sled: Some(sled), trees: Mutex::default() });
                }
                // No other process comes this far; this one closes the files in threads of their own.
                Err(trouble) if trouble.is_lock() && tries < LOCK_TRIES => {
                    tries += 1;
                    thread::sleep(LOCK_PAUSE);
                }
                Err(trouble) => return Err(trouble),
            }
        }
    }

    pub(super) fn get(&self, table: Table, key: &[u8]) -> Asked<Option<Vec<u8>>> {
        let tree = self.tree(table)?;
        let found = guarded(|| tree.get(key))?;
        Ok(found.and_then(|bytes| unsealed(table, key, &bytes).map(<[u8]>::to_vec)))
    }

    pub(super) fn scan(&self, table: Table, prefix: &[u8], found: &mut Visit<'_>) -> Asked<()> {
        let tree = self.tree(table)?;
        let mut entries = guarded(|| Ok(tree.scan_prefix(prefix)))?;
        while let Some((key, bytes)) = guarded(|| entries.next().transpose())? {
            let value = unsealed(table, &key, &bytes);
            if value.is_some_and(|value| found(&key, value).is_break()) {
                break;
            }
        }
        Ok(())
    }

    /// Reads all entries of all tables; returns how many are not what was put there.
    pub(super) fn examine(&self) -> Asked<u64> {
        let sled = self.sled()?;
        let mut wrong = 0;
        for name in guarded(|| Ok(sled.tree_names()))? {
            // sled keeps a table of its own, without a seal.
            let Some(table) = std::str::from_utf8(&name).ok().filter(|name| !name.starts_with("__sled")) else {
                continue;
            };
            let tree = guarded(|| sled.open_tree(&name))?;
            let mut entries = guarded(|| Ok(tree.iter()))?;
            while let Some((key, bytes)) = guarded(|| entries.next().transpose())? {
                wrong += u64::from(unsealed_in(table, &key, &bytes).is_none());
            }
        }
        Ok(wrong)
    }

    pub(super) fn apply(&self, facts: &[Fact]) -> Asked<()> {
        facts.chunks(FACTS_AT_ONCE).try_for_each(|facts| self.apply_some(facts))
    }

    fn apply_some(&self, facts: &[Fact]) -> Asked<()> {
        let mut batches: BTreeMap<Table, sled::Batch> = BTreeMap::new();
        for Fact { table, key, value } in facts {
            let batch = batches.entry(*table).or_default();
            match value {
                Some(value) => batch.insert(key.as_slice(), sealed(*table, key, value)),
                None => batch.remove(key.as_slice()),
            }
        }
        for (table, batch) in batches {
            let tree = self.tree(table)?;
            guarded(|| tree.apply_batch(batch))?;
        }
        Ok(())
    }

    pub(super) fn commit(&self) -> Asked<()> {
        let sled = self.sled()?;
        guarded(|| sled.flush())?;
        File::open(&self.path).and_then(|file| file.sync_data()).map_err(Trouble::of)
    }

    fn tree(&self, table: Table) -> Asked<sled::Tree> {
        let mut trees = self.trees.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tree) = trees.get(&table) {
            return Ok(tree.clone());
        }
        let sled = self.sled()?;
        let tree = guarded(|| sled.open_tree(table.0))?;
        trees.insert(table, tree.clone());
        Ok(tree)
    }

    fn sled(&self) -> Asked<&sled::Db> {
        self.sled.as_ref().ok_or_else(|| Trouble::Damaged("it is closed".into()))
    }
}

impl Drop for Db {
    fn drop(&mut self) {
        let trees = std::mem::take(&mut *self.trees.lock().unwrap_or_else(PoisonError::into_inner));
        let sled = self.sled.take();
        // What it could not write when it is closed was never committed.
        drop(guarded(|| {
            drop((trees, sled));
            Ok(())
        }));
    }
}

impl Trouble {
    fn of(error: io::Error) -> Self {
        if REFUSALS.contains(&error.kind()) { Self::Refused(error) } else { Self::Damaged(error.to_string()) }
    }

    fn is_lock(&self) -> bool {
        matches!(self, Self::Damaged(text) if text.contains("could not acquire lock"))
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(error) => error.fmt(f),
            Self::Damaged(text) => f.write_str(text),
        }
    }
}

/// Calls sled; a panic is an error.
fn guarded<T>(call: impl FnOnce() -> sled::Result<T>) -> Asked<T> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(sled::Error::Io(error))) => Err(Trouble::of(error)),
        Ok(Err(error)) => Err(Trouble::Damaged(error.to_string())),
        Err(_) => Err(Trouble::Damaged("reading it panicked".into())),
    }
}
