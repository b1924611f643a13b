//! Wires between nodes of ComfyUI, by number, with the points that they go through; values that only a wire can bring.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Value, json};
use windlass_core::doc::{GraphDoc, NodeDoc, Reference, Wire};

use crate::Definitions;
use crate::names::ports_of;

/// The wires of a workflow in the making.
pub struct Wires {
    /// Numbers of nodes, by their ids in the graph.
    numbers: BTreeMap<String, u64>,
    last: u64,
    /// The outputs of each node: port and type.
    outputs: HashMap<String, Vec<(String, String)>>,
    links: Vec<Value>,
    /// Links by the number of the node and the place of the input that they end at.
    into: HashMap<(u64, usize), u64>,
    /// Links by the node and the number of the output that they begin at.
    from: BTreeMap<(String, usize), Vec<usize>>,
    points: Vec<Value>,
    extensions: Vec<Value>,
    primitives: Vec<Value>,
    /// The ways of wires: by their end, the points.
    ways: HashMap<(String, String), Vec<[f64; 2]>>,
}

impl Wires {
    /// Numbers the nodes and the wires between them.
    pub fn of(nodes: &[(&str, &NodeDoc, String)], graph: &GraphDoc, definitions: &Definitions) -> Self {
        let outputs = nodes.iter().filter_map(|(id, _, class)| {
            let outputs = &definitions.get(class)?.outputs;
            let types = outputs.iter().map(|output| output.ty.clone());
            Some(((*id).to_owned(), ports_of(outputs).into_iter().zip(types).collect()))
        });
        let numbers = numbers(nodes);
        let way =
            |route: &windlass_core::doc::Route| ((route.to.node.clone(), route.to.port.clone()), route.through.clone());
        let mut wires = Self {
            last: numbers.values().copied().max().unwrap_or_default(),
            numbers,
            outputs: outputs.collect(),
            links: Vec::new(),
            into: HashMap::new(),
            from: BTreeMap::new(),
            points: Vec::new(),
            extensions: Vec::new(),
            primitives: Vec::new(),
            ways: graph.layout.routes.iter().map(way).collect(),
        };
        // Outputs name their links, so that all links are known before the first node is written.
        wires.reserve(nodes, definitions);
        wires
    }

    fn reserve(&mut self, nodes: &[(&str, &NodeDoc, String)], definitions: &Definitions) {
        for (id, node, class) in nodes {
            let Some(definition) = definitions.get(class) else { continue };
            let names = super::node::slots(node, class, definition);
            for (slot, (name, _)) in names.iter().enumerate() {
                if let Some((from, output, ty)) = self.source(node, name) {
                    self.link((&from, output), (id, name, slot), &ty);
                }
            }
        }
    }

    /// Returns the output that feeds an input of a node, and its type.
    fn source(&self, node: &NodeDoc, input: &str) -> Option<(String, usize, String)> {
        let Wire::One(Reference::Port { node: from, port }) = &node.inputs.get(input)?.value else { return None };
        let outputs = self.outputs.get(from)?;
        let place = outputs.iter().position(|(name, _)| name == port)?;
        Some((from.clone(), place, outputs[place].1.clone()))
    }

    fn link(&mut self, (from, output): (&str, usize), (to, input, slot): (&str, &str, usize), ty: &str) {
        let number = self.links.len() + 1;
        self.links.push(json!([number, self.number(from), output, self.number(to), slot, ty]));
        self.into.insert((self.number(to), slot), number as u64);
        self.from.entry((from.to_owned(), output)).or_default().push(number);
        let mut before = None;
        for point in self.ways.get(&(to.to_owned(), input.to_owned())).cloned().unwrap_or_default() {
            let id = self.points.len() + 1;
            let mut reroute = json!({ "id": id, "pos": point, "linkIds": [number] });
            if let Some(before) = before {
                reroute["parentId"] = json!(before);
            }
            self.points.push(reroute);
            before = Some(id);
        }
        self.extensions.extend(before.map(|last| json!({ "id": number, "parentId": last })));
    }

    /// Returns the number of a node.
    pub fn number(&self, id: &str) -> u64 {
        self.numbers.get(id).copied().unwrap_or_default()
    }

    /// Returns the link into an input, by the number of the node and of the input.
    pub fn link_into(&self, node: u64, slot: usize) -> Option<u64> {
        self.into.get(&(node, slot)).copied()
    }

    /// Returns the links from an output.
    pub fn out_of(&self, node: &str, output: usize) -> Vec<usize> {
        self.from.get(&(node.to_owned(), output)).cloned().unwrap_or_default()
    }

    /// Feeds an input with a value, by a node that does nothing else; returns the link.
    pub fn primitive(&mut self, value: &Value, (to, slot): (u64, usize), ty: &str, at: [f64; 2]) -> u64 {
        let (id, number) = (self.next_id(), self.links.len() + 1);
        self.links.push(json!([number, id, 0, to, slot, ty]));
        self.primitives.push(json!({ "id": id, "type": "PrimitiveNode", "pos": [at[0] - 240.0, at[1]], "size": [210, 82], "flags": {},
            "order": 0, "mode": 0, "inputs": [], "outputs": [{ "name": ty, "type": ty, "links": [number] }], "properties": {},
            "widgets_values": [value, "fixed"] }));
        number as u64
    }

    /// Returns the nodes that do nothing but give a value.
    pub fn take_primitives(&mut self) -> Vec<Value> {
        std::mem::take(&mut self.primitives)
    }

    /// Returns a number that no node has yet.
    pub fn next_id(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    /// Returns the largest number of a node.
    pub fn last_id(&self) -> u64 {
        self.last
    }

    /// Returns all links.
    pub fn links(&self) -> &[Value] {
        &self.links
    }

    /// Returns the points that links go through, and which link goes through which last.
    pub fn points(&self) -> (&[Value], &[Value]) {
        (&self.points, &self.extensions)
    }
}

/// Returns a number for each node: that at the end of its id, where no other node has it.
fn numbers(nodes: &[(&str, &NodeDoc, String)]) -> BTreeMap<String, u64> {
    let own = |id: &str| {
        let number = id.split_once('-')?.1.parse::<u32>().ok()?;
        (number > 0).then_some(u64::from(number))
    };
    let (mut numbers, mut taken) = (BTreeMap::new(), BTreeSet::new());
    for (id, _, _) in nodes {
        if let Some(number) = own(id).filter(|number| taken.insert(*number)) {
            numbers.insert((*id).to_owned(), number);
        }
    }
    let mut next = taken.last().copied().unwrap_or_default();
    for (id, _, _) in nodes {
        numbers.entry((*id).to_owned()).or_insert_with(|| {
            next += 1;
            next
        });
    }
    numbers
}
