//! Sorts the rows of a table.

use std::borrow::Cow;
use std::cmp::Ordering;

use windlass_core::prelude::*;
use windlass_core::value::Cells;

use crate::shared::aggregate::is_there;
use crate::shared::columns::{find_all, rows};
use crate::shared::order::{Texts, compare};

/// How many rows are sorted between two looks at whether to go on.
const RUN_ROWS: usize = 1 << 14;

/// The order.
#[derive(Params)]
pub struct Settings {
    /// The columns to sort by; the second counts where the first is equal. Rows that are equal keep their order.
    #[param(default = [])]
    by: Vec<String>,
    /// Which of them go from large to small.
    #[param(default = [])]
    descending: Vec<String>,
    /// Where rows go whose cell is empty.
    #[param(default = "last")]
    empty: Empty,
    /// How texts are compared: `plain` by the numbers of their letters, `natural` as people do, with `img9` before `img10`.
    #[param(default = "plain")]
    texts: Texts,
}

/// Where rows with an empty cell go, whatever the direction.
#[derive(Clone, Copy, PartialEq, Eq, Choice)]
pub enum Empty {
    /// Behind all others.
    Last,
    /// Before all others.
    First,
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
    /// The rows in their new order.
    table: Arc<Table>,
}

/// `table.sort`
pub struct Sort;

impl Node for Sort {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "table.sort",
            "Sort rows",
            "Sorts the rows of a table by columns. Numbers go by size (NaN behind all numbers), truth values with false \
             first, texts as `texts` says, `json` by its text.",
        )
        .search(&["order", "arrange", "ascending", "descending", "rank"])
        .cpu()
        .example(EXAMPLE)
        .sample(Sample::new().input("table", Value::Table(Arc::default())))
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let by = find_all(&inputs.table, &params.by)?;
        if let Some(odd) = params.descending.iter().find(|name| !params.by.contains(name)) {
            let error = NodeError::new(format!("`descending` names `{odd}`, and `by` does not"));
            return Err(error.hint("name it in `by`, too").permanent());
        }
        let by: Vec<_> = by
            .into_iter()
            .map(|column| SortBy {
                cells: comparable(&column.cells),
                texts: if matches!(column.cells, Cells::Json(_)) { Texts::Plain } else { params.texts },
                is_descending: params.descending.iter().any(|name| **name == *column.name),
                empty: params.empty,
            })
            .collect();
        let order = (0..inputs.table.rows()).collect();
        let order =
            sorted(order, |a, b| by.iter().map(|column| column.compare(a, b)).find(|order| order.is_ne()), ctx)?;
        let order: Vec<_> = order.into_iter().map(Some).collect();
        Ok(Out { table: rows(&inputs.table, &order)? })
    }
}

/// A column that is sorted by.
struct SortBy<'a> {
    cells: Cow<'a, Cells>,
    texts: Texts,
    is_descending: bool,
    empty: Empty,
}

impl SortBy<'_> {
    fn compare(&self, a: usize, b: usize) -> Ordering {
        if let Some(order) = compare(&self.cells, a, b, self.texts) {
            return if self.is_descending { order.reverse() } else { order };
        }
        // One of them is empty, or both.
        let order = is_there(&self.cells, b).cmp(&is_there(&self.cells, a));
        if self.empty == Empty::Last { order } else { order.reverse() }
    }
}

/// Writes JSON as text once, and not at each comparison.
fn comparable(cells: &Cells) -> Cow<'_, Cells> {
    match cells {
        Cells::Json(cells) => {
            let text = |cell: &Option<serde_json::Value>| cell.as_ref().map(|json| json.to_string().into());
            Cow::Owned(Cells::Text(cells.iter().map(text).collect()))
        }
        cells => Cow::Borrowed(cells),
    }
}

