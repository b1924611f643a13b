//! Two runs side by side, for people.

use serde_json::Value as Json;
use windlass_core::plan::Change;
use windlass_core::sections::{Line, Section};
use windlass_core::value::difference::{Difference, Edit, Edits, Picture};
use windlass_store::diff::{Figures, FileChange, StepFigures, StepItems};
use windlass_store::journal::Wrote;

use super::{Compared, Side, content, graphs};
use crate::commands::words;
use crate::report::{count, duration, thousands, when};
use crate::terminal::{Paint, printable, shortened};

/// Of each list this many are shown; `--json` has all.
const MOST_SHOWN: usize = 10;

const VALUE_CHARS: usize = 60;
const LINE_CHARS: usize = 120;

/// Returns the whole comparison as text.
pub fn text(compared: &Compared) -> String {
    let paint = Paint::stdout();
    let mut text = String::new();
    for Section { title, lines } in sections(compared) {
        let indent = if title.is_empty() { 0 } else { 1 };
        if !title.is_empty() {
            text.push_str(&format!("\n{}\n", paint.bold(&title)));
        }
        lines.into_iter().for_each(|line| text.push_str(&format!("{}\n", printable(&line.deeper(indent).to_string()))));
    }
    text
}

/// Returns the whole comparison; the first section says which runs they are.
pub fn sections(compared: &Compared) -> Vec<Section> {
    let [old, new] = &compared.sides;
    let parts = [
        ("", vec![head("old", old), head("new", new)]),
        ("call", call(old, new)),
        ("graph", graph(compared)),
        ("items", items(compared)),
        ("outputs", outputs(compared)),
        ("figures", figures(&compared.found.figures)),
    ];
    let parts = parts.into_iter().filter(|(_, lines)| !lines.is_empty());
    parts.map(|(title, lines)| Section::new(title, lines)).collect()
}

fn head(which: &str, side: &Side) -> Line {
    let began = side.account.began.as_ref().map(|began| when(began.unix_ms)).unwrap_or_default();
    Line::new(format!("{which}  {}  {began}  {}: {}", side.run.name, side.account.state.graph, words(&side.stand)))
}

fn call(old: &Side, new: &Side) -> Vec<Line> {
    let called = |side: &Side| side.account.began.as_ref().map(|began| began.call.args.join(" ")).unwrap_or_default();
    let (old, new) = (called(old), called(new));
    if old == new {
        return Vec::new();
    }
    vec![Line::gone(format!("windlass {old}")), Line::added(format!("windlass {new}"))]
}

fn graph(compared: &Compared) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(found) = &compared.graphs.plans {
        lines.extend(found.gone.iter().map(Line::gone));
        lines.extend(found.added.iter().map(|step| Line::added(step).about(step)));
        lines.extend(found.whole.iter().map(|found| Line::new(change(found))));
        for step in &found.changed {
            let changes = step.changes.iter().map(|found| format!("{}: {}", step.step, change(found)));
            lines.extend(changes.map(|text| Line::new(text).about(&step.step)));
        }
        if lines.is_empty() {
            lines.push(Line::new("alike"));
        }
        return lines;
    }
    lines.extend(compared.graphs.trouble.iter().map(|trouble| Line::new(format!("not compared: {trouble}"))));
    let files = graphs::files(&compared.sides[0].account, &compared.sides[1].account);
    lines.extend(files.iter().map(|path| Line::new(format!("says something else: {}", path.display()))));
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

fn items(compared: &Compared) -> Vec<Line> {
    let mut lines = Vec::new();
    for (at, step) in compared.found.steps.iter().enumerate() {
        lines.push(Line::new(format!("{}: {}", step.step, counts(step))).about(&step.step));
        lines.extend(first(step.gone.iter(), |name| vec![Line::gone(shown(name))]));
        lines.extend(first(step.added.iter(), |name| vec![Line::added(shown(name))]));
        lines.extend(first(step.fates.iter(), |found| {
            vec![Line::new(format!("{}: {} → {}", shown(&found.item), found.old, found.new))]
        }));
        let values = step.values.iter().enumerate().filter(|(_, found)| found.is_known);
        lines.extend(first(values, |(place, found)| {
            let difference = compared.values[at].get(place).and_then(Option::as_ref);
            let about = Line::new(format!("{}, {}", shown(&found.item), found.port));
            told(about.showing(content::values(found, compared.artifacts.as_ref())), difference)
        }));
        let files = step.files.iter().enumerate().filter(|(_, found)| !found.is_moved());
        lines.extend(first(files, |(place, found)| {
            let difference = compared.files[at].get(place).and_then(Option::as_ref);
            let is_picture = matches!(difference, Some(Difference::Picture(_)));
            let pair = is_picture.then(|| content::files(found, compared.artifacts.as_ref())).flatten();
            told(file(found).showing(pair), difference)
        }));
    }
    if lines.is_empty() {
        lines.push(Line::new("alike, in all that is known of them"));
    }
    lines
}

