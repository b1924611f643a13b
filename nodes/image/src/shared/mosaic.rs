//! From tiles to a picture: they are checked to be one whole grid, and fade into each other where they overlap.

use windlass_core::prelude::*;
use windlass_core::value::{AlphaMode, Samples};

use super::depth::Depth;
use super::size::sides;
use super::tiling::{Place, shares};

/// The most memory that a row of tiles may take while it is added up in floats, in bytes.
const MAX_BAND_BYTES: u64 = 1 << 30;

/// The grid that tiles lie in, in pixels of the picture that is made.
pub struct Grid {
    size: (u32, u32),
    across: Vec<(usize, usize)>,
    down: Vec<(usize, usize)>,
    across_shares: Vec<Vec<f32>>,
    down_shares: Vec<Vec<f32>>,
}

impl Grid {
    /// Reads the grid from the places of all tiles, in order; the first tile tells by what they have grown.
    ///
    /// # Errors
    /// Refuses what is not one whole grid, and a picture of too many pixels.
    pub fn new(places: &[Place], first: &Image) -> Result<Self, NodeError> {
        let whole = &places[0];
        check_order(places)?;
        let across: Vec<_> = places[..whole.columns as usize].iter().map(|place| (place.x, place.width)).collect();
        let down: Vec<_> = places.iter().step_by(whole.columns as usize).map(|place| (place.y, place.height)).collect();
        let horizontal = Factor { to: first.width(), from: whole.width };
        let vertical = Factor { to: first.height(), from: whole.height };
        let (across, width) = scaled_spans(&across, whole.full_width, horizontal)?;
        let (down, height) = scaled_spans(&down, whole.full_height, vertical)?;
        let size = sides(width as u64, height as u64, first)?;
        check_band(&down, width, first)?;
        let (across_shares, down_shares) = (shares(&across, width), shares(&down, height));
        Ok(Self { size, across, down, across_shares, down_shares })
    }

    /// Returns the sides of the picture that is made.
    pub fn size(&self) -> (u32, u32) {
        self.size
    }

    /// Adds up a row of tiles at a time, in floats; what no later row reaches is rounded and done with.
    ///
    /// # Errors
    /// Refuses a tile that is missing, or of another size or kind than the first.
    pub fn join<T: Depth>(
        &self,
        places: &[Place],
        first: &Image,
        mut images: impl Iterator<Item = Result<Arc<Image>, NodeError>>,
        ctx: &Ctx,
    ) -> Result<Vec<T>, NodeError> {
        let count = first.channels().count();
        let row_len = self.size.0 as usize * count;
        let weighted = first.channels().has_alpha() && first.alpha == AlphaMode::Straight;
        let mut made = Vec::with_capacity(row_len * self.size.1 as usize);
        let mut band: Vec<f32> = Vec::new();
        for (row, (y, height)) in self.down.iter().enumerate() {
            band.resize(height * row_len, 0.0);
            for (column, place) in places[row * self.across.len()..].iter().enumerate().take(self.across.len()) {
                ctx.check_cancelled()?;
                let image = images.next().ok_or_else(|| wrong("a tile is missing".into()))??;
                self.check(&image, first, (column, row), place)?;
                let adder = Adder { band: &mut band, row_len, count, weighted };
                adder.add(&image, self.across[column].0, &self.across_shares[column], &self.down_shares[row]);
            }
            let next = self.down.get(row + 1).map_or(y + height, |next| next.0);
            let done = (next - y) * row_len;
            finish(&band[..done], count, weighted, &mut made);
            band.drain(..done);
            ctx.progress((row + 1) as f32 / self.down.len() as f32);
        }
        Ok(made)
    }

    fn check(
        &self,
        image: &Image,
        first: &Image,
        (column, row): (usize, usize),
        place: &Place,
    ) -> Result<(), NodeError> {
        let kind = |image: &Image| (image.channels(), image.samples().sample_type(), image.alpha, image.icc.clone());
        let expected = (self.across[column].1, self.down[row].1);
        let Place { column, row, .. } = place;
        if (image.width() as usize, image.height() as usize) != expected {
            let (width, height) = expected;
            let text =
                format!("the tile in column {column} of row {row} is {} by {} pixels", image.width(), image.height());
            return Err(wrong(format!("{text}, not {width} by {height}")));
        }
        if kind(image) != kind(first) {
            let text = format!("the tile in column {column} of row {row} has other channels, samples or colours");
            return Err(wrong(format!("{text} than the first")));
        }
        Ok(())
    }
}

/// By what a side is larger than it was.
#[derive(Clone, Copy)]
struct Factor {
    to: u32,
    from: u32,
}

type Spans = (Vec<(usize, usize)>, usize);

