//! One figure for several cells.

use std::cmp::Ordering;
use std::collections::HashSet;

use serde_json::Value as Json;
use windlass_core::prelude::*;
use windlass_core::value::{Cells, Column};

use super::bound::Picking;
use super::columns::find;
use super::order::{self, Key, Texts};

/// How several cells become one; empty cells are passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Figure {
    /// The number of cells.
    Count,
    /// The number of different cells.
    Distinct,
    /// The sum; 0 for none.
    Sum,
    /// The mean.
    Mean,
    /// The smallest.
    Min,
    /// The largest.
    Max,
    /// The standard deviation of a sample (divided by n - 1).
    Std,
    /// The middle one; of an even number, the mean of the two in the middle.
    Median,
    /// The first.
    First,
    /// The last.
    Last,
    /// All of them, in order.
    List,
    /// The only one; several are an error.
    Only,
}

const NAMES: [(&str, Figure); 12] = [
    ("count", Figure::Count),
    ("distinct", Figure::Distinct),
    ("sum", Figure::Sum),
    ("mean", Figure::Mean),
    ("min", Figure::Min),
    ("max", Figure::Max),
    ("std", Figure::Std),
    ("median", Figure::Median),
    ("first", Figure::First),
    ("last", Figure::Last),
    ("list", Figure::List),
    ("only", Figure::Only),
];

/// A figure of a column: `sum(price)`; `count()` counts rows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Asked {
    pub figure: Figure,
    /// `None`: the rows themselves.
    pub column: Option<String>,
}

impl Asked {
    /// Reads `sum(price)`.
    pub(crate) fn parse(text: &str) -> Result<Self, NodeError> {
        let wrong = |what: String| {
            let names = NAMES.map(|(name, _)| format!("`{name}`")).join(", ");
            NodeError::new(what).hint(format!("write `sum(price)` or `count()`; the figures are {names}")).permanent()
        };
        let parts = text.trim().strip_suffix(')').and_then(|text| text.split_once('('));
        let (name, column) = parts.ok_or_else(|| wrong(format!("`{text}` is no figure of a column")))?;
        let figure = NAMES.iter().find(|(known, _)| *known == name.trim()).map(|(_, figure)| *figure);
        let figure = figure.ok_or_else(|| wrong(format!("there is no figure `{}`", name.trim())))?;
        let column = Some(column.trim().to_owned()).filter(|column| !column.is_empty());
        if column.is_none() && figure != Figure::Count {
            return Err(wrong(format!("`{text}` names no column")));
        }
        Ok(Self { figure, column })
    }

    /// Returns the figure for each group of rows.
    pub(crate) fn of(
        &self,
        table: &Table,
        groups: &[Vec<usize>],
        picking: &mut Picking,
        ctx: &Ctx,
    ) -> Result<Cells, NodeError> {
        if let Some(name) = &self.column {
            return figures(self.figure, find(table, name)?, groups, picking, ctx);
        }
        picking.count(1, groups.len())?;
        Ok(Cells::Int(groups.iter().map(|rows| i64::try_from(rows.len()).ok()).collect()))
    }
}

