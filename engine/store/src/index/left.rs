//! A note of how the file of the index was left, by which it is known as long as nobody changed it.
//!
//! redb notices damage to the pages that lead to an entry when it reads everything, and not when it looks the entry up. So
//! a file is read whole when it is opened, unless it is as it was left by a process that closed it.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;

use crate::seen::Seen;

/// Lies beside the file while nobody has it open.
const NOTE: &str = "left";

/// Writes down how a file is that was closed. Who cannot reads all of it the next time, and loses nothing.
pub(super) fn note(folder: &Path, file: &str) -> io::Result<()> {
    let file = File::open(folder.join(file))?;
    file.sync_all()?;
    fs::write(folder.join(NOTE), Seen::of(&file.metadata()?).to_bytes())
}

/// Returns whether a file is as it was left, once. What is changed from now on is not as it was left, even if the power is cut.
pub(super) fn is_as_left(folder: &Path, file: &str) -> io::Result<bool> {
    let path = folder.join(NOTE);
    let noted = match fs::read(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        noted => noted?,
    };
    fs::remove_file(&path)?;
    File::open(folder)?.sync_all()?;
    Ok(noted == Seen::of(&fs::metadata(folder.join(file))?).to_bytes())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    #[test]
    fn a_file_is_as_it_was_left_once_and_until_it_is_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db");
        let is_as_left = || is_as_left(folder.path(), "db").unwrap();
        fs::write(&path, "pages").unwrap();
        assert!(!is_as_left(), "nobody has left it");
        note(folder.path(), "db").unwrap();
        assert_eq!([is_as_left(), is_as_left()], [true, false], "whoever opens it next may be killed");
        note(folder.path(), "db").unwrap();
        let later = SystemTime::now() + Duration::from_secs(1);
        File::options().write(true).open(&path).unwrap().set_modified(later).unwrap();
        assert!(!is_as_left(), "somebody else has written to it");
        fs::write(folder.path().join(NOTE), "not a note").unwrap();
        assert!(!is_as_left());
    }
}
