//! What the runs of a workspace say about something, for the window: as `windlass diff` and `windlass why` say it.

use windlass_core::sections::Section;
use windlass_editor::{Inquiry, Traced, Way};
use windlass_store::Workspace;

use super::in_words;
use crate::commands::{Direction, compared, seen};

pub(super) const NO_WORKSPACE: &str = "there is no workspace any more";

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

fn direction(way: Way) -> Direction {
    match way {
        Way::Up => Direction::Up,
        Way::Down => Direction::Down,
    }
}
