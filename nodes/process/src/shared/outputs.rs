//! What is taken of what a program leaves: its exit code, and the files that the graph names.

use std::fs;
use std::path::{Component, Path};
use std::sync::Arc;

use globset::{GlobBuilder, GlobMatcher};
use serde_json::Value as Json;
use walkdir::WalkDir;
use windlass_core::context::{Ended, Exit};
use windlass_core::node::{NodeError, explain_io};
use windlass_core::spec::{PortSpec, Spec};
use windlass_core::types::Type;
use windlass_core::value::{File, List, Value};

/// Files that one pattern may match.
const MOST_FILES: usize = 10_000;

/// Letters that make a name a pattern.
const WILD: [char; 4] = ['*', '?', '[', '{'];

/// Files that a program writes, which leave by a port.
#[derive(Debug)]
pub(crate) struct Output {
    port: String,
    pattern: String,
    /// Absent for a plain name.
    matcher: Option<GlobMatcher>,
}

impl Output {
    /// Reads what stands under `files`.
    pub(crate) fn all(files: &Json) -> Result<Vec<Self>, NodeError> {
        let Some(files) = files.as_object() else {
            return Err(NodeError::new("a name of a port goes before each file: `{ picture: out.png }`"));
        };
        files.iter().map(|(port, pattern)| Self::new(port, pattern)).collect()
    }

    fn new(port: &str, pattern: &Json) -> Result<Self, NodeError> {
        let is_word = port.starts_with(|c: char| c.is_ascii_lowercase())
            && port.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if !is_word || ["error", "code", "stdout"].contains(&port) {
            let hint = "take lower-case letters, digits and `_`, and none of `error`, `code`, `stdout`";
            return Err(NodeError::new(format!("`{port}` cannot be the name of an output")).hint(hint));
        }
        let pattern = pattern.as_str().filter(|text| stays_inside(text)).ok_or_else(|| {
            NodeError::new(format!("`{port}` names no file in the program's folder"))
                .hint("name it from there: `out.png`, `pages/*.png`")
        })?;
        let matcher = pattern.contains(WILD).then(|| {
            let built = GlobBuilder::new(pattern).literal_separator(true).build();
            built.map_err(|error| NodeError::because(format!("`{port}` has no pattern that can be read"), &error))
        });
        let matcher = matcher.transpose()?.map(|glob| glob.compile_matcher());
        Ok(Self { port: port.to_owned(), pattern: pattern.to_owned(), matcher })
    }

    /// Adds its port.
    pub(crate) fn add_port(&self, spec: &mut Spec) {
        let (ty, doc) = match self.matcher {
            Some(_) => (Type::list(Type::File), format!("The files `{}`, ordered by name.", self.pattern)),
            None => (Type::File, format!("The file `{}`.", self.pattern)),
        };
        spec.outputs.push(PortSpec::new(self.port.as_str(), ty, doc));
    }

    /// Takes the files out of a folder, into memory; `left_bytes` is what may still be taken.
    pub(crate) fn take(&self, folder: &Path, left_bytes: &mut u64) -> Result<(String, Value), NodeError> {
        let value = match &self.matcher {
            None => Value::File(read(folder, &self.pattern, left_bytes)?),
            Some(matcher) => {
                let files = names(folder, matcher)?.into_iter().map(|name| read(folder, &name, left_bytes));
                let files = files.map(|file| file.map(Value::File));
                Value::List(files.collect::<Result<List, _>>()?.into())
            }
        };
        Ok((self.port.clone(), value))
    }
}

fn stays_inside(text: &str) -> bool {
    !text.is_empty() && Path::new(text).components().all(|part| matches!(part, Component::Normal(_)))
}

/// Returns the names of regular files that match, ordered; links are not followed.
fn names(folder: &Path, matcher: &GlobMatcher) -> Result<Vec<String>, NodeError> {
    let mut names = Vec::new();
    for entry in WalkDir::new(folder).into_iter().flatten().filter(|entry| entry.file_type().is_file()) {
        let Ok(name) = entry.path().strip_prefix(folder) else { continue };
        if matcher.is_match(name) {
            let name = name.to_str().ok_or_else(|| {
                NodeError::new("it wrote a file whose name is no text").hint("let it write names in UTF-8").permanent()
            });
            names.push(name?.to_owned());
        }
        if names.len() > MOST_FILES {
            return Err(NodeError::new(format!("it wrote more than the {MOST_FILES} files that are taken at most")));
        }
    }
    names.sort();
    Ok(names)
}

