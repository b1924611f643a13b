//! What enters an island: values stand in the prompt as they are, pictures and files are handed over, and a node reads them there.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};
use windlass_core::node::NodeError;
use windlass_core::types::Type;
use windlass_core::value::{List, Value};

use crate::Definitions;
use crate::api::ApiNode;
use crate::job::{Job, Upload};

/// How many pictures are handed over as one batch.
const MOST: usize = 256;

/// Where a value enters.
pub struct Place<'a> {
    /// The id of the node.
    pub node: &'a str,
    /// Its input.
    pub input: &'a str,
    /// What it takes, by ComfyUI's types.
    pub ty: &'a str,
}

/// Returns a class that a wire from here needs, and that the server does not have; `brought` is what the wire brings.
pub fn lacking(ty: &str, brought: &str, definitions: &Definitions) -> Option<&'static str> {
    let takes = |one: &str| ty.split(',').any(|known| known.trim() == one);
    let class = match brought {
        "IMAGE" if takes("MASK") && !takes("IMAGE") => "LoadImageMask",
        "IMAGE" => "LoadImage",
        "AUDIO" => "LoadAudio",
        "VIDEO" => "LoadVideo",
        _ => return None,
    };
    definitions.get(class).is_none().then_some(class)
}

/// Puts a value into the prompt.
///
/// # Errors
/// It is nothing that a prompt can hold.
pub fn enter(job: &mut Job, place: &Place<'_>, value: Value) -> Result<(), NodeError> {
    let set = match value.resolved()? {
        Value::Absent => None,
        Value::Image(image) => Some(pictures(job, place, vec![Value::Image(image)])?),
        Value::List(list) if is_pictures(place, &list) => {
            let members = list.members().iter().map(|member| member.read()).collect::<Result<_, _>>()?;
            Some(pictures(job, place, members)?)
        }
        Value::File(file) => Some(of_file(job, place, Value::File(file))?),
        other => Some(constant(place, &other)?),
    };
    if let (Some(set), Some(node)) = (set, job.workflow.nodes.get_mut(place.node)) {
        node.inputs.insert(place.input.to_owned(), set);
    }
    Ok(())
}

/// Returns a value as a prompt has it.
///
/// # Errors
/// It is nothing that JSON has.
pub fn constant(place: &Place<'_>, value: &Value) -> Result<Json, NodeError> {
    let json = value.to_json().ok_or_else(|| {
        NodeError::new(format!("`{}` of `{}` takes no `{}`", place.input, place.node, value.type_of())).permanent()
    })?;
    Ok(match json {
        Json::Array(_) => json!({ "__value__": json }),
        // A number that no 64 bits with a sign can hold is written as text.
        Json::String(text) if place.ty == "INT" => {
            text.trim().parse::<u64>().map_or(Json::String(text), |number| json!(number))
        }
        json => json,
    })
}

fn takes(place: &Place<'_>, ty: &str) -> bool {
    place.ty.split(',').any(|known| known.trim() == ty)
}

/// Returns whether a list is a batch of pictures; one without members is what its place takes.
fn is_pictures(place: &Place<'_>, list: &Arc<List>) -> bool {
    let of_pictures = matches!(Value::List(list.clone()).type_of(), Type::List(of) if *of == Type::Image);
    of_pictures || list.is_empty() && (takes(place, "IMAGE") || takes(place, "MASK"))
}

/// Hands pictures over; several become one batch.
fn pictures(job: &mut Job, place: &Place<'_>, pictures: Vec<Value>) -> Result<Json, NodeError> {
    let is_mask = takes(place, "MASK") && !takes(place, "IMAGE");
    if is_mask && pictures.len() > 1 {
        return Err(
            NodeError::new(format!("`{}` of `{}` takes one picture as a mask", place.input, place.node)).permanent()
        );
    }
    if pictures.len() > MOST {
        let message = format!("{} pictures are too many for one batch, {MOST}", pictures.len());
        return Err(NodeError::new(message).hint("let each run on its own, behind `flow.each`").permanent());
    }
    refuse_sizes(place, &pictures)?;
    let mut wires = pictures
        .into_iter()
        .enumerate()
        .map(|(at, picture)| {
            let class = if is_mask { "LoadImageMask" } else { "LoadImage" };
            let more = if is_mask { json!({ "channel": "red" }) } else { json!({}) };
            loaded(job, (place, at), (class, "image"), more, picture)
        })
        .collect::<Vec<_>>()
        .into_iter();
    let nothing =
        || NodeError::new(format!("`{}` of `{}` got a list without a picture", place.input, place.node)).permanent();
    let first = wires.next().ok_or_else(nothing)?;
    Ok(wires.enumerate().fold(first, |batch, (at, wire)| {
        let id = format!("{}/{}/batch{at}", place.node, place.input);
        let inputs = json!({ "image1": batch, "image2": wire }).as_object().cloned().unwrap_or_default();
        job.workflow.nodes.insert(id.clone(), ApiNode { class: "ImageBatch".into(), inputs, title: None });
        json!([id, 0])
    }))
}

/// A batch has one size, and ComfyUI would stretch the others without a word.
fn refuse_sizes(place: &Place<'_>, pictures: &[Value]) -> Result<(), NodeError> {
    let size = |picture: &Value| match picture {
        Value::Image(image) => Some((image.width(), image.height())),
        _ => None,
    };
    let mut sizes = pictures.iter().filter_map(size);
    let Some(first) = sizes.next() else { return Ok(()) };
    match sizes.find(|size| *size != first) {
        None => Ok(()),
        Some(other) => {
            let message = format!(
                "the pictures for `{}` of `{}` are to be one batch, and have several sizes: {}×{} and {}×{}",
                place.input, place.node, first.0, first.1, other.0, other.1
            );
            Err(NodeError::new(message).hint("bring them to one size with `image.resize`").permanent())
        }
    }
}

fn of_file(job: &mut Job, place: &Place<'_>, file: Value) -> Result<Json, NodeError> {
    let (class, input) = match file.type_of().to_string().as_str() {
        "audio" if takes(place, "AUDIO") || takes(place, "*") => ("LoadAudio", "audio"),
        "video" if takes(place, "VIDEO") || takes(place, "*") => ("LoadVideo", "file"),
        other => {
            return Err(NodeError::new(format!("`{}` of `{}` takes no `{other}`", place.input, place.node)).permanent());
        }
    };
    Ok(loaded(job, (place, 0), (class, input), json!({}), file))
}

/// Adds a node that reads what is handed over; returns the wire from it.
fn loaded(
    job: &mut Job,
    (place, at): (&Place<'_>, usize),
    (class, input): (&str, &str),
    more: Json,
    content: Value,
) -> Json {
    let id = format!("{}/{}/in{at}", place.node, place.input);
    let inputs: Map<String, Json> = more.as_object().cloned().unwrap_or_default();
    job.workflow.nodes.insert(id.clone(), ApiNode { class: class.to_owned(), inputs, title: None });
    job.uploads.push(Upload { node: id.clone(), input: input.to_owned(), content });
    json!([id, 0])
}
