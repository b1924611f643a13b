//! What a crate says of the graph: its files, its inputs, its steps with their kinds and wires.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Component, Path};

use serde_json::{Value as Json, json};
use windlass_core::plan::{Plan, StepId, StepInput};
use windlass_core::types::Type;

use super::graph::{id, link, links};
use super::{Crate, ENGINE, LANGUAGE, SEED, local, property};
use crate::commands::why::facts::{self, Param, Source, Stands, params, shown};

/// The ports of a kind that the steps of a graph use.
#[derive(Default)]
struct Tool {
    title: String,
    doc: String,
    inputs: BTreeMap<String, String>,
    outputs: BTreeMap<String, String>,
}

impl Crate<'_> {
    /// Puts the files of the graph into the crate; returns the one that was run.
    pub(super) fn graph_files(&mut self) -> io::Result<String> {
        let (mut main, graph) = (String::new(), self.story.began.graph.clone());
        for (path, content) in self.story.past.files() {
            let at = self.files.put(&format!("workflow/{}", inside(path)), content)?;
            self.parts.push(at.clone());
            if graph.ends_with(path) && main.is_empty() {
                main = at;
                continue;
            }
            let (name, size) = (path.display().to_string(), content.len().to_string());
            self.graph.add(&json!({ "@id": at, "@type": "File", "name": name, "contentSize": size }))?;
        }
        if main.is_empty() {
            return Err(io::Error::other("the journal does not have the graph any more"));
        }
        Ok(main)
    }

    /// Copies the files that the run began with.
    pub(super) fn copy_sources(&mut self) -> io::Result<()> {
        for (step, part) in &self.lineage.uses {
            for source in facts::sources((self.plan, &self.story.past), *step, part, self.artifacts) {
                let name = format!("inputs/{}", source.path.file_name().unwrap_or_default().to_string_lossy());
                let copied = match source.content() {
                    Some(content) => self.files.copy(&name, &source.path, &content)?,
                    None => None,
                };
                let lost = || self.lost(*step, &source);
                let entity = copied.unwrap_or_else(lost);
                let Some(at) = entity["@id"].as_str().map(str::to_owned) else { continue };
                if entity["@type"] == "File" {
                    self.parts.push(at.clone());
                }
                self.graph.add(&entity)?;
                if let Ok(key) = source.key.parse() {
                    self.sources.insert((*step, key), at);
                }
            }
        }
        Ok(())
    }

    /// Describes a file that cannot be put into the crate.
    fn lost(&self, step: StepId, source: &Source) -> Json {
        let why = match source.stands {
            None => "whether it still says what it said then is not known",
            Some(Stands::Gone) => "it is gone",
            Some(Stands::Same | Stands::Changed) => "it is not any more what it was then",
        };
        json!({
            "@id": local("lost", &[&self.plan.steps[step].name, &source.key]), "@type": "CreativeWork", "name": source.name,
            "description": format!("A file that the run took; {why}."),
        })
    }

    /// Describes the inputs of the graph that take part, with their values; returns the parameters.
    pub(super) fn inputs(&mut self) -> io::Result<Vec<String>> {
        let mut values = BTreeMap::new();
        for step in self.lineage.uses.keys() {
            let given =
                params(&self.plan.steps[*step]).into_iter().filter_map(|param| Some((param.input.clone()?, param)));
            values.extend(given);
        }
        let mut inputs = Vec::new();
        for (name, param) in values {
            let (parameter, value) = (local("input", &[&name]), local("value-of", &[&name]));
            let ty = self.plan.inputs.iter().find(|input| *input.name == *name).map(|input| input.ty.clone());
            self.graph.add(&json!({
                "@id": parameter, "@type": "FormalParameter", "name": name, "additionalType": type_name(ty.as_ref()),
                "workExample": link(&value),
            }))?;
            self.graph.add(&property(&value, &name, &self.shown(&param), Some(&parameter)))?;
            inputs.push(parameter);
        }
        let seed = property(SEED, "seed", &json!(self.plan.seed), None);
        self.graph.add(&seed)?;
        Ok(inputs)
    }

    /// Describes the parameters of a step that are not the default; returns them.
    pub(super) fn params(&mut self, step: StepId) -> io::Result<Vec<String>> {
        let this = &self.plan.steps[step];
        let mut all = Vec::new();
        for param in params(this) {
            if let Some(input) = &param.input {
                all.push(local("value-of", &[input]));
                continue;
            }
            let at = local("param", &[&this.name, &param.name]);
            self.graph.add(&property(&at, &param.name, &self.shown(&param), None))?;
            all.push(at);
        }
        if this.spec.seeded {
            all.push(SEED.into());
        }
        Ok(all)
    }

    /// Returns a value as others may read it: without secrets, and without the folders of this machine.
    fn shown(&self, param: &Param) -> Json {
        match (&param.secret, param.value.as_str().map(Path::new)) {
            (Some(variable), _) => format!("(secret {variable})").into(),
            (None, Some(path)) if path.is_absolute() => shown(path, &self.plan.folder).to_string().into(),
            (None, _) => param.value.clone(),
        }
    }

    /// Describes the kinds of the steps with their ports; returns them.
    pub(super) fn tools(&mut self) -> io::Result<Vec<String>> {
        let mut tools = BTreeMap::<(String, u32), Tool>::new();
        for step in self.lineage.uses.keys() {
            let this = &self.plan.steps[*step];
            let tool = tools.entry((this.spec.kind.clone(), this.spec.version)).or_default();
            (tool.title, tool.doc) = (this.spec.title.clone(), this.spec.doc.clone());
            for input in self.wires(*step) {
                let ty = if input.collect { "Collection".to_owned() } else { type_name(Some(&input.ty)).to_owned() };
                tool.inputs.insert(input.name.to_string(), ty);
            }
        }
        for step in self.lineage.uses.keys() {
            for input in self.wires(*step) {
                let from = &self.plan.steps[input.from].spec;
                if let Some(tool) = tools.get_mut(&(from.kind.clone(), from.version)) {
                    tool.outputs.insert(input.from_port.to_string(), type_name(Some(&input.ty)).to_owned());
                }
            }
        }
        for ((kind, version), tool) in &tools {
            self.tool(kind, *version, tool)?;
        }
        Ok(tools.keys().map(|(kind, version)| tool_id(kind, *version)).collect())
    }

    fn tool(&mut self, kind: &str, version: u32, tool: &Tool) -> io::Result<()> {
        let port = |way: &str, name: &str| port_id(kind, version, way, name);
        for (way, ports) in [("input", &tool.inputs), ("output", &tool.outputs)] {
            for (name, ty) in ports {
                let at = port(way, name);
                self.graph
                    .add(&json!({ "@id": at, "@type": "FormalParameter", "name": name, "additionalType": ty }))?;
            }
        }
        let ids = |way: &str, ports: &BTreeMap<String, String>| -> Vec<_> {
            ports.keys().map(|name| port(way, name)).collect()
        };
        self.graph.add(&json!({
            "@id": tool_id(kind, version), "@type": "SoftwareApplication", "name": kind, "alternateName": tool.title,
            "description": tool.doc, "softwareVersion": version.to_string(), "isPartOf": link(ENGINE),
            "input": links(&ids("input", &tool.inputs)), "output": links(&ids("output", &tool.outputs)),
        }))
    }

    /// Describes the steps and the wires between them; returns both.
    pub(super) fn steps(&mut self) -> io::Result<(Vec<String>, BTreeSet<String>)> {
        let (mut steps, mut all) = (Vec::new(), BTreeSet::new());
        for (place, step) in self.lineage.uses.keys().enumerate() {
            let this = &self.plan.steps[*step];
            let mut connections = Vec::new();
            for input in self.wires(*step) {
                let at = local("wire", &[&this.name, &input.name, &input.position.to_string()]);
                let from = &self.plan.steps[input.from].spec;
                self.graph.add(&json!({
                    "@id": at, "@type": "ParameterConnection",
                    "sourceParameter": link(&port_id(&from.kind, from.version, "output", &input.from_port)),
                    "targetParameter": link(&port_id(&this.spec.kind, this.spec.version, "input", &input.name)),
                }))?;
                connections.push(at);
            }
            let at = local("step", &[&this.name]);
            self.graph.add(&json!({
                "@id": at, "@type": "HowToStep", "name": this.name, "position": place.to_string(),
                "description": self.plan.scope_in_words(&this.scope),
                "workExample": link(&tool_id(&this.spec.kind, this.spec.version)), "connection": links(&connections),
            }))?;
            steps.push(at);
            all.extend(connections);
        }
        Ok((steps, all))
    }

    /// Describes the graph that was run.
    pub(super) fn main_workflow(
        &mut self,
        workflow: &str,
        (inputs, tools, steps): (&[String], &[String], &[String]),
        connections: BTreeSet<String>,
    ) -> io::Result<()> {
        let connections: Vec<_> = connections.into_iter().collect();
        self.graph.add(&json!({
            "@id": workflow,
            "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"],
            "name": self.plan.name,
            "programmingLanguage": link(LANGUAGE),
            "conformsTo": link("https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"),
            "input": links(inputs),
            "hasPart": links(tools),
            "step": links(steps),
            "connection": links(&connections),
        }))
    }

    /// Returns the wires of a step from others that take part.
    pub(super) fn wires(&self, step: StepId) -> Vec<StepInput> {
        wires(self.plan, step, |from| self.lineage.uses.contains_key(&from))
    }
}

fn wires(plan: &Plan, step: StepId, takes_part: impl Fn(StepId) -> bool) -> Vec<StepInput> {
    plan.steps[step].inputs.iter().filter(|input| takes_part(input.from)).cloned().collect()
}

/// Returns what a kind is called in the crate.
pub(super) fn tool_id(kind: &str, version: u32) -> String {
    local("kind", &[kind, &version.to_string()])
}

fn port_id(kind: &str, version: u32, way: &str, port: &str) -> String {
    local("kind", &[kind, &version.to_string(), way, port])
}

/// Returns a type in the words of the profile.
fn type_name(ty: Option<&Type>) -> &'static str {
    match ty.map(Type::to_string).as_deref() {
        Some("file" | "image" | "audio" | "video") => "File",
        Some("int") => "Integer",
        Some("float") => "Float",
        Some("bool") => "Boolean",
        Some("text" | "path") => "Text",
        Some(list) if list.starts_with("list<") => "Collection",
        _ => "PropertyValue",
    }
}

/// Returns a path that leads nowhere but into a folder.
fn inside(path: &Path) -> String {
    let parts = path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
        _ => None,
    });
    let path = parts.collect::<Vec<_>>().join("/");
    if path.is_empty() { id("graph") } else { path }
}
