//! Tables in memory: columns of one type each, with cells that may be empty.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

/// A table: named columns of one length.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    columns: Vec<Column>,
    rows: usize,
}

/// A column: its name and its cells.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Name, unique in its table.
    pub name: Arc<str>,
    /// The cells, from the first row to the last.
    pub cells: Cells,
}

/// The cells of a column; `None` is an empty cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cells {
    /// `bool`.
    Bool(Vec<Option<bool>>),
    /// `int`.
    Int(Vec<Option<i64>>),
    /// `float`; may be any IEEE 754 double.
    Float(Vec<Option<f64>>),
    /// `text`.
    Text(Vec<Option<Arc<str>>>),
    /// `json`: cells of several types, lists and objects.
    Json(Vec<Option<Json>>),
}

/// Why columns do not make a table.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum TableError {
    /// Two columns have the same name.
    #[error("two columns are called `{0}`")]
    Twice(String),
    /// A column is longer or shorter than the first.
    #[error("column `{name}` has {found} cells, the columns before it have {needed}")]
    Length {
        /// The column.
        name: String,
        /// Cells of the columns before it.
        needed: usize,
        /// Cells of this one.
        found: usize,
    },
}

impl Table {
    /// Makes a table of columns.
    ///
    /// # Errors
    /// Refuses columns of the same name or of different lengths.
    pub fn new(columns: Vec<Column>) -> Result<Self, TableError> {
        let needed = columns.first().map_or(0, |column| column.cells.len());
        let mut names = BTreeSet::new();
        for column in &columns {
            let found = column.cells.len();
            if !names.insert(&column.name) {
                return Err(TableError::Twice(column.name.to_string()));
            }
            if found != needed {
                return Err(TableError::Length { name: column.name.to_string(), needed, found });
            }
        }
        Ok(Self { rows: needed, columns })
    }

    /// Makes a table of rows: a column for each field, in the order in which fields come first. A cell is empty where a row
    /// lacks the field or has `null`. A column whose cells have several types is `json`, of `int` and `float` `float`.
    /// Rows without any field are no rows.
    pub fn from_rows(rows: &[Map<String, Json>]) -> Self {
        let mut fields = indexmap::IndexSet::new();
        rows.iter().for_each(|row| fields.extend(row.keys().map(String::as_str)));
        let column = |name: &str| {
            let cells = rows.iter().map(|row| row.get(name).filter(|cell| !cell.is_null()));
            Column { name: name.into(), cells: Cells::of_json(cells.collect()) }
        };
        let columns: Vec<_> = fields.into_iter().map(column).collect();
        Self { rows: if columns.is_empty() { 0 } else { rows.len() }, columns }
    }

    /// Returns the columns in order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Takes the columns out, to change them.
    pub fn into_columns(self) -> Vec<Column> {
        self.columns
    }

    /// Returns a column by name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| &*column.name == name)
    }

    /// Returns the number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Returns a row with a field for each column; empty cells are `null`, and so are numbers that JSON lacks.
    pub fn row(&self, index: usize) -> Map<String, Json> {
        self.columns.iter().map(|column| (column.name.to_string(), column.cells.json(index))).collect()
    }

    pub(super) fn size_bytes(&self) -> u64 {
        self.columns.iter().map(|column| column.name.len() as u64 + column.cells.size_bytes()).sum()
    }
}

impl Cells {
    /// Returns cells of the narrowest type that holds all of these.
    pub fn of_json(cells: Vec<Option<&Json>>) -> Self {
        let all = |holds: fn(&Json) -> bool| cells.iter().flatten().all(|cell| holds(cell));
        if cells.iter().all(Option::is_none) || all(Json::is_string) {
            let text = |cell: Option<&Json>| cell.and_then(Json::as_str).map(Arc::from);
            return Self::Text(cells.into_iter().map(text).collect());
        }
        if all(Json::is_boolean) {
            return Self::Bool(cells.into_iter().map(|cell| cell.and_then(Json::as_bool)).collect());
        }
        if all(Json::is_i64) {
            return Self::Int(cells.into_iter().map(|cell| cell.and_then(Json::as_i64)).collect());
        }
        if all(|cell| cell.is_i64() || cell.is_f64()) {
            return Self::Float(cells.into_iter().map(|cell| cell.and_then(Json::as_f64)).collect());
        }
        Self::Json(cells.into_iter().map(|cell| cell.cloned()).collect())
    }

