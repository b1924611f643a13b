//! Whether a wire can be drawn between two ports, why not, and the change that draws it.

use std::collections::HashSet;

use windlass_core::doc::edit::Edit;
use windlass_core::doc::{GraphDoc, Reference, Wire};
use windlass_core::types::{Fit, Type};

use super::hit::{PortRef, WireRef};
use super::ports::Compatible;
use super::scene::{Scene, SceneNode, Side, output_type, references};
use crate::face::ERROR_PORT;

/// Returns why an output cannot feed an input; `None` where it can.
pub fn why_not(scene: &Scene, from: (&str, &str), to: (&str, &str)) -> Option<String> {
    let (source, target) = (scene.node(from.0)?, scene.node(to.0)?);
    does_not_meet(source, from.1, target, to.1)
        .or_else(|| connected(scene, to.0, Side::Output).contains(from.0).then(|| circle(from.0, to.0)))
}

/// Returns why an output does not go with an input, whatever other wires there are.
fn does_not_meet(source: &SceneNode, output: &str, target: &SceneNode, input: &str) -> Option<String> {
    if source.id == target.id {
        return Some("a node cannot feed itself".into());
    }
    let wanted = target.face.input_type(input).cloned().unwrap_or(Type::Any);
    misfit(&output_type(&source.face, output), &wanted, target, input)
}

fn circle(from: &str, to: &str) -> String {
    format!("`{to}` feeds `{from}` already, so this would go round in a circle; `flow.repeat` repeats")
}

/// Returns why values of a type do not fit a port.
fn misfit(ty: &Type, wanted: &Type, target: &SceneNode, port: &str) -> Option<String> {
    if ty.fits(wanted) != Fit::Never {
        return None;
    }
    let collects = target.face.inputs.iter().any(|input| input.name == port && input.many);
    if collects && wanted.member_type().is_some_and(|member| ty.fits(member) != Fit::Never) {
        return None;
    }
    if ty.member_type().is_some_and(|member| member.fits(wanted) != Fit::Never) {
        return Some(format!("`{ty}` is a list, and `{port}` takes one `{wanted}`; `flow.each` lets its members out"));
    }
    Some(format!("`{port}` takes `{wanted}`, not `{ty}`"))
}

/// Returns the nodes that are fed by a node, however far away, or that feed it.
fn connected<'a>(scene: &'a Scene, id: &str, side: Side) -> HashSet<&'a str> {
    let mut next = vec![Vec::new(); scene.nodes.len()];
    for wire in &scene.wires {
        match side {
            Side::Output => next[wire.from].push(wire.to),
            Side::Input => next[wire.to].push(wire.from),
        }
    }
    let mut found = HashSet::new();
    let mut waiting: Vec<_> = scene.place(id).into_iter().collect();
    while let Some(node) = waiting.pop() {
        if found.insert(scene.nodes[node].id.as_str()) {
            waiting.extend(&next[node]);
        }
    }
    found
}

/// Returns which ports fit a port that is dragged from.
pub fn compatible(scene: &Scene, port: &PortRef) -> Compatible {
    let mut found = Compatible { side: Some(port.side.other()), ..Compatible::default() };
    let Some(own) = scene.node(&port.node) else { return found };
    let before = connected(scene, &port.node, port.side.other());
    for node in &scene.nodes {
        for name in ports(node, port.side.other()) {
            let against = match port.side {
                Side::Output => does_not_meet(own, &port.port, node, name),
                Side::Input => does_not_meet(node, name, own, &port.port),
            };
            let (from, to) = if port.side == Side::Output { (own, node) } else { (node, own) };
            let against = against.or_else(|| before.contains(node.id.as_str()).then(|| circle(&from.id, &to.id)));
            found.against.extend(against.map(|why| ((node.id.clone(), name.to_owned()), why)));
        }
    }
    found
}

/// Returns the names of the ports at a side of a node, parameters among the inputs.
pub fn ports(node: &SceneNode, side: Side) -> impl Iterator<Item = &str> {
    let is_input = side == Side::Input;
    let inputs = node.face.inputs.iter().map(|port| port.name.as_str());
    let params = node.face.params.iter().map(|param| param.spec.name.as_str());
    let outputs = node.face.outputs.iter().map(|port| port.name.as_str()).chain([ERROR_PORT]);
    inputs.chain(params).filter(move |_| is_input).chain(outputs.filter(move |_| !is_input))
}

