//! What charts are made of: series of points, out of the columns of a table.

use std::collections::HashSet;

use indexmap::IndexMap;
use serde_json::{Map, Value as Json};
use windlass_core::prelude::*;
use windlass_core::problem::nearest;
use windlass_core::types::Type;
use windlass_core::value::{Cells, Column};

use super::axis::{Axis, Scale};
use super::time;

/// The most rows that a chart is made of.
const MAX_ROWS: usize = 5_000_000;

/// The most points of all series together.
const MAX_POINTS: usize = 20_000_000;

/// The most cells of a table that is made of items: rows that all have other fields would make the square of them.
const MAX_CELLS: usize = 50_000_000;

/// The most names on an axis.
const MAX_NAMES: usize = 2_000;

/// Where the data come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Source {
    /// The port `table`.
    Table,
    /// The port `rows`, which collects a group of objects.
    Items,
}

/// Adds the port that the parameter `from` asks for.
pub(crate) fn add_input(spec: &mut Spec, statics: &Statics) {
    let from_items = statics.get("from").and_then(Json::as_str) == Some("items");
    spec.inputs.push(match from_items {
        false => PortSpec::new("table", Type::Table, "The table that the chart is made of."),
        true => {
            let doc = "The items of one group, objects: a row for each.";
            PortSpec { collect: true, ..PortSpec::new("rows", Type::list(Type::Json), doc) }
        }
    });
}

/// Takes the table out of the inputs.
pub(crate) fn table(mut inputs: Bag, ctx: &Ctx) -> Result<Arc<Table>, NodeError> {
    let too_many = |rows: usize| {
        let error = NodeError::new(format!("there are {rows} rows, a chart is made of at most {MAX_ROWS}"));
        error.hint("take a sample of them, or group them first (`table.group`)").permanent()
    };
    let table = match (inputs.take("table").map(Value::resolved).transpose()?, inputs.take("rows")) {
        (Some(Value::Table(table)), _) => table,
        (_, Some(Value::List(list))) if list.len() <= MAX_ROWS => {
            let rows = list.members().iter().enumerate().map(|(at, member)| {
                ctx.check_cancelled()?;
                match member.read()?.to_json() {
                    Some(Json::Object(fields)) => Ok(fields),
                    _ => Err(NodeError::new(format!("item `{}` is no object", list.name(at))).permanent()),
                }
            });
            let rows = rows.collect::<Result<Vec<_>, NodeError>>()?;
            check_cells(&rows)?;
            Arc::new(Table::from_rows(&rows))
        }
        (_, Some(Value::List(list))) => return Err(too_many(list.len())),
        _ => return Err(NodeError::new("there is neither a table nor a group").permanent()),
    };
    if table.rows() > MAX_ROWS { Err(too_many(table.rows())) } else { Ok(table) }
}

fn check_cells(rows: &[Map<String, Json>]) -> Result<(), NodeError> {
    let mut names = HashSet::new();
    for row in rows {
        names.extend(row.keys().map(String::as_str));
        if names.len().saturating_mul(rows.len()) > MAX_CELLS {
            let error = format!("the items would make a table of more than {MAX_CELLS} cells");
            return Err(NodeError::new(error).hint("leave out the fields that are not drawn").permanent());
        }
    }
    Ok(())
}

/// Returns a column, or says which are there.
pub(crate) fn find<'a>(table: &'a Table, name: &str) -> Result<&'a Column, NodeError> {
    table.column(name).ok_or_else(|| {
        let error = NodeError::new(format!("the table has no column `{name}`")).permanent();
        let names = || table.columns().iter().map(|column| &*column.name);
        match nearest(name, names()) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint(format!(
                "it has {}",
                names().take(20).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
            )),
        }
    })
}

