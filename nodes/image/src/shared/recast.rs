//! The same picture in other samples, other channels or another mode of alpha.

use std::borrow::Cow;

use windlass_core::value::{AlphaMode, Channels, Image, ImageError, SampleType, Samples};

use super::convert::Colour;
use super::depth::{Depth, each_depth};
use super::profile;
use super::rows::fill_bands;

/// How much red, green and blue count in luma (ITU-R BT.601).
const LUMA: [f32; 3] = [0.299, 0.587, 0.114];

/// Returns the picture in samples of a type; integers are rounded, and floats beyond 0.0 to 1.0 are clamped for them.
///
/// # Errors
/// None but a bug.
pub fn samples(image: &Image, to: SampleType) -> Result<Cow<'_, Image>, ImageError> {
    if image.samples().sample_type() == to {
        return Ok(Cow::Borrowed(image));
    }
    let made = match to {
        SampleType::U8 => Samples::U8(recast(image.samples())),
        SampleType::U16 => Samples::U16(recast(image.samples())),
        SampleType::F32 => Samples::F32(recast(image.samples())),
    };
    image.with(image.width(), image.height(), image.channels(), made).map(Cow::Owned)
}

fn recast<T: Depth>(samples: &Samples) -> Vec<T> {
    match samples {
        Samples::U8(samples) => recast_all(samples),
        Samples::U16(samples) => recast_all(samples),
        Samples::F32(samples) => recast_all(samples),
    }
}

fn recast_all<S: Depth, T: Depth>(samples: &[S]) -> Vec<T> {
    let mut made = vec![T::default(); samples.len()];
    fill_bands(&mut made, 1, |first, band| {
        for (to, from) in band.iter_mut().zip(&samples[first..]) {
            *to = T::of_unit(from.unit());
        }
    });
    made
}

/// Returns the picture in other channels: grey becomes three alike, colour becomes its luma by Rec. 601, and what
/// loses its alpha is laid on a colour. A profile that does not fit the channels is left out.
///
/// # Errors
/// None but a bug.
pub fn channels(image: &Image, to: Channels, ground: Colour) -> Result<Cow<'_, Image>, ImageError> {
    if image.channels() == to {
        return Ok(Cow::Borrowed(image));
    }
    let made = each_depth!(image.samples(), samples => rechannel(image, samples, to, ground));
    let mut made = image.with(image.width(), image.height(), to, made)?;
    made.icc = made.icc.filter(|icc| profile::fits(icc, to));
    if !image.channels().has_alpha() || !to.has_alpha() {
        made.alpha = AlphaMode::Straight;
    }
    Ok(Cow::Owned(made))
}

fn rechannel<T: Depth>(image: &Image, samples: &[T], to: Channels, ground: Colour) -> Vec<T> {
    let (from_count, to_count) = (image.channels().count(), to.count());
    let grey_from = matches!(image.channels(), Channels::Gray | Channels::GrayAlpha);
    let grey_to = matches!(to, Channels::Gray | Channels::GrayAlpha);
    let laid = (image.channels().has_alpha() && !to.has_alpha()).then(|| ground.map(Depth::unit));
    let premultiplied = image.alpha == AlphaMode::Premultiplied;
    let mut made = vec![T::default(); samples.len() / from_count * to_count];
    fill_bands(&mut made, to_count, |first, band| {
        let from = samples[first * from_count..].chunks_exact(from_count);
        for (to, from) in band.chunks_exact_mut(to_count).zip(from) {
            let mut colour = if grey_from { [from[0]; 3] } else { [from[0], from[1], from[2]] };
            if let Some(ground) = laid {
                let alpha = from[from_count - 1].unit();
                let weight = if premultiplied { 1.0 } else { alpha };
                let lay = |at: usize| T::of_unit(colour[at].unit() * weight + ground[at] * (1.0 - alpha));
                colour = [lay(0), lay(1), lay(2)];
            }
            if grey_to && !(grey_from && laid.is_none()) {
                colour[0] = luma(colour);
            }
            let kept = if grey_to { 1 } else { 3 };
            to[..kept].copy_from_slice(&colour[..kept]);
            if let Some(alpha) = to.get_mut(kept) {
                *alpha = if from_count % 2 == 0 { from[from_count - 1] } else { T::of_unit(1.0) };
            }
        }
    });
    made
}