fn read(folder: &Path, name: &str, left_bytes: &mut u64) -> Result<Arc<File>, NodeError> {
    let path = folder.join(name);
    let missing = || {
        NodeError::new(format!("it did not write the file `{name}`"))
            .hint("it runs in a folder of its own, where this is looked for")
    };
    let metadata = fs::symlink_metadata(&path).map_err(|_| missing())?;
    // A link could lead to what the program was never to give.
    if !metadata.is_file() || leaves(folder, &path) {
        return Err(NodeError::new(format!("what it wrote is no regular file: `{name}`")).permanent());
    }
    let too_large = || NodeError::new("the files that it wrote are larger than `disk` allows").hint("raise `disk`");
    *left_bytes = left_bytes.checked_sub(metadata.len()).ok_or_else(too_large)?;
    let bytes = fs::read(&path).map_err(|error| explain_io("read", Path::new(name), &error))?;
    let media_type = mime_guess::from_path(name).first_raw().unwrap_or("application/octet-stream");
    Ok(Arc::new(File::in_memory(bytes, name, media_type)))
}

/// Returns whether a folder on the way to a file is a link out of the folder.
fn leaves(folder: &Path, path: &Path) -> bool {
    match (folder.canonicalize(), path.canonicalize()) {
        (Ok(folder), Ok(path)) => !path.starts_with(folder),
        _ => true,
    }
}

/// Returns the exit code where it says that all went well.
pub(crate) fn accepted(ended: &Ended, codes: &[i64]) -> Result<i64, NodeError> {
    match ended.exit {
        Exit::Code(code) if codes.contains(&code.into()) => Ok(code.into()),
        Exit::Code(0) => {
            let said = format!("`{}` ended with exit code 0, which is not among `codes`", ended.program);
            Err(NodeError::new(said))
        }
        Exit::Code(code) => ended.success().map(|()| code.into()),
        Exit::Signal(signal) => ended.success().map(|()| signal.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use windlass_core::json;

    fn take(files: Json, left_bytes: u64) -> Result<Vec<Value>, NodeError> {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("pages")).unwrap();
        for name in ["pages/2.png", "pages/1.png", "pages/note.txt", "out.jpg"] {
            fs::write(folder.path().join(name), name).unwrap();
        }
        std::os::unix::fs::symlink("/etc/hostname", folder.path().join("pages/0.png")).unwrap();
        std::os::unix::fs::symlink("/etc", folder.path().join("etc")).unwrap();
        let mut left = left_bytes;
        let outputs = Output::all(&files)?;
        outputs.iter().map(|output| output.take(folder.path(), &mut left).map(|(_, value)| value)).collect()
    }

    #[test]
    fn names_and_patterns_are_taken_and_links_are_not() {
        let taken = take(json!({ "photo": "out.jpg", "pages": "pages/*.png", "none": "*.gif" }), 1000).unwrap();
        let [Value::File(photo), Value::List(pages), Value::List(none)] = &taken[..] else { panic!("{taken:?}") };
        assert_eq!((photo.name.as_str(), photo.media_type.as_str()), ("out.jpg", "image/jpeg"));
        let names = pages.members().iter().map(|page| match page.read().unwrap() {
            Value::File(file) => file.name.clone(),
            other => panic!("{other:?}"),
        });
        assert_eq!(names.collect::<Vec<_>>(), ["pages/1.png", "pages/2.png"]);
        assert!(none.is_empty());
    }

    #[test]
    fn what_is_not_there_or_no_file_or_too_large_fails() {
        let cause = |files: Json, left: u64| take(files, left).unwrap_err().to_string();
        assert_eq!(cause(json!({ "a": "gone.png" }), 9), "it did not write the file `gone.png`");
        assert_eq!(cause(json!({ "a": "pages/0.png" }), 9), "what it wrote is no regular file: `pages/0.png`");
        assert_eq!(cause(json!({ "a": "etc/hostname" }), 9), "what it wrote is no regular file: `etc/hostname`");
        assert_eq!(cause(json!({ "a": "pages" }), 9), "what it wrote is no regular file: `pages`");
        assert!(cause(json!({ "a": "out.jpg" }), 6).contains("larger than `disk` allows"));
    }

    #[test]
    fn what_lies_elsewhere_is_refused_before_anything_runs() {
        for pattern in ["../x", "/etc/passwd", "", "a/../../b"] {
            let error = Output::all(&json!({ "a": pattern })).unwrap_err();
            assert_eq!(error.to_string(), "`a` names no file in the program's folder");
        }
        assert_eq!(
            Output::all(&json!({ "code": "x" })).unwrap_err().to_string(),
            "`code` cannot be the name of an output"
        );
        assert!(Output::all(&json!({ "a": "[" })).unwrap_err().to_string().contains("no pattern that can be read"));
    }
}