/// Returns the cells of a column as numbers; empty ones are NaN.
pub(crate) fn numbers(column: &Column) -> Result<Vec<f64>, NodeError> {
    Ok(match &column.cells {
        Cells::Int(cells) => cells.iter().map(|cell| cell.map_or(f64::NAN, |int| int as f64)).collect(),
        Cells::Float(cells) => cells.iter().map(|cell| cell.unwrap_or(f64::NAN)).collect(),
        Cells::Bool(cells) => {
            cells.iter().map(|cell| cell.map_or(f64::NAN, |flag| f64::from(u8::from(flag)))).collect()
        }
        cells if (0..cells.len()).all(|row| cells.json(row).is_null()) => vec![f64::NAN; cells.len()],
        cells => {
            let error =
                NodeError::new(format!("column `{}` is `{}`, a chart needs numbers", column.name, cells.type_name()));
            return Err(error.hint("turn its cells into numbers with `table.select` (`cast`)").permanent());
        }
    })
}

/// Returns a cell as a name; an empty one has an empty name.
pub(crate) fn name(cells: &Cells, row: usize) -> String {
    match cells.json(row) {
        Json::Null => String::new(),
        Json::String(text) => text,
        json => json.to_string(),
    }
}

/// Returns the names of a column in the order in which they come first, and for each row which it has.
pub(crate) fn names(column: &Column) -> Result<(Vec<String>, Vec<usize>), NodeError> {
    let mut known = IndexMap::new();
    let mut rows = Vec::with_capacity(column.cells.len());
    for row in 0..column.cells.len() {
        let next = known.len();
        rows.push(*known.entry(name(&column.cells, row)).or_insert(next));
        if known.len() > MAX_NAMES {
            let error = NodeError::new(format!("column `{}` has more than {MAX_NAMES} names", column.name));
            return Err(error.hint("an axis of numbers has room for more: cast it, or group the rows").permanent());
        }
    }
    Ok((known.into_keys().collect(), rows))
}

/// The places of points along an axis.
pub(crate) enum Along {
    /// Numbers.
    Numbers(Vec<f64>),
    /// Times, in seconds since 1970.
    Times(Vec<f64>),
    /// Names, and for each row which it has.
    Names(Vec<String>, Vec<usize>),
}

impl Along {
    /// Returns where the points of a row lie.
    pub(crate) fn at(&self, row: usize) -> f64 {
        match self {
            Self::Numbers(numbers) | Self::Times(numbers) => numbers[row],
            Self::Names(_, rows) => rows[row] as f64,
        }
    }

    /// Takes a column of numbers, of times, or of names; without one the rows are counted.
    pub(crate) fn of(table: &Table, column: Option<&str>) -> Result<Self, NodeError> {
        let Some(name) = column else { return Ok(Self::Numbers((0..table.rows()).map(|row| row as f64).collect())) };
        let column = find(table, name)?;
        let named = || names(column).map(|(names, rows)| Self::Names(names, rows));
        if let Some(times) = times(&column.cells) {
            return Ok(Self::Times(times));
        }
        match (&column.cells, numbers(column)) {
            (Cells::Bool(_), _) | (_, Err(_)) => named(),
            (_, Ok(numbers)) => Ok(Self::Numbers(numbers)),
        }
    }
}

/// Returns the cells of texts as times, where all that are not empty are dates or times; an empty one is NaN.
fn times(cells: &Cells) -> Option<Vec<f64>> {
    let Cells::Text(texts) = cells else { return None };
    let time = |text: &Option<Arc<str>>| text.as_ref().map_or(Some(f64::NAN), |text| time::parse(text));
    let times = texts.iter().map(time).collect::<Option<Vec<_>>>()?;
    times.iter().any(|time| !time.is_nan()).then_some(times)
}

/// Returns the axis along which series lie.
pub(crate) fn axis(along: &Along, all: &[Series], scale: Scale) -> Result<Axis, NodeError> {
    let drawn = || all.iter().flat_map(|series| &series.points).filter(|(_, y)| y.is_finite());
    match along {
        Along::Names(names, _) => Ok(Axis::Names(names.clone())),
        Along::Numbers(numbers) => Axis::over(drawn().map(|(row, _)| numbers[*row]), scale),
        Along::Times(times) => Ok(Axis::over_times(drawn().map(|(row, _)| times[*row]))),
    }
}

/// Returns a table for samples.
pub(crate) fn sample() -> Arc<Table> {
    let column = |name: &str, cells| Column { name: name.into(), cells };
    let x = column("x", Cells::Int(vec![Some(1), Some(2)]));
    Arc::new(Table::new(vec![x, column("y", Cells::Float(vec![Some(0.5), Some(1.5)]))]).unwrap_or_default())
}

