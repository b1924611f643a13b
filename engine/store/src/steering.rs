//! What other processes ask of a run that goes on: to pause, to go on, to end. A small file for each request, and beside it
//! what became of it.
//!
//! | File of `runs/<run>/requests/` | What it says |
//! | --- | --- |
//! | `<id>.request` | what is asked, and of which part of the run; the run takes it by removing it |
//! | `<id>.outcome` | what became of it; who asked removes it |
//! | `paused` | why the run is paused, as long as it is |
//!
//! A request is for the process that was working on the run when it was made (a *part* of the run, which is a file of its
//! journal), so that one that came too late does nothing to a process that goes on with the run later. None of it has to
//! survive a cut of the power, so nothing is synced.

use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::checked;
use crate::disk::{Put, StoreDisk};
use crate::journal::{self, Journal};
use crate::runs::{Run, Stand};

/// The folder in that of a run.
const FOLDER: &str = "requests";
const REQUEST: &str = "request";
const OUTCOME: &str = "outcome";
const PAUSED: &str = "paused";

/// How long the run may take to take a request.
const TAKEN_WITHIN: Duration = Duration::from_secs(10);
/// How often it is looked whether it has.
const LOOK: Duration = Duration::from_millis(20);

/// What may be asked of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// To start nothing new.
    Pause,
    /// To go on after a pause.
    GoOn,
    /// To end, as Ctrl-C would end it.
    Stop,
}

/// What a run did about a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Taken {
    /// What was asked.
    Done,
    /// Nothing: it was so already.
    AlreadySo,
    /// What was asked; but something else holds the run back, for this reason.
    HeldBack(String),
    /// Nothing: the run is coming to its end.
    Ending,
    /// Nothing: another version of the program has asked for something that this one does not know.
    NotUnderstood,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Became {
    /// The run took it.
    Taken(Taken),
    /// No process is working on the run.
    NotAlive(Stand),
    /// The run has not taken it in time; it lies there until it does.
    Waits,
}

/// A request that lay there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What is asked.
    pub ask: Ask,
    path: PathBuf,
}

/// What is asked of the run of this process.
pub struct Requests {
    disk: Arc<dyn StoreDisk>,
    folder: PathBuf,
    part: usize,
}

/// A request as it is written.
#[derive(Serialize, Deserialize)]
struct Written {
    part: usize,
    ask: Ask,
}

/// What says that a run is paused.
#[derive(Serialize, Deserialize)]
struct Pause {
    part: usize,
    cause: String,
}

impl Requests {
    /// Looks at the folder of a run; none is made.
    pub(crate) fn new(disk: Arc<dyn StoreDisk>, journal: &Journal) -> Self {
        let folder = journal.path().parent().unwrap_or(Path::new(".")).join(FOLDER);
        Self { disk, folder, part: journal.number() }
    }

    /// Takes what has been asked, oldest first. What was asked of a process that is gone is taken away.
    pub fn take(&self) -> Vec<Request> {
        // Most runs are never asked anything, and have no such folder.
        let Ok(entries) = self.disk.list(&self.folder) else { return Vec::new() };
        let paths = entries.iter().map(|entry| self.folder.join(&entry.name));
        paths
            .filter(|path| path.extension().is_some_and(|kind| kind == REQUEST))
            .filter_map(|path| self.one(path))
            .collect()
    }

    fn one(&self, path: PathBuf) -> Option<Request> {
        let bytes = self.disk.read(&path).ok()?;
        // What cannot be taken away is not obeyed: it would be obeyed again and again.
        self.disk.remove(&path).ok()?;
        match checked::from_bytes(&bytes) {
            Some(Written { part, ask }) if part == self.part => Some(Request { ask, path }),
            Some(_) => None,
            None => {
                // Who asked hears of it, or learns from the end of the run that nothing came of it.
                drop(write(&*self.disk, &path.with_extension(OUTCOME), &Taken::NotUnderstood));
                None
            }
        }
    }

