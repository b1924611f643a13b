//! Joins two tables by key columns.

use std::collections::{HashMap, HashSet};

use windlass_core::prelude::*;
use windlass_core::value::{Cells, Column};

use crate::shared::bound::{Bound, Picking};
use crate::shared::columns::{find_all, table};
use crate::shared::order::{Key, key};
use crate::shared::stack::{is_hollow, stack};

/// How they are joined.
#[derive(Params)]
pub struct Settings {
    /// The columns whose cells must be equal.
    #[param(default = [])]
    on: Vec<String>,
    /// What those columns are called on the right, in the same order; none given: the same.
    #[param(default = [])]
    right_on: Vec<String>,
    /// Which rows are kept.
    #[param(default = "inner")]
    how: How,
    /// What is put behind the name of a column of the right whose name the left has too.
    #[param(default = "_right")]
    suffix: String,
    /// The most rows of the result; more are an error.
    #[param(default = 10_000_000, min = 1, max = 1_000_000_000)]
    max_rows: u32,
}

/// Which rows are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum How {
    /// Pairs.
    Inner,
    /// Pairs, and rows of the left without a partner.
    Left,
    /// Pairs, and rows without a partner of either side.
    Outer,
    /// Rows of the left that have a partner, once, with the left's columns alone.
    Semi,
    /// Rows of the left that have none, with the left's columns alone.
    Anti,
}

/// The tables.
#[derive(Inputs)]
pub struct In {
    /// The table on the left, whose order is kept.
    left: Arc<Table>,
    /// The table on the right.
    right: Arc<Table>,
}

/// The joined table.
#[derive(Outputs)]
pub struct Out {
    /// The columns of the left, then those of the right without its keys.
    table: Arc<Table>,
}

/// `table.join`
pub struct Join;

impl Node for Join {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "table.join",
            "Join tables",
            "Puts the rows of two tables together whose key columns are equal; a row pairs with every row of the same \
             key. Empty keys equal nothing, as in SQL; 2 and 2.0 are equal. Rows of the right without a partner come \
             last, with their keys in the left's columns.",
        )
        .search(&["merge", "lookup", "inner", "left", "outer", "combine", "vlookup"])
        .cpu()
        .example(EXAMPLE)
        .sample(sample())
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let right_on = if params.right_on.is_empty() { &params.on } else { &params.right_on };
        if params.on.is_empty() || right_on.len() != params.on.len() {
            let error = NodeError::new("`on` and `right_on` must name as many columns, and at least one");
            return Err(error.permanent());
        }
        let keys = (find_all(&inputs.left, &params.on)?, find_all(&inputs.right, right_on)?);
        check_types(&keys.0, &keys.1)?;
        let pairs = pairs(&inputs, (&keys.0, &keys.1), &params, ctx)?;
        let keeps_left_alone = matches!(params.how, How::Semi | How::Anti);
        let (left, right): (Vec<_>, Vec<_>) = pairs.iter().copied().unzip();
        let mut picking = Picking::new(params.bound());
        let mut picked = |column: &Column, name: &str, rows: &[Option<usize>]| {
            ctx.check_cancelled()?;
            Ok::<_, NodeError>(Column { name: name.into(), cells: picking.pick(&column.cells, rows)? })
        };
        let ours = inputs.left.columns().iter().map(|column| picked(column, &column.name, &left));
        let mut columns = ours.collect::<Result<Vec<_>, _>>()?;
        let others = inputs.right.columns().iter().filter(|column| !right_on.iter().any(|name| **name == *column.name));
        for column in others.filter(|_| !keeps_left_alone) {
            let taken = inputs.left.column(&column.name).is_some();
            let name = if taken { format!("{}{}", column.name, params.suffix) } else { column.name.to_string() };
            columns.push(picked(column, &name, &right)?);
        }
        for (ours, theirs) in keys.0.iter().zip(&keys.1).filter(|_| params.how == How::Outer) {
            let joined = columns.iter_mut().filter(|column| column.name == ours.name);
            joined.for_each(|column| column.cells = joined_keys(ours, theirs, &pairs));
        }
        Ok(Out { table: table(columns)? })
    }
}

impl Settings {
    fn bound(&self) -> Bound {
        let hint = "raise `max_rows`, join by more columns, or leave columns out before";
        Bound { rows: self.max_rows as usize, hint, ..Bound::default() }
    }
}

fn check_types(left: &[&Column], right: &[&Column]) -> Result<(), NodeError> {
    let numeric = |cells: &Cells| matches!(cells, Cells::Int(_) | Cells::Float(_));
    let fits = |a: &Cells, b: &Cells| a.type_name() == b.type_name() || (numeric(a) && numeric(b));
    for (a, b) in left.iter().zip(right) {
        if !fits(&a.cells, &b.cells) && !is_hollow(&a.cells) && !is_hollow(&b.cells) {
            let (one, other) = (a.cells.type_name(), b.cells.type_name());
            let error =
                format!("key column `{}` is `{one}` on the left, and `{}` is `{other}` on the right", a.name, b.name);
            return Err(NodeError::new(error).hint("give them one type with `table.select` (`cast`)").permanent());
        }
    }
    Ok(())
}

/// Returns the key of a row; `None` where a part of it is empty.
fn key_of(columns: &[&Column], row: usize) -> Option<Vec<Key>> {
    columns.iter().map(|column| Some(key(&column.cells, row)).filter(|key| *key != Key::Empty)).collect()
}

type Pair = (Option<usize>, Option<usize>);

