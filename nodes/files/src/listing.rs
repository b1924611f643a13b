//! Walks a folder: everything below it that matches, in an order that does not depend on the file system.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};
use walkdir::WalkDir;
use windlass_core::node::explain_io;
use windlass_core::prelude::*;

use crate::shared::encodings::escaped;
use crate::shared::ignoring::{IgnoreFiles, Ignoring, excluded};

/// The most paths of a listing: each is held until all are known and in order.
const MAX_PATHS: usize = 10_000_000;

const MISSING: &str =
    "a folder that the graph names is looked for beside the graph, one given with `--in` in the current folder";

/// What a pattern selects.
pub(crate) struct Pattern {
    matcher: GlobMatcher,
    ignore_case: bool,
    /// Levels of folders that can hold a match; `None` for all.
    depth: Option<usize>,
    /// Whether the last part is more than wildcards, so that a folder that matches was surely meant to be a file.
    tells_files: bool,
}

/// What is listed beside the pattern.
#[derive(Clone, Copy)]
pub(crate) enum Hidden {
    /// Names that begin with a dot are left out, and what lies in such folders.
    Left,
    /// They are taken like others.
    Taken,
}

/// What is left out of a listing.
pub(crate) struct LeftOut<'a> {
    /// Names that begin with a dot.
    pub hidden: Hidden,
    /// What the ignore files of the folders say.
    pub ignore_files: IgnoreFiles,
    /// Patterns, one a line.
    pub exclude: &'a str,
}

/// What lies in a folder.
pub(crate) struct Listed {
    /// What matches.
    pub found: Vec<Found>,
    /// What could not be looked into, a line each.
    pub warnings: Vec<String>,
}

/// One thing that matches.
pub(crate) struct Found {
    /// Where it lies.
    pub path: PathBuf,
    /// Its path relative to the folder, with `/`; unique in its listing.
    pub name: String,
}

impl Pattern {
    /// Compiles a pattern: `*` and `?` within a name, `**` across folders, `{a,b}`, `[a-z]`.
    pub(crate) fn new(text: &str, ignore_case: bool) -> Result<Self, NodeError> {
        if text.is_empty() {
            return Err(NodeError::new("parameter `pattern` is empty").hint("`*` takes every file of the folder"));
        }
        if text.starts_with('/') {
            return Err(NodeError::new("parameter `pattern` is relative to `folder`, so it cannot begin with `/`"));
        }
        if text.split('/').any(|part| matches!(part, "" | "." | "..")) {
            let error = NodeError::new(
                "parameter `pattern` has an empty part, `.` or `..` in it, and no path that is listed has",
            );
            return Err(error.hint("leave it out; what lies elsewhere is listed with another `folder`"));
        }
        let glob = GlobBuilder::new(text).literal_separator(true).case_insensitive(ignore_case).build();
        let glob = glob.map_err(|error| NodeError::because("parameter `pattern`", &error))?;
        let last = text.rsplit('/').next().unwrap_or(text);
        Ok(Self {
            matcher: glob.compile_matcher(),
            ignore_case,
            depth: (!text.contains("**")).then(|| text.matches('/').count() + 1),
            tells_files: last.chars().any(|c| !matches!(c, '*' | '?')),
        })
    }
}

/// Returns what matches below a folder, sorted by the bytes of the relative path.
///
/// Links are followed, but never round in circles. What cannot be looked into is named among the warnings.
pub(crate) fn list(folder: &Path, pattern: &Pattern, out: &LeftOut<'_>, ctx: &Ctx) -> Result<Listed, NodeError> {
    list_up_to(MAX_PATHS, folder, pattern, out, ctx)
}

fn list_up_to(
    most: usize,
    folder: &Path,
    pattern: &Pattern,
    out: &LeftOut<'_>,
    ctx: &Ctx,
) -> Result<Listed, NodeError> {
    let folder = &std::path::absolute(folder).map_err(|error| cannot_list(folder, &error))?;
    std::fs::read_dir(folder).map_err(|error| cannot_list(folder, &error))?;
    let mut ignoring = Ignoring::new(excluded(folder, out.exclude, pattern.ignore_case)?, out.ignore_files);
    let walk = WalkDir::new(folder).min_depth(1).max_depth(pattern.depth.unwrap_or(usize::MAX)).follow_links(true);
    let (mut walk, mut paths, mut warnings) = (walk.into_iter(), Vec::new(), Vec::new());
    while let Some(entry) = walk.next() {
        ctx.check_cancelled()?;
        let seen = match entry {
            Ok(entry) => {
                Some(Seen { is_folder: entry.file_type().is_dir(), path: entry.into_path(), is_entered: true })
            }
            Err(error) => not_entered(&error, &mut warnings)?,
        };
        let Some(seen) = seen else { continue };
        let is_hidden = matches!(out.hidden, Hidden::Left) && is_hidden(&seen.path);
        if is_hidden || ignoring.leaves_out(&seen.path, seen.is_folder) {
            if seen.is_folder && seen.is_entered {
                walk.skip_current_dir();
            }
        } else if pattern.takes(folder, &seen) {
            paths.push(seen.path);
        }
        if paths.len() + warnings.len() > most {
            return Err(too_many(most, folder));
        }
    }
    warnings.append(&mut ignoring.warnings);
    paths.sort_unstable_by(|a, b| bytes(a).cmp(bytes(b)));
    Ok(Listed { found: named(folder, paths), warnings })
}

