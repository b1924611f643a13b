//! The pack beside pyarrow: files of either are read by the other, and groups have the same figures
//! (`oracle/tables.py` makes what is compared); hostile Parquet, and the memory of SQL.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};
use windlass_core::harness::{Gave, Harness};
use windlass_core::node::NodeError;
use windlass_core::prelude::{File, Table, Value};
use windlass_core::registry::Registry;

fn read(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle").join(name)).unwrap()
}

fn expected(name: &str) -> Vec<Map<String, Json>> {
    let all: Json = serde_json::from_slice(&read("expected.json")).unwrap();
    serde_json::from_value(all[name].clone()).unwrap()
}

fn kind(name: &str) -> Harness {
    let registry = Registry::new([windlass_table::pack()]).unwrap();
    Harness::new(registry.kind(name).unwrap().clone())
}

fn open(name: &str, bytes: &[u8]) -> Result<Arc<Table>, NodeError> {
    let file = File::in_memory(bytes, name, "application/octet-stream");
    kind("table.open").input("file", Value::File(Arc::new(file))).fire()?.get("table")
}

fn rows(table: &Table) -> Vec<Map<String, Json>> {
    (0..table.rows()).map(|row| table.row(row)).collect()
}

#[track_caller]
fn same(found: &[Map<String, Json>], wanted: &[Map<String, Json>]) {
    assert_eq!(found.len(), wanted.len());
    for (at, (found, wanted)) in found.iter().zip(wanted).enumerate() {
        assert_eq!(Json::from(found.clone()), Json::from(wanted.clone()), "row {at}");
    }
}

#[test]
fn parquet_of_pyarrow_is_read() {
    for name in ["theirs-v1.parquet", "theirs-v2.parquet"] {
        let table = open(name, &read(name)).unwrap();
        same(&rows(&table), &expected("parquet"));
        let type_of = |name: &str| table.column(name).map(|column| column.cells.type_name());
        let types = ["flag", "uint32", "half", "money", "large", "day", "list", "struct.a"].map(type_of);
        assert_eq!(types, ["bool", "int", "float", "float", "text", "text", "json", "int"].map(Some));
    }
}

#[test]
fn rows_of_parquet_come_as_items_too() {
    let file = File::in_memory(read("theirs-v1.parquet"), "a.parquet", "application/octet-stream");
    let gave = kind("table.read").input("file", Value::File(Arc::new(file))).param("key", "int8").fire();
    let error = gave.map(|_| ()).unwrap_err();
    assert!(error.to_string().ends_with("row 6: the key column `int8` is empty"), "{error}");
    let file = File::in_memory(read("theirs-v1.parquet"), "a.parquet", "application/octet-stream");
    let gave = kind("table.read").input("file", Value::File(Arc::new(file))).fire().unwrap();
    let found: Vec<_> = gave.children().iter().map(|child| child.get::<Json>("row").unwrap()).collect();
    same(&serde_json::from_value::<Vec<_>>(found.into()).unwrap(), &expected("parquet"));
}

#[test]
fn csv_of_pyarrow_is_read() {
    same(&rows(&open("theirs.csv", &read("theirs.csv")).unwrap()), &expected("csv"));
}

/// The table that `tables.py check` compares with, by the same formulas.
fn to_save() -> Table {
    let row = |i: i64| {
        let there = |each: i64, value: Json| if i % each == each - 1 { Json::Null } else { value };
        let text = ["é", "a,\"b\"", "two\nlines"][usize::try_from(i % 3).unwrap()];
        json!({
            "flag": there(5, (i % 2 == 0).into()),
            "int": there(6, ((i - 15) * 600_479_950_316_066).into()),
            "float": there(7, (i as f64 / 3.0).into()),
            "text": there(4, text.into()),
            "json": there(8, json!([i, { "a": i }])),
        })
    };
    let rows: Vec<_> = (0..30).map(|i| row(i).as_object().cloned().unwrap()).collect();
    Table::from_rows(&rows)
}

/// pyarrow has read the frozen files; where these bytes differ, `WINDLASS_ORACLE_OUT=DIR` has them written, to be read by it.
#[test]
fn what_is_written_is_what_pyarrow_has_read() {
    for name in ["ours.parquet", "ours.csv"] {
        let table = Value::Table(Arc::new(to_save()));
        let gave = kind("table.save").param("path", name).input("table", table).fire().unwrap();
        let written = gave.file(name).unwrap();
        if let Some(folder) = std::env::var_os("WINDLASS_ORACLE_OUT") {
            std::fs::write(Path::new(&folder).join(name), written).unwrap();
            continue;
        }
        assert!(
            written == read(name),
            "`{name}` is written otherwise than when pyarrow read it: run `tables.py check`"
        );
    }
}

