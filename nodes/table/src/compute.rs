//! Adds columns that are computed of the others.

use serde_json::Value as Json;
use windlass_core::expr::Expr;
use windlass_core::prelude::*;
use windlass_core::value::{Cells, Column};

use crate::shared::bound::{Bound, MAX_BYTES, MAX_ROWS, Picking, check_columns, json_bytes};
use crate::shared::columns::{self, pairs};
use crate::shared::rows::{check, compile, scene, within};

/// What is computed.
#[derive(Params)]
pub struct Settings {
    /// An expression for each new column: `{ total: "price * count", cheap: "total < 10" }`. It sees the columns by name,
    /// also those before it here, `row` (all of them: `row["unit price"]`), `index` (from 0) and `given`. An empty cell is
    /// `none`. A column that is there already is replaced.
    #[param(static, default = {})]
    columns: Json,
    /// What the expressions see as `given`; it may be wired.
    #[param(default = null)]
    given: Json,
}

/// The table.
#[derive(Inputs)]
pub struct In {
    /// The table.
    table: Arc<Table>,
}

/// The table.
#[derive(Outputs)]
pub struct Out {
    /// The table with the new columns behind the others.
    table: Arc<Table>,
}

const BOUND: Bound = Bound {
    rows: MAX_ROWS,
    bytes: MAX_BYTES,
    hint: "compute fewer columns or shorter cells, or take the rows as items",
};

/// `table.compute`
pub struct Compute(Vec<(String, Expr)>);

impl Node for Compute {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "table.compute",
            "Compute columns",
            "Adds columns to a table, each by an expression over the row. A column has the narrowest type that holds \
             all its cells. A row for which an expression cannot be computed fails the item. The new cells may take at \
             most 4 GiB of memory.",
        )
        .search(&["formula", "expression", "new column", "mutate", "assign", "calculate"])
        .cpu()
        .example(EXAMPLE)
        .sample(Sample::new().input("table", Value::Table(Arc::default())))
    }

    fn open(statics: &Statics) -> Result<Self, NodeError> {
        let columns = statics.get("columns").map_or_else(|| Ok(Vec::new()), |json| pairs(json, "columns"))?;
        check_columns(columns.len())?;
        let compiled = columns.into_iter().map(|(name, text)| {
            let expr = compile(&text, "columns").map_err(|error| error.within(format!("column `{name}`")))?;
            Ok((name, expr))
        });
        compiled.collect::<Result<_, NodeError>>().map(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        self.computed(&inputs.table, &Value::from_constant(&params.given), BOUND, ctx)
    }
}

impl Compute {
    fn computed(&self, table: &Table, given: &Value, bound: Bound, ctx: &Ctx) -> Result<Out, NodeError> {
        check_columns(table.columns().len().saturating_add(self.0.len()))?;
        let mut columns = table.columns().to_vec();
        let mut picking = Picking::new(bound);
        for (name, expr) in &self.0 {
            let cells = cells(expr, &columns, (table.rows(), given), &mut picking, ctx);
            let cells = cells.map_err(|error| match error.is_cancelled() {
                true => error,
                false => error.within(format!("column `{name}`")).permanent(),
            })?;
            match columns.iter_mut().find(|column| *column.name == **name) {
                Some(column) => column.cells = cells,
                None => columns.push(Column { name: name.as_str().into(), cells }),
            }
        }
        Ok(Out { table: columns::table(columns)? })
    }
}

fn cells(
    expr: &Expr,
    columns: &[Column],
    (rows, given): (usize, &Value),
    picking: &mut Picking,
    ctx: &Ctx,
) -> Result<Cells, NodeError> {
    check(expr, columns)?;
    picking.count(1, rows)?;
    let mut values = Vec::with_capacity(rows);
    for row in 0..rows {
        ctx.check_cancelled()?;
        let value = expr.eval(&scene(expr, columns, row, given)).map_err(|error| within(row, error))?;
        // Numbers that JSON lacks are empty cells.
        let cell = value.to_json().filter(|json| !json.is_null());
        picking.add(row, cell.as_ref().map_or(0, held_bytes))?;
        values.push(cell);
    }
    Ok(Cells::of_json(values.iter().map(Option::as_ref).collect()))
}

/// Returns about how much a cell takes beside its place in the column, in bytes.
fn held_bytes(json: &Json) -> u64 {
    json_bytes(json) - size_of::<Json>() as u64
}

const EXAMPLE: &str = r#"
open:
  kind: files.open
  params: { path: samples/customers.csv }
table:
  kind: table.open
  inputs: { file: open.file }
compute:
  kind: table.compute
  params: { columns: { tax: "(total * 0.2) | round(2)", gross: "total + tax" } }
  inputs: { table: table.table }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::{Harness, ctx};
    use windlass_core::json;

    use super::*;
    use crate::shared::specimen::{cause, gave, table};

    fn bench(columns: Json) -> Harness {
        let table = table(&[("n", &["1", "2"]), ("t", &["a", ""])]);
        Harness::of::<Compute>().param("columns", columns).input("table", Value::Table(table))
    }

    #[test]
    fn columns_are_computed_of_those_before_them() {
        let twice = bench(json!({ "twice": "n * 2", "more": "twice + given", "n": "n / 2" })).param("given", 0.5);
        assert_eq!(gave(twice), ["n|t|twice|more", "0.5|a|2|2.5", "1.0||4|4.5"]);
        assert_eq!(gave(bench(json!({ "u": "t|upper if t is not none else none" })))[1..], ["1|a|A", "2||"]);
        assert_eq!(gave(bench(json!({ "l": "[index, n]" })))[1..], ["1|a|[0,1]", "2||[1,2]"]);
    }

    #[test]
    fn cells_of_all_new_columns_together_are_bounded() {
        let table = table(&[("n", &["1"; 100])]);
        let long = |name: &str| (name.to_owned(), Expr::compile("'x' * (6000 + index)").unwrap());
        let computed = |node: Compute| {
            let bound = Bound { bytes: 1 << 20, ..BOUND };
            node.computed(&table, &Value::Absent, bound, &ctx()).map(|out| out.table.columns().len())
        };
        assert_eq!(computed(Compute(vec![long("a")])), Ok(2));
        let error = computed(Compute(vec![long("a"), long("b")])).unwrap_err();
        assert_eq!(error.to_string(), "column `b`: the table takes more than 1 MiB");
        assert!(error.is_permanent() && error.hint_text().is_some_and(|hint| hint.contains("shorter cells")));
    }

    #[test]
    fn so_many_columns_are_not_made_and_a_long_computation_can_be_stopped() {
        let columns: serde_json::Map<_, _> = (0..10_001).map(|at| (at.to_string(), "1".into())).collect();
        let error = bench(columns.into()).open().unwrap_err().to_string();
        assert_eq!(error, "the table would have 10001 columns, at most 10000 are made");
        let bench = bench(json!({ "x": "n" }));
        bench.cancel().cancel();
        assert!(bench.fire().is_err_and(|error| error.is_cancelled()));
    }

    #[test]
    fn what_cannot_be_computed_is_named() {
        assert!(cause(bench(json!({ "x": "n + t" }))).starts_with("column `x`: row 0: `n + t` cannot be computed"));
        assert!(cause(bench(json!({ "x": "m" }))).starts_with("column `x`: the expression names `m`"));
        let error = bench(json!({ "x": "n +" })).open().unwrap_err().to_string();
        assert!(error.starts_with("column `x`: parameter `columns`: `n +` is not an expression"), "{error}");
    }
}
