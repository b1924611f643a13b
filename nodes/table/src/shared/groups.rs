//! Rows whose cells are equal in some columns.

use indexmap::IndexMap;
use windlass_core::prelude::*;
use windlass_core::value::Column;

use super::order::{Key, key};

/// Returns the rows of each group, in the order in which groups come first; without columns, all rows are one group.
pub(crate) fn groups(table: &Table, by: &[&Column], ctx: &Ctx) -> Result<Vec<Vec<usize>>, NodeError> {
    if by.is_empty() {
        return Ok(vec![(0..table.rows()).collect()]);
    }
    let mut groups = IndexMap::<Vec<Key>, Vec<usize>>::new();
    for row in 0..table.rows() {
        ctx.check_cancelled()?;
        groups.entry(by.iter().map(|column| key(&column.cells, row)).collect()).or_default().push(row);
    }
    Ok(groups.into_values().collect())
}
