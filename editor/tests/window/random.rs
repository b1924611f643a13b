//! Random sequences of edits and undos end where they began: nodes, wires and their ways, bodies, frames, groups that are
//! made and opened.

use std::collections::{BTreeSet, HashMap};

use windlass_core::doc::edit::Edit;
use windlass_core::doc::{Body, End, Frame, GraphDoc, NodeDoc, Note, Reference, Route, Runs, write_new};
use windlass_core::types::Type;
use windlass_editor::{Document, Group, group, ungroup};

/// How many steps a sequence has, unless `RANDOM_EDITS` says another number.
const STEPS: usize = 10_000;

/// A graph with a loop in it, of which everything is to be found again byte for byte.
const GRAPH: &str = "\
# A comment that stays.
windlass: 1
inputs: { size: { type: int, default: 4 } }   # one
outputs: { last: thumb.image }
nodes:
  find:
    kind: files.glob
    params: { folder: photos, pattern: \"*.png\" }   # and this one
  open: { kind: image.open, inputs: { file: find.file } }
  thumb:
    kind: image.resize
    params: { fit: 'contain' }
    inputs: { image: open.image, width: $size }
  loop:
    kind: flow.repeat
    inputs: { image: thumb.image }
    body:
      inputs: { image: { type: image } }   # what a round begins with
      nodes:
        find: { kind: image.resize, inputs: { image: $image } }
        inner:
          kind: flow.try
          inputs: { image: find.image }
          body: { inputs: { image: { type: image } }, nodes: { a: { kind: image.resize, inputs: { image: $image } } } }
      outputs: { image: find.image }
      layout: { nodes: { find: [0, 0] } }
layout:
  nodes: { find: [0, 0], open: [260, 0], thumb: [520, 0] }
  frames: [ { title: Reading, at: [-20, -40], size: [400, 160] } ]
  routes:
    - { from: open.image, to: thumb.image, through: [[470, 90]] }   # below
";

/// A generator of numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit.max(1)
    }

    fn pair(&mut self) -> [f64; 2] {
        [self.below(900) as f64, self.below(900) as f64]
    }
}

/// What makes the edits: numbers, and the graphs that groups became.
struct Maker {
    dice: Dice,
    files: HashMap<String, GraphDoc>,
}

impl Maker {
    /// Returns the next edit; it may be one that does not fit.
    fn edit(&mut self, doc: &GraphDoc) -> Edit {
        let bodies = doc.nodes.iter().filter_map(|(id, node)| match node.body.as_ref().map(|body| &body.value) {
            Some(Body::Here(body)) => Some((id, &**body)),
            _ => None,
        });
        let bodies: Vec<_> = bodies.collect();
        if !bodies.is_empty() && self.dice.below(3) == 0 {
            let (id, body) = bodies[self.dice.below(bodies.len())];
            return self.edit(body).within(std::slice::from_ref(id));
        }
        let ids: Vec<_> = doc.nodes.keys().cloned().collect();
        let dice = &mut self.dice;
        let some = |dice: &mut Dice| ids.get(dice.below(ids.len())).cloned().unwrap_or_else(|| "find".into());
        match dice.below(16) {
            0 | 1 => {
                let (id, node) = (format!("n{}", dice.below(40)), Box::new(NodeDoc::of_kind("image.resize")));
                Edit::AddNode { id, node, at: None }
            }
            2 => Edit::RemoveNode { id: some(dice) },
            3 => Edit::RenameNode { from: some(dice), to: format!("n{}", dice.below(40)) },
            4 => Edit::MoveNode { node: some(dice), to: Some(dice.pair()) },
            5 | 6 => {
                let from = format!("{}.image", some(dice)).parse().unwrap();
                Edit::connect(doc, &some(dice), "image", from)
            }
            7 => {
                Edit::SetParam { node: some(dice), name: "width".into(), value: Some(dice.below(500).into()), at: None }
            }
            8 => Edit::SetTitle { node: some(dice), title: Some(format!("t{}", dice.below(9))) },
            9 => Edit::SetBody { node: some(dice), body: Some(Body::Here(Box::default())) },
            10 => Edit::SetFrames((0..dice.below(3)).map(|_| frame(dice)).collect()),
            11 => Edit::SetNotes((0..dice.below(3)).map(|_| Note { at: dice.pair(), text: "n".into() }).collect()),
            12 => Edit::SetRoutes((0..dice.below(3)).map(|_| route((some(dice), some(dice)), dice.pair())).collect()),
            13 => Edit::RenameGraphInput { from: "size".into(), to: format!("i{}", dice.below(3)) },
            14 => self.group(doc, &ids).unwrap_or_else(|| Edit::SetSeed(0)),
            _ => self.ungroup(doc).unwrap_or_else(|| Edit::SetFrames(Vec::new())),
        }
    }

