//! Where something comes from, in words.

use std::path::{Path, PathBuf};

use windlass_core::plan::{Plan, StepId};
use windlass_core::sections::{Line, Section};
use windlass_store::journal::{Began, Came};
use windlass_store::lineage::{Hit, Lineage, Names, Trace, Use};

use super::facts::{self, Param, Source, Stands, how_often, params, shown, up_to};
use super::story::{Direction, Story, Telling};
use crate::report::{count, duration, size, thousands, when};
use crate::terminal::{printable, shortened};

/// More files of a step are counted, not named.
const MAX_FILES: usize = 3;
/// Longer values are cut.
const VALUE_CHARS: usize = 80;
/// So many digits of a hash tell files apart; `windlass why` takes them.
const DIGITS: usize = 16;

/// Returns all that is to be told, as text.
pub fn text(telling: &Telling<'_>) -> String {
    let text = |section: Section| section.lines.iter().map(|line| printable(&line.to_string()) + "\n").collect();
    sections(telling).into_iter().map(text).collect::<Vec<String>>().join("\n")
}

/// Returns all that is to be told; the first section says what it is.
pub fn sections(telling: &Telling<'_>) -> Vec<Section> {
    let here = std::env::current_dir().unwrap_or_default();
    let mut lines = vec![Line::new(&telling.asked.text)];
    if let (Some(content), Some(bytes)) = (telling.asked.content, telling.asked.size_bytes) {
        lines.push(of_item(format!("content  {}, blake3 {}", size(bytes), content.to_hex())));
    }
    let mut sections = vec![Section::new("", lines)];
    for (at, (story, hit)) in
        telling.stories.iter().flat_map(|story| story.hits.iter().map(move |hit| (story, hit))).enumerate()
    {
        if at > 0 {
            sections.push(Section::default());
        }
        if let Some(head) = sections.last_mut() {
            head.lines.push(of_item(trace(telling, hit, &here)));
            head.lines.extend(run(story));
        }
        sections.push(Section::new("", of_hit(telling, story, hit, &here)));
    }
    sections.extend(others(telling).map(|line| Section::new("", vec![Line::new(line)])));
    sections
}

/// Returns a line about what is asked about, or about a step.
fn of_item(text: String) -> Line {
    Line::new(text).deeper(1)
}

/// Returns a line that says more of a step.
fn of_step(text: String) -> Line {
    Line::new(text).deeper(3)
}

/// Returns a line about a file of a step.
fn of_file(text: String) -> Line {
    Line::new(text).deeper(4)
}

/// Tells the steps that a hit went through.
fn of_hit(telling: &Telling<'_>, story: &Story, hit: &Hit, here: &Path) -> Vec<Line> {
    match story.plan.as_ref().ok().zip(story.lineage(hit, telling.direction)) {
        Some((plan, lineage)) => steps(telling, story, (plan, &lineage), here),
        None => without_plan(story, hit),
    }
}

/// Says what the run says of it.
fn trace(telling: &Telling<'_>, hit: &Hit, here: &Path) -> String {
    let asked = telling.asked;
    match &hit.trace {
        Trace::Wrote(wrote) => {
            let is_content = asked.content.is_none_or(|content| *content.to_hex() == *wrote.content);
            let stands = match (is_content, Stands::of_written(wrote)) {
                (false, _) => "; its content has changed since, and what follows tells of what was written".to_owned(),
                (true, Stands::Same) if asked.path.as_ref() == Some(&wrote.path) => String::new(),
                (true, Stands::Same) => ", where it still stands".into(),
                (true, Stands::Changed) => ", where something else stands now".into(),
                (true, Stands::Gone) => ", which is gone".into(),
            };
            format!("written  as `{}`{stands}", shown(&wrote.path, here))
        }
        Trace::Gave(port, kept) => {
            let kept_words = if kept.stored.is_some() { "kept" } else { "not kept, computed again where it is needed" };
            format!("value    {} of `{}.{port}`, {}, {kept_words}", kept.ty, hit.step, size(kept.size_bytes))
        }
        Trace::Fired => format!("firing   of `{}`", hit.step),
        Trace::Found(seen) => {
            let stands = match Stands::of_seen(seen) {
                Stands::Same => "",
                Stands::Changed => ", which has changed since",
                Stands::Gone => ", which is gone",
            };
            format!("taken    as `{}`{stands}, {} then", shown(&seen.path, here), size(seen.size))
        }
    }
}

