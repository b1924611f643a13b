//! Archives of the usual tools, and ours, against what the other tools find in them. `oracle/archives.py` made them.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use windlass_core::harness::Harness;
use windlass_core::registry::Registry;
use windlass_core::value::{File, FileContent, Value};

/// Names with the hashes of what they stand for.
type Listing = BTreeMap<String, String>;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/archives")
}

fn expected() -> Json {
    serde_json::from_slice(&std::fs::read(folder().join("expected.json")).unwrap()).unwrap()
}

fn bench(kind: &str) -> Harness {
    Harness::new(Registry::new([windlass_files::pack()]).unwrap().kind(kind).unwrap().clone())
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns what our nodes find in an archive.
fn unpacked(archive: &str) -> Listing {
    let file = Arc::new(File::on_disk(folder().join(archive), archive, "application/octet-stream"));
    let bench = bench(if archive.ends_with(".zip") { "files.unzip" } else { "files.untar" });
    let bench = if archive.starts_with("shift_jis") { bench.param("names", "shift_jis") } else { bench };
    let gave = bench.input("file", file).fire().unwrap();
    let entry = |child: &windlass_core::harness::GaveChild| {
        let file: Arc<File> = child.get("file").unwrap_or_else(|error| panic!("{archive}: {error}"));
        let FileContent::Bytes(bytes) = &file.content else { panic!("{archive}: not in memory") };
        (child.name().unwrap().to_owned(), sha256(bytes))
    };
    gave.children().iter().map(entry).collect()
}

#[test]
fn archives_hold_what_the_usual_tools_find_in_them() {
    let expected = expected();
    let archives = expected["archives"].as_object().unwrap();
    assert_eq!(archives.len(), 19, "{:?}", archives.keys());
    for (archive, listing) in archives {
        let listing: Listing = serde_json::from_value(listing.clone()).unwrap();
        assert_eq!(unpacked(archive), listing, "{archive}");
    }
}

/// The files that the script packs, by the same formula.
fn tree() -> Value {
    let expected = expected();
    let file = |(name, size): (&String, &Json)| {
        let content = |at: u64| ((31 * at + name.len() as u64) % 251) as u8;
        let bytes: Vec<u8> = (0..size.as_u64().unwrap()).map(content).collect();
        Value::File(Arc::new(File::in_memory(bytes, name.as_str(), "application/octet-stream")))
    };
    Value::List(Arc::new(expected["tree"].as_object().unwrap().iter().map(file).collect()))
}

/// `unzip -t` and `tar` have passed the frozen ones. What is compressed is not compared byte for byte, since the libraries
/// that do it may do it better one day.
#[test]
fn what_is_written_is_what_the_usual_tools_have_passed() {
    for (archive, kind, more) in
        [("ours-stored.zip", "files.zip", Some(("compression", "store"))), ("ours.tar", "files.tar", None)]
    {
        let bench = bench(kind).param("path", archive).input("files", tree());
        let bench = more.into_iter().fold(bench, |bench, (name, value)| bench.param(name, value));
        let gave = bench.fire().unwrap();
        assert!(gave.file(archive).unwrap() == std::fs::read(folder().join(archive)).unwrap(), "{archive}");
    }
}
