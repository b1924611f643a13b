//! From the colours of one ICC profile to those of another, by moxcms.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};

use moxcms::{ColorProfile, Layout, RenderingIntent, TransformExecutor, TransformOptions};
use windlass_core::prelude::*;
use windlass_core::value::{AlphaMode, Channels, SampleType, Samples};

use super::depth::Depth;
use super::rows::fill_bands;
use super::{profile, recast};

/// What is done about colours that the other profile does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Choice)]
pub enum Intent {
    /// All colours move, so that their relations look right; as the profile was made.
    #[default]
    Perceptual,
    /// Colours stay as they are, relative to white; those that do not fit are clipped.
    Relative,
    /// Colours stay vivid.
    Saturation,
    /// Colours stay as measured, white included.
    Absolute,
}

/// Why colours cannot be converted.
#[derive(Debug, thiserror::Error)]
pub enum ColourError {
    /// The profile of the picture cannot be used.
    #[error("the colour profile of the picture cannot be read")]
    Source(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The other profile cannot be used.
    #[error("the colour profile to convert to cannot be read")]
    Target(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The other profile is not of grey and not of red, green and blue.
    #[error("a profile of {0} is not one that a picture can have here")]
    Space(String),
    /// The library knows no way between the two.
    #[error("there is no way from the colours of the one profile to those of the other")]
    NoWay(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The samples do not make a picture, which is a bug.
    #[error(transparent)]
    Samples(#[from] windlass_core::value::ImageError),
}

/// What colours are converted to.
pub enum Target {
    /// sRGB, which a picture without a profile has; a grey picture stays grey.
    Srgb,
    /// A profile.
    Profile(Arc<[u8]>),
}

/// Returns the picture in other colours; alpha, its mode and the type of samples stay. A picture without a profile is
/// taken for sRGB. Floats are clamped to 0.0 to 1.0.
///
/// # Errors
/// See [`ColourError`].
pub fn convert<'a>(image: &'a Image, to: &Target, intent: Intent) -> Result<Cow<'a, Image>, ColourError> {
    let same = match to {
        Target::Srgb => image.icc.is_none(),
        Target::Profile(icc) => image.icc.as_ref() == Some(icc),
    };
    if same {
        return Ok(Cow::Borrowed(image));
    }
    let grey = matches!(image.channels(), Channels::Gray | Channels::GrayAlpha);
    let own = image.icc.as_deref().filter(|icc| profile::fits(icc, image.channels()));
    let source = match own {
        Some(icc) => read(icc).map_err(ColourError::Source)?,
        None => plain(grey),
    };
    let (target, channels, icc) = match to {
        Target::Srgb => (plain(grey), image.channels(), None),
        Target::Profile(icc) => {
            let channels = fitting(icc, image.channels().has_alpha())?;
            (read(icc).map_err(ColourError::Target)?, channels, Some(icc.clone()))
        }
    };
    let kind = image.samples().sample_type();
    let straight = recast::alpha_mode(image, AlphaMode::Straight)?;
    // The library's way from 8 bits of grey is three steps off in dark tones, that from 16 bits half a step.
    let fine = recast::samples(&straight, if grey && kind == SampleType::U8 { SampleType::U16 } else { kind })?;
    let samples = transformed(&fine, &source, &target, channels, intent)?;
    let made = fine.with(image.width(), image.height(), channels, samples)?;
    let mut made = recast::samples(&made, kind)?.into_owned();
    made.icc = icc;
    let mut made = recast::alpha_mode(&made, image.alpha)?.into_owned();
    made.alpha = image.alpha;
    Ok(Cow::Owned(made))
}

fn read(icc: &[u8]) -> Result<ColorProfile, Box<dyn std::error::Error + Send + Sync>> {
    ColorProfile::new_from_slice(icc).map_err(|error| error.to_string().into())
}

/// What a picture without a profile has: sRGB, or grey with the curve of sRGB.
fn plain(grey: bool) -> ColorProfile {
    let srgb = ColorProfile::new_srgb();
    if !grey {
        return srgb;
    }
    let mut grey = ColorProfile::new_gray_with_gamma(2.2);
    grey.gray_trc = srgb.red_trc;
    grey
}

/// Returns the channels that a profile describes. What is too short to name a space is left to the reader.
fn fitting(icc: &[u8], alpha: bool) -> Result<Channels, ColourError> {
    let (grey, colour) = if alpha { (Channels::GrayAlpha, Channels::Rgba) } else { (Channels::Gray, Channels::Rgb) };
    match profile::space(icc) {
        Some(space) if profile::fits(icc, grey) || profile::fits(icc, colour) => {
            Ok(if space == "GRAY" { grey } else { colour })
        }
        Some(space) => Err(ColourError::Space(space)),
        None => Ok(colour),
    }
}

fn transformed(
    image: &Image,
    source: &ColorProfile,
    target: &ColorProfile,
    to: Channels,
    intent: Intent,
) -> Result<Samples, ColourError> {
    let options = TransformOptions { rendering_intent: intent.into(), prefer_fixed_point: false, ..Default::default() };
    let (from, into) = (layout(image.channels()), layout(to));
    let shape = (image.channels().count(), to.count(), image.width() as usize);
    let no_way = |error: moxcms::CmsError| ColourError::NoWay(error.to_string().into());
    match image.samples() {
        Samples::U8(samples) => {
            let way = source.create_transform_8bit(from, target, into, options).map_err(no_way)?;
            run(&*way, samples, shape).map(Samples::U8)
        }
        Samples::U16(samples) => {
            let way = source.create_transform_16bit(from, target, into, options).map_err(no_way)?;
            run(&*way, samples, shape).map(Samples::U16)
        }
        Samples::F32(samples) => {
            let way = source.create_transform_f32(from, target, into, options).map_err(no_way)?;
            let clamped: Vec<f32> = samples.iter().map(|sample| sample.clamp(0.0, 1.0)).collect();
            run(&*way, &clamped, shape).map(Samples::F32)
        }
    }
}

fn run<T: Depth>(
    way: &(dyn TransformExecutor<T> + Send + Sync),
    samples: &[T],
    (from, to, width): (usize, usize, usize),
) -> Result<Vec<T>, ColourError> {
    let mut made = vec![T::default(); samples.len() / from * to];
    let failed = AtomicBool::new(false);
    fill_bands(&mut made, width * to, |first, band| {
        let source = &samples[first * width * from..][..band.len() / to * from];
        if way.transform(source, band).is_err() {
            failed.store(true, Ordering::Relaxed);
        }
    });
    if failed.into_inner() { Err(ColourError::NoWay("the samples do not fit".into())) } else { Ok(made) }
}

fn layout(channels: Channels) -> Layout {
    match channels {
        Channels::Gray => Layout::Gray,
        Channels::GrayAlpha => Layout::GrayAlpha,
        Channels::Rgb => Layout::Rgb,
        Channels::Rgba => Layout::Rgba,
    }
}

impl From<Intent> for RenderingIntent {
    fn from(intent: Intent) -> Self {
        match intent {
            Intent::Perceptual => Self::Perceptual,
            Intent::Relative => Self::RelativeColorimetric,
            Intent::Saturation => Self::Saturation,
            Intent::Absolute => Self::AbsoluteColorimetric,
        }
    }
}

impl ColourError {
    /// Returns the error of a node.
    pub fn explain(&self) -> NodeError {
        let error = match std::error::Error::source(self) {
            Some(cause) => NodeError::because(self.to_string(), cause),
            None => NodeError::new(self.to_string()),
        };
        match self {
            Self::Source(_) => error.hint("take it out of the file with `image.strip_metadata`, `profile: drop`"),
            Self::Target(_) | Self::Space(_) => error.hint("give an ICC profile of grey, or of red, green and blue"),
            Self::NoWay(_) | Self::Samples(_) => error,
        }
        .permanent()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared::specimen;

    fn p3() -> Target {
        Target::Profile(ColorProfile::new_display_p3().encode().unwrap().into())
    }

    #[test]
    fn every_layout_goes_there_and_back() {
        for mut image in specimen::every_layout(9, 5) {
            image.alpha = AlphaMode::Straight;
            let there = convert(&image, &p3(), Intent::Relative).unwrap();
            assert_eq!(there.samples().sample_type(), image.samples().sample_type());
            assert_eq!(there.channels().has_alpha(), image.channels().has_alpha());
            assert!(there.icc.is_some());
            let back = convert(&there, &Target::Srgb, Intent::Relative).unwrap();
            let back = recast::channels(&back, image.channels(), [255; 4]).unwrap();
            let (back, image) =
                [&back, &image].map(|image| recast::samples(image, SampleType::F32).unwrap().into_owned()).into();
            let (Samples::F32(back), Samples::F32(image)) = (back.samples(), image.samples()) else { panic!("floats") };
            // P3 holds all of sRGB; twice half a step of 8 bits, and what dark tones lose by it.
            let worst = back.iter().zip(image).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(worst < 3.0 / 255.0, "{worst}");
        }
    }

    #[test]
    fn what_has_the_colours_already_is_not_copied() {
        let image = specimen::picture(2, 2, Channels::Rgb, SampleType::U8);
        assert!(matches!(convert(&image, &Target::Srgb, Intent::Relative), Ok(Cow::Borrowed(_))));
    }

    #[test]
    fn profiles_that_cannot_be_used_are_explained() {
        let mut image = specimen::picture(2, 2, Channels::Rgb, SampleType::U8);
        let junk = Target::Profile(Arc::from(&b"junk"[..]));
        assert!(matches!(convert(&image, &junk, Intent::Relative), Err(ColourError::Target(_))));
        let cmyk = Target::Profile(specimen::profile(b"CMYK").into());
        let error = convert(&image, &cmyk, Intent::Relative).map(|_| ()).unwrap_err();
        assert!(matches!(&error, ColourError::Space(space) if space == "CMYK"), "{error}");
        image.icc = Some(specimen::profile(b"RGB ").into());
        let error = convert(&image, &Target::Srgb, Intent::Relative).map(|_| ()).unwrap_err();
        assert!(error.explain().hint_text().is_some() && error.explain().is_permanent());
    }
}