/// Sorts stably, in runs that are merged, so that it can be stopped in between.
fn sorted(
    mut rows: Vec<usize>,
    compare: impl Fn(usize, usize) -> Option<Ordering>,
    ctx: &Ctx,
) -> Result<Vec<usize>, NodeError> {
    for run in rows.chunks_mut(RUN_ROWS) {
        ctx.check_cancelled()?;
        run.sort_by(|a, b| compare(*a, *b).unwrap_or(Ordering::Equal));
    }
    let mut length = RUN_ROWS;
    while length < rows.len() {
        let mut merged = Vec::with_capacity(rows.len());
        for pair in rows.chunks(2 * length) {
            let (mut left, mut right) = pair.split_at(length.min(pair.len()));
            while let ([first, left_rest @ ..], [second, right_rest @ ..]) = (left, right) {
                if merged.len() % RUN_ROWS == 0 {
                    ctx.check_cancelled()?;
                }
                if compare(*first, *second) == Some(Ordering::Greater) {
                    merged.push(*second);
                    right = right_rest;
                } else {
                    merged.push(*first);
                    left = left_rest;
                }
            }
            merged.extend_from_slice(left);
            merged.extend_from_slice(right);
        }
        rows = merged;
        length *= 2;
    }
    Ok(rows)
}

const EXAMPLE: &str = r#"
open:
  kind: files.open
  params: { path: samples/customers.csv }
table:
  kind: table.open
  inputs: { file: open.file }
sort:
  kind: table.sort
  params: { by: [total, name], descending: [total] }
  inputs: { table: table.table }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::json;
    use windlass_core::value::Column;

    use super::*;
    use crate::shared::specimen::{cause, gave, table};

    fn bench(by: &[&str]) -> Harness {
        let table = table(&[("n", &["2", "", "10", "2"]), ("t", &["b", "Z", "a10", "a9"])]);
        Harness::of::<Sort>().param("by", by.to_vec()).input("table", Value::Table(table))
    }

    #[test]
    fn rows_are_sorted_and_equal_ones_keep_their_order() {
        assert_eq!(gave(bench(&["n"]))[1..], ["2|b", "2|a9", "10|a10", "|Z"]);
        assert_eq!(gave(bench(&["n", "t"]))[1..], ["2|a9", "2|b", "10|a10", "|Z"]);
        assert_eq!(gave(bench(&["n"]).param("descending", json!(["n"])))[1..], ["10|a10", "2|b", "2|a9", "|Z"]);
        assert_eq!(gave(bench(&["n"]).param("empty", "first"))[1], "|Z");
        assert_eq!(gave(bench(&[]))[1..], ["2|b", "|Z", "10|a10", "2|a9"]);
    }

    #[test]
    fn texts_are_plain_or_natural() {
        assert_eq!(gave(bench(&["t"]))[1..], ["|Z", "10|a10", "2|a9", "2|b"]);
        assert_eq!(gave(bench(&["t"]).param("texts", "natural"))[1..], ["2|a9", "10|a10", "2|b", "|Z"]);
    }

    #[test]
    fn many_rows_are_sorted_as_few_are_and_can_be_stopped() {
        let rows = 3 * RUN_ROWS + 7;
        let numbers: Vec<_> = (0..rows).map(|at| Some((at * 7919 % 1000) as i64)).collect();
        let mut expected: Vec<_> =
            numbers.iter().flatten().copied().enumerate().map(|(at, n)| (n, at as i64)).collect();
        expected.sort_unstable();
        let column = |name: &str, cells| Column { name: name.into(), cells };
        let places = Cells::Int((0..rows as i64).map(Some).collect());
        let table = Table::new(vec![column("n", Cells::Int(numbers)), column("at", places)]).unwrap();
        let bench = Harness::of::<Sort>().param("by", json!(["n"])).input("table", Value::Table(Arc::new(table)));
        let sorted = bench.fire().unwrap().get::<Arc<Table>>("table").unwrap();
        let Cells::Int(places) = &sorted.columns()[1].cells else { panic!("whole numbers") };
        assert!(places.iter().flatten().copied().eq(expected.into_iter().map(|(_, at)| at)));
        bench.cancel().cancel();
        assert!(bench.fire().is_err_and(|error| error.is_cancelled()));
    }

    #[test]
    fn json_goes_by_its_text() {
        let cells = Cells::Json(vec![Some(json!([2])), None, Some(json!([10])), Some(json!("a"))]);
        let table = Arc::new(Table::new(vec![Column { name: "j".into(), cells }]).unwrap());
        let bench = Harness::of::<Sort>().param("by", json!(["j"])).param("texts", "natural");
        assert_eq!(gave(bench.input("table", Value::Table(table)))[1..], ["a", "[10]", "[2]", ""]);
    }

    #[test]
    fn wrong_names_are_said() {
        assert_eq!(cause(bench(&["x"])), "the table has no column `x`");
        assert_eq!(cause(bench(&["n"]).param("descending", json!(["t"]))), "`descending` names `t`, and `by` does not");
    }
}
