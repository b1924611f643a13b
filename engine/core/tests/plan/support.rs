//! Compiling what a test writes down.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use windlass_core::doc::{self, Loader};
use windlass_core::plan::{Compiled, Request, compile};
use windlass_core::problem::{Problem, render};
use windlass_core::registry::Registry;

use super::{notation, pack};

/// Files by absolute path.
#[derive(Default)]
pub struct Files(pub BTreeMap<PathBuf, String>);

impl Files {
    /// Adds a graph in one line.
    pub fn with(mut self, path: &str, line: &str) -> Self {
        self.0.insert(path.into(), notation::yaml(line));
        self
    }
}

impl Loader for Files {
    fn load(&self, path: &Path) -> Result<Vec<u8>, String> {
        self.0.get(path).map(|text| text.clone().into_bytes()).ok_or_else(|| "there is no such file".into())
    }
}

/// Compiles a graph in one line, as `/graphs/main.yaml`.
pub fn compiled(line: &str) -> Compiled {
    compiled_with(line, &Files::default(), |_| {})
}

/// Compiles a graph in one line among files, with more in the request.
pub fn compiled_with(line: &str, files: &Files, more: impl FnOnce(&mut Request<'_>)) -> Compiled {
    compile_text(&notation::yaml(line), &pack::registry(), files, more)
}

/// Compiles the text of a graph.
pub fn compile_text(text: &str, registry: &Registry, files: &Files, more: impl FnOnce(&mut Request<'_>)) -> Compiled {
    let path = Path::new("/graphs/main.yaml");
    let read = doc::read("main.yaml", text.as_bytes(), Some(path));
    let Some(graph) = read.doc else { return Compiled { plan: None, problems: read.problems } };
    let mut request = Request::new(&graph, registry, files);
    request.caller_folder = "/graphs".into();
    more(&mut request);
    let mut compiled = compile(&request);
    if !read.problems.is_empty() {
        compiled.problems.splice(0..0, read.problems);
        compiled.plan = None;
    }
    compiled
}

/// Returns problems as a person sees them.
pub fn rendered(problems: &[Problem]) -> String {
    problems.iter().map(|problem| render(problem, false)).collect::<Vec<_>>().join("\n")
}

/// A split, a loop over each of its items, and a step behind the loop.
pub const LOOP: &str = "\
windlass: 1
nodes:
  find: { kind: t.numbers }
  grow:
    kind: t.loop
    inputs: { n: find.number }
    body:
      inputs: { n: { type: int } }
      outputs: { n: more.sum }
      nodes:
        more: { kind: t.add, params: { b: 1 }, inputs: { a: $n } }
  behind: { kind: t.add, inputs: { a: grow.n } }
";
