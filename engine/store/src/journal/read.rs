//! Reading a journal, of a run that ended, goes on or was killed: what is damaged is said, and never taken for a record.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::VERSION;
use super::frame::{FILE_HEAD_BYTES, HEAD_BYTES, Head, version};
use super::record::{Record, is_passing};
use super::write::files;
use crate::disk::{Open, StoreDisk, StoreFile};

/// How much is read at once in the end, and how much at first: often the first record is all that is wanted.
const BLOCK_BYTES: usize = 1 << 20;
const FIRST_BLOCK_BYTES: usize = 1 << 12;

/// How much of the end of a file is searched for how the run ended.
const END_BYTES: u64 = 64 << 10;

/// What a journal tells next.
#[derive(Debug, PartialEq)]
pub enum Told {
    /// A record.
    Record(Record),
    /// These bytes of this file are no records any more; what they said is lost.
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where the damage begins.
        from: u64,
        /// Where it ends.
        to: u64,
    },
}

impl Told {
    /// Says what is damaged, in words; `None` where nothing is.
    pub fn damage(&self) -> Option<String> {
        let Self::Damaged { path, from, to } = self else { return None };
        let (bytes, path) = (to - from, path.display());
        Some(format!(
            "the journal is damaged, and what stood in these {bytes} bytes is lost: `{path}` from byte {from}"
        ))
    }
}

/// Tells a journal from its beginning, file by file.
pub struct Reader {
    disk: Arc<dyn StoreDisk>,
    files: VecDeque<PathBuf>,
    open: Option<Segment>,
    begun: usize,
    /// How long the files are that were opened, in bytes.
    lengths: Vec<u64>,
    skips_passing: bool,
}

impl Reader {
    /// Opens the journal of a run, in the run's folder.
    ///
    /// # Errors
    /// What the system refuses; [`ErrorKind::NotFound`] where there is none.
    pub fn open(disk: &Arc<dyn StoreDisk>, folder: &Path) -> io::Result<Self> {
        let files = files(&**disk, folder)?;
        if files.is_empty() {
            return Err(io::Error::new(ErrorKind::NotFound, "the run has no journal"));
        }
        let (disk, files, lengths) = (disk.clone(), files.into(), Vec::new());
        Ok(Self { disk, files, open: None, begun: 0, lengths, skips_passing: false })
    }

    /// Opens the last file of a journal alone.
    ///
    /// # Errors
    /// What the system refuses; [`ErrorKind::NotFound`] where there is none.
    pub fn open_last(disk: &Arc<dyn StoreDisk>, folder: &Path) -> io::Result<Self> {
        let reader = Self::open(disk, folder)?;
        let older = reader.files.len().saturating_sub(1);
        Ok(reader.behind(older))
    }

    /// Passes over the first files.
    #[must_use]
    pub fn behind(mut self, files: usize) -> Self {
        self.begun += self.files.drain(..files.min(self.files.len())).count();
        self
    }

    /// Leaves out events that mean nothing once the run is over: that an item was admitted, fired, or was found done.
    #[must_use]
    pub fn lasting(self) -> Self {
        Self { skips_passing: true, ..self }
    }

    /// Passes over so many bytes of the files, up to where [`super::Journal::durable_bytes`] said that they are on the disk.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn pass_over(&mut self, mut bytes: u64) -> io::Result<()> {
        while let Some(path) = self.files.pop_front() {
            self.begun += 1;
            let length = self.disk.open(&path, Open::Read)?.size_bytes()?;
            if bytes < length {
                let mut segment = Segment::open(&*self.disk, &path)?;
                segment.at = segment.at.max(bytes);
                self.open = Some(segment);
                return Ok(());
            }
            bytes -= length;
        }
        Ok(())
    }

    /// Returns what comes next; `None` at the end, or where what follows is not on the disk.
    ///
    /// # Errors
    /// What the system refuses, or that the journal was written by a newer program.
    #[expect(clippy::should_implement_trait, reason = "an error of the disk is no item: reading may be tried again")]
    pub fn next(&mut self) -> io::Result<Option<Told>> {
        loop {
            if let Some(open) = self.open.as_mut().filter(|_| self.skips_passing) {
                open.pass()?;
            }
            let told = self.open.as_mut().map(Segment::next).transpose()?.flatten();
            if told.is_some() {
                return Ok(told);
            }
            let Some(next) = self.files.pop_front() else { return Ok(None) };
            let segment = Segment::open(&*self.disk, &next)?;
            self.lengths.push(segment.length);
            self.open = Some(segment);
            self.begun += 1;
        }
    }

    /// Returns how long the files are that were read, in bytes: what was written to them later was not.
    pub fn lengths(&self) -> &[u64] {
        &self.lengths
    }

    /// Returns how many files of the journal have been begun: in which of them what came last stands, counted from 1.
    pub fn part(&self) -> usize {
        self.begun
    }
}

