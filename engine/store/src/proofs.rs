//! Proofs about a workspace as a whole: one with a little of everything is damaged, old, moved, cut off, and looked at again.

mod elsewhere;
mod fixtures;
mod flipped;
pub(crate) mod made;
mod power;

use std::fs;
use std::path::Path;

/// Copies what is in a folder; what is read-only there can be written in the copy.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to.join(entry.file_name())),
            false => fs::write(to.join(entry.file_name()), fs::read(entry.path()).unwrap()).unwrap(),
        }
    }
}