fn scaled_spans(spans: &[(u32, u32)], side: u32, factor: Factor) -> Result<Spans, NodeError> {
    let scaled = |length: u32| {
        let product = u64::from(length) * u64::from(factor.to);
        let whole = product.is_multiple_of(factor.from.into()).then(|| product / u64::from(factor.from));
        let text = || format!("{length} pixels do not become whole pixels where {} become {}", factor.from, factor.to);
        whole.and_then(|whole| usize::try_from(whole).ok()).ok_or_else(|| wrong(text()))
    };
    let mut end = 0;
    for (start, len) in spans {
        // A later span may not begin before an earlier one, leave a gap, or end before it.
        if *start > end || start.saturating_add(*len) < end || *len == 0 {
            return Err(wrong(format!("a tile at {start} leaves a gap, or lies within another")));
        }
        end = start.saturating_add(*len);
    }
    if end != side || spans.windows(2).any(|pair| pair[0].0 >= pair[1].0) {
        return Err(wrong(format!("the tiles end at {end} pixels, the picture at {side}")));
    }
    let spans =
        spans.iter().map(|(start, len)| Ok((scaled(*start)?, scaled(*len)?))).collect::<Result<_, NodeError>>()?;
    Ok((spans, scaled(side)?))
}

/// Refuses rows of tiles that are so high that the floats of one of them take too much.
fn check_band(down: &[(usize, usize)], width: usize, first: &Image) -> Result<(), NodeError> {
    let highest = down.iter().map(|(_, height)| *height).max().unwrap_or_default();
    let bytes = (highest as u64 * width as u64).saturating_mul((first.channels().count() * size_of::<f32>()) as u64);
    if bytes <= MAX_BAND_BYTES {
        return Ok(());
    }
    let text = format!("a row of tiles takes {bytes} bytes while it is joined, more than {MAX_BAND_BYTES}");
    Err(NodeError::new(text).hint("make `height` of `image.tile` smaller").permanent())
}

/// Refuses what is not one whole grid, row by row.
fn check_order(places: &[Place]) -> Result<(), NodeError> {
    let whole = &places[0];
    let expected = u64::from(whole.columns) * u64::from(whole.rows);
    if expected != places.len() as u64 {
        return Err(wrong(format!("{} tiles came, and the picture had {expected}", places.len())));
    }
    let columns = whole.columns as usize;
    for (at, place) in places.iter().enumerate() {
        let (of_row, of_column) = (&places[at - at % columns], &places[at % columns]);
        let ordered = (place.row as usize, place.column as usize) == (at / columns, at % columns);
        let fits = (place.y, place.height) == (of_row.y, of_row.height)
            && (place.x, place.width) == (of_column.x, of_column.width)
            && (place.columns, place.rows) == (whole.columns, whole.rows)
            && (place.full_width, place.full_height) == (whole.full_width, whole.full_height);
        if !ordered || !fits {
            let text = format!("tile {at} says that it is column {} of row {}", place.column, place.row);
            return Err(wrong(format!("{text} of another grid, or out of order")));
        }
    }
    Ok(())
}

/// Adds tiles to the rows that are being made.
struct Adder<'a> {
    band: &'a mut [f32],
    row_len: usize,
    count: usize,
    /// Whether colour is multiplied by alpha on the way.
    weighted: bool,
}

impl Adder<'_> {
    fn add(self, image: &Image, left: usize, across: &[f32], down: &[f32]) {
        match image.samples() {
            Samples::U8(samples) => self.add_samples(samples, left, across, down),
            Samples::U16(samples) => self.add_samples(samples, left, across, down),
            Samples::F32(samples) => self.add_samples(samples, left, across, down),
        }
    }

    fn add_samples<T: Depth>(self, samples: &[T], left: usize, across: &[f32], down: &[f32]) {
        let count = self.count;
        let rows = self.band.chunks_exact_mut(self.row_len).zip(samples.chunks_exact(across.len() * count));
        for ((sums, row), share) in rows.zip(down) {
            let sums = sums[left * count..].chunks_exact_mut(count);
            for ((sums, pixel), across) in sums.zip(row.chunks_exact(count)).zip(across) {
                let share = share * across;
                let weight = if self.weighted { pixel[count - 1].unit() } else { 1.0 };
                for (at, (sum, sample)) in sums.iter_mut().zip(pixel).enumerate() {
                    let weight = if self.weighted && at + 1 == count { 1.0 } else { weight };
                    *sum += sample.number() * weight * share;
                }
            }
        }
    }
}

fn finish<T: Depth>(sums: &[f32], count: usize, weighted: bool, made: &mut Vec<T>) {
    for sums in sums.chunks_exact(count) {
        let alpha = if weighted { sums[count - 1] / T::FULL } else { 1.0 };
        let divide = if alpha > 0.0 { 1.0 / alpha } else { 0.0 };
        for (at, sum) in sums.iter().enumerate() {
            made.push(T::of_number(if weighted && at + 1 == count { *sum } else { sum * divide }));
        }
    }
}

/// Returns the error of tiles that are not all tiles of one picture.
pub fn wrong(text: String) -> NodeError {
    NodeError::new(text)
        .hint("wire `place` of the `image.tile` that the tiles are from, and let none be left out")
        .permanent()
}
