//! The files of the index: the one place that knows redb.
//!
//! Its memory is the cache that it is given, however many entries there are. It may panic on damaged files, so each call is
//! guarded (`docs/decisions/index.md`).

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::fs;
use std::io::{self, ErrorKind};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use redb::{
    Builder, Database, Durability, Error, ReadOnlyTable, ReadableDatabase, ReadableTable, TableDefinition, TableError,
    TableHandle, WriteTransaction,
};

use super::clean;
use super::seal::{sealed, unsealed, unsealed_in};
use super::{Fact, Table};

/// Memory for pages, those that are read and those that wait to be written.
const CACHE_BYTES: usize = 2 << 20;

/// The file that holds the entries.
pub(super) const FILE: &str = "db";

/// What is being made, before it gets its name.
const NEW_FILE: &str = "db.new";

/// After so many facts what was applied is brought to the disk unasked: until then the file takes room for what is written
/// over, and a kill costs reading so much of journals again.
const DURABLE_AFTER: usize = 8192;

/// Open files.
pub(super) struct Db {
    folder: PathBuf,
    /// Taken out when it is closed, because that may panic too.
    redb: Option<Database>,
    /// How many facts were applied since the disk had everything.
    applied: AtomicUsize,
    /// Tables that were asked since facts were last applied, as they are since: to open one takes as long as to ask it.
    opened: Mutex<BTreeMap<Table, Option<Arc<Entries>>>>,
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

/// A table as redb knows it.
type Entries = ReadOnlyTable<&'static [u8], &'static [u8]>;

/// What reading answers when something is wrong with the files. All else is a disk or a system that refuses.
const DAMAGE: [ErrorKind; 4] =
    [ErrorKind::InvalidData, ErrorKind::UnexpectedEof, ErrorKind::IsADirectory, ErrorKind::NotADirectory];

impl Db {
    /// Opens the files, or makes them.
    pub(super) fn open(path: &Path) -> Asked<Self> {
        let redb = guarded(|| if path.join(FILE).exists() { found(path) } else { made(path) })?;
        Ok(Self { folder: path.to_owned(), redb: Some(redb), applied: AtomicUsize::new(0), opened: Mutex::default() })
    }

    pub(super) fn get(&self, table: Table, key: &[u8]) -> Asked<Option<Vec<u8>>> {
        let Some(entries) = self.opened(table)? else { return Ok(None) };
        let found = guarded(|| entries.get(key))?;
        Ok(found.and_then(|bytes| unsealed(table, key, bytes.value()).map(<[u8]>::to_vec)))
    }

    pub(super) fn scan(&self, table: Table, prefix: &[u8], found: &mut Visit<'_>) -> Asked<()> {
        let Some(entries) = self.entries(table.0)? else { return Ok(()) };
        let mut entries = guarded(|| entries.range(prefix..))?;
        while let Some((key, bytes)) = guarded(|| entries.next().transpose())? {
            if !key.value().starts_with(prefix) {
                break;
            }
            let value = unsealed(table, key.value(), bytes.value());
            if value.is_some_and(|value| found(key.value(), value).is_break()) {
                break;
            }
        }
        Ok(())
    }

    /// Reads all entries of all tables; returns how many are not what was put there.
    pub(super) fn examine(&mut self) -> Asked<u64> {
        self.forget_opened();
        let redb = self.redb.as_mut().ok_or(Error::DatabaseClosed)?;
        let mut wrong = u64::from(!guarded(|| redb.check_integrity())?);
        let read = guarded(|| self.redb()?.begin_read().map_err(Error::from))?;
        let names: Vec<String> = guarded(|| read.list_tables())?.map(|table| table.name().to_owned()).collect();
        for name in names {
            let Some(entries) = self.entries(&name)? else { continue };
            let mut entries = guarded(|| entries.iter())?;
            while let Some((key, bytes)) = guarded(|| entries.next().transpose())? {
                wrong += u64::from(unsealed_in(&name, key.value(), bytes.value()).is_none());
            }
        }
        Ok(wrong)
    }

    /// Takes facts in, all or none. They are on the disk after the next commit.
    pub(super) fn apply(&self, facts: &[Fact]) -> Asked<()> {
        let applied = self.applied.fetch_add(facts.len(), Ordering::Relaxed) + facts.len();
        let is_durable = applied >= DURABLE_AFTER;
        self.write(is_durable, |writing| put(writing, facts))
    }

    pub(super) fn commit(&self) -> Asked<()> {
        self.write(true, |_| Ok(()))
    }

