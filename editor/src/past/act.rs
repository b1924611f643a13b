//! What is done with runs of the list, and with one that is shown by its journal.

use egui::Context;

use super::inquired::Inquired;
use super::list::{PAGE, Row};
use super::open::Opening;
use crate::editor::Editor;
use crate::host::{Inquiry, Traced, Way};
use crate::panes::Pane;
use crate::running::{Session, Speed, Wish};

/// Into how many steps the time of a run is divided.
const STEPS: u64 = 100;

/// Something to be done about runs.
#[derive(Clone, Debug)]
pub enum RunAct {
    /// Chooses a run of the list.
    Choose(String),
    /// Chooses a second one, to be compared with the first.
    ChooseToo(String),
    /// Lists those of the graph that is shown alone, or all.
    Only(Whose),
    /// Lists more of them.
    More,
    /// Shows a run on the canvas.
    Open(String),
    /// Shows the run as it stood then, in milliseconds since it began.
    ShowAt(u64),
    /// Plays it at another speed.
    Speed(Speed),
    /// Looks at the values of a row of the comparison.
    LookAt(usize),
    /// Traces something.
    Trace(Traced, Way),
}

/// Whose runs are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Whose {
    /// Those of the whole workspace.
    #[default]
    Workspace,
    /// Those of the graph that is shown.
    Graph,
}

/// What a person has chosen about runs.
#[derive(Clone, Debug)]
pub struct RunChoice {
    /// The name of a run.
    pub chosen: Option<String>,
    /// The name of the one that it is compared with; that before it, where none is chosen.
    pub with: Option<String>,
    /// Whose are listed.
    pub whose: Whose,
    /// How many are listed at most.
    pub most: usize,
    /// How fast a run is played.
    pub speed: Speed,
}

impl Default for RunChoice {
    fn default() -> Self {
        Self { chosen: None, with: None, whose: Whose::default(), most: PAGE, speed: Speed::default() }
    }
}

/// Does it.
pub fn apply(editor: &mut Editor, ctx: &Context, act: RunAct) {
    let choice = &mut editor.run_choice;
    match act {
        RunAct::Choose(name) => (choice.chosen, choice.with) = (Some(name), None),
        RunAct::ChooseToo(name) => choose_too(choice, name),
        RunAct::Only(whose) => choice.whose = whose,
        RunAct::More => choice.most += PAGE,
        RunAct::Open(name) => open(editor, ctx, name),
        RunAct::ShowAt(ms) => show_at(editor, ms),
        RunAct::Speed(speed) => change_speed(editor, speed),
        RunAct::LookAt(row) => {
            let host = editor.host.clone();
            editor.comparison.iter_mut().for_each(|shown| shown.open(ctx, &host, row));
        }
        RunAct::Trace(what, way) => trace(editor, ctx, what, way),
    }
}

fn choose_too(choice: &mut RunChoice, name: String) {
    match &choice.chosen {
        None => choice.chosen = Some(name),
        Some(chosen) if *chosen == name => choice.with = None,
        Some(_) => choice.with = Some(name),
    }
}

/// Returns the two runs that are to be compared, the earlier one first.
pub fn pair(editor: &Editor) -> Option<(&Row, &Row)> {
    let choice = &editor.run_choice;
    let row = |name: &String| editor.listed.rows.iter().find(|row| row.name == *name);
    let chosen = row(choice.chosen.as_ref()?)?;
    let is_before = |row: &&Row| row.graph == chosen.graph && row.unix_ms < chosen.unix_ms;
    let other = match &choice.with {
        Some(with) => row(with)?,
        None => editor.listed.rows.iter().filter(is_before).max_by_key(|row| row.unix_ms)?,
    };
    Some(if other.unix_ms <= chosen.unix_ms { (other, chosen) } else { (chosen, other) })
}

/// Compares the two runs.
pub fn compare(editor: &mut Editor, ctx: &Context) {
    let Some((old, new)) = pair(editor).map(|(old, new)| (old.name.clone(), new.name.clone())) else { return };
    let beside = editor.tab().place().map(ToOwned::to_owned);
    let asked = Inquiry::Compare { old, new };
    editor.comparison = Some(Inquired::ask(ctx, editor.host.clone(), beside, asked));
    editor.docked.show(Pane::Compare);
}

/// Traces something to what it was made of, or to what became of it.
pub fn trace(editor: &mut Editor, ctx: &Context, what: Traced, way: Way) {
    let beside = editor.tab().place().map(ToOwned::to_owned);
    let asked = Inquiry::Lineage(what, way);
    editor.lineage = Some(Inquired::ask(ctx, editor.host.clone(), beside, asked));
    editor.docked.show(Pane::Lineage);
}

fn open(editor: &mut Editor, ctx: &Context, name: String) {
    let beside = editor.tab().place().map(ToOwned::to_owned);
    editor.opening = Some(Opening::start(ctx, editor.host.clone(), beside, name));
}

/// Shows the run of the tab as it stood then. Its end is where it stands now, so that one that goes on is followed.
pub fn show_at(editor: &Editor, ms: u64) {
    let Some(run) = &editor.tab().run else { return };
    let is_newest = run.reached().is_some_and(|reached| ms >= reached.span_ms);
    run.wish(if is_newest { Wish::Newest } else { Wish::At(ms) });
}

/// Shows the run of the tab a little earlier or later.
pub fn step(editor: &Editor, by: i64) {
    let Some(reached) = editor.tab().run.as_ref().and_then(Session::reached) else { return };
    let width = i64::try_from((reached.span_ms / STEPS).max(1)).unwrap_or(i64::MAX);
    show_at(editor, reached.at_ms.saturating_add_signed(by.saturating_mul(width)));
}

/// Plays the run of the tab, or holds it.
pub fn play(editor: &Editor) {
    let Some((run, reached)) = editor.tab().run.as_ref().and_then(|run| Some((run, run.reached()?))) else { return };
    let from_ms = if reached.is_newest() { 0 } else { reached.at_ms };
    run.wish(match reached.is_playing {
        true => Wish::At(reached.at_ms),
        false => Wish::Play(from_ms, editor.run_choice.speed.times(reached.span_ms)),
    });
}

fn change_speed(editor: &mut Editor, speed: Speed) {
    editor.run_choice.speed = speed;
    let Some((run, reached)) = editor.tab().run.as_ref().and_then(|run| Some((run, run.reached()?))) else { return };
    if reached.is_playing {
        run.wish(Wish::Play(reached.at_ms, speed.times(reached.span_ms)));
    }
}