    fn group(&mut self, doc: &GraphDoc, ids: &[String]) -> Option<Edit> {
        let chosen: BTreeSet<_> = ids.iter().filter(|_| self.dice.below(3) == 0).take(4).cloned().collect();
        let file = format!("./g{}.yaml", self.files.len());
        let id = format!("g{}", self.dice.below(1_000));
        let place = |id: &str| doc.layout.nodes.get(id).copied().unwrap_or_default();
        let type_of = |_: &Reference| Type::Image;
        let of = Group { ids: &chosen, id: &id, file: &file, place: &place, type_of: &type_of };
        let (graph, edit) = group(doc, &of).ok().filter(|_| !chosen.is_empty())?;
        self.files.insert(file, graph);
        Some(edit)
    }

    fn ungroup(&mut self, doc: &GraphDoc) -> Option<Edit> {
        let groups = doc.nodes.iter().filter_map(|(id, node)| match &node.runs.value {
            Runs::Graph(file) => Some((id, self.files.get(file)?)),
            Runs::Kind(_) => None,
        });
        let groups: Vec<_> = groups.collect();
        let (id, graph) = groups.get(self.dice.below(groups.len()))?;
        let place = |id: &str| graph.layout.nodes.get(id).copied().unwrap_or_default();
        ungroup(doc, id, graph, ([10.0, 10.0], &place)).ok().map(|(edit, _)| edit)
    }
}

fn frame(dice: &mut Dice) -> Frame {
    Frame { title: "f".into(), at: dice.pair(), size: dice.pair() }
}

fn route((from, to): (String, String), at: [f64; 2]) -> Route {
    let end = |node| End { node, port: "image".into() };
    Route { from: end(from), to: end(to), through: vec![at] }
}

#[test]
fn random_edits_and_undos_end_where_they_began() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("graph.yaml");
    let steps = std::env::var("RANDOM_EDITS").map_or(STEPS, |number| number.parse().unwrap());
    for seed in 0..3 {
        let mut document = Document::of_bytes(GRAPH.as_bytes(), &path).unwrap();
        let began = write_new(document.doc());
        let mut maker = Maker { dice: Dice(seed), files: HashMap::new() };
        let (mut made, mut refused, mut grouped) = (0, 0, 0);
        for step in 0..steps {
            match maker.dice.below(5) {
                0 => drop(document.undo()),
                1 => drop(document.redo()),
                _ => {
                    let (doc, files) = (document.doc().clone(), maker.files.len());
                    let edit = maker.edit(&doc);
                    let thread = (maker.dice.below(3) == 0).then_some("t");
                    // Edits that do not fit are refused, and leave the document as it was.
                    match document.change(&format!("step {step}"), &edit, thread) {
                        Ok(()) => (made, grouped) = (made + 1, grouped + maker.files.len() - files),
                        Err(_) => {
                            refused += 1;
                            assert!(**document.doc() == *doc, "seed {seed}: {edit:?}");
                        }
                    }
                }
            }
        }
        assert!(made > refused && grouped > steps / 200, "{made} made, {refused} refused, {grouped} groups");
        while document.undo().is_some() {}
        assert_eq!(write_new(document.doc()), began, "seed {seed}");
        assert!(!document.is_changed());
        assert_eq!(document.text().unwrap().text(), GRAPH, "seed {seed}: the bytes are those of the file");
    }
}