/// Returns the luma of a colour by Rec. 601; that of a grey is the grey itself.
pub fn luma<T: Depth>(colour: [T; 3]) -> T {
    if colour[0] == colour[1] && colour[1] == colour[2] {
        return colour[0];
    }
    T::of_number(colour.iter().zip(LUMA).map(|(sample, weight)| sample.number() * weight).sum())
}

/// Returns the picture with its colour multiplied by alpha or not; integers are rounded.
///
/// # Errors
/// None but a bug.
pub fn alpha_mode(image: &Image, to: AlphaMode) -> Result<Cow<'_, Image>, ImageError> {
    if image.alpha == to {
        return Ok(Cow::Borrowed(image));
    }
    let made = if image.channels().has_alpha() {
        let count = image.channels().count();
        each_depth!(image.samples(), samples => reweighted(samples, count, to))
    } else {
        image.samples().clone()
    };
    let mut made = image.with(image.width(), image.height(), image.channels(), made)?;
    made.alpha = to;
    Ok(Cow::Owned(made))
}

fn reweighted<T: Depth>(samples: &[T], count: usize, to: AlphaMode) -> Vec<T> {
    let mut made = samples.to_vec();
    fill_bands(&mut made, count, |_, band| {
        for pixel in band.chunks_exact_mut(count) {
            let alpha = pixel[count - 1].unit();
            let weight = match to {
                AlphaMode::Premultiplied => alpha,
                AlphaMode::Straight if alpha > 0.0 => 1.0 / alpha,
                AlphaMode::Straight => 0.0,
            };
            for sample in &mut pixel[..count - 1] {
                *sample = T::of_unit(sample.unit() * weight);
            }
        }
    });
    made
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared::specimen;

    const WHITE: Colour = [255; 4];

    #[test]
    fn every_layout_becomes_every_other_and_back() {
        for image in specimen::every_layout(5, 3) {
            for to in [Channels::Gray, Channels::GrayAlpha, Channels::Rgb, Channels::Rgba] {
                let made = channels(&image, to, WHITE).unwrap();
                assert_eq!((made.channels(), made.width(), made.height()), (to, 5, 3));
                assert_eq!(made.samples().sample_type(), image.samples().sample_type());
            }
            // What gains alpha or colour loses them again without loss.
            let wide = channels(&image, Channels::Rgba, WHITE).unwrap();
            let opaque = !image.channels().has_alpha();
            let back = channels(&wide, image.channels(), WHITE).unwrap();
            assert!(!opaque || back.samples() == image.samples());
            for to in [SampleType::U8, SampleType::U16, SampleType::F32] {
                let there = samples(&image, to).unwrap();
                assert_eq!(there.samples().sample_type(), to);
                // The specimen has 8 bits worth of brightness, so that no type loses anything.
                assert_eq!(samples(&there, image.samples().sample_type()).unwrap().samples(), image.samples());
            }
        }
    }

    #[test]
    fn transparency_is_laid_on_the_ground() {
        let mut image = Image::new(1, 1, Channels::Rgba, Samples::U8(vec![200, 100, 0, 128])).unwrap();
        let laid = |image: &Image| channels(image, Channels::Rgb, WHITE).unwrap().samples().clone();
        assert_eq!(laid(&image), Samples::U8(vec![227, 177, 127]));
        image.alpha = AlphaMode::Premultiplied;
        assert_eq!(laid(&image), Samples::U8(vec![255, 227, 127]));
    }

    #[test]
    fn alpha_is_multiplied_and_divided() {
        let image = Image::new(2, 1, Channels::GrayAlpha, Samples::U8(vec![200, 128, 9, 0])).unwrap();
        let made = alpha_mode(&image, AlphaMode::Premultiplied).unwrap().into_owned();
        assert_eq!(made.samples(), &Samples::U8(vec![100, 128, 0, 0]));
        let back = alpha_mode(&made, AlphaMode::Straight).unwrap();
        assert_eq!(back.samples(), &Samples::U8(vec![199, 128, 0, 0]));
    }
}
