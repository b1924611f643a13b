//! Finds what is left running of a test's programs.

use std::fs;
use std::path::Path;

/// A mark that every process of one test carries in its environment or its command line.
pub struct Mark(String);

impl Mark {
    /// Makes a mark that no other test has.
    pub fn new(name: &str) -> Self {
        Self(format!("WINDLASS_TEST={name}-{}.", std::process::id()))
    }

    /// Returns the mark as a variable, `NAME=value`.
    pub fn variable(&self) -> &str {
        &self.0
    }

    /// Returns the command lines of all processes that carry the mark.
    pub fn living(&self) -> Vec<String> {
        let has = |bytes: Vec<u8>| bytes.windows(self.0.len()).any(|window| window == self.0.as_bytes());
        let read = |folder: &Path, name: &str| fs::read(folder.join(name)).unwrap_or_default();
        let carries = |folder: &Path| has(read(folder, "environ")) || has(read(folder, "cmdline"));
        let all = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
        all.filter(|folder| carries(folder))
            .map(|folder| String::from_utf8_lossy(&read(&folder, "cmdline")).into_owned())
            .collect()
    }

    /// Asserts that nothing is left.
    pub fn assert_gone(&self) {
        assert_eq!(self.living(), Vec::<String>::new());
    }
}
