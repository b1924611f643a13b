//! Scaling by fast_image_resize, for every type of samples; alpha is taken into account.

use std::sync::{Mutex, MutexGuard, PoisonError};

use bytemuck::Pod;
use fast_image_resize::images::{Image as Target, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use windlass_core::prelude::*;
use windlass_core::value::{AlphaMode, Channels, ImageError, SampleType, Samples};

use super::lanczos;

/// The largest picture that is made, in pixels.
pub const MAX_PIXELS: u64 = 400_000_000;

/// The most memory that the samples of a picture that is made may take, in bytes.
pub const MAX_BYTES: u64 = 2 << 30;

/// How much room for pictures half made is kept from one picture to the next, in bytes.
const KEPT_BYTES: usize = 4 << 20;

/// How new pixels are computed from old ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Choice)]
pub enum Filter {
    /// The nearest pixel alone: hard edges, for pixel art.
    Nearest,
    /// The mean of the pixels that are covered.
    Box,
    /// A triangle: soft.
    Bilinear,
    /// A sharp cubic.
    CatmullRom,
    /// A cubic between sharp and soft.
    Mitchell,
    /// A windowed sinc of three lobes: the sharpest.
    #[default]
    Lanczos3,
}

/// How a picture takes the place that it is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Choice)]
pub enum Fit {
    /// As large as fits, proportions kept.
    #[default]
    Contain,
    /// As small as covers, proportions kept; what juts out is cut off on both sides alike.
    Cover,
    /// Exactly as given, proportions given up.
    Fill,
    /// As `contain`, but never enlarged.
    Inside,
}

/// The size that is wanted; a side that is not given follows from the proportions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scale {
    /// Width in pixels.
    pub width: Option<u32>,
    /// Height in pixels.
    pub height: Option<u32>,
    /// How the picture takes its place.
    pub fit: Fit,
    /// How pixels are computed.
    pub filter: Filter,
}

