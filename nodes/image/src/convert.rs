//! `image.convert`: other samples, other channels, another mode of alpha.

use windlass_core::prelude::*;
use windlass_core::value::{AlphaMode, Channels, SampleType, Samples};

use crate::shared::colours::{self, Intent, Target};
use crate::shared::ground::ColourParam;
use crate::shared::{profile, recast};

/// Which channels a picture has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Set {
    /// Those it has.
    Keep,
    /// Grey.
    Gray,
    /// Grey and alpha.
    GrayAlpha,
    /// Red, green and blue.
    Rgb,
    /// Red, green, blue and alpha.
    Rgba,
    /// Those it has, without alpha.
    Opaque,
    /// Those it has, with alpha.
    Alpha,
}

/// The type of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Kind {
    /// The one it has.
    Keep,
    /// 8 bits.
    U8,
    /// 16 bits.
    U16,
    /// 32-bit floating point.
    F32,
}

/// How colour and alpha relate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Mode {
    /// As they do.
    Keep,
    /// Colour is independent of alpha.
    Straight,
    /// Colour is multiplied by alpha.
    Premultiplied,
}

/// What it becomes.
#[derive(Params)]
pub struct Settings {
    /// Which channels it gets. Colour becomes grey by its luma (Rec. 601); `opaque` and `alpha` take alpha away from what
    /// it has, or give it.
    #[param(default = "keep")]
    channels: Set,
    /// The type of its samples. Integers are rounded; floats beyond 0.0 to 1.0 are clamped for them.
    #[param(default = "keep")]
    samples: Kind,
    /// Whether colour is multiplied by alpha.
    #[param(default = "keep")]
    alpha: Mode,
    /// What shows through where alpha is taken away, `#rrggbb`.
    #[param(default = "#ffffff")]
    background: ColourParam,
}

/// The picture.
#[derive(Inputs)]
pub struct In {
    /// The picture.
    image: Arc<Image>,
}

/// The picture.
#[derive(Outputs)]
pub struct Out {
    /// The picture. Where its profile would not fit the new channels, its colours become sRGB.
    image: Arc<Image>,
}

/// `image.convert`
pub struct Convert;

impl Node for Convert {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "image.convert",
            "Convert",
            "Changes a picture's channels, the type of its samples, or how alpha is kept.",
        )
        .cpu()
        .search(&["8 bit", "16 bit", "float", "grayscale", "rgb", "alpha", "flatten", "premultiply", "depth"])
        .sample(sample())
        .example(
            r##"
open:
  kind: files.open
  params: { path: samples/photos/flower.png }
photo:
  kind: image.open
  inputs: { file: open.file }
wide:
  kind: image.convert
  params: { channels: rgb, samples: u16, background: "#203040" }
  inputs: { image: photo.image }
save:
  kind: image.save
  params: { path: out/flower.tiff }
  inputs: { image: wide.image }
"##,
        )
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, _: &Ctx) -> Result<Out, NodeError> {
        let bug = |error| NodeError::because("the picture cannot be converted", &error);
        let image = &*inputs.image;
        let to = params.channels.of(image.channels());
        // A profile of grey says nothing of colour, so the colours are made what is taken for granted without one.
        let unfit = image.icc.as_ref().is_some_and(|icc| !profile::fits(icc, to));
        let plain = match unfit {
            true => colours::convert(image, &Target::Srgb, Intent::Relative).map_err(|error| error.explain())?,
            false => std::borrow::Cow::Borrowed(image),
        };
        let kind = params.samples.of(image.samples().sample_type());
        // What is finer comes first, so that nothing is rounded twice.
        let finer = if kind.size_bytes() > image.samples().sample_type().size_bytes() {
            kind
        } else {
            image.samples().sample_type()
        };
        let fine = recast::samples(&plain, finer).map_err(bug)?;
        let made = recast::channels(&fine, to, params.background.0).map_err(bug)?;
        let made = recast::alpha_mode(&made, params.alpha.of(made.alpha)).map_err(bug)?;
        let made = recast::samples(&made, kind).map_err(bug)?.into_owned();
        Ok(Out { image: if made == *image { inputs.image } else { Arc::new(made) } })
    }
}