/// Returns the first port of a node that a dragged one fits; a free one before one that is wired.
pub fn first_fit(scene: &Scene, dragged: &PortRef, node: &SceneNode) -> Option<PortRef> {
    let compatible = compatible(scene, dragged);
    let side = compatible.side?;
    let port = |name: &str| PortRef { node: node.id.clone(), side, port: name.to_owned() };
    let fitting: Vec<_> = ports(node, side)
        .map(port)
        .filter(|port| compatible.why_not(port).is_none() && port.port != ERROR_PORT)
        .collect();
    let is_free = |port: &&PortRef| side == Side::Output || !node.face.node().inputs.contains_key(&port.port);
    fitting.iter().find(is_free).or(fitting.first()).cloned()
}

/// Returns the change that lets an output feed an input: besides what feeds it where it takes more than one wire, else in
/// place of it.
pub fn connect(doc: &GraphDoc, scene: &Scene, from: &PortRef, to: &PortRef) -> Edit {
    let reference = Reference::Port { node: from.node.clone(), port: from.port.clone() };
    let (node, name) = (to.node.clone(), to.port.clone());
    let is_variadic =
        scene.node(&node).is_some_and(|node| node.face.inputs.iter().any(|port| port.name == name && port.variadic));
    let wire = if is_variadic {
        Edit::connect(doc, &node, &name, reference)
    } else {
        Edit::SetInput { node: node.clone(), name: name.clone(), wire: Some(Wire::One(reference)), at: None }
    };
    let has_constant = doc.nodes.get(&node).is_some_and(|node| node.params.contains_key(&name));
    if has_constant { Edit::Compound(vec![Edit::SetParam { node, name, value: None, at: None }, wire]) } else { wire }
}

/// Returns the change that takes a wire away; `None` where there is none.
pub fn disconnect(doc: &GraphDoc, wire: &WireRef) -> Option<Edit> {
    let present = &doc.nodes.get(&wire.node)?.inputs.get(&wire.port)?.value;
    let rest = match present {
        Wire::One(_) => None,
        Wire::Many(all) => {
            let mut rest = all.clone();
            (wire.position < rest.len()).then(|| rest.remove(wire.position))?;
            (!rest.is_empty()).then_some(Wire::Many(rest))
        }
    };
    Some(Edit::SetInput { node: wire.node.clone(), name: wire.port.clone(), wire: rest, at: None })
}

/// Returns what feeds a wire.
pub fn source(doc: &GraphDoc, wire: &WireRef) -> Option<Reference> {
    let present = &doc.nodes.get(&wire.node)?.inputs.get(&wire.port)?.value;
    references(present).nth(wire.position).cloned()
}

/// Returns the change that puts a node into a wire; `Err` says why it does not fit.
pub fn insert(doc: &GraphDoc, scene: &Scene, node: &str, wire: &WireRef) -> Result<Edit, String> {
    let gone = || "the wire is gone".to_owned();
    let Some(Reference::Port { node: source, port }) = source(doc, wire) else { return Err(gone()) };
    let inserted = scene.node(node).ok_or_else(gone)?;
    let from = PortRef { node: source.clone(), side: Side::Output, port: port.clone() };
    let into = first_fit(scene, &from, inserted);
    let into = into.ok_or_else(|| format!("`{node}` takes nothing of what the wire carries"))?;
    let out = ports(inserted, Side::Output).filter(|name| *name != ERROR_PORT);
    let mut out = out.filter(|name| why_not(scene, (node, name), (&wire.node, &wire.port)).is_none());
    let out = out.next().ok_or_else(|| format!("`{node}` gives nothing that `{}` takes", wire.port))?;
    let out = Reference::Port { node: node.to_owned(), port: out.to_owned() };
    let behind = match &doc.nodes[&wire.node].inputs[&wire.port].value {
        Wire::One(_) => Wire::One(out),
        Wire::Many(all) => {
            let mut all = all.clone();
            all[wire.position].value = out;
            Wire::Many(all)
        }
    };
    let behind = Edit::SetInput { node: wire.node.clone(), name: wire.port.clone(), wire: Some(behind), at: None };
    Ok(Edit::Compound(vec![connect(doc, scene, &from, &into), behind]))
}
