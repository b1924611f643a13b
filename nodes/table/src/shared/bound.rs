//! How large a table may become: told before the memory is taken.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::{Map, Value as Json};
use windlass_core::node::NodeError;
use windlass_core::value::{Cells, Table};

/// The most rows that a node makes where its parameters say nothing.
pub(crate) const MAX_ROWS: usize = 50_000_000;

/// The most columns of a table that is made.
pub(crate) const MAX_COLUMNS: usize = 10_000;

/// The most memory of a table that a node makes, in bytes.
pub(crate) const MAX_BYTES: u64 = 4 << 30;

/// What a table may have at most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bound {
    pub rows: usize,
    pub bytes: u64,
    /// What to do about more.
    pub hint: &'static str,
}

impl Default for Bound {
    fn default() -> Self {
        Self { rows: MAX_ROWS, bytes: MAX_BYTES, hint: "make it smaller, or take its rows as items" }
    }
}

impl Bound {
    /// Refuses a table of so many rows and so many bytes.
    pub(crate) fn check(self, rows: usize, bytes: u64) -> Result<(), NodeError> {
        if rows > self.rows {
            return Err(self.refuse(format!("the table has more than {} rows", self.rows)));
        }
        if bytes > self.bytes {
            return Err(self.refuse(format!("the table takes more than {} MiB", self.bytes >> 20)));
        }
        Ok(())
    }

    /// Refuses a table of so many columns and rows, whatever is in its cells.
    pub(crate) fn check_cells(self, columns: usize, rows: usize) -> Result<(), NodeError> {
        self.check(rows, cells_bytes(columns, rows))
    }

    fn refuse(self, what: String) -> NodeError {
        NodeError::new(what).hint(self.hint).permanent()
    }
}

/// Refuses a table of so many columns.
pub(crate) fn check_columns(columns: usize) -> Result<(), NodeError> {
    if columns <= MAX_COLUMNS {
        return Ok(());
    }
    let error = NodeError::new(format!("the table would have {columns} columns, at most {MAX_COLUMNS} are made"));
    Err(error.permanent())
}

/// Makes a table of rows. Rows that all have other fields would make a table of as many cells as the square of them.
///
/// # Errors
/// Refuses more columns than are made, and more cells than the bound has room for.
pub(crate) fn of_rows(rows: &[Map<String, Json>], bound: Bound) -> Result<Table, NodeError> {
    let mut names = HashSet::new();
    for row in rows {
        names.extend(row.keys().map(String::as_str));
        check_columns(names.len())?;
    }
    bound.check_cells(names.len(), rows.len())?;
    Ok(Table::from_rows(rows))
}

fn cells_bytes(columns: usize, rows: usize) -> u64 {
    (columns as u64).saturating_mul(rows as u64).saturating_mul(size_of::<Option<Arc<str>>>() as u64)
}

/// Picks or makes the cells of one table, and refuses to go on before they take more than its bound.
pub(crate) struct Picking {
    bound: Bound,
    bytes: u64,
}

impl Picking {
    /// Begins with nothing picked.
    pub(crate) fn new(bound: Bound) -> Self {
        Self { bound, bytes: 0 }
    }

    /// Counts cells that are made in another way: so many columns of so many rows.
    pub(crate) fn count(&mut self, columns: usize, rows: usize) -> Result<(), NodeError> {
        self.add(rows, cells_bytes(columns, rows))
    }

    /// Counts what so many rows take beside their cells: long texts, and JSON.
    pub(crate) fn add(&mut self, rows: usize, bytes: u64) -> Result<(), NodeError> {
        self.bytes = self.bytes.saturating_add(bytes);
        self.bound.check(rows, self.bytes)
    }

    /// Counts a list of cells for each group of rows, before it is made.
    pub(crate) fn count_lists(&mut self, cells: &Cells, groups: &[Vec<usize>]) -> Result<(), NodeError> {
        let rows = groups.iter().flatten().map(|row| copy_bytes(cells, *row));
        let bytes = rows.fold(0_u64, u64::saturating_add);
        self.count(1, groups.len())?;
        self.add(groups.len(), bytes)
    }

