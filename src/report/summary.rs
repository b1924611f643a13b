//! What a run came to, in words: steps with sums that add up, files, outputs, failures by cause.

use std::collections::BTreeMap;
use std::path::Path;

use windlass_core::event::{Outcome, RowState, RunState, StepState};

use crate::terminal::{Paint, one_line, paragraph, shortened};
use windlass_core::figures::{count, duration, thousands};

const MAX_CAUSES: usize = 20;
const MAX_FOLDERS: usize = 5;
const MAX_WARNINGS: usize = 20;
const MAX_ROWS: usize = 20;
const VALUE_CHARS: usize = 200;
const NAME_CHARS: usize = 40;

/// Where the caller stands; paths below it are shown without it.
#[derive(Clone, Copy, Debug)]
pub struct Folder<'a>(pub &'a Path);

/// Returns the summary of a run that ended.
pub fn summary(state: &RunState, folder: Folder<'_>, paint: Paint) -> String {
    let mut text = headline(state, paint);
    text.push_str(&table(state, paint));
    text.push_str(&rows(state, paint));
    for part in [
        questions(state, paint),
        failures(state, paint),
        incomplete(state),
        warnings(state),
        saved(state, folder),
        outputs(state),
    ] {
        text.push_str(&part);
    }
    text
}

fn headline(state: &RunState, paint: Paint) -> String {
    let (words, cause) = match &state.ended {
        Some((Outcome::Finished, cause)) => ("finished", cause.as_ref()),
        Some((Outcome::Waiting, cause)) => ("waits for answers", cause.as_ref()),
        Some((Outcome::Interrupted, cause)) => ("interrupted", cause.as_ref()),
        Some((Outcome::Stopped, cause)) => ("stopped at a failed item", cause.as_ref()),
        Some((Outcome::DiskFull, cause)) => ("ended because the disk is full", cause.as_ref()),
        Some((Outcome::NotKept, cause)) => ("ended because nothing could be kept", cause.as_ref()),
        Some((Outcome::Bug, cause)) => ("ended by a bug of windlass", cause.as_ref()),
        None => ("did not end", None),
    };
    let cause = cause.map(|cause| format!(": {}", paragraph(cause))).unwrap_or_default();
    let name = paint.bold(&one_line(&state.graph));
    format!("{name} {words} after {}{cause}\n", duration(state.at_ms))
}

/// Lists what nobody has answered.
fn questions(state: &RunState, paint: Paint) -> String {
    let open = state.steps.iter().flat_map(|step| step.questions.iter().map(move |question| (step, question)));
    let count_all = open.clone().count();
    if count_all == 0 {
        return String::new();
    }
    let mut text = format!("{}\n", paint.bold(&format!("{} not answered:", count(count_all as u64, "question"))));
    for (step, (key, (name, question, _))) in open.take(MAX_CAUSES) {
        let item = if name.is_empty() { key } else { name };
        let (step, item, question) = (one_line(&step.info.name), one_line(item), paragraph(question));
        text.push_str(&format!("  {step} {item}: {}\n", shortened(&question, VALUE_CHARS)));
    }
    text
}

fn table(state: &RunState, paint: Paint) -> String {
    let head = ["step", "items", "emitted", "skipped", "failed", "open", "time"];
    let lines = state.steps.iter().map(|step| (row(step), step.failed > 0));
    aligned(head, lines.collect(), paint) + &remembered(state)
}

/// Says how much was not computed because it was known, and what had to be computed once more.
fn remembered(state: &RunState) -> String {
    let sum = |count: fn(&StepState) -> u64| state.steps.iter().map(count).sum::<u64>();
    let lines = [
        (sum(|step| step.recalled), "was known and not computed", "were known and not computed"),
        (sum(|step| step.recomputed), "was not kept and computed again", "were not kept and computed again"),
    ];
    let line = |(number, one, many): (u64, &str, &str)| match number {
        0 => String::new(),
        1 => format!("  1 result {one}\n"),
        number => format!("  {} {many}\n", count(number, "result")),
    };
    lines.map(line).concat()
}

