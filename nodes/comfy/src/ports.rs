//! The ports that a workflow has from outside: files that it loads, values that change from item to item, and what it gives.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde_json::Value as Json;
use windlass_core::node::NodeError;
use windlass_core::spec::PortSpec;
use windlass_core::types::Type;

use crate::api::{ApiNode, ApiWorkflow, wire};

/// Inputs of classes that name a file on the server, and what it is.
const FILES: [(&str, &str, Medium); 9] = [
    ("LoadImage", "image", Medium::Picture),
    ("LoadImageMask", "image", Medium::Picture),
    ("LoadImageOutput", "image", Medium::Picture),
    ("LoadAudio", "audio", Medium::File),
    ("LoadVideo", "file", Medium::File),
    ("Load3D", "model_file", Medium::File),
    ("VHS_LoadVideo", "video", Medium::File),
    ("VHS_LoadAudioUpload", "audio", Medium::File),
    ("LoadLatent", "latent", Medium::File),
];

/// The longest name of a port that is made.
const LONGEST: usize = 48;

/// What a port hands over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Medium {
    Picture,
    File,
}

/// The ports of a workflow.
#[derive(Clone, Debug, Default)]
pub struct Ports {
    /// Where files are handed over.
    pub files: Vec<InputPort>,
    /// Where values are set.
    pub values: Vec<InputPort>,
    /// What comes out.
    pub outputs: Vec<OutputPort>,
}

/// A port that sets an input of a node.
#[derive(Clone, Debug)]
pub struct InputPort {
    /// Its name.
    pub name: String,
    /// The id of the node.
    pub node: String,
    /// The input.
    pub input: String,
    /// What it takes.
    pub ty: Type,
    /// What it is, for people.
    pub doc: String,
}

/// A port for what an output node gives.
#[derive(Clone, Debug)]
pub struct OutputPort {
    /// Its name.
    pub name: String,
    /// The id of the node.
    pub node: String,
    /// What comes out of it.
    pub sort: Sort,
    /// What it is, for people.
    pub doc: String,
}

/// What an output node gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Pictures.
    Pictures,
    /// Files of other kinds.
    Files,
    /// Texts.
    Texts,
}

impl Ports {
    /// Finds the ports of a workflow. Seeds and prompts have ports of their own accord; `more` names inputs that are to have one
    /// as well, as `NODE.INPUT` with the id or the title of the node.
    ///
    /// # Errors
    /// Names an entry of `more` that is no input of the workflow.
    pub fn of(workflow: &ApiWorkflow, more: &[String]) -> Result<Self, NodeError> {
        let chosen = chosen(workflow, more)?;
        let mut names = Names::default();
        let mut ports = Self::default();
        for (id, node) in &workflow.nodes {
            let inputs = node.inputs.iter().filter(|(_, value)| wire(value).is_none());
            for (input, value) in inputs {
                let is_chosen = chosen.contains(&(id.as_str(), input.as_str()));
                if let Some((.., medium)) = FILES.iter().find(|(class, name, _)| *class == node.class && *name == input)
                {
                    ports.files.push(file(&mut names, (id, node), input, *medium));
                } else if is_chosen || is_offered(node, input, value) {
                    ports.values.push(value_port(&mut names, (id, node), input, value)?);
                }
            }
        }
        ports.outputs = outputs(workflow);
        Ok(ports)
    }

    /// Returns the input ports as a kind has them.
    pub fn inputs(&self) -> impl Iterator<Item = PortSpec> {
        let port = |port: &InputPort| {
            let spec = PortSpec::new(&port.name, port.ty.clone(), &port.doc);
            PortSpec { optional: true, constant: true, ..spec }
        };
        self.files.iter().chain(&self.values).map(port)
    }
}

fn file(names: &mut Names, (id, node): (&str, &ApiNode), input: &str, medium: Medium) -> InputPort {
    let ty = match medium {
        Medium::Picture => Type::union([Type::Image, Type::File]),
        Medium::File => Type::union([Type::File, Type::Audio, Type::Video]),
    };
    let now = node.inputs.get(input).and_then(Json::as_str).unwrap_or_default();
    let doc = format!("What node {id} (`{}`) loads; the server's own file `{now}` where nothing comes.", node.class);
    InputPort { name: names.of(&[label(node)], id), node: id.into(), input: input.into(), ty, doc }
}