/// Returns a figure of a column for each group of rows.
pub(crate) fn figures(
    figure: Figure,
    column: &Column,
    groups: &[Vec<usize>],
    picking: &mut Picking,
    ctx: &Ctx,
) -> Result<Cells, NodeError> {
    let cells = &column.cells;
    let each = |one: &dyn Fn(&[f64]) -> Option<f64>| of_each(groups, ctx, |rows| Ok(one(&numbers(cells, rows))));
    let whole = |one: fn(&Cells, &[usize]) -> Option<i64>| of_each(groups, ctx, |rows| Ok(one(cells, rows)));
    let numeric = matches!(cells, Cells::Int(_) | Cells::Float(_) | Cells::Bool(_));
    if !numeric && matches!(figure, Figure::Sum | Figure::Mean | Figure::Std | Figure::Median) {
        return Err(no_numbers(figure, column));
    }
    let is_number =
        matches!(figure, Figure::Count | Figure::Distinct | Figure::Sum | Figure::Mean | Figure::Std | Figure::Median);
    // Cells that are picked, and lists, are counted where they are made.
    picking.count(usize::from(is_number), groups.len())?;
    let mut picked = |one: Chosen<'_>| picking.pick(cells, &of_each(groups, ctx, one)?);
    Ok(match figure {
        Figure::Count => Cells::Int(whole(count)?),
        Figure::Distinct => Cells::Int(whole(distinct)?),
        Figure::Sum if !matches!(cells, Cells::Float(_)) => {
            Cells::Int(of_each(groups, ctx, |rows| whole_sum(column, rows))?)
        }
        Figure::Sum => Cells::Float(each(&|numbers| Some(sum(numbers)))?),
        Figure::Mean => Cells::Float(each(&mean)?),
        Figure::Std => Cells::Float(each(&deviation)?),
        Figure::Median => Cells::Float(each(&|numbers| median(numbers.to_vec()))?),
        Figure::Min => picked(&|rows| Ok(extreme(cells, rows, Ordering::Less)))?,
        Figure::Max => picked(&|rows| Ok(extreme(cells, rows, Ordering::Greater)))?,
        Figure::First => picked(&|rows| Ok(rows.iter().copied().find(|row| is_there(cells, *row))))?,
        Figure::Last => picked(&|rows| Ok(rows.iter().copied().rfind(|row| is_there(cells, *row))))?,
        Figure::List => {
            picking.count_lists(cells, groups)?;
            Cells::Json(of_each(groups, ctx, |rows| Ok(Some(list(cells, rows))))?)
        }
        Figure::Only => picked(&|rows| only(column, rows))?,
    })
}

/// Chooses one of the rows of a group.
type Chosen<'a> = &'a dyn Fn(&[usize]) -> Result<Option<usize>, NodeError>;

fn of_each<T>(
    groups: &[Vec<usize>],
    ctx: &Ctx,
    one: impl Fn(&[usize]) -> Result<T, NodeError>,
) -> Result<Vec<T>, NodeError> {
    groups.iter().map(|rows| ctx.check_cancelled().and_then(|()| one(rows))).collect()
}

fn no_numbers(figure: Figure, column: &Column) -> NodeError {
    let name = NAMES.iter().find(|(_, known)| *known == figure).map_or("", |(name, _)| name);
    let (called, found) = (&column.name, column.cells.type_name());
    NodeError::new(format!("`{name}` needs numbers, and column `{called}` is `{found}`"))
        .hint("turn its cells into numbers with `table.select` (`cast`)")
        .permanent()
}

/// Returns whether a cell is not empty.
pub(crate) fn is_there(cells: &Cells, row: usize) -> bool {
    order::key(cells, row) != Key::Empty
}

fn there<'a>(cells: &'a Cells, rows: &'a [usize]) -> impl Iterator<Item = usize> + 'a {
    rows.iter().copied().filter(|row| is_there(cells, *row))
}

fn count(cells: &Cells, rows: &[usize]) -> Option<i64> {
    i64::try_from(there(cells, rows).count()).ok()
}

fn distinct(cells: &Cells, rows: &[usize]) -> Option<i64> {
    let keys: HashSet<_> = there(cells, rows).map(|row| order::key(cells, row)).collect();
    i64::try_from(keys.len()).ok()
}

fn whole_sum(column: &Column, rows: &[usize]) -> Result<Option<i64>, NodeError> {
    let number = |row: &usize| match &column.cells {
        Cells::Int(cells) => cells[*row].map(i128::from),
        Cells::Bool(cells) => cells[*row].map(i128::from),
        _ => None,
    };
    let sum: i128 = rows.iter().filter_map(number).sum();
    let sum = i64::try_from(sum).map_err(|_| {
        let error = NodeError::new(format!("the sum of column `{}` is larger than an `int` can be", column.name));
        error.hint("turn its cells into floats with `table.select` (`cast`)").permanent()
    })?;
    Ok(Some(sum))
}

