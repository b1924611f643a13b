//! The repository as data: its files, its crates, and what each crate depends on.

use std::fs;
use std::path::{Path, PathBuf};

/// A file of the repository, with its path from the root on.
pub struct Source {
    pub path: String,
    pub text: String,
}

/// A crate of the workspace, with its folder from the root on; `.` is the root package.
pub struct Package {
    pub folder: String,
    pub manifest: String,
}

/// Whether a dependency is of the program, or of tests alone.
#[derive(Clone, Copy, PartialEq)]
pub enum For {
    Program,
    Tests,
}

/// Folders that are made, not written.
const SKIPPED: [&str; 5] = ["target", "fuzz/target", "fuzz/corpus", "fuzz/artifacts", "graphs/out"];

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the files whose names end in one of these.
pub fn files(extensions: &[&str]) -> Vec<Source> {
    let mut paths = Vec::new();
    collect(root(), &mut paths);
    let has = |path: &PathBuf| path.extension().is_some_and(|ext| extensions.iter().any(|known| ext == *known));
    let read = |path: PathBuf| Source { path: from_root(&path), text: fs::read_to_string(&path).unwrap_or_default() };
    paths.into_iter().filter(has).map(read).collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        match path.is_dir() {
            true if (name.starts_with('.') && name != ".ci") || SKIPPED.contains(&&*from_root(&path)) => {}
            true => collect(&path, paths),
            false => paths.push(path),
        }
    }
}

fn from_root(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().to_string_lossy().into_owned()
}

/// Returns all crates of the repository.
pub fn packages() -> Vec<Package> {
    let manifests = files(&["toml"]).into_iter().filter(|file| file.path.ends_with("Cargo.toml"));
    let package = |file: Source| {
        let folder = Path::new(&file.path).parent().unwrap().to_string_lossy().into_owned();
        Package { folder: if folder.is_empty() { ".".into() } else { folder }, manifest: file.text }
    };
    manifests.map(package).collect()
}

impl Package {
    /// Returns the crates that it depends on.
    pub fn dependencies(&self, of: For) -> Vec<String> {
        let mut found = Vec::new();
        let mut section = "";
        for line in self.manifest.lines().map(str::trim) {
            if let Some(header) = line.strip_prefix('[') {
                section = header.trim_end_matches(']');
                let table = section.split_once("dependencies.").map(|(_, name)| name.to_owned());
                found.extend(table.filter(|_| kind_of(section) == Some(of)));
            } else if kind_of(section) == Some(of) && line.contains('=') && !section.contains("dependencies.") {
                found.extend(line.split(['.', '=', ' ']).next().map(str::to_owned));
            }
        }
        found
    }
}

fn kind_of(section: &str) -> Option<For> {
    match section {
        _ if section.starts_with("workspace.") => None,
        _ if section.contains("dev-dependencies") => Some(For::Tests),
        _ if section.contains("dependencies") => Some(For::Program),
        _ => None,
    }
}

impl Source {
    /// Returns the lines before the tests at the end of the file, without comments.
    pub fn code(&self) -> impl Iterator<Item = &str> {
        self.without_tests().filter(|line| !line.trim_start().starts_with("//"))
    }

    /// Returns the lines before the tests at the end of the file.
    pub fn without_tests(&self) -> impl Iterator<Item = &str> {
        let mut lines = self.text.lines().peekable();
        std::iter::from_fn(move || {
            let line = lines.next()?;
            let tests_follow = line == "#[cfg(test)]" && lines.peek().is_some_and(|next| next.starts_with("mod "));
            (!tests_follow).then_some(line)
        })
    }

    /// Returns whether the file holds tests alone.
    pub fn is_test(&self) -> bool {
        self.path.split('/').any(|part| part == "tests" || part == "tests.rs" || part == "benches")
    }
}

#[test]
fn dependencies_are_read_in_every_form() {
    let manifest = "[dependencies]\na.workspace = true\nb = \"1\"\n[dependencies.c]\nversion = \"1\"\n\
        [target.'cfg(unix)'.dependencies]\nd = { path = \".\" }\n[dev-dependencies]\ne = \"1\"\n[features]\nf = []\n";
    let package = Package { folder: ".".into(), manifest: manifest.into() };
    assert_eq!(package.dependencies(For::Program), ["a", "b", "c", "d"]);
    assert_eq!(package.dependencies(For::Tests), ["e"]);
}