fn value_port(
    names: &mut Names,
    (id, node): (&str, &ApiNode),
    input: &str,
    value: &Json,
) -> Result<InputPort, NodeError> {
    let ty = match value {
        Json::Bool(_) => Type::Bool,
        Json::Number(number) if number.is_f64() => Type::float(),
        Json::Number(_) => Type::int(),
        Json::String(_) => Type::text(),
        _ => return Err(NodeError::new(format!("`{input}` of node {id} (`{}`) is no single value", node.class))),
    };
    let doc = format!("`{input}` of node {id} (`{}`); as in the workflow where nothing comes.", node.class);
    Ok(InputPort { name: names.of(&[label(node), input], id), node: id.into(), input: input.into(), ty, doc })
}

/// Returns whether an input is one that changes from item to item in most graphs.
fn is_offered(node: &ApiNode, input: &str, value: &Json) -> bool {
    let is_seed = value.is_number() && matches!(input, "seed" | "noise_seed");
    is_seed || (value.is_string() && node.class.contains("TextEncode"))
}

fn chosen<'a>(workflow: &'a ApiWorkflow, more: &'a [String]) -> Result<BTreeSet<(&'a str, &'a str)>, NodeError> {
    let found = more.iter().map(|entry| {
        let unknown = |why: &str| {
            NodeError::new(format!("`expose` names `{entry}`, {why}")).hint(
                "write `NODE.INPUT`, with the id or the title of a node of the workflow and an input that has a value",
            )
        };
        let (name, input) = entry.rsplit_once('.').ok_or_else(|| unknown("which has no point in it"))?;
        let named = |id: &str, node: &ApiNode| id == name || node.title.as_deref() == Some(name);
        let node = workflow.nodes.iter().find(|(id, node)| named(id, node));
        let (id, node) = node.ok_or_else(|| unknown("and no node of the workflow is called so"))?;
        let (input, value) =
            node.inputs.get_key_value(input).ok_or_else(|| unknown("and the node has no such input"))?;
        match wire(value) {
            Some(_) => Err(unknown("which is wired inside the workflow")),
            None => Ok((id.as_str(), input.as_str())),
        }
    });
    found.collect()
}

/// Returns a port for each node that nothing is wired from: only output nodes are of any use there.
fn outputs(workflow: &ApiWorkflow) -> Vec<OutputPort> {
    let inputs = workflow.nodes.values().flat_map(|node| node.inputs.values());
    let used: BTreeSet<&str> = inputs.filter_map(wire).map(|(from, _)| from).collect();
    let mut names = Names::default();
    let ends = workflow.nodes.iter().filter(|(id, _)| !used.contains(id.as_str()));
    let port = |(id, node): (&String, &ApiNode)| {
        let sort = sort_of(&node.class);
        let what = match sort {
            Sort::Pictures => "The pictures",
            Sort::Files => "The files",
            Sort::Texts => "The texts",
        };
        let doc = format!("{what} of node {id} (`{}`), in order.", node.class);
        OutputPort { name: names.of(&[label(node)], id), node: id.clone(), sort, doc }
    };
    ends.map(port).collect()
}

fn sort_of(class: &str) -> Sort {
    let has = |words: &[&str]| words.iter().any(|word| class.contains(word));
    match () {
        () if has(&["Animated", "Audio", "Video", "WEBM", "3D", "Latent", "Checkpoint", "Model", "GLB"]) => Sort::Files,
        () if has(&["Image", "Mask"]) => Sort::Pictures,
        () if has(&["Text", "String", "PreviewAny"]) => Sort::Texts,
        () => Sort::Files,
    }
}

/// Returns what a node is called: as a person called it, else by its class.
fn label(node: &ApiNode) -> &str {
    node.title.as_deref().unwrap_or(&node.class)
}

/// Names that are given already, each once.
#[derive(Default)]
struct Names(IndexMap<String, ()>);

