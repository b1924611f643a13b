//! Files that may be taken away: regular ones, by their own name, inside of the folder that was said.

use std::fs::Metadata;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use windlass_core::node::explain_io;
use windlass_core::prelude::*;

/// A file that stands where it may be taken away.
#[derive(Debug)]
pub struct Removable {
    /// Where it stands, without links on the way.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size_bytes: u64,
    modified: Option<SystemTime>,
}

/// Looks at a file that is to be taken away; `None`: nothing stands there any more.
///
/// # Errors
/// It is no file on disk, lies outside of `within` or in a workspace, or is a link, a folder, a pipe or a device.
pub fn find(file: &File, within: &Path) -> Result<Option<Removable>, NodeError> {
    let refused = |what: String| NodeError::new(what).permanent();
    let Some(path) = file.path() else {
        return Err(refused(format!("the file is in memory alone, and nothing can be taken away: `{}`", file.name)));
    };
    let path = &std::path::absolute(path).map_err(|error| explain_io("find", path, &error))?;
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(refused(format!("the path names no file: `{}`", path.display())));
    };
    let within = within.canonicalize().map_err(|error| explain_io("find the folder", within, &error))?;
    let folder = match folder.canonicalize() {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        found => found.map_err(|error| explain_io("find the folder", folder, &error))?,
    };
    if !folder.starts_with(&within) {
        let what = format!("it lies outside of the folder `{}`: `{}`", within.display(), path.display());
        return Err(refused(what).hint("`within` says in which folder files may be taken away"));
    }
    if folder.ancestors().any(is_workspace) {
        return Err(refused(format!("it belongs to a workspace: `{}`", path.display()))
            .hint("`windlass gc` removes what nobody needs"));
    }
    let path = folder.join(name);
    match path.symlink_metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        found => standing(path.clone(), &found.map_err(|error| explain_io("look at", &path, &error))?).map(Some),
    }
}

/// Returns whether a folder is where Windlass keeps what it remembers, going by its name and what it holds.
fn is_workspace(folder: &Path) -> bool {
    folder.file_name().is_some_and(|name| name.eq_ignore_ascii_case(".windlass")) && folder.join("version").is_file()
}

fn standing(path: PathBuf, metadata: &Metadata) -> Result<Removable, NodeError> {
    let kind = metadata.file_type();
    let what = match () {
        () if kind.is_file() => {
            return Ok(Removable { path, size_bytes: metadata.len(), modified: metadata.modified().ok() });
        }
        () if kind.is_symlink() => "this is a link, and links are neither followed nor taken away",
        () if kind.is_dir() => "this is a folder, and folders are not taken away",
        () => "this is a pipe, a socket or a device, not a file",
    };
    Err(NodeError::new(format!("{what}: `{}`", path.display())).permanent())
}

/// Says that nothing stands there.
pub fn gone(file: &File) -> NodeError {
    let path = file.path().unwrap_or(Path::new(&file.name));
    NodeError::new(format!("there is no such file: `{}`", path.display()))
}

impl Removable {
    /// Takes the file away, unless it is another one by now.
    ///
    /// # Errors
    /// It was changed since it was looked at, or the system refuses.
    pub fn remove(&self) -> Result<(), NodeError> {
        let metadata = self.path.symlink_metadata().map_err(|error| explain_io("look at", &self.path, &error))?;
        let now = standing(self.path.clone(), &metadata)?;
        if (now.size_bytes, now.modified) != (self.size_bytes, self.modified) {
            let error = NodeError::new(format!("it was changed meanwhile, and is left: `{}`", self.path.display()));
            return Err(error.hint("try again when nobody writes to it"));
        }
        std::fs::remove_file(&self.path).map_err(|error| explain_io("delete", &self.path, &error))
    }

    /// Returns whether another path leads to this file.
    pub fn is_at(&self, path: &Path) -> bool {
        let Ok(path) = std::path::absolute(path) else { return false };
        let real = path.parent().and_then(|folder| folder.canonicalize().ok()).zip(path.file_name());
        real.is_some_and(|(folder, name)| folder.join(name) == self.path) || is_same(&path, &self.path)
    }
}

/// Tells one file with two spellings of its name, as on disks that do not tell capital letters.
#[cfg(unix)]
fn is_same(a: &Path, b: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let number = |path: &Path| path.symlink_metadata().ok().map(|found| (found.dev(), found.ino(), found.nlink()));
    // A file with several names stands under the others when one of them is taken away.
    matches!((number(a), number(b)), (Some(a), Some(b)) if a == b && a.2 == 1)
}

#[cfg(not(unix))]
fn is_same(_: &Path, _: &Path) -> bool {
    false
}