/// Returns whether a process is working on the run in this folder.
///
/// # Errors
/// What the system refuses.
pub fn is_alive(disk: &dyn StoreDisk, folder: &Path) -> io::Result<bool> {
    files(disk, folder)?.last().map_or(Ok(false), |last| disk.is_held(last))
}

/// Returns how many processes have worked on the run in this folder, the one that does so now among them.
///
/// # Errors
/// What the system refuses.
pub fn parts(disk: &dyn StoreDisk, folder: &Path) -> io::Result<usize> {
    Ok(files(disk, folder)?.len())
}

/// Returns how long the files of a run's journal are together, in bytes.
///
/// # Errors
/// What the system refuses.
pub fn size_bytes(disk: &dyn StoreDisk, folder: &Path) -> io::Result<u64> {
    Ok(sizes(disk, folder)?.iter().sum())
}

/// Returns how long each file of a run's journal is, in bytes.
///
/// # Errors
/// What the system refuses.
pub fn sizes(disk: &dyn StoreDisk, folder: &Path) -> io::Result<Vec<u64>> {
    files(disk, folder)?.iter().map(|path| disk.open(path, Open::Read)?.size_bytes()).collect()
}

/// Returns the last record of a run's journal, where it is whole and short: how a run ended, once it has.
///
/// # Errors
/// What the system refuses.
pub fn last_record(disk: &dyn StoreDisk, folder: &Path) -> io::Result<Option<Record>> {
    let files = files(disk, folder)?;
    let Some(path) = files.last() else { return Ok(None) };
    let mut segment = Segment::open(disk, path)?;
    segment.at = segment.length.saturating_sub(END_BYTES).max(FILE_HEAD_BYTES as u64);
    let mut last = None;
    while let Some(at) = segment.find(segment.at)? {
        last = segment.record_at(at)?;
        segment.at = at + last.as_ref().map_or(1, |(_, length)| *length);
    }
    Ok(last.and_then(|(record, _)| record))
}

/// One file of a journal.
pub(super) struct Segment {
    path: PathBuf,
    file: Box<dyn StoreFile>,
    /// Its length when it was opened: what is written meanwhile is for the next reader.
    length: u64,
    at: u64,
    block: Vec<u8>,
    block_at: u64,
    /// How much is read at once the next time.
    ahead: usize,
}

/// A record, or `None` where its bytes are no record, and how long it is with its head.
type Found = (Option<Record>, u64);

impl Segment {
    /// Opens a file.
    pub(super) fn open(disk: &dyn StoreDisk, path: &Path) -> io::Result<Self> {
        let file = disk.open(path, Open::Read)?;
        let length = file.size_bytes()?;
        let (at, block) = (FILE_HEAD_BYTES as u64, Vec::new());
        let (path_of, ahead) = (path.to_owned(), FIRST_BLOCK_BYTES);
        let mut segment = Self { path: path_of, file, length, at, block, block_at: 0, ahead };
        let head = version(segment.bytes(0, FILE_HEAD_BYTES)?);
        match head {
            Some(found) if found > VERSION => Err(newer(path, found)),
            // A damaged head costs nothing but itself: each record is known by its own.
            _ => Ok(segment),
        }
    }

    /// Returns where what comes next begins.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// Goes to where a record begins.
    pub(super) fn go_to(&mut self, at: u64) {
        self.at = at;
    }

    /// Returns its length in bytes.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Returns what comes next; `None` at the end, which a torn tail is too.
    pub(super) fn next(&mut self) -> io::Result<Option<Told>> {
        let told = self.whole()?;
        if told.is_none() {
            self.at = self.length;
        }
        Ok(told)
    }

    /// Takes in what was written since the file was opened; it is on the disk then.
    pub(super) fn grow(&mut self) -> io::Result<()> {
        let length = self.file.size_bytes()?;
        if length > self.length {
            self.file.sync()?;
            self.length = length;
        }
        // What was not whole may be so now, also where the file was long enough before.
        self.block.clear();
        Ok(())
    }

