//! `windlass diff`: two runs side by side.

mod content;
mod graphs;
mod show;

use serde_json::{Value as Json, json};
use windlass_core::sections::{Line, Section};
use windlass_core::value::difference::Difference;
use windlass_store::diff::{Account, RunDifference, difference};
use windlass_store::runs::{Run, Stand};
use windlass_store::{Artifacts, Workspace};

use super::runs::word;
use crate::cli::DiffArgs;
use crate::exit::Exit;
use crate::packs;
use crate::past::{self, unreadable};
use crate::terminal::{self, err_line, printable};
use graphs::Graphs;

/// Of this many values, and of as many files, it is shown how they differ: pictures have to be decoded for it.
const MOST_OPENED: usize = 50;

/// Two runs, compared.
struct Compared {
    sides: [Side; 2],
    graphs: Graphs,
    found: RunDifference,
    /// How values differ, by step and place in its list.
    values: Vec<Vec<Option<Difference>>>,
    /// How files differ, in the same way.
    files: Vec<Vec<Option<Difference>>>,
    /// Where values are kept.
    artifacts: Option<Artifacts>,
}

/// One of the runs.
struct Side {
    run: Run,
    stand: Stand,
    account: Account,
}

/// Compares two runs.
///
/// # Errors
/// There are no such runs, or their journals cannot be read.
pub fn run(args: &DiffArgs) -> anyhow::Result<Exit> {
    let workspace = past::workspace(args.workspace.as_deref())?;
    let runs = workspace.runs();
    let compared = of(&workspace, [&args.old, &args.new].map(|name| past::find(&runs, Some(name))))?;
    for damage in compared.sides.iter().flat_map(|side| &side.account.damage) {
        err_line(&format!("warning: {}", printable(damage)));
    }
    match args.json {
        true => {
            let mut whole = compared.json();
            compared.graphs.secrets().for_each(|secrets| secrets.hide_in_json(&mut whole));
            terminal::print(&format!("{whole:#}\n"))?;
        }
        false => {
            let text =
                compared.graphs.secrets().fold(show::text(&compared), |text, secrets| secrets.hide(&text).into_owned());
            terminal::print(&text)?;
        }
    }
    Ok(Exit::Done)
}

/// Returns how two runs differ, with what secrets say left out.
///
/// # Errors
/// Their journals cannot be read.
#[cfg(feature = "window")]
pub fn sections(workspace: &Workspace, runs: [Run; 2]) -> anyhow::Result<Vec<Section>> {
    let compared = of(workspace, runs.map(Ok))?;
    let mut sections = show::sections(&compared);
    for line in sections.iter_mut().flat_map(|section| &mut section.lines) {
        line.text =
            compared.graphs.secrets().fold(printable(&line.text), |text, hidden| hidden.hide(&text).into_owned());
    }
    let damage = compared.sides.iter().flat_map(|side| &side.account.damage).map(|damage| Line::new(printable(damage)));
    let damage: Vec<_> = damage.collect();
    sections.extend((!damage.is_empty()).then(|| Section::new("damage", damage)));
    Ok(sections)
}

/// Compares two runs.
fn of(workspace: &Workspace, [old, new]: [anyhow::Result<Run>; 2]) -> anyhow::Result<Compared> {
    let sides = [side(old?)?, side(new?)?];
    let graphs = graphs::compare([&sides[0].run, &sides[1].run]);
    Ok(compare(sides, graphs, workspace.artifacts(packs::registry()?.codecs().clone())))
}

fn side(run: Run) -> anyhow::Result<Side> {
    let stand = run.stand().map_err(|error| unreadable(&run, &error))?;
    let account = Account::read(&run).map_err(|error| unreadable(&run, &error))?;
    Ok(Side { run, stand, account })
}

fn compare(sides: [Side; 2], graphs: Graphs, artifacts: Option<Artifacts>) -> Compared {
    let kept = artifacts.as_ref();
    let found = difference(&sides[0].account, &sides[1].account);
    let (mut values_left, mut files_left) = (MOST_OPENED, MOST_OPENED);
    let mut values = Vec::new();
    let mut files = Vec::new();
    for step in &found.steps {
        let opened = step.values.iter().take(values_left).map(|change| content::of_value(change, kept));
        values.push(opened.collect::<Vec<_>>());
        values_left = values_left.saturating_sub(step.values.len());
        let opened = step.files.iter().take(files_left).map(|change| content::of_file(change, kept));
        files.push(opened.collect::<Vec<_>>());
        files_left = files_left.saturating_sub(step.files.len());
    }
    Compared { sides, graphs, found, values, files, artifacts }
}

impl Compared {
    fn json(&self) -> Json {
        let steps = self.found.steps.iter().enumerate().map(|(at, step)| {
            let mut step = json!(step);
            put_in(&mut step["values"], &self.values[at]);
            put_in(&mut step["files"], &self.files[at]);
            step
        });
        json!({
            "old": self.sides[0].json(),
            "new": self.sides[1].json(),
            "graph": self.graphs.plans,
            "graph_not_compared": self.graphs.trouble,
            "graph_files": graphs::files(&self.sides[0].account, &self.sides[1].account),
            "steps": steps.collect::<Vec<_>>(),
            "outputs": self.found.outputs,
            "figures": self.found.figures,
        })
    }
}

/// Puts how things differ into what is told of them.
fn put_in(told: &mut Json, differences: &[Option<Difference>]) {
    for (told, difference) in told.as_array_mut().into_iter().flatten().zip(differences) {
        told["difference"] = json!(difference);
    }
}

impl Side {
    fn json(&self) -> Json {
        let Account { began, damage, .. } = &self.account;
        let (graph, args) = began.as_ref().map(|began| (&began.graph, &began.call.args)).unzip();
        json!({ "run": self.run.name, "stand": word(&self.stand), "graph": graph, "called": args, "damage": damage })
    }
}
