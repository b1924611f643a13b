//! A picture laid on a canvas of another size: what juts out is cut off, what is left is filled.

use windlass_core::value::{Image, ImageError};

use crate::shared::convert::Colour;
use crate::shared::depth::{Depth, each_depth};
use crate::shared::filter::Shape;
use crate::shared::ground::{pixel, room_for};
use crate::shared::rows::fill_rows;

/// What is where the picture is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// One colour.
    Colour(Colour),
    /// The nearest pixel of the picture.
    Edge,
    /// The picture mirrored at its edge, which is there twice.
    Mirror,
    /// The picture again, side by side.
    Wrap,
}

impl Fill {
    /// Returns the place in the picture that is shown at a place beside it; `None` for the colour.
    fn source(self, at: i64, side: usize) -> Option<usize> {
        let last = side as i64 - 1;
        let inside = match self {
            _ if (0..=last).contains(&at) => at,
            Self::Colour(_) => return None,
            Self::Edge => at.clamp(0, last),
            Self::Wrap => at.rem_euclid(last + 1),
            Self::Mirror => {
                let there_and_back = at.rem_euclid(2 * (last + 1));
                there_and_back.min(2 * last + 1 - there_and_back)
            }
        };
        usize::try_from(inside).ok()
    }
}

/// Lays a picture on a canvas of `size` in pixels, its top left at `offset`, which may be negative. A picture without
/// alpha gets it where a colour that is to be seen is not opaque.
///
/// # Errors
/// A canvas without pixels.
pub fn placed(image: &Image, offset: (i64, i64), size: (u32, u32), fill: Fill) -> Result<Image, ImageError> {
    let covers = |offset: i64, side: u32, of: u32| offset <= 0 && offset + i64::from(side) >= i64::from(of);
    let covered = covers(offset.0, image.width(), size.0) && covers(offset.1, image.height(), size.1);
    let image = match fill {
        Fill::Colour(colour) if !covered => &*room_for(image, colour),
        _ => image,
    };
    let samples = each_depth!(image.samples(), samples => lay(image, samples, offset, size, fill));
    image.with(size.0, size.1, image.channels(), samples)
}

fn lay<T: Depth>(image: &Image, samples: &[T], offset: (i64, i64), size: (u32, u32), fill: Fill) -> Vec<T> {
    let shape = Shape::of(image);
    let count = shape.count;
    let ground: [T; 4] = match fill {
        Fill::Colour(colour) => pixel(colour, image.channels(), image.alpha),
        Fill::Edge | Fill::Mirror | Fill::Wrap => [T::default(); 4],
    };
    let width = size.0 as usize;
    // The stretch of a row that shows the picture itself.
    let start = offset.0.clamp(0, width as i64) as usize;
    let end = (offset.0 + shape.width as i64).clamp(start as i64, width as i64) as usize;
    let mut made = vec![T::default(); width * size.1 as usize * count];
    fill_rows(&mut made, width * count, |y, row| {
        let Some(from) = fill.source(y as i64 - offset.1, shape.height) else {
            return row.chunks_exact_mut(count).for_each(|to| to.copy_from_slice(&ground[..count]));
        };
        let from = &samples[from * shape.row_len()..][..shape.row_len()];
        if start < end {
            let skipped = (start as i64 - offset.0) as usize;
            row[start * count..end * count].copy_from_slice(&from[skipped * count..][..(end - start) * count]);
        }
        for x in (0..start).chain(end..width) {
            let source = fill.source(x as i64 - offset.0, shape.width);
            let shown = source.map_or(&ground[..count], |source| &from[source * count..][..count]);
            row[x * count..][..count].copy_from_slice(shown);
        }
    });
    made
}

#[cfg(test)]
mod tests {
    use windlass_core::value::{Channels, SampleType, Samples};

    use super::*;
    use crate::shared::specimen;

    fn row(offset: i64, width: u32, fill: Fill) -> Vec<u8> {
        let image = Image::new(3, 1, Channels::Gray, Samples::U8(vec![1, 2, 3])).unwrap();
        let Samples::U8(samples) = placed(&image, (offset, 0), (width, 1), fill).unwrap().into_samples() else {
            panic!("8-bit samples")
        };
        samples
    }

    #[test]
    fn what_is_left_is_filled_as_asked() {
        assert_eq!(row(2, 8, Fill::Edge), [1, 1, 1, 2, 3, 3, 3, 3]);
        assert_eq!(row(4, 11, Fill::Mirror), [3, 3, 2, 1, 1, 2, 3, 3, 2, 1, 1]);
        assert_eq!(row(2, 8, Fill::Wrap), [2, 3, 1, 2, 3, 1, 2, 3]);
        assert_eq!(row(1, 5, Fill::Colour([9, 9, 9, 255])), [9, 1, 2, 3, 9]);
    }

    #[test]
    fn what_juts_out_is_cut_off() {
        assert_eq!(row(-1, 2, Fill::Edge), [2, 3]);
        assert_eq!(row(-5, 2, Fill::Colour([9, 9, 9, 255])), [9, 9]);
        assert_eq!(row(7, 2, Fill::Edge), [1, 1]);
    }

    #[test]
    fn every_layout_stays_what_it_is_unless_the_ground_is_transparent() {
        for image in specimen::every_layout(5, 4) {
            let made = placed(&image, (1, 1), (7, 7), Fill::Colour([1, 2, 3, 255])).unwrap();
            assert_eq!(
                (made.channels(), made.samples().sample_type()),
                (image.channels(), image.samples().sample_type())
            );
            let back = placed(&made, (-1, -1), (5, 4), Fill::Edge).unwrap();
            assert_eq!(back, image);
        }
        let image = specimen::picture(2, 2, Channels::Gray, SampleType::U8);
        assert_eq!(placed(&image, (1, 0), (3, 2), Fill::Colour([0; 4])).unwrap().channels(), Channels::GrayAlpha);
        assert_eq!(placed(&image, (0, 0), (1, 2), Fill::Colour([0; 4])).unwrap().channels(), Channels::Gray);
    }
}
