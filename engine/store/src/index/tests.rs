//! The index on whole, damaged, older, cut and missing files: what it says is what was put, or nothing.

use std::path::Path;

use super::*;
use crate::proofs::copy;

const TABLE: Table = Table::new("cache");
const OTHER: Table = Table::new("runs");

fn key(number: u32) -> Vec<u8> {
    format!("key {number:05}").into_bytes()
}

fn value(number: u32) -> Vec<u8> {
    blake3::hash(&number.to_le_bytes()).as_bytes().repeat(1 + number as usize % 5)
}

fn facts(numbers: std::ops::Range<u32>) -> impl Iterator<Item = Fact> {
    numbers.map(|number| Fact { table: TABLE, key: key(number), value: Some(value(number)) })
}

/// What a whole index never asks for.
fn no_truth() -> std::iter::Empty<Fact> {
    panic!("a whole index asks nobody")
}

fn layout() -> (tempfile::TempDir, Layout) {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::new(folder.path());
    (folder, layout)
}

/// Returns a workspace whose index knows so many entries, closed.
fn filled(count: u32) -> (tempfile::TempDir, Layout) {
    let (folder, layout) = layout();
    let opened = Index::open(&layout, || facts(0..0)).unwrap();
    assert_eq!(opened.notice, None);
    opened.index.apply(facts(0..count)).unwrap();
    opened.index.commit().unwrap();
    (folder, layout)
}

/// Asserts that each entry is what was put or nothing; returns how many are there.
fn whole_entries(index: &Index, count: u32) -> u32 {
    let is_there = |number: &u32| match index.get(TABLE, &key(*number)) {
        Ok(Some(found)) => {
            assert_eq!(found, value(*number));
            true
        }
        Ok(None) | Err(_) => false,
    };
    (0..count).filter(is_there).count() as u32
}

#[test]
fn what_was_committed_is_there_for_the_next_process() {
    let (_folder, layout) = filled(10);
    let index = Index::open(&layout, no_truth).unwrap().index;
    index.apply(facts(10..20).chain([Fact { table: TABLE, key: key(3), value: None }])).unwrap();
    index.commit().unwrap();
    drop(index);
    let index = Index::open(&layout, no_truth).unwrap().index;
    assert_eq!(whole_entries(&index, 30), 19);
    assert_eq!(index.get(OTHER, &key(5)).unwrap(), None);
}

#[test]
fn what_was_asked_before_is_told_as_it_is_since_facts_were_applied() {
    let (_folder, layout) = filled(1);
    let index = Index::open(&layout, no_truth).unwrap().index;
    let asked = || [(TABLE, 0), (TABLE, 1), (OTHER, 0)].map(|(table, number)| index.get(table, &key(number)).unwrap());
    assert_eq!(asked(), [Some(value(0)), None, None]);
    let gone = Fact { table: TABLE, key: key(0), value: None };
    let other = Fact { table: OTHER, key: key(0), value: Some(vec![7]) };
    index.apply(facts(1..2).chain([gone, other])).unwrap();
    assert_eq!(asked(), [None, Some(value(1)), Some(vec![7])]);
}

