//! Rows of a table as the expression language sees them.

use windlass_core::expr::Expr;
use windlass_core::prelude::*;
use windlass_core::problem::nearest;
use windlass_core::value::{Cells, Column};

/// The names that an expression sees beside the columns.
const OWN: [&str; 3] = ["row", "index", "given"];

/// Returns the value of a cell; an empty one is absent.
pub(crate) fn value(cells: &Cells, row: usize) -> Value {
    match cells {
        Cells::Bool(cells) => cells[row].map_or(Value::Absent, Value::Bool),
        Cells::Int(cells) => cells[row].map_or(Value::Absent, Value::Int),
        Cells::Float(cells) => cells[row].map_or(Value::Absent, Value::Float),
        Cells::Text(cells) => cells[row].clone().map_or(Value::Absent, Value::Text),
        Cells::Json(cells) => cells[row].as_ref().map_or(Value::Absent, Value::from_constant),
    }
}

/// Refuses an expression that names what is neither a column nor known in every row.
pub(crate) fn check(expr: &Expr, columns: &[Column]) -> Result<(), NodeError> {
    let known = |name: &str| OWN.contains(&name) || columns.iter().any(|column| &*column.name == name);
    let Some(unknown) = expr.names().iter().find(|name| !known(name)) else { return Ok(()) };
    let error =
        NodeError::new(format!("the expression names `{unknown}`, and the table has no such column")).permanent();
    let near = nearest(unknown, columns.iter().map(|column| &*column.name));
    Err(error.hint(match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "it sees the columns by name, `row`, `index` and `given`; odd names are written `row[\"unit price\"]`"
            .into(),
    }))
}

/// Fills a bag with what an expression uses of a row.
pub(crate) fn scene(expr: &Expr, columns: &[Column], row: usize, given: &Value) -> Bag {
    let mut bag = Bag::new();
    for name in expr.names() {
        let value = match columns.iter().find(|column| *column.name == **name) {
            Some(column) => value(&column.cells, row),
            None if name == "index" => Value::Int(i64::try_from(row).unwrap_or(i64::MAX)),
            None if name == "given" => given.clone(),
            None => whole(columns, row),
        };
        bag.set(name.as_str(), value);
    }
    bag
}

fn whole(columns: &[Column], row: usize) -> Value {
    let fields = columns.iter().map(|column| (column.name.to_string(), column.cells.json(row)));
    Value::Json(Arc::new(fields.collect::<serde_json::Map<_, _>>().into()))
}

/// Says in which row an expression failed.
pub(crate) fn within(row: usize, error: NodeError) -> NodeError {
    error.within(format!("row {row}")).permanent()
}

/// Compiles the expression of a static parameter.
pub(crate) fn compile(text: &str, param: &str) -> Result<Expr, NodeError> {
    Expr::compile(text).map_err(|error| error.within(format!("parameter `{param}`")))
}
