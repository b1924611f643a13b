//! What the benches of the engine have in common: a plan of a graph in text, and files that are never written.

use std::path::Path;
use std::sync::Arc;

use windlass_core::context::{Content, Files, IfExists, Saving};
use windlass_core::doc::{self, NoFiles};
use windlass_core::node::NodeError;
use windlass_core::plan::{Plan, Request, compile};
use windlass_core::problem::render;
use windlass_core::registry::{Pack, Registry};

/// What a bench gives, or why it fails.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Compiles a graph of some packs.
///
/// # Errors
/// Says what is wrong with the graph.
pub fn plan(text: &str, packs: impl IntoIterator<Item = Pack>) -> Result<Arc<Plan>> {
    let registry = Registry::new(packs).map_err(|problem| format!("{problem:?}"))?;
    let doc = doc::read("bench.yaml", text.as_bytes(), None).doc.ok_or("the graph cannot be read")?;
    let compiled = compile(&Request::new(&doc, &registry, &NoFiles));
    let problems: String = compiled.problems.iter().map(|problem| render(problem, false)).collect();
    Ok(Arc::new(compiled.plan.ok_or(problems)?))
}

/// Files that are never written.
pub struct Unwritten;

impl Files for Unwritten {
    fn save<'a>(&'a self, _: &'a str, _: &'a Path, _: IfExists, _: &'a mut Content<'_>) -> Saving<'a> {
        Box::pin(async { Err(NodeError::new("nothing is written here")) })
    }

    fn abandon(&self) {}
}
