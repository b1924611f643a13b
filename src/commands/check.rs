//! `windlass check`: all problems of graphs at once, with their places, and how often each node runs.

use std::path::Path;

use serde_json::Value as Json;
use windlass_core::plan::{Mode, Plan, Step};
use windlass_core::problem::{Problem, render, to_json};

use crate::cli::CheckArgs;
use crate::exit::Exit;
use crate::load::{Loaded, counted, load};
use crate::packs;
use crate::terminal::{Paint, one_line, print};

/// Checks graphs, each on its own.
///
/// # Errors
/// Says why standard output takes nothing.
pub fn run(args: &CheckArgs) -> anyhow::Result<Exit> {
    let mut exit = Exit::Done;
    for path in &args.graphs {
        let registry = packs::registry_for(path, args.workspace.as_deref())?;
        let loaded = load(path, &args.changes, Mode::Check, &registry)?;
        print(&if args.json { lines(path, &loaded.problems) } else { told(path, &loaded, args) })?;
        if loaded.plan.is_none() {
            exit = Exit::Wrong;
        }
    }
    Ok(exit)
}

fn told(path: &Path, loaded: &Loaded, args: &CheckArgs) -> String {
    let paint = Paint::stdout();
    let rendered = loaded.problems.iter().map(|problem| render(problem, paint.is_on()));
    let mut text: String = rendered.map(|problem| format!("{}\n", problem.trim_end())).collect();
    if args.quiet {
        return text;
    }
    let name = paint.bold(&one_line(&path.display().to_string()));
    text.push_str(&format!("{name}: {}\n", counted(&loaded.problems)));
    text.extend(loaded.plan.as_ref().map(how_often));
    text
}

/// Returns a line for each step: how often it runs, in words.
fn how_often(plan: &Plan) -> String {
    let width = plan.steps.iter().map(|step| step.name.chars().count()).max().unwrap_or(0);
    let line = |step: &Step| format!("  {:<width$}  {}\n", step.name, plan.scope_in_words(&step.scope));
    plan.steps.iter().map(line).collect()
}

fn lines(path: &Path, problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("{}\n", as_json(path, problem))).collect()
}

fn as_json(path: &Path, problem: &Problem) -> Json {
    let mut object = to_json(problem);
    object["graph"] = path.display().to_string().into();
    object
}