    /// Returns what comes next; `None` where that is not there, or not whole yet.
    pub(super) fn whole(&mut self) -> io::Result<Option<Told>> {
        loop {
            if self.at >= self.length {
                return Ok(None);
            }
            let from = self.at;
            match self.record_at(from)? {
                Some((Some(Record::Group(_)), length)) => self.at += length,
                Some((Some(record), length)) => {
                    self.at += length;
                    return Ok(Some(Told::Record(record)));
                }
                broken => {
                    let skipped = from + broken.map_or(1, |(_, length)| length);
                    let Some(to) = self.after_damage(skipped)? else { return Ok(None) };
                    self.at = to;
                    return Ok(Some(Told::Damaged { path: self.path.clone(), from, to }));
                }
            }
        }
    }

    /// Returns where whole records go on behind damage; `None` where no later group begins: it is a torn tail.
    fn after_damage(&mut self, from: u64) -> io::Result<Option<u64>> {
        let (mut at, mut goes_on) = (from, None);
        while let Some(found) = self.find(at)? {
            let Some((Some(record), length)) = self.record_at(found)? else {
                at = found + 1;
                continue;
            };
            let to = *goes_on.get_or_insert(found);
            if matches!(record, Record::Group(_)) {
                return Ok(Some(to));
            }
            at = found + length;
        }
        Ok(None)
    }

    /// Returns the first place from one on where a record may stand.
    fn find(&mut self, from: u64) -> io::Result<Option<u64>> {
        let mut at = from;
        while at + HEAD_BYTES as u64 <= self.length {
            let block = self.bytes(at, BLOCK_BYTES)?;
            let places = block.len().saturating_sub(HEAD_BYTES - 1);
            let found = (0..places).find(|place| Head::read(&block[*place..], at + *place as u64).is_some());
            if let Some(place) = found {
                return Ok(Some(at + place as u64));
            }
            at += places.max(1) as u64;
        }
        Ok(None)
    }

    /// Returns the record at a place and its length; `None` where there is not even the head of one.
    fn record_at(&mut self, at: u64) -> io::Result<Option<Found>> {
        let Some(head) = Head::read(self.bytes(at, HEAD_BYTES)?, at) else { return Ok(None) };
        let length = (HEAD_BYTES + head.length) as u64;
        let bytes = self.bytes(at + HEAD_BYTES as u64, head.length)?;
        let record = head.fits(bytes).then(|| Record::read(bytes).ok()).flatten();
        Ok(Some((record, length)))
    }

    /// Goes past records that mean nothing once the run is over.
    fn pass(&mut self) -> io::Result<()> {
        loop {
            let at = self.at;
            let Some(head) = Head::read(self.bytes(at, HEAD_BYTES)?, at) else { return Ok(()) };
            let bytes = self.bytes(at + HEAD_BYTES as u64, head.length)?;
            if !is_passing(bytes) || !head.fits(bytes) {
                return Ok(());
            }
            self.at += (HEAD_BYTES + head.length) as u64;
        }
    }

    /// Returns so many bytes from a place on, fewer at the end of the file.
    fn bytes(&mut self, at: u64, count: usize) -> io::Result<&[u8]> {
        let count = usize::try_from(self.length.saturating_sub(at)).unwrap_or(usize::MAX).min(count);
        let has = self.block_at + self.block.len() as u64;
        if at < self.block_at || at + count as u64 > has {
            self.fill(at, count)?;
        }
        let from = usize::try_from(at - self.block_at).unwrap_or_default();
        Ok(self.block.get(from..from + count).unwrap_or_default())
    }

    fn fill(&mut self, at: u64, count: usize) -> io::Result<()> {
        let left = usize::try_from(self.length.saturating_sub(at)).unwrap_or(usize::MAX);
        self.block.resize(count.max(self.ahead).min(left), 0);
        self.ahead = (self.ahead * 4).min(BLOCK_BYTES);
        self.block_at = at;
        self.file.read_exact_at(&mut self.block, at)
    }
}

fn newer(path: &Path, found: u32) -> io::Error {
    let (known, path) = (VERSION, path.display());
    io::Error::new(
        ErrorKind::Unsupported,
        format!("the journal has version {found}, and this program knows versions up to {known}: `{path}`"),
    )
}
