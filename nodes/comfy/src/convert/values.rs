//! Values that were entered: kept by position, wanted by name. Which position means which input, the class says; some classes
//! have fields that only their front end knows.

use std::collections::VecDeque;

use indexmap::IndexMap;
use serde_json::{Value, json};

use super::Doubt;
use crate::definitions::{Definition, Definitions, Entry, Input, Sort};
use crate::workflow::{Node, Values};

/// Words about the next value, which follow the value itself.
const CONTROLS: [&str; 5] = ["fixed", "increment", "decrement", "randomize", "increment-wrap"];
/// Classes whose front end shows a player.
const PLAYERS: [&str; 6] =
    ["LoadAudio", "PreviewAudio", "SaveAudio", "SaveAudioMP3", "SaveAudioOpus", "SaveAudioAdvanced"];

/// Returns the values of a node by name, and notes what cannot be right.
pub fn named(class: &str, definition: &Definition, node: &Node, doubts: &mut Vec<Doubt>) -> IndexMap<String, Value> {
    let mut taken = match &node.values {
        Values::Listed(values) => Taking::listed(values),
        Values::Named(values) => Taking { named: Some(values), ..Taking::listed(&[]) },
    };
    for input in &definition.inputs {
        taken.input("", input);
        taken.of_front_end_behind(class, &input.name);
    }
    taken.of_front_end_at_the_end(class);
    doubts.append(&mut taken.doubts);
    taken.values
}

/// Returns one value of a node.
pub fn value(node: &Node, name: &str, definitions: &Definitions) -> Option<Value> {
    let values = named(&node.class, definitions.get(&node.class)?, node, &mut Vec::new());
    values.get(name).cloned()
}

/// Says that a class is not known, and which one may be meant.
pub fn unknown(class: &str, definitions: &Definitions) -> String {
    if class.starts_with("workflow>") || class.starts_with("workflow/") {
        return "it is a group of an old kind; turn it into a subgraph in ComfyUI and save the workflow again".into();
    }
    let same = definitions.names().find(|name| name.eq_ignore_ascii_case(class));
    let hint = same.map_or_else(String::new, |name| format!(", is `{name}` meant?"));
    format!("the server does not know this class{hint}")
}

struct Taking<'a> {
    left: VecDeque<&'a Value>,
    named: Option<&'a serde_json::Map<String, Value>>,
    values: IndexMap<String, Value>,
    doubts: Vec<Doubt>,
}

impl<'a> Taking<'a> {
    fn listed(values: &'a [Value]) -> Self {
        Self { left: values.iter().collect(), named: None, values: IndexMap::new(), doubts: Vec::new() }
    }

    fn input(&mut self, prefix: &str, input: &Input) {
        let name = format!("{prefix}{}", input.name);
        match &input.entry {
            Entry::Wired | Entry::Grown(_) => {}
            Entry::Entered(sort) => {
                let value = self.next(&name, input);
                self.look_at(&name, *sort, &value);
                self.values.insert(name, value);
                self.skip_control(input);
            }
            Entry::Choice(choices) => {
                let chosen = self.next(&name, input);
                let inputs = choices.iter().find(|(key, _)| Some(key.as_str()) == chosen.as_str());
                if inputs.is_none() {
                    let why =
                        format!("`{name}` is {chosen}, which the server does not offer; what follows it may be wrong");
                    self.doubts.push((Some(name.clone()), why));
                }
                self.values.insert(name.clone(), chosen);
                inputs
                    .into_iter()
                    .flat_map(|(_, inputs)| inputs)
                    .for_each(|input| self.input(&format!("{name}."), input));
            }
        }
    }

    fn next(&mut self, name: &str, input: &Input) -> Value {
        let given = match self.named {
            Some(named) => named.get(name),
            None => self.left.pop_front(),
        };
        given.or(input.default.as_ref()).cloned().unwrap_or(Value::Null)
    }

    /// Passes the word that says how a value changes from run to run.
    fn skip_control(&mut self, input: &Input) {
        let is_control = |value: &Value| value.is_null() || value.as_str().is_some_and(|word| CONTROLS.contains(&word));
        if input.has_control && self.left.front().is_some_and(|value| is_control(value)) {
            self.left.pop_front();
        }
    }

    /// Notes a value that its field cannot have: the class has changed since the workflow was saved.
    fn look_at(&mut self, name: &str, sort: Sort, value: &Value) {
        let is_number = |value: &Value| value.as_str().is_some_and(|text| text.trim().parse::<f64>().is_ok());
        let (fits, wanted) = match sort {
            Sort::Int | Sort::Float => (value.is_number() || is_number(value), "a number"),
            Sort::Text => (value.is_string(), "text"),
            Sort::Bool => (value.is_boolean() || value.is_number(), "yes or no"),
            Sort::Any => (true, ""),
        };
        if !fits && !value.is_null() {
            let why =
                format!("`{name}` is {wanted}, and {value} stands there; the class has changed since this was saved");
            self.doubts.push((Some(name.to_owned()), why));
        }
    }

    /// Takes fields that a front end puts behind an input.
    fn of_front_end_behind(&mut self, class: &str, input: &str) {
        match (class, input) {
            ("Load3D", "model_file") => {
                for (button, value) in [
                    ("upload 3d model", "upload3dmodel"),
                    ("upload extra resources", "uploadExtraResources"),
                    ("clear", "clear"),
                ] {
                    self.extra(button, json!(value));
                }
            }
            ("CustomCombo", "choice") => {
                self.extra("index", json!(0));
                let mut number = 1;
                while !self.left.is_empty() {
                    self.extra(&format!("option{number}"), json!(""));
                    number += 1;
                }
            }
            _ => {}
        }
    }

    /// Takes fields that a front end puts behind all inputs.
    fn of_front_end_at_the_end(&mut self, class: &str) {
        if matches!(class, "SaveGLB" | "Preview3D" | "Preview3DAdvanced" | "Save3DAdvanced") {
            self.extra("image", json!(""));
        }
        if PLAYERS.contains(&class) {
            self.values.insert("audioUI".into(), json!(""));
        }
        if class == "ImageCompare" {
            self.values.insert("compare_view".into(), json!(["", ""]));
        }
    }

    fn extra(&mut self, name: &str, default: Value) {
        let given = match self.named {
            Some(named) => named.get(name),
            None => self.left.pop_front(),
        };
        self.values.insert(name.to_owned(), given.cloned().unwrap_or(default));
    }
}