impl Names {
    /// Returns a name of these parts that no other port has; the first one is as plain as it can be.
    fn of(&mut self, parts: &[&str], id: &str) -> String {
        let plain = slug(&parts.join(" "));
        let with_id = slug(&[&[parts[0], id], &parts[1..]].concat().join(" "));
        let taken = |name: &String| self.0.contains_key(name) || RESERVED.contains(&name.as_str());
        let mut name = if taken(&plain) { with_id.clone() } else { plain };
        let mut number = 1;
        while taken(&name) {
            number += 1;
            name = format!("{with_id}_{number}");
        }
        self.0.insert(name.clone(), ());
        name
    }
}

/// Names that the kind has for itself.
const RESERVED: [&str; 6] = ["workflow", "object_info", "expose", "give", "tags", "error"];

/// Makes a name of a text: small letters, digits and `_`.
fn slug(text: &str) -> String {
    let mut name = String::new();
    for c in text.chars() {
        match c.to_ascii_lowercase() {
            c if c.is_ascii_alphanumeric() => name.push(c),
            _ if !name.ends_with('_') && !name.is_empty() => name.push('_'),
            _ => {}
        }
    }
    name.truncate(LONGEST);
    let name = name.trim_end_matches('_');
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) { name.to_owned() } else { format!("node_{name}") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn workflow() -> ApiWorkflow {
        ApiWorkflow::of(&json!({
            "1": { "class_type": "LoadImage", "inputs": { "image": "example.png" }, "_meta": { "title": "Load Image" } },
            "2": { "class_type": "CLIPTextEncode", "inputs": { "text": "a cat", "clip": ["9", 1] }, "_meta": { "title": "Prompt" } },
            "3": { "class_type": "CLIPTextEncode", "inputs": { "text": "blur", "clip": ["9", 1] }, "_meta": { "title": "Prompt" } },
            "4": { "class_type": "KSampler", "inputs": { "seed": 7, "steps": 20, "cfg": 8.0, "model": ["9", 0], "positive": ["2", 0] } },
            "9": { "class_type": "CheckpointLoaderSimple", "inputs": { "ckpt_name": "a.safetensors" } },
            "6": { "class_type": "SaveImage", "inputs": { "images": ["4", 0], "filename_prefix": "x" }, "_meta": { "title": "Save Image" } },
            "8": { "class_type": "PreviewAny", "inputs": { "source": ["4", 0] } },
            "5:3": { "class_type": "SaveVideo", "inputs": { "video": ["3", 0], "other": ["1", 0] }, "_meta": { "title": "Save Image" } },
        }))
        .unwrap()
    }

    #[test]
    fn a_workflow_has_ports_for_what_changes_and_for_what_it_gives() {
        let ports = Ports::of(&workflow(), &["KSampler.steps".into(), "9.ckpt_name".into()]);
        assert_eq!(
            ports.unwrap_err().causes()[0],
            "`expose` names `KSampler.steps`, and no node of the workflow is called so"
        );
        let ports = Ports::of(&workflow(), &["4.steps".into(), "9.ckpt_name".into()]).unwrap();
        let all: Vec<_> = ports.inputs().map(|port| format!("{}: {}", port.name, port.ty)).collect();
        let expected = [
            "load_image: image|file",
            "prompt_text: text",
            "prompt_3_text: text",
            "ksampler_seed: int",
            "ksampler_steps: int",
            "checkpointloadersimple_ckpt_name: text",
        ];
        assert_eq!(all, expected);
        let outputs: Vec<_> = ports.outputs.iter().map(|port| (port.name.as_str(), port.sort)).collect();
        assert_eq!(
            outputs,
            [("save_image", Sort::Pictures), ("previewany", Sort::Texts), ("save_image_5_3", Sort::Files)]
        );
    }

    #[test]
    fn any_title_makes_a_name() {
        for (title, name) in [("Seed (A)", "seed_a"), ("画像", "node_"), ("3D!", "node_3d"), ("", "node_")] {
            assert_eq!(slug(title), name);
        }
        assert_eq!(slug(&"long ".repeat(40)).len(), LONGEST);
    }
}
