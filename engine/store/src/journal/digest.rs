//! The file of a digest: records in the form of a journal, which count only where all of them are whole.

use std::io::{self, ErrorKind, Write};
use std::path::Path;

use super::read::{Segment, Told};
use super::record::{Digest, Record};
use super::{VERSION, frame};
use crate::disk::{Put, StoreDisk};

/// Name of the file, and of one that is being written.
const NAME: &str = "digest";
const UNFINISHED: &str = "digest.new";

/// How much is written at once.
const BLOCK_BYTES: usize = 1 << 20;

/// Tells the records of a digest.
pub(crate) struct DigestReader {
    segment: Segment,
    head: Digest,
    /// Set once the last record was read.
    is_whole: bool,
}

impl DigestReader {
    /// Opens the digest in the folder of a run; `None` where there is none that speaks for what lies there.
    pub(crate) fn open(disk: &dyn StoreDisk, folder: &Path) -> Option<Self> {
        let mut segment = Segment::open(disk, &folder.join(NAME)).ok()?;
        let Ok(Some(Told::Record(Record::Digest(head)))) = segment.next() else { return None };
        let sizes = super::sizes(disk, folder).ok()?;
        sizes.starts_with(&head.files).then_some(Self { segment, head: *head, is_whole: false })
    }

    /// Returns what it speaks for.
    pub(crate) fn head(&self) -> &Digest {
        &self.head
    }

    /// Returns what comes next; `None` at the end.
    ///
    /// # Errors
    /// It is damaged or not whole, so that nothing that was read of it counts; what the system refuses.
    pub(crate) fn next(&mut self) -> io::Result<Option<Record>> {
        match self.segment.next()? {
            // It ends as it begins.
            Some(Told::Record(Record::Digest(end))) => {
                self.is_whole = *end == self.head;
                self.next()
            }
            Some(Told::Record(record)) if !self.is_whole => Ok(Some(record)),
            None if self.is_whole => Ok(None),
            Some(_) | None => Err(io::Error::new(ErrorKind::InvalidData, "the digest is not whole")),
        }
    }

    /// Returns its size in bytes.
    pub(crate) fn size_bytes(&self) -> u64 {
        self.segment.length()
    }
}

/// Writes the digest of a journal. It is not waited for the disk: a digest that is torn counts for nothing.
///
/// # Errors
/// What the system refuses.
pub(crate) fn write_digest(
    disk: &dyn StoreDisk,
    folder: &Path,
    head: Digest,
    records: impl Iterator<Item = Record>,
) -> io::Result<()> {
    let (path, unfinished) = (folder.join(NAME), folder.join(UNFINISHED));
    // Left by a process that is gone: whoever works on the run is alone.
    match disk.remove(&unfinished) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = disk.create(&unfinished)?;
    let (mut bytes, mut at, mut record) = (frame::file_head(VERSION).to_vec(), 0, Vec::new());
    let ends = || std::iter::once(Record::Digest(Box::new(head.clone())));
    for next in ends().chain(records).chain(ends()) {
        record.clear();
        next.write(&mut record);
        let place = at + bytes.len() as u64;
        frame::put(&record, place, &mut bytes);
        if bytes.len() >= BLOCK_BYTES {
            at += bytes.len() as u64;
            file.write_all(&bytes)?;
            bytes.clear();
        }
    }
    file.write_all(&bytes)?;
    drop(file);
    disk.rename(&unfinished, &path, Put::Over)
}
