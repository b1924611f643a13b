//! The runs of a workspace, as their journals tell of them.

mod watch;

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crate::disk::{Entry, StoreDisk};
use crate::journal::{self, Began, Ended, Follower, Journal, Place, Reader, Record, Told};
use crate::layout::gc_holder_beside;
use crate::steering::Requests;

pub use watch::{Sight, Watch};

/// How long a run waits for who deletes in the workspace, and how often it looks.
const DELETED_WITHIN: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(20);

/// The runs of a workspace.
#[derive(Clone)]
pub struct Runs {
    disk: Arc<dyn StoreDisk>,
    folder: Option<PathBuf>,
}

/// A run with a journal.
#[derive(Clone)]
pub struct Run {
    /// Its name.
    pub name: String,
    pub(crate) disk: Arc<dyn StoreDisk>,
    pub(crate) folder: PathBuf,
}

/// How a run stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stand {
    /// A process is working on it.
    GoesOn,
    /// It was ended.
    Ended(Ended),
    /// The process that worked on it is gone, and did not say how it ended.
    Killed,
}

/// Why a run was not found.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// No run begins like this.
    #[error("there is no run `{0}` in the workspace")]
    None(String),
    /// There are no runs at all.
    #[error("no run has a journal in the workspace")]
    Empty,
    /// Several do.
    #[error("several runs begin with `{0}`: {list}", list = .1.join(", "))]
    Several(String, Vec<String>),
    /// The folder cannot be read.
    #[error("the runs cannot be read: `{}`", .0.display())]
    Unreadable(PathBuf, #[source] io::Error),
}

impl Runs {
    /// Returns the runs that lie in a folder; in none without one.
    pub fn new(disk: Arc<dyn StoreDisk>, folder: Option<PathBuf>) -> Self {
        Self { disk, folder }
    }

