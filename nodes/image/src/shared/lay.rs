//! Laying one picture over another: *source over* of Porter and Duff (1984), with blend modes as W3C composes them.

use std::borrow::Cow;

use windlass_core::prelude::*;
use windlass_core::value::{AlphaMode, Channels, Samples};

use super::blend::{Blend, Rgb};
use super::colours::{self, Intent, Target};
use super::convert::WHITE;
use super::depth::Depth;
use super::gravity::Corner;
use super::overlap::overlap;
use super::pixels::is_premultiplied;
use super::recast;
use super::rows::fill_rows;

/// What is laid over a picture.
pub struct Layer<'a> {
    /// The picture, of any channels and samples.
    pub image: &'a Image,
    /// How much of it is seen, for each of its pixels, 0.0 to 1.0; all of it where there is none.
    pub mask: Option<&'a [f32]>,
    /// How much of it is seen, 0.0 to 1.0.
    pub opacity: f32,
    /// How colours are mixed.
    pub blend: Blend,
    /// Where its top left corner lies on the picture below; it is laid once for each.
    pub corners: &'a [Corner],
}

/// Lays a picture over another. Size, type of samples, alpha, its mode and profile are those of the lower one; grey
/// becomes colour where the upper one has colour. The colours of the upper one are converted where its profile is another.
///
/// # Errors
/// Says which profile cannot be used.
pub fn lay(base: &Image, layer: &Layer<'_>) -> Result<Image, NodeError> {
    let bug = |error| NodeError::because("the pictures cannot be laid over each other", &error);
    let colour = |image: &Image| matches!(image.channels(), Channels::Rgb | Channels::Rgba);
    let coloured = match base.channels() {
        Channels::Gray if colour(layer.image) => Some(Channels::Rgb),
        Channels::GrayAlpha if colour(layer.image) => Some(Channels::Rgba),
        _ => None,
    };
    let base = match coloured {
        Some(channels) => {
            let plain = colours::convert(base, &Target::Srgb, Intent::Relative).map_err(|error| error.explain())?;
            Cow::Owned(recast::channels(&plain, channels, WHITE).map_err(bug)?.into_owned())
        }
        None => Cow::Borrowed(base),
    };
    let upper = fitted(layer.image, &base)?;
    let samples = match (base.samples(), upper.samples()) {
        (Samples::U8(under), Samples::U8(over)) => Samples::U8(over_all(&base, under, &upper, over, layer)),
        (Samples::U16(under), Samples::U16(over)) => Samples::U16(over_all(&base, under, &upper, over, layer)),
        (Samples::F32(under), Samples::F32(over)) => Samples::F32(over_all(&base, under, &upper, over, layer)),
        _ => return Err(NodeError::new("the pictures have other samples than was asked for")),
    };
    base.with(base.width(), base.height(), base.channels(), samples).map_err(bug)
}

/// Returns the upper picture in the colours, samples and channels of the lower one, with straight alpha if it has any.
fn fitted<'a>(image: &'a Image, base: &Image) -> Result<Cow<'a, Image>, NodeError> {
    let bug = |error| NodeError::because("the upper picture cannot be fitted to the lower one", &error);
    let grey = matches!(base.channels(), Channels::Gray | Channels::GrayAlpha);
    let to = match (grey, image.channels().has_alpha()) {
        (true, false) => Channels::Gray,
        (true, true) => Channels::GrayAlpha,
        (false, false) => Channels::Rgb,
        (false, true) => Channels::Rgba,
    };
    let mut fitted = Cow::Borrowed(image);
    // Grey without a profile is grey of sRGB, which needs no way to be colour of sRGB.
    if image.icc != base.icc {
        let target = base.icc.clone().map_or(Target::Srgb, Target::Profile);
        fitted = Cow::Owned(
            colours::convert(image, &target, Intent::Relative).map_err(|error| error.explain())?.into_owned(),
        );
    }
    if fitted.channels().has_alpha() && fitted.alpha != AlphaMode::Straight {
        fitted = Cow::Owned(recast::alpha_mode(&fitted, AlphaMode::Straight).map_err(bug)?.into_owned());
    }
    if fitted.channels() != to {
        fitted = Cow::Owned(recast::channels(&fitted, to, WHITE).map_err(bug)?.into_owned());
    }
    let kind = base.samples().sample_type();
    if fitted.samples().sample_type() != kind {
        fitted = Cow::Owned(recast::samples(&fitted, kind).map_err(bug)?.into_owned());
    }
    Ok(fitted)
}

