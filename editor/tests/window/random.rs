//! Random sequences of edits and undos end where they began.

use windlass_core::doc::edit::Edit;
use windlass_core::doc::{NodeDoc, write_new};
use windlass_editor::Document;

use super::GRAPH;

/// How many steps a sequence has.
const STEPS: usize = 10_000;

/// A generator of numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit.max(1)
    }
}

fn edit(dice: &mut Dice, document: &Document) -> Edit {
    let ids: Vec<_> = document.doc().nodes.keys().cloned().collect();
    let some = |dice: &mut Dice| ids.get(dice.below(ids.len())).cloned().unwrap_or_else(|| "find".into());
    match dice.below(7) {
        0 => Edit::AddNode {
            id: format!("n{}", dice.below(40)),
            node: Box::new(NodeDoc::of_kind("image.resize")),
            at: None,
        },
        1 => Edit::RemoveNode { id: some(dice) },
        2 => Edit::RenameNode { from: some(dice), to: format!("n{}", dice.below(40)) },
        3 => Edit::MoveNode { node: some(dice), to: Some([dice.below(900) as f64, dice.below(900) as f64]) },
        4 => {
            let from = format!("{}.image", some(dice)).parse().unwrap();
            Edit::connect(document.doc(), &some(dice), "image", from)
        }
        5 => {
            let value = Some(dice.below(500).into());
            Edit::SetParam { node: some(dice), name: "width".into(), value, at: None }
        }
        _ => Edit::SetTitle { node: some(dice), title: Some(format!("t{}", dice.below(9))) },
    }
}

#[test]
fn ten_thousand_edits_and_undos_end_where_they_began() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("graph.yaml");
    for seed in 0..3 {
        let mut document = Document::of_bytes(GRAPH.as_bytes(), &path).unwrap();
        let began = write_new(document.doc());
        let mut dice = Dice(seed);
        for step in 0..STEPS {
            match dice.below(5) {
                0 => drop(document.undo()),
                1 => drop(document.redo()),
                _ => {
                    let edit = edit(&mut dice, &document);
                    let thread = (dice.below(3) == 0).then_some("t");
                    // Edits that do not fit are refused, and leave the document as it was.
                    drop(document.change(&format!("step {step}"), &edit, thread));
                }
            }
        }
        while document.undo().is_some() {}
        assert_eq!(write_new(document.doc()), began, "seed {seed}");
        assert!(!document.is_changed());
        assert_eq!(document.text().unwrap().text(), GRAPH, "seed {seed}: the bytes are those of the file");
    }
}
