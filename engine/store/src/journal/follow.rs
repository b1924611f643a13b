//! Following a journal that grows: what is not whole yet is waited for, where a reader takes it for a torn tail.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::read::{Segment, Told};
use super::write::name;
use crate::disk::StoreDisk;

/// Tells a journal from its beginning, file by file, and goes on as it grows. Nothing is told before it is on the disk.
pub struct Follower {
    disk: Arc<dyn StoreDisk>,
    folder: PathBuf,
    /// How many files have been opened.
    opened: usize,
    open: Option<Segment>,
}

/// A place in a journal between two of its records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// How many files are open or behind it.
    opened: usize,
    /// Where the next record begins in the last of them, in bytes.
    at: u64,
}

impl Follower {
    /// Prepares to follow the journal in the folder of a run.
    pub(crate) fn new(disk: Arc<dyn StoreDisk>, folder: &Path) -> Self {
        Self { disk, folder: folder.to_owned(), opened: 0, open: None }
    }

    /// Prepares to go on from a place.
    ///
    /// # Errors
    /// What the system refuses.
    pub(crate) fn from(disk: Arc<dyn StoreDisk>, folder: &Path, place: Place) -> io::Result<Self> {
        let mut follower = Self::new(disk, folder);
        if let Some(last) = place.opened.checked_sub(1) {
            let mut segment = Segment::open(&*follower.disk, &folder.join(name(last)))?;
            segment.go_to(place.at);
            (follower.open, follower.opened) = (Some(segment), place.opened);
        }
        Ok(follower)
    }

    /// Returns the place of what comes next.
    pub fn place(&self) -> Place {
        Place { opened: self.opened, at: self.open.as_ref().map_or(0, Segment::at) }
    }

    /// Returns what comes next; `None` where nothing more is there yet: it may be asked again.
    ///
    /// # Errors
    /// What the system refuses, or that the journal was written by a newer program.
    #[expect(clippy::should_implement_trait, reason = "an iterator that has said `None` is at its end")]
    pub fn next(&mut self) -> io::Result<Option<Told>> {
        loop {
            if let Some(told) = self.open.as_mut().map(Segment::whole).transpose()?.flatten() {
                return Ok(Some(told));
            }
            // Looked for first: once a later file is there, this one grows no more.
            let next = self.next_file()?;
            if let Some(told) = self.open.as_mut().map(grown).transpose()?.flatten() {
                return Ok(Some(told));
            }
            let Some(next) = next else { return Ok(None) };
            self.open = Some(next);
            self.opened += 1;
        }
    }

    /// Returns how many files of the journal have been begun: in which of them what came last stands, counted from 1.
    pub fn part(&self) -> usize {
        self.opened
    }

