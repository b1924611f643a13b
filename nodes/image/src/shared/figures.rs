//! Figures of the samples of one channel, in the unit that the samples have.

use windlass_core::value::{Channels, Image, Samples};

/// Steps from 0 to 1 that floats are sorted into to tell their entropy.
const FLOAT_STEPS: usize = 256;

/// What is known of a channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// The smallest sample.
    pub min: f64,
    /// The largest sample.
    pub max: f64,
    /// The mean.
    pub mean: f64,
    /// The standard deviation, as of a whole population.
    pub deviation: f64,
    /// The percentiles that were asked for, between neighbours in proportion.
    pub percentiles: Vec<f64>,
    /// Shannon's entropy in bits a sample.
    pub entropy: f64,
    /// Samples that are no finite numbers, and were left out.
    pub left_out: u64,
}

/// Returns what the channels are called, in order.
pub fn names(channels: Channels) -> &'static [&'static str] {
    match channels {
        Channels::Gray => &["gray"],
        Channels::GrayAlpha => &["gray", "alpha"],
        Channels::Rgb => &["red", "green", "blue"],
        Channels::Rgba => &["red", "green", "blue", "alpha"],
    }
}

/// Returns the sample that stands for full intensity.
pub fn range(samples: &Samples) -> f64 {
    match samples {
        Samples::U8(_) => 255.0,
        Samples::U16(_) => 65_535.0,
        Samples::F32(_) => 1.0,
    }
}

/// Returns the figures of a channel; `None` where it has no finite sample.
pub fn of(image: &Image, channel: usize, percentiles: &[f64]) -> Option<Figures> {
    let step = image.channels().count();
    match image.samples() {
        Samples::U8(samples) => of_counts(&count(256, samples.iter().skip(channel).step_by(step)), percentiles),
        Samples::U16(samples) => of_counts(&count(65_536, samples.iter().skip(channel).step_by(step)), percentiles),
        Samples::F32(samples) => {
            let finite = samples.iter().skip(channel).step_by(step).copied().filter(|sample| sample.is_finite());
            let finite: Vec<f32> = finite.collect();
            let left_out = (samples.len() / step - finite.len()) as u64;
            of_floats(finite, percentiles).map(|figures| Figures { left_out, ..figures })
        }
    }
}

fn count<'a, T: Copy + Into<usize> + 'a>(values: usize, samples: impl Iterator<Item = &'a T>) -> Vec<u64> {
    let mut counts = vec![0; values];
    samples.for_each(|sample| counts[(*sample).into()] += 1);
    counts
}

/// Returns the figures of samples of which there are so many of each value; sums are of whole numbers, and exact.
fn of_counts(counts: &[u64], percentiles: &[f64]) -> Option<Figures> {
    let total: u64 = counts.iter().sum();
    let present = || {
        counts
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0)
            .map(|(value, count)| (value as u128, u128::from(*count)))
    };
    let (min, max) = (present().next()?.0, present().next_back()?.0);
    let sum: u128 = present().map(|(value, count)| value * count).sum();
    let squares: u128 = present().map(|(value, count)| value * value * count).sum();
    let n = total as f64;
    let above = (u128::from(total) * squares - sum * sum) as f64;
    let ranked = |rank: u64| {
        let mut so_far = 0;
        let found = counts.iter().position(|count| {
            so_far += count;
            so_far > rank
        });
        found.unwrap_or_default() as f64
    };
    Some(Figures {
        min: min as f64,
        max: max as f64,
        mean: sum as f64 / n,
        deviation: above.sqrt() / n,
        percentiles: percentiles.iter().map(|share| between(*share, total, ranked)).collect(),
        entropy: entropy(counts),
        left_out: 0,
    })
}

