//! The least or the greatest sample of each pixel's neighbourhood.

use windlass_core::prelude::*;

use crate::shared::depth::Depth;
use crate::shared::filter::Shape;
use crate::shared::rows::fill_bands;

/// The shape of a neighbourhood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Element {
    /// All pixels up to `radius` rows and columns away.
    Square,
    /// All pixels whose middle is at most `radius` away.
    Disc,
    /// The pixels of the same row and of the same column.
    Cross,
}

/// Which sample is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extreme {
    /// The least.
    Least,
    /// The greatest.
    Greatest,
}

/// Returns the extreme of each pixel's neighbourhood, channel by channel; what lies beyond the edge does not count.
///
/// A square is done in rows, then in columns, in a time that grows with the logarithm of its size: the extreme of twice
/// as many pixels is that of two halves. That needs more comparisons than the three of van Herk (1992), but each is one
/// instruction for 32 samples. Discs and crosses are done as runs of rows, in a time that grows with the radius: `go_on`
/// is asked for each row, and where it says no, what is returned is unfinished.
pub fn extreme<T: Depth>(
    samples: &[T],
    shape: Shape,
    element: (Element, usize),
    which: Extreme,
    go_on: &(dyn Fn() -> bool + Sync),
) -> Vec<T> {
    match which {
        Extreme::Least => chosen(samples, shape, element, |a, b| if b < a { b } else { a }, go_on),
        Extreme::Greatest => chosen(samples, shape, element, |a, b| if b > a { b } else { a }, go_on),
    }
}

fn chosen<T: Depth>(
    samples: &[T],
    shape: Shape,
    (element, radius): (Element, usize),
    choose: impl Fn(T, T) -> T + Sync + Copy,
    go_on: &(dyn Fn() -> bool + Sync),
) -> Vec<T> {
    match element {
        Element::Square => square(samples, shape, radius, choose),
        Element::Disc => {
            let half = |away: usize| (radius * radius - away * away).isqrt();
            runs(samples, shape, &(0..=radius).map(half).collect::<Vec<_>>(), choose, go_on)
        }
        Element::Cross => {
            let half = |away: usize| if away == 0 { radius } else { 0 };
            runs(samples, shape, &(0..=radius).map(half).collect::<Vec<_>>(), choose, go_on)
        }
    }
}

fn square<T: Depth>(samples: &[T], shape: Shape, radius: usize, choose: impl Fn(T, T) -> T + Sync + Copy) -> Vec<T> {
    let (row_len, window) = (shape.row_len(), 2 * radius + 1);
    let mut lying = vec![T::default(); samples.len()];
    fill_bands(
        &mut lying,
        row_len,
        #[inline(always)]
        |first, band| {
            let mut line = Line::new(shape, radius);
            for (at, to) in band.chunks_exact_mut(row_len).enumerate() {
                line.set(&samples[(first + at) * row_len..][..row_len]);
                line.extreme(window, to, choose);
            }
        },
    );
    let mut made = vec![T::default(); samples.len()];
    fill_bands(
        &mut made,
        row_len,
        #[inline(always)]
        |first, band| {
            let rows = band.len() / row_len;
            let last = shape.height - 1;
            // All rows that the band looks at; beyond the edge, the outermost stands in, which changes no extreme.
            let mut stack: Vec<T> = Vec::with_capacity((rows + 2 * radius) * row_len);
            for y in first..first + rows + 2 * radius {
                stack.extend_from_slice(&lying[y.saturating_sub(radius).min(last) * row_len..][..row_len]);
            }
            let mut reach = 1;
            while 2 * reach <= window {
                let kept = stack.len() - reach * row_len;
                fold(&mut stack, reach * row_len, row_len, choose);
                stack.truncate(kept);
                reach *= 2;
            }
            let rest = (window - reach) * row_len;
            merge(band, &stack[..], &stack[rest..], choose);
        },
    );
    made
}

/// Replaces each row by its extreme with the row that lies `ahead` samples behind it.
#[inline(always)]
fn fold<T: Depth>(stack: &mut [T], ahead: usize, row_len: usize, choose: impl Fn(T, T) -> T) {
    for start in (0..stack.len() - ahead).step_by(row_len) {
        let (head, tail) = stack.split_at_mut(start + ahead);
        let (head, tail) = (&mut head[start..][..row_len], &tail[..row_len]);
        head.iter_mut().zip(tail).for_each(|(to, from)| *to = choose(*to, *from));
    }
}

#[inline(always)]
fn merge<T: Depth>(to: &mut [T], one: &[T], other: &[T], choose: impl Fn(T, T) -> T) {
    for ((to, one), other) in to.iter_mut().zip(one).zip(other) {
        *to = choose(*one, *other);
    }
}

/// A row with its outermost pixels repeated on both sides, and room for what is made of it.
struct Line<T> {
    now: Vec<T>,
    next: Vec<T>,
    margin: usize,
    count: usize,
}

impl<T: Depth> Line<T> {
    fn new(shape: Shape, radius: usize) -> Self {
        let len = shape.row_len() + 2 * radius * shape.count;
        Self {
            now: vec![T::default(); len],
            next: vec![T::default(); len],
            margin: radius * shape.count,
            count: shape.count,
        }
    }

