//! Permissions that a person has granted to a graph, remembered by the graph's content: a file for each.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use windlass_core::permission::{Permission, Permissions};

/// More than any grant needs.
const MAX_BYTES: u64 = 64 * 1024;

/// What a graph says, its own file and all that it refers to, as one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Content(blake3::Hash);

impl Content {
    /// Takes the content of files by their path, which is relative to the graph's folder so that it may be moved.
    pub fn of(files: &BTreeMap<PathBuf, Vec<u8>>) -> Self {
        let mut all = blake3::Hasher::new();
        for (path, bytes) in files {
            all.update(blake3::hash(path.as_os_str().as_encoded_bytes()).as_bytes());
            all.update(blake3::hash(bytes).as_bytes());
        }
        Self(all.finalize())
    }
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// The grants of one workspace. Whoever changes the graph, or a graph that it uses, has to be asked again.
pub struct Grants {
    folder: Option<PathBuf>,
}

impl Grants {
    /// Looks at the grants in a folder, which need not exist; `None`: nothing is remembered.
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self { folder }
    }

    /// Returns those of `asked` that were granted to a graph of this content.
    pub fn of(&self, content: &Content, asked: &Permissions) -> Permissions {
        let known = |asked: &&Permission| {
            let path = self.folder.as_ref().map(|folder| folder.join(file_name(content, asked)));
            path.is_some_and(|path| read(&path).is_some_and(|text| text.trim_end() == line(content, asked)))
        };
        asked.iter().filter(known).cloned().collect()
    }

    /// Remembers that permissions were granted.
    ///
    /// # Errors
    /// Says why one of them cannot be written.
    pub fn remember(&self, content: &Content, granted: &[&Permission]) -> std::io::Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        if granted.is_empty() {
            return Ok(());
        }
        std::fs::create_dir_all(folder)?;
        granted.iter().try_for_each(|granted| write(&folder.join(file_name(content, granted)), &line(content, granted)))
    }

    /// Returns the files that grant nothing, because they are torn or no grants at all.
    pub fn torn(&self) -> Vec<PathBuf> {
        let files = self.folder.iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten().flatten();
        let is_torn = |path: &PathBuf| {
            let stands = read(path).is_some_and(|text| is_whole(path, text.trim_end()));
            !stands
        };
        files.map(|file| file.path()).filter(is_torn).collect()
    }

    /// Returns what stands in each file: the graph's content as a hash, and the permission.
    pub fn all(&self) -> Vec<(String, String)> {
        let files = self.folder.iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten().flatten();
        let whole = files.filter_map(|file| {
            let text = read(&file.path())?;
            is_whole(&file.path(), text.trim_end()).then_some(text)
        });
        let parts = whole.filter_map(|text| {
            let (content, granted) = text.trim_end().split_once(' ')?;
            granted.parse::<Permission>().ok()?;
            Some((content.to_owned(), granted.to_owned()))
        });
        let mut all: Vec<_> = parts.collect();
        all.sort();
        all
    }
}

fn line(content: &Content, granted: &Permission) -> String {
    format!("{content} {granted}")
}

/// The name says nothing by itself, so that a host or a folder cannot make it a bad one.
fn file_name(content: &Content, granted: &Permission) -> String {
    blake3::hash(line(content, granted).as_bytes()).to_hex()[..32].to_owned()
}

/// Returns whether a file has the name that its line gives it.
fn is_whole(path: &Path, line: &str) -> bool {
    let named = blake3::hash(line.as_bytes()).to_hex();
    path.file_name().and_then(|name| name.to_str()) == Some(&named[..32])
}

fn read(path: &Path) -> Option<String> {
    let mut text = String::new();
    let is_file = std::fs::symlink_metadata(path).ok()?.is_file();
    std::fs::File::open(path).ok().filter(|_| is_file)?.take(MAX_BYTES).read_to_string(&mut text).ok()?;
    Some(text)
}

/// Two processes may grant the same at once: the second finds the file there, which is what it wanted. A torn file
/// grants nothing, and is replaced.
fn write(path: &Path, line: &str) -> std::io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => file.write_all(format!("{line}\n").as_bytes()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => match read(path) {
            Some(text) if text.trim_end() == line => Ok(()),
            _ => crate::ledger::replace(path, |file| file.write_all(format!("{line}\n").as_bytes())),
        },
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(text: &str) -> Content {
        Content::of(&BTreeMap::from([("graph.yaml".into(), text.into())]))
    }

    fn asked(texts: &[&str]) -> Permissions {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn a_grant_holds_for_one_content_alone() {
        let folder = tempfile::tempdir().unwrap();
        let grants = Grants::new(Some(folder.path().join("grants")));
        let (mine, other) = (content("graph"), content("changed"));
        let all = asked(&["process", "net:a.org"]);
        assert_eq!(grants.of(&mine, &all), Permissions::default());
        let process = asked(&["process"]);
        grants.remember(&mine, &process.iter().collect::<Vec<_>>()).unwrap();
        grants.remember(&mine, &process.iter().collect::<Vec<_>>()).unwrap();
        assert_eq!(grants.of(&mine, &all), process);
        assert_eq!(grants.of(&other, &all), Permissions::default());
        assert_eq!(grants.all(), [(mine.to_string(), "process".to_owned())]);
    }

    #[test]
    fn a_torn_file_grants_nothing_and_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let grants = Grants::new(Some(folder.path().to_owned()));
        let (graph, process) = (content("graph"), asked(&["process"]));
        let one: Vec<_> = process.iter().collect();
        std::fs::write(folder.path().join(file_name(&graph, one[0])), "abc").unwrap();
        assert_eq!(grants.of(&graph, &process), Permissions::default());
        assert_eq!(grants.torn().len(), 1);
        grants.remember(&graph, &one).unwrap();
        assert_eq!(grants.of(&graph, &process), process);
        assert_eq!(grants.torn(), Vec::<PathBuf>::new());
    }

    #[test]
    fn without_a_workspace_nothing_is_remembered() {
        let (grants, process) = (Grants::new(None), asked(&["process"]));
        grants.remember(&content("graph"), &process.iter().collect::<Vec<_>>()).unwrap();
        assert_eq!(grants.of(&content("graph"), &process), Permissions::default());
    }
}
