//! Asks tables with SQL.

use std::collections::BTreeSet;

use serde_json::Value as Json;
use windlass_core::prelude::*;
use windlass_core::types::Type;
use windlass_core::value::{Cells, Column};

use crate::shared::bound::Bound;
use crate::shared::columns::table;
use crate::shared::sqlite::{Database, Limits};

/// The most tables of one query.
const MAX_TABLES: usize = 32;

/// What is asked.
#[derive(Params)]
pub struct Settings {
    /// The names of the tables, each of which becomes a port.
    #[param(static, default = ["table"])]
    tables: Vec<String>,
    /// One SELECT, in the SQL of SQLite, over the tables by name. Values from outside are named parameters: `:least`.
    query: String,
    /// The values of named parameters: `{ least: 100 }`. They are bound, and never read as SQL; it may be wired.
    #[param(default = {})]
    bind: Json,
    /// The most rows of the result; more are an error.
    #[param(default = 1_000_000, min = 1, max = 100_000_000)]
    max_rows: u32,
    /// The most memory that the tables and the result may each take; more is an error.
    #[param(default = 512, min = 1, max = 16_384, unit = "MiB")]
    max_size: u32,
    /// How long the query may take.
    #[param(default = "60s")]
    max_time: std::time::Duration,
}

/// The result.
#[derive(Outputs)]
pub struct Out {
    /// The rows of the result. Truth values come back as 0 and 1, and `json` as text.
    table: Arc<Table>,
}

/// `table.sql`
pub struct Sql(Vec<String>);

impl Node for Sql {
    type Params = Settings;
    type In = Bag;
    type Out = Out;

    fn about() -> About {
        About::new(
            "table.sql",
            "SQL",
            "Asks its tables with one SELECT, in SQLite in memory. Nothing can be changed, attached or loaded, and the \
             world cannot be reached, its clock and chance included; memory, time and rows are bounded. Cells are INTEGER (`bool`, `int`), REAL \
             (NaN is NULL) or TEXT (`text`, `json`), empty ones NULL.",
        )
        .search(&["query", "select", "sqlite", "database", "join", "group by"])
        .cpu()
        .example(EXAMPLE)
        .sample(Sample::new().param("query", "SELECT 1 AS one").input("table", Value::Table(Arc::new(one_cell()))))
    }

    fn open(statics: &Statics) -> Result<Self, NodeError> {
        names(statics).map(Self)
    }

    fn shape(spec: &mut Spec, statics: &Statics) -> Result<(), NodeError> {
        for name in names(statics)? {
            if spec.param(&name).is_some() {
                return Err(NodeError::new(format!("a table cannot have the name of the parameter `{name}`")));
            }
            spec.inputs.push(PortSpec::new(&name, Type::Table, format!("The table `{name}` of the query.")));
        }
        Ok(())
    }

    async fn fire(&self, params: Settings, mut inputs: Bag, ctx: &Ctx) -> Result<Out, NodeError> {
        let bytes = u64::from(params.max_size) << 20;
        let bound =
            Bound { rows: params.max_rows as usize, bytes, hint: "raise `max_rows` or `max_size`, or add a LIMIT" };
        let mut database = Database::open(Limits { bound, time: params.max_time }, ctx)?;
        for name in &self.0 {
            match inputs.take(name).map(Value::resolved).transpose()? {
                Some(Value::Table(table)) => database.add(name, &table)?,
                _ => return Err(NodeError::new(format!("input `{name}` is no table")).permanent()),
            }
        }
        let Json::Object(bind) = &params.bind else {
            return Err(NodeError::new("parameter `bind` must be an object").permanent());
        };
        Ok(Out { table: table(database.select(&params.query, bind)?)? })
    }
}

