//! Documents without sense: whatever a graph says, it gives problems or a plan, and never a panic.

use std::path::Path;

use proptest::prelude::*;
use windlass_core::doc;
use windlass_core::plan::{Mode, Plan, Request, compile, print};
use windlass_core::problem::Severity;

use super::pack;
use super::support::Files;

/// Kinds with the names that their inputs may have.
const KINDS: [(&str, &[&str]); 16] = [
    ("t.files", &["folder"]),
    ("t.numbers", &["count"]),
    ("t.open", &["file"]),
    ("t.resize", &["image", "width"]),
    ("t.cut", &["image"]),
    ("t.blend", &["one", "other"]),
    ("t.sheet", &["images"]),
    ("t.save", &["image", "path"]),
    ("t.each", &["list"]),
    ("t.gather", &["items"]),
    ("t.merge", &["items"]),
    ("t.if", &["item", "test"]),
    ("t.add", &["a", "b"]),
    ("t.say", &["text", "extra"]),
    ("t.nothing", &["a"]),
    ("t.tally", &["value", "a"]),
];
const PORTS: [&str; 11] =
    ["pair", "file", "image", "number", "count", "tile", "list", "item", "sum", "error", "nothing"];
const VALUES: [&str; 8] = ["3", "-1", "text", "[1, 2]", "{ env: X }", "'out/{stem}-{a}.png'", "true", "null"];
const POLICIES: [&str; 6] = ["{}", "{}", "{}", "{ bypass: true }", "{ mute: true, window: 1 }", "{ retries: 2 }"];

/// What feeds one input: a port of a node, the graph input, a constant, or nothing.
#[derive(Clone, Debug)]
enum Fed {
    Wire(usize, usize),
    Input,
    Constant(usize),
    Nothing,
}

fn fed() -> impl Strategy<Value = Fed> {
    prop_oneof![
        6 => (0..8_usize, 0..PORTS.len()).prop_map(|(node, port)| Fed::Wire(node, port)),
        1 => Just(Fed::Input),
        2 => (0..VALUES.len()).prop_map(Fed::Constant),
        2 => Just(Fed::Nothing),
    ]
}

/// A node: its kind, what feeds its inputs, its policy.
type Shape = (usize, [Fed; 2], usize);

fn shape() -> impl Strategy<Value = Shape> {
    (0..KINDS.len(), [fed(), fed()], 0..POLICIES.len())
}

fn yaml(shapes: &[Shape]) -> String {
    let mut text = "windlass: 1\ninputs: { size: { type: int, default: 3 } }\nnodes:\n".to_owned();
    for (at, (kind, feeds, policy)) in shapes.iter().enumerate() {
        let (name, ports) = KINDS[*kind];
        let (mut wires, mut constants) = (Vec::new(), Vec::new());
        for (port, fed) in ports.iter().zip(feeds) {
            match fed {
                Fed::Wire(node, from) => wires.push(format!("{port}: n{node}.{}", PORTS[*from])),
                Fed::Input => wires.push(format!("{port}: $size")),
                Fed::Constant(value) => constants.push(format!("{port}: {}", VALUES[*value])),
                Fed::Nothing => {}
            }
        }
        let (wires, constants, policy) = (wires.join(", "), constants.join(", "), POLICIES[*policy]);
        text += &format!(
            "  n{at}: {{ kind: {name}, inputs: {{ {wires} }}, params: {{ {constants} }}, policy: {policy} }}\n"
        );
    }
    text
}

/// What holds for every plan.
fn assert_sound(plan: &Plan) {
    for (at, step) in plan.steps.iter().enumerate() {
        assert!(step.inputs.iter().all(|input| input.from < at), "{} comes before what feeds it", step.name);
        assert!(step.scope.iter().all(|split| plan.steps[*split].spec.opens_scope()));
        for input in &step.inputs {
            let inside = input.scope.len() - usize::from(input.collect);
            assert!(step.scope.starts_with(&input.scope[..inside]), "{} is off its line", step.name);
        }
        assert_eq!(step.output_types.len(), step.spec.outputs.len());
    }
    assert_eq!(plan.dag.node_count(), plan.steps.len());
    assert_eq!(plan.dag.edge_count(), plan.steps.iter().map(|step| step.inputs.len()).sum::<usize>());
    assert!(!petgraph_is_cyclic(plan));
    for text in [print::text(plan), print::dot(plan), print::mermaid(plan), print::json(plan)] {
        assert!(plan.steps.iter().all(|step| text.contains(&step.name)));
    }
}

/// Each step comes after what feeds it, so an edge backwards is the only way to a cycle.
fn petgraph_is_cyclic(plan: &Plan) -> bool {
    plan.dag.raw_edges().iter().any(|edge| edge.source() >= edge.target())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_graph_gives_problems_or_a_sound_plan(shapes in prop::collection::vec(shape(), 0..8)) {
        let text = yaml(&shapes);
        let read = doc::read("random.yaml", text.as_bytes(), Some(Path::new("/random.yaml")));
        let graph = read.doc.expect("the generator writes what can be read");
        let registry = pack::registry();
        let files = Files::default();
        for mode in [Mode::Check, Mode::Run] {
            let compiled = compile(&Request { mode, ..Request::new(&graph, &registry, &files) });
            let errors = compiled.problems.iter().any(|problem| problem.severity == Severity::Error);
            prop_assert!(errors == compiled.plan.is_none() || !read.problems.is_empty(), "{text}");
            compiled.plan.iter().for_each(assert_sound);
        }
    }

    #[test]
    fn any_text_can_be_compiled(text in "(windlass: 1\n)?(nodes:\n)?[a-z:{}\\[\\]$. ,\n-]{0,80}") {
        let read = doc::read("random.yaml", text.as_bytes(), None);
        let registry = pack::registry();
        if let Some(graph) = &read.doc {
            let compiled = compile(&Request::new(graph, &registry, &Files::default()));
            compiled.plan.iter().for_each(assert_sound);
        }
    }
}