#[test]
fn keys_with_the_same_beginning_come_in_their_order() {
    let (_folder, layout) = filled(200);
    let index = Index::open(&layout, no_truth).unwrap().index;
    let mut seen = Vec::new();
    let take = |found: &[u8], bytes: &[u8]| {
        seen.push((found.to_vec(), bytes.to_vec()));
        if seen.len() == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    index.scan(TABLE, b"key 0001", take).unwrap();
    assert_eq!(seen, [10, 11, 12].map(|number| (key(number), value(number))));
}

#[test]
fn one_that_is_open_says_who_has_it() {
    let (_folder, layout) = filled(1);
    assert_eq!(Index::holder(&layout).unwrap(), None);
    let index = Index::open(&layout, no_truth).unwrap().index;
    let error = Index::open(&layout, no_truth).err().unwrap();
    let IndexError::Held(holder) = &error else { panic!("{error}") };
    assert_eq!((holder.pid, Index::holder(&layout).unwrap().as_ref()), (std::process::id(), Some(holder)));
    assert!(error.to_string().starts_with(&format!("the index is open in another process (process {}", holder.pid)));
    drop(index);
    // What the file says of one that is gone counts for nothing, wherever that was.
    fs::write(layout.index_holder(), r#"{"host":"elsewhere","pid":1,"since_s":5}"#).unwrap();
    assert_eq!(Index::holder(&layout).unwrap(), None);
    assert!(Index::open(&layout, no_truth).is_ok());
}

#[test]
fn one_that_was_begun_and_not_finished_is_made_anew() {
    let (_folder, layout) = layout();
    let killed_in_between = std::panic::catch_unwind(|| {
        Index::open(&layout, || facts(0..9000).inspect(|fact| assert!(fact.key != key(8000)))).map(drop)
    });
    assert!(killed_in_between.is_err());
    let opened = Index::open(&layout, || facts(0..9000)).unwrap();
    assert_eq!(opened.notice.as_deref(), Some("the index was made anew, because it was not whole"));
    assert_eq!(whole_entries(&opened.index, 9000), 9000);
}

#[test]
fn one_of_another_version_is_made_anew() {
    let (_folder, layout) = filled(1);
    let index = Index::open(&layout, no_truth).unwrap().index;
    index.apply([Fact { table: ABOUT, key: b"version".to_vec(), value: Some(b"0".to_vec()) }]).unwrap();
    index.close().unwrap();
    drop(index);
    let opened = Index::open(&layout, || facts(0..9)).unwrap();
    let notice = "the index was made anew, because another version of Windlass made it";
    assert_eq!(opened.notice.as_deref(), Some(notice));
    assert_eq!(whole_entries(&opened.index, 9), 9);
}

#[test]
fn an_older_copy_knows_less_and_nothing_wrong() {
    let (_folder, layout) = filled(100);
    let older = tempfile::tempdir().unwrap();
    copy(&layout.index(), older.path());
    let index = Index::open(&layout, no_truth).unwrap().index;
    index.apply(facts(100..200)).unwrap();
    index.commit().unwrap();
    drop(index);
    fs::remove_dir_all(layout.index()).unwrap();
    copy(older.path(), &layout.index());
    let index = Index::open(&layout, no_truth).unwrap().index;
    assert_eq!(whole_entries(&index, 200), 100);
}

#[test]
fn what_is_copied_while_it_is_written_opens_with_all_that_was_committed() {
    let (_folder, layout) = filled(500);
    let index = Index::open(&layout, no_truth).unwrap().index;
    for round in 0..5 {
        let count = 500 + round * 100;
        index.apply(facts(count..count + 100)).unwrap();
        index.commit().unwrap();
        // As after a kill: nothing was closed.
        let (_other, found) = self::layout();
        copy(&layout.index(), &found.index());
        let found = Index::open(&found, || facts(0..count + 100)).unwrap();
        assert_eq!(whole_entries(&found.index, 2000), count + 100);
    }
}

#[test]
fn what_was_applied_is_on_the_disk_after_a_while_though_nobody_commits_it() {
    let (_folder, layout) = filled(10);
    let index = Index::open(&layout, no_truth).unwrap().index;
    let known_after_a_kill = || {
        let (_other, found) = self::layout();
        copy(&layout.index(), &found.index());
        whole_entries(&Index::open(&found, no_truth).unwrap().index, 9000)
    };
    index.apply(facts(10..20)).unwrap();
    assert_eq!((whole_entries(&index, 9000), known_after_a_kill()), (20, 10), "seen at once, kept later");
    index.apply(facts(20..9000)).unwrap();
    assert_eq!(known_after_a_kill(), 9000);
}

#[test]
fn what_a_kill_left_of_making_one_is_no_hindrance() {
    let (_folder, layout) = layout();
    fs::create_dir_all(layout.index()).unwrap();
    fs::write(layout.index().join("db.new"), "not whole").unwrap();
    let opened = Index::open(&layout, || facts(0..3)).unwrap();
    assert_eq!(whole_entries(&opened.index, 9), 3);
}

/// Opens an index with damaged files; whatever happens, it says nothing wrong, and knows all unless it fails. Returns whether
/// the damage was noticed.
fn survives(damage: impl FnOnce(&Path), whole: &Path, count: u32) -> bool {
    let (_folder, layout) = layout();
    copy(whole, &layout.index());
    damage(&layout.index());
    let opened = Index::open(&layout, || facts(0..count)).unwrap();
    let known = whole_entries(&opened.index, count);
    let has_failed = opened.index.commit().is_err();
    let is_noticed = opened.notice.is_some() || has_failed;
    assert!(known == count || has_failed, "what is not noticed, or was made anew, is whole: {known} of {count}");
    drop(opened.index);
    if has_failed {
        let again = Index::open(&layout, || facts(0..count)).unwrap();
        assert_eq!((whole_entries(&again.index, count), again.notice.is_some()), (count, true));
    }
    is_noticed
}

#[test]
fn files_that_are_cut_off_or_gone_are_made_anew() {
    let (_folder, layout) = filled(2000);
    let whole = layout.index();
    let size = fs::metadata(whole.join(db::FILE)).unwrap().len();
    for part in 0..8 {
        let cut = |index: &Path| {
            let file = fs::OpenOptions::new().write(true).open(index.join(db::FILE)).unwrap();
            file.set_len(size * part / 8 + part).unwrap();
        };
        survives(cut, &whole, 2000);
    }
    for gone in fs::read_dir(&whole).unwrap().map(|entry| entry.unwrap().file_name()) {
        let remove = |index: &Path| {
            let path = index.join(&gone);
            drop(if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) });
        };
        survives(remove, &whole, 2000);
    }
}