/// Lists the rows of a batch or a sweep; where they are many, those first that are not done well.
fn rows(state: &RunState, paint: Paint) -> String {
    if state.rows.is_empty() {
        return String::new();
    }
    let is_well = |row: &RowState| row.failed == 0 && row.open() == 0;
    let mut listed: Vec<_> = state.rows.iter().collect();
    if listed.len() > MAX_ROWS {
        listed.sort_by_key(|(_, row)| is_well(row));
    }
    let line = |(row, of): &(&Vec<usize>, &RowState)| {
        let cells = [of.admitted, of.emitted, of.skipped, of.failed, of.open()].map(thousands);
        let [items, emitted, skipped, failed, open] = cells;
        let name = shortened(&one_line(&state.row_name(row)), NAME_CHARS);
        ([name, items, emitted, skipped, failed, open], of.failed > 0)
    };
    let head = ["row", "items", "emitted", "skipped", "failed", "open"];
    let mut text = aligned(head, listed.iter().take(MAX_ROWS).map(line).collect(), paint);
    let rest = &listed[listed.len().min(MAX_ROWS)..];
    if !rest.is_empty() {
        let bad = rest.iter().filter(|(_, row)| !is_well(row)).count() as u64;
        let bad = if bad > 0 { format!(", {} of them not done well", thousands(bad)) } else { String::new() };
        text.push_str(&format!("  and {}{bad}\n", count(rest.len() as u64, "more row")));
    }
    text
}

/// Returns lines with their columns one below the other; the marked ones are red.
fn aligned<const N: usize>(head: [&str; N], lines: Vec<([String; N], bool)>, paint: Paint) -> String {
    let head = head.map(str::to_owned);
    let cells = || std::iter::once(&head).chain(lines.iter().map(|(cells, _)| cells));
    let width = |column: usize| cells().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<_> = (0..N).map(width).collect();
    let mut text = paint.dim(&line(&head, &widths)) + "\n";
    for (cells, is_marked) in &lines {
        let line = line(cells, &widths);
        text.push_str(&if *is_marked { paint.red(&line) } else { line });
        text.push('\n');
    }
    text
}

fn row(step: &StepState) -> [String; 7] {
    let handled = if step.handled > 0 { format!(" ({} handled)", thousands(step.handled)) } else { String::new() };
    [
        one_line(&step.info.name),
        thousands(step.admitted),
        thousands(step.emitted),
        thousands(step.skipped),
        format!("{}{handled}", thousands(step.failed)),
        thousands(step.open()),
        duration(step.busy_ms.round() as u64),
    ]
}

fn line(row: &[String], widths: &[usize]) -> String {
    let mut line = format!("  {:<1$}", row[0], widths[0]);
    for (cell, width) in row.iter().zip(widths).skip(1) {
        line.push_str(&format!("  {cell:>width$}"));
    }
    line
}

/// The failures of one cause in one step.
struct Cause<'a> {
    step: &'a str,
    /// As it was said of the first item.
    said: &'a str,
    times: u64,
    first: &'a str,
    hint: Option<&'a String>,
}

fn failures(state: &RunState, paint: Paint) -> String {
    let mut causes: Vec<_> = state.steps.iter().flat_map(causes_of).collect();
    causes.sort_by_key(|cause| std::cmp::Reverse(cause.times));
    causes.truncate(MAX_CAUSES);
    let mut text: String = causes.iter().map(|cause| failure(cause, paint)).collect();
    let failed: u64 = state.steps.iter().map(|step| step.failed).sum();
    let rest = failed.saturating_sub(causes.iter().map(|cause| cause.times).sum());
    if rest > 0 {
        text.push_str(&format!("and {} of other causes\n", count(rest, "failed item")));
    }
    text
}

/// Returns the causes of a step, those that differ in the name of their item alone as one.
fn causes_of(step: &StepState) -> Vec<Cause<'_>> {
    let mut causes: BTreeMap<String, Cause<'_>> = BTreeMap::new();
    for (said, (times, first, hint)) in &step.causes {
        let new = Cause { step: &step.info.name, said, times: 0, first, hint: hint.as_ref() };
        causes.entry(cause_of_any(said, first)).or_insert(new).times += times;
    }
    causes.into_values().collect()
}

/// Returns a cause without the name of the item that it was said of.
pub fn cause_of_any(said: &str, item: &str) -> String {
    let cause = if item.is_empty() { said.to_owned() } else { said.replace(&format!("`{item}`"), "`…`") };
    cause.strip_suffix(": `…`").map_or(cause.clone(), str::to_owned)
}

fn failure(cause: &Cause<'_>, paint: Paint) -> String {
    let (items, said) = match (cause.times, cause.first) {
        (_, "") => (String::new(), cause.said.to_owned()),
        (1, first) => (format!(" `{}`", one_line(first)), cause.said.to_owned()),
        (times, first) => {
            let others = count(times - 1, "other");
            (format!(" `{}` and {others}", one_line(first)), cause_of_any(cause.said, first))
        }
    };
    let mut text = format!("{} {}{items}: {}\n", paint.red("failed:"), one_line(cause.step), paragraph(&said));
    if let Some(hint) = cause.hint {
        text.push_str(&format!("  hint: {}\n", paragraph(hint)));
    }
    text
}

