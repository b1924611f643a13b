//! Where something comes from, as a Graphviz graph: steps and files.

use std::fmt::Write;

use windlass_core::plan::{Plan, StepId};
use windlass_store::lineage::{Hit, Lineage, Names, Trace, Use};

use super::facts::{self, how_often, shown};
use super::story::{Direction, Story, Telling};
use crate::report::thousands;

/// More files of a step are counted, not drawn.
const MAX_FILES: usize = 5;

/// Returns the graph.
pub fn dot(telling: &Telling<'_>) -> String {
    let mut out = format!("digraph {} {{\n  rankdir=LR;\n  node [shape=box];\n", quoted(&telling.asked.text));
    let hits = telling.stories.iter().flat_map(|story| story.hits.iter().map(move |hit| (story, hit)));
    for (number, (story, hit)) in hits.enumerate() {
        let mut cluster = Cluster { out: &mut out, telling, number, nodes: 0 };
        cluster.draw(story, hit);
    }
    out.push_str("}\n");
    out
}

/// One item in one run.
struct Cluster<'a> {
    out: &'a mut String,
    telling: &'a Telling<'a>,
    number: usize,
    nodes: usize,
}

impl Cluster<'_> {
    fn draw(&mut self, story: &Story, hit: &Hit) {
        let label = quoted(&format!("run {}", story.run.name));
        self.line(&format!("  subgraph cluster_{} {{\n    label={label};", self.number));
        let made = self.made(hit);
        if let Some((plan, lineage)) = story.plan.as_ref().ok().zip(story.lineage(hit, self.telling.direction)) {
            let names = Names::new(plan, &story.past);
            for (step, part) in &lineage.uses {
                self.step(story, &names, (plan, &lineage), (*step, part));
            }
            let last = plan.steps.iter().position(|step| step.name == hit.step);
            if let (Some(made), Some(last)) = (made, last) {
                self.line(&format!("    {} -> {made};", self.id(last)));
            }
        }
        self.line("  }");
    }

    /// Draws the file that is asked about, where a firing wrote it.
    fn made(&mut self, hit: &Hit) -> Option<String> {
        let Trace::Wrote(wrote) = &hit.trace else { return None };
        (self.telling.direction == Direction::Up).then(|| self.file(&wrote.path.display().to_string()))
    }

    fn step(
        &mut self,
        story: &Story,
        names: &Names<'_>,
        (plan, lineage): (&Plan, &Lineage),
        (step, part): (StepId, &Use),
    ) {
        let this = &plan.steps[step];
        let label =
            format!("{}\n{} {}\n{}", this.name, this.spec.kind, this.spec.version, how_often(names, step, part));
        let id = self.id(step);
        self.line(&format!("    {id} [label={}];", quoted(&label)));
        for input in this.inputs.iter().filter(|input| lineage.uses.contains_key(&input.from)) {
            let style = if input.collect { ", style=bold" } else { "" };
            let label = quoted(&format!("{} → {}", input.from_port, input.name));
            self.line(&format!("    {} -> {id} [label={label}{style}];", self.id(input.from)));
        }
        let sources = facts::sources((plan, &story.past), step, part, self.telling.artifacts);
        for file in self.some(sources.map(|source| source.path)) {
            self.line(&format!("    {file} -> {id};"));
        }
        if self.telling.direction == Direction::Down {
            let written = part.results(plan, &story.past, step).flat_map(|(_, result)| result.wrote);
            for file in self.some(written.map(|wrote| wrote.path)) {
                self.line(&format!("    {id} -> {file};"));
            }
        }
    }

    /// Draws the first files and the number of the others.
    fn some(&mut self, paths: impl Iterator<Item = std::path::PathBuf>) -> Vec<String> {
        let here = std::env::current_dir().unwrap_or_default();
        let (mut first, mut all) = (Vec::new(), 0_usize);
        for path in paths {
            all += 1;
            if first.len() < MAX_FILES {
                first.push(shown(&path, &here).to_string());
            }
        }
        if all > first.len() {
            first.push(format!("and {} more", thousands((all - first.len()) as u64)));
        }
        first.iter().map(|label| self.file(label)).collect()
    }

    fn file(&mut self, label: &str) -> String {
        let id = format!("f{}_{}", self.number, self.nodes);
        self.nodes += 1;
        self.line(&format!("    {id} [shape=note, label={}];", quoted(label)));
        id
    }

    fn id(&self, step: StepId) -> String {
        format!("n{}_{step}", self.number)
    }

    fn line(&mut self, line: &str) {
        let _ = writeln!(self.out, "{line}");
    }
}

fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{escaped}\"")
}
