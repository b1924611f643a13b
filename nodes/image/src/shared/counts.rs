//! How often each brightness occurs in the channels of colour.

use windlass_core::value::{Image, Samples};

use crate::shared::depth::Depth;
use crate::shared::pixels::{colour_count, is_premultiplied};
use crate::shared::rows::look_at_bands;

/// How often each brightness occurs, channel by channel. Pixels that nobody sees are left out.
pub struct Counts {
    /// For each channel of colour, how often each brightness occurs: 256 of them for 8 bits, else 65,536.
    pub channels: Vec<Vec<u64>>,
}

impl Counts {
    /// Counts. Floats are clamped and rounded to 16 bits; colour that is premultiplied is divided by alpha.
    pub fn of(image: &Image) -> Self {
        match image.samples() {
            Samples::U8(samples) => count::<u8>(image, samples, 256, |unit| u8::of_unit(unit).into()),
            Samples::U16(samples) => count::<u16>(image, samples, 1 << 16, |unit| u16::of_unit(unit).into()),
            Samples::F32(samples) => count::<f32>(image, samples, 1 << 16, |unit| u16::of_unit(unit).into()),
        }
    }

    /// Returns the brightness of an entry, full being 1.0.
    pub fn brightness(channel: &[u64], at: usize) -> f64 {
        at as f64 / (channel.len() - 1) as f64
    }

    /// Returns the lowest brightness that a share of all pixels does not exceed.
    pub fn percentile(channel: &[u64], share: f64) -> f64 {
        let wanted = (channel.iter().sum::<u64>() as f64 * share).ceil().max(1.0) as u64;
        let mut sum = 0;
        let at = channel.iter().position(|count| {
            sum += count;
            sum >= wanted
        });
        Self::brightness(channel, at.unwrap_or(channel.len() - 1))
    }

    /// Returns the mean of a function of the brightness; 0.0 where nothing was counted.
    pub fn mean(channel: &[u64], of: impl Fn(f64) -> f64) -> f64 {
        let sum: f64 =
            channel.iter().enumerate().map(|(at, count)| of(Self::brightness(channel, at)) * *count as f64).sum();
        sum / (channel.iter().sum::<u64>() as f64).max(1.0)
    }
}

fn count<T: Depth>(image: &Image, samples: &[T], entries: usize, entry: impl Fn(f32) -> usize + Sync) -> Counts {
    let (count, colours) = (image.channels().count(), colour_count(image));
    let premultiplied = is_premultiplied(image);
    let bands = look_at_bands(samples, image.width() as usize * count, |_, band| {
        let mut channels = vec![vec![0_u64; entries]; colours];
        for pixel in band.chunks_exact(count) {
            let alpha = if count > colours { pixel[colours].unit() } else { 1.0 };
            if alpha > 0.0 {
                let share = if premultiplied { alpha } else { 1.0 };
                for (channel, sample) in channels.iter_mut().zip(pixel) {
                    channel[entry(sample.unit() / share)] += 1;
                }
            }
        }
        channels
    });
    let mut bands = bands.into_iter();
    let mut channels = bands.next().unwrap_or_default();
    for band in bands {
        for (sums, more) in channels.iter_mut().flatten().zip(band.iter().flatten()) {
            *sums += more;
        }
    }
    Counts { channels }
}

#[cfg(test)]
mod tests {
    use windlass_core::value::{AlphaMode, Channels};

    use super::*;

    #[test]
    fn what_is_seen_is_counted() {
        let mut image = Image::new(3, 1, Channels::GrayAlpha, Samples::U8(vec![64, 128, 9, 0, 128, 255])).unwrap();
        let straight = Counts::of(&image);
        assert_eq!((straight.channels[0][64], straight.channels[0][9], straight.channels[0][128]), (1, 0, 1));
        image.alpha = AlphaMode::Premultiplied;
        assert_eq!(Counts::of(&image).channels[0][128], 2);
    }

    #[test]
    fn floats_are_clamped() {
        let image = Image::new(2, 2, Channels::Gray, Samples::F32(vec![-1.0, 2.0, f32::NAN, 0.5])).unwrap();
        let [channel] = &Counts::of(&image).channels[..] else { panic!("one channel") };
        assert_eq!((channel[0], channel[65_535], channel[32_768]), (2, 1, 1));
        assert_eq!((Counts::percentile(channel, 0.5), Counts::percentile(channel, 1.0)), (0.0, 1.0));
        assert!((Counts::mean(channel, |brightness| brightness) - 0.375).abs() < 1e-4);
    }

    #[test]
    fn many_bands_are_counted_as_one() {
        let samples: Vec<u8> = (0..700 * 500 * 3).map(|at| (at % 3 * 100 + at / 3 % 100) as u8).collect();
        let counts = Counts::of(&Image::new(700, 500, Channels::Rgb, Samples::U8(samples)).unwrap());
        assert_eq!(counts.channels.iter().map(|channel| channel.iter().sum::<u64>()).collect::<Vec<_>>(), [350_000; 3]);
        assert!(counts.channels[1][100..200].iter().all(|count| *count == 3500));
    }
}
