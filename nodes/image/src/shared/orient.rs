//! The EXIF orientation (tag 0x0112 of EXIF 2.3): read it, and turn a picture upright by it.

use windlass_core::value::{Image, ImageError};

use crate::shared::depth::{Depth, each_depth};
use crate::shared::rows::fill_bands;

/// The orientation of a picture that is stored as it is shown.
pub const UPRIGHT: u8 = 1;

/// Returns the orientation that an EXIF block names, from its TIFF header on; [`UPRIGHT`] where it names none.
pub fn of_exif(block: &[u8]) -> u8 {
    image::metadata::Orientation::from_exif_chunk(block).map_or(UPRIGHT, image::metadata::Orientation::to_exif)
}

/// Turns and mirrors a picture so that it stands upright.
pub fn upright(image: Image, orientation: u8) -> Image {
    match orientation {
        2..=8 => turned(&image, orientation).unwrap_or(image),
        _ => image,
    }
}

/// Turns and mirrors a picture as one is that is stored in this orientation: 2 mirrors left and right, 3 turns by half,
/// 4 mirrors top and bottom, 6 turns right by a quarter, 8 left; 5 and 7 mirror at a diagonal.
///
/// # Errors
/// The samples do not make a picture, which is a bug.
pub fn turned(image: &Image, orientation: u8) -> Result<Image, ImageError> {
    let turn = Turn { orientation, width: image.width() as usize, height: image.height() as usize };
    let samples = each_depth!(image.samples(), samples => turn.apply(samples, image.channels().count()));
    let (width, height) = turn.size();
    image.with(width as u32, height as u32, image.channels(), samples)
}

/// Side of the squares in which rows become columns, so that both lie in the processor's cache.
const SQUARE: usize = 32;

/// An orientation and the stored size in pixels.
struct Turn {
    orientation: u8,
    width: usize,
    height: usize,
}

impl Turn {
    /// Returns the size that is shown.
    fn size(&self) -> (usize, usize) {
        if self.orientation >= 5 { (self.height, self.width) } else { (self.width, self.height) }
    }

    /// Returns the stored place of a pixel that is shown at `x`, `y`.
    fn source(&self, x: usize, y: usize) -> (usize, usize) {
        let (right, bottom) = (self.width - 1, self.height - 1);
        match self.orientation {
            2 => (right - x, y),
            3 => (right - x, bottom - y),
            4 => (x, bottom - y),
            5 => (y, x),
            6 => (y, bottom - x),
            7 => (right - y, bottom - x),
            8 => (right - y, x),
            _ => (x, y),
        }
    }

    fn apply<T: Depth>(&self, stored: &[T], count: usize) -> Vec<T> {
        match count {
            1 => self.pixels::<T, 1>(stored),
            2 => self.pixels::<T, 2>(stored),
            3 => self.pixels::<T, 3>(stored),
            _ => self.pixels::<T, 4>(stored),
        }
    }

    fn pixels<T: Depth, const COUNT: usize>(&self, stored: &[T]) -> Vec<T> {
        let (width, _) = self.size();
        let stored = stored.as_chunks::<COUNT>().0;
        let mut shown = vec![T::default(); stored.len() * COUNT];
        fill_bands(&mut shown, width * COUNT, |first, band| {
            let band = band.as_chunks_mut::<COUNT>().0;
            for top in (0..band.len() / width).step_by(SQUARE) {
                let rows = SQUARE.min(band.len() / width - top);
                for left in (0..width).step_by(SQUARE) {
                    let columns = SQUARE.min(width - left);
                    for y in top..top + rows {
                        self.stretch(stored, (left, first + y), &mut band[y * width + left..][..columns]);
                    }
                }
            }
        });
        shown
    }

    /// Fills a stretch of a row that is shown, from `x`, `y` to the right.
    #[inline(always)]
    fn stretch<P: Copy>(&self, stored: &[P], (x, y): (usize, usize), to: &mut [P]) {
        let at = |x| {
            let (x, y) = self.source(x, y);
            y * self.width + x
        };
        let (start, end) = (at(x), at(x + to.len() - 1));
        // Stored places follow each other at one distance, forwards or backwards.
        let step = start.abs_diff(end) / (to.len() - 1).max(1);
        let (low, high) = (start.min(end), start.max(end));
        let from = stored[low..=high].iter().step_by(step.max(1));
        match start <= end {
            true => to.iter_mut().zip(from).for_each(|(to, from)| *to = *from),
            false => to.iter_mut().rev().zip(from).for_each(|(to, from)| *to = *from),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use windlass_core::value::{Channels, SampleType, Samples};

    use crate::shared::specimen;

    /// Shows `123/456` (two rows) in an orientation.
    #[track_caller]
    fn shown(orientation: u8) -> (u32, u32, Vec<u8>) {
        let image = Image::new(3, 2, Channels::Gray, Samples::U8(vec![1, 2, 3, 4, 5, 6])).unwrap();
        let image = upright(image, orientation);
        match image.samples() {
            Samples::U8(samples) => (image.width(), image.height(), samples.clone()),
            _ => panic!("the type of samples has changed"),
        }
    }

    #[test]
    fn each_orientation_turns_as_the_standard_says() {
        assert_eq!(shown(1), (3, 2, vec![1, 2, 3, 4, 5, 6]));
        assert_eq!(shown(2), (3, 2, vec![3, 2, 1, 6, 5, 4]));
        assert_eq!(shown(3), (3, 2, vec![6, 5, 4, 3, 2, 1]));
        assert_eq!(shown(4), (3, 2, vec![4, 5, 6, 1, 2, 3]));
        assert_eq!(shown(5), (2, 3, vec![1, 4, 2, 5, 3, 6]));
        assert_eq!(shown(6), (2, 3, vec![4, 1, 5, 2, 6, 3]));
        assert_eq!(shown(7), (2, 3, vec![6, 3, 5, 2, 4, 1]));
        assert_eq!(shown(8), (2, 3, vec![3, 6, 2, 5, 1, 4]));
    }

    #[test]
    fn large_pictures_of_every_layout_come_back_when_turned_back() {
        for image in specimen::every_layout(261, 197).into_iter().chain([specimen::picture(
            1,
            90_000,
            Channels::Gray,
            SampleType::U8,
        )]) {
            for (there, back) in [(2, 2), (3, 3), (4, 4), (5, 5), (6, 8), (7, 7), (8, 6)] {
                assert_eq!(turned(&turned(&image, there).unwrap(), back).unwrap(), image, "orientation {there}");
            }
        }
    }

    #[test]
    fn a_senseless_orientation_is_passed_over() {
        assert_eq!(shown(0), shown(1));
        assert_eq!(shown(255), shown(1));
        assert_eq!(of_exif(b"Exif\0\0nonsense"), UPRIGHT);
    }
}
