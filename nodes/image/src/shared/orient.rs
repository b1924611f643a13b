//! The EXIF orientation (tag 0x0112 of EXIF 2.3): read it, and turn a picture upright by it.

use windlass_core::value::{Image, Samples};

/// The orientation of a picture that is stored as it is shown.
pub const UPRIGHT: u8 = 1;

/// Returns the orientation that an EXIF block names, from its TIFF header on; [`UPRIGHT`] where it names none.
pub fn of_exif(block: &[u8]) -> u8 {
    image::metadata::Orientation::from_exif_chunk(block).map_or(UPRIGHT, image::metadata::Orientation::to_exif)
}

/// Turns and mirrors a picture so that it stands upright.
pub fn upright(image: Image, orientation: u8) -> Image {
    if !(2..=8).contains(&orientation) {
        return image;
    }
    let turn = Turn { orientation, width: image.width() as usize, height: image.height() as usize };
    let count = image.channels().count();
    let samples = match image.samples() {
        Samples::U8(samples) => Samples::U8(turn.apply(samples, count)),
        Samples::U16(samples) => Samples::U16(turn.apply(samples, count)),
        Samples::F32(samples) => Samples::F32(turn.apply(samples, count)),
    };
    let (width, height) = turn.size();
    image.with(width as u32, height as u32, image.channels(), samples).unwrap_or(image)
}

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

    fn apply<T: Copy>(&self, stored: &[T], count: usize) -> Vec<T> {
        let (width, height) = self.size();
        let mut shown = Vec::with_capacity(stored.len());
        for y in 0..height {
            for x in 0..width {
                let (from_x, from_y) = self.source(x, y);
                let at = (from_y * self.width + from_x) * count;
                shown.extend_from_slice(&stored[at..at + count]);
            }
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use windlass_core::value::Channels;

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
    fn a_senseless_orientation_is_passed_over() {
        assert_eq!(shown(0), shown(1));
        assert_eq!(shown(255), shown(1));
        assert_eq!(of_exif(b"Exif\0\0nonsense"), UPRIGHT);
    }
}
