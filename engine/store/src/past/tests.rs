//! The past of runs whose journals have several files, end anywhere, or are damaged.

mod digests;

use std::path::Path;
use std::sync::Arc;

use windlass_core::event::{Event, Fate, StepInfo};

use super::*;
use crate::SimulatedDisk;
use crate::disk::{Disk, StoreDisk};
use crate::journal::{Came, Child, Journal, Noted};
use crate::runs::Runs;

const FOLDER: &str = "/runs/a";

fn past(disk: &SimulatedDisk) -> (Past, Vec<String>) {
    let runs = Runs::new(Arc::new(disk.clone()), Some("/runs".into()));
    Past::read(&runs.find(Some("a")).unwrap()).unwrap()
}

/// Writes a file of the journal; each record is a group.
fn part(disk: &SimulatedDisk, records: &[Record]) {
    let journal = Journal::create(disk, Path::new(FOLDER)).unwrap();
    for record in records {
        journal.append(record).unwrap();
        journal.commit_all().unwrap();
    }
}

fn began(steps: &[&str]) -> Record {
    let steps = steps.iter().map(|step| (*step).to_owned()).collect();
    Record::Began(Box::new(Began { run: "a".into(), steps, ..Began::default() }))
}

fn started(steps: &[&str]) -> Record {
    let (rows, scope) = (Vec::new(), Vec::new());
    let info = |name: &&str| StepInfo {
        name: (*name).to_owned(),
        title: String::new(),
        kind: String::new(),
        scope: scope.clone(),
        rows: rows.clone(),
        members: Vec::new(),
    };
    let steps = steps.iter().map(info).collect();
    let (run, graph) = ("a".to_owned(), String::new());
    event(What::RunStarted { version: 1, run, graph, unix_ms: 0, seed: 0, steps })
}

fn event(what: What) -> Record {
    Record::Event(Event { seq: 0, at_ms: 0, what })
}

fn result(step: usize, key: &str, took_us: u64) -> Record {
    Record::Result(Result {
        step,
        key: key.into(),
        fingerprint: blake3::hash(b"f"),
        inputs: Vec::new(),
        took_us,
        came: Came::Gave(Vec::new()),
        wrote: Vec::new(),
        left: Vec::new(),
    })
}

fn listed(step: usize, first: u64, names: &[&str]) -> Record {
    let child = |name: &&str| Child { name: Some((*name).to_owned()), ..Child::default() };
    Record::Listed(Listed { step, group: String::new(), first, children: names.iter().map(child).collect() })
}

fn took(past: &Past, step: &str, key: &str) -> Option<u64> {
    past.result(step, key).map(|result| result.took_us)
}

