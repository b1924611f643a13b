//! Reading the UI format.

use indexmap::IndexMap;
use serde_json::Value;

use super::{Graph, Group, Link, Look, Mode, Node, Reroute, Slot, Subgraph, Values, Workflow};
use crate::ReadError;

/// How deep definitions of subgraphs may lie in each other.
const DEEPEST: usize = 64;

impl Workflow {
    /// Reads a workflow.
    ///
    /// # Errors
    /// Says what keeps it from being one.
    pub fn read(bytes: &[u8]) -> Result<Self, ReadError> {
        Self::of(&crate::json(bytes)?)
    }

    /// Takes a workflow out of JSON.
    ///
    /// # Errors
    /// Says what keeps it from being one.
    pub fn of(value: &Value) -> Result<Self, ReadError> {
        let mut subgraphs = IndexMap::new();
        definitions(value, &mut subgraphs, 0)?;
        let graph = graph(value)?;
        let told = ["/last_node_id", "/state/lastNodeId"].map(|at| value.pointer(at).and_then(Value::as_u64));
        let largest = graph.nodes.keys().filter_map(|id| id.parse().ok()).chain(told.into_iter().flatten()).max();
        Ok(Self { graph, subgraphs, last_node: largest.unwrap_or_default() })
    }
}

fn refused(why: impl Into<String>) -> ReadError {
    ReadError::Shape { expected: "workflow", why: why.into() }
}

fn definitions(value: &Value, into: &mut IndexMap<String, Subgraph>, depth: usize) -> Result<(), ReadError> {
    if depth > DEEPEST {
        return Err(refused(format!("its subgraphs lie more than {DEEPEST} deep in each other")));
    }
    for one in list(value.pointer("/definitions/subgraphs")) {
        let id = one.get("id").and_then(Value::as_str).ok_or_else(|| refused("a subgraph has no `id`"))?;
        into.insert(id.to_owned(), subgraph(one)?);
        definitions(one, into, depth + 1)?;
    }
    Ok(())
}

fn subgraph(value: &Value) -> Result<Subgraph, ReadError> {
    let inputs = list(value.get("inputs")).map(|input| text(input, "name")).collect();
    Ok(Subgraph { name: text(value, "name"), inputs, graph: graph(value)? })
}

fn graph(value: &Value) -> Result<Graph, ReadError> {
    let nodes = value.get("nodes").and_then(Value::as_array).ok_or_else(|| refused("it has no list of `nodes`"))?;
    let mut graph = Graph::default();
    for one in nodes {
        let id = one.get("id").and_then(name).ok_or_else(|| refused("a node has no `id`"))?;
        let node = node(one).ok_or_else(|| refused(format!("node `{id}` has no `type`")))?;
        if graph.nodes.insert(id.clone(), node).is_some() {
            return Err(refused(format!("there are two nodes `{id}`")));
        }
    }
    for one in list(value.get("links")).filter(|link| !link.is_null()) {
        let (id, link) = link(one).ok_or_else(|| refused(format!("this is no wire: {one}")))?;
        graph.links.insert(id, link);
    }
    graph.groups = list(value.get("groups")).filter_map(Group::of).collect();
    ways(value, &mut graph);
    Ok(graph)
}

/// Reads which points wires go through: version 0.4 keeps that beside them.
fn ways(value: &Value, graph: &mut Graph) {
    let points = list(value.get("reroutes")).chain(list(value.pointer("/extra/reroutes")));
    graph.reroutes = points.filter_map(Reroute::of).collect();
    for one in list(value.pointer("/extra/linkExtensions")) {
        let link = one.get("id").and_then(Value::as_i64).and_then(|id| graph.links.get_mut(&id));
        if let Some(link) = link {
            link.through = one.get("parentId").and_then(Value::as_i64);
        }
    }
}

fn node(value: &Value) -> Option<Node> {
    let mode = match value.get("mode").and_then(Value::as_u64) {
        Some(2) => Mode::Muted,
        Some(4) => Mode::Bypassed,
        _ => Mode::Active,
    };
    let values = match value.get("widgets_values") {
        Some(Value::Object(named)) => Values::Named(named.clone()),
        values => Values::Listed(list(values).cloned().collect()),
    };
    Some(Node {
        class: value.get("type")?.as_str()?.to_owned(),
        title: value.get("title").and_then(Value::as_str).map(str::to_owned),
        mode,
        inputs: list(value.get("inputs")).map(slot).collect(),
        outputs: list(value.get("outputs")).map(|output| type_of(output.get("type"))).collect(),
        values,
        look: Look::of(value),
    })
}

fn slot(value: &Value) -> Slot {
    Slot {
        name: text(value, "name"),
        ty: type_of(value.get("type")),
        link: value.get("link").and_then(Value::as_i64),
        widget: value.pointer("/widget/name").and_then(Value::as_str).map(str::to_owned),
    }
}

/// Reads a wire in either form: a list of six, or an object.
fn link(value: &Value) -> Option<(i64, Link)> {
    let names = ["id", "origin_id", "origin_slot", "target_id", "target_slot", "type"];
    let at = |place: usize| if value.is_array() { value.get(place) } else { value.get(names[place]) };
    let slot = |place: usize| usize::try_from(at(place)?.as_u64()?).ok();
    let link = Link {
        from: name(at(1)?)?,
        from_slot: slot(2)?,
        to: name(at(3)?)?,
        // A wire that was cut may have lost its end.
        to_slot: slot(4).unwrap_or(usize::MAX),
        ty: type_of(at(5)),
        through: value.get("parentId").and_then(Value::as_i64),
    };
    Some((at(0)?.as_i64()?, link))
}

/// Returns the id of a node, which is a number or a text.
fn name(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned).or_else(|| value.as_i64().map(|number| number.to_string()))
}

/// Returns a type by its name. What has none goes with everything.
fn type_of(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(name)) if !name.is_empty() => name.clone(),
        Some(Value::Array(_)) => "COMBO".into(),
        _ => "*".into(),
    }
}

fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}
