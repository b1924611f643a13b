//! The power of a whole workspace cut at any moment: whatever its journal tells is there, and the index may be of any age.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use windlass_core::value::{Codecs, Value};

use super::made::{noise, result_with, text_of};
use crate::index::{Fact, Index, Table};
use crate::journal::{Came, Given, Record, Result, Told};
use crate::runs::Runs;
use crate::{Artifacts, Layout, SimulatedDisk, Stored};

const HOME: &str = "/w/.windlass";
const TABLE: Table = Table::new("cache");

/// What was reported durable before the cut.
struct Durable {
    results: Vec<Result>,
}

fn on(disk: &SimulatedDisk) -> (Artifacts, Runs) {
    let layout = Layout::new(Path::new(HOME));
    let disk = Arc::new(disk.clone());
    (Artifacts::open(disk.clone(), &layout, Codecs::default()), Runs::new(disk, Some(layout.runs())))
}

fn value(seed: u64, at: u64) -> Value {
    Value::text(noise(seed * 1000 + at, [10, 400, 3000, 70_000][((seed + at) % 4) as usize]))
}

/// Works as a run does until the power is cut: values, their commit, the records that name them, and their commit.
fn run_until_the_cut(disk: &SimulatedDisk, seed: u64) -> Durable {
    let mut durable = Durable { results: Vec::new() };
    let (artifacts, runs) = on(disk);
    disk.cut_after(4 + seed * 7 % 150);
    let Ok(Some(journal)) = runs.begin("19a-1") else { return durable };
    for group in 0..20 {
        let mut results = Vec::new();
        for at in (0..4).map(|member| 4 * group + member) {
            let Ok(stored) = artifacts.put(&value(seed, at)) else { return durable };
            results.push(result_with(at, &stored));
        }
        if artifacts.commit().is_err() {
            return durable;
        }
        for result in &results {
            journal.append(&Record::Result(result.clone())).unwrap();
        }
        if journal.commit_all().is_err() {
            return durable;
        }
        durable.results.append(&mut results);
    }
    durable
}

fn told(runs: &Runs) -> Vec<Result> {
    let mut results = Vec::new();
    // Where the cut came before the first name of all was durable, there is no run.
    let Ok(run) = runs.find(None) else { return results };
    let mut reader = run.read().unwrap();
    while let Some(told) = reader.next().unwrap() {
        match told {
            Told::Record(Record::Result(result)) => results.push(result),
            Told::Record(_) => {}
            Told::Damaged { path, from, to } => panic!("a cut is no damage: {} {from}..{to}", path.display()),
        }
    }
    results
}

fn stored_in(result: &Result) -> &Stored {
    match &result.came {
        Came::Gave(ports) => match &ports[0].1 {
            Given::Value(kept) => kept.stored.as_ref().unwrap(),
            Given::Skip(_) => panic!("these results have values"),
        },
        Came::Failed { .. } => panic!("these results have values"),
    }
}

#[test]
fn after_any_cut_of_the_power_the_journal_tells_what_was_durable_and_every_value_that_it_names_is_there() {
    // A script asks for more.
    let cuts = std::env::var("CUTS").ok().and_then(|cuts| cuts.parse().ok()).unwrap_or(60);
    let mut durable_in_all = 0;
    for seed in 0..cuts {
        let disk = SimulatedDisk::default();
        let durable = run_until_the_cut(&disk, seed);
        let found = disk.cut(seed);
        let (artifacts, runs) = on(&found);
        let told = told(&runs);
        assert!(told.starts_with(&durable.results), "cut {seed}: {} of {}", told.len(), durable.results.len());
        for (at, result) in (0..).zip(&told) {
            let kept = artifacts.get(stored_in(result)).unwrap_or_else(|missing| panic!("cut {seed}: {missing}"));
            assert_eq!(text_of(&kept), text_of(&value(seed, at)), "cut {seed}");
        }
        the_index_of_another_age_tells_nothing_wrong(&told, seed);
        durable_in_all += durable.results.len();
        // The workspace works as before.
        let journal = runs.begin("19b-2").unwrap().unwrap();
        journal.append(&Record::Result(result_with(0, &artifacts.put(&value(seed, 3)).unwrap()))).unwrap();
        assert!(artifacts.commit().is_ok() && journal.commit_all().is_ok());
    }
    assert!(durable_in_all > 0, "every cut came before anything was durable");
}

/// What is told is filled into an index; the one that was there before is older, cut off, changed, or missing.
fn the_index_of_another_age_tells_nothing_wrong(told: &[Result], seed: u64) {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::new(folder.path());
    let older = &told[..told.len() / 2];
    if !seed.is_multiple_of(4) {
        drop(Index::open(&layout, || facts(older)).unwrap());
        damage(&layout, seed);
    }
    let opened = Index::open(&layout, || facts(told)).unwrap();
    let mut known = 0;
    for fact in facts(told) {
        let found = opened.index.get(TABLE, &fact.key).ok().flatten();
        assert!(found.is_none() || found == fact.value, "cut {seed}");
        known += usize::from(found.is_some());
    }
    let is_anew = seed.is_multiple_of(4) || opened.notice.is_some();
    assert!(known == if is_anew { told.len() } else { older.len() } || opened.index.commit().is_err(), "cut {seed}");
}

fn facts(results: &[Result]) -> impl Iterator<Item = Fact> {
    let fact = |result: &Result| Fact {
        table: TABLE,
        key: result.fingerprint.as_bytes().to_vec(),
        value: Some(result.to_bytes()),
    };
    results.iter().map(fact).collect::<Vec<_>>().into_iter()
}

fn damage(layout: &Layout, seed: u64) {
    let path = layout.index().join("db");
    let size = fs::metadata(&path).unwrap().len();
    let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    match seed % 4 {
        1 => {}
        2 => file.set_len(size * (seed % 7) / 7 + seed % 13).unwrap(),
        _ => std::os::unix::fs::FileExt::write_all_at(&file, noise(seed, 600).as_bytes(), seed * 77 % size).unwrap(),
    }
    // On some disks the time of the last change has steps of some milliseconds.
    file.set_modified(SystemTime::now() + Duration::from_secs(1)).unwrap();
}
