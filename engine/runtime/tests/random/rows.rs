//! Batches and sweeps over random graphs: parameters that a run sets to several values, one after the other.

use windlass_core::doc::{Body, GraphDoc, NodeDoc};
use windlass_core::plan::{Given, Row, Rows};
use windlass_core::value::Value;

use crate::dice::Dice;

/// Parameters of the fault kit that may be any small number.
const PARAMS: [&str; 5] = ["salt", "drop", "count", "refuse", "fail_at"];

/// Returns the rows that a graph runs under; most run under none.
pub fn rows(doc: &GraphDoc) -> Vec<Rows> {
    let mut dice = Dice::new(doc.seed ^ 0x5EED);
    if !dice.percent(40) {
        return Vec::new();
    }
    let mut columns = columns(doc, "");
    let mut all = Vec::new();
    for _ in 0..dice.within(1, 2).min(columns.len()) {
        let column = columns.swap_remove(dice.below(columns.len()));
        let values = (0..dice.within(1, 3)).map(|_| dice.within(1, 4));
        let row = |(at, value): (usize, usize)| Row {
            name: format!("{at}-{value}"),
            values: vec![Given::Value(Value::Int(value as i64))],
            place: None,
        };
        all.push(Rows {
            name: format!("--sweep {column}"),
            columns: vec![column],
            rows: values.enumerate().map(row).collect(),
            folder: "/".into(),
        });
    }
    all
}

/// Returns the parameters that may vary, also those inside of bodies.
fn columns(doc: &GraphDoc, prefix: &str) -> Vec<String> {
    let of_node = |(id, node): (&String, &NodeDoc)| {
        let set = node.params.keys().filter(|param| PARAMS.contains(&param.as_str()));
        let own = set.map(|param| format!("{prefix}{id}.{param}"));
        let inside = match node.body.as_ref().map(|body| &body.value) {
            Some(Body::Here(body)) => columns(body, &format!("{prefix}{id}/")),
            _ => Vec::new(),
        };
        own.chain(inside).collect::<Vec<_>>()
    };
    doc.nodes.iter().flat_map(of_node).collect()
}
