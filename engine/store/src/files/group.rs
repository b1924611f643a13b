//! Group commit: files that are finished at about the same time reach the disk, and get their names, together.
//!
//! One thread does it, from the first file of a run on, so that the disk is asked seldom; nobody's thread or core waits
//! meanwhile.

mod gather;

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use futures_channel::oneshot;

use super::temp::Temp;
use crate::disk::{Disk, Put};
use crate::ledger::{Claim, Ledger};
use gather::{Gatherer, HandIn};

/// From how many files in one folder on the whole file system is synced at once. Below, what others write to it would be
/// waited for in vain.
const WHOLE_FROM: usize = 3;

/// A finished file that waits for its name.
pub(super) struct Finished {
    /// Its content, under a temporary name.
    pub temp: Temp,
    /// What the ledger is to say of it.
    pub claim: Claim,
    /// Its name to be.
    pub to: PathBuf,
    /// The folder of both.
    pub folder: PathBuf,
    /// What to do where a file already has the name.
    pub put: Put,
}

/// Why a finished file has not got its name.
pub(super) enum Refused {
    /// It was to be a new name, and somebody has it; the file may be tried under another.
    Taken(Temp),
    /// The disk.
    Failed(io::Error),
}

/// The groups of a run.
#[derive(Default)]
pub(super) struct Groups(Mutex<Option<Arc<HandIn<Waiting>>>>);

struct Waiting {
    finished: Finished,
    told: oneshot::Sender<Result<(), Refused>>,
}

impl Groups {
    /// Comes back once the file has its name, durably, or why not. Dropping the future gives the file up, unless its group
    /// is under way.
    pub(super) async fn commit(
        &self,
        finished: Finished,
        disk: &Arc<dyn Disk>,
        ledger: &Arc<Ledger>,
    ) -> Result<(), Refused> {
        let (told, outcome) = oneshot::channel();
        self.hand_in(Waiting { finished, told }, disk, ledger).map_err(Refused::Failed)?;
        outcome.await.unwrap_or_else(|_| Err(Refused::Failed(died())))
    }

    fn hand_in(&self, waiting: Waiting, disk: &Arc<dyn Disk>, ledger: &Arc<Ledger>) -> io::Result<()> {
        let committer = {
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let committer = match known.take() {
                Some(committer) => committer,
                None => Arc::new(start(disk.clone(), ledger.clone())?),
            };
            known.insert(committer).clone()
        };
        committer.hand_in(waiting).map_err(|_| died())
    }
}

/// Starts the thread; it ends with the run's files.
fn start(disk: Arc<dyn Disk>, ledger: Arc<Ledger>) -> io::Result<HandIn<Waiting>> {
    gather::start("commit", move |files| work(files, &*disk, &ledger))
}

fn work(mut files: Gatherer<Waiting>, disk: &dyn Disk, ledger: &Ledger) {
    while let Some(mut group) = files.next() {
        group.retain(|waiting| !waiting.told.is_canceled());
        let (finished, told): (Vec<_>, Vec<_>) = group.into_iter().map(|w| (w.finished, w.told)).unzip();
        let done = committed(&finished, disk, ledger);
        files.done();
        for ((finished, done), told) in finished.into_iter().zip(done).zip(told) {
            // Whoever does not wait any more has given its file up.
            let _ = told.send(outcome(finished, done));
        }
    }
}

fn outcome(Finished { temp, put, .. }: Finished, done: io::Result<()>) -> Result<(), Refused> {
    match done {
        Ok(()) => {
            temp.is_named();
            Ok(())
        }
        Err(error) if put == Put::New && error.kind() == ErrorKind::AlreadyExists => Err(Refused::Taken(temp)),
        Err(error) => Err(Refused::Failed(error)),
    }
}

/// Commits a group; a panic fails its files alone.
fn committed(group: &[Finished], disk: &dyn Disk, ledger: &Ledger) -> Vec<io::Result<()>> {
    let done = catch_unwind(AssertUnwindSafe(|| commit(group, disk, ledger)));
    done.unwrap_or_else(|_| group.iter().map(|_| Err(died())).collect())
}

fn died() -> io::Error {
    io::Error::other("writing it to the disk died of a bug of Windlass; please report it")
}

/// Brings a group to the disk: contents, claims, names, folders, in this order.
fn commit(group: &[Finished], disk: &dyn Disk, ledger: &Ledger) -> Vec<io::Result<()>> {
    let mut done: Vec<_> = group.iter().map(|_| Ok(())).collect();
    let mut folders: BTreeMap<&Path, Vec<usize>> = BTreeMap::new();
    for (at, finished) in group.iter().enumerate() {
        folders.entry(&finished.folder).or_default().push(at);
    }
    // Claims are written before the contents are on the disk, because to sync the whole file system takes them along.
    let claimed = ledger.claim(group.iter().map(|finished| &finished.claim));
    for (folder, members) in &folders {
        sync_contents(group, folder, members, disk, &mut done);
    }
    if let Err(error) = claimed.and_then(|()| ledger.sync()) {
        return group.iter().map(|_| Err(same(&error))).collect();
    }
    for (finished, done) in group.iter().zip(&mut done).filter(|(_, done)| done.is_ok()) {
        *done = disk.rename(finished.temp.path(), &finished.to, finished.put);
    }
    for (folder, members) in folders {
        sync_names(folder, &members, disk, &mut done);
    }
    done
}

fn sync_contents(group: &[Finished], folder: &Path, members: &[usize], disk: &dyn Disk, done: &mut [io::Result<()>]) {
    // Where the whole cannot be synced, each file says for itself what the disk refuses.
    if members.len() < WHOLE_FROM || disk.sync_whole(folder).is_err() {
        members.iter().for_each(|at| done[*at] = group[*at].temp.file().sync());
    }
}

fn sync_names(folder: &Path, members: &[usize], disk: &dyn Disk, done: &mut [io::Result<()>]) {
    let named: Vec<_> = members.iter().filter(|at| done[**at].is_ok()).collect();
    if let (false, Err(error)) = (named.is_empty(), disk.sync_folder(folder)) {
        named.into_iter().for_each(|at| done[*at] = Err(same(&error)));
    }
}

fn same(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}
