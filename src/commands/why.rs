//! `windlass why`: where a file or a value comes from, or what became of it, by the journals of the runs.

mod asked;
mod dot;
mod facts;
mod json;
mod ro_crate;
#[cfg(feature = "window")]
pub mod seen;
mod story;
mod text;

use std::path::Path;

use windlass_store::lineage::{Hit, Trace};
use windlass_store::runs::Run;

use crate::cli::WhyArgs;
use crate::exit::{Exit, Trouble};
use crate::past;
use crate::report::count;
use crate::terminal::{self, err_line, printable};
use asked::{Asked, Found};
pub use story::Direction;
use story::{Story, Telling};

/// What is the same for more items than this is followed for the first ones alone.
const MAX_HITS: usize = 50;

/// Says where something comes from, or what became of it.
///
/// # Errors
/// Nothing is known of it, or the journals cannot be read.
pub fn run(args: &WhyArgs) -> anyhow::Result<Exit> {
    let asked = Asked::read(&args.what)?;
    let workspace = workspace(args, &asked)?;
    let found = asked.find(&workspace.runs())?;
    found.unreadable.iter().for_each(|line| err_line(&format!("warning: {}", printable(line))));
    let direction = if args.down { Direction::Down } else { Direction::Up };
    let stories = stories(&asked, &found, direction)?;
    stories.iter().flat_map(|story| &story.damage).for_each(|line| err_line(&format!("warning: {}", printable(line))));
    let artifacts = workspace.artifacts(crate::packs::registry()?.codecs().clone());
    let telling = Telling { asked: &asked, found: &found, stories: &stories, direction, artifacts: artifacts.as_ref() };
    if let Some(folder) = &args.crate_folder {
        ro_crate::write(&telling, folder)?;
        err_line(&format!("the crate is in `{}`", printable(&folder.display().to_string())));
        return Ok(Exit::Done);
    }
    match args {
        WhyArgs { json: true, .. } => json::print(&telling)?,
        WhyArgs { dot: true, .. } => terminal::print(&dot::dot(&telling))?,
        _ => terminal::print(&text::text(&telling))?,
    }
    Ok(Exit::Done)
}

/// Reads what the runs tell of something.
///
/// # Errors
/// None does, or a journal cannot be read.
fn stories(asked: &Asked, found: &Found, direction: Direction) -> anyhow::Result<Vec<Story>> {
    let chosen = chosen(asked, found, direction);
    if chosen.is_empty() {
        return Err(unknown(asked, found, direction));
    }
    chosen.into_iter().map(|(run, traces)| Story::read(run, traces)).collect()
}

/// Returns the workspace that the caller means; where there is none above the current folder, that of the file.
fn workspace(args: &WhyArgs, asked: &Asked) -> anyhow::Result<windlass_store::Workspace> {
    let here = past::workspace(args.workspace.as_deref())?;
    let folder = asked.path.as_deref().and_then(Path::parent).filter(|_| here.layout().is_none());
    let beside = folder.and_then(|folder| windlass_store::Workspace::find(folder).ok().flatten());
    Ok(beside.unwrap_or(here))
}

/// Returns the runs to tell of, each with what it says: upward the one that made it, downward all that took it.
fn chosen(asked: &Asked, found: &Found, direction: Direction) -> Vec<(Run, Vec<Hit>)> {
    let all = |keeps: &dyn Fn(&Trace) -> bool| {
        let hits = found
            .runs
            .iter()
            .map(|(run, hits)| (run.clone(), hits.iter().filter(|hit| keeps(&hit.trace)).cloned().collect::<Vec<_>>()));
        hits.filter(|(_, hits)| !hits.is_empty()).collect::<Vec<_>>()
    };
    if direction == Direction::Down {
        let mut chosen = all(&|_| true);
        chosen.iter_mut().for_each(|(run, hits)| shorten(run, hits));
        return chosen;
    }
    let mut chosen = Vec::new();
    for keeps in asked.preferences() {
        if !chosen.is_empty() {
            break;
        }
        chosen = all(&*keeps);
    }
    // What a run found again in another one it tells too: the first run made it.
    chosen.truncate(1);
    chosen.iter_mut().for_each(|(_, hits)| hits.truncate(1));
    chosen
}

/// Leaves of very many places in a run the first ones, and says so.
fn shorten(run: &Run, hits: &mut Vec<Hit>) {
    let all = hits.len();
    if all > MAX_HITS {
        hits.truncate(MAX_HITS);
        let places = count(all as u64, "time");
        err_line(&format!(
            "warning: the run `{}` made or took it {places}; the first {MAX_HITS} are followed",
            run.name
        ));
    }
}

fn unknown(asked: &Asked, found: &Found, direction: Direction) -> anyhow::Error {
    let took = |(_, hits): &(Run, Vec<_>)| hits.iter().any(|hit: &Hit| matches!(hit.trace, Trace::Found(_)));
    if direction == Direction::Up
        && let Some((run, _)) = found.runs.iter().find(|found| took(found))
    {
        let message = format!("nothing made `{}`: it is a file that the run `{}` began with", asked.text, run.name);
        return Trouble::wrong(message).hint("`--down` says what became of it").into();
    }
    let message = format!("no run that is remembered here made or took `{}`", asked.text);
    let hint = match (found.looked_at, &asked.content) {
        (0, _) => {
            "no run has a journal here; go to the folder of the graph, or name its workspace with `--workspace DIR`"
        }
        (_, Some(_)) => "neither its content nor its path is known; runs that `gc` deleted are forgotten",
        (_, None) => "name a file, or at least eight digits of a hash; `windlass runs` lists what is remembered",
    };
    Trouble::wrong(message).hint(hint).into()
}
