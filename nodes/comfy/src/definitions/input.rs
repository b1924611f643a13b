//! What a class takes: how a value is had, of what type it has to be, what it may be.

use serde_json::Value;

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
/// The type of what has the same type as others of its group.
pub(super) const MATCHED: &str = "COMFY_MATCHTYPE_V3";
/// How many choices may come from a class itself where all others come from a folder.
const FEW: usize = 3;
/// The most inputs that one that grows may stand for.
const MOST_GROWN: u64 = 256;

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
    /// Its type; several are listed with commas, and `*` is any.
    pub ty: String,
    /// The group whose members have one type.
    pub group: Option<String>,
    /// Whether it has to be given.
    pub is_needed: bool,
    /// What it is; may be empty.
    pub doc: String,
    /// The least and the largest number that it may be.
    pub limits: [Option<f64>; 2],
    /// What it may be, where it is chosen.
    pub choices: Option<Vec<Value>>,
    /// Whether it names a file of the server, so that the choices are what it had when it was asked.
    pub names_file: bool,
    /// Whether several of the choices are taken.
    pub is_many: bool,
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
    /// It stands for several inputs by wire, as many as are needed.
    Grown(Growth),
}

/// An input that stands for several.
#[derive(Clone, Debug)]
pub struct Growth {
    /// The names of all that there may be.
    pub names: Vec<String>,
    /// How many there are at least.
    pub least: usize,
    /// What each of them is.
    pub each: Box<Input>,
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

impl Input {
    pub(super) fn of(name: &str, spec: &Value, is_needed: bool) -> Self {
        let ty = spec.get(0).unwrap_or(&Value::Null);
        let none = Value::Null;
        let options = spec.get(1).unwrap_or(&none);
        let says =
            |option: &str| options.get(option).is_some_and(|says| says != &Value::Bool(false) && !says.is_null());
        let entry = entry(ty, options, says("forceInput"), says("widgetType"));
        // A seed has one even where its class does not say so.
        let is_seed = ty == "INT" && (name == "seed" || name == "noise_seed");
        let has_control = says("control_after_generate") || is_seed;
        let of_files = ["image_upload", "audio_upload", "video_upload", "file_upload", "image_folder", "remote"];
        let choices = ty.as_array().or_else(|| options.get("options").and_then(Value::as_array)).cloned();
        let choices = choices.filter(|_| ty.is_array() || ty == "COMBO");
        let text = |pointer: &str| options.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        Self {
            name: name.to_owned(),
            default: default(ty, options),
            entry,
            has_control,
            ty: type_name(ty, options),
            group: text("/template/template_id"),
            is_needed,
            doc: text("/tooltip").unwrap_or_default(),
            limits: ["min", "max"].map(|limit| options.get(limit).and_then(Value::as_f64)),
            // A folder may hold nothing but what a class adds, so that the name of the input has to tell.
            names_file: of_files.into_iter().any(says)
                || choices
                    .as_ref()
                    .is_some_and(|choices| are_files(choices) || name.contains("_name") && choices.len() <= FEW),
            is_many: says("multiselect") || says("multi_select"),
            choices,
        }
    }
}

fn type_name(ty: &Value, options: &Value) -> String {
    match ty.as_str() {
        Some(MATCHED) => options.pointer("/template/allowed_types").and_then(Value::as_str).unwrap_or("*").to_owned(),
        Some(name) if !name.is_empty() => name.to_owned(),
        _ if ty.is_array() => "COMBO".to_owned(),
        _ => "*".to_owned(),
    }
}

/// Returns whether choices are what a folder held, which may be nothing.
fn are_files(choices: &[Value]) -> bool {
    let is_ending = |ending: &str| {
        (2..=12).contains(&ending.len())
            && ending.starts_with(|letter: char| letter.is_ascii_alphabetic())
            && ending.chars().all(|letter| letter.is_ascii_alphanumeric())
    };
    let is_file =
        |choice: &Value| choice.as_str().and_then(|name| name.rsplit_once('.')).is_some_and(|(_, end)| is_ending(end));
    choices.is_empty() || choices.iter().any(is_file)
}

fn entry(ty: &Value, options: &Value, is_wired: bool, is_entered: bool) -> Entry {
    let name = ty.as_str().unwrap_or_default();
    match name {
        _ if is_wired => Entry::Wired,
        "COMFY_DYNAMICCOMBO_V3" => Entry::Choice(choices(options)),
        "COMFY_AUTOGROW_V3" => growth(options).map_or(Entry::Wired, Entry::Grown),
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
        Some((key, choice.get("inputs").map_or_else(Vec::new, |of| super::inputs(of, None))))
    };
    listed.into_iter().flatten().filter_map(choice).collect()
}

fn growth(options: &Value) -> Option<Growth> {
    let template = options.get("template")?;
    let number = |key: &str| template.get(key).and_then(Value::as_u64).map(|number| number.min(MOST_GROWN) as usize);
    let each = super::inputs(template.get("input")?, None).into_iter().next()?;
    let listed = template.get("names").and_then(Value::as_array);
    let counted = || {
        let prefix = template.get("prefix").and_then(Value::as_str).unwrap_or_default();
        (0..number("max").unwrap_or(MOST_GROWN as usize)).map(|at| format!("{prefix}{at}")).collect()
    };
    let names = listed.map(|names| names.iter().filter_map(Value::as_str).map(str::to_owned).collect());
    Some(Growth {
        names: names.unwrap_or_else(counted),
        least: number("min").unwrap_or_default(),
        each: Box::new(each),
    })
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