fn run(story: &Story) -> impl Iterator<Item = Line> {
    let Began { graph, unix_ms, windlass, host, seed, pins, .. } = &story.began;
    let graph = graph.file_name().unwrap_or_default().to_string_lossy();
    let seed = seed.map(|seed| format!(", seed {seed}")).unwrap_or_default();
    let first =
        format!("run      {} of `{graph}`, {}, windlass {windlass} on {host}{seed}", story.run.name, when(*unix_ms));
    let pins = pins.iter().map(|(source, hash, _)| format!("kinds    of `{source}` as it was with hash {hash}"));
    std::iter::once(first).chain(pins).map(of_item).collect::<Vec<_>>().into_iter()
}

/// Says what is known where the plan of the run cannot be had any more.
fn without_plan(story: &Story, hit: &Hit) -> Vec<Line> {
    let why = story.plan.as_ref().err().cloned().unwrap_or_else(|| format!("it has no step `{}` now", hit.step));
    let mut lines =
        vec![of_item(format!("the way there is not known: this program cannot compile the graph of the run ({why})"))];
    if let Some(result) = story.past.result(&hit.step, &hit.key.to_string()) {
        let inputs = result.inputs.iter().map(|(port, identity)| format!("{port} ← a value with hash {identity}"));
        lines.push(of_item(format!("{}, {}", hit.step, duration(result.took_us / 1000))).about(&hit.step));
        lines.extend(inputs.map(of_step));
    }
    lines
}

/// Tells the steps: the last one first on the way up, the first one first on the way down.
fn steps(telling: &Telling<'_>, story: &Story, (plan, lineage): (&Plan, &Lineage), here: &Path) -> Vec<Line> {
    let names = Names::new(plan, &story.past);
    let one = |(step, part): (&StepId, &Use)| {
        let mut lines = vec![head(&names, plan, story, *step, part)];
        lines.extend(params(&plan.steps[*step]).iter().map(|param| of_step(param_line(param, here))));
        lines.extend(nature(plan, *step).map(of_step));
        lines.extend(wires(plan, lineage, *step).map(of_step));
        lines.extend(files(telling, story, (plan, *step, part), here));
        lines
    };
    match telling.direction {
        Direction::Up => lineage.uses.iter().rev().flat_map(one).collect(),
        Direction::Down => lineage.uses.iter().flat_map(one).collect(),
    }
}

fn head(names: &Names<'_>, plan: &Plan, story: &Story, step: StepId, part: &Use) -> Line {
    let this = &plan.steps[step];
    let took_us: u64 = part.results(plan, &story.past, step).map(|(_, result)| result.took_us).sum();
    let took = if took_us > 0 { format!(", {}", duration(took_us / 1000)) } else { String::new() };
    let text =
        format!("{} ({} {}), {}{took}", this.name, this.spec.kind, this.spec.version, how_often(names, step, part));
    of_item(text).about(&this.name)
}

fn param_line(param: &Param, here: &Path) -> String {
    let value = match (&param.secret, param.value.as_str().map(Path::new)) {
        (Some(variable), _) => format!("(secret {variable})"),
        (None, Some(path)) if path.is_absolute() => format!("`{}`", shown(path, here)),
        (None, _) => shortened(&param.value.to_string(), VALUE_CHARS),
    };
    let input = param.input.as_ref().map(|input| format!(" (${input})")).unwrap_or_default();
    format!("{} = {value}{input}", param.name)
}

/// Says what else the results of a step depend on.
fn nature(plan: &Plan, step: StepId) -> impl Iterator<Item = String> {
    let this = &plan.steps[step];
    let seed =
        this.spec.seeded.then(|| format!("random numbers of seed {}, the step and the names of the item", plan.seed));
    let device = this.spec.needs.device.then(|| format!("on device {}", this.policy.device));
    let order = "fed in order: what came before an item in its group may count too".to_owned();
    [seed, device, this.spec.is_ordered().then_some(order)].into_iter().flatten()
}

/// Names what a step took of the others that take part.
fn wires(plan: &Plan, lineage: &Lineage, step: StepId) -> impl Iterator<Item = String> {
    let inputs = plan.steps[step].inputs.iter().filter(|input| lineage.uses.contains_key(&input.from));
    inputs.map(|input| {
        let all = if input.collect { "all " } else { "" };
        format!("{} ← {all}{}.{}", input.name, plan.steps[input.from].name, input.from_port)
    })
}

