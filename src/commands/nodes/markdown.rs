//! Kinds as a reference in Markdown.

use windlass_core::spec::{ParamSpec, PortSpec, Spec};

use super::text::{default_words, input_words, nature, output_words, param_words};

/// Returns the reference of kinds; `picture` tells where the picture of a kind lies, if it has one.
pub fn reference<'a>(specs: impl IntoIterator<Item = &'a Spec>, picture: impl Fn(&Spec) -> Option<String>) -> String {
    let parts: Vec<_> = specs.into_iter().map(|spec| kind(spec, picture(spec))).collect();
    parts.join("\n")
}

fn kind(spec: &Spec, picture: Option<String>) -> String {
    let mut text = format!("## {}: `{}`\n\n{}\n\n{}\n", spec.title, spec.kind, spec.doc, nature(spec));
    if let Some(picture) = picture {
        text.push_str(&format!("\n![{}: before and after]({picture})\n", spec.title));
    }
    table(&mut text, "Input", spec.inputs.iter().map(|port| port_row(port, &input_words(port))));
    table(&mut text, "Parameter", spec.params.iter().map(param_row));
    table(&mut text, "Output", spec.outputs.iter().map(|port| port_row(port, &output_words(port))));
    for example in &spec.examples {
        text.push_str(&format!("\n```yaml\n{example}\n```\n"));
    }
    text
}

fn table(text: &mut String, title: &str, rows: impl Iterator<Item = [String; 3]>) {
    let mut rows = rows.peekable();
    if rows.peek().is_some() {
        text.push_str(&format!("\n| {title} | Type | What it is |\n| --- | --- | --- |\n"));
    }
    for [name, ty, doc] in rows {
        text.push_str(&format!("| `{name}` | `{}` | {} |\n", cell(&ty), cell(&doc)));
    }
}

fn port_row(port: &PortSpec, words: &[&str]) -> [String; 3] {
    [port.name.clone(), port.ty.to_string(), with_words(&port.doc, words.iter().map(|word| (*word).to_owned()))]
}

fn param_row(param: &ParamSpec) -> [String; 3] {
    let unit = Some(param.unit.clone()).filter(|unit| !unit.is_empty()).map(|unit| format!("in {unit}"));
    let default = default_words(param, "`");
    let words = param_words(param).into_iter().map(str::to_owned);
    let doc = with_words(&param.doc, unit.into_iter().chain([default]).chain(words));
    [param.name.clone(), param.ty.to_string(), doc]
}

fn with_words(doc: &str, words: impl Iterator<Item = String>) -> String {
    let words: Vec<_> = words.collect();
    if words.is_empty() { doc.to_owned() } else { format!("{doc} ({})", words.join(", ")) }
}

/// Returns a text as it may stand in a cell of a table.
pub fn cell(text: &str) -> String {
    text.trim().replace('|', "\\|").replace('\n', " ")
}
