//! Where a file comes from, as a Workflow Run RO-Crate: a folder with the file, what it was made of, the graph, and a description
//! that other programs read.
//!
//! The profile is Provenance Run Crate 0.5 (<https://w3id.org/ro/wfrun/provenance/0.5>) on RO-Crate 1.1: a run is a
//! `CreateAction`, each firing too, a kind is a tool, a step a `HowToStep`. Deliberately absent: the machine's name and whoever
//! uses it.

mod actions;
mod files;
mod graph;
mod times;
mod workflow;

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};
use windlass_core::key::Key;
use windlass_core::plan::{Plan, StepId};
use windlass_store::artifacts::Artifacts;
use windlass_store::journal::Wrote;
use windlass_store::lineage::{Hit, Lineage, Trace};

use super::asked::Asked;
use super::facts::Stands;
use super::story::{Direction, Story, Telling};
use crate::exit::Trouble;
use crate::journal::now_unix_ms;
use files::Files;
use graph::{Graph, id, iso, link, links};
use times::Times;

const METADATA: &str = "ro-crate-metadata.json";
const CRATE: &str = "https://w3id.org/ro/crate/1.1";
const WORKFLOW_CRATE: &str = "https://w3id.org/workflowhub/workflow-ro-crate/1.0";

/// The profiles that a crate follows, each with its name and version.
const PROFILES: [(&str, &str, &str); 4] = [
    ("https://w3id.org/ro/wfrun/process/0.5", "Process Run Crate", "0.5"),
    ("https://w3id.org/ro/wfrun/workflow/0.5", "Workflow Run Crate", "0.5"),
    ("https://w3id.org/ro/wfrun/provenance/0.5", "Provenance Run Crate", "0.5"),
    (WORKFLOW_CRATE, "Workflow RO-Crate", "1.0"),
];

/// Local names of things that stand once in a crate.
const ENGINE: &str = "#windlass";
const LANGUAGE: &str = "#graph-format";
const RUN: &str = "#run";
const WHOLE: &str = "#whole-run";
const SEED: &str = "#seed";

/// A crate under way.
struct Crate<'a> {
    story: &'a Story,
    plan: &'a Plan,
    lineage: &'a Lineage,
    asked: &'a Asked,
    hit: &'a Hit,
    artifacts: Option<&'a Artifacts>,
    times: Times,
    graph: Graph,
    files: Files,
    /// The files and folders that are in it.
    parts: Vec<String>,
    /// The actions and collections that the root speaks of.
    mentions: Vec<String>,
    /// Source files, by the step that found them and the key of the item.
    sources: HashMap<(StepId, Key), String>,
    /// Values that stand in it already.
    values: HashSet<String>,
}

/// Writes the crate of the file that is asked about into a folder.
///
/// # Errors
/// No run tells how the file was made, or the folder is not empty or cannot be written.
pub fn write(telling: &Telling<'_>, folder: &Path) -> anyhow::Result<()> {
    let none = || Trouble::wrong(format!("no run tells how `{}` was written", telling.asked.text));
    let story = telling.stories.first().ok_or_else(none)?;
    let hit = story.hits.first().filter(|hit| matches!(hit.trace, Trace::Wrote(_))).ok_or_else(none)?;
    let plan = story.plan.as_ref().map_err(|why| {
        Trouble::wrong(format!("the graph of the run `{}` cannot be compiled any more: {why}", story.run.name))
    })?;
    let lineage = story.lineage(hit, Direction::Up).ok_or_else(none)?;
    let refused = |error: std::io::Error| {
        let error = windlass_core::node::explain_io("write", folder, &error);
        Trouble::store("the crate cannot be written").because(error)
    };
    make_empty(folder)?;
    let mut this = Crate {
        story,
        plan,
        lineage: &lineage,
        asked: telling.asked,
        hit,
        artifacts: telling.artifacts,
        times: Times::read(&story.run, plan, &lineage).map_err(|error| crate::past::unreadable(&story.run, &error))?,
        graph: Graph::begin(&folder.join(METADATA)).map_err(refused)?,
        files: Files::new(folder),
        parts: Vec::new(),
        mentions: Vec::new(),
        sources: HashMap::new(),
        values: HashSet::new(),
    };
    this.fill().map_err(refused)?;
    this.graph.end().map_err(refused)
}

