//! Where a sink writes to.

use std::path::{Path, PathBuf};

use crate::node::NodeError;

/// The path that a sink writes to: as a parameter it is a path template, filled in by the engine for each item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutPath(PathBuf);

impl OutPath {
    /// Wraps an absolute path.
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Returns the path.
    pub fn as_path(&self) -> &Path {
        &self.0
    }

    /// Checks the ending, by which a sink tells the format, where no placeholder can change it: `out/{stem}.jpg` is a
    /// JPEG for every item.
    ///
    /// # Errors
    /// Says what `format_of` says.
    pub fn check_ending<T>(&self, format_of: impl FnOnce(&Path) -> Result<T, NodeError>) -> Result<(), NodeError> {
        let ending = self.0.extension().or(self.0.file_name()).unwrap_or_default().to_string_lossy();
        if ending.contains(['{', '}']) { Ok(()) } else { format_of(&self.0).map(drop) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ending_is_checked_where_no_placeholder_can_change_it() {
        let refused =
            |path: &str| OutPath::new(path.into()).check_ending(|_| Err::<(), _>(NodeError::new("no"))).is_err();
        for known in ["out/{stem}.gif", "{name}.d/list", "list", "a.b/{stem}.{x}.gif", ""] {
            assert!(refused(known), "{known}");
        }
        for open in ["out/{name}", "out/{stem}.{ending}", "out/{stem}.j{rest}", "out.d/{name}", "list.{ending}"] {
            assert!(!refused(open), "{open}");
        }
    }
}
