//! Where a run of the window comes from: the graph as it stands there, or an earlier run that is taken up.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use windlass_editor::Errand;
use windlass_store::Workspace;
use windlass_store::runs::{Run, Stand};

use crate::cli::RunArgs;
use crate::exit::Trouble;
use crate::load::read_file;
use crate::origin::Origin;
use crate::window::Studio;
use crate::{commands, earlier, past};

/// How long the end of a run may take to be put down, and how often it is looked whether it was.
const SETTLED_WITHIN: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(20);

/// Returns where a run comes from, and how it is called.
///
/// # Errors
/// There is no such run, it cannot be taken up, or the graph cannot be read.
pub fn from(
    studio: &Studio,
    graph: PathBuf,
    text: Option<String>,
    errand: Errand,
) -> anyhow::Result<(Origin, RunArgs)> {
    match errand {
        Errand::Whole => anew(graph, text, None),
        Errand::Until(node) => anew(graph, text, Some(node)),
        Errand::Resume(run) => resumed(studio, &graph, &run),
        Errand::Retry { run, item } => retried(studio, graph, text, (&run, item.as_ref())),
    }
}

fn anew(graph: PathBuf, text: Option<String>, until: Option<String>) -> anyhow::Result<(Origin, RunArgs)> {
    let text = text.map_or_else(|| read_file(&graph), |text| Ok(text.into_bytes()));
    let origin = Origin::window(graph, text?, until);
    let args = earlier::run_args(origin.call().args)?;
    Ok((origin, args))
}

fn resumed(studio: &Studio, graph: &Path, name: &str) -> anyhow::Result<(Origin, RunArgs)> {
    let (workspace, run) = known(studio, graph, name)?;
    settle(&run);
    let earlier = commands::unfinished(&run)?;
    let args = earlier.again(&workspace);
    Ok((Origin::journal(earlier), args))
}

fn retried(
    studio: &Studio,
    graph: PathBuf,
    text: Option<String>,
    (name, item): (&str, Option<&(String, String)>),
) -> anyhow::Result<(Origin, RunArgs)> {
    let (workspace, run) = known(studio, &graph, name)?;
    let (earlier, retried) = commands::retried(&run, item, &studio.registry)?;
    let args = earlier.again(&workspace);
    let origin = Origin::anew(earlier, retried);
    Ok((text.into_iter().fold(origin, |origin, text| origin.edited(graph.clone(), text.into_bytes())), args))
}

fn known(studio: &Studio, graph: &Path, name: &str) -> anyhow::Result<(Workspace, Run)> {
    let workspace = studio.workspace(Some(graph)).map_err(Trouble::store)?;
    let run = past::find(&workspace.runs(), Some(name))?;
    Ok((workspace, run))
}

/// Waits for the process of a run that has just said how it ended to let go of it: it may be this one.
fn settle(run: &Run) {
    let begun = Instant::now();
    let has_ended = || matches!(run.stand(), Ok(Stand::Ended(_)));
    while begun.elapsed() < SETTLED_WITHIN && has_ended() && run.is_alive().unwrap_or_default() {
        std::thread::sleep(LOOK);
    }
}
