//! Journals as runs write them, compared.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;
use windlass_core::event::{Event, Fate, StepInfo, What};

use super::*;
use crate::SimulatedDisk;
use crate::journal::{Came, Given, Journal, Kept, Record, Result};
use crate::runs::Runs;

fn runs() -> Runs {
    Runs::new(Arc::new(SimulatedDisk::default()), Some("/runs".into()))
}

fn step(name: &str) -> StepInfo {
    let (name, title, kind) = (name.to_owned(), name.to_owned(), "t.kind".to_owned());
    StepInfo { name, title, kind, scope: vec![], rows: vec![], members: vec![] }
}

fn event(journal: &Journal, what: What) {
    journal.append_event(&Event { seq: 0, at_ms: 0, what }).unwrap();
}

fn started(journal: &Journal, steps: &[&str]) {
    let steps = steps.iter().map(|name| step(name)).collect();
    event(journal, What::RunStarted { version: 1, run: "r".into(), graph: "g".into(), unix_ms: 0, seed: 0, steps });
}

/// What an item does with its text.
#[derive(Clone, Copy)]
enum As {
    Value,
    File,
}

/// Adds an item of a step that gave a small text, or wrote a file with it.
fn item(journal: &Journal, step: usize, key: &str, name: &str, (text, told): (&str, As)) {
    let stored = Some(Stored::Inline(text.as_bytes().into()));
    let identity = blake3::hash(text.as_bytes());
    let kept = Kept { identity, ty: "text".into(), size_bytes: 1, stored };
    let wrote = Wrote { path: PathBuf::from(format!("/out/{name}")), content: identity.to_string(), size_bytes: 1 };
    let came = Came::Gave(vec![("out".into(), Given::Value(kept))]);
    let (fingerprint, inputs, took_us) = (identity, vec![], 1);
    let wrote = if matches!(told, As::File) { vec![wrote] } else { vec![] };
    let result = Result { step, key: key.into(), fingerprint, inputs, took_us, came, wrote, left: Vec::new() };
    journal.append(&Record::Result(result)).unwrap();
    done(journal, step, key, name, Fate::Emitted);
}

fn done(journal: &Journal, step: usize, key: &str, name: &str, fate: Fate) {
    event(journal, What::Done { step, key: key.into(), name: name.into(), fate, took_ms: None });
}

/// Writes a run, and reads what it came to.
fn account(runs: &Runs, name: &str, write: impl FnOnce(&Journal)) -> Account {
    let journal = runs.begin(name).unwrap().unwrap();
    write(&journal);
    journal.commit_all().unwrap();
    Account::read(&runs.find(Some(name)).unwrap()).unwrap()
}

#[test]
fn items_are_compared_by_their_names_whatever_their_keys() {
    let runs = runs();
    let skipped = || Fate::Skipped { reason: "dark".into() };
    let old = account(&runs, "a", |journal| {
        started(journal, &["read", "gone"]);
        for (key, name, text) in [("0", "a", "1"), ("1", "b", "2"), ("2", "c", "3")] {
            item(journal, 0, key, name, (text, As::Value));
        }
        done(journal, 0, "3", "d", skipped());
    });
    let new = account(&runs, "b", |journal| {
        started(journal, &["first", "read"]);
        for (key, name, text) in [("0", "0new", "9"), ("1", "a", "1"), ("2", "b", "other")] {
            item(journal, 1, key, name, (text, As::Value));
        }
        done(journal, 1, "4", "d", Fate::Emitted);
    });
    let found = difference(&old, &new);
    let [step] = &found.steps[..] else { panic!("{:?}", found.steps) };
    assert_eq!((&*step.step, step.alike), ("read", 1));
    assert_eq!((&step.gone[..], &step.added[..]), (&["c".to_owned()][..], &["0new".to_owned()][..]));
    let fate = FateChange { item: "d".into(), old: "skipped: dark".into(), new: "emitted".into() };
    assert_eq!(step.fates, [fate]);
    assert_eq!(step.values.iter().map(|value| (&*value.item, value.is_known)).collect::<Vec<_>>(), [("b", true)]);
    let names: Vec<_> = found.figures.iter().map(|of| (&*of.step, of.old.is_some(), of.new.is_some())).collect();
    assert_eq!(names, [("first", false, true), ("read", true, true), ("gone", true, false)]);
    assert!(difference(&old, &old).steps.is_empty());
}

#[test]
fn a_run_of_several_processes_is_what_all_of_them_did() {
    let runs = runs();
    drop(account(&runs, "a", |journal| {
        started(journal, &["read"]);
        item(journal, 0, "0", "a", ("1", As::Value));
        done(journal, 0, "1", "b", Fate::Failed { causes: vec!["no".into()], hint: None, attempts: 1 });
    }));
    let old = account(&runs, "a", |journal| {
        started(journal, &["other", "read"]);
        item(journal, 1, "1", "b", ("2", As::Value));
    });
    assert_eq!(old.items["read"].len(), 2);
    assert!(old.items["read"].values().all(|item| item.left.is_none()));
}

#[test]
fn of_what_was_written_the_files_are_compared() {
    let runs = runs();
    let with = |name: &str, text: &str| {
        account(&runs, name, |journal| {
            started(journal, &["write"]);
            item(journal, 0, "0", "a", (text, As::File));
            item(journal, 0, "1", "b", ("same", As::File));
        })
    };
    let found = difference(&with("a", "1"), &with("b", "2"));
    let [step] = &found.steps[..] else { panic!("{:?}", found.steps) };
    assert_eq!((step.alike, step.values.len(), step.files.len()), (1, 0, 1));
    assert!(!step.files[0].is_moved());
    let moved = |path: &str| Wrote { path: path.into(), content: "c".into(), size_bytes: 1 };
    let [found] = &files("a", &[moved("/x")], &[moved("/y")])[..] else { panic!("one file was moved") };
    assert!(found.is_moved());
}

#[test]
fn a_value_that_is_not_kept_is_not_said_to_differ() {
    let gave = |text: &str, is_kept: bool| {
        let stored = is_kept.then(|| Stored::Inline(text.as_bytes().into()));
        Gave { identity: blake3::hash(text.as_bytes()), stored }
    };
    assert_eq!(value("a", "out", &gave("1", false), &gave("1", true)), None);
    assert!(!value("a", "out", &gave("1", false), &gave("2", true)).unwrap().is_known);
    let same_bytes = Gave { identity: blake3::hash(b"made otherwise"), ..gave("1", true) };
    assert_eq!(value("a", "out", &gave("1", true), &same_bytes), None);
}

#[test]
fn outputs_are_compared_in_the_order_of_their_keys() {
    let runs = runs();
    let with = |name: &str, values: &[(&str, Json)]| {
        account(&runs, name, |journal| {
            for (key, value) in values {
                event(journal, What::Output { name: "rows".into(), key: (*key).into(), value: value.clone() });
            }
        })
    };
    let old = with("a", &[("10", json!("k")), ("2", json!("c")), ("0", json!("a"))]);
    let new = with("b", &[("0", json!("new")), ("1", json!("a")), ("3", json!("c")), ("11", json!("k"))]);
    let found = difference(&old, &new).outputs;
    let Difference::Rows(edits) = &found[0].difference else { panic!("{found:?}") };
    assert_eq!((edits.removed, edits.added, edits.changed), (0, 1, 0), "{edits:?}");
    let text = |text: &str| with(text, &[("", json!(text))]);
    let found = difference(&text("one\ntwo"), &text("one\n2")).outputs;
    assert!(matches!(&found[0].difference, Difference::Lines(edits) if edits.added == 1), "{found:?}");
}
