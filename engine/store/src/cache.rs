//! The cache: what firings gave, found by what they depended on.
//!
//! It is an index over the journals of all runs, made anew from them when it is missing. A run whose journal has grown since
//! the index last read it, because another process wrote it or one was killed, is read when the index is opened.
//!
//! | Table | Key | What stands there |
//! | --- | --- | --- |
//! | `found` | first half of a fingerprint | run, step and key of a firing that has it |
//! | `results` | run, step and key | what the firing gave |
//! | `made` | hash of a written file, then run, step and key | nothing: the key says it |
//! | `runs` | name of a run | how many bytes of its journal are in here |
//! | `files` | path of a file from outside | what it was when its content had this hash |
//!
//! Fingerprints come in no order, so that what stands under them is small: it fits into memory longer, and most that is asked for
//! is not there. The results of a run come about as they stand in the table, next to each other.
//!
//! Deliberately absent: who may use a result (runtime), and what is thrown away (gc).

use std::collections::BTreeSet;
use std::io;
use std::ops::ControlFlow;
use std::sync::{Mutex, MutexGuard, PoisonError};

use blake3::{Hash, OUT_LEN};

use crate::index::{Fact, Index, IndexError, Opened, Table};
use crate::journal::{Came, Record, Result as Firing, Told};
use crate::layout::Layout;
use crate::runs::{Run, Runs};

const FOUND: Table = Table::new("found");
const RESULTS: Table = Table::new("results");
const MADE: Table = Table::new("made");
const RUNS: Table = Table::new("runs");
const FILES: Table = Table::new("files");

/// So much of a fingerprint tells it from others; the result says all of it.
const FOUND_BYTES: usize = OUT_LEN / 2;

/// So many facts are handed to the index at once while journals are read.
const FACTS_AT_ONCE: usize = 1024;

/// What firings gave, by what they depended on.
pub struct Cache {
    index: Index,
    pending: Mutex<Vec<Fact>>,
}

/// A cache that was opened, and what the user should know of that.
pub struct OpenedCache {
    /// The cache.
    pub cache: Cache,
    /// That it was made anew, and why; journals that could not be read.
    pub notices: Vec<String>,
}

/// Where a file was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// Name of the run.
    pub run: String,
    /// The step, as the run counts them.
    pub step: usize,
    /// Key of the item.
    pub key: String,
}

impl Cache {
    /// Opens the cache of a workspace, and takes in what journals say that it has not seen.
    ///
    /// # Errors
    /// Another process has it, or the disk refuses.
    pub fn open(layout: &Layout, runs: &Runs) -> Result<OpenedCache, IndexError> {
        let mut notices = Vec::new();
        let Opened { index, notice } = Index::open(layout, std::iter::empty)?;
        notices.extend(notice);
        let cache = Self { index, pending: Mutex::default() };
        for run in runs.all().unwrap_or_default() {
            if let Err(error) = cache.catch_up(&run)? {
                notices.push(format!("the journal of run `{}` cannot be read, and is left out: {error}", run.name));
            }
        }
        cache.index.commit()?;
        Ok(OpenedCache { cache, notices })
    }

    /// Returns what the firing with this fingerprint gave.
    pub fn find(&self, fingerprint: &Hash) -> Option<Firing> {
        let place = self.index.get(FOUND, short(fingerprint)).ok().flatten()?;
        let bytes = self.index.get(RESULTS, &place).ok().flatten()?;
        Firing::from_bytes(&bytes).filter(|found| found.fingerprint == *fingerprint)
    }

    /// Returns who wrote files with this content, oldest run first.
    ///
    /// # Errors
    /// The index has failed.
    pub fn made(&self, content: &Hash) -> Result<Vec<Made>, IndexError> {
        let mut made = Vec::new();
        self.index.scan(MADE, content.as_bytes(), |key, _| {
            made.extend(key.get(OUT_LEN..).and_then(made_of));
            ControlFlow::Continue(())
        })?;
        Ok(made)
    }

    /// Takes a result of a run in; it is found once [`Cache::apply`] was called.
    pub fn add(&self, run: &str, result: &Firing) {
        facts_of(run, result, &mut self.pending());
    }

    /// Makes what was added be found. It is durable once [`Cache::finish`] was called; until then the journal is read
    /// again when the cache is opened.
    ///
    /// # Errors
    /// The index has failed.
    pub fn apply(&self) -> Result<(), IndexError> {
        let pending = std::mem::take(&mut *self.pending());
        if pending.is_empty() { Ok(()) } else { self.index.apply(pending) }
    }

    /// Returns how much was added that is not found yet.
    pub fn waiting(&self) -> usize {
        self.pending().len()
    }

    /// Does the same, and remembers that so much of the run's journal is in here.
    ///
    /// # Errors
    /// The index has failed.
    pub fn apply_up_to(&self, run: &str, journal_bytes: u64) -> Result<(), IndexError> {
        let mut pending = std::mem::take(&mut *self.pending());
        if pending.is_empty() {
            return Ok(());
        }
        pending.push(seen(run, journal_bytes));
        self.index.apply(pending)
    }

