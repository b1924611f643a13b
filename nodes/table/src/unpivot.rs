//! Turns columns into rows.

use windlass_core::prelude::*;
use windlass_core::value::{Cells, Column};

use crate::shared::aggregate::is_there;
use crate::shared::bound::{Bound, Picking};
use crate::shared::columns::{find_all, table};
use crate::shared::stack::stack;

/// What becomes of which column.
#[derive(Params)]
pub struct Settings {
    /// The columns that are repeated in each row.
    #[param(default = [])]
    keep: Vec<String>,
    /// The columns that become rows; none given: all others.
    #[param(default = [])]
    columns: Vec<String>,
    /// Name of the new column for the names of those columns.
    #[param(default = "name")]
    name: String,
    /// Name of the new column for their cells.
    #[param(default = "value")]
    value: String,
    /// What becomes of empty cells.
    #[param(default = "keep")]
    empty: Empty,
}

/// What becomes of empty cells.
#[derive(Clone, Copy, PartialEq, Eq, Choice)]
pub enum Empty {
    /// They become rows too.
    Keep,
    /// They are left out.
    Drop,
}

/// The table.
#[derive(Inputs)]
pub struct In {
    /// The table, wide: a column for each name.
    table: Arc<Table>,
}

/// The table.
#[derive(Outputs)]
pub struct Out {
    /// The table, long: one row for each cell, row by row of the wide one.
    table: Arc<Table>,
}

/// `table.unpivot`
pub struct Unpivot;

impl Node for Unpivot {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "table.unpivot",
            "Unpivot",
            "Makes a wide table long: each cell of some columns becomes a row with the name of its column. Cells of \
             several types become `json`, of `int` and `float` `float`. `table.pivot` goes the other way.",
        )
        .search(&["melt", "long", "reshape", "gather", "stack"])
        .cpu()
        .example(EXAMPLE)
        .sample(Sample::new().input("table", Value::Table(Arc::default())))
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let keep = find_all(&inputs.table, &params.keep)?;
        let turned = match params.columns.is_empty() {
            false => find_all(&inputs.table, &params.columns)?,
            true => {
                let kept = |column: &Column| params.keep.iter().any(|name| **name == *column.name);
                inputs.table.columns().iter().filter(|column| !kept(column)).collect()
            }
        };
        // Beside the columns, there are the places that cells come from.
        Bound::default().check_cells(keep.len() + 4, inputs.table.rows().saturating_mul(turned.len()))?;
        let mut picking = Picking::new(Bound::default());
        let (mut rows, mut names, mut places) = (Vec::new(), Vec::new(), Vec::new());
        for row in 0..inputs.table.rows() {
            ctx.check_cancelled()?;
            for (at, column) in turned.iter().enumerate() {
                if params.empty == Empty::Keep || is_there(&column.cells, row) {
                    rows.push(Some(row));
                    names.push(Some(column.name.clone()));
                    places.push(Some(at * inputs.table.rows() + row));
                }
            }
        }
        let all: Vec<_> = turned.iter().map(|column| &column.cells).collect();
        let mut columns = Vec::new();
        for column in keep {
            columns.push(Column { name: column.name.clone(), cells: picking.pick(&column.cells, &rows)? });
        }
        columns.push(Column { name: params.name.into(), cells: Cells::Text(names) });
        columns.push(Column { name: params.value.into(), cells: stack(&all).pick(&places) });
        Ok(Out { table: table(columns)? })
    }
}

const EXAMPLE: &str = r#"
open:
  kind: files.open
  params: { path: samples/customers.csv }
table:
  kind: table.open
  inputs: { file: open.file }
unpivot:
  kind: table.unpivot
  params: { keep: [number], columns: [city, ordered], name: what }
  inputs: { table: table.table }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::json;

    use super::*;
    use crate::shared::specimen::{cause, gave, table as of};

    fn bench() -> Harness {
        let table = of(&[("town", &["Lund", "Porto"]), ("2023", &["1", ""]), ("2024", &["2", "3.5"])]);
        Harness::of::<Unpivot>().param("keep", json!(["town"])).input("table", Value::Table(table))
    }

    #[test]
    fn columns_become_rows() {
        let all = ["town|name|value", "Lund|2023|1.0", "Lund|2024|2.0", "Porto|2023|", "Porto|2024|3.5"];
        assert_eq!(gave(bench()), all);
        let bench = bench().param("empty", "drop").param("columns", json!(["2023"])).param("name", "year");
        assert_eq!(gave(bench), ["town|year|value", "Lund|2023|1"]);
    }

    #[test]
    fn wrong_names_are_said() {
        assert_eq!(cause(bench().param("keep", json!(["no"]))), "the table has no column `no`");
        assert_eq!(cause(bench().param("value", "town")), "two columns are called `town`");
    }

    #[test]
    fn a_result_that_is_too_large_is_refused_before_it_is_made() {
        let cells = || Cells::Bool(vec![None; 50_000]);
        let columns = (0..1001).map(|at| Column { name: at.to_string().into(), cells: cells() });
        let wide = Arc::new(Table::new(columns.collect()).unwrap());
        let bench = Harness::of::<Unpivot>().input("table", Value::Table(wide));
        assert_eq!(cause(bench.clone()), "the table has more than 50000000 rows");
        let names: Vec<_> = (0..100).map(|at| at.to_string()).collect();
        assert_eq!(cause(bench.clone().param("keep", names)), "the table takes more than 4096 MiB");
        bench.cancel().cancel();
        assert!(bench.param("columns", json!(["0"])).fire().is_err_and(|error| error.is_cancelled()));
    }
}
