//! Graph files on the disk: reading one, writing one whole, and seeing that somebody else has written it.

use std::fs::{self, Metadata};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use windlass_core::doc::MAX_BYTES;
use windlass_core::node::explain_io;
use windlass_core::problem::Problem;
use windlass_store::RealDisk;
use windlass_store::whole;

/// Why a graph file cannot be opened.
#[derive(Debug)]
pub enum OpenError {
    /// It cannot be read, in words, and what to do.
    Unreadable(String, Option<String>),
    /// Nothing can be shown of it: what the reader found.
    Broken(Vec<Problem>),
}

/// What a file looked like, to see that it is another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    size_bytes: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    /// Looks at a file; `None` where there is none.
    pub fn of(path: &Path) -> Option<Self> {
        fs::metadata(path).ok().map(|found| Self::from(&found))
    }

    /// Returns whether the file looks as it did. One that is gone does not.
    pub fn still_stands(&self, path: &Path) -> bool {
        Self::of(path).as_ref() == Some(self)
    }
}

impl From<&Metadata> for Stamp {
    fn from(found: &Metadata) -> Self {
        Self { size_bytes: found.len(), modified: found.modified().ok() }
    }
}

/// Reads a graph file.
///
/// # Errors
/// Says why it cannot be read.
pub fn read_graph(path: &Path) -> Result<(Vec<u8>, Stamp), OpenError> {
    let refused = |error| {
        let error = explain_io("read", path, &error);
        OpenError::Unreadable(error.to_string(), error.hint_text().map(str::to_owned))
    };
    let found = fs::metadata(path).map_err(refused)?;
    if !found.is_file() {
        let what = if found.is_dir() { "a folder" } else { "no regular file" };
        return Err(OpenError::Unreadable(format!("cannot read `{}`: it is {what}", path.display()), None));
    }
    // One byte more than the reader takes, so that it says itself that the file is too large.
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(refused)?;
    file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(refused)?;
    Ok((bytes, Stamp::from(&found)))
}

/// Writes a graph file whole, or leaves the old one as it was.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<Stamp, String> {
    // A link goes on to be one.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if let Some(why) = refusal(&target) {
        return Err(why);
    }
    whole::write_whole(&RealDisk, &target, bytes).map_err(|error| in_words(&target, &error))?;
    Stamp::of(path).ok_or_else(|| format!("`{}` is gone again right after it was written", path.display()))
}

/// Writes a file that is not there yet.
///
/// # Errors
/// Says why not; what is there stays.
pub fn write_new_file(path: &Path, bytes: &[u8]) -> Result<(), String> {
    if fs::symlink_metadata(path).is_ok() {
        return Err(format!("`{}` exists already: choose another name", path.display()));
    }
    whole::write_whole(&RealDisk, path, bytes).map_err(|error| in_words(path, &error))
}

/// A file that may not be written is not replaced either, though its folder would allow that.
fn refusal(target: &PathBuf) -> Option<String> {
    let found = fs::metadata(target).ok()?;
    found.permissions().readonly().then(|| format!("`{}` is read-only", target.display()))
}

fn in_words(path: &Path, error: &std::io::Error) -> String {
    if error.kind() == ErrorKind::WouldBlock {
        return format!("another process writes `{}` now", path.display());
    }
    explain_io("write", path, error).to_string()
}