    fn next_file(&self) -> io::Result<Option<Segment>> {
        match Segment::open(&*self.disk, &self.folder.join(name(self.opened))) {
            Ok(segment) => Ok(Some(segment)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn grown(segment: &mut Segment) -> io::Result<Option<Told>> {
    segment.grow()?;
    segment.whole()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SimulatedDisk;
    use crate::disk::{Disk, Open};
    use crate::journal::record::tests::records;
    use crate::journal::{Journal, Record};

    const FOLDER: &str = "/runs/r";

    fn told(follower: &mut Follower) -> Vec<Record> {
        let mut records = Vec::new();
        while let Some(told) = follower.next().unwrap() {
            match told {
                Told::Record(record) => records.push(record),
                damaged => panic!("{damaged:?}"),
            }
        }
        records
    }

    /// Returns the bytes of a journal in two groups, with the records in it.
    fn written() -> (Vec<u8>, Vec<Record>) {
        let (disk, all) = (SimulatedDisk::default(), records());
        let journal = Journal::create(&disk, Path::new(FOLDER)).unwrap();
        for half in all.chunks(all.len() / 2 + 1) {
            for record in half {
                journal.append(record).unwrap();
            }
            journal.commit_all().unwrap();
        }
        (disk.read(journal.path()).unwrap(), all)
    }

    #[test]
    fn what_is_not_whole_is_waited_for_wherever_the_writer_is() {
        let (bytes, all) = written();
        for cut in 0..bytes.len() {
            let disk = SimulatedDisk::default();
            disk.make_folder(Path::new(FOLDER)).unwrap();
            let file = disk.open(&Path::new(FOLDER).join("journal.0"), Open::New).unwrap();
            file.write_at(&bytes[..cut], 0).unwrap();
            let mut follower = Follower::new(Arc::new(disk.clone()), Path::new(FOLDER));
            let mut before = told(&mut follower);
            assert!(all.starts_with(&before));
            file.write_at(&bytes[cut..], cut as u64).unwrap();
            before.extend(told(&mut follower));
            assert_eq!(before, all, "cut at {cut}");
        }
    }

    #[test]
    fn bytes_that_come_late_in_a_file_that_is_long_enough_are_seen() {
        let (bytes, all) = written();
        let disk = SimulatedDisk::default();
        disk.make_folder(Path::new(FOLDER)).unwrap();
        let file = disk.open(&Path::new(FOLDER).join("journal.0"), Open::New).unwrap();
        file.set_size(bytes.len() as u64).unwrap();
        let mut follower = Follower::new(Arc::new(disk.clone()), Path::new(FOLDER));
        assert_eq!(told(&mut follower), []);
        file.write_at(&bytes, 0).unwrap();
        assert_eq!(told(&mut follower), all);
    }

    #[test]
    fn what_follows_a_place_is_told_from_there() {
        let (disk, all) = (SimulatedDisk::default(), records());
        for half in all.chunks(all.len() / 2 + 1) {
            let journal = Journal::create(&disk, Path::new(FOLDER)).unwrap();
            for record in half {
                journal.append(record).unwrap();
            }
            journal.commit_all().unwrap();
        }
        let disk: Arc<dyn StoreDisk> = Arc::new(disk);
        let mut follower = Follower::new(disk.clone(), Path::new(FOLDER));
        for told_already in 0..=all.len() {
            let mut from = Follower::from(disk.clone(), Path::new(FOLDER), follower.place()).unwrap();
            assert_eq!(told(&mut from), all[told_already..]);
            drop(follower.next().unwrap());
        }
    }

    #[test]
    fn what_is_told_is_on_the_disk() {
        let (bytes, all) = written();
        let disk = SimulatedDisk::default();
        disk.make_folder(Path::new(FOLDER)).unwrap();
        let file = disk.open(&Path::new(FOLDER).join("journal.0"), Open::New).unwrap();
        disk.sync_folder(Path::new(FOLDER)).unwrap();
        let mut follower = Follower::new(Arc::new(disk.clone()), Path::new(FOLDER));
        assert_eq!(told(&mut follower), []);
        file.write_at(&bytes, 0).unwrap();
        assert_eq!(told(&mut follower), all);
        for seed in 0..8 {
            let found = disk.cut(seed);
            assert_eq!(told(&mut Follower::new(Arc::new(found), Path::new(FOLDER))), all, "power cut {seed}");
        }
    }

    #[test]
    fn a_torn_tail_is_left_behind_when_another_process_goes_on() {
        let (bytes, all) = written();
        let disk = SimulatedDisk::default();
        let mut follower = Follower::new(Arc::new(disk.clone()), Path::new(FOLDER));
        assert_eq!(told(&mut follower), [], "nothing is there yet");
        let first = Journal::create(&disk, Path::new(FOLDER)).unwrap();
        let path = first.path().to_owned();
        drop(first);
        disk.damage(&path, |file| *file = bytes[..bytes.len() - 1].to_vec()).unwrap();
        assert_eq!(told(&mut follower), all[..all.len() - 1]);
        let second = Journal::create(&disk, Path::new(FOLDER)).unwrap();
        second.append(&all[0]).unwrap();
        second.commit_all().unwrap();
        assert_eq!(told(&mut follower), all[..1]);
        assert_eq!(told(&mut follower), []);
    }
}