    /// Says what was done about a request.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn settle(&self, request: &Request, taken: &Taken) -> io::Result<()> {
        write(&*self.disk, &request.path.with_extension(OUTCOME), taken)
    }

    /// Says why the run is paused; `None`: it is not.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn show_paused(&self, cause: Option<&str>) -> io::Result<()> {
        let path = self.folder.join(PAUSED);
        let Some(cause) = cause else {
            return match self.disk.remove(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            };
        };
        self.disk.make_folder(&self.folder)?;
        write(&*self.disk, &path, &Pause { part: self.part, cause: cause.to_owned() })
    }
}

impl Run {
    /// Asks something of the process that is working on the run, and waits until it has taken that.
    ///
    /// # Errors
    /// The request cannot be written.
    pub fn ask(&self, ask: Ask) -> io::Result<Became> {
        self.ask_within(ask, TAKEN_WITHIN)
    }

    fn ask_within(&self, ask: Ask, limit: Duration) -> io::Result<Became> {
        let stand = self.stand()?;
        if stand != Stand::GoesOn {
            return Ok(Became::NotAlive(stand));
        }
        let request = self.post(ask)?;
        let outcome = request.with_extension(OUTCOME);
        let began = Instant::now();
        loop {
            // Asked first: a run that ended has settled before what it took.
            let stand = self.stand()?;
            if let Some(taken) = read(&*self.disk, &outcome) {
                // Nobody else looks at it, and a later part of the run takes no harm from it.
                drop(self.disk.remove(&outcome));
                return Ok(Became::Taken(taken));
            }
            if stand != Stand::GoesOn {
                drop(self.disk.remove(&request));
                return Ok(Became::NotAlive(stand));
            }
            if began.elapsed() >= limit {
                return Ok(Became::Waits);
            }
            std::thread::sleep(LOOK);
        }
    }

    /// Puts a request down under a name of its own.
    fn post(&self, ask: Ask) -> io::Result<PathBuf> {
        let folder = self.folder.join(FOLDER);
        self.disk.make_folder(&folder)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let path = folder.join(format!("{:024x}-{:x}.{REQUEST}", now.as_nanos(), std::process::id()));
        write(&*self.disk, &path, &Written { part: self.part()?, ask })?;
        Ok(path)
    }

    /// Returns why the run is paused, while a process is working on it and it is.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn paused(&self) -> io::Result<Option<String>> {
        let Some(said) = read::<Pause>(&*self.disk, &self.folder.join(FOLDER).join(PAUSED)) else { return Ok(None) };
        // What a process said that is gone means nothing.
        Ok((said.part == self.part()? && self.is_alive()?).then_some(said.cause))
    }

    /// Returns the number of the process that works on the run, or did so last.
    fn part(&self) -> io::Result<usize> {
        Ok(journal::parts(&*self.disk, &self.folder)?.saturating_sub(1))
    }
}

/// Reads what a file says; `None` where it is not there, or says nothing.
fn read<T: serde::de::DeserializeOwned>(disk: &dyn StoreDisk, path: &Path) -> Option<T> {
    checked::from_bytes(&disk.read(path).ok()?)
}

/// Writes a file that is seen whole or not at all.
fn write(disk: &dyn StoreDisk, path: &Path, content: &impl Serialize) -> io::Result<()> {
    let unfinished = path.with_extension("new");
    // What a process left that was killed while it wrote is in the way.
    drop(disk.remove(&unfinished));
    let mut file = disk.create(&unfinished)?;
    let written = file.write_all(&checked::to_bytes(content)?);
    drop(file);
    written.and_then(|()| disk.rename(&unfinished, path, Put::Over)).inspect_err(|_| drop(disk.remove(&unfinished)))
}

#[cfg(test)]
mod tests {
    use windlass_core::event::Outcome;

    use super::*;
    use crate::SimulatedDisk;
    use crate::disk::Disk;
    use crate::journal::{Ended, Record};
    use crate::runs::Runs;

    fn runs() -> Runs {
        Runs::new(Arc::new(SimulatedDisk::default()), Some("/runs".into()))
    }

    /// Asks something, and returns what became of it once the run has answered like this.
    fn asked(run: &Run, requests: &Requests, ask: Ask, taken: &Taken) -> Became {
        std::thread::scope(|scope| {
            let asking = scope.spawn(|| run.ask(ask).unwrap());
            let request = loop {
                if let Some(request) = requests.take().pop() {
                    break request;
                }
                std::thread::sleep(Duration::from_millis(1));
            };
            assert_eq!(request.ask, ask);
            requests.settle(&request, taken).unwrap();
            asking.join().unwrap()
        })
    }