    /// Returns the cells of these rows, in their order; `None` gives an empty one.
    pub(crate) fn pick(&mut self, cells: &Cells, rows: &[Option<usize>]) -> Result<Cells, NodeError> {
        self.count(1, rows.len())?;
        // Texts are shared, JSON is copied.
        if let Cells::Json(cells) = cells {
            let sizes: Vec<_> = cells.iter().map(|cell| cell.as_ref().map_or(0, json_bytes)).collect();
            let copied = rows.iter().flatten().filter_map(|row| sizes.get(*row));
            self.bytes = copied.fold(self.bytes, |sum, size| sum.saturating_add(*size));
            self.bound.check(rows.len(), self.bytes)?;
        }
        Ok(cells.pick(rows))
    }
}

/// Returns about how much memory a cell takes as JSON, in bytes.
fn copy_bytes(cells: &Cells, row: usize) -> u64 {
    match cells {
        Cells::Json(cells) => cells[row].as_ref().map_or(0, json_bytes),
        Cells::Text(cells) => cells[row].as_ref().map_or(0, |text| (size_of::<Json>() + text.len()) as u64),
        _ => size_of::<Json>() as u64,
    }
}

/// Returns about how much memory a JSON value takes, in bytes.
pub(crate) fn json_bytes(json: &Json) -> u64 {
    let own = size_of::<Json>() as u64;
    own + match json {
        Json::String(text) => text.len() as u64,
        Json::Array(items) => items.iter().map(json_bytes).sum(),
        Json::Object(fields) => fields.iter().map(|(name, field)| 48 + name.len() as u64 + json_bytes(field)).sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_large_is_said_in_words() {
        let bound = Bound { rows: 2, bytes: 3 << 20, hint: "less" };
        assert_eq!(bound.check(2, 3 << 20), Ok(()));
        assert_eq!(bound.check(3, 0).unwrap_err().to_string(), "the table has more than 2 rows");
        assert_eq!(bound.check(0, 4 << 20).unwrap_err().to_string(), "the table takes more than 3 MiB");
        assert!(check_columns(MAX_COLUMNS + 1).unwrap_err().is_permanent());
    }

    #[test]
    fn rows_that_have_nothing_in_common_are_refused() {
        let fields = |at: usize, count: usize| (at * count..(at + 1) * count).map(|name| (name.to_string(), 1.into()));
        let rows = |rows: usize, count| (0..rows).map(|at| fields(at, count).collect()).collect::<Vec<Map<_, _>>>();
        let cause =
            |rows: &[Map<_, _>], bytes| of_rows(rows, Bound { bytes, ..Bound::default() }).unwrap_err().to_string();
        assert_eq!(cause(&rows(101, 100), MAX_BYTES), "the table would have 10100 columns, at most 10000 are made");
        assert_eq!(cause(&rows(100, 70), 10 << 20), "the table takes more than 10 MiB");
        assert_eq!(of_rows(&rows(100, 70), Bound::default()).unwrap().columns().len(), 7000);
    }

    #[test]
    fn what_is_picked_many_times_is_refused_before_it_is_copied() {
        let mut picking = Picking::new(Bound { bytes: 1 << 20, ..Bound::default() });
        let long = Cells::Json(vec![Some("x".repeat(1000).into()), None]);
        assert!(picking.pick(&long, &[Some(0), None, Some(1)]).is_ok());
        let error = picking.pick(&long, &[Some(0); 1000]).unwrap_err();
        assert_eq!(error.to_string(), "the table takes more than 1 MiB");
        assert!(error.is_permanent() && picking.count(usize::MAX, 2).is_err());
    }

    #[test]
    fn json_counts_with_all_that_it_holds() {
        let flat = json_bytes(&Json::Null);
        assert_eq!(json_bytes(&windlass_core::json!(["ab", 1])), 3 * flat + 2);
        assert!(json_bytes(&windlass_core::json!({ "name": "x" })) > 2 * flat);
    }
}