    /// Returns the runs, oldest first: their names begin with the time.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn all(&self) -> io::Result<Vec<Run>> {
        Ok(self.folders()?.into_iter().filter(|run| run.read().is_ok()).collect())
    }

    /// Returns what may be runs, oldest first.
    fn folders(&self) -> io::Result<Vec<Run>> {
        let Some(folder) = &self.folder else { return Ok(Vec::new()) };
        let entries = match self.disk.list(folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let folders = entries.into_iter().filter(|entry| entry.is_folder);
        let run = |entry: Entry| Run { folder: folder.join(&entry.name), name: entry.name, disk: self.disk.clone() };
        Ok(folders.map(run).collect())
    }

    /// Returns the last runs, at most so many, newest first, and how many there are in all.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn newest(&self, most: usize) -> io::Result<(Vec<Run>, usize)> {
        let mut all = self.folders()?;
        let count = all.len();
        all.reverse();
        Ok((all.into_iter().filter(|run| run.read().is_ok()).take(most).collect(), count))
    }

    /// Returns the run of this name; nobody has looked whether it is there.
    pub fn named(&self, name: &str) -> Option<Run> {
        let folder = self.folder.as_ref()?.join(name);
        Some(Run { name: name.to_owned(), disk: self.disk.clone(), folder })
    }

    /// Returns the folder that they lie in; `None` without a workspace.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Returns the run whose name begins with `start`; without one, the last run.
    ///
    /// # Errors
    /// None does, or several.
    pub fn find(&self, start: Option<&str>) -> Result<Run, FindError> {
        let unreadable = |error| FindError::Unreadable(self.folder.clone().unwrap_or_default(), error);
        let mut runs = self.all().map_err(unreadable)?;
        let Some(start) = start else { return runs.pop().ok_or(FindError::Empty) };
        if let Some(whole) = runs.iter().position(|run| run.name == start) {
            return Ok(runs.swap_remove(whole));
        }
        runs.retain(|run| run.name.starts_with(start));
        match runs.len() {
            0 => Err(FindError::None(start.to_owned())),
            1 => Ok(runs.swap_remove(0)),
            _ => Err(FindError::Several(start.to_owned(), runs.into_iter().map(|run| run.name).collect())),
        }
    }

    /// Begins to write the journal of a run; `None` without a workspace.
    ///
    /// # Errors
    /// What the system refuses, or that another process is working on the run.
    pub fn begin(&self, name: &str) -> io::Result<Option<Journal>> {
        let Some(runs) = &self.folder else { return Ok(None) };
        let (folder, deleting) = (runs.join(name), gc_holder_beside(runs));
        let mut first = None;
        loop {
            self.wait_for_the_end_of(&deleting)?;
            let journal = match Journal::create(&*self.disk, &folder) {
                // Who deletes took the folder for one that a run has left.
                Err(error) if error.kind() == ErrorKind::NotFound && self.is_held(&deleting)? => continue,
                created => created?,
            };
            let path = journal.path().to_owned();
            let is_deleted = first.get_or_insert_with(|| path.clone()) != &path;
            if !is_deleted && !self.is_held(&deleting)? {
                return Ok(Some(journal));
            }
            // Who deletes may have looked before this journal was there.
            drop(journal);
            self.disk.remove(&path)?;
            if is_deleted {
                return Err(io::Error::new(ErrorKind::NotFound, "the run was deleted meanwhile"));
            }
        }
    }

    /// Comes back once nobody deletes in the workspace.
    fn wait_for_the_end_of(&self, deleting: &Path) -> io::Result<()> {
        let began = Instant::now();
        while self.is_held(deleting)? {
            if began.elapsed() > DELETED_WITHIN {
                return Err(io::Error::new(ErrorKind::ResourceBusy, "`windlass gc` is deleting in the workspace"));
            }
            thread::sleep(LOOK);
        }
        Ok(())
    }

    fn is_held(&self, path: &Path) -> io::Result<bool> {
        match self.disk.is_held(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            held => held,
        }
    }

    /// Returns the run whose journal this is.
    pub fn of(&self, journal: &Journal) -> Run {
        let folder = journal.path().parent().unwrap_or(Path::new("")).to_owned();
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Run { name, disk: self.disk.clone(), folder }
    }

    /// Returns what other processes ask of the run whose journal this is.
    pub fn requests(&self, journal: &Journal) -> Requests {
        Requests::new(self.disk.clone(), journal)
    }
}

impl Run {
    /// Returns the folder of the workspace that it lies in, `.windlass`.
    pub fn home(&self) -> Option<&Path> {
        self.folder.parent()?.parent()
    }

    /// Begins to tell the journal.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn read(&self) -> io::Result<Reader> {
        Reader::open(&self.disk, &self.folder)
    }

    /// Begins to tell the journal, and goes on with what is written meanwhile.
    pub fn follow(&self) -> Follower {
        Follower::new(self.disk.clone(), &self.folder)
    }

    /// Begins to tell the journal from a place on.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn follow_from(&self, place: Place) -> io::Result<Follower> {
        Follower::from(self.disk.clone(), &self.folder, place)
    }

    /// Begins to tell the journal until the run ends or is killed.
    pub fn watch(&self) -> Watch {
        Watch::new(self.clone())
    }

    /// Returns the sizes of the files of the journal in bytes: what tells that it says more than before.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn journal_sizes(&self) -> io::Result<Vec<u64>> {
        journal::sizes(&*self.disk, &self.folder)
    }

    /// Returns whether a process is working on the run.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn is_alive(&self) -> io::Result<bool> {
        journal::is_alive(&*self.disk, &self.folder)
    }

    /// Returns how long the journal is on the disk, in bytes.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn journal_bytes(&self) -> io::Result<u64> {
        journal::size_bytes(&*self.disk, &self.folder)
    }

    /// Returns what the run is; `None` where the beginning of the journal is damaged or not on the disk yet.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn began(&self) -> io::Result<Option<Began>> {
        match self.read()?.next()? {
            Some(Told::Record(Record::Began(began))) => Ok(Some(*began)),
            _ => Ok(None),
        }
    }

    /// Returns what the last process that worked on the run said of it; `None` where that is damaged or not on the disk yet.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn last_began(&self) -> io::Result<Option<Began>> {
        match Reader::open_last(&self.disk, &self.folder)?.next()? {
            Some(Told::Record(Record::Began(began))) => Ok(Some(*began)),
            _ => Ok(None),
        }
    }

    /// Returns the size of its journal in bytes.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn size_bytes(&self) -> io::Result<u64> {
        Ok(self.disk.list(&self.folder)?.iter().map(|entry| entry.size_bytes).sum())
    }

    /// Returns how the run stands.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn stand(&self) -> io::Result<Stand> {
        // Asked first: a run that ends in between has said how by then.
        let is_alive = self.is_alive()?;
        Ok(match journal::last_record(&*self.disk, &self.folder)? {
            Some(Record::Ended(ended)) => Stand::Ended(ended),
            _ if is_alive => Stand::GoesOn,
            _ => Stand::Killed,
        })
    }
}

