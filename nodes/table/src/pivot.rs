//! Turns the cells of a column into columns.

use indexmap::IndexMap;
use windlass_core::prelude::*;
use windlass_core::value::{Cells, Column};

use crate::shared::aggregate::{Figure, figures, is_there};
use crate::shared::bound::{Bound, Picking, check_columns};
use crate::shared::columns::{find, find_all, table, text_of};
use crate::shared::groups::groups;
use crate::shared::order::{Texts, compare};

/// The most places of the wide table.
const MAX_PLACES: usize = 10_000_000;

/// What becomes of which column.
#[derive(Params)]
pub struct Settings {
    /// The columns whose equal cells make one row.
    #[param(default = [])]
    rows: Vec<String>,
    /// The column whose cells become the names of new columns.
    columns: String,
    /// The column whose cells stand in them.
    values: String,
    /// How several cells of one place become one; `only` refuses several.
    #[param(default = "only")]
    figure: Figure,
    /// The order of the new columns.
    #[param(default = "seen")]
    order: Order,
}

/// The order of new columns.
#[derive(Clone, Copy, PartialEq, Eq, Choice)]
pub enum Order {
    /// As they come first.
    Seen,
    /// By size, texts by their letters.
    Sorted,
}

/// The table.
#[derive(Inputs)]
pub struct In {
    /// The table, long: one row for each value.
    table: Arc<Table>,
}

/// The table.
#[derive(Outputs)]
pub struct Out {
    /// The table, wide: the columns of `rows`, then one for each name. A place without a value is an empty cell.
    table: Arc<Table>,
}

/// `table.pivot`
pub struct Pivot;

impl Node for Pivot {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "table.pivot",
            "Pivot",
            "Makes a long table wide: the cells of one column become names of columns, those of another stand in them. \
             Rows whose name is empty are left out. `table.unpivot` goes the other way.",
        )
        .search(&["cross tabulation", "crosstab", "wide", "reshape", "spread", "pivot table"])
        .cpu()
        .example(EXAMPLE)
        .sample(sample())
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let by = find_all(&inputs.table, &params.rows)?;
        let (names, values) = (find(&inputs.table, &params.columns)?, find(&inputs.table, &params.values)?);
        let groups = groups(&inputs.table, &by, ctx)?;
        let names_of = new_columns(names, params.order, ctx)?;
        check_columns(names_of.len() + by.len())?;
        if names_of.len().saturating_mul(groups.len()) > MAX_PLACES {
            let error = NodeError::new(format!("the table would have more than {MAX_PLACES} places"));
            return Err(error.hint("name fewer columns in `rows`, or filter the rows first").permanent());
        }
        let mut places = vec![vec![Vec::new(); groups.len()]; names_of.len()];
        for (group, rows) in groups.iter().enumerate() {
            ctx.check_cancelled()?;
            for row in rows {
                if let Some(at) = names_of.get_index_of(&name_of(&names.cells, *row)) {
                    places[at][group].push(*row);
                }
            }
        }
        let first: Vec<_> = groups.iter().map(|rows| rows.first().copied()).collect();
        let keys = by.iter().map(|column| Column { name: column.name.clone(), cells: column.cells.pick(&first) });
        let mut columns: Vec<_> = keys.collect();
        let mut picking = Picking::new(Bound::default());
        for (name, rows) in names_of.keys().zip(&places) {
            let mut cells = figures(params.figure, values, rows, &mut picking, ctx)?;
            empty_where_none(&mut cells, rows);
            columns.push(Column { name: name.as_str().into(), cells });
        }
        Ok(Out { table: table(columns)? })
    }
}

fn name_of(cells: &Cells, row: usize) -> String {
    match cells.json(row) {
        serde_json::Value::Null => String::new(),
        json => text_of(&json),
    }
}

