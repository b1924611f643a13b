//! Keeps the rows of a table that meet a condition.

use serde_json::Value as Json;
use windlass_core::expr::Expr;
use windlass_core::prelude::*;

use crate::shared::columns;
use crate::shared::rows::{check, compile, scene, within};

/// Which rows are kept.
#[derive(Params)]
pub struct Settings {
    /// Condition over the columns by name, `row` (all of them: `row["unit price"]`), `index` (from 0) and `given`:
    /// `price > 10 and town in given`. An empty cell is `none`.
    #[param(static, default = "true")]
    r#where: String,
    /// What the condition sees as `given`; it may be wired.
    #[param(default = null)]
    given: Json,
}

/// The table.
#[derive(Inputs)]
pub struct In {
    /// The table.
    table: Arc<Table>,
}

/// The rows.
#[derive(Outputs)]
pub struct Out {
    /// The rows that meet the condition, in their order.
    table: Arc<Table>,
    /// The rows that do not.
    rest: Arc<Table>,
}

/// `table.filter`
pub struct Filter(Expr);

impl Node for Filter {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "table.filter",
            "Filter rows",
            "Keeps the rows of a table for which a condition holds, and gives the others beside them. The language is \
             that of all conditions (`flow.filter`). A row for which it cannot be computed fails the item.",
        )
        .search(&["where", "condition", "rows", "query"])
        .cpu()
        .example(EXAMPLE)
        .sample(Sample::new().input("table", Value::Table(Arc::default())))
    }

    fn open(statics: &Statics) -> Result<Self, NodeError> {
        compile(statics.text("where")?, "where").map(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let table = inputs.table;
        check(&self.0, table.columns())?;
        let given = Value::from_constant(&params.given);
        let (mut kept, mut rest) = (Vec::new(), Vec::new());
        for row in 0..table.rows() {
            ctx.check_cancelled()?;
            let holds = self.0.holds(&scene(&self.0, table.columns(), row, &given));
            let holds = holds.map_err(|error| within(row, error))?;
            if holds { &mut kept } else { &mut rest }.push(Some(row));
        }
        Ok(Out { table: columns::rows(&table, &kept)?, rest: columns::rows(&table, &rest)? })
    }
}

const EXAMPLE: &str = r#"
open:
  kind: files.open
  params: { path: samples/customers.csv }
table:
  kind: table.open
  inputs: { file: open.file }
filter:
  kind: table.filter
  params: { where: "total > 100 and city != 'Lund'" }
  inputs: { table: table.table }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::json;

    use super::*;
    use crate::shared::specimen::{cause, gave, lines, table};

    fn bench(condition: &str) -> Harness {
        let table = table(&[("n", &["1", "2", ""]), ("unit price", &["a", "b", "c"])]);
        Harness::of::<Filter>().param("where", condition).input("table", Value::Table(table))
    }

    #[test]
    fn rows_are_kept_or_given_beside() {
        let both = bench("n is not none and n > 1").fire().unwrap();
        assert_eq!(lines(&both.get::<Arc<Table>>("table").unwrap()), ["n|unit price", "2|b"]);
        assert_eq!(lines(&both.get::<Arc<Table>>("rest").unwrap()), ["n|unit price", "1|a", "|c"]);
        assert_eq!(gave(bench("row['unit price'] == 'c' and index == 2"))[1..], ["|c"]);
        assert_eq!(gave(bench("n in given").param("given", json!([2, 7])))[1..], ["2|b"]);
        assert_eq!(gave(bench("true")).len(), 4);
    }

    #[test]
    fn what_cannot_be_told_is_named() {
        let error = bench("m > 1").fire().map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "the expression names `m`, and the table has no such column");
        assert!(error.hint_text().is_some());
        assert!(cause(bench("n + 1")).starts_with("row 0: `n + 1` must give true or false"));
        assert!(bench("n >").open().unwrap_err().to_string().starts_with("parameter `where`: `n >` is not"));
    }

    #[test]
    fn a_long_filter_can_be_stopped() {
        let bench = bench("n == 1");
        bench.cancel().cancel();
        assert!(bench.fire().is_err_and(|error| error.is_cancelled()));
    }
}