#[cfg(test)]
mod tests {
    use windlass_core::event::Outcome;

    use super::*;
    use crate::SimulatedDisk;

    fn runs(names: &[&str]) -> Runs {
        let runs = Runs::new(Arc::new(SimulatedDisk::default()), Some("/runs".into()));
        for name in names {
            let journal = runs.begin(name).unwrap().unwrap();
            let began = Began { run: (*name).into(), ..Began::default() };
            journal.append(&Record::Began(Box::new(began))).unwrap();
            journal.commit_all().unwrap();
        }
        runs
    }

    #[test]
    fn runs_are_found_by_the_first_letters_of_their_names() {
        let runs = runs(&["19a-2", "19a-1", "19b-1"]);
        let names = |runs: Vec<Run>| runs.into_iter().map(|run| run.name).collect::<Vec<_>>();
        assert_eq!(names(runs.all().unwrap()), ["19a-1", "19a-2", "19b-1"]);
        assert_eq!(runs.find(Some("19b")).unwrap().name, "19b-1");
        assert_eq!(runs.find(None).unwrap().began().unwrap().unwrap().run, "19b-1");
        let told = |start| runs.find(Some(start)).err().unwrap().to_string();
        assert_eq!(told("19a"), "several runs begin with `19a`: 19a-1, 19a-2");
        assert_eq!(told("x"), "there is no run `x` in the workspace");
        let none = Runs::new(Arc::new(SimulatedDisk::default()), None);
        assert!(none.all().unwrap().is_empty() && matches!(none.find(None), Err(FindError::Empty)));
        assert!(none.begin("a").unwrap().is_none());
    }

    #[test]
    fn a_run_goes_on_until_it_is_killed_or_has_said_how_it_ended() {
        let runs = runs(&[]);
        let journal = runs.begin("a").unwrap().unwrap();
        let run = runs.find(None).unwrap();
        assert_eq!(run.stand().unwrap(), Stand::GoesOn);
        let busy = runs.begin("a").err().unwrap();
        assert_eq!(busy.kind(), ErrorKind::ResourceBusy);
        drop(journal);
        assert_eq!(run.stand().unwrap(), Stand::Killed);
        let journal = runs.begin("a").unwrap().unwrap();
        assert_eq!(run.stand().unwrap(), Stand::GoesOn);
        let outcome = Outcome::Finished;
        let ended = Ended { outcome, emitted: 1, skipped: 0, failed: 0, handled: 0, open: 0, at_ms: 9 };
        journal.append(&Record::Ended(ended.clone())).unwrap();
        journal.commit_all().unwrap();
        assert_eq!(run.stand().unwrap(), Stand::Ended(ended));
    }
}
