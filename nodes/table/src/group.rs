//! Groups the rows of a table and gives figures of each group.

use serde_json::Value as Json;
use windlass_core::prelude::*;
use windlass_core::value::Column;

use crate::shared::aggregate::Asked;
use crate::shared::bound::{Bound, MAX_BYTES, MAX_ROWS, Picking, check_columns};
use crate::shared::columns::{find_all, pairs, table};
use crate::shared::groups::groups;

/// The groups and their figures.
#[derive(Params)]
pub struct Settings {
    /// The columns whose equal cells make a group; none given: the whole table is one.
    #[param(default = [])]
    by: Vec<String>,
    /// The new columns: `{ revenue: "sum(price)", sales: "count()" }`. Figures are `count`, `distinct`, `sum`, `mean`,
    /// `min`, `max`, `std` (of a sample, n - 1), `median`, `first`, `last`, `list` and `only` (the one cell that there
    /// is). Empty cells are passed over.
    #[param(default = {})]
    figures: Json,
}

/// The table.
#[derive(Inputs)]
pub struct In {
    /// The table.
    table: Arc<Table>,
}

/// The groups.
#[derive(Outputs)]
pub struct Out {
    /// A row for each group, in the order in which the groups come first: the columns of `by`, then the figures.
    table: Arc<Table>,
}

const BOUND: Bound =
    Bound { rows: MAX_ROWS, bytes: MAX_BYTES, hint: "ask for fewer figures; `list` copies every cell of its column" };

/// `table.group`
pub struct Group;

