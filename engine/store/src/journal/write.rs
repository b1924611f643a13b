//! Writing a journal: records are gathered in memory and reach the disk in groups, one sync for each.
//!
//! There is no clock in it: who waits for the disk first writes all that has come until then, and who comes meanwhile is in
//! the next group.

use std::collections::{HashSet, VecDeque};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use windlass_core::event::Event;

use super::record::{Record, write_event};
use super::{VERSION, frame};
use crate::disk::{Open, StoreDisk, StoreFile};

/// A place in the order of records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(u64);

/// The journal of a run, as the process writes it that works on the run. Several threads may.
pub struct Journal {
    path: PathBuf,
    /// How long the files are that earlier processes wrote, in bytes.
    before: u64,
    number: usize,
    state: Mutex<State>,
    /// Wakes who waits for the disk.
    written: Condvar,
}

struct State {
    /// Away while a group is being written.
    file: Option<Box<dyn StoreFile>>,
    waiting: VecDeque<Group>,
    /// Where the next record will stand.
    end: u64,
    groups: u64,
    last: Ticket,
    durable: Ticket,
    /// Up to where the file is on the disk.
    durable_end: u64,
    /// The record that is being written.
    record: Vec<u8>,
}

struct Group {
    bytes: Vec<u8>,
    /// Where it stands in the file.
    at: u64,
    last: Ticket,
}

impl Journal {
    /// Begins a file of the journal in the folder of its run, which is made where there is none. It is on the disk when
    /// this returns.
    ///
    /// # Errors
    /// What the system refuses; another process that is working on the run is [`ErrorKind::ResourceBusy`].
    pub fn create(disk: &dyn StoreDisk, folder: &Path) -> io::Result<Self> {
        disk.make_folder(folder)?;
        let before = super::size_bytes(disk, folder)?;
        let (number, file) = next_file(disk, folder)?;
        file.write_at(&frame::file_head(VERSION), 0)?;
        file.sync()?;
        disk.sync_folder(folder)?;
        let state = State {
            file: Some(file),
            waiting: VecDeque::new(),
            end: frame::FILE_HEAD_BYTES as u64,
            groups: 0,
            last: Ticket(0),
            durable: Ticket(0),
            durable_end: frame::FILE_HEAD_BYTES as u64,
            record: Vec::new(),
        };
        Ok(Self { path: folder.join(name(number)), before, number, state: Mutex::new(state), written: Condvar::new() })
    }

    /// Returns the file that is written.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns which file of the journal that is, counted from 0: how many processes worked on the run before.
    pub fn number(&self) -> usize {
        self.number
    }

    /// Returns how much of the run's journal is on the disk, in bytes of all of its files.
    pub fn durable_bytes(&self) -> u64 {
        self.before + self.lock().durable_end
    }

    /// Adds a record. It is on the disk once [`Journal::commit`] has come back for its ticket.
    ///
    /// # Errors
    /// The record is longer than any may be; nothing was added.
    pub fn append(&self, record: &Record) -> io::Result<Ticket> {
        self.lock().write(|out| record.write(out))
    }

    /// Adds the record of an event, as [`Journal::append`] does.
    ///
    /// # Errors
    /// The event is longer than any record may be; nothing was added.
    pub fn append_event(&self, event: &Event) -> io::Result<Ticket> {
        self.lock().write(|out| write_event(event, out))
    }

    /// Comes back once the record of this ticket, and all before it, are on the disk.
    ///
    /// # Errors
    /// What the system refuses. What was not written stays to be written, in the same order, by the next call.
    pub fn commit(&self, ticket: Ticket) -> io::Result<()> {
        let mut state = self.lock();
        let ticket = ticket.min(state.last);
        while state.durable < ticket {
            let work = (!state.waiting.is_empty()).then(|| state.file.take()).flatten();
            state = match work {
                Some(file) => self.write_next(state, file)?,
                None => self.written.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
        Ok(())
    }

    /// Brings everything to the disk that was added until now.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn commit_all(&self) -> io::Result<()> {
        let last = self.lock().last;
        self.commit(last)
    }

    /// Writes the oldest group. Nobody is kept from adding records meanwhile.
    fn write_next<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        file: Box<dyn StoreFile>,
    ) -> io::Result<MutexGuard<'a, State>> {
        let Some(group) = state.waiting.pop_front() else {
            state.file = Some(file);
            return Ok(state);
        };
        drop(state);
        let done = group.write(&*file);
        let mut state = self.lock();
        state.file = Some(file);
        self.written.notify_all();
        match done {
            Ok(()) => (state.durable, state.durable_end) = (group.last, group.at + group.bytes.len() as u64),
            Err(error) => {
                state.waiting.push_front(group);
                return Err(error);
            }
        }
        Ok(state)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn write(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> io::Result<Ticket> {
        let mut record = std::mem::take(&mut self.record);
        record.clear();
        write(&mut record);
        let added = match record.len() <= frame::MAX_RECORD_BYTES {
            true => Ok(self.add(&record)),
            false => Err(io::Error::new(ErrorKind::FileTooLarge, "a record is too long for the journal")),
        };
        self.record = record;
        added
    }

    fn add(&mut self, record: &[u8]) -> Ticket {
        if self.waiting.is_empty() {
            self.begin_group();
        }
        self.last.0 += 1;
        if let Some(group) = self.waiting.back_mut() {
            frame::put(record, self.end, &mut group.bytes);
            group.last = self.last;
            self.end = group.at + group.bytes.len() as u64;
        }
        self.last
    }

    fn begin_group(&mut self) {
        let (mut record, mut bytes) = (Vec::new(), Vec::new());
        Record::Group(self.groups).write(&mut record);
        frame::put(&record, self.end, &mut bytes);
        let at = self.end;
        self.end += bytes.len() as u64;
        self.waiting.push_back(Group { bytes, at, last: self.last });
        self.groups += 1;
    }
}

impl Group {
    /// What a try before has left of it is written over.
    fn write(&self, file: &dyn StoreFile) -> io::Result<()> {
        file.write_at(&self.bytes, self.at)?;
        file.sync()
    }
}

/// Makes the next file in the folder of a run.
fn next_file(disk: &dyn StoreDisk, folder: &Path) -> io::Result<(usize, Box<dyn StoreFile>)> {
    let busy = || io::Error::new(ErrorKind::ResourceBusy, "another process is working on the run");
    let known = files(disk, folder)?;
    if known.last().map(|last| disk.is_held(last)).transpose()? == Some(true) {
        return Err(busy());
    }
    match disk.open(&folder.join(name(known.len())), Open::New) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(busy()),
        opened => Ok((known.len(), opened?)),
    }
}

/// Returns the files of a journal, oldest first.
pub(super) fn files(disk: &dyn StoreDisk, folder: &Path) -> io::Result<Vec<PathBuf>> {
    let names: HashSet<_> = disk.list(folder)?.into_iter().map(|entry| entry.name).collect();
    Ok((0..).map(name).take_while(|name| names.contains(name)).map(|name| folder.join(name)).collect())
}

/// Returns the name of a file of a journal.
pub(crate) fn name(number: usize) -> String {
    format!("journal.{number}")
}