struct Seen {
    path: PathBuf,
    is_folder: bool,
    /// Whether what lies in it comes next.
    is_entered: bool,
}

impl Pattern {
    fn takes(&self, folder: &Path, seen: &Seen) -> bool {
        let relative = seen.path.strip_prefix(folder).unwrap_or(&seen.path);
        (!seen.is_folder || self.tells_files) && self.matcher.is_match(relative)
    }
}

/// A dangling link is something that stands there, and fails when it is opened; a folder that cannot be entered is
/// no item, but what lies in it is missing, so it is said.
fn not_entered(error: &walkdir::Error, warnings: &mut Vec<String>) -> Result<Option<Seen>, NodeError> {
    let Some(path) = error.path() else { return Err(NodeError::because("cannot list the folder", error)) };
    if let Some(above) = error.loop_ancestor() {
        warnings.push(format!(
            "warning: a link leads back to `{}` and is not followed: `{}`",
            above.display(),
            path.display()
        ));
        return Ok(Some(Seen { path: path.to_path_buf(), is_folder: true, is_entered: false }));
    }
    if path.is_symlink() {
        return Ok(Some(Seen { path: path.to_path_buf(), is_folder: false, is_entered: false }));
    }
    let cause = error.io_error().map(ToString::to_string).unwrap_or_default();
    warnings.push(format!("warning: what lies in this folder is missing from the list, {cause}: `{}`", path.display()));
    Ok(None)
}

fn too_many(most: usize, folder: &Path) -> NodeError {
    NodeError::new(format!("the list has more than {most} paths: `{}`", folder.display()))
        .hint("narrow `pattern`, or list its subfolders one by one")
        .permanent()
}

fn cannot_list(folder: &Path, cause: &std::io::Error) -> NodeError {
    let what = match cause.kind() {
        ErrorKind::NotFound => "there is no such folder",
        ErrorKind::NotADirectory => "this is not a folder",
        ErrorKind::PermissionDenied => "no permission to list the folder",
        _ => return explain_io("list", folder, cause),
    };
    let error = NodeError::new(format!("{what}: `{}`", folder.display()));
    if cause.kind() == ErrorKind::NotFound { error.hint(MISSING) } else { error }
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

fn bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_encoded_bytes()
}

fn named(folder: &Path, paths: Vec<PathBuf>) -> Vec<Found> {
    // Paths that are text are unique as they are: the names of a long list are held once.
    let mut names = BTreeSet::new();
    if paths.iter().any(|path| text(folder, path).is_none()) {
        names.extend(paths.iter().filter_map(|path| text(folder, path)).map(ToOwned::to_owned));
    }
    let mut found = Vec::with_capacity(paths.len());
    for path in paths {
        let name = text(folder, &path).map(|name| name.replace(std::path::MAIN_SEPARATOR, "/"));
        let name = name.unwrap_or_else(|| {
            let name = unique(&escaped(bytes(path.strip_prefix(folder).unwrap_or(&path))), &names);
            names.insert(name.clone());
            name
        });
        found.push(Found { path, name });
    }
    found
}

fn text<'a>(folder: &Path, path: &'a Path) -> Option<&'a str> {
    path.strip_prefix(folder).ok()?.to_str()
}

fn unique(name: &str, taken: &BTreeSet<String>) -> String {
    let numbered = (2..).map(|number: u64| format!("{name}~{number}"));
    std::iter::once(name.to_owned()).chain(numbered).find(|name| !taken.contains(name)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared::spool::Spool;

    #[test]
    fn a_folder_of_too_many_files_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a", "b", "c", "d.skip"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let pattern = Pattern::new("?", false).unwrap();
        let out = LeftOut { hidden: Hidden::Left, ignore_files: IgnoreFiles::Unheeded, exclude: "" };
        let listed = |most| Spool::new(0).fire(async |ctx| list_up_to(most, folder.path(), &pattern, &out, ctx)).0;
        assert_eq!(listed(3).map(|listed| listed.found.len()), Ok(3));
        let error = listed(2).map(|_| ()).unwrap_err();
        assert!(error.to_string().starts_with("the list has more than 2 paths: `"), "{error}");
        assert!(error.is_permanent() && error.hint_text().is_some());
    }
}
