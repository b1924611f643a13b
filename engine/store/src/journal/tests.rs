//! A journal under trouble: files that end anywhere, bytes that are wrong, disks that refuse.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::frame::FILE_HEAD_BYTES;
use super::record::tests::records;
use super::write::name;
use super::*;
use crate::SimulatedDisk;
use crate::disk::{Disk, Open, StoreDisk};

const FOLDER: &str = "/runs/a";

fn file(number: usize) -> PathBuf {
    Path::new(FOLDER).join(name(number))
}

fn begin(disk: &SimulatedDisk) -> Journal {
    Journal::create(disk, Path::new(FOLDER)).unwrap()
}

/// Returns a disk with a file whose bytes are these.
fn holding(bytes: &[u8]) -> SimulatedDisk {
    let disk = SimulatedDisk::default();
    disk.make_folder(Path::new(FOLDER)).unwrap();
    disk.open(&file(0), Open::New).unwrap().write_at(bytes, 0).unwrap();
    disk
}

/// Writes each group of records with a sync of its own; returns the file, and where each group ends.
fn written(groups: &[&[Record]]) -> (Vec<u8>, Vec<usize>) {
    let disk = SimulatedDisk::default();
    let journal = begin(&disk);
    let mut ends = Vec::new();
    for group in groups {
        for record in *group {
            journal.append(record).unwrap();
        }
        journal.commit_all().unwrap();
        ends.push(disk.read(&file(0)).unwrap().len());
    }
    (disk.read(&file(0)).unwrap(), ends)
}

/// Returns the records that are told, and the damage.
fn told(disk: &SimulatedDisk) -> (Vec<Record>, Vec<(u64, u64)>) {
    let (mut records, mut damage) = (Vec::new(), Vec::new());
    let disk: Arc<dyn StoreDisk> = Arc::new(disk.clone());
    let mut reader = Reader::open(&disk, Path::new(FOLDER)).unwrap();
    while let Some(told) = reader.next().unwrap() {
        match told {
            Told::Record(record) => records.push(record),
            Told::Damaged { from, to, .. } => damage.push((from, to)),
        }
    }
    (records, damage)
}

#[test]
fn what_is_written_is_told_and_a_later_process_writes_behind_it() {
    let disk = SimulatedDisk::default();
    let all = records();
    let journal = begin(&disk);
    for record in &all {
        journal.append(record).unwrap();
    }
    journal.commit_all().unwrap();
    assert_eq!(told(&disk), (all.clone(), vec![]));
    drop(journal);
    let journal = begin(&disk);
    journal.append(&all[0]).unwrap();
    journal.commit_all().unwrap();
    let twice: Vec<_> = all.iter().chain(&all[..1]).cloned().collect();
    assert_eq!(told(&disk), (twice, vec![]));
    assert_eq!(last_record(&disk, Path::new(FOLDER)).unwrap().as_ref(), Some(&all[0]));
}

#[test]
fn a_file_that_ends_anywhere_tells_what_is_whole() {
    let all = records();
    let (bytes, ends) = written(&[&all[..4], &all[4..]]);
    for end in 0..bytes.len() {
        let (records, damage) = told(&holding(&bytes[..end]));
        assert!(damage.is_empty(), "a torn tail is no damage, cut at {end}");
        assert!(all.starts_with(&records));
        assert!(records.len() >= 4 || end < ends[0], "cut at {end}: {}", records.len());
    }
}

#[test]
fn what_was_on_the_disk_is_told_after_any_cut_of_the_power() {
    for seed in 0..300 {
        let disk = SimulatedDisk::default();
        let journal = begin(&disk);
        let all: Vec<_> = records().into_iter().cycle().take(seed as usize % 40).collect();
        let sure = all.len() / 2;
        for (at, record) in all.iter().enumerate() {
            journal.append(record).unwrap();
            if at < sure && at % 3 == 0 || at + 1 == sure {
                journal.commit_all().unwrap();
            }
        }
        // The last group is torn in the middle of being written.
        disk.cut_after(1);
        assert!(sure == all.len() || journal.commit_all().is_err());
        let (records, damage) = told(&disk.cut(seed));
        assert!(all.starts_with(&records) && records.len() >= sure, "seed {seed}: {} of {sure}", records.len());
        assert!(damage.is_empty(), "seed {seed}: {damage:?}");
    }
}