    fn set(&mut self, row: &[T]) {
        let Self { now, margin, count, .. } = self;
        now[*margin..*margin + row.len()].copy_from_slice(row);
        let end = *margin + row.len();
        for at in (0..*margin).step_by(*count) {
            now.copy_within(*margin..*margin + *count, at);
            now.copy_within(end - *count..end, end + at);
        }
    }

    /// Fills `to` with the extremes of windows of so many pixels.
    #[inline(always)]
    fn extreme(&mut self, window: usize, to: &mut [T], choose: impl Fn(T, T) -> T) {
        let mut reach = 1;
        while 2 * reach <= window {
            merge(&mut self.next, &self.now, &self.now[reach * self.count..], &choose);
            std::mem::swap(&mut self.now, &mut self.next);
            reach *= 2;
        }
        merge(to, &self.now, &self.now[(window - reach) * self.count..], &choose);
    }
}

/// Takes extremes over runs of rows: `halves` says how far a run reaches on both sides, by how many rows it is away.
fn runs<T: Depth>(
    samples: &[T],
    shape: Shape,
    halves: &[usize],
    choose: impl Fn(T, T) -> T + Sync + Copy,
    go_on: &(dyn Fn() -> bool + Sync),
) -> Vec<T> {
    let (row_len, reach) = (shape.row_len(), halves.len() - 1);
    let mut made = vec![T::default(); samples.len()];
    fill_bands(
        &mut made,
        row_len,
        #[inline(always)]
        |first, band| {
            let rows = band.len() / row_len;
            let mut line = Line::new(shape, halves[0]);
            let mut run = vec![T::default(); row_len];
            // The row itself is in every neighbourhood, so that there is something to compare with.
            band.copy_from_slice(&samples[first * row_len..][..band.len()]);
            let near = first.saturating_sub(reach)..(first + rows + reach).min(shape.height);
            for source in near {
                if !go_on() {
                    return;
                }
                let row = &samples[source * row_len..][..row_len];
                line.set(row);
                run.copy_from_slice(row);
                let mut half = 0;
                // The run grows from the outermost rows to the row itself, which has the longest.
                for away in (0..=reach).rev() {
                    while half < halves[away] {
                        half += 1;
                        line.grow(&mut run, half, choose);
                    }
                    for y in [source.checked_sub(away), Some(source + away).filter(|_| away > 0)].into_iter().flatten()
                    {
                        if (first..first + rows).contains(&y) {
                            let to = &mut band[(y - first) * row_len..][..row_len];
                            to.iter_mut().zip(&run).for_each(|(to, from)| *to = choose(*to, *from));
                        }
                    }
                }
            }
        },
    );
    made
}

impl<T: Depth> Line<T> {
    /// Takes the pixels at a distance on both sides into a run.
    #[inline(always)]
    fn grow(&self, run: &mut [T], distance: usize, choose: impl Fn(T, T) -> T) {
        let left = &self.now[self.margin - distance * self.count..];
        let right = &self.now[self.margin + distance * self.count..];
        for ((to, left), right) in run.iter_mut().zip(left).zip(right) {
            *to = choose(*to, choose(*left, *right));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_neighbourhood_is_searched_whole() {
        let shape = Shape { width: 23, height: 17, count: 2 };
        let samples: Vec<u16> = (0..shape.row_len() * shape.height).map(|at| (at * 7919 % 1009) as u16).collect();
        for (element, radius) in
            [Element::Square, Element::Disc, Element::Cross].into_iter().flat_map(|e| [1, 2, 3, 7, 30].map(|r| (e, r)))
        {
            let made = extreme(&samples, shape, (element, radius), Extreme::Greatest, &|| true);
            let inside = |across: usize, down: usize| match element {
                Element::Square => across <= radius && down <= radius,
                Element::Disc => across * across + down * down <= radius * radius,
                Element::Cross => across == 0 && down <= radius || down == 0 && across <= radius,
            };
            for at in 0..shape.row_len() * shape.height {
                let (x, y) = (at / 2 % 23, at / 46);
                let near = (0..17).flat_map(|down| (0..23).map(move |across| (across, down)));
                let near = near.filter(|(across, down)| inside(x.abs_diff(*across), y.abs_diff(*down)));
                let most = near.map(|(across, down)| samples[(down * 23 + across) * 2 + at % 2]).max();
                assert_eq!(Some(made[at]), most, "{element:?} of {radius} at {x}, {y}");
            }
        }
    }

    #[test]
    fn the_least_is_the_greatest_of_the_negative() {
        let shape = Shape { width: 300, height: 300, count: 3 };
        let samples: Vec<u8> = (0..shape.row_len() * shape.height).map(|at| (at * 31 % 241) as u8).collect();
        let negative: Vec<u8> = samples.iter().map(|sample| 255 - sample).collect();
        for element in [(Element::Square, 4), (Element::Disc, 5)] {
            let least = extreme(&samples, shape, element, Extreme::Least, &|| true);
            let greatest = extreme(&negative, shape, element, Extreme::Greatest, &|| true);
            assert!(least.iter().zip(&greatest).all(|(least, greatest)| *least == 255 - greatest));
        }
    }
}
