//! Placeholders filled in for one item.

use std::path::PathBuf;

use super::{Part, TemplateError};
use crate::key::Key;
use crate::value::{Bag, Value};

/// The longest name that common file systems take, in bytes.
const MAX_NAME_BYTES: usize = 255;

/// What the placeholders of a template stand for, for one item.
#[derive(Clone, Copy, Debug)]
pub struct Fill<'a> {
    /// File stem of the graph.
    pub graph: &'a str,
    /// Name of the run.
    pub run: &'a str,
    /// Key of the item.
    pub key: &'a Key,
    /// The item's own stable name, with `/` between folders; empty for what runs once.
    pub name: &'a str,
    /// Values of all other placeholders.
    pub custom: &'a Bag,
}

pub(super) fn fill(components: &[Vec<Part>], fill: &Fill<'_>) -> Result<PathBuf, TemplateError> {
    let mut path = String::new();
    for (at, parts) in components.iter().enumerate() {
        let text = component(parts, fill)?;
        if at + 1 == components.len() {
            check_part(text.rsplit('/').next().unwrap_or_default())?;
        }
        path.push_str(&text);
        // An item without a folder adds no folder, and no `/` that would make the path absolute; nor does a second `/`.
        let is_root = at == 0 && parts.is_empty();
        if at + 1 < components.len() && (is_root || !text.is_empty()) {
            path.push('/');
        }
    }
    Ok(PathBuf::from(path))
}

/// Fills one component in; what the author wrote alone may be anything, `..` included.
fn component(parts: &[Part], fill: &Fill<'_>) -> Result<String, TemplateError> {
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Literal(literal) => text.push_str(literal),
            Part::Placeholder(name) => text.push_str(&value(name, fill)?),
        }
    }
    let written_alone = parts.iter().all(|part| matches!(part, Part::Literal(_)));
    let no_folder = is_parent(parts) && text.is_empty();
    if !written_alone && !no_folder {
        text.split('/').try_for_each(check_part)?;
    }
    Ok(text)
}

fn is_parent(parts: &[Part]) -> bool {
    matches!(parts, [Part::Placeholder(name)] if name == "parent")
}

fn check_part(part: &str) -> Result<(), TemplateError> {
    let refused = |cause| Err(TemplateError::Part { part: part.chars().take(40).collect(), cause });
    match part {
        "" => refused("is empty"),
        "." | ".." => refused("names another folder"),
        part if part.len() > MAX_NAME_BYTES => refused("is longer than 255 bytes"),
        _ => Ok(()),
    }
}

fn value(name: &str, fill: &Fill<'_>) -> Result<String, TemplateError> {
    match name {
        "graph" => Ok(plain(fill.graph)),
        "run" => Ok(plain(fill.run)),
        "key" => item(name, fill.key.to_string().replace('/', "-")),
        "index" => item(name, fill.key.index().map(|index| index.to_string()).unwrap_or_default()),
        "name" | "stem" | "ext" | "parent" => own_name(name, fill.name),
        custom => from_bag(custom, fill.custom),
    }
}

fn item(name: &str, text: String) -> Result<String, TemplateError> {
    if text.is_empty() {
        return Err(TemplateError::Empty { name: name.into(), cause: "what runs once has no place in a group" });
    }
    Ok(text)
}

/// Takes the item's own name apart.
fn own_name(placeholder: &str, name: &str) -> Result<String, TemplateError> {
    let refused =
        |cause| Err(TemplateError::Refused { name: placeholder.into(), value: name.chars().take(40).collect(), cause });
    if name.contains('\0') {
        return refused("it holds a zero byte");
    }
    let parts: Vec<&str> = name.split('/').collect();
    if parts.iter().any(|part| matches!(*part, "" | "." | "..")) && !name.is_empty() {
        return refused("it leads to another folder");
    }
    let (parent, file) = name.rsplit_once('/').unwrap_or(("", name));
    let (stem, ext) = match file.rsplit_once('.') {
        Some((stem, ext)) if !stem.is_empty() => (stem, ext),
        _ => (file, ""),
    };
    match placeholder {
        "parent" => Ok(parent.split('/').map(plain).collect::<Vec<_>>().join("/")),
        "ext" => Ok(plain(ext)),
        _ if name.is_empty() => {
            Err(TemplateError::Empty { name: placeholder.into(), cause: "what runs once has no name of its own" })
        }
        "stem" => Ok(plain(stem)),
        _ => Ok(plain(file)),
    }
}

fn from_bag(name: &str, custom: &Bag) -> Result<String, TemplateError> {
    let text = match custom.get(name) {
        None | Some(Value::Absent) => {
            return Err(TemplateError::Empty { name: name.into(), cause: "its value is absent" });
        }
        Some(value) => match value.to_json() {
            Some(serde_json::Value::String(text)) => text,
            Some(json @ (serde_json::Value::Bool(_) | serde_json::Value::Number(_))) => json.to_string(),
            _ => {
                let value = value.type_of().to_string();
                let cause = "only a text, a number, a truth value or a path can be part of a path";
                return Err(TemplateError::Refused { name: name.into(), value, cause });
            }
        },
    };
    if text.contains('\0') {
        let value = text.chars().take(40).collect();
        return Err(TemplateError::Refused { name: name.into(), value, cause: "it holds a zero byte" });
    }
    Ok(plain(&text))
}

/// Puts `_` in place of separators and control characters.
fn plain(text: &str) -> String {
    text.chars()
        .map(|letter| if letter == '/' || letter == '\\' || letter.is_control() { '_' } else { letter })
        .collect()
}