    /// Returns the number of cells.
    pub fn len(&self) -> usize {
        match self {
            Self::Bool(cells) => cells.len(),
            Self::Int(cells) => cells.len(),
            Self::Float(cells) => cells.len(),
            Self::Text(cells) => cells.len(),
            Self::Json(cells) => cells.len(),
        }
    }

    /// Returns whether there are no cells.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the name of the cells' type, as graphs write it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float",
            Self::Text(_) => "text",
            Self::Json(_) => "json",
        }
    }

    /// Returns a cell; `null` where it is empty, where there is no such row, and for numbers that JSON lacks.
    pub fn json(&self, row: usize) -> Json {
        match self {
            Self::Bool(cells) => cells.get(row).copied().flatten().into(),
            Self::Int(cells) => cells.get(row).copied().flatten().into(),
            Self::Float(cells) => cells.get(row).copied().flatten().into(),
            Self::Text(cells) => cells.get(row).and_then(Option::as_deref).into(),
            Self::Json(cells) => cells.get(row).cloned().flatten().into(),
        }
    }

    /// Returns the cells of these rows, in their order; `None` and rows that are not there give empty cells.
    #[must_use]
    pub fn pick(&self, rows: &[Option<usize>]) -> Self {
        fn picked<T: Clone>(cells: &[Option<T>], rows: &[Option<usize>]) -> Vec<Option<T>> {
            rows.iter().map(|row| cells.get((*row)?).cloned().flatten()).collect()
        }
        match self {
            Self::Bool(cells) => Self::Bool(picked(cells, rows)),
            Self::Int(cells) => Self::Int(picked(cells, rows)),
            Self::Float(cells) => Self::Float(picked(cells, rows)),
            Self::Text(cells) => Self::Text(picked(cells, rows)),
            Self::Json(cells) => Self::Json(picked(cells, rows)),
        }
    }

    fn size_bytes(&self) -> u64 {
        let cells = match self {
            Self::Bool(_) => size_of::<Option<bool>>(),
            Self::Int(_) | Self::Float(_) => size_of::<Option<i64>>(),
            Self::Text(_) => size_of::<Option<Arc<str>>>(),
            Self::Json(_) => size_of::<Option<Json>>(),
        } as u64
            * self.len() as u64;
        let beside: u64 = match self {
            Self::Text(cells) => cells.iter().flatten().map(|text| text.len() as u64).sum(),
            Self::Json(cells) => cells.iter().flatten().map(super::json::size_bytes).sum(),
            _ => 0,
        };
        cells + beside
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rows(rows: Json) -> Vec<Map<String, Json>> {
        serde_json::from_value(rows).unwrap()
    }

    #[test]
    fn rows_become_columns_of_the_narrowest_type_and_rows_again() {
        let rows = rows(json!([
            { "n": 1, "x": 1, "t": "a", "b": true, "m": 1, "e": null },
            { "n": 2, "x": 0.5, "t": null, "b": false, "m": "one", "e": null, "late": [1] },
        ]));
        let table = Table::from_rows(&rows);
        let types: Vec<_> = table.columns().iter().map(|column| column.cells.type_name()).collect();
        assert_eq!(types, ["int", "float", "text", "bool", "json", "text", "json"]);
        assert_eq!(
            Json::from(table.row(1)),
            json!({ "n": 2, "x": 0.5, "t": null, "b": false, "m": "one", "e": null, "late": [1] })
        );
        assert_eq!(table.row(0)["late"], Json::Null);
    }

    #[test]
    fn columns_must_have_names_and_lengths_that_go_together() {
        let column = |name: &str, count| Column { name: name.into(), cells: Cells::Int(vec![None; count]) };
        assert_eq!(Table::new(vec![column("a", 1), column("a", 1)]), Err(TableError::Twice("a".into())));
        let error = Table::new(vec![column("a", 1), column("b", 2)]).unwrap_err();
        assert_eq!(error.to_string(), "column `b` has 2 cells, the columns before it have 1");
        assert_eq!(Table::new(vec![]).unwrap().rows(), 0);
    }

    #[test]
    fn rows_are_picked_and_missing_ones_are_empty() {
        let cells = Cells::Text(vec![Some("a".into()), Some("b".into())]);
        assert_eq!(
            cells.pick(&[Some(1), None, Some(0), Some(9)]),
            Cells::Text(vec![Some("b".into()), None, Some("a".into()), None])
        );
    }
}
