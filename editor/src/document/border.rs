//! The inputs and outputs of a graph or a body, changed with all that refers to them: wires inside, and for a body the
//! wires of its node outside.

use windlass_core::doc::edit::Edit;
use windlass_core::doc::{GraphDoc, InputDoc, Reference, Wire};
use windlass_core::problem::Spanned;
use windlass_core::types::Type;

use super::pieces::free_among;
use crate::canvas::scene::references;

/// A change of a graph, and what follows from it in the graph around.
pub struct Both {
    /// In the graph itself.
    pub inside: Edit,
    /// Around it.
    pub around: Option<Edit>,
}

impl From<Edit> for Both {
    fn from(inside: Edit) -> Self {
        Self { inside, around: None }
    }
}

/// Returns a name for a new input.
pub fn free_input(doc: &GraphDoc, wished: &str) -> String {
    free_among(wished, |name| doc.inputs.contains_key(name))
}

/// Returns a name for a new output.
pub fn free_output(doc: &GraphDoc, wished: &str) -> String {
    free_among(wished, |name| doc.outputs.contains_key(name))
}

/// Returns the edit that adds an input.
pub fn add_input(name: &str, ty: Type) -> Edit {
    let input = InputDoc { ty: Spanned::made(ty), default: None, doc: None, span: None };
    Edit::SetGraphInput { name: name.to_owned(), input: Some(Box::new(input)), at: None }
}

/// Returns the edits that take an input away with the wires that it feeds.
pub fn remove_input(doc: &GraphDoc, name: &str, around: Option<(&GraphDoc, &str)>) -> Both {
    let is_it = |reference: &Reference| matches!(reference, Reference::Input(input) if input == name);
    let mut edits = loosened(doc, is_it);
    edits.push(Edit::SetGraphInput { name: name.to_owned(), input: None, at: None });
    let around = around.map(|(outer, node)| {
        let there = outer.nodes.get(node);
        let wired = there.is_some_and(|there| there.inputs.contains_key(name));
        let given = there.is_some_and(|there| there.params.contains_key(name));
        let (id, name) = (node.to_owned(), name.to_owned());
        let wire = wired.then(|| Edit::SetInput { node: id.clone(), name: name.clone(), wire: None, at: None });
        let param = given.then(|| Edit::SetParam { node: id.clone(), name: name.clone(), value: None, at: None });
        Edit::Compound(wire.into_iter().chain(param).collect())
    });
    Both { inside: Edit::Compound(edits), around }
}

/// Returns the edits that give an input another name.
pub fn rename_input(from: &str, to: &str, around: Option<(&GraphDoc, &str)>) -> Both {
    let inside = Edit::RenameGraphInput { from: from.to_owned(), to: to.to_owned() };
    let around = around.and_then(|(outer, id)| {
        let node = outer.nodes.get(id)?;
        let mut edits = Vec::new();
        if let Some((at, _, wire)) = node.inputs.get_full(from) {
            let set =
                |name: &str, wire| Edit::SetInput { node: id.to_owned(), name: name.to_owned(), wire, at: Some(at) };
            edits.extend([set(from, None), set(to, Some(wire.value.clone()))]);
        }
        if node.params.contains_key(from) {
            edits.push(Edit::RenameParam { node: id.to_owned(), from: from.to_owned(), to: to.to_owned() });
        }
        Some(Edit::Compound(edits))
    });
    Both { inside, around }
}

/// Returns the edits that take an output away, with the wires that it feeds around a body.
pub fn remove_output(name: &str, around: Option<(&GraphDoc, &str)>) -> Both {
    let inside = Edit::SetOutput { name: name.to_owned(), from: None, at: None };
    let is_it = |reference: &Reference, id: &str| matches!(reference, Reference::Port { node, port } if node == id && port == name);
    let around = around.map(|(outer, id)| Edit::Compound(loosened(outer, |reference| is_it(reference, id))));
    Both { inside, around }
}