/// Returns what is said of the first, and how many more there are.
fn first<T>(all: impl Iterator<Item = T>, tell: impl FnMut(T) -> Vec<Line>) -> Vec<Line> {
    let mut all = all.into_iter();
    let mut lines: Vec<_> = all.by_ref().take(MOST_SHOWN).flat_map(tell).map(|line| line.deeper(1)).collect();
    let more = all.count();
    if more > 0 {
        lines.push(Line::new(format!("and {} more", thousands(more as u64))).deeper(1));
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

fn file(found: &FileChange) -> Line {
    let here = std::env::current_dir().unwrap_or_default();
    let path = |wrote: &Wrote| wrote.path.strip_prefix(&here).unwrap_or(&wrote.path).display().to_string();
    match (&found.old, &found.new) {
        (Some(old), Some(new)) if old.path == new.path => Line::new(path(new)),
        (Some(old), Some(new)) => Line::new(format!("{} → {}", path(old), path(new))),
        (Some(old), None) => Line::gone(path(old)),
        (None, Some(new)) => Line::added(path(new)),
        (None, None) => Line::default(),
    }
}

/// Returns what differs, below what it is about.
fn told(mut about: Line, difference: Option<&Difference>) -> Vec<Line> {
    let (said, below) = match difference {
        None => return vec![about],
        Some(Difference::Words { old, new }) if old == new => (format!("{new}, with other content"), Vec::new()),
        Some(Difference::Words { old, new }) => (format!("{old} → {new}"), Vec::new()),
        Some(Difference::Picture(found)) => (picture(found), Vec::new()),
        Some(Difference::Lines(edits)) => with_edits(edits, "line"),
        Some(Difference::Rows(edits)) => with_edits(edits, "row"),
    };
    about.text = format!("{}: {said}", about.text);
    std::iter::once(about).chain(below).collect()
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

fn with_edits(edits: &Edits, noun: &str) -> (String, Vec<Line>) {
    let counts = [(edits.removed, "removed"), (edits.added, "added"), (edits.changed, "changed")];
    let counts = counts.iter().filter(|(number, _)| *number > 0);
    let counts: Vec<_> = counts.map(|(number, what)| format!("{} {what}", count(*number as u64, noun))).collect();
    if counts.is_empty() {
        return (format!("no {noun} differs, but how they are written"), Vec::new());
    }
    let below = edits.listed.iter().take(MOST_SHOWN).map(|edit| edit_line(edit).deeper(1)).collect();
    (counts.join(", "), below)
}

fn edit_line(edit: &Edit) -> Line {
    match edit {
        Edit::Removed { text, .. } => Line::gone(shortened(text, LINE_CHARS)),
        Edit::Added { text, .. } => Line::added(shortened(text, LINE_CHARS)),
        Edit::Changed { at, columns } => {
            let columns = columns.iter().map(|(name, old, new)| format!("{name} {} → {}", fact(old), fact(new)));
            Line::new(shortened(&format!("{at}: {}", columns.collect::<Vec<_>>().join(", ")), LINE_CHARS))
        }
    }
}

fn outputs(compared: &Compared) -> Vec<Line> {
    let outputs = compared.found.outputs.iter();
    outputs.flat_map(|found| told(Line::new(&found.output), Some(&found.difference))).collect()
}

/// Returns the figures that differ, and times.
fn figures(all: &[StepFigures]) -> Vec<Line> {
    let both = all.iter().filter_map(|step| Some((&step.step, step.old.as_ref()?, step.new.as_ref()?)));
    both.map(|(step, old, new)| Line::new(format!("{step}: {}", of_step(old, new))).about(step)).collect()
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
