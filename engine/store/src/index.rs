//! The index: what can be found out again from the truth, kept where it is found quickly.
//!
//! It is never needed: a missing entry is a miss, and a missing or damaged index is made anew when it is opened. Each entry is
//! sealed with its name, so that whatever happens to the files, a value is the one that was put or none. One process
//! has it at a time.
//!
//! Deliberately absent: what the entries mean.

mod clean;
mod db;
mod holder;
mod seal;
#[cfg(test)]
mod tests;

use std::fs;
use std::io::{self, ErrorKind};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{OnceLock, PoisonError, RwLock};

use db::{Db, Trouble};
use holder::Held;
pub use holder::Holder;

use crate::layout::Layout;

/// Version of the entries; another one is made anew.
const VERSION: &[u8] = b"2";

/// What the index says of itself: its version, once it is whole.
const ABOUT: Table = Table::new("about");

/// A table of the index, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Table(&'static str);

impl Table {
    /// Returns the table of this name.
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }
}

/// Something that the index is to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Where.
    pub table: Table,
    /// Under which key.
    pub key: Vec<u8>,
    /// `None` takes the key away.
    pub value: Option<Vec<u8>>,
}

/// Why there is no index to be had; whoever wants one goes on without.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// Another process has it.
    #[error("the index is open in another process ({0})")]
    Held(Holder),
    /// The disk refuses.
    #[error("the index cannot be opened: `{}`", .0.display())]
    Disk(PathBuf, #[source] io::Error),
    /// It has failed, and is made anew when it is opened the next time.
    #[error("the index has failed: {0}")]
    Failed(String),
}

/// An open index. Any thread may use it.
pub struct Index {
    /// `None` once it is closed.
    open: RwLock<Option<Open>>,
    failed: OnceLock<String>,
    layout: Layout,
}

/// What an open index has.
struct Open {
    db: Db,
    /// Given back last, when the files are closed.
    _held: Held,
}

/// An index that was opened, and what the user should know of that.
pub struct Opened {
    /// The index.
    pub index: Index,
    /// Why it was made anew, where there was something to know.
    pub notice: Option<String>,
}

impl Index {
    /// Opens the index of a workspace. Where it is missing, damaged, not whole or of another version, it is made anew of the
    /// facts that the truth gives; what was there is set aside.
    ///
    /// # Errors
    /// Another process has it, the disk refuses, or what is made anew fails as well.
    pub fn open<F: Iterator<Item = Fact>>(layout: &Layout, truth: impl FnOnce() -> F) -> Result<Opened, IndexError> {
        let refused = |cause| IndexError::Disk(layout.index(), cause);
        let is_missing = !layout.index().exists();
        let held = holder::take(layout)?;
        let why = match Db::open(&layout.index()).and_then(|db| db.get(ABOUT, b"version").map(|found| (db, found))) {
            Ok((db, Some(found))) if found == VERSION => {
                return Ok(Opened { index: Self::new(db, layout, held), notice: None });
            }
            Ok((db, None)) if is_missing => {
                let index = Self::new(db, layout, held);
                let is_first = index.fill(truth())? == 0;
                let notice = (!is_first).then(|| "the index was made anew, because it was missing".to_owned());
                return Ok(Opened { index, notice });
            }
            Ok((_, found)) => unusable(found.as_deref()).to_owned(),
            Err(Trouble::Refused(cause)) => return Err(refused(cause)),
            Err(Trouble::Damaged(text)) => text,
        };
        set_aside(layout).map_err(refused)?;
        let db = Db::open(&layout.index()).map_err(|trouble| IndexError::Failed(trouble.to_string()))?;
        let index = Self::new(db, layout, held);
        index.fill(truth())?;
        Ok(Opened { index, notice: Some(format!("the index was made anew, because {why}")) })
    }

    /// Reads all of an index. One that is damaged is set aside, so that whoever opens it next makes it anew; returns why.
    ///
    /// # Errors
    /// Another process has it, or the disk refuses.
    pub fn examine(layout: &Layout) -> Result<Option<String>, IndexError> {
        if !layout.index().exists() {
            return Ok(None);
        }
        let refused = |cause| IndexError::Disk(layout.index(), cause);
        let _held = holder::take(layout)?;
        let examined = Db::open(&layout.index()).and_then(|mut db| Ok((db.get(ABOUT, b"version")?, db.examine()?)));
        let why = match examined {
            Ok((Some(found), 0)) if found == VERSION => return Ok(None),
            Ok((found, 0)) => unusable(found.as_deref()).to_owned(),
            Ok((_, wrong)) => format!("{wrong} of its entries are not what was put there"),
            Err(Trouble::Refused(cause)) => return Err(refused(cause)),
            Err(Trouble::Damaged(text)) => text,
        };
        set_aside(layout).map_err(refused)?;
        Ok(Some(why))
    }