fn of_floats(mut samples: Vec<f32>, percentiles: &[f64]) -> Option<Figures> {
    let n = samples.len() as f64;
    let (mut min, mut max, mut sum) = (f32::INFINITY, f32::NEG_INFINITY, 0.0);
    let mut steps = vec![0; FLOAT_STEPS];
    for sample in &samples {
        (min, max, sum) = (min.min(*sample), max.max(*sample), sum + f64::from(*sample));
        steps[((sample.clamp(0.0, 1.0) * FLOAT_STEPS as f32) as usize).min(FLOAT_STEPS - 1)] += 1;
    }
    if samples.is_empty() {
        return None;
    }
    let mean = sum / n;
    let squares: f64 = samples.iter().map(|sample| (f64::from(*sample) - mean).powi(2)).sum();
    let total = samples.len() as u64;
    let place = |share: &f64| (share / 100.0 * (total - 1) as f64).floor() as usize;
    let mut ranks: Vec<_> = percentiles.iter().map(place).flat_map(|rank| [rank, rank + 1]).collect();
    ranks.retain(|rank| *rank < samples.len());
    ranks.sort_unstable();
    ranks.dedup();
    put_in_place(&mut samples, 0, &ranks);
    let ranked = |rank: u64| f64::from(samples[rank as usize]);
    Some(Figures {
        min: min.into(),
        max: max.into(),
        mean,
        deviation: (squares / n).sqrt(),
        percentiles: percentiles.iter().map(|share| between(*share, total, ranked)).collect(),
        entropy: entropy(&steps),
        left_out: 0,
    })
}

/// Brings the samples of these ranks to where they would be if all were sorted; the ranks are in order, and counted from
/// `before`. Each half of them looks at its part of the samples alone, so that a hundred take seven times as long as one.
fn put_in_place(samples: &mut [f32], before: usize, ranks: &[usize]) {
    let Some(middle) = ranks.get(ranks.len() / 2) else { return };
    let (low, _, high) = samples.select_nth_unstable_by(middle - before, f32::total_cmp);
    put_in_place(low, before, &ranks[..ranks.len() / 2]);
    put_in_place(high, middle + 1, &ranks[ranks.len() / 2 + 1..]);
}

/// Returns a percentile as most tools do (method 7 of Hyndman and Fan, 1996): in proportion between its two neighbours.
fn between(share: f64, total: u64, mut ranked: impl FnMut(u64) -> f64) -> f64 {
    let place = share / 100.0 * (total - 1) as f64;
    let below = place.floor();
    let low = ranked(below as u64);
    if place == below { low } else { low + (ranked(below as u64 + 1) - low) * (place - below) }
}

fn entropy(counts: &[u64]) -> f64 {
    let total = counts.iter().sum::<u64>() as f64;
    let shares = counts.iter().filter(|count| **count > 0).map(|count| *count as f64 / total);
    // A sum that begins at 0 never is -0.
    shares.fold(0.0, |bits, share| bits - share * share.log2())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(samples: Samples) -> Figures {
        of(&Image::new(4, 1, Channels::Gray, samples).unwrap(), 0, &[0.0, 50.0, 75.0]).unwrap()
    }

    #[test]
    fn all_types_of_samples_give_the_same_figures_in_their_unit() {
        let wide = figures(Samples::U16(vec![10, 20, 30, 60]));
        assert_eq!((wide.min, wide.max, wide.mean), (10.0, 60.0, 30.0));
        assert_eq!((wide.deviation, wide.entropy), (350.0_f64.sqrt(), 2.0));
        assert_eq!(wide.percentiles, [10.0, 25.0, 37.5]);
        assert_eq!(figures(Samples::U8(vec![60, 10, 30, 20])), wide);
        let floats = figures(Samples::F32(vec![60.0, 10.0, 30.0, 20.0]));
        assert_eq!(Figures { entropy: 2.0, ..floats }, wide);
    }

    #[test]
    fn what_is_no_number_is_left_out() {
        let some = figures(Samples::F32(vec![f32::NAN, 0.5, f32::INFINITY, 0.25]));
        assert_eq!((some.left_out, some.min, some.max, some.entropy), (2, 0.25, 0.5, 1.0));
        let none = Image::new(1, 1, Channels::Gray, Samples::F32(vec![f32::NAN])).unwrap();
        assert_eq!(of(&none, 0, &[]), None);
    }

    #[test]
    fn a_flat_channel_has_no_entropy_and_no_deviation() {
        let flat = figures(Samples::U8(vec![7; 4]));
        assert_eq!((flat.entropy.to_bits(), flat.deviation, &flat.percentiles[..]), (0, 0.0, &[7.0; 3][..]));
    }
}
