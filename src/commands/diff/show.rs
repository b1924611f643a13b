//! Two runs side by side, for people.

use serde_json::Value as Json;
use windlass_core::plan::Change;
use windlass_core::value::difference::{Difference, Edit, Edits, Picture};
use windlass_store::diff::{Figures, FileChange, StepFigures, StepItems};
use windlass_store::journal::Wrote;

use super::{Compared, Side, graphs};
use crate::commands::words;
use crate::report::{count, duration, thousands, when};
use crate::terminal::{Paint, printable, shortened};

/// Of each list this many are shown; `--json` has all.
const MOST_SHOWN: usize = 10;

const VALUE_CHARS: usize = 60;
const LINE_CHARS: usize = 120;

/// Returns the whole comparison.
pub fn text(compared: &Compared) -> String {
    let paint = Paint::stdout();
    let [old, new] = &compared.sides;
    let mut text = head("old", old) + &head("new", new);
    let parts = [
        ("call", call(old, new)),
        ("graph", graph(compared)),
        ("items", items(compared)),
        ("outputs", outputs(compared)),
        ("figures", figures(&compared.found.figures)),
    ];
    for (title, lines) in parts {
        if !lines.is_empty() {
            text.push_str(&format!("\n{}\n", paint.bold(title)));
            lines.iter().for_each(|line| text.push_str(&format!("  {}\n", printable(line))));
        }
    }
    text
}

fn head(which: &str, side: &Side) -> String {
    let began = side.account.began.as_ref().map(|began| when(began.unix_ms)).unwrap_or_default();
    let line = format!("{which}  {}  {began}  {}: {}", side.run.name, side.account.state.graph, words(&side.stand));
    printable(&line) + "\n"
}

fn call(old: &Side, new: &Side) -> Vec<String> {
    let called = |side: &Side| side.account.began.as_ref().map(|began| began.call.args.join(" ")).unwrap_or_default();
    let (old, new) = (called(old), called(new));
    if old == new { Vec::new() } else { vec![format!("- windlass {old}"), format!("+ windlass {new}")] }
}

fn graph(compared: &Compared) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(found) = &compared.graphs.plans {
        lines.extend(found.gone.iter().map(|step| format!("- {step}")));
        lines.extend(found.added.iter().map(|step| format!("+ {step}")));
        lines.extend(found.whole.iter().map(change));
        for step in &found.changed {
            lines.extend(step.changes.iter().map(|found| format!("{}: {}", step.step, change(found))));
        }
        if lines.is_empty() {
            lines.push("alike".to_owned());
        }
        return lines;
    }
    lines.extend(compared.graphs.trouble.iter().map(|trouble| format!("not compared: {trouble}")));
    let files = graphs::files(&compared.sides[0].account, &compared.sides[1].account);
    lines.extend(files.iter().map(|path| format!("says something else: {}", path.display())));
    lines
}

fn change(found: &Change) -> String {
    format!("{} {} → {}", found.what, fact(&found.old), fact(&found.new))
}

fn fact(fact: &Json) -> String {
    match (fact, &fact["wire"]) {
        (_, Json::String(from)) => format!("from {from}"),
        (Json::Null, _) => "-".to_owned(),
        _ => shortened(&fact.to_string(), VALUE_CHARS),
    }
}

fn items(compared: &Compared) -> Vec<String> {
    let mut lines = Vec::new();
    for (at, step) in compared.found.steps.iter().enumerate() {
        lines.push(format!("{}: {}", step.step, counts(step)));
        let marked = |mark: &'static str| move |name: &String| vec![format!("{mark} {}", shown(name))];
        lines.extend(first(step.gone.iter(), marked("-")));
        lines.extend(first(step.added.iter(), marked("+")));
        lines.extend(first(step.fates.iter(), |found| {
            vec![format!("{}: {} → {}", shown(&found.item), found.old, found.new)]
        }));
        let values = step.values.iter().enumerate().filter(|(_, found)| found.is_known);
        lines.extend(first(values, |(place, found)| {
            let difference = compared.values[at].get(place).and_then(Option::as_ref);
            told(format!("{}, {}", shown(&found.item), found.port), difference)
        }));
        let files = step.files.iter().enumerate().filter(|(_, found)| !found.is_moved());
        lines.extend(first(files, |(place, found)| {
            told(file(found), compared.files[at].get(place).and_then(Option::as_ref))
        }));
    }
    if lines.is_empty() {
        lines.push("alike, in all that is known of them".to_owned());
    }
    lines
}

/// Returns what is said of the first, and how many more there are.
fn first<T>(all: impl Iterator<Item = T>, tell: impl FnMut(T) -> Vec<String>) -> Vec<String> {
    let mut all = all.into_iter();
    let told = all.by_ref().take(MOST_SHOWN).flat_map(tell).map(|line| format!("  {line}"));
    let mut lines: Vec<_> = told.collect();
    let more = all.count();
    if more > 0 {
        lines.push(format!("  and {} more", thousands(more as u64)));
    }
    lines
}

