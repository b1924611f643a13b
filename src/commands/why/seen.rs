//! Where something comes from, or what became of it, for the window.

use std::path::Path;

use windlass_core::key::Key;
use windlass_core::sections::{Line, Section};
use windlass_store::Workspace;
use windlass_store::lineage::{Hit, Trace};
use windlass_store::runs::Run;

use super::asked::{Asked, Found};
use super::story::{Direction, Story, Telling};
use super::{stories, text};
use crate::packs;
use crate::terminal::printable;

/// Tells of an item, by the run that it is an item of.
///
/// # Errors
/// The journal of the run cannot be read.
pub fn of_item(
    workspace: &Workspace,
    run: Run,
    (step, key): (&str, Key),
    direction: Direction,
) -> anyhow::Result<Vec<Section>> {
    let item = if key.depth() == 0 { String::new() } else { format!("item {key} of ") };
    let asked = Asked { text: format!("{item}`{step}`"), path: None, content: None, size_bytes: None, digits: None };
    let hit = Hit { step: step.to_owned(), key, trace: Trace::Fired };
    let found = Found { runs: Vec::new(), looked_at: 1, unreadable: Vec::new() };
    told(workspace, (&asked, &found), &[Story::read(run, vec![hit])?], direction)
}

/// Tells of a file, by all runs of the workspace.
///
/// # Errors
/// None of them made or took it, or it cannot be read.
pub fn of_file(workspace: &Workspace, file: &Path, direction: Direction) -> anyhow::Result<Vec<Section>> {
    let asked = Asked::read(&file.to_string_lossy())?;
    let found = asked.find(&workspace.runs())?;
    told(workspace, (&asked, &found), &stories(&asked, &found, direction)?, direction)
}

fn told(
    workspace: &Workspace,
    (asked, found): (&Asked, &Found),
    stories: &[Story],
    direction: Direction,
) -> anyhow::Result<Vec<Section>> {
    let artifacts = workspace.artifacts(packs::registry()?.codecs().clone());
    let telling = Telling { asked, found, stories, direction, artifacts: artifacts.as_ref() };
    let mut sections = text::sections(&telling);
    let damage = stories.iter().flat_map(|story| &story.damage).chain(&found.unreadable).map(Line::new);
    let damage: Vec<_> = damage.collect();
    sections.extend((!damage.is_empty()).then(|| Section::new("damage", damage)));
    sections.iter_mut().flat_map(|section| &mut section.lines).for_each(|line| line.text = printable(&line.text));
    Ok(sections)
}