/// Names the files that a step took from outside, and those that it wrote.
fn files(telling: &Telling<'_>, story: &Story, (plan, step, part): (&Plan, StepId, &Use), here: &Path) -> Vec<Line> {
    let mut lines = Vec::new();
    let (mut first, mut found, mut bytes) = (Vec::new(), 0, 0);
    for source in facts::sources((plan, &story.past), step, part, telling.artifacts) {
        (found, bytes) = (found + 1, bytes + source.size_bytes.unwrap_or_default());
        if first.len() < MAX_FILES {
            first.push(source);
        }
    }
    if found > 0 {
        let bytes = if bytes > 0 { format!(", {}", size(bytes)) } else { String::new() };
        lines.push(of_step(format!("from {}{}{bytes}:", up_to(part), count(found, "file"))));
        lines.extend(first.iter().map(|source| of_file(source_line(source, here))));
        lines.extend(more(found, first.len()));
    }
    if telling.direction == Direction::Down {
        lines.extend(written(story, (plan, step, part), here));
    }
    lines.extend(failures(story, (plan, step, part)));
    lines
}

fn source_line(source: &Source, here: &Path) -> String {
    let bytes = source.size_bytes.map(|bytes| format!(", {}", size(bytes))).unwrap_or_default();
    let content = source.content().map(|hash| format!(", blake3 {}", &hash.to_hex()[..DIGITS])).unwrap_or_default();
    let stands = match source.stands {
        Some(Stands::Same) => "",
        Some(Stands::Changed) => ", changed since",
        Some(Stands::Gone) => ", gone",
        None => ", as it is now; what it said then is not known",
    };
    format!("{}{bytes}{content}{stands}", shown(&source.path, here))
}

fn written(story: &Story, (plan, step, part): (&Plan, StepId, &Use), here: &Path) -> Vec<Line> {
    let (mut first, mut all): (Vec<PathBuf>, u64) = (Vec::new(), 0);
    for (_, result) in part.results(plan, &story.past, step) {
        all += result.wrote.len() as u64;
        let room = MAX_FILES - first.len();
        first.extend(result.wrote.into_iter().take(room).map(|wrote| wrote.path));
    }
    let named = first.iter().map(|path| of_step(format!("wrote {}", shown(path, here))));
    named.chain(more(all, first.len())).collect()
}

fn failures(story: &Story, (plan, step, part): (&Plan, StepId, &Use)) -> Option<Line> {
    let failed = |(_, result): &(_, windlass_store::journal::Result)| matches!(result.came, Came::Failed { .. });
    let failed = part.results(plan, &story.past, step).filter(failed).count() as u64;
    (failed > 0).then(|| of_step(format!("failed for {}", count(failed, "item"))))
}

fn more(all: u64, named: usize) -> Option<Line> {
    let more = all.saturating_sub(named as u64);
    (more > 0).then(|| of_file(format!("and {} more, which `--json` lists", thousands(more))))
}

/// Says where else the same was written, and which other runs speak of it.
fn others(telling: &Telling<'_>) -> impl Iterator<Item = String> {
    twins(telling).into_iter().chain(other_runs(telling))
}

/// Names other files of the run with the same content.
fn twins(telling: &Telling<'_>) -> Option<String> {
    let story = telling.stories.first().filter(|_| telling.direction == Direction::Up)?;
    let Trace::Wrote(told) = &story.hits.first()?.trace else { return None };
    let (_, hits) = telling.found.runs.iter().find(|(run, _)| run.name == story.run.name)?;
    let twins = hits.iter().filter_map(|hit| match &hit.trace {
        Trace::Wrote(wrote) if wrote.content == told.content && wrote.path != told.path => Some(&wrote.path),
        _ => None,
    });
    let (first, all) = (twins.clone().next()?, twins.count() as u64);
    Some(format!("{} of the run has the same content: `{}`", count(all, "other file"), first.display()))
}

fn other_runs(telling: &Telling<'_>) -> Option<String> {
    let told = |name: &str| telling.stories.iter().any(|story| story.run.name == name);
    let others: Vec<_> =
        telling.found.runs.iter().map(|(run, _)| run.name.as_str()).filter(|name| !told(name)).collect();
    let all = others.len();
    (all > 0).then(|| {
        let named = others[all.saturating_sub(MAX_FILES)..].join(", ");
        format!("{} also made or took it, the last ones: {named}", count(all as u64, "other run"))
    })
}