/// Returns the numbers of some rows; NaN counts as a number, as it does for NumPy.
fn numbers(cells: &Cells, rows: &[usize]) -> Vec<f64> {
    let number = |row: &usize| match cells {
        Cells::Int(cells) => cells[*row].map(|int| int as f64),
        Cells::Float(cells) => cells[*row],
        Cells::Bool(cells) => cells[*row].map(|flag| f64::from(u8::from(flag))),
        _ => None,
    };
    rows.iter().filter_map(number).collect()
}

/// Adds up with the compensation of Neumaier (1974), which loses no digits to the order of the numbers.
fn sum(numbers: &[f64]) -> f64 {
    let (mut sum, mut lost) = (0.0_f64, 0.0);
    for number in numbers {
        let next = sum + number;
        lost += if sum.abs() >= number.abs() { (sum - next) + number } else { (number - next) + sum };
        sum = next;
    }
    if lost.is_finite() { sum + lost } else { sum }
}

fn mean(numbers: &[f64]) -> Option<f64> {
    (!numbers.is_empty()).then(|| sum(numbers) / numbers.len() as f64)
}

fn deviation(numbers: &[f64]) -> Option<f64> {
    let mean = mean(numbers).filter(|_| numbers.len() > 1)?;
    let squares: Vec<_> = numbers.iter().map(|number| (number - mean) * (number - mean)).collect();
    Some((sum(&squares) / (numbers.len() - 1) as f64).sqrt())
}

fn median(mut numbers: Vec<f64>) -> Option<f64> {
    if numbers.iter().any(|number| number.is_nan()) {
        return Some(f64::NAN);
    }
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    let upper = *numbers.get(middle)?;
    Some(if numbers.len() % 2 == 1 { upper } else { f64::midpoint(numbers[middle - 1], upper) })
}

fn extreme(cells: &Cells, rows: &[usize], wanted: Ordering) -> Option<usize> {
    let better = |row: usize, best: usize| order::compare(cells, row, best, Texts::Plain) == Some(wanted);
    there(cells, rows).reduce(|best, row| if better(row, best) { row } else { best })
}

fn list(cells: &Cells, rows: &[usize]) -> Json {
    there(cells, rows).map(|row| cells.json(row)).collect()
}

fn only(column: &Column, rows: &[usize]) -> Result<Option<usize>, NodeError> {
    let mut found = there(&column.cells, rows);
    let first = found.next();
    match found.next() {
        None => Ok(first),
        Some(second) => {
            let (name, first) = (&column.name, first.unwrap_or_default());
            let error = NodeError::new(format!("rows {first} and {second} both have a cell of `{name}` for one place"));
            Err(error.hint("say how several become one: `sum`, `mean`, `first`, ..").permanent())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read() {
        assert_eq!(Asked::parse("sum( unit price )").unwrap().column.as_deref(), Some("unit price"));
        assert_eq!(Asked::parse("count()"), Ok(Asked { figure: Figure::Count, column: None }));
        assert_eq!(Asked::parse("total(x)").unwrap_err().to_string(), "there is no figure `total`");
        assert_eq!(Asked::parse("mean()").unwrap_err().to_string(), "`mean()` names no column");
        assert!(Asked::parse("mean").unwrap_err().to_string().contains("no figure of a column"));
    }

    #[test]
    fn sums_lose_no_digits() {
        assert_eq!(sum(&[1.0, 1e100, 1.0, -1e100]), 2.0);
        assert_eq!(sum(&[f64::INFINITY, 1.0]), f64::INFINITY);
        assert!(sum(&[f64::NAN]).is_nan());
        assert_eq!(deviation(&[1.0]), None);
        assert_eq!((median(vec![3.0, 1.0, 2.0]), median(vec![4.0, 1.0]), median(vec![])), (Some(2.0), Some(2.5), None));
    }

    #[test]
    fn a_sum_beyond_an_int_is_an_error() {
        let column = Column { name: "n".into(), cells: Cells::Int(vec![Some(i64::MAX), Some(1)]) };
        let error = whole_sum(&column, &[0, 1]).unwrap_err();
        assert_eq!(error.to_string(), "the sum of column `n` is larger than an `int` can be");
    }
}