fn table_of(rows: &str) -> Value {
    Value::Table(Arc::new(Table::from_rows(&expected(rows))))
}

fn numbers_agree(found: &Json, wanted: &Json) -> bool {
    match (found.as_f64(), wanted.as_f64()) {
        (Some(found), Some(wanted)) => (found - wanted).abs() <= 1e-12 * wanted.abs().max(1.0),
        _ => found == wanted,
    }
}

#[track_caller]
fn agree(gave: &Gave, wanted: &str) {
    let table = gave.get::<Arc<Table>>("table").unwrap();
    let (found, wanted) = (rows(&table), expected(wanted));
    assert_eq!(found.len(), wanted.len());
    for (found, wanted) in found.iter().zip(&wanted) {
        for (name, wanted) in wanted {
            assert!(numbers_agree(&found[name], wanted), "{name}: {} is not {wanted} in {found:?}", found[name]);
        }
    }
}

#[test]
fn groups_have_the_figures_of_pyarrow() {
    let mut figures = Map::new();
    for (column, kinds) in [("n", "count distinct sum mean min max std median"), ("x", "sum mean min max std median")] {
        for kind in kinds.split(' ') {
            let name = kind.replace("distinct", "count_distinct").replace("std", "stddev");
            figures.insert(format!("{column}_{name}"), format!("{kind}({column})").into());
        }
    }
    let bench = kind("table.group").param("by", json!(["town"])).param("figures", figures);
    agree(&bench.input("table", table_of("rows")).fire().unwrap(), "grouped");
}

#[test]
fn pivots_have_the_cells_of_pyarrow() {
    let bench = kind("table.pivot").param("rows", json!(["year"])).param("columns", "town").param("values", "n");
    let gave = bench.param("figure", "sum").input("table", table_of("rows")).fire().unwrap();
    agree(&gave, "pivoted");
}

/// A file that was cut off or changed is refused in words, or read as something else; it never ends the process.
#[test]
fn damaged_parquet_is_refused_in_words() {
    let whole = read("theirs-v1.parquet");
    for cut in (0..whole.len()).step_by(97) {
        let error = open("a.parquet", &whole[..cut]).unwrap_err();
        assert!(error.is_permanent() && error.to_string().contains("the table cannot be read"), "{cut}: {error}");
    }
    for name in ["theirs-v1.parquet", "theirs-v2.parquet"] {
        let whole = read(name);
        let mut refused = 0;
        for at in (4..whole.len()).step_by(23) {
            let mut changed = whole.clone();
            changed[at] ^= 0xff;
            refused += usize::from(open("a.parquet", &changed).is_err());
        }
        assert!(refused > 0, "no change of `{name}` was noticed");
    }
}

/// One page of a few bytes announces a gigabyte: it is refused by what it announces.
#[test]
fn announced_sizes_are_held_to_the_bound() {
    let text = "x".repeat(40 << 20);
    let table = Table::from_rows(&[json!({ "t": text }).as_object().cloned().unwrap()]);
    let save = kind("table.save").param("path", "a.parquet").param("compression", "zstd");
    let gave = save.input("table", Value::Table(Arc::new(table))).fire().unwrap();
    let bytes = gave.file("a.parquet").unwrap();
    assert!(bytes.len() < 1 << 20);
    let file = File::in_memory(bytes, "a.parquet", "application/octet-stream");
    let bench = kind("table.open").input("file", Value::File(Arc::new(file)));
    assert!(bench.clone().fire().is_ok());
    let error = bench.param("max_size", 8).fire().map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("column `t`: it takes more than 8 MiB once decompressed"), "{error}");
}

#[cfg(feature = "sqlite")]
#[test]
fn the_memory_of_a_query_is_bounded() {
    // The limit of the process can only be lowered, which makes the same query fail sooner.
    let connection = rusqlite::Connection::open_in_memory().unwrap();
    connection.execute_batch("PRAGMA hard_heap_limit = 50000000").unwrap();
    let table = Table::from_rows(&[json!({ "a": 1 }).as_object().cloned().unwrap()]);
    let endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)";
    let query = format!("{endless} SELECT hex(zeroblob(100000)) || x AS t FROM c ORDER BY t");
    let bench = kind("table.sql").input("table", Value::Table(Arc::new(table))).param("query", query);
    let error = bench.fire().map(|_| ()).unwrap_err();
    assert!(error.to_string().starts_with("the query takes more memory than"), "{error}");
}
