//! Nodes that become a graph of their own, used by one node in their place; and back.
//!
//! What crosses the border becomes an input or an output with its type, so that each node runs as often as before.

mod opening;

use std::collections::{BTreeSet, HashMap, HashSet};

use windlass_core::doc::edit::Edit;
use windlass_core::doc::{GraphDoc, InputDoc, NodeDoc, Reference, Route, Runs, Wire, is_name};
use windlass_core::problem::Spanned;
use windlass_core::types::Type;

use super::pieces::free_among;
use crate::canvas::scene::references;

pub use opening::ungroup;

/// Where a node stands.
type Place<'a> = &'a dyn Fn(&str) -> [f64; 2];

/// What is to be grouped.
pub struct Group<'a> {
    /// The nodes.
    pub ids: &'a BTreeSet<String>,
    /// The id of the node that stands for them.
    pub id: &'a str,
    /// The file of the new graph, as the node spells it.
    pub file: &'a str,
    /// Where nodes stand.
    pub place: Place<'a>,
    /// What a reference carries.
    pub type_of: &'a dyn Fn(&Reference) -> Type,
}

/// Returns the graph that the nodes become, and the change that puts a node in their place.
///
/// # Errors
/// Says which node stands in the way.
pub fn group(doc: &GraphDoc, of: &Group<'_>) -> Result<(GraphDoc, Edit), String> {
    if let Some(between) = between(doc, of.ids) {
        return Err(format!("`{between}` lies between the selected nodes: select it too"));
    }
    let mut border = Border { of, doc, inputs: Vec::new(), outputs: Vec::new() };
    let corner = corner(of.ids.iter().map(|id| (of.place)(id)));
    let mut graph = inside(&mut border, corner);
    let outside = border.leave();
    graph.inputs = border.inputs.iter().map(|(reference, name)| (name.clone(), border.input(reference))).collect();
    let output = |((node, port), name): &((String, String), String)| {
        (name.clone(), Spanned::made(Reference::Port { node: node.clone(), port: port.clone() }))
    };
    graph.outputs = border.outputs.iter().map(output).collect();
    let mut node = NodeDoc::of_kind("");
    node.runs = Spanned::made(Runs::Graph(of.file.to_owned()));
    let wires = border.inputs.into_iter().map(|(from, name)| (name, Spanned::made(Wire::One(from))));
    node.inputs = wires.collect();
    let id = || of.id.to_owned();
    let mut edits = vec![
        Edit::AddNode { id: id(), node: Box::new(node), at: doc.nodes.keys().position(|id| of.ids.contains(id)) },
        Edit::MoveNode { node: id(), to: Some(middle(of)) },
    ];
    edits.extend(outside);
    edits.extend(of.ids.iter().map(|id| Edit::RemoveNode { id: id.clone() }));
    Ok((graph, Edit::Compound(edits)))
}

/// Returns the mean place of the nodes, where the one that stands for them is put.
fn middle(of: &Group<'_>) -> [f64; 2] {
    let sum = of.ids.iter().map(|id| (of.place)(id)).fold([0.0; 2], |sum, at| [sum[0] + at[0], sum[1] + at[1]]);
    sum.map(|sum| (sum / of.ids.len().max(1) as f64).round())
}

/// Returns the nodes as a graph, without its inputs and outputs; the left top one of them stands in the corner.
fn inside(border: &mut Border<'_>, corner: [f64; 2]) -> GraphDoc {
    let (doc, of) = (border.doc, border.of);
    let mut graph = GraphDoc::default();
    for (id, node) in doc.nodes.iter().filter(|(id, _)| of.ids.contains(*id)) {
        let mut node = node.clone();
        for (port, wire) in &mut node.inputs {
            each(&mut wire.value, |reference| border.enter(port, reference));
        }
        graph.nodes.insert(id.clone(), node);
        graph.layout.nodes.insert(id.clone(), minus((of.place)(id), corner));
    }
    let is_inside = |route: &&Route| of.ids.contains(&route.from.node) && of.ids.contains(&route.to.node);
    let routes = doc.layout.routes.iter().filter(is_inside);
    graph.layout.routes = routes.map(|route| moved(route, minus([0.0; 2], corner))).collect();
    graph
}

/// What goes over the border of a group, each with its name in the new graph.
struct Border<'a> {
    of: &'a Group<'a>,
    doc: &'a GraphDoc,
    inputs: Vec<(Reference, String)>,
    outputs: Vec<((String, String), String)>,
}

