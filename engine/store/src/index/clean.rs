//! The marker of a clean shutdown: what the file of the index was like when it was closed.
//!
//! redb notices damage to the pages that lead to an entry when it reads everything, and not when it looks the entry up. So
//! a file is read whole when it is opened, unless it is as a process left it that closed it.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;

use crate::seen::Seen;

/// Lies beside the file while nobody has it open.
const MARKER: &str = "clean";

/// Marks a file that was closed. Where that fails, all of it is read the next time, and nothing is lost.
///
/// # Errors
/// The disk refuses.
pub(super) fn mark(folder: &Path, file: &str) -> io::Result<()> {
    let file = File::open(folder.join(file))?;
    file.sync_all()?;
    fs::write(folder.join(MARKER), Seen::of(&file.metadata()?).to_bytes())
}

/// Takes the marker away, and returns whether the file was closed and is as it was then. Who is killed from now on leaves
/// none, even if the power is cut.
///
/// # Errors
/// The disk refuses.
pub(super) fn unmark(folder: &Path, file: &str) -> io::Result<bool> {
    let path = folder.join(MARKER);
    let marked = match fs::read(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        marked => marked?,
    };
    fs::remove_file(&path)?;
    File::open(folder)?.sync_all()?;
    Ok(marked == Seen::of(&fs::metadata(folder.join(file))?).to_bytes())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    #[test]
    fn a_file_is_clean_once_after_it_was_marked_and_until_it_is_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db");
        let unmark = || unmark(folder.path(), "db").unwrap();
        fs::write(&path, "pages").unwrap();
        assert!(!unmark(), "nobody has closed it");
        mark(folder.path(), "db").unwrap();
        assert_eq!([unmark(), unmark()], [true, false], "whoever opens it next may be killed");
        mark(folder.path(), "db").unwrap();
        let later = SystemTime::now() + Duration::from_secs(1);
        File::options().write(true).open(&path).unwrap().set_modified(later).unwrap();
        assert!(!unmark(), "somebody else has written to it");
        fs::write(folder.path().join(MARKER), "no marker").unwrap();
        assert!(!unmark());
    }
}
