//! Forgotten files: every `.rs` file is reached from a root of its crate by `mod` lines, so that it is compiled.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::hold;
use super::tree::{Source, files, packages};

/// The paths that Cargo starts from in the folder of a crate, beside those that its manifest names.
const ROOTS: [&str; 3] = ["src/lib.rs", "src/main.rs", "build.rs"];

#[test]
fn no_file_is_forgotten() {
    let texts: BTreeMap<_, _> =
        files(&["rs"]).into_iter().map(|Source { path, text }| (PathBuf::from(path), text)).collect();
    let mut reached = BTreeSet::new();
    for root in roots(&texts) {
        reach(&root, true, &texts, &mut reached);
    }
    let forgotten = texts.keys().filter(|path| !reached.contains(*path)).map(|path| path.display().to_string());
    hold("a file that no `mod` line names is never compiled, and its tests never run", &forgotten.collect::<Vec<_>>());
}

fn roots(texts: &BTreeMap<PathBuf, String>) -> Vec<PathBuf> {
    let mut roots = Vec::new();
    for package in packages() {
        let folder = Path::new(&package.folder);
        let named = package.manifest.lines().filter_map(|line| line.strip_prefix("path = \"")?.strip_suffix('"'));
        roots.extend(named.chain(ROOTS).map(|path| clean(&folder.join(path))));
        roots.extend(texts.keys().filter(|path| is_found_by_cargo(path, folder, &package.manifest)).cloned());
    }
    roots.retain(|root| texts.contains_key(root));
    roots
}

/// Returns whether Cargo finds a file by its place: examples, benches, and tests unless the manifest forbids it.
fn is_found_by_cargo(path: &Path, folder: &Path, manifest: &str) -> bool {
    let looked_at = ["examples", "benches", "tests", "src/bin"];
    let looked_at = looked_at.iter().filter(|place| **place != "tests" || !manifest.contains("autotests = false"));
    let folder_of = if path.ends_with("main.rs") { path.parent().and_then(Path::parent) } else { None };
    looked_at
        .into_iter()
        .map(|place| clean(&folder.join(place)))
        .any(|place| path.parent() == Some(&place) || folder_of == Some(&place))
}

/// Drops the `.` that stands for the root package.
fn clean(path: &Path) -> PathBuf {
    path.components().filter(|part| !matches!(part, std::path::Component::CurDir)).collect()
}

fn reach(file: &Path, is_root: bool, texts: &BTreeMap<PathBuf, String>, reached: &mut BTreeSet<PathBuf>) {
    let Some(text) = texts.get(file) else { return };
    if !reached.insert(file.to_owned()) {
        return;
    }
    let folder = match is_root || file.ends_with("mod.rs") {
        true => file.parent().unwrap().to_owned(),
        false => file.with_extension(""),
    };
    for name in text.lines().filter_map(module) {
        for child in [folder.join(format!("{name}.rs")), folder.join(name).join("mod.rs")] {
            reach(&child, false, texts, reached);
        }
    }
}

/// Returns the name in `mod name;`, `pub mod name;`, `pub(crate) mod name;`.
fn module(line: &str) -> Option<&str> {
    let (before, name) = line.trim().strip_suffix(';')?.rsplit_once("mod ")?;
    (before.is_empty() || before.starts_with("pub")).then_some(name.trim_start_matches("r#"))
}

#[test]
fn modules_are_read_as_they_are_written() {
    let lines = ["mod a;", "    pub mod b;", "pub(crate) mod r#if;", "mod d {", "// mod e;", "use mod_f;"];
    assert_eq!(lines.map(module), [Some("a"), Some("b"), Some("if"), None, None, None]);
}
