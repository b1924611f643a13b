//! Rows whose cells are equal in some columns.

use indexmap::IndexMap;
use windlass_core::prelude::*;
use windlass_core::value::Column;

use super::bound::MAX_BYTES;
use super::columns::distinct;
use super::order::{Key, key};

/// What a group takes beside the parts of its key: two lists with their memory, and its places in the table of groups.
const GROUP_BYTES: u64 = 128;

/// Returns the rows of each group, in the order in which groups come first; without columns, all rows are one group.
///
/// # Errors
/// A column is named twice, the keys of the groups take more than the memory of the largest table, or the firing should
/// end.
pub(crate) fn groups(table: &Table, by: &[&Column], ctx: &Ctx) -> Result<Vec<Vec<usize>>, NodeError> {
    if by.is_empty() {
        return Ok(vec![(0..table.rows()).collect()]);
    }
    distinct(by)?;
    groups_up_to(MAX_BYTES, table, by, ctx)
}

fn groups_up_to(most_bytes: u64, table: &Table, by: &[&Column], ctx: &Ctx) -> Result<Vec<Vec<usize>>, NodeError> {
    let mut groups = IndexMap::<Vec<Key>, Vec<usize>>::new();
    let mut keys_bytes = 0_u64;
    for row in 0..table.rows() {
        ctx.check_cancelled()?;
        let key: Vec<_> = by.iter().map(|column| key(&column.cells, row)).collect();
        let key_bytes = key.iter().map(own_bytes).sum::<u64>();
        let rows = groups.entry(key).or_default();
        keys_bytes += if rows.is_empty() { GROUP_BYTES + key_bytes } else { 0 };
        if keys_bytes > most_bytes {
            return Err(too_many(most_bytes));
        }
        rows.push(row);
    }
    Ok(groups.into_values().collect())
}

fn too_many(most_bytes: u64) -> NodeError {
    NodeError::new(format!("the keys of the groups take more than {} MiB", most_bytes >> 20))
        .hint("group by fewer columns, or by some with fewer different cells")
        .permanent()
}

/// Texts are shared with the table.
fn own_bytes(key: &Key) -> u64 {
    let text = if let Key::Json(text) = key { text.len() } else { 0 };
    (size_of::<Key>() + text) as u64
}

#[cfg(test)]
mod tests {
    use windlass_core::harness::ctx;

    use super::*;
    use crate::shared::specimen::table;

    #[test]
    fn keys_that_take_too_much_are_refused_and_equal_ones_count_once() {
        let (same, others) = (vec!["1"; 50_000], (0..50_000).map(|at| at.to_string()).collect::<Vec<_>>());
        let others: Vec<_> = others.iter().map(String::as_str).collect();
        let table = table(&[("same", &same), ("others", &others)]);
        let groups = |name: &str| groups_up_to(1 << 20, &table, &[table.column(name).unwrap()], &ctx());
        assert_eq!(groups("same").map(|groups| groups.len()), Ok(1));
        let error = groups("others").unwrap_err();
        assert_eq!(error.to_string(), "the keys of the groups take more than 1 MiB");
        assert!(error.is_permanent() && error.hint_text().is_some());
    }
}
