//! What the operating system refused, as sentences with a hint; the codes themselves are never shown.

use std::io::{self, ErrorKind};
use std::path::Path;

use super::NodeError;

/// Returns what it means that `action` (`write`, `read`, `make the folder`) was refused on `path`.
///
/// | Refusal | Said | Marked |
/// | --- | --- | --- |
/// | no space, quota | the disk is full, the quota is used up | [`NodeError::is_disk_full`] |
/// | no permission, read-only, bad name, loop of links, folder for a file | which of them | permanent |
/// | nothing there, too many open files | which of them | |
/// | anything else | the system's own words, without the code | |
pub fn explain_io(action: &str, path: &Path, error: &io::Error) -> NodeError {
    let outer = format!("cannot {action} `{}`", path.display());
    if let Some((said, hint)) = no_room(error) {
        return NodeError::new(said).hint(hint).disk_full().within(outer);
    }
    if let Some((said, hint)) = lasting(error) {
        return NodeError::new(said).hint(hint).permanent().within(outer);
    }
    match passing(error) {
        Some((said, hint)) => NodeError::new(said).hint(hint).within(outer),
        None => NodeError::new(plain_words(error)).within(outer),
    }
}

fn no_room(error: &io::Error) -> Option<(&'static str, &'static str)> {
    match error.kind() {
        ErrorKind::StorageFull => Some(("the disk is full", "make room on that disk, or write elsewhere with `--out`")),
        ErrorKind::QuotaExceeded => {
            Some(("the quota for files is used up", "make room, or write elsewhere with `--out`"))
        }
        _ => None,
    }
}

/// Names what another try would meet again.
fn lasting(error: &io::Error) -> Option<(&'static str, &'static str)> {
    let said = match error.kind() {
        ErrorKind::PermissionDenied => ("permission denied", "check who may read and write there"),
        ErrorKind::ReadOnlyFilesystem => {
            ("it lies on a file system that can only be read", "write elsewhere with `--out`")
        }
        ErrorKind::InvalidFilename => ("the name is too long, or not allowed on that disk", "choose a shorter name"),
        ErrorKind::IsADirectory => ("a folder stands there", "name a file"),
        ErrorKind::NotADirectory => ("a part of the path is a file, not a folder", "check the path"),
        ErrorKind::FileTooLarge => ("the file is larger than that disk allows", "write elsewhere with `--out`"),
        _ if is_loop(error) => ("its links lead in a circle", "remove one of the links"),
        _ => return None,
    };
    Some(said)
}

/// Names what may be over when it is tried again, as when a disk is mounted anew.
fn passing(error: &io::Error) -> Option<(&'static str, &'static str)> {
    match error.kind() {
        ErrorKind::NotFound => {
            Some(("it does not exist, or its folder is gone", "check the path, and that its disk is mounted"))
        }
        _ if too_many_files(error) => {
            Some(("too many files are open", "raise the limit with `ulimit -n`, or run with fewer `--jobs`"))
        }
        _ => None,
    }
}

/// ELOOP, for which the standard library has no stable name.
fn is_loop(error: &io::Error) -> bool {
    let code = if cfg!(target_os = "linux") { 40 } else { 62 };
    cfg!(unix) && error.raw_os_error() == Some(code)
}

/// EMFILE, for which the standard library has no stable name.
fn too_many_files(error: &io::Error) -> bool {
    cfg!(unix) && error.raw_os_error() == Some(24)
}

fn plain_words(error: &io::Error) -> String {
    let text = error.to_string();
    let words = text.split(" (os error").next().unwrap_or_default();
    let mut chars = words.chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => "the system refused, without saying why".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(error: &io::Error) -> NodeError {
        explain_io("write", Path::new("/out/a.jpg"), error)
    }

    #[test]
    fn a_full_disk_can_be_told_apart() {
        for kind in [ErrorKind::StorageFull, ErrorKind::QuotaExceeded] {
            let error = told(&kind.into());
            assert!(error.is_disk_full() && !error.is_permanent());
            assert!(error.hint_text().is_some());
        }
        assert_eq!(told(&ErrorKind::StorageFull.into()).to_string(), "cannot write `/out/a.jpg`: the disk is full");
    }

    #[test]
    fn what_lasts_is_not_tried_again() {
        for kind in [ErrorKind::PermissionDenied, ErrorKind::InvalidFilename, ErrorKind::IsADirectory] {
            let error = told(&kind.into());
            assert!(error.is_permanent() && !error.is_disk_full());
        }
        assert!(!told(&ErrorKind::NotFound.into()).is_permanent());
    }

    #[cfg(unix)]
    #[test]
    fn no_code_of_the_system_is_shown() {
        for code in [5, 11, 24, 28, 36, 40, 116] {
            let text = told(&io::Error::from_raw_os_error(code)).to_string();
            assert!(!text.contains("os error"), "{text}");
        }
    }
}
