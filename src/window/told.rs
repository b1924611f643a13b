//! What the runs of a workspace say about something, for the window: as `windlass diff` and `windlass why` say it.

use windlass_core::sections::Section;
use windlass_core::value::{Codecs, Value};
use windlass_editor::{Inquiry, Traced, Way};
use windlass_store::journal::{Came, Given};
use windlass_store::{Past, Workspace};

use super::in_words;
use crate::commands::{Direction, compared, seen};

const NO_WORKSPACE: &str = "there is no workspace any more";

/// Tells it.
///
/// # Errors
/// Says why they say nothing.
pub fn tell(workspace: &Workspace, about: &Inquiry) -> Result<Vec<Section>, String> {
    let runs = workspace.runs();
    let run = |name: &str| runs.named(name).ok_or(NO_WORKSPACE);
    let told = match about {
        Inquiry::Compare { old, new } => compared(workspace, [run(old)?, run(new)?]),
        Inquiry::Lineage(Traced::Item { run: name, step, key }, way) => {
            let key = key.parse().map_err(|_| format!("`{key}` is no key of an item"))?;
            seen::of_item(workspace, run(name)?, (step, key), direction(*way))
        }
        Inquiry::Lineage(Traced::File(path), way) => seen::of_file(workspace, path, direction(*way)),
    };
    told.map_err(|error| in_words(&error))
}

/// Returns what an item gave, by port, as far as it is kept.
///
/// # Errors
/// Says why there is nothing to be shown.
pub fn values(
    workspace: &Workspace,
    codecs: &Codecs,
    run: &str,
    (step, key): (&str, &str),
) -> Result<Vec<(String, Value)>, String> {
    let run = workspace.runs().named(run).ok_or(NO_WORKSPACE)?;
    let (past, _) = Past::read(&run).map_err(|error| format!("the journal of the run cannot be read: {error}"))?;
    let result = past.result(step, key).ok_or("light nodes are not kept, and what goes on is not yet")?;
    let Came::Gave(given) = result.came else { return Err("it failed, and gave nothing".into()) };
    let artifacts = workspace.artifacts(codecs.clone()).ok_or(NO_WORKSPACE)?;
    let value = |(port, given): (String, Given)| match given {
        Given::Value(kept) => Some((port, artifacts.get(&kept.stored?).ok()?)),
        Given::Skip(_) => None,
    };
    let values: Vec<_> = given.into_iter().filter_map(value).collect();
    if values.is_empty() {
        Err("what it gave was not kept: it is computed again where it is needed".into())
    } else {
        Ok(values)
    }
}

fn direction(way: Way) -> Direction {
    match way {
        Way::Up => Direction::Up,
        Way::Down => Direction::Down,
    }
}
