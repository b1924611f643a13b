//! `image.apply_mask`: a mask becomes the alpha of a picture.

use windlass_core::prelude::*;
use windlass_core::value::{AlphaMode, Channels, Samples};

use crate::shared::convert::WHITE;
use crate::shared::depth::{Depth, each_depth};
use crate::shared::lay::mask_plane;
use crate::shared::recast;
use crate::shared::rows::fill_bands;

/// What becomes of the alpha that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Mode {
    /// It is replaced.
    Replace,
    /// It is multiplied: what was transparent stays so.
    Multiply,
}

/// How the mask is applied.
#[derive(Params)]
pub struct Settings {
    /// `multiply`: what was transparent before stays so; `replace`: the mask alone decides.
    #[param(default = "multiply")]
    mode: Mode,
}

/// The picture and its mask.
#[derive(Inputs)]
pub struct In {
    /// The picture.
    image: Arc<Image>,
    /// How much is seen, of the picture's size: white all, black nothing. Transparent parts count as black.
    mask: Arc<Image>,
}

/// The picture.
#[derive(Outputs)]
pub struct Out {
    /// The picture with alpha; its type of samples, profile and mode of alpha are as before.
    image: Arc<Image>,
}

/// `image.apply_mask`
pub struct ApplyMask;

impl Node for ApplyMask {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new("image.apply_mask", "Apply mask", "Makes a picture transparent where a mask is dark.")
            .cpu()
            .search(&["alpha", "transparency", "cut out", "stencil", "matte"])
            .sample(sample())
            .example(
                r#"
open:
  kind: files.open
  params: { path: samples/photos/sunset.jpg }
photo:
  kind: image.open
  inputs: { file: open.file }
bright:
  kind: image.mask
  params: { from: luminance, feather: 2 }
  inputs: { image: photo.image }
cut:
  kind: image.apply_mask
  inputs: { image: photo.image, mask: bright.mask }
save:
  kind: image.save
  params: { path: out/bright.png }
  inputs: { image: cut.image }
"#,
            )
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, _: &Ctx) -> Result<Out, NodeError> {
        let bug = |error| NodeError::because("the picture cannot be given alpha", &error);
        let plane = mask_plane(&inputs.mask, (inputs.image.width(), inputs.image.height()))?;
        let with_alpha = match inputs.image.channels() {
            Channels::Gray | Channels::GrayAlpha => Channels::GrayAlpha,
            Channels::Rgb | Channels::Rgba => Channels::Rgba,
        };
        let mode = if inputs.image.channels().has_alpha() { inputs.image.alpha } else { AlphaMode::Straight };
        let image = recast::channels(&inputs.image, with_alpha, WHITE).map_err(bug)?;
        // Colour is divided once and multiplied once, so that premultiplied colour stays what is seen.
        let image = recast::alpha_mode(&image, AlphaMode::Straight).map_err(bug)?;
        let count = with_alpha.count();
        let samples = each_depth!(image.samples(), samples => masked(samples, count, &plane, params.mode));
        let made = image.with(image.width(), image.height(), with_alpha, samples).map_err(bug)?;
        Ok(Out { image: Arc::new(recast::alpha_mode(&made, mode).map_err(bug)?.into_owned()) })
    }
}

fn masked<T: Depth>(samples: &[T], count: usize, plane: &[f32], mode: Mode) -> Vec<T> {
    let mut made = samples.to_vec();
    fill_bands(&mut made, count, |first, band| {
        for (pixel, seen) in band.chunks_exact_mut(count).zip(&plane[first..]) {
            let before = if mode == Mode::Multiply { pixel[count - 1].unit() } else { 1.0 };
            pixel[count - 1] = T::of_unit(before * seen);
        }
    });
    made
}

fn sample() -> Sample {
    let dot = |grey| Image::new(1, 1, Channels::Gray, Samples::U8(vec![grey]));
    match (dot(100), dot(200)) {
        (Ok(image), Ok(mask)) => {
            Sample::new().input("image", Value::Image(Arc::new(image))).input("mask", Value::Image(Arc::new(mask)))
        }
        _ => Sample::new(),
    }
}

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;
    use crate::shared::specimen;

    fn pixel(channels: Channels, samples: &[u8]) -> Arc<Image> {
        Arc::new(Image::new(1, 1, channels, Samples::U8(samples.to_vec())).unwrap())
    }

    fn cut(image: Arc<Image>, mask: Arc<Image>, mode: &str) -> Result<Arc<Image>, NodeError> {
        let bench = Harness::of::<ApplyMask>().input("image", image).input("mask", mask).param("mode", mode);
        bench.fire()?.get("image")
    }

    #[test]
    fn the_mask_becomes_alpha_of_every_layout() {
        for image in specimen::every_layout(4, 3) {
            let kind = image.samples().sample_type();
            let mask = specimen::picture(4, 3, Channels::Gray, kind);
            let made = cut(Arc::new(image), Arc::new(mask), "replace").unwrap();
            assert!(made.channels().has_alpha());
            assert_eq!(made.samples().sample_type(), kind);
        }
        let made = cut(pixel(Channels::Rgb, &[1, 2, 3]), pixel(Channels::Gray, &[51]), "multiply").unwrap();
        assert_eq!(made.samples(), &Samples::U8(vec![1, 2, 3, 51]));
    }

    #[test]
    fn alpha_that_is_there_is_multiplied_or_replaced() {
        let (image, half) = (pixel(Channels::GrayAlpha, &[9, 100]), pixel(Channels::Gray, &[128]));
        let made = |mode| cut(image.clone(), half.clone(), mode).unwrap().samples().clone();
        assert_eq!(made("multiply"), Samples::U8(vec![9, 50]));
        assert_eq!(made("replace"), Samples::U8(vec![9, 128]));
        let mut premultiplied = Image::clone(&pixel(Channels::GrayAlpha, &[100, 255]));
        premultiplied.alpha = AlphaMode::Premultiplied;
        let made = cut(Arc::new(premultiplied), half, "multiply").unwrap();
        assert_eq!((made.samples(), made.alpha), (&Samples::U8(vec![50, 128]), AlphaMode::Premultiplied));
    }

    #[test]
    fn a_mask_of_another_size_is_refused() {
        let mask = Arc::new(specimen::picture(2, 1, Channels::Gray, windlass_core::value::SampleType::U8));
        let error = cut(pixel(Channels::Gray, &[1]), mask, "replace").map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "the mask of 2 by 1 pixels lies on a picture of 1 by 1");
    }
}
