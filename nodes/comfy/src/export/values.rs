//! Values by position, as ComfyUI keeps them: the reverse of what conversion reads, fields of its window among them.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use windlass_core::doc::{GraphDoc, NodeDoc, Reference, Wire};

use crate::definitions::{Definition, Entry, Input, Sort};
use crate::kinds::MORE;

/// The values of a node, those that graph inputs give and those that its class does not declare among them.
pub struct Given {
    values: BTreeMap<String, Value>,
    more: BTreeMap<String, Value>,
}

impl Given {
    /// Gathers the values.
    pub fn of(node: &NodeDoc, graph: &GraphDoc) -> Self {
        let own = node.params.iter().filter(|(name, _)| *name != MORE);
        let own = own.map(|(name, value)| (name.clone(), value.value.clone()));
        let by_input = node.inputs.iter().filter_map(|(name, wire)| {
            let Wire::One(Reference::Input(input)) = &wire.value else { return None };
            Some((name.clone(), graph.inputs.get(input)?.default.as_ref()?.value.clone()))
        });
        let more = node.params.get(MORE).and_then(|more| more.value.as_object()).into_iter().flatten();
        let more = more.filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.clone(), value.clone()));
        Self { values: own.chain(by_input).collect(), more: more.collect() }
    }

    /// Returns whether there is a value.
    pub fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// Returns a value.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }
}

/// Returns the values by position, and the names of those that have no position.
pub fn listed(class: &str, definition: &Definition, given: &Given) -> (Vec<Value>, Vec<String>) {
    let mut listing = Listing { given, more: given.more.clone(), values: Vec::new() };
    for input in &definition.inputs {
        listing.input("", input);
        listing.behind(class, &input.name);
    }
    if matches!(class, "SaveGLB" | "Preview3D" | "Preview3DAdvanced" | "Save3DAdvanced") {
        listing.field("image", json!(""));
    }
    // Fields that the window makes anew.
    let is_made = |name: &String| matches!(name.as_str(), "audioUI" | "compare_view");
    let lost = listing.more.keys().filter(|name| !is_made(name)).cloned().collect();
    (listing.values, lost)
}

struct Listing<'a> {
    given: &'a Given,
    more: BTreeMap<String, Value>,
    values: Vec<Value>,
}

impl Listing<'_> {
    fn input(&mut self, prefix: &str, input: &Input) {
        let name = format!("{prefix}{}", input.name);
        match &input.entry {
            Entry::Wired | Entry::Grown(_) => {}
            Entry::Entered(sort) => {
                let value = self.value(&name, input);
                self.values.push(if *sort == Sort::Int { digits(value) } else { value });
                if input.has_control {
                    self.values.push(json!("fixed"));
                }
            }
            Entry::Choice(choices) => {
                let chosen = self.value(&name, input);
                let inner = choices.iter().find(|(key, _)| Some(key.as_str()) == chosen.as_str());
                self.values.push(chosen);
                inner
                    .into_iter()
                    .flat_map(|(_, inputs)| inputs)
                    .for_each(|input| self.input(&format!("{name}."), input));
            }
        }
    }

    fn value(&self, name: &str, input: &Input) -> Value {
        self.given.get(name).or(input.default.as_ref()).cloned().unwrap_or(Value::Null)
    }

    /// Writes fields that ComfyUI's window puts behind an input.
    fn behind(&mut self, class: &str, input: &str) {
        match (class, input) {
            ("Load3D", "model_file") => {
                self.field("upload 3d model", json!("upload3dmodel"));
                self.field("upload extra resources", json!("uploadExtraResources"));
                self.field("clear", json!("clear"));
            }
            ("CustomCombo", "choice") => {
                self.field("index", json!(0));
                let mut number = 1;
                while self.more.contains_key(&format!("option{number}")) {
                    self.field(&format!("option{number}"), json!(""));
                    number += 1;
                }
            }
            _ => {}
        }
    }

    fn field(&mut self, name: &str, usual: Value) {
        self.values.push(self.more.remove(name).unwrap_or(usual));
    }
}

/// Returns a whole number that was kept as text as a number.
fn digits(value: Value) -> Value {
    value.as_str().and_then(|text| text.parse::<u64>().ok()).map_or(value.clone(), |number| json!(number))
}
