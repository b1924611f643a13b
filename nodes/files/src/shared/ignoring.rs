//! What a listing leaves out: by patterns in the notation of `.gitignore`, and by the ignore files that lie in the folders.

use std::io::Read;
use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use windlass_core::prelude::*;

/// The files that are looked for; later ones win.
const FILES: [&str; 2] = [".gitignore", ".ignore"];

/// So much of an ignore file counts, in bytes.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// Whether ignore files count.
#[derive(Clone, Copy)]
pub enum IgnoreFiles {
    /// They do.
    Heeded,
    /// They are files like others.
    Unheeded,
}

/// What is left out, while a folder is walked depth first.
pub struct Ignoring {
    excluded: Gitignore,
    heeded: IgnoreFiles,
    /// The ignore files of the folders from the first to the one that is looked at.
    folders: Vec<(PathBuf, Gitignore)>,
    /// What is wrong with ignore files.
    pub warnings: Vec<String>,
}

/// Compiles patterns, one a line, as they count below a folder.
///
/// # Errors
/// One of them is no pattern.
pub fn excluded(folder: &Path, lines: &str, ignore_case: bool) -> Result<Gitignore, NodeError> {
    let wrong = |error: ignore::Error| NodeError::because("parameter `exclude`", &error).permanent();
    let mut builder = GitignoreBuilder::new(folder);
    builder.case_insensitive(ignore_case).map_err(wrong)?;
    for line in lines.lines() {
        builder.add_line(None, line).map_err(wrong)?;
    }
    builder.build().map_err(wrong)
}

impl Ignoring {
    /// Begins at the top of a walk.
    pub fn new(excluded: Gitignore, heeded: IgnoreFiles) -> Self {
        Self { excluded, heeded, folders: Vec::new(), warnings: Vec::new() }
    }

    /// Returns whether something is left out. Folders have to be asked about before what lies in them.
    pub fn leaves_out(&mut self, path: &Path, is_folder: bool) -> bool {
        if self.excluded.matched(path, is_folder).is_ignore() {
            return true;
        }
        let (IgnoreFiles::Heeded, Some(folder)) = (self.heeded, path.parent()) else { return false };
        self.enter(folder);
        // The innermost file that says anything about it decides.
        let said = self.folders.iter().rev().map(|(_, file)| file.matched(path, is_folder));
        said.into_iter().find(|said| !said.is_none()).is_some_and(|said| said.is_ignore())
    }

    fn enter(&mut self, folder: &Path) {
        while self.folders.last().is_some_and(|(above, _)| !folder.starts_with(above)) {
            self.folders.pop();
        }
        if self.folders.last().is_none_or(|(last, _)| last != folder) {
            let read = self.read(folder);
            self.folders.push((folder.to_owned(), read));
        }
    }

    fn read(&mut self, folder: &Path) -> Gitignore {
        let mut builder = GitignoreBuilder::new(folder);
        for path in FILES.map(|name| folder.join(name)) {
            let Some(text) = text_of(&path) else { continue };
            for line in text.lines() {
                if let Err(error) = builder.add_line(None, line) {
                    self.warnings.push(format!("warning: {error}; the line does not count: `{}`", path.display()));
                }
            }
        }
        builder.build().unwrap_or_else(|_| Gitignore::empty())
    }
}

/// Returns what an ignore file says; only regular files are opened, so that a pipe does not hold the listing up.
fn text_of(path: &Path) -> Option<String> {
    let is_file = path.metadata().is_ok_and(|metadata| metadata.is_file());
    let file = is_file.then(|| std::fs::File::open(path).ok()).flatten()?;
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