fn incomplete(state: &RunState) -> String {
    let steps = state.steps.iter().filter(|step| step.incomplete > 0);
    steps
        .map(|step| {
            let name = one_line(&step.info.name);
            format!("incomplete: {name} left failed items out of {}\n", count(step.incomplete, "group"))
        })
        .collect()
}

fn warnings(state: &RunState) -> String {
    let shown = state.warnings.iter().take(MAX_WARNINGS);
    let mut text: String = shown.map(|warning| format!("warning: {}\n", paragraph(warning))).collect();
    if state.warnings.len() > MAX_WARNINGS {
        text.push_str(&format!("and {}\n", count((state.warnings.len() - MAX_WARNINGS) as u64, "more warning")));
    }
    text
}

fn saved(state: &RunState, folder: Folder<'_>) -> String {
    let of_outcome = |(outcome, in_each): (&String, &BTreeMap<String, u64>)| {
        let files = state.saved_counts.get(outcome).copied().unwrap_or_default();
        match state.saved.iter().find(|(_, how)| how == outcome) {
            Some((path, _)) if files == 1 => format!("{outcome}: {}\n", shown_path(Path::new(path), folder)),
            _ => saved_lines(outcome, files, in_each, folder),
        }
    };
    state.saved_folders.iter().map(of_outcome).collect()
}

/// Returns the lines about the files of an outcome, of whose folders the state lists the first.
fn saved_lines(outcome: &str, files: u64, in_each: &BTreeMap<String, u64>, folder: Folder<'_>) -> String {
    let line = |files, place: &str| format!("{outcome}: {} in {place}\n", count(files, "file"));
    let shown = in_each.iter().take(MAX_FOLDERS);
    let mut text: String = shown.map(|(parent, files)| line(*files, &shown_path(Path::new(parent), folder))).collect();
    let rest = files - in_each.values().take(MAX_FOLDERS).sum::<u64>();
    if rest > 0 {
        let others = count((in_each.len() - MAX_FOLDERS) as u64, "other folder");
        let is_whole = files == in_each.values().sum::<u64>();
        text.push_str(&line(rest, &if is_whole { others } else { format!("at least {others}") }));
    }
    text
}

fn shown_path(path: &Path, folder: Folder<'_>) -> String {
    let shown = path.strip_prefix(folder.0).unwrap_or(path);
    let shown = if shown.as_os_str().is_empty() { Path::new(".") } else { shown };
    one_line(&shown.display().to_string())
}

fn outputs(state: &RunState) -> String {
    let mut values: BTreeMap<&str, Vec<&serde_json::Value>> = BTreeMap::new();
    for (name, _, value) in &state.outputs {
        values.entry(name).or_default().push(value);
    }
    let line = |(name, values): (&&str, &Vec<&serde_json::Value>)| match values[..] {
        [value] => format!("output {}: {}\n", one_line(name), shown_value(value)),
        _ => format!("output {}: {}\n", one_line(name), count(values.len() as u64, "value")),
    };
    let mut text: String = values.iter().map(line).collect();
    let unlisted = state.output_count.saturating_sub(state.outputs.len() as u64);
    if unlisted > 0 {
        text.push_str(&format!("and {} of outputs\n", count(unlisted, "more value")));
    }
    text
}

fn shown_value(value: &serde_json::Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    shortened(&one_line(&text), VALUE_CHARS)
}

#[cfg(test)]
mod tests {
    use windlass_core::event::{Event, Fate, StepInfo, What};

    use super::*;

    fn step(name: &str, scope: Vec<usize>) -> StepInfo {
        StepInfo {
            name: name.into(),
            title: name.into(),
            kind: "test.kind".into(),
            scope,
            rows: Vec::new(),
            members: Vec::new(),
        }
    }

    fn done(step: usize, key: &str, fate: Fate) -> What {
        What::Done { step, key: key.into(), name: format!("{key}.jpg"), fate, took_ms: Some(20.0) }
    }

    fn state(events: Vec<What>) -> RunState {
        let mut state = RunState::default();
        for (seq, what) in events.into_iter().enumerate() {
            state.apply(&Event { seq: seq as u64, at_ms: 10 * seq as u64, what });
        }
        state
    }

    fn failed(cause: &str) -> Fate {
        Fate::Failed { causes: vec![cause.into()], hint: Some("look at it".into()), attempts: 1 }
    }

