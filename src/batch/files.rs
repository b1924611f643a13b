//! `--each name=GLOB`: one row for each file that matches.

use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};
use walkdir::WalkDir;
use windlass_core::plan::{Given, Row, Rows};
use windlass_core::problem::Problem;

/// Returns the files that match a pattern, in the order of their paths' bytes. Names that begin with a dot are left out
/// where the pattern has none.
pub(super) fn find(name: &str, pattern: &str, here: &Path) -> Result<Vec<PathBuf>, Box<Problem>> {
    let flag = format!("--each {name}={pattern}");
    let wrong = |cause: String| wrong(&flag, &cause);
    let (folder, rest) = divided(pattern);
    let folder = here.join(folder);
    let glob = GlobBuilder::new(rest).literal_separator(true).build().map_err(|error| wrong(error.to_string()))?;
    let paths = matching(&folder, rest, &glob.compile_matcher()).map_err(|error| wrong(error.to_string()))?;
    if paths.is_empty() {
        let hint = format!("it is looked for in `{}`; `**/` takes folders at any depth", folder.display());
        return Err(Box::new(Problem::error("no-files", format!("`{flag}` matches no file")).hint(hint)));
    }
    match paths.iter().find(|path| path.to_str().is_none()) {
        Some(path) => Err(wrong(format!("the name of a file is not text: `{}`", path.display()))),
        None => Ok(paths),
    }
}

/// Returns a row for each of the files that match a pattern.
pub(super) fn rows(name: &str, pattern: &str, found: &[PathBuf], here: &Path) -> Rows {
    let folder = here.join(divided(pattern).0);
    let row = |path: &PathBuf| {
        let name = path.strip_prefix(&folder).unwrap_or(path).display().to_string();
        Row { name, values: vec![Given::Text(path.display().to_string())], place: None }
    };
    let rows = found.iter().map(row).collect();
    Rows { name: format!("--each {name}={pattern}"), columns: vec![name.to_owned()], rows, folder: here.to_owned() }
}

fn wrong(flag: &str, cause: &str) -> Box<Problem> {
    Box::new(Problem::error("bad-pattern", format!("`{flag}`: {cause}")))
}

/// Divides a pattern into the folders before its first wildcard and the rest.
fn divided(pattern: &str) -> (&str, &str) {
    let wild = pattern.find(['*', '?', '[', '{']).unwrap_or(pattern.len());
    match pattern[..wild].rfind('/') {
        Some(at) => (&pattern[..=at], &pattern[at + 1..]),
        None => ("", pattern),
    }
}

fn matching(folder: &Path, pattern: &str, glob: &GlobMatcher) -> Result<Vec<PathBuf>, walkdir::Error> {
    let depth = if pattern.contains("**") { usize::MAX } else { pattern.matches('/').count() + 1 };
    let takes_hidden = pattern.starts_with('.') || pattern.contains("/.");
    let walk = WalkDir::new(folder).min_depth(1).max_depth(depth).follow_links(true).into_iter();
    let is_hidden = |path: &Path| path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    let shown = |entry: &walkdir::DirEntry| entry.depth() == 0 || takes_hidden || !is_hidden(entry.path());
    let mut paths = Vec::new();
    for entry in walk.filter_entry(shown) {
        let entry = entry?;
        let below = entry.path().strip_prefix(folder).unwrap_or(entry.path());
        if entry.file_type().is_file() && glob.is_match(below) {
            paths.push(entry.into_path());
        }
    }
    paths.sort_unstable();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path, pattern: &str) -> Result<Vec<String>, String> {
        let found = find("file", pattern, folder).map_err(|problem| problem.message)?;
        Ok(rows("file", pattern, &found, folder).rows.into_iter().map(|row| row.name).collect())
    }

    #[test]
    fn files_that_match_are_rows_in_the_order_of_their_names() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("in/sub")).unwrap();
        for file in ["in/b.txt", "in/a.txt", "in/c.png", "in/.d.txt", "in/sub/e.txt"] {
            std::fs::write(folder.path().join(file), "").unwrap();
        }
        let found = |pattern: &str| names(folder.path(), pattern);
        assert_eq!(found("in/*.txt").unwrap(), ["a.txt", "b.txt"]);
        assert_eq!(found("**/*.txt").unwrap(), ["in/a.txt", "in/b.txt", "in/sub/e.txt"]);
        assert_eq!(found("in/.*").unwrap(), [".d.txt"]);
        assert_eq!(found("in/c.png").unwrap(), ["c.png"]);
        assert_eq!(found("in/*.jpg").unwrap_err(), "`--each file=in/*.jpg` matches no file");
        assert!(found("gone/*").unwrap_err().contains("gone"));
        assert!(found("in/[").unwrap_err().starts_with("`--each file=in/[`: "));
    }
}
