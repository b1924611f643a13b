//! YAML as a person would write it: blocks for what is long, one line for what is short, quotes where needed.

use serde_json::Value as Json;

use super::{Notation, Quotes};
use crate::doc::tree::Scalar;

/// The longest line that a collection is put on.
const MAX_LINE: usize = 100;
/// Keys of a graph whose members each stand on lines of their own.
const SECTIONS: [&str; 4] = ["inputs", "outputs", "nodes", "layout"];

/// Returns a whole file.
pub(super) fn file(value: &Json) -> String {
    let mut text = String::new();
    for (key, value) in value.as_object().into_iter().flatten() {
        if SECTIONS.contains(&key.as_str()) {
            text.push('\n');
        }
        text.push_str(&entry(key, value, 0));
    }
    text
}

/// Returns an entry of a block mapping, with its indentation and the line break at its end.
pub(in crate::doc) fn entry(key: &str, value: &Json, indent: usize) -> String {
    let key = Notation::Yaml.text(key, Quotes::Fewest);
    format!("{}{key}:{}\n", " ".repeat(indent), value_after_colon(&key, value, indent))
}

/// Returns what stands after the `:` of an entry of a block mapping, without the line break at its end.
pub(in crate::doc) fn value_after_colon(key: &str, value: &Json, indent: usize) -> String {
    let line = Notation::Yaml.line(value);
    let fits = indent + key.len() + 2 + line.len() <= MAX_LINE;
    match value {
        Json::Object(fields) if !fields.is_empty() && (!fits || indent < 2 || is_section(key, value)) => {
            let entries: String = fields.iter().map(|(key, value)| entry(key, value, indent + 2)).collect();
            format!("\n{}", entries.trim_end_matches('\n'))
        }
        Json::Array(members) if !members.is_empty() && !fits => {
            let member = |member: &Json| format!("\n{}- {}", " ".repeat(indent + 2), Notation::Yaml.line(member));
            members.iter().map(member).collect()
        }
        Json::String(text) => literal(text, indent + 2).unwrap_or_else(|| format!(" {line}")),
        _ => format!(" {line}"),
    }
}

/// Tells a node, which has lines of its own, and the parts of a body.
fn is_section(key: &str, value: &Json) -> bool {
    let runs = value.get("kind").or(value.get("uses")).is_some();
    runs || value.get("nodes").is_some() || key == "nodes"
}

/// Returns a text of several lines after `|`; `None` where that could not say it exactly.
pub(in crate::doc) fn literal(text: &str, indent: usize) -> Option<String> {
    let (body, mark) = match text.strip_suffix('\n') {
        Some(body) => (body, "|"),
        None => (text, "|-"),
    };
    let is_sound = |line: &str| line.chars().all(is_printable) && !line.starts_with('\t') && line.trim_end() == line;
    let begins = body.starts_with(|c: char| !c.is_whitespace());
    if !body.contains('\n') || !begins || body.ends_with('\n') || !body.split('\n').all(is_sound) {
        return None;
    }
    let indent = " ".repeat(indent);
    let line = |line: &str| if line.is_empty() { "\n".to_owned() } else { format!("\n{indent}{line}") };
    Some(format!(" {mark}{}", body.split('\n').map(line).collect::<String>()))
}

/// Returns whether a text needs no quotes, inside brackets too.
pub(super) fn is_plain(text: &str) -> bool {
    let begins = text.starts_with(|c: char| c.is_alphanumeric() || "_$/".contains(c)) || text.starts_with("./");
    let fits = |c: char| c.is_alphanumeric() || " _-./+$@=()<>|?~;".contains(c);
    begins && text.len() <= 500 && text.chars().all(fits) && !text.ends_with(' ') && is_text(text)
}

fn is_text(text: &str) -> bool {
    matches!(Scalar::of_plain(text), Scalar::Text(_))
}

/// Returns whether a character may stand in a text as it is.
pub(super) fn is_printable(c: char) -> bool {
    let is_odd = matches!(c, '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}');
    c >= ' ' && !is_odd
}

/// Returns a text in double quotes, as both JSON and YAML read it.
pub(super) fn double_quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if is_printable(c) => quoted.push(c),
            c => quoted.push_str(&format!("\\u{:04x}", c as u32)),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use crate::doc::{GraphDoc, read, write_new, write_new_json};

    const TEXTS: [&str; 57] = [
        "",
        "a",
        "yes",
        "true",
        "null",
        "~",
        "1",
        "1e5",
        "0x1f",
        ".5",
        "-",
        "- a",
        "a: b",
        "a #b",
        "#a",
        "*a",
        "&a",
        "!a",
        "%a",
        "@a",
        "`a",
        "{a",
        "a}",
        "[",
        "a,b",
        "'",
        "\"",
        "\\",
        " a",
        "a ",
        "\t",
        "a\nb",
        "a\nb\n",
        "a\n\nb\n\n",
        "\na",
        " a\nb",
        "a\n  b\n",
        "a\r\nb",
        "a\n\tb",
        "\u{0}",
        "\u{7f}",
        "\u{85}",
        "\u{2028}",
        "\u{feff}",
        "é",
        "日本",
        "🎶",
        "<<",
        "---",
        "...",
        "$x",
        "./a",
        "../a",
        "a.b|c?",
        "x\n---\ny",
        "x\n# y",
        "=",
    ];

    #[test]
    fn texts_of_all_kinds_come_back() {
        for text in TEXTS {
            let doc = GraphDoc { name: Some(text.to_owned()), ..GraphDoc::default() };
            for written in [write_new(&doc), write_new_json(&doc)] {
                let read = read("g", written.as_bytes(), None);
                assert_eq!(read.doc.and_then(|doc| doc.name).as_deref(), Some(text), "{written}");
            }
        }
    }
}