fn names(listing: &Listing, first: u64) -> String {
    listing.from(first).map(|child| child.name.unwrap()).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_last_result_counts_whatever_numbers_the_steps_have() {
    let disk = SimulatedDisk::default();
    let file = Record::GraphFile { path: "g.yaml".into(), content: b"windlass: 1".to_vec() };
    part(&disk, &[began(&["a", "b"]), file, result(0, "0", 1), result(1, "0", 2), result(1, "1", 3)]);
    // A newer program may count other steps, and a journal of an older one says their names in an event alone.
    part(&disk, &[result(0, "1", 4), started(&["b", "a"]), result(1, "7", 5)]);
    part(&disk, &[]);
    let (past, damage) = past(&disk);
    assert!(damage.is_empty());
    assert_eq!((took(&past, "a", "0"), took(&past, "b", "0"), took(&past, "b", "1")), (Some(1), Some(2), Some(4)));
    assert_eq!((took(&past, "a", "7"), took(&past, "a", "1"), took(&past, "c", "0")), (Some(5), None, None));
    assert!(past.has_started());
    assert_eq!(past.files()[Path::new("g.yaml")], b"windlass: 1");
    assert_eq!((past.parts(), past.began().unwrap().run.as_str()), (3, "a"));
}

#[test]
fn a_listing_has_no_gaps_and_says_whether_it_is_whole() {
    let disk = SimulatedDisk::default();
    part(&disk, &[began(&["find"]), listed(0, 0, &["a", "b", "c"]), listed(0, 3, &["d", "e"]), listed(0, 9, &["z"])]);
    let listing = |disk: &SimulatedDisk| {
        let (past, _) = past(disk);
        let listing = past.listing("find", "").unwrap();
        (names(listing, 0), names(listing, 2), listing.is_whole())
    };
    assert_eq!(listing(&disk), ("a b c d e".into(), "c d e".into(), false));
    part(&disk, &[began(&["find"]), listed(0, 5, &["f"]), listed(0, 4, &["E"]), result(0, "", 0)]);
    assert_eq!(listing(&disk), ("a b c d E".into(), "c d E".into(), true));
    part(&disk, &[began(&["find"]), listed(0, 0, &["A"]), listed(0, 2, &["C"])]);
    assert_eq!(listing(&disk), ("A".into(), String::new(), false), "a gap, whatever the result says");
    assert!(past(&disk).0.listing("find", "0").is_none());
}

#[test]
fn notes_stay_until_they_are_forgotten() {
    let disk = SimulatedDisk::default();
    let noted = |key: &str, note: Option<(&str, u64)>| {
        let note = note.map(|(name, content)| (name.to_owned(), content.into()));
        Record::Noted(Noted { step: "ask".into(), key: key.into(), note })
    };
    part(&disk, &[noted("0", Some(("a", 1))), noted("1", Some(("a", 2))), noted("0", Some(("a", 3)))]);
    part(&disk, &[noted("0", Some(("b", 4))), noted("1", None)]);
    let (past, _) = past(&disk);
    let notes: Vec<_> = past.notes().map(|note| format!("{} {} {}", note.key, note.name, note.content)).collect();
    assert_eq!(notes, ["0 a 3", "0 b 4"]);
}

#[test]
fn a_file_that_ends_anywhere_tells_of_what_is_whole() {
    let whole = SimulatedDisk::default();
    part(&whole, &[began(&["a"]), listed(0, 0, &["x", "y"]), result(0, "", 1), result(0, "0", 2)]);
    let bytes = whole.read(&Path::new(FOLDER).join("journal.0")).unwrap();
    let told = |length: usize| {
        let disk = SimulatedDisk::default();
        disk.make_folder(Path::new(FOLDER)).unwrap();
        let file = disk.open(&Path::new(FOLDER).join("journal.0"), crate::disk::Open::New).unwrap();
        file.write_at(&bytes[..length], 0).unwrap();
        drop(file);
        let (past, damage) = past(&disk);
        assert!(damage.is_empty(), "a torn tail is no damage");
        let listing = past.listing("a", "").map(|listing| (listing.len(), listing.is_whole()));
        let count = [past.began().is_some(), took(&past, "a", "").is_some(), took(&past, "a", "0").is_some()];
        (count.iter().filter(|there| **there).count(), listing)
    };
    let all: Vec<_> = (0..=bytes.len()).map(told).collect();
    assert!(all.is_sorted(), "what is told of less is told of more, too");
    assert_eq!(all.last(), Some(&(3, Some((2, true)))));
}

#[test]
fn a_wrong_byte_is_named_and_no_group_counts_as_whole_that_may_lack_children() {
    let group = || event(What::Group { step: 0, key: String::new(), count: 3, cause: None });
    for counted in [vec![], vec![group()]] {
        let whole = SimulatedDisk::default();
        let records = [began(&["a"]), listed(0, 0, &["x"]), listed(0, 1, &["y", "z"]), result(0, "", 1)];
        part(&whole, &records.into_iter().chain(counted.clone()).chain([result(0, "0", 2)]).collect::<Vec<_>>());
        let path = Path::new(FOLDER).join("journal.0");
        let bytes = whole.read(&path).unwrap();
        for at in 16..bytes.len() {
            let mut wrong = bytes.clone();
            wrong[at] ^= 4;
            let disk = SimulatedDisk::default();
            disk.make_folder(Path::new(FOLDER)).unwrap();
            disk.open(&path, crate::disk::Open::New).unwrap().write_at(&wrong, 0).unwrap();
            let (past, damage) = past(&disk);
            let Some(listing) = past.listing("a", "") else { continue };
            assert!(!listing.is_whole() || listing.len() == 3, "byte {at}: {damage:?}");
            assert!("x y z".starts_with(&names(listing, 0)), "byte {at}");
        }
    }
}

#[test]
fn failures_are_those_of_items_that_did_not_come_to_something_else_later() {
    let disk = SimulatedDisk::default();
    let causes = || vec!["no".to_owned()];
    let done =
        |key: &str, fate| event(What::Done { step: 0, key: key.into(), name: String::new(), fate, took_ms: None });
    let failed = |key: &str| done(key, Fate::Failed { causes: causes(), hint: None, attempts: 1 });
    let handled = event(What::Handled { step: 0, key: "1".into() });
    part(&disk, &[started(&["a"]), failed("0"), failed("1"), handled, failed("2"), done("3", Fate::Emitted)]);
    let Record::Result(result) = result(0, "7", 1) else { unreachable!() };
    let lost = Result { came: Came::Failed { causes: causes(), hint: None, attempts: 1 }, ..result };
    part(&disk, &[started(&["a"]), Record::Result(lost), done("2", Fate::Emitted)]);
    let (past, _) = past(&disk);
    let told = past.failures().map(|failure| format!("{} {} {}", failure.step, failure.key, failure.is_handled));
    assert_eq!(told.collect::<Vec<_>>(), ["a 0 false", "a 1 true", "a 7 false"]);
    assert_eq!(past.step("a").unwrap().info().unwrap().name, "a");
    assert_eq!(past.step("a").unwrap().results().map(|result| result.key).collect::<Vec<_>>(), ["7"]);
}