    #[test]
    fn a_request_reaches_the_run_and_its_outcome_who_asked() {
        let runs = runs();
        let journal = runs.begin("a").unwrap().unwrap();
        let (run, requests) = (runs.find(None).unwrap(), runs.requests(&journal));
        assert_eq!(requests.take(), []);
        for (ask, taken) in [(Ask::Pause, Taken::Done), (Ask::GoOn, Taken::HeldBack("full".into()))] {
            assert_eq!(asked(&run, &requests, ask, &taken), Became::Taken(taken));
        }
        assert_eq!(run.ask_within(Ask::Stop, Duration::ZERO).unwrap(), Became::Waits);
        let taken: Vec<_> = requests.take().into_iter().map(|request| request.ask).collect();
        assert_eq!((taken, requests.take()), (vec![Ask::Stop], vec![]), "it lay there, and was taken once");
    }

    #[test]
    fn a_run_that_is_gone_is_asked_nothing() {
        let runs = runs();
        drop(runs.begin("killed").unwrap());
        let run = runs.find(Some("killed")).unwrap();
        assert_eq!(run.ask(Ask::Pause).unwrap(), Became::NotAlive(Stand::Killed));
        let journal = runs.begin("ended").unwrap().unwrap();
        let ended =
            Ended { outcome: Outcome::Finished, emitted: 1, skipped: 0, failed: 0, handled: 0, open: 0, at_ms: 9 };
        journal.append(&Record::Ended(ended.clone())).unwrap();
        journal.commit_all().unwrap();
        let run = runs.find(Some("ended")).unwrap();
        assert_eq!(run.ask(Ask::Stop).unwrap(), Became::NotAlive(Stand::Ended(ended)));
        assert_eq!(runs.requests(&journal).take(), []);
    }

    #[test]
    fn what_was_asked_of_a_process_that_is_gone_does_nothing_to_the_next_one() {
        let runs = runs();
        let first = runs.begin("a").unwrap().unwrap();
        let run = runs.find(None).unwrap();
        assert_eq!(run.ask_within(Ask::Stop, Duration::ZERO).unwrap(), Became::Waits);
        runs.requests(&first).show_paused(Some("lunch")).unwrap();
        assert_eq!(run.paused().unwrap().as_deref(), Some("lunch"));
        drop(first);
        assert_eq!(run.paused().unwrap(), None, "a run that was killed is not paused");
        let second = runs.begin("a").unwrap().unwrap();
        assert_eq!(run.paused().unwrap(), None, "nor is it when another process goes on with it");
        assert_eq!(runs.requests(&second).take(), []);
        assert_eq!(asked(&run, &runs.requests(&second), Ask::Stop, &Taken::Done), Became::Taken(Taken::Done));
    }

    #[test]
    fn a_pause_is_shown_until_it_ends() {
        let runs = runs();
        let journal = runs.begin("a").unwrap().unwrap();
        let (run, requests) = (runs.find(None).unwrap(), runs.requests(&journal));
        assert_eq!(run.paused().unwrap(), None);
        requests.show_paused(None).unwrap();
        for cause in ["lunch", "a full disk"] {
            requests.show_paused(Some(cause)).unwrap();
            assert_eq!(run.paused().unwrap().as_deref(), Some(cause));
        }
        requests.show_paused(None).unwrap();
        assert_eq!(run.paused().unwrap(), None);
    }

    #[test]
    fn what_is_no_request_of_this_version_is_said_to_be_none() {
        let disk = SimulatedDisk::default();
        let runs = Runs::new(Arc::new(disk.clone()), Some("/runs".into()));
        let journal = runs.begin("a").unwrap().unwrap();
        let folder = Path::new("/runs/a/requests");
        disk.make_folder(folder).unwrap();
        write(&disk, &folder.join("1.request"), &"dance").unwrap();
        assert_eq!(runs.requests(&journal).take(), []);
        assert_eq!(read(&disk, &folder.join("1.outcome")), Some(Taken::NotUnderstood));
        assert!(!disk.paths().contains(&folder.join("1.request")));
    }
}