/// Returns the edits that give an output another name; around a body, wires follow.
pub fn rename_output(from: &str, to: &str, around: Option<(&GraphDoc, &str)>) -> Both {
    let inside = Edit::RenameOutput { from: from.to_owned(), to: to.to_owned() };
    let around = around.map(|(outer, id)| {
        Edit::Compound(redirected(outer, |reference| match reference {
            Reference::Port { node, port } if node == id && port == from => {
                Some(Reference::Port { node: node.clone(), port: to.to_owned() })
            }
            other => Some(other.clone()),
        }))
    });
    Both { inside, around }
}

/// Returns the edits that take away what comes from some references.
fn loosened(doc: &GraphDoc, is_it: impl Fn(&Reference) -> bool) -> Vec<Edit> {
    redirected(doc, |reference| (!is_it(reference)).then(|| reference.clone()))
}

/// Returns the edits that let wires and outputs come from elsewhere; `None` for what is to be taken away.
fn redirected(doc: &GraphDoc, to: impl Fn(&Reference) -> Option<Reference>) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (id, node) in &doc.nodes {
        for (name, wire) in &node.inputs {
            let new: Vec<_> = references(&wire.value).filter_map(&to).collect();
            if references(&wire.value).eq(&new) {
                continue;
            }
            let wire = match &wire.value {
                Wire::One(_) => new.into_iter().next().map(Wire::One),
                Wire::Many(_) if new.is_empty() => None,
                Wire::Many(_) => Some(Wire::Many(new.into_iter().map(Spanned::made).collect())),
            };
            edits.push(Edit::SetInput { node: id.clone(), name: name.clone(), wire, at: None });
        }
    }
    for (name, output) in &doc.outputs {
        let from = to(&output.value);
        if from.as_ref() != Some(&output.value) {
            edits.push(Edit::SetOutput { name: name.clone(), from, at: None });
        }
    }
    edits
}

#[cfg(test)]
mod tests {
    use super::*;
    use windlass_core::doc::edit::apply;
    use windlass_core::doc::{read, write_new};

    const GRAPH: &str = "\
windlass: 1
inputs: { size: { type: int } }
outputs: { all: l.n, s: $size }
nodes:
  a: { kind: k.a, inputs: { p: $size, q: [$size, l.n] } }
  l:
    kind: k.l
    inputs: { n: $size }
    body: { inputs: { n: { type: int } }, nodes: { b: { kind: k.b, inputs: { x: $n } } }, outputs: { n: b.y } }
";

    fn doc() -> GraphDoc {
        read("g", GRAPH.as_bytes(), None).doc.unwrap()
    }

    fn after(both: &Both) -> String {
        let mut graph = doc();
        let before = write_new(&graph);
        let edits = [both.inside.clone().within(&["l".to_owned()])].into_iter().chain(both.around.clone());
        let back = apply(&mut graph, &Edit::Compound(edits.collect())).unwrap();
        let text = write_new(&graph);
        apply(&mut graph, &back).unwrap();
        assert_eq!(write_new(&graph), before);
        text
    }

    #[test]
    fn an_input_goes_with_its_wires() {
        let mut graph = doc();
        apply(&mut graph, &remove_input(&doc(), "size", None).inside).unwrap();
        assert!(!write_new(&graph).contains("size"));
        assert!(write_new(&graph).contains("q: [l.n]"), "the other members of a list stay");
    }

    #[test]
    fn what_is_renamed_in_a_body_is_followed_around_it() {
        let outer = doc();
        let text = after(&rename_input("n", "m", Some((&outer, "l"))));
        assert!(text.contains("inputs: { m: $size }") && text.contains("x: $m"), "{text}");
        let text = after(&rename_output("n", "m", Some((&outer, "l"))));
        assert!(text.contains("all: l.m") && text.contains("q: [$size, l.m]"), "{text}");
        let text = after(&remove_output("n", Some((&outer, "l"))));
        assert!(!text.contains("l.n") && text.contains("q: [$size]"), "{text}");
    }
}
