//! Gives the rows of a table as items.

use serde_json::Value as Json;
use windlass_core::prelude::*;

use crate::key::Keys;
use crate::read::Row;
use crate::shared::columns::find;

/// What the items are called.
#[derive(Params)]
pub struct Settings {
    /// The column that names each row; names must differ. Without it a row is named by its index.
    #[param(default = null)]
    key: Option<String>,
}

/// The table.
#[derive(Inputs)]
pub struct In {
    /// The table.
    table: Arc<Table>,
}

/// One row.
#[derive(Outputs)]
pub struct One {
    /// The row: an object with a field for each column; empty cells are null.
    row: Json,
    /// Its place among the rows, counted from 0.
    index: usize,
}

/// The rows.
#[derive(Outputs)]
pub struct Out {
    /// The rows.
    #[children]
    rows: Children<One>,
}

/// `table.to_items`
pub struct ToItems;

impl Node for ToItems {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "table.to_items",
            "Table to items",
            "Gives one item for each row of a table, in order; with a key column, items keep their names when rows are \
             added or sorted. Rows are made one by one, as they are taken.",
        )
        .search(&["rows", "split", "records", "each"])
        .split(true)
        .example(EXAMPLE)
        .sample(Sample::new().input("table", Value::Table(Arc::default())))
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, _: &Ctx) -> Result<Out, NodeError> {
        let table = inputs.table;
        let rows = 0..table.rows();
        let rows = match params.key {
            None => Children::indexed(rows.map(move |index| Ok(One { row: table.row(index).into(), index }))),
            Some(column) => {
                find(&table, &column)?;
                let mut keys = Keys::new(column);
                Children::named(rows.map(move |index| {
                    let row = Row { what: "row", line: index as u64, fields: table.row(index) };
                    Ok((keys.name(&row)?, One { row: row.fields.into(), index }))
                }))
            }
        };
        Ok(Out { rows })
    }
}

const EXAMPLE: &str = r#"
open:
  kind: files.open
  params: { path: samples/customers.csv }
table:
  kind: table.open
  inputs: { file: open.file }
rows:
  kind: table.to_items
  params: { key: number }
  inputs: { table: table.table }
line:
  kind: text.template
  params: { template: "{{ row.name }} lives in {{ row.city }}." }
  inputs: { row: rows.row }
"#;

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use windlass_core::harness::{Harness, ctx};
    use windlass_core::json;
    use windlass_core::node::Emission;

    use super::*;
    use crate::shared::specimen::{cause, table};

    fn bench() -> Harness {
        let table = table(&[("id", &["7", "8"]), ("x", &["a", ""])]);
        Harness::of::<ToItems>().input("table", Value::Table(table))
    }

    #[test]
    fn rows_are_items_with_names() {
        let gave = bench().fire().unwrap();
        assert_eq!(gave.children()[1].get("row"), Ok(json!({ "id": 8, "x": null })));
        assert_eq!((gave.children()[1].name(), gave.children()[1].get("index")), (None, Ok(1)));
        let gave = bench().param("key", "id").fire().unwrap();
        let names: Vec<_> = gave.children().iter().filter_map(|child| child.name()).collect();
        assert_eq!(names, ["7", "8"]);
    }

    #[test]
    fn keys_must_be_there_and_differ() {
        assert_eq!(cause(bench().param("key", "no")), "the table has no column `no`");
        assert_eq!(cause(bench().param("key", "x")), "row 1: the key column `x` is empty");
    }

    #[test]
    fn rows_are_made_one_by_one() {
        let texts: Vec<_> = (0..1000).map(|at| if at == 500 { String::new() } else { at.to_string() }).collect();
        let texts: Vec<_> = texts.iter().map(String::as_str).collect();
        let bench = Harness::of::<ToItems>().input("table", Value::Table(table(&[("id", &texts)]))).param("key", "id");
        assert_eq!(cause(bench), "row 500: the key column `id` is empty");
        let mut emission = Emission::default();
        let (params, inputs) = (Settings { key: Some("id".into()) }, In { table: table(&[("id", &texts)]) });
        let Poll::Ready(out) = pin!(ToItems.fire(params, inputs, &ctx())).poll(&mut Context::from_waker(Waker::noop()))
        else {
            panic!("nothing is waited for");
        };
        out.unwrap().emit(&mut emission);
        let mut children = emission.children.unwrap();
        assert!(children.by_ref().take(500).all(|child| child.is_ok()), "the wrong row is not made yet");
        assert!(children.next().unwrap().is_err());
    }
}