fn pairs(
    tables: &In,
    (left, right): (&[&Column], &[&Column]),
    params: &Settings,
    ctx: &Ctx,
) -> Result<Vec<Pair>, NodeError> {
    let mut places = HashMap::<Vec<Key>, Vec<usize>>::new();
    for row in 0..tables.right.rows() {
        ctx.check_cancelled()?;
        if let Some(key) = key_of(right, row) {
            places.entry(key).or_default().push(row);
        }
    }
    let bound = params.bound();
    let (mut pairs, mut met) = (Vec::new(), HashSet::new());
    for row in 0..tables.left.rows() {
        ctx.check_cancelled()?;
        let partners = key_of(left, row).and_then(|key| places.get(&key)).map_or(&[][..], Vec::as_slice);
        match (params.how, partners) {
            (How::Semi, [_, ..]) | (How::Anti | How::Left | How::Outer, []) => pairs.push((Some(row), None)),
            (How::Semi | How::Inner, []) | (How::Anti, _) => {}
            (How::Inner | How::Left | How::Outer, partners) => {
                bound.check(pairs.len() + partners.len(), 0)?;
                pairs.extend(partners.iter().map(|partner| (Some(row), Some(*partner))));
                met.extend(partners.iter().copied().filter(|_| params.how == How::Outer));
            }
        }
        bound.check(pairs.len(), 0)?;
    }
    if params.how == How::Outer {
        pairs.extend((0..tables.right.rows()).filter(|row| !met.contains(row)).map(|row| (None, Some(row))));
        bound.check(pairs.len(), 0)?;
    }
    Ok(pairs)
}

/// Returns the keys of the result: those of the left, and of the right where there is no left.
fn joined_keys(left: &Column, right: &Column, pairs: &[Pair]) -> Cells {
    let behind = left.cells.len();
    let places: Vec<_> = pairs.iter().map(|(left, right)| left.or(right.map(|row| behind + row))).collect();
    stack(&[&left.cells, &right.cells]).pick(&places)
}

fn sample() -> Sample {
    let one = || Column { name: "id".into(), cells: Cells::Int(vec![Some(1)]) };
    let table = Arc::new(Table::new(vec![one()]).unwrap_or_default());
    Sample::new().param("on", vec!["id"]).input("left", Value::Table(table.clone())).input("right", Value::Table(table))
}

const EXAMPLE: &str = r#"
open:
  kind: files.open
  params: { path: samples/customers.csv }
table:
  kind: table.open
  inputs: { file: open.file }
large:
  kind: table.filter
  params: { where: "total > 100" }
  inputs: { table: table.table }
others:
  kind: table.join
  params: { on: [number], how: anti }
  inputs: { left: table.table, right: large.table }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::json;

    use super::*;
    use crate::shared::specimen::{cause, gave, table as of};

    fn bench(how: &str) -> Harness {
        let left = of(&[("id", &["1", "2", "", "4"]), ("x", &["a", "b", "c", "d"])]);
        let right = of(&[("key", &["2.0", "2", "9.5", ""]), ("x", &["p", "q", "r", "s"])]);
        let bench =
            Harness::of::<Join>().param("on", json!(["id"])).param("right_on", json!(["key"])).param("how", how);
        bench.input("left", Value::Table(left)).input("right", Value::Table(right))
    }

    #[test]
    fn rows_pair_with_every_row_of_their_key() {
        assert_eq!(gave(bench("inner")), ["id|x|x_right", "2|b|p", "2|b|q"]);
        assert_eq!(gave(bench("left"))[1..], ["1|a|", "2|b|p", "2|b|q", "|c|", "4|d|"]);
        assert_eq!(gave(bench("outer"))[4..], ["|c|", "4.0|d|", "9.5||r", "||s"]);
        assert_eq!(gave(bench("semi")), ["id|x", "2|b"]);
        assert_eq!(gave(bench("anti")), ["id|x", "1|a", "|c", "4|d"]);
        assert_eq!(gave(bench("inner").param("suffix", "2"))[0], "id|x|x2");
    }

    #[test]
    fn a_result_that_is_too_large_is_refused() {
        let same = of(&[("id", &["1"; 100])]);
        let bench = Harness::of::<Join>().param("on", json!(["id"])).param("max_rows", 9_999);
        let bench = bench.input("left", Value::Table(same.clone())).input("right", Value::Table(same));
        assert_eq!(cause(bench), "the table has more than 9999 rows");
    }

    #[test]
    fn a_result_of_long_cells_is_refused_before_it_is_made_and_a_long_join_can_be_stopped() {
        let many = of(&[("id", &["1"; 3000])]);
        let long = Cells::Json(vec![Some(json!(["x".repeat(1 << 20)])); 2]);
        let id = Column { name: "id".into(), cells: Cells::Int(vec![Some(1); 2]) };
        let long = Arc::new(Table::new(vec![id, Column { name: "long".into(), cells: long }]).unwrap());
        let bench = Harness::of::<Join>().param("on", json!(["id"])).input("left", Value::Table(many));
        let bench = bench.input("right", Value::Table(long));
        let error = bench.fire().map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "the table takes more than 4096 MiB");
        assert!(error.is_permanent() && error.hint_text().is_some_and(|hint| hint.contains("leave columns out")));
        bench.cancel().cancel();
        assert!(bench.fire().is_err_and(|error| error.is_cancelled()));
    }

    #[test]
    fn keys_must_go_together() {
        assert!(cause(bench("inner").param("on", json!(["x"]))).contains("key column `x` is `text` on the left"));
        assert_eq!(cause(bench("inner").param("on", json!(["no"]))), "the table has no column `no`");
        assert!(cause(bench("inner").param("on", json!(["id", "x"]))).contains("must name as many columns"));
    }
}