impl Border<'_> {
    /// Lets a wire of a grouped node begin at an input of the new graph, where it comes from outside.
    fn enter(&mut self, port: &str, reference: &mut Reference) {
        let wished = match &*reference {
            Reference::Port { node, .. } if self.of.ids.contains(node) => return,
            Reference::Port { .. } => port.to_owned(),
            Reference::Input(name) => name.clone(),
        };
        let known = self.inputs.iter().find(|(known, _)| known == reference).map(|(_, name)| name.clone());
        let name = known.unwrap_or_else(|| {
            let name = free_among(named(&wished, "input"), |name| self.inputs.iter().any(|(_, taken)| taken == name));
            self.inputs.push((reference.clone(), name.clone()));
            name
        });
        *reference = Reference::Input(name);
    }

    fn input(&self, reference: &Reference) -> InputDoc {
        if let Reference::Input(name) = reference
            && let Some(input) = self.doc.inputs.get(name)
        {
            return InputDoc { span: None, ..input.clone() };
        }
        InputDoc { ty: Spanned::made(written((self.of.type_of)(reference))), default: None, doc: None, span: None }
    }

    /// Returns the changes that let what is outside take from the new node.
    fn leave(&mut self) -> Vec<Edit> {
        let mut edits = Vec::new();
        let doc = self.doc;
        for (id, node) in doc.nodes.iter().filter(|(id, _)| !self.of.ids.contains(*id)) {
            for (port, wire) in &node.inputs {
                let mut changed = wire.value.clone();
                each(&mut changed, |reference| self.hand_out(reference));
                if changed != wire.value {
                    edits.push(Edit::SetInput { node: id.clone(), name: port.clone(), wire: Some(changed), at: None });
                }
            }
        }
        for (name, from) in &doc.outputs {
            let mut changed = from.value.clone();
            self.hand_out(&mut changed);
            if changed != from.value {
                edits.push(Edit::SetOutput { name: name.clone(), from: Some(changed), at: None });
            }
        }
        edits
    }

    fn hand_out(&mut self, reference: &mut Reference) {
        let Reference::Port { node, port } = reference else { return };
        if !self.of.ids.contains(node) {
            return;
        }
        let end = (node.clone(), port.clone());
        let known = self.outputs.iter().find(|(known, _)| *known == end).map(|(_, name)| name.clone());
        let name = known.unwrap_or_else(|| {
            let name = free_among(named(port, node), |name| self.outputs.iter().any(|(_, taken)| taken == name));
            self.outputs.push((end, name.clone()));
            name
        });
        (*node, *port) = (self.of.id.to_owned(), name);
    }
}

fn named<'a>(wished: &'a str, otherwise: &'a str) -> &'a str {
    if is_name(wished) { wished } else { otherwise }
}

/// Returns a type as a graph input can declare it.
fn written(ty: Type) -> Type {
    ty.to_string().parse().unwrap_or(Type::Any)
}

/// Returns a node that is fed by some and feeds some of them: as one node they would feed themselves.
fn between(doc: &GraphDoc, ids: &BTreeSet<String>) -> Option<String> {
    let behind = reached(doc, ids, |from, to| (from, to));
    let before = reached(doc, ids, |from, to| (to, from));
    doc.nodes.keys().find(|id| behind.contains(id.as_str()) && before.contains(id.as_str())).cloned()
}

/// Returns the nodes outside of some that can be reached from them over wires, in the direction that is asked for.
fn reached<'a>(
    doc: &'a GraphDoc,
    ids: &'a BTreeSet<String>,
    direction: impl Fn(&'a str, &'a str) -> (&'a str, &'a str),
) -> HashSet<&'a str> {
    let mut next: HashMap<&str, Vec<&str>> = HashMap::new();
    for (to, node) in &doc.nodes {
        for from in node.inputs.values().flat_map(|wire| references(&wire.value)) {
            if let Reference::Port { node: from, .. } = from {
                let (one, other) = direction(from, to);
                next.entry(one).or_default().push(other);
            }
        }
    }
    let mut found = HashSet::new();
    let mut waiting: Vec<&str> = ids.iter().map(String::as_str).collect();
    while let Some(id) = waiting.pop() {
        for other in next.get(id).into_iter().flatten().filter(|id| !ids.contains(**id)) {
            if found.insert(*other) {
                waiting.push(other);
            }
        }
    }
    found
}

fn each(wire: &mut Wire, mut change: impl FnMut(&mut Reference)) {
    match wire {
        Wire::One(reference) => change(reference),
        Wire::Many(all) => all.iter_mut().for_each(|one| change(&mut one.value)),
    }
}

/// Returns the left top corner of some places.
pub fn corner(places: impl Iterator<Item = [f64; 2]>) -> [f64; 2] {
    places.reduce(|one, other| [one[0].min(other[0]), one[1].min(other[1])]).unwrap_or_default()
}