/// Points that belong together.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Series {
    pub name: String,
    /// Row and number.
    pub points: Vec<(usize, f64)>,
}

/// Which columns make series.
pub(crate) struct Wanted<'a> {
    pub x: Option<&'a str>,
    pub y: &'a [String],
    pub series: Option<&'a str>,
    /// How many the chart can tell apart.
    pub most: usize,
}

/// Returns the series: one for each column of `y` (none given: each with numbers), or of the one column one for each name
/// in the column `series`.
pub(crate) fn series(table: &Table, wanted: &Wanted<'_>) -> Result<Vec<Series>, NodeError> {
    let columns = match wanted.y {
        [] => table.columns().iter().filter(|column| is_numeric(column) && !is_used(column, wanted)).collect(),
        names => names.iter().map(|name| find(table, name)).collect::<Result<Vec<_>, _>>()?,
    };
    if columns.len().saturating_mul(table.rows()) > MAX_POINTS {
        let (columns, rows) = (columns.len(), table.rows());
        let error = NodeError::new(format!("{columns} columns of {rows} rows are more than {MAX_POINTS} points"));
        return Err(error.hint("name fewer columns in `y`, or take a sample of the rows").permanent());
    }
    let all = match (wanted.series, columns.as_slice()) {
        (None, columns) => columns.iter().map(|column| whole(column)).collect::<Result<Vec<_>, _>>()?,
        (Some(name), [one]) => split(one, find(table, name)?)?,
        (Some(_), _) => {
            let error = NodeError::new("with `series`, `y` must name one column").permanent();
            return Err(error.hint("or leave `series` out: each column of `y` is a series then"));
        }
    };
    match all.len() {
        0 => Err(NodeError::new("the table has no column of numbers to draw").hint("name one in `y`").permanent()),
        count if count > wanted.most => {
            let error = NodeError::new(format!("there are {count} series, at most {} can be told apart", wanted.most));
            Err(error.hint("filter or group the rows first").permanent())
        }
        _ => Ok(all),
    }
}

fn is_numeric(column: &Column) -> bool {
    matches!(column.cells, Cells::Int(_) | Cells::Float(_))
}

fn is_used(column: &Column, wanted: &Wanted<'_>) -> bool {
    wanted.x == Some(&column.name) || wanted.series == Some(&column.name)
}

fn whole(column: &Column) -> Result<Series, NodeError> {
    let points = numbers(column)?.into_iter().enumerate().collect();
    Ok(Series { name: column.name.to_string(), points })
}

fn split(column: &Column, by: &Column) -> Result<Vec<Series>, NodeError> {
    let (names, rows) = names(by)?;
    let mut all: Vec<_> = names.into_iter().map(|name| Series { name, points: Vec::new() }).collect();
    for ((row, number), at) in numbers(column)?.into_iter().enumerate().zip(rows) {
        all[at].points.push((row, number));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared::specimen::table;

    #[test]
    fn columns_are_series_or_are_split_by_names() {
        let table = table();
        let of = |y: &[&str], by: Option<&str>| {
            let y: Vec<_> = y.iter().map(|name| (*name).to_owned()).collect();
            series(&table, &Wanted { x: Some("month"), y: &y, series: by, most: 2 })
                .map(|all| all.into_iter().map(|series| (series.name, series.points.len())).collect::<Vec<_>>())
        };
        assert_eq!(of(&[], None).unwrap(), [("sold".into(), 6), ("price".into(), 6)]);
        assert_eq!(of(&["sold"], Some("town")).unwrap(), [("Lund".into(), 3), ("Porto".into(), 3)]);
        let many = of(&["sold", "sold", "sold"], None).unwrap_err();
        assert_eq!(many.to_string(), "there are 3 series, at most 2 can be told apart");
        assert_eq!(of(&[], Some("town")).unwrap_err().to_string(), "with `series`, `y` must name one column");
        assert!(
            of(&["town"], None).unwrap_err().to_string().contains("column `town` is `text`, a chart needs numbers")
        );
        assert_eq!(of(&["sld"], None).unwrap_err().hint_text(), Some("did you mean `sold`?"));
    }
}
