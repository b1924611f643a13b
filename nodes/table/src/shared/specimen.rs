//! Tables for tests.

use windlass_core::prelude::*;
use windlass_core::value::{Cells, Column};

/// Returns a table of columns whose cells are written as in CSV.
pub(crate) fn table(columns: &[(&str, &[&str])]) -> Arc<Table> {
    let column = |(name, texts): &(&str, &[&str])| {
        let mut guess = super::infer::Guess::default();
        texts.iter().for_each(|text| guess.push(text));
        Column { name: (*name).into(), cells: guess.into_cells() }
    };
    Arc::new(Table::new(columns.iter().map(column).collect()).unwrap())
}

/// Returns a table as lines: its header, then its rows, cells between `|`; an empty cell is empty.
pub(crate) fn lines(table: &Table) -> Vec<String> {
    let text = |cells: &Cells, row| match cells.json(row) {
        windlass_core::json!(null) => String::new(),
        json => super::columns::text_of(&json),
    };
    let header = table.columns().iter().map(|column| column.name.to_string()).collect::<Vec<_>>().join("|");
    let row = |row| table.columns().iter().map(|column| text(&column.cells, row)).collect::<Vec<_>>().join("|");
    std::iter::once(header).chain((0..table.rows()).map(row)).collect()
}

/// Returns the table that a firing gave, as lines.
#[track_caller]
pub(crate) fn gave(bench: windlass_core::harness::Harness) -> Vec<String> {
    lines(&bench.fire().unwrap().get::<Arc<Table>>("table").unwrap())
}

/// Returns why a firing failed.
#[track_caller]
pub(crate) fn cause(bench: windlass_core::harness::Harness) -> String {
    bench.fire().map(|_| ()).unwrap_err().to_string()
}