    /// Says that all of a run's journal is in here.
    ///
    /// # Errors
    /// The index has failed.
    pub fn finish(&self, run: &Run) -> Result<(), IndexError> {
        self.apply()?;
        if let Ok(size) = run.journal_bytes() {
            self.index.apply([seen(&run.name, size)])?;
        }
        self.index.commit()
    }

    /// Closes it: nothing is found in it any more, and another process may open it.
    ///
    /// # Errors
    /// It could not be closed; what was finished is there all the same.
    pub fn close(&self) -> Result<(), IndexError> {
        self.index.close()
    }

    /// Forgets the runs that are gone. What others say is read again, since they may have said the same later.
    ///
    /// # Errors
    /// The index has failed.
    pub fn forget(&self, gone: &BTreeSet<String>, runs: &Runs) -> Result<(), IndexError> {
        let is_gone = |name: Option<&str>| name.is_some_and(|name| gone.contains(name));
        let mut taken_away = Vec::new();
        let mut take_away = |table, key: &[u8]| taken_away.push(Fact { table, key: key.to_vec(), value: None });
        self.each(FOUND, &mut |key, place| {
            if is_gone(named(place).map(|(name, _)| name)) {
                take_away(FOUND, key);
            }
        })?;
        self.each(RESULTS, &mut |key, _| {
            if is_gone(named(key).map(|(name, _)| name)) {
                take_away(RESULTS, key);
            }
        })?;
        self.each(MADE, &mut |key, _| {
            if is_gone(key.get(OUT_LEN..).and_then(named).map(|(name, _)| name)) {
                take_away(MADE, key);
            }
        })?;
        self.each(RUNS, &mut |key, _| take_away(RUNS, key))?;
        self.index.apply(taken_away)?;
        for run in runs.all().unwrap_or_default() {
            // A journal that cannot be read now is read when the cache is opened the next time.
            drop(self.catch_up(&run)?);
        }
        self.index.commit()
    }

    fn each(&self, table: Table, take: &mut dyn FnMut(&[u8], &[u8])) -> Result<(), IndexError> {
        self.index.scan(table, b"", |key, value| {
            take(key, value);
            ControlFlow::Continue(())
        })
    }

    /// Returns what was noted for a file from outside.
    pub(crate) fn file(&self, path: &[u8]) -> Option<Vec<u8>> {
        self.index.get(FILES, path).ok().flatten()
    }

    /// Notes something for a file from outside.
    pub(crate) fn note_file(&self, path: &[u8], seen: Vec<u8>) {
        self.pending().push(Fact { table: FILES, key: path.to_vec(), value: Some(seen) });
    }

    /// Reads a journal that has grown since it was read.
    fn catch_up(&self, run: &Run) -> Result<io::Result<()>, IndexError> {
        let size = match run.journal_bytes() {
            Ok(size) => size,
            Err(error) => return Ok(Err(error)),
        };
        let known = self.index.get(RUNS, run.name.as_bytes())?;
        let known = known.and_then(|known| Some(u64::from_le_bytes(known.try_into().ok()?))).unwrap_or(0);
        if known == size {
            return Ok(Ok(()));
        }
        // A journal that is shorter than before is another one.
        let read = self.read(run, if known < size { known } else { 0 });
        self.apply()?;
        if matches!(read, Ok(Ok(()))) {
            self.index.apply([seen(&run.name, size)])?;
        }
        read
    }

    fn read(&self, run: &Run, from: u64) -> Result<io::Result<()>, IndexError> {
        let opened = run.read().and_then(|mut reader| reader.pass_over(from).map(|()| reader));
        let mut reader = match opened {
            Ok(reader) => reader,
            Err(error) => return Ok(Err(error)),
        };
        loop {
            match reader.next() {
                Ok(Some(Told::Record(Record::Result(result)))) => self.add(&run.name, &result),
                Ok(Some(_)) => {}
                Ok(None) => return Ok(Ok(())),
                Err(error) => return Ok(Err(error)),
            }
            if self.pending().len() >= FACTS_AT_ONCE {
                self.apply()?;
            }
        }
    }

    fn pending(&self) -> MutexGuard<'_, Vec<Fact>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn facts_of(run: &str, result: &Firing, facts: &mut Vec<Fact>) {
    let place = place(run, result);
    for content in result.wrote.iter().filter_map(|wrote| Hash::from_hex(&wrote.content).ok()) {
        let key = [content.as_bytes(), &place[..]].concat();
        facts.push(Fact { table: MADE, key, value: Some(Vec::new()) });
    }
    if result.is_known() && matches!(result.came, Came::Gave(_)) {
        let key = short(&result.fingerprint).to_vec();
        facts.push(Fact { table: FOUND, key, value: Some(place.clone()) });
        facts.push(Fact { table: RESULTS, key: place, value: Some(result.to_bytes()) });
    }
}