    /// Closes the files, and marks them as closed. Whoever asks them afterwards is refused.
    pub(super) fn shut(&mut self) -> Asked<()> {
        let Some(redb) = self.redb.take() else { return Ok(()) };
        self.forget_opened();
        guarded(|| redb.close())?;
        guarded(|| clean::mark(&self.folder, FILE).map_err(Error::from))
    }

    fn write(&self, is_durable: bool, fill: impl FnOnce(&WriteTransaction) -> Result<(), Error>) -> Asked<()> {
        guarded(|| {
            let mut writing = self.redb()?.begin_write()?;
            match is_durable {
                // Without it a damaged last commit is passed over in silence, for the one before.
                true => writing.set_two_phase_commit(true),
                false => writing.set_durability(Durability::None)?,
            }
            fill(&writing)?;
            writing.commit().map_err(Error::from)
        })?;
        self.forget_opened();
        if is_durable {
            self.applied.store(0, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Returns a table as it is since facts were last applied; `None` where nothing was ever put into it.
    fn opened(&self, table: Table) -> Asked<Option<Arc<Entries>>> {
        // Whoever applies facts forgets what was opened before, even what is being opened now.
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = opened.get(&table) {
            return Ok(known.clone());
        }
        let entries = self.entries(table.0)?.map(Arc::new);
        opened.insert(table, entries.clone());
        Ok(entries)
    }

    fn forget_opened(&self) {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Returns a table as it is now; `None` where nothing was ever put into it.
    fn entries(&self, name: &str) -> Asked<Option<Entries>> {
        guarded(|| match self.redb()?.begin_read()?.open_table(definition(name)) {
            Err(TableError::TableDoesNotExist(_)) => Ok(None),
            opened => opened.map(Some).map_err(Error::from),
        })
    }

    fn redb(&self) -> Result<&Database, Error> {
        self.redb.as_ref().ok_or(Error::DatabaseClosed)
    }
}

impl Drop for Db {
    fn drop(&mut self) {
        // What it could not write when it is closed was never committed; who opens it next reads all of it.
        drop(self.shut());
    }
}

fn builder() -> Builder {
    let mut builder = Database::builder();
    builder.set_cache_size(CACHE_BYTES);
    builder
}

/// Opens the files. They are read whole where they may have been changed since they were closed.
fn found(path: &Path) -> Result<Database, redb::DatabaseError> {
    let is_clean = clean::unmark(path, FILE)?;
    builder().set_check_integrity_on_open(!is_clean).open(path.join(FILE))
}

/// Makes the files. They get their name once they can be opened, so that a kill leaves none that cannot.
fn made(path: &Path) -> Result<Database, redb::DatabaseError> {
    fs::create_dir_all(path)?;
    let new = path.join(NEW_FILE);
    match fs::remove_file(&new) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let made = builder().create(&new)?;
    fs::rename(new, path.join(FILE))?;
    Ok(made)
}

fn definition(name: &str) -> TableDefinition<'_, &'static [u8], &'static [u8]> {
    TableDefinition::new(name)
}

fn put(writing: &WriteTransaction, facts: &[Fact]) -> Result<(), Error> {
    let mut tables = BTreeMap::new();
    for Fact { table, key, value } in facts {
        let entries = match tables.entry(*table) {
            Entry::Occupied(open) => open.into_mut(),
            Entry::Vacant(closed) => closed.insert(writing.open_table(definition(table.0))?),
        };
        match value {
            Some(value) => drop(entries.insert(key.as_slice(), sealed(*table, key, value).as_slice())?),
            None => drop(entries.remove(key.as_slice())?),
        }
    }
    Ok(())
}

impl Trouble {
    fn of(error: io::Error) -> Self {
        if DAMAGE.contains(&error.kind()) { Self::Damaged(error.to_string()) } else { Self::Refused(error) }
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        match error {
            Error::Io(error) => Self::of(error),
            // No other process comes this far; whoever does takes nothing away.
            Error::DatabaseAlreadyOpen => Self::Refused(ErrorKind::ResourceBusy.into()),
            // What the disk refused once is not asked again.
            error @ (Error::PreviousIo | Error::DatabaseClosed) => Self::Refused(io::Error::other(error)),
            error => Self::Damaged(error.to_string()),
        }
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

/// Calls redb; a panic is an error.
fn guarded<T, E: Into<Error>>(call: impl FnOnce() -> Result<T, E>) -> Asked<T> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(done) => done.map_err(|error| error.into().into()),
        Err(_) => Err(Trouble::Damaged("reading it panicked".into())),
    }
}
