//! What a server has: its classes, and the files that its loaders can load. What a workflow needs beyond that is named before
//! anything is posted.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use serde_json::Value as Json;
use windlass_core::problem::nearest;

use crate::api::{ApiNode, ApiWorkflow, wire};

/// Endings of the names of models.
const MODELS: [&str; 8] = [".safetensors", ".ckpt", ".pt", ".pth", ".gguf", ".bin", ".sft", ".onnx"];

/// What a server has.
#[derive(Debug, Default)]
pub struct Offers {
    classes: HashMap<String, HashMap<String, Arc<HashSet<String>>>>,
}

/// Something that a workflow needs and a server does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lack {
    /// The id of the node that needs it.
    pub node: String,
    /// Its class.
    pub class: String,
    /// The input and the model that it names; the class itself is missing where there is none.
    pub model: Option<(String, String)>,
    /// What the server has that is called nearly so.
    pub near: Option<String>,
}

impl fmt::Display for Lack {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.model {
            Some((input, model)) => {
                write!(out, "the model `{model}` (`{input}` of node {}, `{}`)", self.node, self.class)?
            }
            None => write!(out, "the class `{}` (node {})", self.class, self.node)?,
        }
        self.near.as_ref().map_or(Ok(()), |near| write!(out, "; it has `{near}`"))
    }
}

/// Returns whether a value is the name of a model.
pub fn is_model(value: &str) -> bool {
    let name = value.to_ascii_lowercase();
    MODELS.iter().any(|ending| name.ends_with(ending))
}

impl Offers {
    /// Takes the offers out of the answer to `/object_info`.
    pub fn of(answer: &Json) -> Self {
        let mut lists = Lists::new();
        let classes = answer.as_object().into_iter().flatten();
        let classes = classes.map(|(name, class)| (name.clone(), choices(class, &mut lists)));
        Self { classes: classes.collect() }
    }

    /// Returns the names of the classes.
    pub fn classes(&self) -> impl Iterator<Item = &str> {
        self.classes.keys().map(String::as_str)
    }

    /// Returns what a workflow needs beyond this. Only models and classes are looked at: other values are the nodes' own to judge.
    pub fn lacks(&self, workflow: &ApiWorkflow) -> Vec<Lack> {
        workflow.nodes.iter().flat_map(|(id, node)| self.lacks_of(id, node)).collect()
    }

    fn lacks_of(&self, id: &str, node: &ApiNode) -> Vec<Lack> {
        let lack = |model, near: Option<&str>| Lack {
            node: id.to_owned(),
            class: node.class.clone(),
            model,
            near: near.map(str::to_owned),
        };
        let Some(inputs) = self.classes.get(&node.class) else {
            return vec![lack(None, nearest(&node.class, self.classes()))];
        };
        let named = node.inputs.iter().filter(|(_, value)| wire(value).is_none());
        let missing = named.filter_map(|(input, value)| {
            let (model, names) = (value.as_str().filter(|value| is_model(value))?, inputs.get(input)?);
            let is_there = names.is_empty() || names.contains(model);
            let near = || nearest(model, names.iter().map(String::as_str));
            (!is_there).then(|| lack(Some((input.clone(), model.to_owned())), near()))
        });
        missing.collect()
    }
}

/// Lists by what is in them, so that equal ones are kept once: many classes list the same thousands of files.
type Lists = HashMap<Vec<String>, Arc<HashSet<String>>>;

/// Returns the inputs of a class that are chosen from a list of models.
fn choices(class: &Json, lists: &mut Lists) -> HashMap<String, Arc<HashSet<String>>> {
    let sections = ["required", "optional"].iter().filter_map(|section| class["input"][section].as_object());
    let chosen = sections.flatten().filter_map(|(input, spec)| {
        let listed = spec[0].as_array().or_else(|| spec[1]["options"].as_array())?;
        let names: Vec<String> = listed.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect();
        let is_of_models = names.iter().any(|name| is_model(name));
        // What can be handed over is in no list before.
        let is_handed_over =
            spec[1].as_object().is_some_and(|options| options.keys().any(|key| key.ends_with("_upload")));
        if !is_of_models || is_handed_over {
            return None;
        }
        let shared = lists.entry(names).or_insert_with_key(|names| Arc::new(names.iter().cloned().collect()));
        Some((input.clone(), shared.clone()))
    });
    chosen.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_server_lacks_is_named_with_what_is_near() {
        let loader = |spec: Json| json!({ "input": { "required": { "ckpt_name": spec } } });
        let offers = Offers::of(&json!({
            "Old": loader(json!([["sdxl.safetensors"]])),
            "New": loader(json!(["COMBO", { "options": ["sdxl.safetensors"] }])),
            "Free": loader(json!(["STRING"])),
        }));
        let said = |class: &str, model: &str| {
            let node = json!({ "7": { "class_type": class, "inputs": { "ckpt_name": model, "other": ["1", 0] } } });
            offers.lacks(&ApiWorkflow::of(&node).unwrap()).iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        for class in ["Old", "New"] {
            assert_eq!(said(class, "sdxl.safetensors"), [""; 0]);
            let expected =
                format!("the model `sdlx.safetensors` (`ckpt_name` of node 7, `{class}`); it has `sdxl.safetensors`");
            assert_eq!(said(class, "sdlx.safetensors"), [expected]);
        }
        assert_eq!(said("Free", "any.safetensors"), [""; 0]);
        assert_eq!(said("Odl", "a"), ["the class `Odl` (node 7); it has `Old`"]);
    }
}