fn names(statics: &Statics) -> Result<Vec<String>, NodeError> {
    let wrong = |why: String| NodeError::new(format!("parameter `tables` {why}"));
    let Some(json) = statics.get("tables") else { return Ok(vec!["table".into()]) };
    let names: Vec<String> =
        serde_json::from_value(json.clone()).map_err(|_| wrong("must be a list of texts".into()))?;
    let is_name = |name: &String| {
        name.starts_with(|first: char| first.is_ascii_alphabetic())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    if let Some(odd) = names.iter().find(|name| !is_name(name)) {
        return Err(wrong(format!("names `{odd}`, which is no name: letters, digits and `_`, a letter first")));
    }
    let different: BTreeSet<_> = names.iter().map(|name| name.to_ascii_lowercase()).collect();
    if different.len() != names.len() || names.len() > MAX_TABLES {
        return Err(wrong(format!("must name at most {MAX_TABLES} tables that differ in more than case")));
    }
    Ok(names)
}

fn one_cell() -> Table {
    let cells = Cells::Int(vec![Some(1)]);
    Table::new(vec![Column { name: "id".into(), cells }]).unwrap_or_default()
}

const EXAMPLE: &str = r#"
open:
  kind: files.open
  params: { path: samples/customers.csv }
people:
  kind: table.open
  inputs: { file: open.file }
sql:
  kind: table.sql
  params:
    tables: [people]
    query: SELECT ordered, count(*) AS n, sum(total) AS total FROM people WHERE total >= :least GROUP BY ordered
    bind: { least: 1 }
  inputs: { people: people.table }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::json;

    use super::*;
    use crate::shared::specimen::{cause, gave, table as of};

    fn bench(query: &str) -> Harness {
        let sales = of(&[("town", &["Lund", "Porto", "Lund"]), ("n", &["1", "2", ""]), ("x", &["0.5", "nan", "2"])]);
        let people = of(&[("name", &["Ada", "O'Neil"]), ("city", &["Lund", "Porto"])]);
        let bench = Harness::of::<Sql>().param("tables", json!(["sales", "people"])).param("query", query);
        bench.input("sales", Value::Table(sales)).input("people", Value::Table(people))
    }

    #[test]
    fn tables_are_asked_by_name() {
        let query = "SELECT town, sum(n) AS n, count(*) AS rows FROM sales GROUP BY town ORDER BY town";
        assert_eq!(gave(bench(query)), ["town|n|rows", "Lund|1|2", "Porto|2|1"]);
        let join = "SELECT name, n FROM people JOIN sales ON city = town WHERE n IS NOT NULL";
        assert_eq!(gave(bench(join)), ["name|n", "Ada|1", "O'Neil|2"]);
        assert_eq!(gave(bench("SELECT n, n * 1.0 AS f, NULL AS none FROM sales LIMIT 1")), ["n|f|none", "1|1.0|"]);
        assert_eq!(gave(bench("SELECT * FROM sales WHERE 0")), ["town|n|x"]);
        assert_eq!(gave(bench("WITH a AS (SELECT 1 AS x) SELECT x FROM a")), ["x", "1"]);
    }

    #[test]
    fn values_are_bound_and_never_read_as_sql() {
        let query = bench("SELECT city FROM people WHERE name = :who");
        assert_eq!(gave(query.clone().param("bind", json!({ "who": "O'Neil" }))), ["city", "Porto"]);
        assert_eq!(gave(query.clone().param("bind", json!({ "who": "x' OR '1'='1" }))), ["city"]);
        assert_eq!(cause(query.clone()), "the query names `:who`, and `bind` has no value for it");
        let extra = query.param("bind", json!({ "who": 1, "whom": 2 }));
        assert_eq!(cause(extra), "`bind` has a value for `whom`, and the query names no `:whom`");
    }

    #[test]
    fn nothing_but_reading_is_allowed() {
        for query in [
            "DELETE FROM sales",
            "DROP TABLE sales",
            "CREATE TABLE x (y)",
            "ATTACH 'x.db' AS x",
            "PRAGMA cache_size = 1",
            "VACUUM INTO 'x.db'",
            "SELECT load_extension('x')",
            "SELECT * FROM pragma_database_list",
            "BEGIN",
            "SELECT name FROM sqlite_master",
            "INSERT INTO sales VALUES (1, 2, 3) RETURNING town",
        ] {
            let error = bench(query).fire().map(|_| ()).unwrap_err();
            assert!(error.to_string().starts_with("the query is refused"), "{query}: {error}");
            assert!(error.is_permanent());
        }
        assert!(cause(bench("SELECT 1; SELECT 2")).contains("one SELECT"));
        assert!(cause(bench("")).contains("one SELECT"));
        assert!(cause(bench("SELEC 1")).contains("syntax error"), "{}", cause(bench("SELEC 1")));
        assert!(cause(bench("SELECT nope FROM sales")).contains("no such column: nope"));
        assert!(cause(bench("SELECT x'00' AS b")).contains("column `b`: row 0 holds bytes"));
        assert_eq!(cause(bench("SELECT n, n FROM sales")), "two columns are called `n`");
    }

    #[test]
    fn dates_are_computed_and_no_clock_is_read() {
        let one = |expression: &str| gave(bench(&format!("SELECT {expression} AS x"))).remove(1);
        assert_eq!(one("date('2024-01-31', '+1 month', '-1 day')"), "2024-03-01");
        assert_eq!(one("strftime('%Y week %W', '2026-03-01 12:00')"), "2026 week 08");
        assert_eq!(one("unixepoch('1970-01-02')"), "86400");
        assert_eq!(one("datetime(0, 'unixepoch', 'subsec')"), "1970-01-01 00:00:00.000");
        assert_eq!(one("julianday('2000-01-01 12:00')"), "2451545.0");
        assert_eq!(one("coalesce(date('no date'), 'none')"), "none");
        assert_eq!(one("timediff('2026-03-01', '2026-02-01')"), "+0000-01-00 00:00:00.000");
        for (query, why) in [
            ("SELECT date('now') AS x", "`date` would read the clock"),
            ("SELECT date() AS x", "`date` without a time would read the clock"),
            ("SELECT strftime('%Y') AS x", "`strftime` without a time would read the clock"),
            ("SELECT julianday('NOW') AS x", "`julianday` would read the clock"),
            ("SELECT date('now' || char(0) || 'x') AS x", "`date` would read the clock"),
            ("SELECT date(CAST('now' AS BLOB)) AS x", "`date` would read the clock"),
            ("SELECT unixepoch('subsec') AS x", "`unixepoch` would read the clock"),
            ("SELECT timediff('2026-01-01', 'now') AS x", "`timediff` would read the clock"),
            ("SELECT time(0, 'unixepoch', 'localtime') AS x", "`time` would read the time zone"),
            ("SELECT count(*) AS x FROM sales WHERE town < datetime('n' || 'ow')", "`datetime` would read the clock"),
        ] {
            let error = bench(query).fire().map(|_| ()).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("the query is refused: {why}, and the machine is not asked"),
                "{query}"
            );
            assert!(error.is_permanent() && error.hint_text().is_some_and(|hint| hint.contains("`bind`")));
        }
        for query in ["SELECT random() AS x", "SELECT current_date AS x", "SELECT hex(randomblob(3)) AS x"] {
            assert!(cause(bench(query)).starts_with("the query is refused"), "{query}");
        }
    }

    #[test]
    fn rows_time_and_memory_are_bounded() {
        let endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)";
        let rows = bench(&format!("{endless} SELECT x FROM c")).param("max_rows", 1000);
        assert_eq!(cause(rows), "the table has more than 1000 rows");
        let time = bench(&format!("{endless} SELECT count(*) FROM c")).param("max_time", "50ms");
        assert_eq!(cause(time), "the query took longer than 50ms");
        let long = bench("SELECT hex(zeroblob(900000000)) AS x").param("max_size", 1);
        assert!(cause(long.clone()).contains("too big"), "{}", cause(long));
        let bench = bench(&format!("{endless} SELECT count(*) FROM c"));
        bench.cancel().cancel();
        assert!(bench.fire().is_err_and(|error| error.is_cancelled()));
    }

    #[test]
    fn names_of_tables_are_names() {
        let spec = |tables: Json| Harness::of::<Sql>().param("tables", tables).param("query", "").spec().map(|_| ());
        assert!(spec(json!(["a b"])).unwrap_err().to_string().contains("`a b`, which is no name"));
        assert!(spec(json!(["A", "a"])).is_err());
        assert!(spec(json!(["query"])).unwrap_err().to_string().contains("name of the parameter"));
    }
}
