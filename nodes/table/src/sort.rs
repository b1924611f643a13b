//! Sorts the rows of a table.

use std::cmp::Ordering;

use windlass_core::prelude::*;
use windlass_core::value::Column;

use crate::shared::aggregate::is_there;
use crate::shared::columns::{find_all, rows};
use crate::shared::order::{Texts, compare};

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
        ctx.check_cancelled()?;
        let mut order: Vec<usize> = (0..inputs.table.rows()).collect();
        order.sort_by(|a, b| {
            let each = by.iter().map(|column| compare_in(column, *a, *b, &params));
            each.fold(Ordering::Equal, Ordering::then)
        });
        let order: Vec<_> = order.into_iter().map(Some).collect();
        Ok(Out { table: rows(&inputs.table, &order)? })
    }
}

fn compare_in(column: &Column, a: usize, b: usize, params: &Settings) -> Ordering {
    if let Some(order) = compare(&column.cells, a, b, params.texts) {
        let turned = params.descending.iter().any(|name| **name == *column.name);
        return if turned { order.reverse() } else { order };
    }
    // One of them is empty, or both.
    let order = is_there(&column.cells, b).cmp(&is_there(&column.cells, a));
    if params.empty == Empty::Last { order } else { order.reverse() }
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
    fn wrong_names_are_said() {
        assert_eq!(cause(bench(&["x"])), "the table has no column `x`");
        assert_eq!(cause(bench(&["n"]).param("descending", json!(["t"]))), "`descending` names `t`, and `by` does not");
    }
}
