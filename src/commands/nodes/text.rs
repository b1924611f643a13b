//! Kinds as text for a terminal.

use serde_json::Value as Json;
use windlass_core::spec::{Cost, ParamSpec, PortSpec, Purity, Spec};

use crate::terminal::{Paint, wrapped};

const DOC_INDENT: usize = 6;

/// What a text is printed on.
#[derive(Clone, Copy)]
pub struct Sheet {
    /// Colours, or none.
    pub paint: Paint,
    /// Width in characters; `None` where lines are not broken.
    pub columns: Option<usize>,
}

/// Returns all kinds by category, a line for each.
pub fn list(specs: &[Spec], sheet: Sheet) -> String {
    let width = specs.iter().map(|spec| spec.kind.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    let mut category = "";
    for spec in specs {
        if spec.category != category {
            let gap = if category.is_empty() { "" } else { "\n" };
            text.push_str(&format!("{gap}{}\n", sheet.paint.bold(&spec.category)));
            category = &spec.category;
        }
        let doc = wrapped(first_sentence(&spec.doc), width + 4, sheet.columns);
        text.push_str(&format!("  {:<width$}  {doc}\n", spec.kind));
    }
    text
}

/// Returns the reference of a kind.
pub fn reference(spec: &Spec, sheet: Sheet) -> String {
    let doc = wrapped(&spec.doc, 0, sheet.columns);
    let mut text = format!("{}: {}\n{doc}\n\n{}\n", sheet.paint.bold(&spec.kind), spec.title, nature(spec));
    let inputs = spec.inputs.iter().map(|port| (head(port, &input_words(port)), port.doc.as_str()));
    let params = spec.params.iter().map(|param| (param_head(param), param.doc.as_str()));
    let outputs = spec.outputs.iter().map(|port| (head(port, &output_words(port)), port.doc.as_str()));
    section(&mut text, "inputs", inputs, sheet);
    section(&mut text, "params", params, sheet);
    section(&mut text, "outputs", outputs, sheet);
    for example in &spec.examples {
        text.push_str(&format!("\n{}\n", sheet.paint.bold("example")));
        example.lines().for_each(|line| text.push_str(&format!("  {line}\n")));
    }
    text
}

fn section<'a>(text: &mut String, title: &str, parts: impl Iterator<Item = (String, &'a str)>, sheet: Sheet) {
    let mut parts = parts.peekable();
    if parts.peek().is_some() {
        text.push_str(&format!("\n{}\n", sheet.paint.bold(title)));
    }
    for (head, doc) in parts {
        let lines = doc.trim().lines().map(|line| wrapped(line, DOC_INDENT, sheet.columns));
        let doc: String = lines.map(|line| format!("{:DOC_INDENT$}{line}\n", "")).collect();
        text.push_str(&format!("  {head}\n{doc}"));
    }
}

fn head(port: &PortSpec, words: &[&str]) -> String {
    let words: String = words.iter().map(|word| format!(", {word}")).collect();
    format!("{}: {}{words}", port.name, port.ty)
}

/// Returns what is special about an input port.
pub fn input_words(port: &PortSpec) -> Vec<&'static str> {
    let words = [
        (port.optional, "may be left open"),
        (port.constant, "may be a constant"),
        (port.collect, "collects a whole group"),
        (port.variadic, "takes a list of references"),
    ];
    words.into_iter().filter(|(holds, _)| *holds).map(|(_, word)| word).collect()
}

/// Returns what is special about an output port.
pub fn output_words(port: &PortSpec) -> Vec<&'static str> {
    let words = [(port.many, "one for each child"), (port.at_end, "once for a whole group")];
    words.into_iter().filter(|(holds, _)| *holds).map(|(_, word)| word).collect()
}

fn param_head(param: &ParamSpec) -> String {
    let unit = if param.unit.is_empty() { String::new() } else { format!(" in {}", param.unit) };
    let words: String = param_words(param).iter().map(|word| format!(", {word}")).collect();
    format!("{}: {}{unit}, {}{words}", param.name, param.ty, default_words(param, ""))
}

/// Returns what holds where a graph does not give the parameter; the value stands between `quote`s.
pub fn default_words(param: &ParamSpec, quote: &str) -> String {
    match &param.default {
        None => "must be given".into(),
        Some(Json::Null) => "may be left out".into(),
        Some(default) => format!("default {quote}{default}{quote}"),
    }
}

/// Returns what is special about a parameter.
pub fn param_words(param: &ParamSpec) -> Vec<&'static str> {
    let words = [(param.is_static, "set once for a run"), (param.is_path_template, "a path template")];
    words.into_iter().filter(|(holds, _)| *holds).map(|(_, word)| word).collect()
}

/// Returns what a kind depends on, how it uses the machine and what it must be allowed, as a sentence.
pub fn nature(spec: &Spec) -> String {
    let depends = match spec.purity {
        Purity::Pure => "Its results depend on its inputs alone",
        Purity::Reads => "It reads the world",
        Purity::Writes => "It changes the world",
    };
    let runs = match spec.cost {
        Cost::Light => "takes next to no time",
        Cost::Cpu => "computes on a core",
        Cost::Io => "waits for something outside",
        Cost::Process => "runs a program on a core",
    };
    let allowed = match &spec.permissions[..] {
        [] => String::new(),
        permissions => {
            let named: Vec<_> = permissions.iter().map(|needed| format!("`{needed}`")).collect();
            format!(" It must be allowed {}.", named.join(", "))
        }
    };
    let in_order = if spec.is_ordered() { " It goes through a group item by item, in order." } else { "" };
    format!("{depends}, and it {runs}.{in_order}{allowed}")
}

/// Returns the purity as a graph's author would write it.
pub fn purity(spec: &Spec) -> &'static str {
    match spec.purity {
        Purity::Pure => "pure",
        Purity::Reads => "reads",
        Purity::Writes => "writes",
    }
}

/// Returns the cost class.
pub fn cost(spec: &Spec) -> &'static str {
    match spec.cost {
        Cost::Light => "light",
        Cost::Cpu => "cpu",
        Cost::Io => "io",
        Cost::Process => "process",
    }
}

/// Returns the first sentence of a doc, without its full stop.
pub fn first_sentence(doc: &str) -> &str {
    let line = doc.lines().next().unwrap_or_default();
    line.split_once(". ").map_or(line, |(first, _)| first).trim_end_matches('.')
}
