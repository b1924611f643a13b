//! How long the items of a step take: the middle and the slow end, from counts in bounded memory.

/// Buckets for each doubling of the time.
const FINE: f64 = 4.0;
/// Buckets: from a microsecond to thirty years.
const BUCKETS: usize = 200;

/// Counts times, each within a fifth of its length.
#[derive(Clone, Debug, Default)]
pub struct Times {
    /// Empty until something is counted.
    counts: Vec<u32>,
    sum: u64,
}

/// What is said of the times of a step, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Half of all items take at most so long.
    pub p50_ms: f64,
    /// All but a twentieth of the items take at most so long.
    pub p95_ms: f64,
}

impl Times {
    /// Counts a time in milliseconds.
    pub fn note(&mut self, ms: f64) {
        if self.counts.is_empty() {
            self.counts = vec![0; BUCKETS];
        }
        let at = ((ms * 1_000.0).max(1.0).log2() * FINE) as usize;
        let count = &mut self.counts[at.min(BUCKETS - 1)];
        *count = count.saturating_add(1);
        self.sum += 1;
    }

    /// Returns whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// Returns what is said of all that was counted; `None` where nothing was.
    pub fn spread(&self) -> Option<Spread> {
        (self.sum > 0).then(|| Spread { p50_ms: self.quantile(0.5), p95_ms: self.quantile(0.95) })
    }

    fn quantile(&self, share: f64) -> f64 {
        let wanted = (self.sum as f64 * share).ceil() as u64;
        let mut seen = 0;
        let at = self.counts.iter().position(|count| {
            seen += u64::from(*count);
            seen >= wanted
        });
        // The middle of the bucket, on the scale of logarithms.
        2.0_f64.powf((at.unwrap_or(BUCKETS - 1) as f64 + 0.5) / FINE) / 1_000.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_within_a_fifth() {
        let mut times = Times::default();
        assert_eq!(times.spread(), None);
        (1..=1_000).for_each(|ms| times.note(f64::from(ms)));
        let Spread { p50_ms, p95_ms } = times.spread().unwrap();
        assert!((p50_ms / 500.0 - 1.0).abs() < 0.2 && (p95_ms / 950.0 - 1.0).abs() < 0.2, "{p50_ms} {p95_ms}");
    }

    #[test]
    fn no_time_is_too_short_or_too_long() {
        let mut times = Times::default();
        [0.0, -1.0, f64::NAN, f64::INFINITY, 1e300].iter().for_each(|ms| times.note(*ms));
        assert!(times.spread().is_some_and(|spread| spread.p95_ms.is_finite()));
    }
}
