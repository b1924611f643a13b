//! How values and written files differ, as far as both are still there.

use std::path::Path;

use serde_json::{Map, Value as Json};
use windlass_core::sections::Pair;
use windlass_core::value::difference::{Difference, by_line, by_row, pictures};
use windlass_core::value::{File, FileContent, Image, Value};
use windlass_image::codecs;
use windlass_store::Artifacts;
use windlass_store::diff::{FileChange, ValueChange, content};
use windlass_store::journal::Wrote;

use crate::report::size;

/// Larger files are not opened.
const MOST_BYTES: usize = 64 << 20;

/// Returns how a value differs.
pub fn of_value(change: &ValueChange, artifacts: Option<&Artifacts>) -> Option<Difference> {
    let (old, new) = change.kept.as_ref()?;
    let get = |stored| artifacts?.get(stored).ok();
    let (old, new) = (get(old)?, get(new)?);
    match (&old, &new) {
        (Value::File(before), Value::File(after)) => {
            let (old, new) = (in_memory(before)?, in_memory(after)?);
            (old != new).then(|| of_bytes(Path::new(&after.name), old, new))
        }
        _ => Some(old.difference(&new)),
    }
}

/// Returns how to look at both values.
pub fn values(change: &ValueChange, artifacts: Option<&Artifacts>) -> Option<Pair> {
    let ((old, new), artifacts) = (change.kept.clone()?, artifacts?.clone());
    Some(Pair::new(move || Some((artifacts.get(&old).ok()?, artifacts.get(&new).ok()?))))
}

/// Returns how to look at both files, as the pictures that they are.
pub fn files(change: &FileChange, artifacts: Option<&Artifacts>) -> Option<Pair> {
    let ((old, new), artifacts) = ((change.old.clone()?, change.new.clone()?), artifacts.cloned());
    let picture = move |wrote: &Wrote| Some(Value::Image(decoded(&content(wrote, artifacts.as_ref())?)?.into()));
    Some(Pair::new(move || Some((picture(&old)?, picture(&new)?))))
}

fn decoded(bytes: &[u8]) -> Option<Image> {
    Some(codecs::decode(bytes, &codecs::Options::default()).ok()?.image)
}

fn in_memory(file: &File) -> Option<&[u8]> {
    match &file.content {
        FileContent::Bytes(bytes) => Some(bytes),
        FileContent::Path(_) => None,
    }
}

/// Returns how a written file differs; `None` where its content is the same, or is gone.
pub fn of_file(change: &FileChange, artifacts: Option<&Artifacts>) -> Option<Difference> {
    let (old, new) = (change.old.as_ref()?, change.new.as_ref()?);
    if old.content == new.content {
        return None;
    }
    Some(of_bytes(&new.path, &content(old, artifacts)?, &content(new, artifacts)?))
}

/// Compares two files as what they are.
fn of_bytes(path: &Path, old: &[u8], new: &[u8]) -> Difference {
    let in_words = || Difference::Words { old: size(old.len() as u64), new: size(new.len() as u64) };
    if old.len().max(new.len()) > MOST_BYTES {
        return in_words();
    }
    of_pictures(old, new).or_else(|| of_texts(path, old, new)).unwrap_or_else(in_words)
}

fn of_pictures(old: &[u8], new: &[u8]) -> Option<Difference> {
    let (old, new) = (decoded(old)?, decoded(new)?);
    let in_words = || Value::Image(old.clone().into()).difference(&Value::Image(new.clone().into()));
    Some(pictures(&old, &new).unwrap_or_else(in_words))
}

fn of_texts(path: &Path, old: &[u8], new: &[u8]) -> Option<Difference> {
    let delimiter = match path.extension().and_then(|kind| kind.to_str()) {
        Some("csv") => Some(b','),
        Some("tsv") => Some(b'\t'),
        _ => None,
    };
    if let Some((old, new)) = delimiter.and_then(|delimiter| rows(old, delimiter).zip(rows(new, delimiter))) {
        return Some(by_row(&old, &new));
    }
    Some(by_line(std::str::from_utf8(old).ok()?, std::str::from_utf8(new).ok()?))
}

/// Reads a table; `None` where it is none.
fn rows(bytes: &[u8], delimiter: u8) -> Option<Vec<Json>> {
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(bytes);
    let columns = reader.headers().ok()?.clone();
    let row = |record: csv::StringRecord| -> Json {
        columns.iter().zip(&record).map(|(name, field)| (name.to_owned(), field.into())).collect::<Map<_, _>>().into()
    };
    reader.records().map(|record| record.ok().map(row)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_compared_as_what_they_are() {
        let told = |name: &str, old: &[u8], new: &[u8]| of_bytes(Path::new(name), old, new);
        let Difference::Rows(edits) = told("a.csv", b"name,n\na,1\nb,2\n", b"name,n\na,1\nb,3\n") else { panic!() };
        assert_eq!((edits.removed, edits.added, edits.changed), (0, 0, 1));
        assert!(
            matches!(told("a.csv", b"name,n\na,1,2\n", b"x\n"), Difference::Lines(_)),
            "no table: rows of two widths"
        );
        assert!(matches!(told("a.txt", b"a\n", b"b\n"), Difference::Lines(_)));
        let words = Difference::Words { old: "2 bytes".into(), new: "1 byte".into() };
        assert_eq!(told("a.bin", b"\xff\xfe", b"\xff"), words);
    }
}