impl Set {
    fn of(self, own: Channels) -> Channels {
        let grey = matches!(own, Channels::Gray | Channels::GrayAlpha);
        match self {
            Self::Keep => own,
            Self::Gray => Channels::Gray,
            Self::GrayAlpha => Channels::GrayAlpha,
            Self::Rgb => Channels::Rgb,
            Self::Rgba => Channels::Rgba,
            Self::Opaque if grey => Channels::Gray,
            Self::Opaque => Channels::Rgb,
            Self::Alpha if grey => Channels::GrayAlpha,
            Self::Alpha => Channels::Rgba,
        }
    }
}

impl Kind {
    fn of(self, own: SampleType) -> SampleType {
        match self {
            Self::Keep => own,
            Self::U8 => SampleType::U8,
            Self::U16 => SampleType::U16,
            Self::F32 => SampleType::F32,
        }
    }
}

impl Mode {
    fn of(self, own: AlphaMode) -> AlphaMode {
        match self {
            Self::Keep => own,
            Self::Straight => AlphaMode::Straight,
            Self::Premultiplied => AlphaMode::Premultiplied,
        }
    }
}

fn sample() -> Sample {
    match Image::new(1, 1, Channels::Rgba, Samples::U8(vec![10, 20, 30, 128])) {
        Ok(image) => Sample::new().param("samples", "u16").input("image", Value::Image(Arc::new(image))),
        Err(_) => Sample::new(),
    }
}

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;
    use crate::shared::specimen;

    fn converted(image: Image, params: &[(&str, &str)]) -> Result<Arc<Image>, NodeError> {
        let bench = Harness::of::<Convert>().input("image", Arc::new(image));
        params.iter().fold(bench, |bench, (name, value)| bench.param(name, *value)).fire()?.get("image")
    }

    #[test]
    fn every_layout_becomes_what_is_asked_for() {
        for image in specimen::every_layout(5, 4) {
            let own = image.channels();
            let kind = image.samples().sample_type();
            let made = converted(image.clone(), &[("channels", "opaque"), ("samples", "f32")]).unwrap();
            assert!(!made.channels().has_alpha());
            assert_eq!(made.samples().sample_type(), SampleType::F32);
            assert_eq!(matches!(made.channels(), Channels::Gray), matches!(own, Channels::Gray | Channels::GrayAlpha));
            let same = converted(image.clone(), &[]).unwrap();
            assert_eq!((&*same, kind), (&image, same.samples().sample_type()));
        }
    }

    #[test]
    fn transparency_shows_the_background() {
        let image = Image::new(1, 1, Channels::Rgba, Samples::U8(vec![0, 0, 0, 0])).unwrap();
        let made = converted(image, &[("channels", "rgb"), ("background", "#102030")]).unwrap();
        assert_eq!(made.samples(), &Samples::U8(vec![16, 32, 48]));
    }

    #[test]
    fn a_step_is_rounded_once() {
        // Luma of 8-bit samples is kept in 16 bits: 0.299 * 255 = 76.245, of which 16 bits hold 76.245 * 257 = 19595.
        let red = Image::new(1, 1, Channels::Rgb, Samples::U8(vec![255, 0, 0])).unwrap();
        let made = converted(red, &[("channels", "gray"), ("samples", "u16")]).unwrap();
        assert_eq!(made.samples(), &Samples::U16(vec![19_595]));
    }

    #[test]
    fn a_profile_that_does_not_fit_is_explained_or_applied() {
        let mut image = specimen::picture(2, 2, Channels::Rgb, SampleType::U8);
        image.icc = Some(specimen::profile(b"RGB ").into());
        assert!(converted(image.clone(), &[("channels", "rgba")]).unwrap().icc.is_some());
        let error = converted(image, &[("channels", "gray")]).map(|_| ()).unwrap_err();
        assert!(error.to_string().starts_with("the colour profile of the picture cannot be read"), "{error}");
        let error = converted(specimen::picture(1, 1, Channels::Gray, SampleType::U8), &[("background", "x")]);
        assert_eq!(error.map(|_| ()).unwrap_err().to_string(), "parameter `background`: `x` is no colour");
    }
}