/// Makes the folder, or takes an empty one.
fn make_empty(folder: &Path) -> anyhow::Result<()> {
    let refused = |error| {
        let error = windlass_core::node::explain_io("write", folder, &error);
        Trouble::store("the folder of the crate cannot be made").because(error)
    };
    fs::create_dir_all(folder).map_err(refused)?;
    let is_empty = fs::read_dir(folder).map_err(refused)?.next().is_none();
    let message = || format!("the folder of the crate is not empty: `{}`", folder.display());
    if is_empty { Ok(()) } else { Err(Trouble::wrong(message()).hint("name one that does not exist yet").into()) }
}

impl Crate<'_> {
    fn fill(&mut self) -> std::io::Result<()> {
        self.head()?;
        let workflow = self.graph_files()?;
        self.copy_sources()?;
        let inputs = self.inputs()?;
        let tools = self.tools()?;
        let (steps, connections) = self.steps()?;
        let done = self.actions()?;
        self.run(&workflow, &inputs, &done)?;
        self.main_workflow(&workflow, (&inputs, &tools, &steps), connections)?;
        self.root(&workflow)
    }

    /// Describes the description, the profiles, the language and the engine.
    fn head(&mut self) -> std::io::Result<()> {
        self.graph.add(&json!({
            "@id": METADATA, "@type": "CreativeWork", "about": link("./"),
            "conformsTo": [link(CRATE), link(WORKFLOW_CRATE)],
        }))?;
        for (profile, name, version) in PROFILES {
            self.graph.add(&json!({ "@id": profile, "@type": "CreativeWork", "name": name, "version": version }))?;
        }
        self.graph
            .add(&json!({ "@id": LANGUAGE, "@type": "ComputerLanguage", "name": "Windlass graph", "version": "1" }))?;
        self.graph.add(&json!({
            "@id": ENGINE, "@type": "SoftwareApplication", "name": "Windlass", "softwareVersion": self.story.began.windlass,
        }))
    }

    fn root(&mut self, workflow: &str) -> std::io::Result<()> {
        let name = format!("{} of {}", self.hit.step, self.plan.name);
        let profiles = PROFILES.map(|(profile, ..)| link(profile));
        self.graph.add(&json!({
            "@id": "./",
            "@type": "Dataset",
            "name": name,
            "description": format!("What the run `{}` made, and what it was made of.", self.story.run.name),
            "datePublished": iso(now_unix_ms()),
            "license": "No license was stated when this crate was made.",
            "conformsTo": profiles,
            "mainEntity": link(workflow),
            "hasPart": links(&self.parts),
            "mentions": links(&self.mentions),
        }))
    }
}

impl Crate<'_> {
    /// Returns where a file that a firing wrote can be had: where it was written, or where the caller has a copy of it.
    fn standing(&self, wrote: &Wrote) -> Option<PathBuf> {
        let is_asked = self.asked.content.is_some_and(|content| *content.to_hex() == *wrote.content);
        let copy = self.asked.path.clone().filter(|_| is_asked);
        let in_place = (Stands::of_written(wrote) == Stands::Same).then(|| wrote.path.clone());
        in_place.or(copy)
    }
}

/// Returns a property with a value, as people read it.
fn property(id: &str, name: &str, value: &Json, parameter: Option<&str>) -> Json {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut entity = json!({ "@id": id, "@type": "PropertyValue", "name": name, "value": text });
    if let Some(parameter) = parameter {
        entity["exampleOfWork"] = link(parameter);
    }
    entity
}

/// Returns the local name of something of a step.
fn local(what: &str, parts: &[&str]) -> String {
    let parts = parts.iter().map(|part| id(part)).collect::<Vec<_>>();
    format!("#{what}/{}", parts.join("/"))
}