    #[test]
    fn a_run_with_failures_is_told_whole() {
        let steps = vec![step("find", vec![]), step("open", vec![0])];
        let begun = What::RunStarted { version: 1, run: "r".into(), graph: "Sheet".into(), unix_ms: 0, seed: 0, steps };
        let admitted = |step, key: &str| What::Admitted { step, key: key.into() };
        let saved = |path: &str| What::Saved { step: 1, key: "0".into(), path: path.into(), outcome: "written".into() };
        let state = state(vec![
            begun,
            admitted(0, ""),
            done(0, "", Fate::Emitted),
            What::Group { step: 0, key: String::new(), count: 4, cause: None },
            admitted(1, "0"),
            admitted(1, "1"),
            admitted(1, "2"),
            admitted(1, "3"),
            done(1, "0", Fate::Emitted),
            done(1, "1", failed("`1.jpg` ends in the middle")),
            done(1, "2", failed("`1.jpg` ends in the middle")),
            What::Handled { step: 1, key: "2".into() },
            saved("/home/me/out/a.jpg"),
            What::Output { name: "sheet".into(), key: String::new(), value: "image 4 × 4".into() },
            What::Warning { text: "a name\u{1b}[2J".into() },
            What::RunFinished { outcome: Outcome::Interrupted, cause: Some("by Ctrl-C".into()) },
        ]);
        insta::assert_snapshot!(summary(&state, Folder(Path::new("/home/me")), Paint::off()));
    }

    #[test]
    fn what_the_state_does_not_list_is_counted() {
        let mut events = Vec::new();
        for at in 0..1_500 {
            let path = format!("/out/{at}.jpg");
            events.push(What::Saved { step: 0, key: String::new(), path, outcome: "written".into() });
            events.push(What::Output { name: "file".into(), key: at.to_string(), value: at.into() });
        }
        let text = summary(&state(events), Folder(Path::new("/")), Paint::off());
        assert!(text.contains("written: 1,500 files in out\n"), "{text}");
        assert!(text.contains("output file: 1,000 values\nand 500 more values of outputs"), "{text}");
    }

    #[test]
    fn causes_that_differ_in_the_item_alone_are_one() {
        let begun = What::RunStarted {
            version: 1,
            run: "r".into(),
            graph: "g".into(),
            unix_ms: 0,
            seed: 0,
            steps: vec![step("open", vec![])],
        };
        let empty = |key: &str| done(0, key, failed(&format!("the file is empty: `{key}.jpg`")));
        let text =
            summary(&state(vec![begun, empty("a"), empty("b"), empty("c")]), Folder(Path::new("/")), Paint::off());
        assert!(text.contains("failed: open `a.jpg` and 2 others: the file is empty\n"), "{text}");
    }

    #[test]
    fn of_many_rows_those_that_failed_are_listed_first() {
        let names = (0..40).map(|row| format!("row {row}")).collect();
        let each = StepInfo { rows: names, ..step("--each", vec![]) };
        let steps = vec![each, step("open", vec![0])];
        let mut events =
            vec![What::RunStarted { version: 1, run: "r".into(), graph: "g".into(), unix_ms: 0, seed: 0, steps }];
        for row in 0..40 {
            let fate = if row == 30 { failed("it is torn") } else { Fate::Emitted };
            events.push(What::Admitted { step: 1, key: row.to_string() });
            events.push(done(1, &row.to_string(), fate));
        }
        let text = summary(&state(events), Folder(Path::new("/")), Paint::off());
        let head = "  row     items  emitted  skipped  failed  open\n  row 30      1        0        0       1     0\n";
        assert!(text.contains(head), "{text}");
        assert!(text.contains("  row 18      1        1        0       0     0\n  and 20 more rows\n"), "{text}");
    }

    #[test]
    fn many_causes_and_folders_are_cut_short() {
        let mut events = vec![What::RunStarted {
            version: 1,
            run: "r".into(),
            graph: "g".into(),
            unix_ms: 0,
            seed: 0,
            steps: vec![step("a", vec![])],
        }];
        for at in 0..30 {
            events.push(done(0, &at.to_string(), failed(&format!("cause {at}"))));
            events.push(written(at));
        }
        let text = summary(&state(events), Folder(Path::new("/")), Paint::off());
        assert!(text.contains("and 10 failed items of other causes"), "{text}");
        assert!(text.contains("written: 25 files in 25 other folders"), "{text}");
        let text = summary(&state((0..1_100).map(written).collect()), Folder(Path::new("/")), Paint::off());
        assert!(text.contains("written: 1,095 files in at least 995 other folders"), "{text}");
    }

    fn written(folder: u32) -> What {
        let path = format!("/out/{folder}/x.jpg");
        What::Saved { step: 0, key: String::new(), path, outcome: "written".into() }
    }
}
