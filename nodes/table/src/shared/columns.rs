//! Finding columns by name, and turning cells into another type.

use std::collections::HashSet;

use serde_json::Value as Json;
use windlass_core::node::NodeError;
use windlass_core::prelude::*;
use windlass_core::problem::nearest;
use windlass_core::value::{Cells, Column, TableError};

use super::bound::{Picking, json_bytes};
use super::infer;

/// A type that cells may be turned into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CellType {
    Bool,
    Int,
    Float,
    Text,
    Json,
}

impl CellType {
    /// Reads the name of a type, as graphs write it.
    pub(crate) fn named(name: &str) -> Result<Self, NodeError> {
        Ok(match name {
            "bool" => Self::Bool,
            "int" => Self::Int,
            "float" => Self::Float,
            "text" => Self::Text,
            "json" => Self::Json,
            other => {
                let error = NodeError::new(format!("`{other}` is no type of a column"));
                return Err(error.hint("it may be `bool`, `int`, `float`, `text` or `json`").permanent());
            }
        })
    }
}

/// Returns a column, or says which are there.
pub(crate) fn find<'a>(table: &'a Table, name: &str) -> Result<&'a Column, NodeError> {
    table.column(name).ok_or_else(|| missing(table, name))
}

/// Returns columns in the order of their names.
pub(crate) fn find_all<'a>(table: &'a Table, names: &[String]) -> Result<Vec<&'a Column>, NodeError> {
    names.iter().map(|name| find(table, name)).collect()
}

/// Says that a table lacks a column.
pub(crate) fn missing(table: &Table, name: &str) -> NodeError {
    let names = || table.columns().iter().map(|column| &*column.name);
    let error = NodeError::new(format!("the table has no column `{name}`")).permanent();
    match nearest(name, names()) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => {
            let known: Vec<_> = names().take(20).map(|name| format!("`{name}`")).collect();
            error.hint(format!("it has {}", if known.is_empty() { "none".into() } else { known.join(", ") }))
        }
    }
}

/// Refuses columns of which one comes twice, before its cells are copied.
pub(crate) fn distinct(columns: &[&Column]) -> Result<(), NodeError> {
    let mut names = HashSet::new();
    match columns.iter().find(|column| !names.insert(&*column.name)) {
        Some(twice) => Err(explain(&TableError::Twice(twice.name.to_string()))),
        None => Ok(()),
    }
}

/// Makes a table of columns.
pub(crate) fn table(columns: Vec<Column>) -> Result<Arc<Table>, NodeError> {
    Table::new(columns).map(Arc::new).map_err(|error| explain(&error))
}

/// Makes a table of some rows of another one, in their order; `None` gives a row of empty cells.
pub(crate) fn rows(of: &Table, rows: &[Option<usize>]) -> Result<Arc<Table>, NodeError> {
    let picked = |column: &Column| Column { name: column.name.clone(), cells: column.cells.pick(rows) };
    table(of.columns().iter().map(picked).collect())
}

/// Says why columns do not make a table.
pub(crate) fn explain(error: &TableError) -> NodeError {
    let explained = NodeError::new(error.to_string()).permanent();
    match error {
        TableError::Twice(_) => explained.hint("give one of them another name"),
        TableError::Length { .. } => explained,
    }
}

/// Reads an object of names and texts: `{ old: new }`.
pub(crate) fn pairs(json: &Json, param: &str) -> Result<Vec<(String, String)>, NodeError> {
    let wrong = || NodeError::new(format!("parameter `{param}` must be an object whose fields are texts")).permanent();
    let Json::Object(fields) = json else { return Err(wrong()) };
    let pair = |(name, text): (&String, &Json)| Some((name.clone(), text.as_str()?.to_owned()));
    fields.iter().map(pair).collect::<Option<_>>().ok_or_else(wrong)
}