    /// Returns who has the index of a workspace open, if anybody.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn holder(layout: &Layout) -> io::Result<Option<Holder>> {
        holder::of(layout)
    }

    /// Returns the value under a key; a damaged one is none.
    ///
    /// # Errors
    /// The index has failed, now or before.
    pub fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, IndexError> {
        self.on_db(|db| db.get(table, key))
    }

    /// Hands over the entries whose keys begin so, in the order of their keys, until told to stop.
    ///
    /// # Errors
    /// The index has failed, now or before.
    pub fn scan(
        &self,
        table: Table,
        prefix: &[u8],
        mut found: impl FnMut(&[u8], &[u8]) -> ControlFlow<()>,
    ) -> Result<(), IndexError> {
        self.on_db(|db| db.scan(table, prefix, &mut found))
    }

    /// Takes facts in. They survive the process after the next [`Index::commit`]; where it ends before, any of them may.
    ///
    /// # Errors
    /// The index has failed, now or before.
    pub fn apply(&self, facts: impl IntoIterator<Item = Fact>) -> Result<(), IndexError> {
        let facts: Vec<_> = facts.into_iter().collect();
        self.on_db(|db| db.apply(&facts))
    }

    /// Returns once all that was applied is on the disk.
    ///
    /// # Errors
    /// The index has failed, now or before.
    pub fn commit(&self) -> Result<(), IndexError> {
        self.on_db(Db::commit)
    }

    /// Closes it, so that the next one who opens it need not read all of it. Dropping it does the same, where nobody has it
    /// any more; whoever asks it afterwards is told that it is closed.
    ///
    /// # Errors
    /// It could not be closed; what was committed is there all the same.
    pub fn close(&self) -> Result<(), IndexError> {
        let open = self.open.write().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut open) = open else { return Ok(()) };
        open.db.shut().map_err(|trouble| IndexError::Failed(trouble.to_string()))
    }

    /// Returns the folder of the index.
    pub fn folder(&self) -> PathBuf {
        self.layout.index()
    }

    fn new(db: Db, layout: &Layout, held: Held) -> Self {
        let open = RwLock::new(Some(Open { db, _held: held }));
        Self { open, failed: OnceLock::new(), layout: layout.clone() }
    }

    /// Fills a new index; returns with how many facts. What says that it is whole comes last, so that one that was begun is
    /// not taken for one.
    fn fill(&self, facts: impl Iterator<Item = Fact>) -> Result<u64, IndexError> {
        let mut count = 0;
        let mut facts = facts.inspect(|_| count += 1).peekable();
        while facts.peek().is_some() {
            self.apply(facts.by_ref().take(FACTS_AT_ONCE))?;
            self.commit()?;
        }
        drop(facts);
        self.apply([Fact { table: ABOUT, key: b"version".to_vec(), value: Some(VERSION.to_vec()) }])?;
        self.commit().map(|()| count)
    }

    /// Uses the files, unless they have failed before: what failed once is not asked again.
    fn on_db<T>(&self, ask: impl FnOnce(&Db) -> Result<T, Trouble>) -> Result<T, IndexError> {
        if let Some(failed) = self.failed.get() {
            return Err(IndexError::Failed(failed.clone()));
        }
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        let Some(open) = &*open else { return Err(IndexError::Failed("it is closed".into())) };
        ask(&open.db).map_err(|trouble| {
            if matches!(trouble, Trouble::Damaged(_)) {
                // Whoever opens it next finds that it is not whole, and makes it anew.
                drop(fs::remove_file(self.layout.index().join(db::FILE)));
            }
            IndexError::Failed(self.failed.get_or_init(|| trouble.to_string()).clone())
        })
    }
}

/// Says why an index is made anew that says this of itself, which is not what this version says.
fn unusable(version: Option<&[u8]>) -> &'static str {
    if version.is_some() { "another version of Windlass made it" } else { "it was not whole" }
}

/// So many facts are committed at once when an index is made anew.
const FACTS_AT_ONCE: usize = 4096;

/// Moves what is there out of the way; of several, the last is kept.
fn set_aside(layout: &Layout) -> io::Result<()> {
    let aside = layout.damaged().join("index");
    fs::create_dir_all(layout.damaged())?;
    for gone in [fs::remove_dir_all(&aside), fs::rename(layout.index(), &aside)] {
        match gone {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}