#[test]
fn a_wrong_byte_is_named_and_costs_its_own_record_alone() {
    let all = records();
    let (bytes, ends) = written(&[&all[..4], &all[4..]]);
    for at in 0..bytes.len() {
        let mut wrong = bytes.clone();
        wrong[at] ^= 1 << (at % 8);
        let (records, damage) = told(&holding(&wrong));
        assert!(records.iter().all(|record| all.contains(record)), "a wrong record was told, byte {at}");
        if (FILE_HEAD_BYTES..ends[0]).contains(&at) {
            assert!(records.len() + 1 >= all.len(), "byte {at}");
            assert!(matches!(damage[..], [(from, to)] if (from..to).contains(&(at as u64))), "byte {at}: {damage:?}");
        }
    }
}

#[test]
fn bytes_of_any_kind_are_read_without_a_panic() {
    let mut noise = 1u64;
    for length in 0..300 {
        let mut random = || {
            noise ^= noise << 13;
            noise ^= noise >> 7;
            noise ^= noise << 17;
            noise as u8
        };
        let bytes: Vec<u8> = (0..length).map(|_| random()).collect();
        assert_eq!(told(&holding(&bytes)), (vec![], vec![]));
        let _ = Record::read(&bytes);
    }
    let disk: Arc<dyn StoreDisk> = Arc::new(holding(&frame::file_head(VERSION + 1)));
    let error = Reader::open(&disk, Path::new(FOLDER)).unwrap().next().unwrap_err().to_string();
    assert!(error.starts_with("the journal has version 2, and this program knows versions up to 1"), "{error}");
}

#[test]
fn what_a_full_disk_refused_is_written_when_there_is_room() {
    let disk = SimulatedDisk::default();
    let journal = begin(&disk);
    let all = records();
    journal.append(&all[0]).unwrap();
    disk.set_room(Some(10));
    for record in &all[1..4] {
        let ticket = journal.append(record).unwrap();
        assert_eq!(journal.commit(ticket).unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
    disk.set_room(None);
    for record in &all[4..] {
        journal.append(record).unwrap();
    }
    journal.commit_all().unwrap();
    assert_eq!(told(&disk), (all, vec![]));
}

#[test]
fn records_of_several_threads_keep_their_order_and_share_their_syncs() {
    let disk = SimulatedDisk::default();
    let journal = begin(&disk);
    let before = disk.operations();
    let record = |text: String| Record::GraphFile { path: text.into(), content: vec![] };
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let journal = &journal;
            scope.spawn(move || {
                for number in 0..50 {
                    let ticket = journal.append(&record(format!("{thread}/{number}"))).unwrap();
                    if number % 10 == 9 {
                        journal.commit(ticket).unwrap();
                    }
                }
            });
        }
    });
    assert!(disk.operations() - before <= 2 * 20, "a write and a sync for each time that somebody waited, at most");
    let (records, damage) = told(&disk);
    assert_eq!((records.len(), damage), (200, vec![]));
    for thread in 0..4 {
        let begins = format!("{thread}/");
        let own =
            records.iter().filter(|told| matches!(told, Record::GraphFile { path, .. } if path.starts_with(&begins)));
        assert!(own.eq((0..50).map(|number| record(format!("{thread}/{number}"))).collect::<Vec<_>>().iter()));
    }
}

#[test]
fn a_record_that_is_too_long_is_refused_and_the_others_stand() {
    let journal = begin(&SimulatedDisk::default());
    let content = vec![0; frame::MAX_RECORD_BYTES + 1];
    assert!(journal.append(&Record::GraphFile { path: "long".into(), content }).is_err());
    journal.append(&records()[0]).unwrap();
    journal.commit_all().unwrap();
}
