//! What a server says of its classes: the answer of `/object_info`.

use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::ReadError;

/// Types whose values a front end lets a person enter.
const ENTERED: [&str; 14] = [
    "INT",
    "FLOAT",
    "STRING",
    "BOOLEAN",
    "COMBO",
    "COLOR",
    "COLORS",
    "BOUNDING_BOX",
    "BOUNDING_BOXES",
    "CURVE",
    "RANGE",
    "MARKDOWN",
    "IMAGECOMPARE",
    "LOAD_3D",
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
}

/// An input of a class.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// How its value is had.
    pub entry: Entry,
    /// Whether a word about the next value follows it among the values: `fixed`, `randomize`.
    pub has_control: bool,
    /// The value where none is given.
    pub default: Option<Value>,
}

/// How the value of an input is had.
#[derive(Clone, Debug)]
pub enum Entry {
    /// By a wire alone.
    Wired,
    /// It is entered; of what kind it has to be.
    Entered(Sort),
    /// It is chosen, and further inputs depend on the choice.
    Choice(Vec<(String, Vec<Input>)>),
}

/// What may be entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// A whole number.
    Int,
    /// A number.
    Float,
    /// Text.
    Text,
    /// Yes or no.
    Bool,
    /// Anything else.
    Any,
}

impl Definitions {
    /// Reads the answer of a server.
    ///
    /// # Errors
    /// Says what keeps it from being one.
    pub fn read(bytes: &[u8]) -> Result<Self, ReadError> {
        let refused = |why: &str| ReadError::Shape { expected: "list of node definitions", why: why.into() };
        let value = crate::json(bytes)?;
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
}

impl Definition {
    fn of(class: &Value) -> Self {
        Self { inputs: inputs(&class["input"], class.get("input_order")) }
    }
}

/// Returns the inputs of a class or of a choice: those that are needed, then the others.
fn inputs(of: &Value, order: Option<&Value>) -> Vec<Input> {
    let section = |section: &str| {
        let specs = of.get(section).and_then(Value::as_object);
        let order = order.and_then(|order| order.get(section)).and_then(Value::as_array);
        ordered(specs, order).map(|(name, spec)| Input::of(name, spec)).collect::<Vec<_>>()
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

impl Input {
    fn of(name: &str, spec: &Value) -> Self {
        let ty = spec.get(0).unwrap_or(&Value::Null);
        let none = Value::Null;
        let options = spec.get(1).unwrap_or(&none);
        let says =
            |option: &str| options.get(option).is_some_and(|says| says != &Value::Bool(false) && !says.is_null());
        let entry = entry(ty, options, says("forceInput"), says("widgetType"));
        // A seed has one even where its class does not say so.
        let is_seed = ty == "INT" && (name == "seed" || name == "noise_seed");
        let has_control = says("control_after_generate") || is_seed;
        Self { name: name.to_owned(), default: default(ty, options), entry, has_control }
    }
}

fn entry(ty: &Value, options: &Value, is_wired: bool, is_entered: bool) -> Entry {
    let name = ty.as_str().unwrap_or_default();
    match name {
        _ if is_wired => Entry::Wired,
        "COMFY_DYNAMICCOMBO_V3" => Entry::Choice(choices(options)),
        "INT" => Entry::Entered(Sort::Int),
        "FLOAT" => Entry::Entered(Sort::Float),
        "BOOLEAN" => Entry::Entered(Sort::Bool),
        "STRING" if !is_entered => Entry::Entered(Sort::Text),
        _ if is_entered || ty.is_array() || ENTERED.contains(&name) => Entry::Entered(Sort::Any),
        _ => Entry::Wired,
    }
}

fn choices(options: &Value) -> Vec<(String, Vec<Input>)> {
    let listed = options.get("options").and_then(Value::as_array);
    let choice = |choice: &Value| {
        let key = choice.get("key")?.as_str()?.to_owned();
        Some((key, choice.get("inputs").map_or_else(Vec::new, |of| inputs(of, None))))
    };
    listed.into_iter().flatten().filter_map(choice).collect()
}

fn default(ty: &Value, options: &Value) -> Option<Value> {
    if let Some(default) = options.get("default") {
        return Some(default.clone());
    }
    let first = |list: &Value| list.get(0).cloned();
    match ty.as_str() {
        None => first(ty),
        Some("COMBO") => options.get("options").and_then(first),
        Some("COMFY_DYNAMICCOMBO_V3") => options.pointer("/options/0/key").cloned(),
        Some("INT" | "FLOAT") => Some(0.into()),
        Some("STRING") => Some("".into()),
        Some("BOOLEAN") => Some(false.into()),
        Some(_) => None,
    }
}
