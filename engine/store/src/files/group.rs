//! Group commit: files that are finished at about the same time reach the disk, and get their names, together.
//!
//! There is no thread for it. The first who has a finished file leads: it commits all that wait, and tells each what came of
//! it. Where groups follow each other, a leader first gathers for a few times as long as the last group took, so that most of
//! the time goes into work and not into waiting for the disk.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::disk::{Disk, DiskFile, Put};
use crate::ledger::Ledger;

/// How many times as long as the last group took, and how long at most, the next one is gathered.
const GATHER_TIMES: u32 = 4;
const GATHER_MOST: Duration = Duration::from_millis(50);

/// How many files a group has at most.
const LARGEST: usize = 64;

/// From how many files in one folder on the whole file system is synced at once. Below, what others write to it would be
/// waited for in vain.
const WHOLE_FROM: usize = 3;

/// A finished file that waits for its name. Its claim is in the ledger.
pub(super) struct Finished {
    /// Its content.
    pub file: Arc<dyn DiskFile>,
    /// Its temporary name.
    pub from: PathBuf,
    /// Its name to be.
    pub to: PathBuf,
    /// The folder of both.
    pub folder: PathBuf,
    /// What to do where a file already has the name.
    pub put: Put,
}

/// The groups of a run.
#[derive(Default)]
pub(super) struct Groups {
    state: Mutex<State>,
    /// Wakes those whose group was committed, and the next leader.
    committed: Condvar,
    /// Wakes a leader whose group is full.
    full: Condvar,
}

#[derive(Default)]
struct State {
    next: u64,
    is_led: bool,
    waiting: Vec<(u64, Finished)>,
    done: HashMap<u64, io::Result<()>>,
    /// Before this moment, the last group counts as just committed.
    gather_until: Option<Instant>,
}

impl Groups {
    /// Returns once the file has its name, durably, or why not.
    pub(super) fn commit(&self, finished: Finished, disk: &dyn Disk, ledger: &Ledger) -> io::Result<()> {
        let mut state = self.state();
        let me = state.next;
        state.next += 1;
        state.waiting.push((me, finished));
        if state.waiting.len() == LARGEST {
            self.full.notify_one();
        }
        loop {
            if let Some(done) = state.done.remove(&me) {
                return done;
            }
            state = if state.is_led { self.wait(state) } else { self.lead(state, disk, ledger) };
        }
    }

    fn lead<'a>(&'a self, mut state: MutexGuard<'a, State>, disk: &dyn Disk, ledger: &Ledger) -> MutexGuard<'a, State> {
        state.is_led = true;
        let rest = state.gather_until.map_or(Duration::ZERO, |until| until.saturating_duration_since(Instant::now()));
        let gathers = |state: &mut State| state.waiting.len() < LARGEST;
        state = self.full.wait_timeout_while(state, rest, gathers).unwrap_or_else(PoisonError::into_inner).0;
        let count = state.waiting.len().min(LARGEST);
        let (ids, group): (Vec<_>, Vec<_>) = state.waiting.drain(..count).unzip();
        drop(state);
        let began = Instant::now();
        let done = committed(&group, disk, ledger);
        let pause = (began.elapsed() * GATHER_TIMES).min(GATHER_MOST);
        let mut state = self.state();
        state.done.extend(ids.into_iter().zip(done));
        state.gather_until = Some(Instant::now() + pause);
        state.is_led = false;
        self.committed.notify_all();
        state
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.committed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Commits a group; a panic fails its files, because those who wait for a leader that is gone would wait for ever.
fn committed(group: &[Finished], disk: &dyn Disk, ledger: &Ledger) -> Vec<io::Result<()>> {
    catch_unwind(AssertUnwindSafe(|| commit(group, disk, ledger))).unwrap_or_else(|_| {
        let died = || io::Error::other("writing it to the disk died of a bug of Windlass; please report it");
        group.iter().map(|_| Err(died())).collect()
    })
}

/// Brings a group to the disk: contents, claims, names, folders, in this order.
fn commit(group: &[Finished], disk: &dyn Disk, ledger: &Ledger) -> Vec<io::Result<()>> {
    let mut done: Vec<_> = group.iter().map(|_| Ok(())).collect();
    let mut folders: BTreeMap<&Path, Vec<usize>> = BTreeMap::new();
    for (at, finished) in group.iter().enumerate() {
        folders.entry(&finished.folder).or_default().push(at);
    }
    for (folder, members) in &folders {
        sync_contents(group, folder, members, disk, &mut done);
    }
    if let Err(error) = ledger.sync() {
        return group.iter().map(|_| Err(same(&error))).collect();
    }
    for (finished, done) in group.iter().zip(&mut done).filter(|(_, done)| done.is_ok()) {
        *done = disk.rename(&finished.from, &finished.to, finished.put);
    }
    for (folder, members) in folders {
        sync_names(folder, &members, disk, &mut done);
    }
    done
}

fn sync_contents(group: &[Finished], folder: &Path, members: &[usize], disk: &dyn Disk, done: &mut [io::Result<()>]) {
    // Where the whole cannot be synced, each file says for itself what the disk refuses.
    if members.len() < WHOLE_FROM || disk.sync_whole(folder).is_err() {
        members.iter().for_each(|at| done[*at] = group[*at].file.sync());
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