/// Returns the names of the new columns, each with a row where it stands.
fn new_columns(names: &Column, order: Order, ctx: &Ctx) -> Result<IndexMap<String, usize>, NodeError> {
    let mut found = IndexMap::new();
    for row in (0..names.cells.len()).filter(|row| is_there(&names.cells, *row)) {
        ctx.check_cancelled()?;
        found.entry(name_of(&names.cells, row)).or_insert(row);
        check_columns(found.len())?;
    }
    if order == Order::Sorted {
        let by_cell =
            |a: usize, b: usize| compare(&names.cells, a, b, Texts::Plain).unwrap_or(std::cmp::Ordering::Equal);
        found.sort_by(|_, a, _, b| by_cell(*a, *b));
    }
    Ok(found)
}

/// A place without rows is empty, and not the sum 0 of none.
fn empty_where_none(cells: &mut Cells, rows: &[Vec<usize>]) {
    let there: Vec<_> = rows.iter().enumerate().map(|(at, rows)| (!rows.is_empty()).then_some(at)).collect();
    *cells = cells.pick(&there);
}

fn sample() -> Sample {
    Sample::new().param("columns", "k").param("values", "v").input("table", Value::Table(Arc::new(two_columns())))
}

fn two_columns() -> Table {
    let column = |name: &str, text: &str| Column { name: name.into(), cells: Cells::Text(vec![Some(text.into())]) };
    Table::new(vec![column("k", "a"), column("v", "b")]).unwrap_or_default()
}

const EXAMPLE: &str = r#"
open:
  kind: files.open
  params: { path: samples/captions.csv }
table:
  kind: table.open
  inputs: { file: open.file }
count:
  kind: table.compute
  params: { columns: { words: "caption | split | length", kind: "'long' if words > 3 else 'short'" } }
  inputs: { table: table.table }
pivot:
  kind: table.pivot
  params: { rows: [photo], columns: kind, values: words, figure: sum }
  inputs: { table: count.table }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::json;

    use super::*;
    use crate::shared::specimen::{cause, gave, table as of};

    fn bench() -> Harness {
        let table = of(&[
            ("town", &["Lund", "Lund", "Porto", "Porto", "Porto"]),
            ("year", &["2024", "2023", "2024", "2024", ""]),
            ("n", &["1", "2", "3", "4", "5"]),
        ]);
        let bench = Harness::of::<Pivot>().param("rows", json!(["town"])).param("columns", "year").param("values", "n");
        bench.input("table", Value::Table(table))
    }

    #[test]
    fn cells_become_columns() {
        assert_eq!(gave(bench().param("figure", "sum")), ["town|2024|2023", "Lund|1|2", "Porto|7|"]);
        let sorted = bench().param("figure", "mean").param("order", "sorted");
        assert_eq!(gave(sorted), ["town|2023|2024", "Lund|2.0|1.0", "Porto||3.5"]);
        assert_eq!(gave(bench().param("rows", json!([])).param("figure", "count")), ["2024|2023", "3|1"]);
    }

    #[test]
    fn several_cells_of_one_place_are_refused_unless_a_figure_is_named() {
        let error = bench().fire().map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "rows 2 and 3 both have a cell of `n` for one place");
        assert!(error.hint_text().is_some_and(|hint| hint.contains("`sum`")));
        assert_eq!(cause(bench().param("values", "m")), "the table has no column `m`");
        assert_eq!(
            cause(bench().param("columns", "town").param("figure", "sum").param("rows", json!(["x"]))),
            "the table has no column `x`"
        );
    }

    #[test]
    fn too_many_columns_are_refused() {
        let many: Vec<_> = (0..10_001).map(|at| at.to_string()).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        let bench = Harness::of::<Pivot>().param("columns", "k").param("values", "k");
        let table = of(&[("k", &many)]);
        assert!(cause(bench.clone().input("table", Value::Table(table))).contains("10001 columns, at most 10000"));
        let square = of(&[("k", &many[..4000])]);
        let bench = bench.param("rows", json!(["k"])).input("table", Value::Table(square));
        assert_eq!(cause(bench.clone()), "the table would have more than 10000000 places");
        bench.cancel().cancel();
        assert!(bench.fire().is_err_and(|error| error.is_cancelled()));
    }
}
