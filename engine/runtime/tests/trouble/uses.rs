//! Graphs that are used as nodes: inside of scopes, inside of bodies, with groups that they close at several levels.

use std::collections::HashMap;
use std::path::Path;

use windlass_core::doc::Loader;
use windlass_core::event::{Outcome, RunState, What};
use windlass_core::json;

use crate::bench::{Seen, assert_sums, engine, options, plan_among, step};

/// Graphs by the name of their file.
struct Graphs(HashMap<&'static str, &'static str>);

impl Loader for Graphs {
    fn load(&self, path: &Path) -> Result<Vec<u8>, String> {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        self.0.get(name).map(|text| format!("windlass: 1\n{text}").into_bytes()).ok_or_else(|| "no such file".into())
    }
}

/// Splits a list, and drops what is odd.
const EVEN: &str = "inputs: { list: { type: list<int> } }
outputs: { each: even.value }
nodes:
  each: { kind: flow.each, inputs: { values: $list } }
  even: { kind: flow.filter, params: { where: value % 2 == 0 }, inputs: { value: each.value } }
";

/// Takes a group of groups as a list of lists.
const LISTS: &str = "inputs: { all: { type: list<int> } }
outputs: { lists: all.values }
nodes:
  all: { kind: flow.collect, inputs: { values: $all } }
";

/// Gives the first of two that is there.
const OR: &str = "inputs: { value: { type: int }, other: { type: int, default: -1 } }
outputs: { value: first.value }
nodes:
  odd: { kind: flow.filter, params: { where: value % 2 == 1 }, inputs: { value: $value } }
  first: { kind: flow.merge, inputs: { values: [odd.value, $other] } }
";

/// Adds what is left of a split list to a number.
const GROW: &str = "inputs: { n: { type: int } }
outputs: { n: next.out }
nodes:
  two: { kind: flow.constant, params: { value: [2, 3, 4] } }
  even: { uses: ./even.yaml, inputs: { list: two.value } }
  next: { kind: fault.gather, inputs: { values: even.each, beside: $n } }
";

/// Runs a graph; returns how it ended, and the values of its outputs.
fn run(nodes: &str) -> (RunState, Vec<(String, serde_json::Value)>) {
    let files = [("even.yaml", EVEN), ("lists.yaml", LISTS), ("or.yaml", OR), ("grow.yaml", GROW)];
    let plan = plan_among(nodes, [windlass_flow::pack()], &Graphs(HashMap::from(files)));
    let (engine, seen) = (engine(), Seen::default());
    let state = engine.start(plan, options(&seen)).unwrap().wait();
    assert_eq!(state.ended, Some((Outcome::Finished, None)));
    assert_sums(&state);
    let outputs = seen.events().into_iter().filter_map(|event| match event.what {
        What::Output { key, value, .. } => Some((key, value)),
        _ => None,
    });
    let mut outputs: Vec<_> = outputs.collect();
    outputs.sort_by(|one, other| one.0.cmp(&other.0));
    (state, outputs)
}

const ROWS: &str = "  rows: { kind: flow.constant, params: { value: [[1, 2, 3, 4], [5], [6, 8]] } }
  row: { kind: flow.each, inputs: { values: rows.value } }
  even: { uses: ./even.yaml, inputs: { list: row.value }";

#[test]
fn a_source_of_a_used_graph_that_is_fed_is_a_split_and_its_output_many() {
    let (state, outputs) = run(&format!("outputs: {{ each: even.each }}\nnodes:\n{ROWS} }}\n"));
    let expected = [("0/1", 2), ("0/3", 4), ("2/0", 6), ("2/1", 8)].map(|(key, value)| (key.into(), json!(value)));
    assert_eq!(outputs, expected);
    assert_eq!((step(&state, "even/each").groups, step(&state, "even/even").skipped), (3, 3));
}

#[test]
fn two_levels_of_groups_become_a_list_of_lists() {
    let nodes = format!(
        "outputs: {{ lists: lists.lists }}\nnodes:\n{ROWS} }}\n  lists: {{ uses: ./lists.yaml, inputs: {{ all: even.each }} }}\n"
    );
    let (state, outputs) = run(&nodes);
    assert_eq!(outputs, [(String::new(), json!([[2, 4], [], [6, 8]]))]);
    assert_eq!(step(&state, "lists/all").admitted, 1);
    assert_eq!(step(&state, "lists/all.values (list)").admitted, 3);
}

#[test]
fn a_graph_input_stands_among_wires_in_one_port() {
    let nodes = "outputs: { value: or.value }
nodes:
  rows: { kind: flow.constant, params: { value: [1, 2, 3] } }
  row: { kind: flow.each, inputs: { values: rows.value } }
  or: { uses: ./or.yaml, inputs: { value: row.value } }
";
    let (_, outputs) = run(nodes);
    let values: Vec<_> = outputs.into_iter().map(|(_, value)| value).collect();
    assert_eq!(values, [json!(1), json!(-1), json!(3)]);
}

#[test]
fn a_graph_is_muted_with_all_its_nodes() {
    let nodes = format!(
        "outputs: {{ lists: lists.lists }}\nnodes:\n{ROWS}, policy: {{ mute: true }} }}\n  lists: {{ uses: ./lists.yaml, inputs: {{ all: even.each }} }}\n"
    );
    let (state, outputs) = run(&nodes);
    assert_eq!(outputs, [(String::new(), json!([]))], "what was skipped is left out, as if it had been filtered");
    assert_eq!(["even/each", "lists/all.values (list)"].map(|name| step(&state, name).skipped), [3, 3]);
}

#[test]
fn a_graph_is_used_in_each_round_of_a_body() {
    let nodes = "outputs: { n: go.n }
nodes:
  rows: { kind: flow.constant, params: { value: [10, 20] } }
  row: { kind: flow.each, inputs: { values: rows.value } }
  go: { kind: flow.repeat, params: { max: 3 }, inputs: { n: row.value }, body: ./grow.yaml }
";
    let (state, outputs) = run(nodes);
    assert_eq!(outputs.len(), 2);
    assert_eq!(step(&state, "go/next").emitted, 6, "each of two items has three rounds");
    assert_eq!(step(&state, "go/even/each").groups, 1, "what no round feeds runs once");
}
