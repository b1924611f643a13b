//! Lines that leave the part of a chart that is seen.

/// Places on both axes, from 0 to 1 where they can be seen.
pub(crate) type Shares = (f64, f64);

/// Cuts off what cannot be seen of a line, which is broken where it leaves and comes back.
pub(crate) fn clipped(run: Vec<Shares>) -> Vec<Vec<Shares>> {
    let is_seen = |(x, y): &Shares| [x, y].into_iter().all(|place| (-0.001..=1.001).contains(place));
    if run.iter().all(is_seen) {
        return if run.is_empty() { Vec::new() } else { vec![run] };
    }
    let mut parts: Vec<Vec<Shares>> = Vec::new();
    for pair in run.windows(2) {
        let Some((from, to)) = seen(pair[0], pair[1]) else { continue };
        match parts.last_mut().filter(|part| part.last() == Some(&from)) {
            Some(part) => part.push(to),
            None => parts.push(vec![from, to]),
        }
    }
    parts
}

/// Returns the part of a stretch that can be seen (Liang and Barsky 1984).
fn seen(from: Shares, to: Shares) -> Option<(Shares, Shares)> {
    let by = (to.0 - from.0, to.1 - from.1);
    let (mut start, mut end) = (0.0_f64, 1.0_f64);
    for (along, room) in [(-by.0, from.0), (by.0, 1.0 - from.0), (-by.1, from.1), (by.1, 1.0 - from.1)] {
        match along {
            0.0 if room < 0.0 => return None,
            0.0 => {}
            ..0.0 => start = start.max(room / along),
            _ => end = end.min(room / along),
        }
    }
    let at = |share: f64| match share {
        0.0 => from,
        1.0 => to,
        share => (from.0 + by.0 * share, from.1 + by.1 * share),
    };
    (start <= end).then(|| (at(start), at(end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_beyond_is_cut_off_where_a_line_crosses_the_edge() {
        let run = vec![(-1.0, 0.5), (1.0, 0.5), (1.0, 3.0), (0.5, 0.5)];
        assert_eq!(clipped(run), [vec![(0.0, 0.5), (1.0, 0.5), (1.0, 1.0)], vec![(0.6, 1.0), (0.5, 0.5)]]);
        assert_eq!(clipped(vec![(2.0, 0.5), (3.0, 0.5)]), [] as [Vec<Shares>; 0]);
        assert_eq!(clipped(vec![(0.5, 0.5)]), [[(0.5, 0.5)]]);
        assert_eq!(clipped(vec![(0.5, 1.5)]), [] as [Vec<Shares>; 0]);
    }
}