fn shown(name: &str) -> &str {
    if name.is_empty() { "its one item" } else { name }
}

fn counts(step: &StepItems) -> String {
    let known = step.values.iter().filter(|found| found.is_known).count();
    let moved = step.files.iter().filter(|found| found.is_moved()).count();
    let parts = [
        (step.alike, "alike"),
        (step.gone.len(), "gone"),
        (step.added.len(), "new"),
        (step.fates.len(), "with another fate"),
        (known, "with another value"),
        (step.values.len() - known, "made otherwise, and not kept in both runs"),
        (step.files.len() - moved, "written otherwise"),
        (moved, "written elsewhere, with the same content"),
    ];
    let parts = parts.iter().filter(|(number, _)| *number > 0);
    parts.map(|(number, what)| format!("{} {what}", thousands(*number as u64))).collect::<Vec<_>>().join(", ")
}

fn file(found: &FileChange) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let path = |wrote: &Wrote| wrote.path.strip_prefix(&here).unwrap_or(&wrote.path).display().to_string();
    match (&found.old, &found.new) {
        (Some(old), Some(new)) if old.path == new.path => path(new),
        (Some(old), Some(new)) => format!("{} → {}", path(old), path(new)),
        (Some(old), None) => format!("- {}", path(old)),
        (None, Some(new)) => format!("+ {}", path(new)),
        (None, None) => String::new(),
    }
}

/// Returns what differs, below what it is about.
fn told(about: String, difference: Option<&Difference>) -> Vec<String> {
    match difference {
        None => vec![about],
        Some(Difference::Words { old, new }) if old == new => vec![format!("{about}: {new}, with other content")],
        Some(Difference::Words { old, new }) => vec![format!("{about}: {old} → {new}")],
        Some(Difference::Picture(found)) => vec![format!("{about}: {}", picture(found))],
        Some(Difference::Lines(edits)) => with_edits(&about, edits, "line"),
        Some(Difference::Rows(edits)) => with_edits(&about, edits, "row"),
    }
}

fn picture(found: &Picture) -> String {
    if found.pixels == 0 {
        return "no pixel differs, but how they are written".to_owned();
    }
    let [left, top, width, height] = found.area;
    let share = 100.0 * found.pixels as f64 / (found.of.max(1) as f64);
    let (mean, most) = (found.mean, found.greatest);
    format!(
        "{share:.1} % of its pixels, by {mean:.4} on average and {most:.3} at most, in {width}×{height} from {left},{top}"
    )
}

fn with_edits(about: &str, edits: &Edits, noun: &str) -> Vec<String> {
    let counts = [(edits.removed, "removed"), (edits.added, "added"), (edits.changed, "changed")];
    let counts = counts.iter().filter(|(number, _)| *number > 0);
    let counts: Vec<_> = counts.map(|(number, what)| format!("{} {what}", count(*number as u64, noun))).collect();
    if counts.is_empty() {
        return vec![format!("{about}: no {noun} differs, but how they are written")];
    }
    let mut lines = vec![format!("{about}: {}", counts.join(", "))];
    lines.extend(
        edits.listed.iter().take(MOST_SHOWN).map(|edit| format!("  {}", shortened(&edit_line(edit), LINE_CHARS))),
    );
    lines
}

fn edit_line(edit: &Edit) -> String {
    match edit {
        Edit::Removed { text, .. } => format!("- {text}"),
        Edit::Added { text, .. } => format!("+ {text}"),
        Edit::Changed { at, columns } => {
            let columns = columns.iter().map(|(name, old, new)| format!("{name} {} → {}", fact(old), fact(new)));
            format!("{at}: {}", columns.collect::<Vec<_>>().join(", "))
        }
    }
}

fn outputs(compared: &Compared) -> Vec<String> {
    let outputs = compared.found.outputs.iter();
    outputs.flat_map(|found| told(found.output.clone(), Some(&found.difference))).collect()
}

/// Returns the figures that differ, and times.
fn figures(all: &[StepFigures]) -> Vec<String> {
    let both = all.iter().filter_map(|step| Some((&step.step, step.old.as_ref()?, step.new.as_ref()?)));
    both.map(|(step, old, new)| format!("{step}: {}", of_step(old, new))).collect()
}

fn of_step(old: &Figures, new: &Figures) -> String {
    let counts = [
        (old.emitted, new.emitted, "emitted"),
        (old.skipped, new.skipped, "skipped"),
        (old.failed, new.failed, "failed"),
    ];
    let known = counts.iter().filter(|(old, new, _)| old + new > 0);
    let counts = known.map(|(old, new, what)| match old == new {
        true => format!("{} {what}", thousands(*new)),
        false => format!("{} → {} {what}", thousands(*old), thousands(*new)),
    });
    let ms = |figures: &Figures| duration(figures.busy_ms.round() as u64);
    let time = format!("{} → {}", ms(old), ms(new));
    counts.chain([time]).collect::<Vec<_>>().join(", ")
}
