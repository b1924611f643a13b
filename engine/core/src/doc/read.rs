//! Reading a graph file: bytes in, a document and everything that is wrong with it out.

mod cx;
mod graph;
mod input;
mod layout;
mod node;
mod policy;
mod scalars;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

pub(super) use cx::Cx;
use cx::Fields;

use super::migrate::{self, Chain};
use super::tree::{Tree, build, check_keys};
use super::{FORMAT_VERSION, GraphDoc};
use crate::problem::{Problem, Severity, Source, Span};

/// The largest graph file, in bytes.
pub const MAX_BYTES: usize = 16 << 20;

/// What came of reading a graph file.
#[derive(Clone, Debug)]
pub struct Read {
    /// The document: given also with problems where something sensible can be made of the file, so that the checker
    /// can go on. A node whose kind is missing runs the kind with the empty name; what was unreadable is left out.
    pub doc: Option<GraphDoc>,
    /// Everything that is wrong, in the order of the text.
    pub problems: Vec<Problem>,
    /// The version of the file where it is older than [`FORMAT_VERSION`].
    pub migrated_from: Option<u32>,
    /// The text as the problems name it.
    pub source: Arc<Source>,
}

impl Read {
    /// Returns whether the file is right but for warnings.
    pub fn is_good(&self) -> bool {
        self.doc.is_some() && self.problems.iter().all(|problem| problem.severity < Severity::Error)
    }
}

/// Reads a graph file, YAML or JSON. `name` is what problems call it, `path` where it lies.
pub fn read(name: &str, bytes: &[u8], path: Option<&Path>) -> Read {
    read_by(name, bytes, path, &Chain::OF_GRAPHS)
}

/// Reads a graph file by a chain of migrations.
pub(super) fn read_by(name: &str, bytes: &[u8], path: Option<&Path>, chain: &Chain) -> Read {
    let source = |text: String| Arc::new(Source { name: name.to_owned(), text });
    if bytes.len() > MAX_BYTES {
        return refused(source(lossy_start(bytes)), too_large(bytes.len()), 0..0);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => read_text(source(text.to_owned()), path, chain),
        Err(error) => {
            let at = error.valid_up_to();
            refused(source(String::from_utf8_lossy(bytes).into_owned()), not_utf8(bytes, at), at..at + 3)
        }
    }
}

fn read_text(source: Arc<Source>, path: Option<&Path>, chain: &Chain) -> Read {
    let mut cx = Cx::new(source.clone());
    let mut migrated_from = None;
    let doc = match build(&source) {
        Err(problem) => {
            cx.report(*problem);
            None
        }
        Ok(tree) => whole_tree(&mut cx, tree, chain, &mut migrated_from).map(|tree| graph::graph(&mut cx, &tree)),
    };
    let doc = doc.map(|doc| GraphDoc { path: path.map(Into::into), ..doc });
    Read { doc, problems: cx.into_problems(), migrated_from, source }
}

/// Returns a tree of the present format whose keys are sound.
fn whole_tree<'a>(
    cx: &mut Cx,
    tree: Option<Tree<'a>>,
    chain: &Chain,
    migrated_from: &mut Option<u32>,
) -> Option<Tree<'a>> {
    let Some(mut tree) = tree.filter(|tree| !tree.is_null()) else {
        let problem = Problem::error("empty-file", "the file holds no graph").at(cx.span_at(0..0));
        cx.report(problem.hint(format!("a graph begins with `windlass: {FORMAT_VERSION}` and has `nodes`")));
        return None;
    };
    check_keys(cx, &mut tree);
    if tree.entries().is_none() {
        cx.wrong_kind(&tree, "a graph", "a mapping with `windlass` and `nodes`");
        return None;
    }
    *migrated_from = migrate::migrate(cx, &mut tree, chain)?;
    Some(tree)
}

fn refused(source: Arc<Source>, problem: Problem, range: std::ops::Range<usize>) -> Read {
    let problem = problem.at(Some(Span { source: source.clone(), range }));
    Read { doc: None, problems: vec![problem], migrated_from: None, source }
}

/// Returns enough of a file to show its first line.
fn lossy_start(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).into_owned()
}

fn too_large(size: usize) -> Problem {
    let message = format!("the file has {size} bytes, and a graph file may have {MAX_BYTES}");
    Problem::error("too-large", message).hint("split the graph by `uses`; data belongs into files of its own")
}

fn not_utf8(bytes: &[u8], at: usize) -> Problem {
    let problem = Problem::error("not-utf8", format!("the file is not UTF-8: byte {at} is 0x{:02x}", bytes[at]));
    problem.hint(match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "it looks like UTF-16; save it as UTF-8",
        _ if bytes.contains(&0) => "this does not look like a text file",
        _ => "save the file as UTF-8",
    })
}