impl Node for Group {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "table.group",
            "Group rows",
            "Puts the rows together whose cells are equal in some columns, and gives counts, sums, means and other \
             figures of each group. Empty cells make a group of their own. Sums of whole numbers are exact; sums of \
             floats are compensated (Neumaier). The groups may take at most 4 GiB of memory.",
        )
        .search(&["aggregate", "group by", "summarise", "statistics", "count", "sum", "mean", "median"])
        .cpu()
        .example(EXAMPLE)
        .sample(Sample::new().input("table", Value::Table(Arc::default())))
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let asked = pairs(&params.figures, "figures")?;
        check_columns(params.by.len().saturating_add(asked.len()))?;
        let by = find_all(&inputs.table, &params.by)?;
        let groups = groups(&inputs.table, &by, ctx)?;
        let first: Vec<_> = groups.iter().map(|rows| rows.first().copied()).collect();
        let mut picking = Picking::new(BOUND);
        let keys = by
            .iter()
            .map(|column| Ok(Column { name: column.name.clone(), cells: picking.pick(&column.cells, &first)? }));
        let mut columns = keys.collect::<Result<Vec<_>, NodeError>>()?;
        for (name, figure) in asked {
            let cells = Asked::parse(&figure).and_then(|asked| asked.of(&inputs.table, &groups, &mut picking, ctx));
            let cells = cells.map_err(|error| match error.is_cancelled() {
                true => error,
                false => error.within(format!("figure `{name}`")),
            })?;
            columns.push(Column { name: name.into(), cells });
        }
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
group:
  kind: table.group
  params: { by: [ordered], figures: { people: "count()", most: "max(total)", mean: "mean(total)" } }
  inputs: { table: table.table }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::json;
    use windlass_core::value::Cells;

    use super::*;
    use crate::shared::specimen::{cause, gave, table as of};

    fn bench(by: &[&str], figures: Json) -> Harness {
        let table = of(&[
            ("town", &["Lund", "Porto", "Lund", "", "Lund"]),
            ("n", &["1", "2", "4", "8", ""]),
            ("x", &["0.5", "", "1.5", "2", "1"]),
        ]);
        Harness::of::<Group>().param("by", by.to_vec()).param("figures", figures).input("table", Value::Table(table))
    }

    #[test]
    fn each_group_has_its_figures() {
        let counts = json!({ "rows": "count()", "n": "count(n)", "sum": "sum(n)", "mean": "mean(n)" });
        assert_eq!(
            gave(bench(&["town"], counts)),
            ["town|rows|n|sum|mean", "Lund|3|2|5|2.5", "Porto|1|1|2|2.0", "|1|1|8|8.0"]
        );
        let spread = json!({ "min": "min(x)", "max": "max(x)", "std": "std(x)", "median": "median(x)" });
        assert_eq!(gave(bench(&["town"], spread))[1..], ["Lund|0.5|1.5|0.5|1.0", "Porto||||", "|2.0|2.0||2.0"]);
        let picks = json!({ "first": "first(n)", "last": "last(n)", "list": "list(n)", "kinds": "distinct(town)" });
        assert_eq!(gave(bench(&["town"], picks))[1..], ["Lund|1|4|[1,4]|1", "Porto|2|2|[2]|1", "|8|8|[8]|0"]);
    }

    #[test]
    fn a_whole_table_is_one_group_and_an_empty_one_has_none_by_column() {
        assert_eq!(gave(bench(&[], json!({ "n": "sum(n)", "rows": "count()" }))), ["n|rows", "15|5"]);
        let empty = |by: &[&str]| bench(by, json!({ "rows": "count()" })).clone();
        let none = of(&[("town", &[])]);
        let bench =
            Harness::of::<Group>().input("table", Value::Table(none)).param("figures", json!({ "rows": "count()" }));
        assert_eq!(gave(bench.clone()), ["rows", "0"]);
        assert_eq!(gave(bench.param("by", json!(["town"]))), ["town|rows"]);
        assert_eq!(gave(empty(&["town", "n"])).len(), 6);
    }

    #[test]
    fn wrong_figures_are_explained() {
        assert_eq!(cause(bench(&[], json!({ "a": "total(n)" }))), "figure `a`: there is no figure `total`");
        assert_eq!(
            cause(bench(&[], json!({ "a": "sum(town)" }))),
            "figure `a`: `sum` needs numbers, and column `town` is `text`"
        );
        assert_eq!(cause(bench(&[], json!({ "a": "sum(m)" }))), "figure `a`: the table has no column `m`");
        assert_eq!(cause(bench(&["n"], json!({ "n": "count()" }))), "two columns are called `n`");
    }

    #[test]
    fn lists_of_long_cells_are_refused_before_they_are_made() {
        let long: Arc<str> = "x".repeat(1 << 20).into();
        let json = Some(json!(["y".repeat(1 << 20)]));
        let columns = [
            ("text", Cells::Text(vec![Some(long); 4100])),
            ("json", Cells::Json([&[json][..], &[const { None }; 4099]].concat())),
        ];
        let columns = columns.map(|(name, cells)| Column { name: name.into(), cells }).into();
        let table = Arc::new(Table::new(columns).unwrap());
        let bench = |figures: Json| {
            Harness::of::<Group>().param("figures", figures).input("table", Value::Table(table.clone()))
        };
        let error = bench(json!({ "all": "list(text)" })).fire().map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "figure `all`: the table takes more than 4096 MiB");
        assert!(error.is_permanent() && error.hint_text().is_some_and(|hint| hint.contains("fewer figures")));
        assert!(bench(json!({ "all": "count(text)", "some": "list(json)" })).fire().is_ok());
    }

    #[test]
    fn so_many_columns_are_not_made_and_a_long_grouping_can_be_stopped() {
        let figures: serde_json::Map<_, _> = (0..10_000).map(|at| (at.to_string(), "count()".into())).collect();
        assert_eq!(cause(bench(&["n"], figures.into())), "the table would have 10001 columns, at most 10000 are made");
        assert_eq!(cause(bench(&["n"; 3], json!({}))), "two columns are called `n`");
        let bench = bench(&["n"], json!({ "rows": "count()" }));
        bench.cancel().cancel();
        assert!(bench.fire().is_err_and(|error| error.is_cancelled()));
    }
}
