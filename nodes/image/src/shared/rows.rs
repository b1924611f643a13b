//! Work on the rows of a picture: in the machine's widest registers, and on its cores where that pays.

use rayon::prelude::*;

/// Below this many samples, waking another thread costs more than it gains.
const LEAST_SAMPLES: usize = 1 << 16;

/// Bands for each thread, so that one that is slow or comes late does not make all others wait.
const BANDS_PER_THREAD: usize = 4;

/// Runs code in the version that the compiler made for the widest registers that the machine has.
///
/// What is computed does not depend on the machine: float arithmetic is neither fused nor reordered. The closure and
/// the functions that it calls should be `#[inline(always)]`, or they are used in the version for every machine.
#[inline(always)]
pub fn widest<R>(work: impl FnMut() -> R) -> R {
    pulp::Arch::new().dispatch(Inlined(work))
}

/// Work that is inlined where it is dispatched. A closure that is called as `FnOnce` would be called through a function
/// of its own, which knows nothing of wide registers.
struct Inlined<F>(F);

impl<R, F: FnMut() -> R> pulp::NullaryFnOnce for Inlined<F> {
    type Output = R;

    #[inline(always)]
    fn call(mut self) -> R {
        (self.0)()
    }
}

/// Fills a picture row by row; `fill` is given the index of a row and the row. Rows are filled at the same time.
pub fn fill_rows<T: Send>(samples: &mut [T], row_len: usize, fill: impl Fn(usize, &mut [T]) + Sync) {
    fill_bands(
        samples,
        row_len,
        #[inline(always)]
        |first, band| {
            for (at, row) in band.chunks_exact_mut(row_len).enumerate() {
                fill(first + at, row);
            }
        },
    );
}

/// Fills a picture in bands of whole rows; `fill` is given the index of the first row and the band. For work that
/// carries something from one row to the next.
///
/// It runs in [`widest`], which compiles code for each kind of registers that is inlined: a closure that gains by them is
/// marked `#[inline(always)]`, and nothing in it calls [`widest`] again.
pub fn fill_bands<T: Send>(samples: &mut [T], row_len: usize, fill: impl Fn(usize, &mut [T]) + Sync) {
    fill_tall_bands(samples, row_len, 1, fill);
}

/// Fills a picture in bands of whole rows like [`fill_bands`], with at least so many rows: where work before the first
/// row of a band pays only if the band is tall.
pub fn fill_tall_bands<T: Send>(
    samples: &mut [T],
    row_len: usize,
    least_rows: usize,
    fill: impl Fn(usize, &mut [T]) + Sync,
) {
    let rows = band_rows(samples.len(), row_len).max(least_rows);
    let run = |(at, band): (usize, &mut [T])| {
        widest(
            #[inline(always)]
            || fill(at * rows, band),
        );
    };
    match rows * row_len >= samples.len() {
        true => run((0, samples)),
        false => samples.par_chunks_mut(rows * row_len).enumerate().for_each(run),
    }
}

/// Looks at a picture in bands of whole rows; `look` is given the index of the first row and the band. What it returns
/// comes in the order of the rows, so that sums of floats do not depend on who was first; the number of bands depends
/// on the machine, so that such sums are to be made of integers, or for each row.
pub fn look_at_bands<T: Sync, R: Send>(
    samples: &[T],
    row_len: usize,
    look: impl Fn(usize, &[T]) -> R + Sync,
) -> Vec<R> {
    let rows = band_rows(samples.len(), row_len);
    let run = |(at, band): (usize, &[T])| {
        widest(
            #[inline(always)]
            || look(at * rows, band),
        )
    };
    match rows * row_len >= samples.len() {
        true => vec![run((0, samples))],
        false => samples.par_chunks(rows * row_len).enumerate().map(run).collect(),
    }
}

/// Returns how many rows make a band.
fn band_rows(len: usize, row_len: usize) -> usize {
    let row_len = row_len.max(1);
    let bands = rayon::current_num_threads() * BANDS_PER_THREAD;
    let least = LEAST_SAMPLES.div_ceil(row_len);
    (len / row_len).div_ceil(bands).max(least).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_filled_once_and_knows_its_place() {
        for (width, height) in [(1, 1), (7, 3), (1000, 1000), (100_000, 5), (3, 70_001)] {
            let mut samples = vec![0_u32; width * height];
            fill_rows(&mut samples, width, |y, row| row.iter_mut().for_each(|sample| *sample += y as u32 + 1));
            let wrong = samples.iter().enumerate().find(|(at, sample)| **sample != (at / width) as u32 + 1);
            assert_eq!(wrong, None, "{width} by {height}");
        }
    }

    #[test]
    fn bands_are_looked_at_in_order() {
        let samples = vec![1_u8; 1000 * 900];
        let seen = look_at_bands(&samples, 1000, |first, band| (first, band.len() / 1000));
        assert!(seen.windows(2).all(|pair| pair[0].0 + pair[0].1 == pair[1].0));
        assert_eq!(seen.iter().map(|band| band.1).sum::<usize>(), 900);
    }
}
