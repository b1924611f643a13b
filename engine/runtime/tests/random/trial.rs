//! One graph: generated, worked out by the reference, run, compared.

use windlass_core::doc::GraphDoc;
use windlass_core::registry::Registry;
use windlass_runtime::{Engine, RunOptions};

use crate::build::build;
use crate::compare::compare;
use crate::observe::run;
use crate::reference::evaluate;
use crate::show::show;

/// Graphs with more items than this take longer than they tell.
const MOST_ITEMS: usize = 2_000;

/// How a trial ended.
pub enum Trial {
    /// As it should; how many items it had.
    Right(usize),
    /// The graph was too large to be run.
    TooLarge,
    /// Otherwise; a report.
    Wrong(String),
}

/// Runs one graph.
pub fn try_graph(engine: &Engine, registry: &Registry, doc: &GraphDoc, options: RunOptions) -> Trial {
    let expected = evaluate(&build(doc, registry));
    if expected.fates.len() > MOST_ITEMS {
        return Trial::TooLarge;
    }
    let plan = build(doc, registry);
    let seen = run(engine, plan.clone(), options);
    let wrong = compare(&plan, &expected, &seen);
    if wrong.is_empty() {
        return Trial::Right(expected.fates.len());
    }
    Trial::Wrong(format!("seed {}\n{}{}\n", doc.seed, show(doc), wrong.join("\n")))
}