fn short(fingerprint: &Hash) -> &[u8] {
    &fingerprint.as_bytes()[..FOUND_BYTES]
}

/// Returns what tells a firing of a run from all others.
fn place(run: &str, result: &Firing) -> Vec<u8> {
    let mut bytes = with_length(run);
    bytes.extend((result.step as u64).to_le_bytes());
    bytes.extend(result.key.as_bytes());
    bytes
}

fn seen(run: &str, size: u64) -> Fact {
    Fact { table: RUNS, key: run.as_bytes().to_vec(), value: Some(size.to_le_bytes().to_vec()) }
}

fn with_length(name: &str) -> Vec<u8> {
    let mut bytes = u32::try_from(name.len()).unwrap_or(u32::MAX).to_le_bytes().to_vec();
    bytes.extend(name.as_bytes());
    bytes
}

/// Takes a name off the front.
fn named(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    let (name, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    Some((std::str::from_utf8(name).ok()?, rest))
}

fn made_of(key: &[u8]) -> Option<Made> {
    let (run, rest) = named(key)?;
    let (step, key) = rest.split_first_chunk()?;
    let step = usize::try_from(u64::from_le_bytes(*step)).ok()?;
    Some(Made { run: run.to_owned(), step, key: std::str::from_utf8(key).ok()?.to_owned() })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::RealDisk;
    use crate::journal::Wrote;

    fn result(number: u64) -> Firing {
        let content = blake3::hash(&number.to_le_bytes());
        let wrote = Wrote { path: "/a".into(), content: content.to_hex().to_string(), size_bytes: 8 };
        Firing {
            step: 3,
            key: number.to_string(),
            fingerprint: content,
            inputs: Vec::new(),
            took_us: 1,
            came: Came::Gave(Vec::new()),
            wrote: vec![wrote],
            left: Vec::new(),
        }
    }

    fn numbers(cache: &Cache) -> Vec<u64> {
        (0..10).filter(|number| cache.find(&result(*number).fingerprint) == Some(result(*number))).collect()
    }

    #[test]
    fn what_a_journal_says_is_found_whoever_wrote_it() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path());
        let runs = Runs::new(Arc::new(RealDisk), Some(layout.runs()));
        let open = || Cache::open(&layout, &runs).unwrap().cache;
        let cache = open();
        assert!(matches!(Cache::open(&layout, &runs), Err(IndexError::Held(_))));
        let journal = runs.begin("a").unwrap().unwrap();
        let write = |number| {
            journal.append(&Record::Result(result(number))).unwrap();
            journal.commit_all().unwrap();
        };
        write(0);
        assert!(numbers(&cache).is_empty());
        cache.add("a", &result(0));
        cache.apply().unwrap();
        assert_eq!(numbers(&cache), [0]);
        drop(cache);
        write(1);
        let cache = open();
        assert_eq!(numbers(&cache), [0, 1], "the journal has grown");
        cache.apply_up_to("a", journal.durable_bytes()).unwrap();
        drop(cache);
        write(2);
        let cache = open();
        assert_eq!(numbers(&cache), [0, 1, 2], "the rest of the journal is read");
        let run = runs.find(Some("a")).unwrap();
        cache.finish(&run).unwrap();
        drop(cache);
        std::fs::remove_dir_all(layout.index()).unwrap();
        let cache = open();
        assert_eq!(numbers(&cache), [0, 1, 2], "the index is made anew");
        let made = Made { run: "a".into(), step: 3, key: "1".into() };
        assert_eq!(cache.made(&result(1).fingerprint).unwrap(), [made]);
        assert_eq!(cache.made(&result(7).fingerprint).unwrap(), []);
    }

    #[test]
    fn what_a_run_said_that_is_gone_is_forgotten_unless_another_says_it_too() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path());
        let runs = Runs::new(Arc::new(RealDisk), Some(layout.runs()));
        for (run, said) in [("a", [1, 2]), ("b", [2, 3])] {
            let journal = runs.begin(run).unwrap().unwrap();
            for number in said {
                journal.append(&Record::Result(result(number))).unwrap();
            }
            journal.commit_all().unwrap();
        }
        let cache = Cache::open(&layout, &runs).unwrap().cache;
        // As a run does that found what another one gave: it says so in its journal alone.
        cache.add("a", &result(2));
        cache.note_file(b"/outside", b"seen".to_vec());
        cache.apply().unwrap();
        assert_eq!(numbers(&cache), [1, 2, 3]);
        std::fs::remove_dir_all(layout.runs().join("a")).unwrap();
        cache.forget(&["a".to_owned()].into(), &runs).unwrap();
        assert_eq!(numbers(&cache), [2, 3]);
        let writers = cache.made(&result(2).fingerprint).unwrap().into_iter().map(|made| made.run);
        assert_eq!(writers.collect::<Vec<_>>(), ["b"]);
        assert_eq!(cache.file(b"/outside").as_deref(), Some(&b"seen"[..]), "files are no business of runs");
    }
}