/// Turns cells into another type. A cell that does not fit is named by its row, or becomes empty where `lenient`.
/// What texts become as JSON is counted.
pub(crate) fn cast(column: &Column, to: CellType, lenient: bool, picking: &mut Picking) -> Result<Cells, NodeError> {
    let cells = &column.cells;
    let rows = 0..cells.len();
    let fail = |row: usize, json: &Json| {
        let shown: String = json.to_string().chars().take(40).collect();
        let (name, to) = (&column.name, format!("{to:?}").to_lowercase());
        NodeError::new(format!("row {row}: `{shown}` in column `{name}` is no `{to}`"))
            .hint("set `unfit: empty` to have an empty cell there")
            .permanent()
    };
    macro_rules! cast_with {
        ($kind:ident, $read:expr) => {{
            let read: fn(&Json) -> Option<_> = $read;
            let cell = |row: usize| match cells.json(row) {
                Json::Null => Ok(None),
                json => match read(&json) {
                    None if !lenient => Err(fail(row, &json)),
                    cell => Ok(cell),
                },
            };
            Cells::$kind(rows.map(cell).collect::<Result<_, NodeError>>()?)
        }};
    }
    Ok(match (to, cells) {
        (CellType::Float, Cells::Float(_))
        | (CellType::Int, Cells::Int(_))
        | (CellType::Bool, Cells::Bool(_))
        | (CellType::Text, Cells::Text(_))
        | (CellType::Json, Cells::Json(_)) => cells.clone(),
        (CellType::Bool, _) => cast_with!(Bool, bool_of),
        (CellType::Int, _) => cast_with!(Int, int_of),
        (CellType::Float, _) => cast_with!(Float, float_of),
        (CellType::Text, Cells::Float(floats)) => {
            Cells::Text(floats.iter().map(|float| float.map(|float| format!("{float:?}").into())).collect())
        }
        (CellType::Text, _) => cast_with!(Text, |json| Some(text_of(json).into())),
        (CellType::Json, Cells::Text(texts)) => {
            let cell = |(row, text): (usize, &Option<Arc<str>>)| {
                let json = text.as_ref().map(|text| json_of(text));
                picking.add(row, json.as_ref().map_or(0, json_bytes)).map(|()| json)
            };
            Cells::Json(texts.iter().enumerate().map(cell).collect::<Result<_, _>>()?)
        }
        (CellType::Json, _) => cast_with!(Json, |json| Some(json.clone())),
    })
}

fn bool_of(json: &Json) -> Option<bool> {
    match json {
        Json::Bool(flag) => Some(*flag),
        Json::Number(number) => match number.as_f64()? {
            0.0 => Some(false),
            1.0 => Some(true),
            _ => None,
        },
        Json::String(text) => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" => Some(true),
            "false" | "no" | "0" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

fn int_of(json: &Json) -> Option<i64> {
    match json {
        Json::Bool(flag) => Some((*flag).into()),
        Json::Number(number) => number.as_i64().or_else(|| infer::whole(number.as_f64()?)),
        Json::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn float_of(json: &Json) -> Option<f64> {
    match json {
        Json::Bool(flag) => Some(f64::from(u8::from(*flag))),
        Json::Number(number) => number.as_f64(),
        Json::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// Returns a cell as text: a text itself, all else as JSON.
pub(crate) fn text_of(json: &Json) -> String {
    match json {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Reads a text as JSON where it is some, and keeps it as a text where it is not.
fn json_of(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared::bound::Bound;
    use crate::shared::specimen::table;

    fn cast(column: &Column, to: CellType, lenient: bool) -> Result<Cells, NodeError> {
        super::cast(column, to, lenient, &mut Picking::new(Bound { bytes: 1 << 20, ..Bound::default() }))
    }

    #[test]
    fn texts_that_become_large_documents_are_refused() {
        let text: Arc<str> = format!("[{}0]", "0,".repeat(5_000)).into();
        let column = |rows| Column { name: "t".into(), cells: Cells::Text(vec![Some(text.clone()); rows]) };
        assert!(cast(&column(2), CellType::Json, false).is_ok());
        let error = cast(&column(100), CellType::Json, false).unwrap_err();
        assert_eq!(error.to_string(), "the table takes more than 1 MiB");
        assert!(error.is_permanent() && error.hint_text().is_some());
    }

    #[test]
    fn a_missing_column_is_explained() {
        let table = table(&[("name", &["a"])]);
        let error = find(&table, "nmae").unwrap_err();
        assert_eq!(error.to_string(), "the table has no column `nmae`");
        assert_eq!(error.hint_text(), Some("did you mean `name`?"));
        assert_eq!(find(&table, "zzzzzz").unwrap_err().hint_text(), Some("it has `name`"));
    }

    #[test]
    fn cells_are_cast_or_named() {
        let texts = Column { name: "n".into(), cells: Cells::Text(vec![Some("1".into()), None, Some("x".into())]) };
        let error = cast(&texts, CellType::Int, false).unwrap_err();
        assert_eq!(error.to_string(), "row 2: `\"x\"` in column `n` is no `int`");
        assert_eq!(cast(&texts, CellType::Int, true), Ok(Cells::Int(vec![Some(1), None, None])));
        let floats = Column { name: "x".into(), cells: Cells::Float(vec![Some(2.0), Some(0.5), Some(f64::INFINITY)]) };
        assert_eq!(cast(&floats, CellType::Int, true), Ok(Cells::Int(vec![Some(2), None, None])));
        assert_eq!(
            cast(&floats, CellType::Text, false),
            Ok(Cells::Text(vec![Some("2.0".into()), Some("0.5".into()), Some("inf".into())]))
        );
        assert!(CellType::named("number").unwrap_err().hint_text().is_some());
    }
}
