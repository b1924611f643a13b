//! Finds a program by name, where the system looks for programs.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Returns where a program stands: a path as it is, a name as found in the folders of `PATH`.
pub(crate) fn find(program: &Path, path: Option<&OsStr>) -> Option<PathBuf> {
    if program.components().count() > 1 || program.is_absolute() {
        return Some(program.to_path_buf());
    }
    let folders = std::env::split_paths(path.unwrap_or(OsStr::new("/usr/bin:/bin")));
    // An empty entry of `PATH` is the current folder, from where nothing is run by accident.
    let absolute = folders.filter(|folder| folder.is_absolute());
    absolute.map(|folder| folder.join(program)).find(|candidate| is_program(candidate))
}

fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_looked_up_and_paths_are_not() {
        assert_eq!(find(Path::new("sh"), Some(OsStr::new(":/nowhere:/bin"))), Some("/bin/sh".into()));
        assert_eq!(find(Path::new("sh"), Some(OsStr::new("/nowhere"))), None);
        assert_eq!(find(Path::new("./a"), None), Some("./a".into()));
    }
}
