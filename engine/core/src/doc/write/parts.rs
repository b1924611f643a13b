//! A document as plain data, in the order and with the names of the format; what has its default is left out.

use indexmap::IndexMap;
use serde_json::{Map, Value as Json};

use crate::doc::{
    Body, Cache, GraphDoc, Incomplete, InputDoc, Layout, NodeDoc, OnError, Policy, Reference, Runs, Wire,
};
use crate::problem::Spanned;
use crate::types::Type;
use crate::units::print_duration;

/// Returns a document as data.
pub(in crate::doc) fn parts(doc: &GraphDoc) -> Json {
    let mut map = Map::new();
    put(&mut map, "windlass", Some(doc.version));
    put(&mut map, "name", doc.name.as_deref());
    put(&mut map, "description", doc.description.as_deref());
    put(&mut map, "seed", Some(doc.seed).filter(|seed| *seed != 0));
    let permissions: Json = doc.permissions.iter().map(|permission| permission.value.as_str()).collect();
    put_filled(&mut map, "permissions", permissions);
    put_flow(&mut map, doc);
    Json::Object(map)
}

/// Adds what a graph and a body share.
fn put_flow(map: &mut Map<String, Json>, doc: &GraphDoc) {
    put_filled(map, "inputs", object(&doc.inputs, input));
    put_filled(map, "outputs", object(&doc.outputs, |reference| reference.value.to_string().into()));
    put_filled(map, "nodes", object(&doc.nodes, node));
    put_filled(map, "layout", layout(doc));
}

fn put(map: &mut Map<String, Json>, key: &str, value: Option<impl Into<Json>>) {
    map.extend(value.map(|value| (key.to_owned(), value.into())));
}

fn put_filled(map: &mut Map<String, Json>, key: &str, value: Json) {
    let is_empty = value.as_object().is_some_and(Map::is_empty) || value.as_array().is_some_and(Vec::is_empty);
    put(map, key, Some(value).filter(|_| !is_empty));
}

fn object<T>(map: &IndexMap<String, T>, of: impl Fn(&T) -> Json) -> Json {
    map.iter().map(|(name, value)| (name.clone(), of(value))).collect()
}

fn input(input: &InputDoc) -> Json {
    let mut map = Map::new();
    let (name, min, max) = match &input.ty.value {
        Type::Int(min, max) => ("int".to_owned(), min.map(Json::from), max.map(Json::from)),
        Type::Float(min, max) => ("float".to_owned(), min.map(number), max.map(number)),
        other => (other.to_string(), None, None),
    };
    put(&mut map, "type", Some(name));
    put(&mut map, "default", input.default.as_ref().map(|default| default.value.clone()));
    put(&mut map, "min", min);
    put(&mut map, "max", max);
    put(&mut map, "doc", input.doc.as_deref());
    Json::Object(map)
}

fn node(node: &NodeDoc) -> Json {
    let mut map = Map::new();
    let (key, runs) = match &node.runs.value {
        Runs::Kind(kind) => ("kind", kind),
        Runs::Graph(path) => ("uses", path),
    };
    put(&mut map, key, Some(runs.as_str()));
    put(&mut map, "title", node.title.as_deref());
    put_filled(&mut map, "params", object(&node.params, |param| param.value.clone()));
    put_filled(&mut map, "inputs", object(&node.inputs, |wire| wire_of(&wire.value)));
    put_filled(&mut map, "policy", policy(&node.policy));
    put(&mut map, "body", node.body.as_ref().map(|body| body_of(&body.value)));
    Json::Object(map)
}

fn wire_of(wire: &Wire) -> Json {
    let text = |reference: &Spanned<Reference>| reference.value.to_string();
    match wire {
        Wire::One(reference) => reference.to_string().into(),
        Wire::Many(references) => references.iter().map(text).collect(),
    }
}

fn body_of(body: &Body) -> Json {
    match body {
        Body::File(path) => path.as_str().into(),
        Body::Here(doc) => {
            let mut map = Map::new();
            put_flow(&mut map, doc);
            Json::Object(map)
        }
    }
}

fn policy(policy: &Policy) -> Json {
    let mut map = Map::new();
    put(&mut map, "retries", policy.retries);
    put(&mut map, "backoff", policy.backoff.map(print_duration));
    put(&mut map, "backoff_max", policy.backoff_max.map(print_duration));
    put(&mut map, "timeout", policy.timeout.map(print_duration));
    put(&mut map, "on_error", policy.on_error.map(on_error));
    put(&mut map, "incomplete", policy.incomplete.map(incomplete));
    put(&mut map, "slots", policy.slots);
    put(&mut map, "queue", policy.queue);
    put(&mut map, "window", policy.window);
    put(&mut map, "cache", policy.cache.map(cache));
    put(&mut map, "device", policy.device.as_deref());
    put(&mut map, "bypass", policy.bypass.then_some(true));
    put(&mut map, "mute", policy.mute.then_some(true));
    Json::Object(map)
}

fn on_error(choice: OnError) -> &'static str {
    match choice {
        OnError::Continue => "continue",
        OnError::Stop => "stop",
    }
}

fn incomplete(choice: Incomplete) -> &'static str {
    match choice {
        Incomplete::Take => "take",
        Incomplete::Fail => "fail",
    }
}

fn cache(choice: Cache) -> &'static str {
    match choice {
        Cache::Auto => "auto",
        Cache::Always => "always",
        Cache::Never => "never",
    }
}

/// Returns positions in the order of the nodes, so that moving one and moving it back changes no order.
fn layout(doc: &GraphDoc) -> Json {
    let Layout { nodes, frames, notes, routes, other } = &doc.layout;
    let placed = doc.nodes.keys().filter_map(|id| nodes.get_key_value(id));
    let without_node = nodes.iter().filter(|(id, _)| !doc.nodes.contains_key(*id));
    let positions: Json = placed.chain(without_node).map(|(id, at)| (id.clone(), pair(*at))).collect();
    let frame = |it: &crate::doc::Frame| {
        entries([("title", it.title.as_str().into()), ("at", pair(it.at)), ("size", pair(it.size))])
    };
    let note = |it: &crate::doc::Note| entries([("at", pair(it.at)), ("text", it.text.as_str().into())]);
    let route = |it: &crate::doc::Route| {
        let through: Json = it.through.iter().map(|at| pair(*at)).collect();
        entries([("from", it.from.to_string().into()), ("to", it.to.to_string().into()), ("through", through)])
    };
    let mut map = Map::new();
    put_filled(&mut map, "nodes", positions);
    put_filled(&mut map, "frames", frames.iter().map(frame).collect());
    put_filled(&mut map, "notes", notes.iter().map(note).collect());
    put_filled(&mut map, "routes", routes.iter().map(route).collect());
    map.extend(other.iter().map(|(name, value)| (name.clone(), value.clone())));
    Json::Object(map)
}

fn entries<const N: usize>(entries: [(&str, Json); N]) -> Json {
    entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn pair([x, y]: [f64; 2]) -> Json {
    Json::Array(vec![number(x), number(y)])
}

/// Returns a number without a point where it has no fraction.
fn number(number: f64) -> Json {
    let is_whole = number.fract() == 0.0 && number.abs() < 1e15;
    if is_whole { (number as i64).into() } else { number.into() }
}
