//! Chooses, renames, orders and casts the columns of a table.

use std::collections::BTreeSet;

use serde_json::Value as Json;
use windlass_core::prelude::*;
use windlass_core::value::Column;

use crate::shared::bound::{Bound, MAX_COLUMNS, Picking, check_columns};
use crate::shared::columns::{self, CellType, cast, distinct, find, find_all, pairs};

/// What becomes of the columns; names are those before anything is renamed.
#[derive(Params)]
pub struct Settings {
    /// The columns that are kept, in this order; none given: all, as they stand.
    #[param(default = [])]
    columns: Vec<String>,
    /// What becomes of the columns that `columns` does not name.
    #[param(default = "drop")]
    rest: Rest,
    /// Columns that are left out.
    #[param(default = [])]
    drop: Vec<String>,
    /// Types that columns get: `{ price: float, id: text }`; types are `bool`, `int`, `float`, `text` and `json`.
    #[param(default = {})]
    cast: Json,
    /// What becomes of a cell that has no value of the new type.
    #[param(default = "fail")]
    unfit: Unfit,
    /// New names: `{ old: new }`.
    #[param(default = {})]
    rename: Json,
}

/// What becomes of columns that are not named.
#[derive(Clone, Copy, PartialEq, Eq, Choice)]
pub enum Rest {
    /// They are left out.
    Drop,
    /// They follow behind those that are named.
    Keep,
}

/// What becomes of a cell that has no value of another type.
#[derive(Clone, Copy, PartialEq, Eq, Choice)]
pub enum Unfit {
    /// The item fails, and the row is named.
    Fail,
    /// The cell is empty.
    Empty,
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
    /// The table with the columns as they were asked for.
    table: Arc<Table>,
}

/// `table.select`
pub struct Select;

impl Node for Select {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "table.select",
            "Select columns",
            "Keeps or drops columns, puts them in order, gives them other names and other types. Texts that are cast to \
             `json` may take at most 4 GiB of memory.",
        )
        .search(&["keep", "drop", "rename", "reorder", "cast", "project", "type"])
        .cpu()
        .example(EXAMPLE)
        .sample(Sample::new().input("table", Value::Table(Arc::default())))
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let table = inputs.table;
        let (casts, names) = (pairs(&params.cast, "cast")?, pairs(&params.rename, "rename")?);
        check_columns(params.columns.len())?;
        if params.drop.len() > MAX_COLUMNS {
            let error = NodeError::new(format!("`drop` names {} columns", params.drop.len()));
            return Err(error.hint(format!("name at most {MAX_COLUMNS}, or those to keep in `columns`")).permanent());
        }
        for (name, _) in casts.iter().chain(&names) {
            find(&table, name)?;
        }
        let dropped: BTreeSet<_> = find_all(&table, &params.drop)?.into_iter().map(|column| &column.name).collect();
        let chosen = chosen(&table, &params)?.into_iter().filter(|column| !dropped.contains(&column.name));
        let mut picking = Picking::new(Bound::default());
        let new = |column: &Column| {
            ctx.check_cancelled()?;
            let of = |pairs: &[(String, String)]| {
                pairs.iter().find(|(name, _)| **name == *column.name).map(|(_, to)| to.clone())
            };
            let cells = match of(&casts) {
                Some(to) => cast(column, CellType::named(&to)?, params.unfit == Unfit::Empty, &mut picking)?,
                None => column.cells.clone(),
            };
            Ok(Column { name: of(&names).map_or_else(|| column.name.clone(), Arc::from), cells })
        };
        Ok(Out { table: columns::table(chosen.map(new).collect::<Result<_, NodeError>>()?)? })
    }
}

fn chosen<'a>(table: &'a Table, params: &Settings) -> Result<Vec<&'a Column>, NodeError> {
    if params.columns.is_empty() {
        return Ok(table.columns().iter().collect());
    }
    let mut chosen = find_all(table, &params.columns)?;
    distinct(&chosen)?;
    if params.rest == Rest::Keep {
        chosen
            .extend(table.columns().iter().filter(|column| !params.columns.iter().any(|name| **name == *column.name)));
    }
    Ok(chosen)
}

const EXAMPLE: &str = r#"
open:
  kind: files.open
  params: { path: samples/customers.csv }
table:
  kind: table.open
  inputs: { file: open.file }
select:
  kind: table.select
  params: { columns: [name, total], rename: { total: euros }, cast: { total: float } }
  inputs: { table: table.table }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::json;

    use super::*;
    use crate::shared::specimen::{cause, gave, table};

    fn bench() -> Harness {
        let table = table(&[("a", &["1", "2"]), ("b", &["x", "3"]), ("c", &["true", ""])]);
        Harness::of::<Select>().input("table", Value::Table(table))
    }

    #[test]
    fn columns_are_kept_dropped_ordered_and_renamed() {
        assert_eq!(gave(bench()), ["a|b|c", "1|x|true", "2|3|"]);
        assert_eq!(gave(bench().param("columns", json!(["c", "a"]))), ["c|a", "true|1", "|2"]);
        assert_eq!(gave(bench().param("columns", json!(["c"])).param("rest", "keep"))[0], "c|a|b");
        let bench = bench().param("drop", json!(["b"])).param("rename", json!({ "a": "b" }));
        assert_eq!(gave(bench)[0], "b|c");
    }

    #[test]
    fn a_column_is_not_taken_many_times_and_a_long_list_of_names_is_refused() {
        let names = |count: usize| bench().param("columns", vec!["a"; count]);
        assert_eq!(cause(names(10_000)), "two columns are called `a`");
        assert_eq!(cause(names(10_001)), "the table would have 10001 columns, at most 10000 are made");
        assert_eq!(cause(bench().param("drop", vec!["a"; 10_001])), "`drop` names 10001 columns");
        let bench = bench();
        bench.cancel().cancel();
        assert!(bench.fire().is_err_and(|error| error.is_cancelled()));
    }

    #[test]
    fn cells_are_cast() {
        let error = bench().param("cast", json!({ "b": "int" })).fire().map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "row 0: `\"x\"` in column `b` is no `int`");
        assert_eq!(error.hint_text(), Some("set `unfit: empty` to have an empty cell there"));
        let bench = bench().param("cast", json!({ "b": "int", "a": "text", "c": "int" })).param("unfit", "empty");
        assert_eq!(gave(bench), ["a|b|c", "1||1", "2|3|"]);
    }

    #[test]
    fn what_is_not_there_is_named() {
        assert_eq!(cause(bench().param("columns", json!(["d"]))), "the table has no column `d`");
        assert_eq!(cause(bench().param("drop", json!(["d"]))), "the table has no column `d`");
        assert_eq!(cause(bench().param("rename", json!({ "a": "b" }))), "two columns are called `b`");
        assert_eq!(cause(bench().param("columns", json!(["a", "a"]))), "two columns are called `a`");
        assert_eq!(
            cause(bench().param("cast", json!({ "a": 3 }))),
            "parameter `cast` must be an object whose fields are texts"
        );
        assert_eq!(cause(bench().param("cast", json!({ "a": "number" }))), "`number` is no type of a column");
    }
}
