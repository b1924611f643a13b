//! Names of what lies in archives: paths that stay below the folder that they are joined to, each of them once.

use std::collections::HashMap;

use windlass_core::prelude::*;

/// The longest name that common file systems take, in bytes.
const MAX_NAME_BYTES: usize = 255;

/// The longest path that common systems take, in bytes.
const MAX_PATH_BYTES: usize = 4096;

/// Returns the name of an entry as a relative path with `/`. A backslash separates like a slash, as some programs write it;
/// `.` and empty parts are dropped.
///
/// # Errors
/// The name leads out of the folder, or is none: it is absolute, has a drive letter, a part `..`, a control character, or
/// is empty or too long.
pub fn relative(name: &str) -> Result<String, NodeError> {
    let slashed = name.replace('\\', "/");
    let parts = || slashed.split('/').filter(|part| !matches!(*part, "" | "."));
    let cause = match () {
        () if slashed.chars().any(char::is_control) => "holds a control character",
        () if slashed.starts_with('/') => "is absolute",
        () if has_drive(&slashed) => "begins with a drive letter",
        () if parts().any(|part| part == "..") => "leads out of the folder with `..`",
        () if parts().next().is_none() => "is empty",
        () if parts().any(|part| part.len() > MAX_NAME_BYTES) || slashed.len() > MAX_PATH_BYTES => "is too long",
        () => return Ok(parts().collect::<Vec<_>>().join("/")),
    };
    Err(NodeError::new(format!("the name of the entry {cause}: `{}`", shown(name))).permanent())
}

fn has_drive(name: &str) -> bool {
    matches!(name.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic())
}

/// Returns a name as it can be printed, and not more of it than a line takes.
pub fn shown(name: &str) -> String {
    name.chars().take(100).map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}

/// Tells names that stood before. It keeps 16 bytes for each, so that long names cost no memory.
#[derive(Default)]
pub struct Unique(HashMap<[u8; 16], u32>);

impl Unique {
    /// Returns the name; where it stood before, the next free one beside it, `a~2.txt`.
    pub fn take(&mut self, name: String) -> String {
        let key = short(&name);
        let Some(count) = self.0.get(&key).copied() else {
            self.0.insert(key, 1);
            return name;
        };
        // Counting goes on where it ended, so that many equal names take no longer than many different ones.
        for number in count + 1.. {
            let beside = numbered(&name, number);
            if self.0.insert(short(&beside), 1).is_none() {
                self.0.insert(key, number);
                return beside;
            }
        }
        name
    }
}

fn short(name: &str) -> [u8; 16] {
    let mut short = [0; 16];
    short.copy_from_slice(&blake3::hash(name.as_bytes()).as_bytes()[..16]);
    short
}

fn numbered(name: &str, number: u32) -> String {
    let (folder, file) = name.rsplit_once('/').map_or(("", name), |(folder, file)| (&name[..=folder.len()], file));
    match file.rsplit_once('.') {
        Some((stem, ext)) if !stem.is_empty() => format!("{folder}{stem}~{number}.{ext}"),
        _ => format!("{name}~{number}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_stay_below_are_taken() {
        for (name, path) in [
            ("a.txt", "a.txt"),
            ("./a//b/./c.txt", "a/b/c.txt"),
            (r"win\dows.txt", "win/dows.txt"),
            ("..a/b..", "..a/b.."),
            ("folder/", "folder"),
            ("12:30.txt", "12:30.txt"),
        ] {
            assert_eq!(relative(name).as_deref(), Ok(path));
        }
    }

    #[test]
    fn names_that_lead_away_are_refused_in_words() {
        for (name, cause) in [
            ("../a", "leads out of the folder"),
            ("a/../../b", "leads out of the folder"),
            (r"a\..\..\b", "leads out of the folder"),
            ("a/..", "leads out of the folder"),
            ("/etc/passwd", "is absolute"),
            (r"\\server\share", "is absolute"),
            (r"C:\a", "drive letter"),
            ("c:a", "drive letter"),
            ("a\0.txt", "control character"),
            ("a\n.txt", "control character"),
            ("", "is empty"),
            ("./", "is empty"),
        ] {
            let error = relative(name).unwrap_err();
            assert!(error.to_string().contains(cause) && error.is_permanent(), "{name:?}: {error}");
        }
        assert!(relative(&"x".repeat(256)).is_err() && relative(&"x/".repeat(3000)).is_err());
    }

    #[test]
    fn equal_names_are_numbered_as_files_are() {
        let mut unique = Unique::default();
        let mut take = |name: &str| unique.take(name.to_owned());
        assert_eq!(
            ["a/b.txt", "a/b.txt", "a/b~3.txt", "a/b.txt"].map(&mut take),
            ["a/b.txt", "a/b~2.txt", "a/b~3.txt", "a/b~4.txt"]
        );
        assert_eq!([".x", ".x", "d.e/f", "d.e/f"].map(&mut take), [".x", ".x~2", "d.e/f", "d.e/f~2"]);
    }
}