/// Why a picture cannot be scaled.
#[derive(Debug, thiserror::Error)]
pub enum ScaleError {
    /// No side is given.
    #[error("neither `width` nor `height` is given")]
    NoSide,
    /// The result would not fit.
    #[error("a picture of {width} by {height} pixels is larger than the {MAX_PIXELS} pixels that can be made")]
    TooLarge {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// The result would take too much memory.
    #[error("a picture of {width} by {height} pixels takes {bytes} bytes, more than the {MAX_BYTES} that can be made")]
    TooManyBytes {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// What its samples would take, in bytes.
        bytes: u64,
    },
    /// The library refuses buffers that we made, which is a bug.
    #[error("the picture cannot be scaled")]
    Library(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The samples do not make a picture, which is a bug.
    #[error(transparent)]
    Samples(#[from] ImageError),
}

/// Scales pictures and keeps the room that small ones were made in: as often as pictures were scaled at the same time.
#[derive(Debug, Default)]
pub struct Scaler {
    idle: Mutex<Vec<Resizer>>,
}

/// Scales one picture, as [`Scaler::resize`] does.
///
/// # Errors
/// As there.
pub fn resize(image: &Arc<Image>, scale: &Scale) -> Result<Arc<Image>, ScaleError> {
    Scaler::default().resize(image, scale)
}

impl Scaler {
    /// Scales a picture; a picture that has its size already comes back as it is, without a copy.
    /// Profile and alpha mode are kept.
    ///
    /// # Errors
    /// Refuses a size without sides, and one of more than [`MAX_PIXELS`] or [`MAX_BYTES`].
    pub fn resize(&self, image: &Arc<Image>, scale: &Scale) -> Result<Arc<Image>, ScaleError> {
        let (width, height) = size(image.width(), image.height(), scale)?;
        if (width, height) == (image.width(), image.height()) {
            return Ok(image.clone());
        }
        if u64::from(width) * u64::from(height) > MAX_PIXELS {
            return Err(ScaleError::TooLarge { width, height });
        }
        let bytes = u64::from(width) * u64::from(height) * pixel_bytes(image);
        if bytes > MAX_BYTES {
            return Err(ScaleError::TooManyBytes { width, height, bytes });
        }
        let options = options(image, scale);
        let mut resizer = self.idle().pop().unwrap_or_default();
        let samples = match image.samples() {
            Samples::U8(samples) => Samples::U8(run(&mut resizer, image, samples, (width, height), &options)?),
            Samples::U16(samples) => Samples::U16(run(&mut resizer, image, samples, (width, height), &options)?),
            Samples::F32(samples) => Samples::F32(run(&mut resizer, image, samples, (width, height), &options)?),
        };
        if resizer.size_of_internal_buffers() <= KEPT_BYTES {
            self.idle().push(resizer);
        }
        Ok(Arc::new(image.with(width, height, image.channels(), samples)?))
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Resizer>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns what a pixel of a picture takes, in bytes.
pub fn pixel_bytes(image: &Image) -> u64 {
    (image.channels().count() * image.samples().sample_type().size_bytes()) as u64
}

/// Returns the size that comes out, in pixels; no side is ever 0.
fn size(width: u32, height: u32, scale: &Scale) -> Result<(u32, u32), ScaleError> {
    let (want_width, want_height) = match (scale.width, scale.height) {
        (None, None) => return Err(ScaleError::NoSide),
        (Some(want), None) => (want, in_proportion(height, want, width)),
        (None, Some(want)) => (in_proportion(width, want, height), want),
        (Some(wide), Some(high)) => match scale.fit {
            Fit::Contain | Fit::Inside => contained(width, height, wide, high),
            Fit::Cover | Fit::Fill => (wide, high),
        },
    };
    if scale.fit == Fit::Inside && (want_width > width || want_height > height) {
        return Ok((width, height));
    }
    Ok((want_width.max(1), want_height.max(1)))
}

fn contained(width: u32, height: u32, wide: u32, high: u32) -> (u32, u32) {
    if u64::from(wide) * u64::from(height) <= u64::from(high) * u64::from(width) {
        (wide, in_proportion(height, wide, width))
    } else {
        (in_proportion(width, high, height), high)
    }
}

/// Returns `side * want / other`, rounded, at least 1.
fn in_proportion(side: u32, want: u32, other: u32) -> u32 {
    let (side, want, other) = (u64::from(side), u64::from(want), u64::from(other).max(1));
    u32::try_from((side * want + other / 2) / other).unwrap_or(u32::MAX).max(1)
}

fn options(image: &Image, scale: &Scale) -> ResizeOptions {
    // Premultiplied colour may be averaged as it is; straight colour must be weighted by its alpha.
    let weigh = image.channels().has_alpha() && image.alpha == AlphaMode::Straight && scale.filter != Filter::Nearest;
    let options = ResizeOptions::new().resize_alg(algorithm(scale.filter)).use_alpha(weigh);
    if scale.fit == Fit::Cover { options.fit_into_destination(None) } else { options }
}

fn algorithm(filter: Filter) -> ResizeAlg {
    match filter {
        Filter::Nearest => ResizeAlg::Nearest,
        Filter::Box => ResizeAlg::Convolution(FilterType::Box),
        Filter::Bilinear => ResizeAlg::Convolution(FilterType::Bilinear),
        Filter::CatmullRom => ResizeAlg::Convolution(FilterType::CatmullRom),
        Filter::Mitchell => ResizeAlg::Convolution(FilterType::Mitchell),
        Filter::Lanczos3 => ResizeAlg::Convolution(lanczos::filter()),
    }
}

fn run<T: Pod + Default>(
    resizer: &mut Resizer,
    image: &Image,
    samples: &[T],
    (width, height): (u32, u32),
    options: &ResizeOptions,
) -> Result<Vec<T>, ScaleError> {
    let pixel = pixel_type(image);
    let mut made = vec![T::default(); width as usize * height as usize * image.channels().count()];
    let source = ImageRef::new(image.width(), image.height(), bytemuck::cast_slice(samples), pixel).map_err(library)?;
    let target = bytemuck::cast_slice_mut(&mut made);
    let mut target = Target::from_slice_u8(width, height, target, pixel).map_err(library)?;
    resizer.resize(&source, &mut target, options).map_err(library)?;
    Ok(made)
}

fn library(error: impl std::error::Error + Send + Sync + 'static) -> ScaleError {
    ScaleError::Library(error.into())
}

fn pixel_type(image: &Image) -> PixelType {
    match (image.samples().sample_type(), image.channels()) {
        (SampleType::U8, Channels::Gray) => PixelType::U8,
        (SampleType::U8, Channels::GrayAlpha) => PixelType::U8x2,
        (SampleType::U8, Channels::Rgb) => PixelType::U8x3,
        (SampleType::U8, Channels::Rgba) => PixelType::U8x4,
        (SampleType::U16, Channels::Gray) => PixelType::U16,
        (SampleType::U16, Channels::GrayAlpha) => PixelType::U16x2,
        (SampleType::U16, Channels::Rgb) => PixelType::U16x3,
        (SampleType::U16, Channels::Rgba) => PixelType::U16x4,
        (SampleType::F32, Channels::Gray) => PixelType::F32,
        (SampleType::F32, Channels::GrayAlpha) => PixelType::F32x2,
        (SampleType::F32, Channels::Rgb) => PixelType::F32x3,
        (SampleType::F32, Channels::Rgba) => PixelType::F32x4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared::specimen;

    fn scale(width: u32, height: u32, fit: Fit) -> Scale {
        Scale { width: Some(width), height: Some(height), fit, filter: Filter::Lanczos3 }
    }

    #[test]
    fn each_fit_gives_its_size() {
        let sizes = |fit| size(400, 200, &scale(100, 100, fit)).unwrap();
        assert_eq!(sizes(Fit::Contain), (100, 50));
        assert_eq!(sizes(Fit::Inside), (100, 50));
        assert_eq!(sizes(Fit::Cover), (100, 100));
        assert_eq!(sizes(Fit::Fill), (100, 100));
        assert_eq!(size(40, 20, &scale(100, 100, Fit::Contain)).unwrap(), (100, 50));
        assert_eq!(size(40, 20, &scale(100, 100, Fit::Inside)).unwrap(), (40, 20));
    }

    #[test]
    fn a_missing_side_follows_and_is_never_zero() {
        let one = |width, height| Scale { width, height, ..Scale::default() };
        assert_eq!(size(400, 200, &one(Some(100), None)).unwrap(), (100, 50));
        assert_eq!(size(400, 200, &one(None, Some(100))).unwrap(), (200, 100));
        assert_eq!(size(5000, 1, &one(Some(10), None)).unwrap(), (10, 1));
        assert!(matches!(size(4, 2, &one(None, None)), Err(ScaleError::NoSide)));
    }

    #[test]
    fn a_picture_of_the_right_size_is_not_copied() {
        let image = Arc::new(specimen::picture(8, 8, Channels::Rgb, SampleType::U8));
        let same = resize(&image, &scale(8, 8, Fit::Fill)).unwrap();
        assert!(Arc::ptr_eq(&image, &same));
    }

    #[test]
    fn every_layout_and_filter_is_scaled() {
        use Filter::{Bilinear, CatmullRom, Lanczos3, Mitchell, Nearest};
        let scaler = Scaler::default();
        for image in specimen::every_layout(12, 8) {
            for filter in [Nearest, Filter::Box, Bilinear, CatmullRom, Mitchell, Lanczos3] {
                let scale = Scale { filter, ..scale(6, 6, Fit::Cover) };
                let image = Arc::new(image.clone());
                let small = resize(&image, &scale).unwrap();
                assert_eq!(small, scaler.resize(&image, &scale).unwrap(), "the picture before left something behind");
                assert_eq!((small.width(), small.height(), small.channels()), (6, 6, image.channels()));
                assert_eq!(small.samples().sample_type(), image.samples().sample_type());
            }
        }
    }

    #[test]
    fn hidden_colour_does_not_bleed_into_what_is_seen() {
        let red_and_hidden_green = [[255, 0, 0, 255], [0, 255, 0, 0]].concat();
        let image = Image::new(2, 1, Channels::Rgba, Samples::U8(red_and_hidden_green)).unwrap();
        let scale = Scale { filter: Filter::Box, ..scale(1, 1, Fit::Fill) };
        let one = resize(&Arc::new(image.clone()), &scale).unwrap();
        let Samples::U8(pixel) = one.samples() else { panic!("the type of samples has changed") };
        assert_eq!(pixel[..3], [255, 0, 0]);
        assert!((127..=128).contains(&pixel[3]));
    }

    #[test]
    fn profile_and_alpha_mode_are_kept() {
        let mut image = specimen::picture(4, 4, Channels::Rgba, SampleType::U16);
        image.icc = Some(Arc::from(&b"profile"[..]));
        image.alpha = AlphaMode::Premultiplied;
        let small = resize(&Arc::new(image.clone()), &scale(2, 2, Fit::Fill)).unwrap();
        assert_eq!((&small.icc, small.alpha), (&image.icc, image.alpha));
    }

    #[test]
    fn a_monstrous_size_is_refused() {
        let image = Arc::new(specimen::picture(2, 2, Channels::Gray, SampleType::U8));
        assert!(matches!(resize(&image, &scale(65_535, 65_535, Fit::Fill)), Err(ScaleError::TooLarge { .. })));
    }
}