fn over_all<T: Depth>(base: &Image, under: &[T], upper: &Image, over: &[T], layer: &Layer<'_>) -> Vec<T> {
    let scene = Scene { over, layer, premultiplied: is_premultiplied(base) };
    let room = (base.width(), base.height());
    let mut made = under.to_vec();
    for corner in layer.corners {
        match (base.channels(), upper.channels().has_alpha()) {
            (Channels::Gray, false) => scene.onto::<1, 1, 1>(&mut made, room, *corner),
            (Channels::Gray, true) => scene.onto::<1, 1, 2>(&mut made, room, *corner),
            (Channels::GrayAlpha, false) => scene.onto::<1, 2, 1>(&mut made, room, *corner),
            (Channels::GrayAlpha, true) => scene.onto::<1, 2, 2>(&mut made, room, *corner),
            (Channels::Rgb, false) => scene.onto::<3, 3, 3>(&mut made, room, *corner),
            (Channels::Rgb, true) => scene.onto::<3, 3, 4>(&mut made, room, *corner),
            (Channels::Rgba, false) => scene.onto::<3, 4, 3>(&mut made, room, *corner),
            (Channels::Rgba, true) => scene.onto::<3, 4, 4>(&mut made, room, *corner),
        }
    }
    made
}

/// What is laid over a picture, once it has its colours and samples.
struct Scene<'a, T> {
    over: &'a [T],
    layer: &'a Layer<'a>,
    premultiplied: bool,
}

impl<T: Depth> Scene<'_, T> {
    /// Lays pixels of `OVER` samples onto pixels of `COUNT` samples, of which `COLOURS` are colour.
    fn onto<const COLOURS: usize, const COUNT: usize, const OVER: usize>(
        &self,
        made: &mut [T],
        (width, height): (u32, u32),
        (x, y): Corner,
    ) {
        let image = self.layer.image;
        let Some((left, from_x, across)) = overlap(width, image.width(), x) else { return };
        let Some((top, from_y, down)) = overlap(height, image.height(), y) else { return };
        let row_len = width as usize * COUNT;
        let rows = &mut made[top * row_len..][..down * row_len];
        let is_plain = self.layer.blend == Blend::Normal && self.layer.mask.is_none();
        fill_rows(
            rows,
            row_len,
            #[inline(always)]
            |at, row| {
                let start = (from_y + at) * image.width() as usize + from_x;
                let over = &self.over[start * OVER..][..across * OVER];
                let row = &mut row[left * COUNT..][..across * COUNT];
                if is_plain && COUNT == COLOURS && T::FULL > 1.0 {
                    return onto_opaque::<T, COUNT, OVER>(row, over, self.layer.opacity);
                }
                let mask = self.layer.mask.map(|mask| &mask[start..][..across]);
                self.blended::<COLOURS, COUNT, OVER>(row, over, mask);
            },
        );
    }

    #[inline(never)]
    fn blended<const COLOURS: usize, const COUNT: usize, const OVER: usize>(
        &self,
        row: &mut [T],
        over: &[T],
        mask: Option<&[f32]>,
    ) {
        match self.layer.blend {
            Blend::Normal => self.row::<COLOURS, COUNT, OVER>(row, over, mask, |_, upper| upper),
            blend => self.row::<COLOURS, COUNT, OVER>(row, over, mask, blend.mix()),
        }
    }

    #[inline(always)]
    fn row<const COLOURS: usize, const COUNT: usize, const OVER: usize>(
        &self,
        row: &mut [T],
        over: &[T],
        mask: Option<&[f32]>,
        mix: impl Fn(Rgb, Rgb) -> Rgb,
    ) {
        let pixels = row.as_chunks_mut::<COUNT>().0.iter_mut().zip(over.as_chunks::<OVER>().0);
        for (at, (under, over)) in pixels.enumerate() {
            let alpha = if OVER > COLOURS { over[COLOURS].unit() } else { 1.0 };
            let seen = alpha * self.layer.opacity * mask.map_or(1.0, |mask| mask[at]);
            if seen > 0.0 {
                let upper: [f32; COLOURS] = std::array::from_fn(|at| over[at].unit());
                pixel::<T, COLOURS, COUNT>(under, upper, seen, self.premultiplied, &mix);
            }
        }
    }
}

/// What is done most: a picture of integers without alpha under any other. The loop has no branch, so that it can be
/// widened.
#[inline(always)]
fn onto_opaque<T: Depth, const COUNT: usize, const OVER: usize>(row: &mut [T], over: &[T], opacity: f32) {
    for (under, over) in row.as_chunks_mut::<COUNT>().0.iter_mut().zip(over.as_chunks::<OVER>().0) {
        let seen = if OVER > COUNT { over[OVER - 1].unit() * opacity } else { opacity };
        for at in 0..COUNT {
            under[at] = T::of_number(over[at].number() * seen + under[at].number() * (1.0 - seen));
        }
    }
}

/// Equations 5.1 and 8 of *Compositing and Blending Level 1*.
#[inline(always)]
fn pixel<T: Depth, const COLOURS: usize, const COUNT: usize>(
    under: &mut [T; COUNT],
    upper: [f32; COLOURS],
    seen: f32,
    premultiplied: bool,
    mix: &impl Fn(Rgb, Rgb) -> Rgb,
) {
    let below = if COUNT > COLOURS { under[COLOURS].unit() } else { 1.0 };
    let divide = if premultiplied && below > 0.0 { 1.0 / below } else { 1.0 };
    let lower: [f32; COLOURS] = std::array::from_fn(|at| under[at].unit() * divide);
    let mixed = mix(rgb(lower), rgb(upper));
    let alpha = seen + below * (1.0 - seen);
    let weight = if COUNT > COLOURS && !premultiplied { 1.0 / alpha } else { 1.0 };
    for at in 0..COLOURS {
        let blended = (1.0 - below) * upper[at] + below * mixed[at];
        under[at] = T::of_unit((seen * blended + (1.0 - seen) * below * lower[at]) * weight);
    }
    if COUNT > COLOURS {
        under[COLOURS] = T::of_unit(alpha);
    }
}