fn minus(at: [f64; 2], from: [f64; 2]) -> [f64; 2] {
    [at[0] - from[0], at[1] - from[1]]
}

fn moved(route: &Route, by: [f64; 2]) -> Route {
    let mut route = route.clone();
    route.through.iter_mut().for_each(|at| *at = [at[0] + by[0], at[1] + by[1]]);
    route
}

#[cfg(test)]
mod tests {
    use super::*;
    use windlass_core::doc::edit::apply;
    use windlass_core::doc::{read, write_new};

    const GRAPH: &str = "\
windlass: 1
inputs: { size: { type: int, default: 5 } }
outputs: { all: d.out }
nodes:
  a: { kind: k.a }
  b: { kind: k.b, inputs: { image: a.out, width: $size } }
  c: { kind: k.c, inputs: { x: b.out, y: a.out } }
  d: { kind: k.d, inputs: { list: [c.out, a.out, b.out] } }
";

    fn made(ids: &[&str]) -> Result<(GraphDoc, GraphDoc, Edit), String> {
        let mut doc = read("g", GRAPH.as_bytes(), None).doc.unwrap();
        let ids = ids.iter().map(|id| (*id).to_owned()).collect();
        let place = |_: &str| [40.0, 20.0];
        let of = Group { ids: &ids, id: "group", file: "./group.yaml", place: &place, type_of: &|_| Type::Image };
        let (graph, edit) = group(&doc, &of)?;
        let inverse = apply(&mut doc, &edit).unwrap();
        Ok((graph, doc, inverse))
    }

    #[test]
    fn what_crosses_the_border_becomes_inputs_and_outputs() {
        let (graph, doc, _) = made(&["b", "c"]).unwrap();
        let names = |graph: &GraphDoc| {
            graph.inputs.iter().map(|(name, it)| format!("{name} {}", it.ty.value)).collect::<Vec<_>>()
        };
        assert_eq!(names(&graph), ["image image", "size int"]);
        assert_eq!(graph.nodes["c"].inputs["y"].value, Wire::One("$image".parse().unwrap()), "one source is one input");
        let outputs: Vec<_> = graph.outputs.iter().map(|(name, from)| format!("{name} {}", from.value)).collect();
        assert_eq!(outputs, ["out c.out", "out2 b.out"]);
        assert_eq!(
            write_new(&doc).lines().find(|line| line.contains("group.out")).unwrap().trim(),
            "inputs: { list: [group.out, a.out, group.out2] }"
        );
        assert_eq!(doc.nodes.keys().collect::<Vec<_>>(), ["a", "group", "d"]);
    }

    #[test]
    fn a_group_is_undone_and_what_is_opened_is_what_was_grouped() {
        let before = read("g", GRAPH.as_bytes(), None).doc.unwrap();
        let (graph, mut doc, inverse) = made(&["b", "c"]).unwrap();
        let (edit, ids) = ungroup(&doc, "group", &graph, ([40.0, 20.0], &|_| [0.0, 0.0])).unwrap();
        assert_eq!(ids, ["b", "c"]);
        let back = apply(&mut doc, &edit).unwrap();
        assert_eq!((&doc.inputs, &doc.outputs, &doc.nodes), (&before.inputs, &before.outputs, &before.nodes));
        apply(&mut doc, &back).unwrap();
        apply(&mut doc, &inverse).unwrap();
        assert_eq!(write_new(&doc), write_new(&before));
    }

    #[test]
    fn a_node_that_would_feed_itself_is_named() {
        assert!(made(&["a", "d"]).unwrap_err().contains("`b` lies between"));
    }

    #[test]
    fn an_opened_group_keeps_constants_and_defaults() {
        let inner = "windlass: 1\ninputs: { n: { type: int, default: 3 }, m: { type: int } }\nnodes:\n  x: { kind: k.x, inputs: { p: $n, q: $m } }\n";
        let outer = "windlass: 1\nnodes:\n  x: { kind: k.y }\n  g: { uses: ./i.yaml, params: { m: 4 }, policy: { retries: 2 } }\n";
        let inner = read("i", inner.as_bytes(), None).doc.unwrap();
        let mut doc = read("o", outer.as_bytes(), None).doc.unwrap();
        let (edit, ids) = ungroup(&doc, "g", &inner, ([0.0; 2], &|_| [0.0; 2])).unwrap();
        apply(&mut doc, &edit).unwrap();
        assert_eq!(ids, ["x2"], "names stay unique");
        let node = &doc.nodes["x2"];
        assert_eq!((node.params["p"].value.as_i64(), node.params["q"].value.as_i64()), (Some(3), Some(4)));
        assert_eq!(node.policy.retries, Some(2));
    }
}
