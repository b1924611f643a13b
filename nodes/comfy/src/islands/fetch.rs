//! What leaves an island: a node that shows it is put behind it, and what that gives becomes a value.

use std::sync::Arc;

use serde_json::{Value as Json, json};
use windlass_core::node::NodeError;
use windlass_core::value::{File, List, Value};

use crate::api::{ApiNode, ApiWorkflow};
use crate::job::Given;
use crate::{Definitions, media};

/// Returns whether something is a picture, sound or a film.
pub fn is_media(ty: &str) -> bool {
    matches!(ty, "IMAGE" | "MASK" | "AUDIO" | "VIDEO")
}

/// Returns whether something can leave.
pub fn can(ty: &str, definitions: &Definitions) -> bool {
    !ways(ty).is_empty() && lacking(ty, definitions).is_none()
}

/// Returns a class that would bring something out, and that the server does not have.
pub fn lacking(ty: &str, definitions: &Definitions) -> Option<&'static str> {
    let has = |classes: &&[&str]| classes.iter().all(|class| definitions.get(class).is_some());
    let ways = ways(ty);
    let first = ways.first()?;
    if ways.iter().any(has) {
        return None;
    }
    first.iter().copied().find(|class| definitions.get(class).is_none())
}

/// Returns the classes that bring something out, one behind the other; the first of the ways is the best.
fn ways(ty: &str) -> &'static [&'static [&'static str]] {
    match ty {
        "IMAGE" => &[&["PreviewImage"], &["SaveImage"]],
        "MASK" => &[&["MaskToImage", "PreviewImage"], &["MaskToImage", "SaveImage"]],
        "AUDIO" => &[&["PreviewAudio"], &["SaveAudio"]],
        "VIDEO" => &[&["SaveVideo"]],
        "STRING" | "INT" | "FLOAT" | "BOOLEAN" | "COMBO" => &[&["PreviewAny"]],
        _ => &[],
    }
}

/// Puts nodes behind an output that show what it gives; returns the id of the last one.
pub fn show(workflow: &mut ApiWorkflow, (node, slot): (&str, usize), ty: &str, definitions: &Definitions) -> String {
    let has = |way: &&&[&str]| way.iter().all(|class| definitions.get(class).is_some());
    let classes = ways(ty).iter().find(has).copied().unwrap_or_default();
    let (mut from, mut output) = (node.to_owned(), slot);
    for (step, class) in classes.iter().enumerate() {
        let id = format!("{node}/{slot}/{}", if step + 1 == classes.len() { "out" } else { "made" });
        let inputs = inputs(class, json!([from, output]));
        workflow.nodes.insert(id.clone(), ApiNode { class: (*class).to_owned(), inputs, title: None });
        (from, output) = (id, 0);
    }
    from
}

fn inputs(class: &str, wire: Json) -> serde_json::Map<String, Json> {
    let prefix = json!("windlass/out");
    let inputs = match class {
        "PreviewImage" => json!({ "images": wire }),
        "SaveImage" => json!({ "images": wire, "filename_prefix": prefix }),
        "MaskToImage" => json!({ "mask": wire }),
        "PreviewAudio" => json!({ "audio": wire }),
        "SaveAudio" => json!({ "audio": wire, "filename_prefix": prefix }),
        "SaveVideo" => json!({ "video": wire, "filename_prefix": prefix, "format": "auto", "codec": "auto" }),
        _ => json!({ "source": wire }),
    };
    inputs.as_object().cloned().unwrap_or_default()
}

/// Returns what came out as a value.
///
/// # Errors
/// It is not what its type says.
pub fn value(ty: &str, name: &str, given: Option<&Given>) -> Result<Value, NodeError> {
    let nothing = || NodeError::new(format!("nothing came out of `{name}`")).permanent();
    let given = given.ok_or_else(nothing)?;
    match ty {
        "IMAGE" | "MASK" if given.files.is_empty() => Err(nothing()),
        "IMAGE" | "MASK" => pictures(name, given),
        "AUDIO" | "VIDEO" => file(ty, name, given),
        _ => {
            let text = match given.texts.as_slice() {
                [] => return Err(nothing()),
                [text] => text,
                texts => {
                    let count = texts.len();
                    return Err(NodeError::new(format!("`{name}` gave {count} values, and one is taken")).permanent());
                }
            };
            scalar(ty, text).ok_or_else(|| NodeError::new(format!("`{name}` is no `{ty}`: `{text}`")).permanent())
        }
    }
}

fn pictures(name: &str, given: &Given) -> Result<Value, NodeError> {
    let picture = |fetched: &crate::job::Fetched| match &fetched.picture {
        Some(picture) => Ok(Value::Image(picture.clone())),
        None => Err(NodeError::new(format!("`{name}` gave `{}`, which is no picture", fetched.file.name)).permanent()),
    };
    Ok(Value::List(Arc::new(given.files.iter().map(picture).collect::<Result<List, _>>()?)))
}

fn file(ty: &str, name: &str, given: &Given) -> Result<Value, NodeError> {
    let [fetched] = given.files.as_slice() else {
        let count = given.files.len();
        return Err(NodeError::new(format!("`{name}` gave {count} files, and one is taken")).permanent());
    };
    let file = &fetched.file;
    let wanted = if ty == "AUDIO" { "audio/" } else { "video/" };
    if file.media_type.starts_with(wanted) {
        return Ok(Value::File(file.clone()));
    }
    let media_type = media::type_of_name(&file.name);
    if !media_type.starts_with(wanted) {
        return Err(NodeError::new(format!("`{name}` gave `{}`, which is `{media_type}`", file.name)).permanent());
    }
    Ok(Value::File(Arc::new(File { media_type: media_type.to_owned(), ..(**file).clone() })))
}

/// Reads a value as Python writes it.
fn scalar(ty: &str, text: &str) -> Option<Value> {
    match ty {
        "INT" => text.trim().parse().ok().map(Value::Int),
        "FLOAT" => text.trim().parse().ok().map(Value::Float),
        "BOOLEAN" => match text.trim() {
            "True" | "true" => Some(Value::Bool(true)),
            "False" | "false" => Some(Value::Bool(false)),
            _ => None,
        },
        _ => Some(Value::text(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_is_taken_and_several_are_refused() {
        let given =
            |texts: &[&str]| Given { texts: texts.iter().map(|text| (*text).to_owned()).collect(), ..Given::default() };
        assert!(matches!(value("INT", "n", Some(&given(&["3"]))), Ok(Value::Int(3))));
        let told = |texts: &[&str]| value("INT", "n", Some(&given(texts))).map(|_| ()).unwrap_err().to_string();
        assert_eq!(told(&["3", "4"]), "`n` gave 2 values, and one is taken");
        assert_eq!(told(&["x"]), "`n` is no `INT`: `x`");
        assert_eq!(told(&[]), "nothing came out of `n`");
    }
}
