//! What a server says of its classes: the answer of `/object_info`.

mod input;

use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde_json::{Map, Value};

pub use input::{Entry, Growth, Input, Sort};

use crate::ReadError;

/// What of a class is kept of the answer of a server, as its own names for it.
const KEPT: [&str; 14] = [
    "input",
    "input_order",
    "output",
    "output_name",
    "output_is_list",
    "output_tooltips",
    "output_matchtypes",
    "display_name",
    "description",
    "category",
    "output_node",
    "deprecated",
    "api_node",
    "search_aliases",
];

/// The classes of a server.
#[derive(Clone, Debug, Default)]
pub struct Definitions {
    classes: IndexMap<String, Definition>,
}

/// A class.
#[derive(Clone, Debug)]
pub struct Definition {
    /// What it takes, in the order in which it is shown.
    pub inputs: Vec<Input>,
    /// What it gives, in order.
    pub outputs: Vec<Output>,
    /// Its title for people, where it has one.
    pub title: Option<String>,
    /// What it does; may be empty.
    pub doc: String,
    /// Where it is listed: `sampling/custom`; may be empty.
    pub category: String,
    /// More words that find it.
    pub search: Vec<String>,
    /// Whether a server runs it although nothing needs it: it shows or keeps something.
    pub is_end: bool,
    /// Whether its author says that it is not to be used any more.
    pub is_deprecated: bool,
    /// Whether it calls a service that costs money.
    pub is_partner: bool,
}

/// What a class gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Its name; several may have the same.
    pub name: String,
    /// Its type.
    pub ty: String,
    /// The inputs whose type it has: those of the same group.
    pub group: Option<String>,
    /// What it is; may be empty.
    pub doc: String,
}

impl Definitions {
    /// Reads the answer of a server.
    ///
    /// # Errors
    /// Says what keeps it from being one.
    pub fn read(bytes: &[u8]) -> Result<Self, ReadError> {
        Self::of(&crate::json(bytes)?)
    }

    /// Takes the answer of a server out of JSON.
    ///
    /// # Errors
    /// Says what keeps it from being one.
    pub fn of(value: &Value) -> Result<Self, ReadError> {
        let refused = |why: &str| ReadError::Shape { expected: "list of node definitions", why: why.into() };
        let classes = value.as_object().ok_or_else(|| refused("it is no object of classes"))?;
        if !classes.values().all(|class| class.get("input").is_some_and(Value::is_object)) {
            return Err(refused("a class has no `input`; `/object_info` of a server gives such a list"));
        }
        Ok(Self { classes: classes.iter().map(|(name, class)| (name.clone(), Definition::of(class))).collect() })
    }

    /// Returns a class.
    pub fn get(&self, class: &str) -> Option<&Definition> {
        self.classes.get(class)
    }

    /// Returns the names of the classes.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.classes.keys().map(String::as_str)
    }

    /// Returns those of the classes that are named.
    pub fn only(&self, names: &[&str]) -> Self {
        let named = names.iter().filter_map(|name| self.classes.get_key_value(*name));
        Self { classes: named.map(|(name, class)| (name.clone(), class.clone())).collect() }
    }

    /// Returns all classes.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Definition)> {
        self.classes.iter().map(|(name, class)| (name.as_str(), class))
    }
}

/// Returns what of the answer of a server is needed, without the rest: of the classes that are named, or of all.
pub fn essence(answer: &Value, classes: Option<&BTreeSet<&str>>) -> Value {
    let is_wanted = |name: &str| classes.is_none_or(|classes| classes.contains(name));
    let kept = |class: &Value| {
        let fields = class.as_object().into_iter().flatten().filter(|(key, _)| KEPT.contains(&key.as_str()));
        Value::Object(fields.map(|(key, value)| (key.clone(), value.clone())).collect())
    };
    let found = answer.as_object().into_iter().flatten().filter(|(name, _)| is_wanted(name));
    Value::Object(found.map(|(name, class)| (name.clone(), kept(class))).collect())
}

impl Definition {
    fn of(class: &Value) -> Self {
        let text = |key: &str| class.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let flag = |key: &str| class.get(key).and_then(Value::as_bool).unwrap_or_default();
        let words = class.get("search_aliases").and_then(Value::as_array).into_iter().flatten();
        Self {
            inputs: inputs(&class["input"], class.get("input_order")),
            outputs: outputs(class),
            title: Some(text("display_name")).filter(|title| !title.trim().is_empty()),
            doc: text("description"),
            category: text("category"),
            search: words.filter_map(Value::as_str).map(str::to_owned).collect(),
            is_end: flag("output_node"),
            is_deprecated: flag("deprecated"),
            is_partner: flag("api_node"),
        }
    }
}

impl Definition {
    /// Returns an input by its name, also one that hangs on a choice, whichever was taken, and one of those that another
    /// stands for.
    pub fn input(&self, name: &str) -> Option<&Input> {
        find(&self.inputs, name)
    }
}

fn find<'a>(inputs: &'a [Input], name: &str) -> Option<&'a Input> {
    let own = inputs.iter().find(|input| input.name == name);
    own.or_else(|| {
        inputs.iter().find_map(|input| {
            let rest = name.strip_prefix(input.name.as_str())?.strip_prefix('.')?;
            match &input.entry {
                Entry::Choice(choices) => choices.iter().find_map(|(_, inputs)| find(inputs, rest)),
                Entry::Grown(growth) => growth.names.iter().any(|each| each == rest).then_some(&*growth.each),
                Entry::Wired | Entry::Entered(_) => None,
            }
        })
    })
}

/// Returns the inputs of a class or of a choice: those that are needed, then the others.
fn inputs(of: &Value, order: Option<&Value>) -> Vec<Input> {
    let section = |section: &str| {
        let specs = of.get(section).and_then(Value::as_object);
        let order = order.and_then(|order| order.get(section)).and_then(Value::as_array);
        let is_needed = section == "required";
        ordered(specs, order).map(|(name, spec)| Input::of(name, spec, is_needed)).collect::<Vec<_>>()
    };
    ["required", "optional"].into_iter().flat_map(section).collect()
}

fn ordered<'a>(
    specs: Option<&'a Map<String, Value>>,
    order: Option<&'a Vec<Value>>,
) -> impl Iterator<Item = (&'a str, &'a Value)> {
    let told = order.into_iter().flatten().filter_map(Value::as_str);
    let found = told.filter_map(move |name| specs?.get_key_value(name));
    let all = specs.into_iter().flatten().filter(move |_| order.is_none());
    found.chain(all).map(|(name, spec)| (name.as_str(), spec))
}

fn outputs(class: &Value) -> Vec<Output> {
    let at = |key: &str, place: usize| class.get(key).and_then(|list| list.get(place)).and_then(Value::as_str);
    let types = class.get("output").and_then(Value::as_array).into_iter().flatten();
    let output = |(place, ty): (usize, &Value)| {
        let ty = if ty.is_array() { "COMBO" } else { ty.as_str().unwrap_or("*") };
        Output {
            name: at("output_name", place).unwrap_or(ty).to_owned(),
            ty: if ty == input::MATCHED { "*" } else { ty }.to_owned(),
            group: at("output_matchtypes", place).map(str::to_owned),
            doc: at("output_tooltips", place).unwrap_or_default().to_owned(),
        }
    };
    types.enumerate().map(output).collect()
}
