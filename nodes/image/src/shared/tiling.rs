//! How a picture is cut into tiles, and where each of them lay.

use serde::{Deserialize, Serialize};
use windlass_core::prelude::*;

/// The most tiles that a picture is cut into.
pub const MAX_TILES: u64 = 100_000;

/// The most pixels that all tiles of a picture have together, which bounds the time.
pub const MAX_TILED_PIXELS: u64 = 20_000_000_000;

/// What becomes of the tiles at the right and at the bottom, where a picture is no multiple of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Choice)]
pub enum Edges {
    /// They are moved inwards and overlap more, so that all tiles have one size.
    #[default]
    Shift,
    /// They are smaller.
    Cut,
}

/// Where a tile lies in its picture, in pixels; as JSON it goes from `image.tile` to `image.untile`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Column, from 0.
    pub column: u32,
    /// Row, from 0.
    pub row: u32,
    /// How many columns there are.
    pub columns: u32,
    /// How many rows there are.
    pub rows: u32,
    /// Left side.
    pub x: u32,
    /// Top side.
    pub y: u32,
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
    /// Width of the picture.
    pub full_width: u32,
    /// Height of the picture.
    pub full_height: u32,
}

/// Returns where tiles begin and how long they are, along one side of a picture.
///
/// `tile` is above `overlap`; a picture that is shorter than a tile is one tile.
pub fn spans(side: u32, tile: u32, overlap: u32, edges: Edges) -> Vec<(u32, u32)> {
    if side <= tile {
        return vec![(0, side)];
    }
    let step = tile - overlap;
    let count = (side - overlap).div_ceil(step);
    let span = |at: u32| {
        // Products of two sides below 2^16 tiles and pixels may pass 32 bits.
        let start = u64::from(at) * u64::from(step);
        match edges {
            Edges::Shift => (start.min(u64::from(side - tile)) as u32, tile),
            Edges::Cut => (start as u32, u64::from(tile).min(u64::from(side) - start) as u32),
        }
    };
    (0..count).map(span).collect()
}

/// Returns how much each pixel of each span counts, so that the shares at each place of a side add up to 1: what
/// overlaps fades from the one to the other.
///
/// Spans are in order and leave no gap.
pub fn shares(spans: &[(usize, usize)], side: usize) -> Vec<Vec<f32>> {
    let mut shares: Vec<Vec<f32>> = Vec::with_capacity(spans.len());
    for (at, (start, len)) in spans.iter().enumerate() {
        let before = at.checked_sub(1).map_or(0, |before| (spans[before].0 + spans[before].1).saturating_sub(*start));
        let after = spans.get(at + 1).map_or(0, |next| (start + len).saturating_sub(next.0));
        // Never 0, so that a place that one tile alone covers can be divided by it.
        let ramp = |from_edge: usize, long: usize| ((from_edge as f32 + 0.5) / long.max(1) as f32).min(1.0);
        shares.push((0..*len).map(|x| ramp(x, before).min(ramp(len - 1 - x, after))).collect());
    }
    let mut sums = vec![0.0_f32; side];
    for ((start, _), share) in spans.iter().zip(&shares) {
        sums[*start..].iter_mut().zip(share).for_each(|(sum, share)| *sum += share);
    }
    for ((start, _), share) in spans.iter().zip(&mut shares) {
        share.iter_mut().zip(&sums[*start..]).for_each(|(share, sum)| *share /= sum);
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_cover_a_side_with_the_overlap() {
        assert_eq!(spans(100, 64, 16, Edges::Shift), [(0, 64), (36, 64)]);
        assert_eq!(spans(100, 64, 16, Edges::Cut), [(0, 64), (48, 52)]);
        assert_eq!(spans(112, 64, 16, Edges::Cut), [(0, 64), (48, 64)]);
        assert_eq!(spans(10, 64, 16, Edges::Shift), [(0, 10)]);
        for side in 1..200 {
            for edges in [Edges::Shift, Edges::Cut] {
                let spans = spans(side, 20, 7, edges);
                let last = spans[spans.len() - 1];
                assert_eq!((spans[0].0, last.0 + last.1), (0, side));
                let enough = |pair: &[(u32, u32)]| pair[0].0 + pair[0].1 >= pair[1].0 + 7;
                assert!(spans.windows(2).all(enough), "{side}: {spans:?}");
            }
        }
    }

    #[test]
    fn shares_add_up_to_one_everywhere() {
        for spans in [vec![(0, 64), (36, 64)], vec![(0, 20), (10, 20), (13, 20)], vec![(0, 5), (5, 5)], vec![(0, 3)]] {
            let side = spans.iter().map(|(start, len)| start + len).max().unwrap();
            let mut sums = vec![0.0; side];
            for ((start, _), shares) in spans.iter().zip(shares(&spans, side)) {
                assert!(shares.iter().all(|share| *share > 0.0));
                shares.iter().enumerate().for_each(|(x, share)| sums[start + x] += share);
            }
            assert!(sums.iter().all(|sum: &f32| (sum - 1.0).abs() < 1e-6), "{sums:?}");
        }
    }
}
