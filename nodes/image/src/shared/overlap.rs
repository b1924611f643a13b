//! Which part of one thing lies on another.

/// Returns where two spans overlap, as the first place in each and the length: `base` long, and `over` long from
/// `start` on.
pub fn overlap(base: u32, over: u32, start: i64) -> Option<(usize, usize, usize)> {
    let first = start.max(0);
    let end = start.saturating_add(over.into()).min(base.into());
    (first < end).then(|| (first as usize, (first - start) as usize, (end - first) as usize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_outside_is_cut_off() {
        assert_eq!(overlap(10, 4, 8), Some((8, 0, 2)));
        assert_eq!(overlap(10, 40, -8), Some((0, 8, 10)));
        assert_eq!(overlap(10, 4, -4), None);
        assert_eq!(overlap(10, 4, i64::MAX), None);
        assert_eq!(overlap(10, 4, i64::MIN), None);
    }
}
