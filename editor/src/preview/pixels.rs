//! Pictures as the screen takes them: made smaller by the mean of some pixels, and one pixel in exact figures.

use egui::{Color32, ColorImage};
use windlass_core::value::{AlphaMode, Channels, Image, Samples};

/// Pixels that are averaged for one of the screen, along each side, at most.
const TAPS: usize = 4;

/// Returns a picture with sides of at most so many pixels.
pub fn reduced(image: &Image, side: usize) -> ColorImage {
    match image.samples() {
        Samples::U8(samples) => reduce(image, samples, side, f32::from),
        Samples::U16(samples) => reduce(image, samples, side, |sample| f32::from(sample) / 257.0),
        Samples::F32(samples) => reduce(image, samples, side, |sample| sample.clamp(0.0, 1.0) * 255.0),
    }
}

fn reduce<T: Copy>(image: &Image, samples: &[T], side: usize, level: impl Fn(T) -> f32) -> ColorImage {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let scale = (width.max(height) as f32 / side as f32).max(1.0);
    let size = [width, height].map(|side| ((side as f32 / scale).round() as usize).max(1));
    let taps = (scale.ceil() as usize).clamp(1, TAPS);
    let count = image.channels().count();
    let place = |at: usize, tap: usize, of: usize, all: usize| ((at * taps + tap) * all / (of * taps)).min(all - 1);
    let columns: Vec<_> = (0..size[0] * taps).map(|at| place(at / taps, at % taps, size[0], width) * count).collect();
    let mut pixels = Vec::with_capacity(size[0] * size[1]);
    for y in 0..size[1] {
        let rows: Vec<_> = (0..taps).map(|tap| place(y, tap, size[1], height) * width * count).collect();
        for columns in columns.chunks(taps) {
            let mut sum = [0.0; 4];
            for row in &rows {
                for column in columns {
                    let pixel = &samples[row + column..row + column + count];
                    sum.iter_mut().zip(pixel).for_each(|(sum, sample)| *sum += level(*sample));
                }
            }
            pixels.push(colour(sum.map(|sum| (sum / (taps * taps) as f32).round() as u8), image));
        }
    }
    ColorImage::new(size, pixels)
}

fn colour([a, b, c, d]: [u8; 4], image: &Image) -> Color32 {
    let [r, g, b, alpha] = match image.channels() {
        Channels::Gray => [a, a, a, 255],
        Channels::GrayAlpha => [a, a, a, b],
        Channels::Rgb => [a, b, c, 255],
        Channels::Rgba => [a, b, c, d],
    };
    match image.alpha {
        AlphaMode::Straight => Color32::from_rgba_unmultiplied(r, g, b, alpha),
        AlphaMode::Premultiplied => Color32::from_rgba_premultiplied(r, g, b, alpha),
    }
}

/// Returns the samples of a pixel as the picture has them: `12 34 56`.
pub fn pixel(image: &Image, x: u32, y: u32) -> Option<String> {
    if x >= image.width() || y >= image.height() {
        return None;
    }
    let count = image.channels().count();
    let at = (y as usize * image.width() as usize + x as usize) * count;
    let words: Vec<_> = (at..at + count)
        .map(|at| match image.samples() {
            Samples::U8(samples) => samples[at].to_string(),
            Samples::U16(samples) => samples[at].to_string(),
            Samples::F32(samples) => format!("{:.4}", samples[at]),
        })
        .collect();
    Some(words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: u32, height: u32, channels: Channels, samples: Samples) -> Image {
        Image::new(width, height, channels, samples).unwrap()
    }

    #[test]
    fn a_small_picture_stays_as_it_is() {
        let image = picture(2, 1, Channels::Rgb, Samples::U8(vec![1, 2, 3, 250, 251, 252]));
        let made = reduced(&image, 64);
        assert_eq!(made.size, [2, 1]);
        assert_eq!(made.pixels, [Color32::from_rgb(1, 2, 3), Color32::from_rgb(250, 251, 252)]);
        assert_eq!(pixel(&image, 1, 0).as_deref(), Some("250 251 252"));
        assert_eq!(pixel(&image, 2, 0), None);
    }

    #[test]
    fn a_large_picture_becomes_the_mean_of_its_pixels() {
        let stripes = (0..400 * 100).map(|at| if at % 2 == 0 { 0 } else { 65_535 }).collect();
        let made = reduced(&picture(400, 100, Channels::Gray, Samples::U16(stripes)), 100);
        assert_eq!(made.size, [100, 25]);
        assert!(made.pixels.iter().all(|pixel| (126..=129).contains(&pixel.r())), "{:?}", made.pixels[0]);
    }

    #[test]
    fn every_layout_is_read() {
        for channels in [Channels::Gray, Channels::GrayAlpha, Channels::Rgb, Channels::Rgba] {
            let image = picture(3, 5, channels, Samples::F32(vec![f32::NAN; 15 * channels.count()]));
            assert_eq!(reduced(&image, 2).size, [1, 2]);
            assert!(pixel(&image, 2, 4).is_some());
        }
    }
}