#[inline(always)]
fn rgb<const COLOURS: usize>(colour: [f32; COLOURS]) -> Rgb {
    std::array::from_fn(|at| colour[at % COLOURS])
}

/// Returns how much each pixel of a mask lets through: its luma, times its alpha where it has one.
///
/// # Errors
/// Refuses a mask of another size.
pub fn mask_plane(mask: &Image, size: (u32, u32)) -> Result<Vec<f32>, NodeError> {
    if (mask.width(), mask.height()) != size {
        let (width, height) = size;
        let text = format!(
            "the mask of {} by {} pixels lies on a picture of {width} by {height}",
            mask.width(),
            mask.height()
        );
        return Err(NodeError::new(text).hint("bring it to that size with `image.resize`, `fit: fill`").permanent());
    }
    let bug = |error| NodeError::because("the mask cannot be read", &error);
    let black = recast::channels(mask, Channels::Gray, [0, 0, 0, 255]).map_err(bug)?;
    match recast::samples(&black, windlass_core::value::SampleType::F32).map_err(bug)?.into_owned().into_samples() {
        Samples::F32(plane) => Ok(plane.into_iter().map(|seen| seen.clamp(0.0, 1.0)).collect()),
        _ => Err(NodeError::new("the mask has other samples than was asked for")),
    }
}

#[cfg(test)]
mod tests {
    use windlass_core::value::SampleType;

    use super::*;
    use crate::shared::specimen;

    fn layer(image: &Image) -> Layer<'_> {
        Layer { image, mask: None, opacity: 1.0, blend: Blend::Normal, corners: &[(0, 0)] }
    }

    fn picture(channels: Channels, samples: &[u8]) -> Image {
        Image::new(1, 1, channels, Samples::U8(samples.to_vec())).unwrap()
    }

    #[test]
    fn every_layout_takes_every_other() {
        for base in specimen::every_layout(6, 4) {
            for over in specimen::every_layout(3, 3) {
                let made = lay(&base, &Layer { corners: &[(4, -1), (0, 0)], ..layer(&over) }).unwrap();
                assert_eq!((made.width(), made.height()), (6, 4));
                assert_eq!(made.samples().sample_type(), base.samples().sample_type());
                assert_eq!(made.channels().has_alpha(), base.channels().has_alpha());
            }
        }
    }

    #[test]
    fn half_a_layer_is_half_seen_in_both_modes_of_alpha() {
        let mut base = picture(Channels::Rgba, &[0, 0, 100, 128]);
        let over = picture(Channels::Rgba, &[200, 0, 0, 128]);
        let straight = lay(&base, &layer(&over)).unwrap();
        assert_eq!(straight.samples(), &Samples::U8(vec![134, 0, 33, 192]));
        base.alpha = AlphaMode::Premultiplied;
        let base = base.with(1, 1, Channels::Rgba, Samples::U8(vec![0, 0, 50, 128])).unwrap();
        let premultiplied = lay(&base, &layer(&over)).unwrap();
        assert_eq!(premultiplied.samples(), &Samples::U8(vec![100, 0, 25, 192]));
    }

    #[test]
    fn opacity_and_mask_count_together() {
        let (base, over) = (picture(Channels::Gray, &[0]), picture(Channels::Gray, &[200]));
        let made = lay(&base, &Layer { opacity: 0.5, mask: Some(&[0.5]), ..layer(&over) }).unwrap();
        assert_eq!(made.samples(), &Samples::U8(vec![50]));
    }

    #[test]
    fn floats_beyond_full_brightness_are_kept() {
        let float = |value| Image::new(1, 1, Channels::Gray, Samples::F32(vec![value])).unwrap();
        let made = lay(&float(0.25), &layer(&float(4.0))).unwrap();
        assert_eq!(made.samples(), &Samples::F32(vec![4.0]));
    }

    #[test]
    fn a_mask_is_read_by_its_luma_and_alpha() {
        let mask = Image::new(2, 1, Channels::GrayAlpha, Samples::U8(vec![255, 51, 51, 255])).unwrap();
        let plane = mask_plane(&mask, (2, 1)).unwrap();
        assert!(plane.iter().all(|seen| (seen - 0.2).abs() < 1e-6), "{plane:?}");
        let error = mask_plane(&specimen::picture(2, 2, Channels::Gray, SampleType::U8), (2, 1)).unwrap_err();
        assert_eq!(error.to_string(), "the mask of 2 by 2 pixels lies on a picture of 2 by 1");
    }
}