#[test]
fn bytes_that_rot_in_a_file_that_nobody_touched_make_it_say_nothing_wrong() {
    let (_folder, layout) = filled(300);
    let whole = layout.index();
    let bytes = fs::read(whole.join(db::FILE)).unwrap();
    for at in (0..bytes.len()).step_by(1 + bytes.len() / 100) {
        let (_folder, layout) = self::layout();
        copy(&whole, &layout.index());
        let mut changed = bytes.clone();
        changed[at] ^= 0x11;
        fs::write(layout.index().join(db::FILE), changed).unwrap();
        clean::mark(&layout.index(), db::FILE).unwrap();
        let opened = Index::open(&layout, || facts(0..300)).unwrap();
        whole_entries(&opened.index, 300);
    }
}

#[test]
fn one_that_is_closed_is_free_for_others_and_answers_no_more() {
    let (_folder, layout) = filled(3);
    let index = Index::open(&layout, no_truth).unwrap().index;
    assert!(!layout.index().join("clean").exists());
    index.close().unwrap();
    assert!(layout.index().join("clean").exists());
    assert_eq!(index.get(TABLE, &key(1)).unwrap_err().to_string(), "the index has failed: it is closed");
    assert_eq!(whole_entries(&Index::open(&layout, no_truth).unwrap().index, 9), 3);
    index.close().unwrap();
}

#[test]
fn a_missing_one_is_made_anew_and_says_so_where_there_is_something_to_know() {
    let (_folder, layout) = layout();
    let opened = Index::open(&layout, || facts(0..3)).unwrap();
    assert_eq!(opened.notice.as_deref(), Some("the index was made anew, because it was missing"));
    assert_eq!(whole_entries(&opened.index, 9), 3);
    assert!(Index::open(&self::layout().1, || facts(0..0)).is_ok_and(|opened| opened.notice.is_none()));
}

#[test]
fn no_changed_byte_makes_it_panic_say_something_wrong_or_know_less() {
    let (_folder, layout) = filled(300);
    let whole = layout.index();
    let mut noticed = 0;
    for name in fs::read_dir(&whole).unwrap().map(|entry| entry.unwrap().file_name()) {
        let Ok(bytes) = fs::read(whole.join(&name)) else { continue };
        let header = 0..bytes.len().min(30);
        for at in header.chain((30..bytes.len()).step_by(1 + bytes.len() / 30)) {
            let change = |index: &Path| {
                let mut changed = bytes.clone();
                changed[at] ^= 0x11;
                fs::write(index.join(&name), changed).unwrap();
            };
            noticed += u32::from(survives(change, &whole, 300));
        }
    }
    assert!(noticed > 0, "no change was ever noticed: does this test change the right files?");
}
