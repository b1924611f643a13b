//! Bytes of a workspace changed one at a time: nothing panics, and whatever is told then was once written.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use super::made;
use crate::questions::{self, Board, Posted};
use crate::{Layout, Stored, Workspace};

/// Bytes at the beginning of each file, and of each entry of a pack, that are all changed.
const HEADER_BYTES: usize = 64;

/// Of a file that is not larger, a journal with the heads of its records among them, all bytes are changed.
const SMALL_BYTES: usize = 2048;

/// Bytes beyond them, chosen by chance over all files.
const OTHERS: usize = 2000;

/// Those of them that lie in the index, where one look takes as long as a hundred elsewhere.
const OTHERS_IN_INDEX: usize = 100;

/// A workspace with a live run that asks something.
struct House {
    folder: tempfile::TempDir,
    kept: Vec<Stored>,
    _board: Board,
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let kept = made::make(folder.path());
        let mut board = Board::create(&folder.path().join(".windlass"), "19c-3").unwrap();
        board.show(&[posted()]).unwrap();
        Self { folder, kept, _board: board }
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join(".windlass")
    }

    /// Looks at what one file has a part in; returns how much of it is found.
    fn look(&self, part: &str) -> usize {
        let workspace = match Workspace::find(self.folder.path()) {
            Ok(found) => found.unwrap(),
            Err(error) => {
                assert!(part == "version", "refused, with `{part}` changed: {error}");
                return 0;
            }
        };
        match part {
            "written.jsonl" => made::look_at_ledger(&workspace),
            "grants" => made::look_at_grants(&workspace),
            "runs" => made::look_at_journals(&workspace, &self.kept),
            "blobs" | "packs" => made::look_at_values(&workspace, &self.kept),
            "questions" => self.look_at_questions(),
            _ => made::look(self.folder.path(), &self.kept).records,
        }
    }

    fn look_at_questions(&self) -> usize {
        let runs = questions::runs(&self.home()).unwrap();
        let asked: Vec<_> = runs.iter().flat_map(|run| run.questions().unwrap()).collect();
        assert!(asked.iter().all(|asked| *asked == posted()), "{asked:?} was never asked");
        asked.len()
    }

    /// Changes a byte, looks, and puts everything back.
    fn change(&self, path: &Path, whole: &[u8], at: usize, by: u8) {
        let mut bytes = whole.to_vec();
        bytes[at] ^= by;
        put(path, &bytes).unwrap();
        let part = path.strip_prefix(self.home()).unwrap().iter().next().unwrap().to_string_lossy();
        let looked = catch_unwind(AssertUnwindSafe(|| self.look(&part)));
        assert!(looked.is_ok(), "byte {at} of `{}` changed by {by:#x}", path.display());
        put(path, whole).unwrap();
        drop(fs::remove_dir_all(self.home().join("damaged")));
    }
}

fn posted() -> Posted {
    let text = |text: &str| text.to_owned();
    Posted { node: text("ask"), key: text("0"), name: text("a.jpg"), question: text("keep?"), answers: text("bool") }
}

/// What is kept is made read-only, so the file itself is replaced.
fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    drop(fs::remove_file(path));
    fs::write(path, bytes)
}

/// Returns the files below a folder with their bytes.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files.extend(self::files(&path)),
            false => files.extend(fs::read(&path).ok().map(|bytes| (path, bytes))),
        }
    }
    files.sort();
    files
}

/// Returns the places of the bytes that say what the others are.
fn headers(bytes: &[u8]) -> BTreeSet<usize> {
    if bytes.len() <= SMALL_BYTES {
        return (0..bytes.len()).collect();
    }
    let entries = bytes.windows(4).enumerate().filter(|(_, four)| four == b"WLPE").map(|(at, _)| at);
    entries.chain([0]).flat_map(|at| at..bytes.len().min(at + HEADER_BYTES)).collect()
}

/// Returns places in files, spread over all their bytes, and by what each byte is changed.
fn chosen(files: &[(PathBuf, Vec<u8>)], count: usize) -> Vec<(usize, usize, u8)> {
    let total: usize = files.iter().map(|(_, bytes)| bytes.len()).sum();
    let mut chance = blake3::Hasher::new().update(b"flipped").finalize_xof();
    let mut choose = || {
        let mut eight = [0; 8];
        chance.fill(&mut eight);
        let mut place = (u64::from_le_bytes(eight) >> 8) as usize % total;
        let file =
            files.iter().position(|(_, bytes)| place.checked_sub(bytes.len()).map(|left| place = left).is_none());
        (file.unwrap(), place, eight[0] | 1)
    };
    (0..count).map(|_| choose()).collect()
}

#[test]
fn no_changed_byte_of_a_workspace_panics_or_tells_something_wrong() {
    let house = House::new();
    let mut files = files(&house.home());
    files.retain(|(path, bytes)| !path.ends_with(".gitignore") && !bytes.is_empty());
    let parts = ["version", "written.jsonl", "grants", "runs", "blobs", "packs", "questions"];
    assert!(parts.iter().all(|part| files.iter().any(|(path, _)| path.starts_with(house.home().join(part)))));
    for (path, bytes) in &files {
        headers(bytes).into_iter().for_each(|at| house.change(path, bytes, at, 1 << (at % 8)));
    }
    for (file, at, by) in chosen(&files, OTHERS - OTHERS_IN_INDEX) {
        let (path, bytes) = &files[file];
        house.change(path, bytes, at, by);
    }
    let whole = made::look(house.folder.path(), &house.kept);
    assert_eq!((whole.claims, whole.grants, whole.values), (4, 2, 5), "the test put everything back");
}

#[test]
fn no_changed_byte_of_the_index_panics_or_tells_something_wrong() {
    let folder = tempfile::tempdir().unwrap();
    made::make_index(&Layout::new(folder.path()));
    let whole = files(&folder.path().join("index"));
    let look = |file: usize, at: usize, by: u8| {
        let damaged = tempfile::tempdir().unwrap();
        for (number, (path, bytes)) in whole.iter().enumerate() {
            let mut bytes = bytes.clone();
            if number == file {
                bytes[at] ^= by;
            }
            let path = damaged.path().join(path.strip_prefix(folder.path()).unwrap());
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        made::look_at_index(&Layout::new(damaged.path()));
    };
    for (file, (_, bytes)) in whole.iter().enumerate() {
        (0..bytes.len().min(HEADER_BYTES)).for_each(|at| look(file, at, 1 << (at % 8)));
    }
    chosen(&whole, OTHERS_IN_INDEX).into_iter().for_each(|(file, at, by)| look(file, at, by));
}

#[test]
fn a_changed_holder_of_the_index_is_not_named() {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::new(folder.path());
    let _open = crate::Index::open(&layout, std::iter::empty).unwrap().index;
    let path = layout.index_holder();
    let (whole, meant) = (fs::read(&path).unwrap(), crate::Index::holder(&layout).unwrap().unwrap());
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        // Written in place: its lock has to stay.
        fs::write(&path, &bytes).unwrap();
        let said = crate::Index::holder(&layout).unwrap().unwrap();
        assert!(said == meant || said.pid == 0, "byte {at}: {said:?}");
    }
}
