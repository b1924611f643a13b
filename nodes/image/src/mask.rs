//! `image.mask`: a mask of a picture's alpha, brightness or colour.

use windlass_core::prelude::*;
use windlass_core::value::{AlphaMode, Channels, Samples};

use crate::shared::convert::WHITE;
use crate::shared::depth::Depth;
use crate::shared::feather::softened;
use crate::shared::ground::ColourParam;
use crate::shared::recast;
use crate::shared::rows::fill_bands;

/// What the mask is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Source {
    /// Alpha; all white where there is none.
    Alpha,
    /// Luma by Rec. 601.
    Luminance,
    /// How near a colour is.
    Color,
}

/// Whether a mask is turned round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Show {
    /// White is what was asked for.
    Inside,
    /// White is all else.
    Outside,
}

/// How the mask is made.
#[derive(Params)]
pub struct Settings {
    /// `alpha`: how opaque each pixel is; `luminance`: how bright; `color`: how near to a colour. For the last two,
    /// transparent parts are black.
    #[param(default = "luminance")]
    from: Source,
    /// The colour that is looked for, `#rrggbb`.
    #[param(default = "#00ff00")]
    color: ColourParam,
    /// How far a colour may be from it and still be white in the mask: the distance in red, green and blue, from 0
    /// to 1 for that of black and white.
    #[param(default = 0.1, min = 0.0, max = 1.0)]
    tolerance: f64,
    /// How much further it fades to black.
    #[param(default = 0.05, min = 0.0, max = 1.0)]
    softness: f64,
    /// `inside`: what was asked for is white; `outside`: all else is.
    #[param(default = "inside")]
    show: Show,
    /// How far edges are softened: the deviation of a Gaussian.
    #[param(default = 0.0, min = 0.0, max = 1000.0, unit = "px")]
    feather: f64,
}

/// The picture.
#[derive(Inputs)]
pub struct In {
    /// The picture.
    image: Arc<Image>,
}

/// The mask.
#[derive(Outputs)]
pub struct Out {
    /// The mask: grey, in samples of the picture's type.
    mask: Arc<Image>,
}

/// `image.mask`
pub struct Mask;

impl Node for Mask {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "image.mask",
            "Mask",
            "Makes a mask of a picture's alpha, of its brightness, or of one of its colours.",
        )
        .cpu()
        .search(&["alpha", "matte", "chroma key", "green screen", "select", "stencil", "feather"])
        .sample(sample())
        .example(
            r##"
open:
  kind: files.open
  params: { path: samples/photos/hills.jpg }
photo:
  kind: image.open
  inputs: { file: open.file }
mask:
  kind: image.mask
  params: { from: color, color: "#90c8f0", tolerance: 0.12, feather: 1.5 }
  inputs: { image: photo.image }
save:
  kind: image.save
  params: { path: out/mask.png }
  inputs: { image: mask.mask }
"##,
        )
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let bug = |error| NodeError::because("the mask cannot be made", &error);
        let image = &*inputs.image;
        let straight = recast::alpha_mode(image, AlphaMode::Straight).map_err(bug)?;
        let rgba = recast::channels(&straight, Channels::Rgba, WHITE).map_err(bug)?;
        let measure = Measure::of(&params)?;
        let plane = match rgba.samples() {
            Samples::U8(samples) => measure.plane(samples),
            Samples::U16(samples) => measure.plane(samples),
            Samples::F32(samples) => measure.plane(samples),
        };
        ctx.check_cancelled()?;
        let plane = softened(plane, image.width() as usize, params.feather);
        let made = Image::new(image.width(), image.height(), Channels::Gray, Samples::F32(plane)).map_err(bug)?;
        Ok(Out { mask: Arc::new(recast::samples(&made, image.samples().sample_type()).map_err(bug)?.into_owned()) })
    }
}

/// What is measured of each pixel.
struct Measure {
    from: Source,
    colour: [f32; 3],
    tolerance: f32,
    softness: f32,
    outside: bool,
}

impl Measure {
    fn of(params: &Settings) -> Result<Self, NodeError> {
        let [red, green, blue, _] = params.color.0.map(Depth::unit);
        Ok(Self {
            from: params.from,
            colour: [red, green, blue],
            tolerance: params.tolerance as f32,
            softness: params.softness as f32,
            outside: params.show == Show::Outside,
        })
    }

    fn plane<T: Depth>(&self, samples: &[T]) -> Vec<f32> {
        let mut made = vec![0.0; samples.len() / 4];
        fill_bands(&mut made, 1, |first, band| {
            let pixels = samples[first * 4..].as_chunks::<4>().0;
            for (seen, pixel) in band.iter_mut().zip(pixels) {
                let inside = self.inside(*pixel).clamp(0.0, 1.0);
                *seen = if self.outside { 1.0 - inside } else { inside };
            }
        });
        made
    }

    #[inline(always)]
    fn inside<T: Depth>(&self, [red, green, blue, alpha]: [T; 4]) -> f32 {
        match self.from {
            Source::Alpha => alpha.unit(),
            Source::Luminance => recast::luma([red, green, blue]).unit() * alpha.unit(),
            Source::Color => self.nearness([red, green, blue].map(Depth::unit)) * alpha.unit(),
        }
    }

    fn nearness(&self, colour: [f32; 3]) -> f32 {
        let squares = colour.iter().zip(self.colour).map(|(own, wanted)| (own - wanted) * (own - wanted));
        let beyond = (squares.sum::<f32>() / 3.0).sqrt() - self.tolerance;
        if beyond <= 0.0 {
            1.0
        } else if beyond >= self.softness {
            0.0
        } else {
            1.0 - beyond / self.softness
        }
    }
}

fn sample() -> Sample {
    match Image::new(2, 1, Channels::Rgb, Samples::U8(vec![0, 255, 0, 9, 9, 9])) {
        Ok(image) => Sample::new().param("from", "color").input("image", Value::Image(Arc::new(image))),
        Err(_) => Sample::new(),
    }
}

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;
    use crate::shared::specimen;

    fn bench(channels: Channels, samples: &[u8]) -> Harness {
        let width = (samples.len() / channels.count()) as u32;
        let image = Image::new(width, 1, channels, Samples::U8(samples.to_vec())).unwrap();
        Harness::of::<Mask>().input("image", Arc::new(image))
    }

    fn mask(bench: &Harness) -> Vec<u8> {
        let mask: Arc<Image> = bench.fire().unwrap().get("mask").unwrap();
        assert_eq!(mask.channels(), Channels::Gray);
        match mask.samples() {
            Samples::U8(samples) => samples.clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn each_source_gives_its_mask() {
        let picture = bench(Channels::GrayAlpha, &[200, 255, 200, 51, 0, 255]);
        assert_eq!(mask(&picture.clone().param("from", "alpha")), [255, 51, 255]);
        assert_eq!(mask(&picture.clone().param("from", "luminance")), [200, 40, 0]);
        assert_eq!(mask(&picture.param("from", "luminance").param("show", "outside")), [55, 215, 255]);
        assert_eq!(mask(&bench(Channels::Rgb, &[255, 0, 0]).param("from", "alpha")), [255]);
    }

    #[test]
    fn colours_count_by_their_distance() {
        let picture = bench(Channels::Rgb, &[0, 255, 0, 0, 229, 0, 0, 0, 0, 255, 255, 255]).param("from", "color");
        assert_eq!(mask(&picture), [255, 255, 0, 0]);
        let fading = picture.param("tolerance", 0.0).param("softness", 0.5);
        // The second is 26 of 255 away in one channel of three: 26 / 255 / sqrt(3) of the softness 0.5.
        assert_eq!(mask(&fading), [255, 225, 0, 0]);
    }

    #[test]
    fn every_layout_keeps_its_type_and_edges_soften() {
        for image in specimen::every_layout(8, 4) {
            let kind = image.samples().sample_type();
            let bench = Harness::of::<Mask>().input("image", Arc::new(image)).param("feather", 2.0);
            let mask: Arc<Image> = bench.fire().unwrap().get("mask").unwrap();
            assert_eq!((mask.samples().sample_type(), mask.width(), mask.height()), (kind, 8, 4));
        }
        let edge = mask(&bench(Channels::Gray, &[0, 0, 0, 0, 255, 255, 255, 255]).param("feather", 1.0));
        assert!(edge.is_sorted() && edge[3] > 60 && edge[4] < 195, "{edge:?}");
    }

    #[test]
    fn what_is_no_colour_is_refused() {
        let error = bench(Channels::Gray, &[1]).param("color", "green").fire().map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "parameter `color`: `green` is no colour");
    }
}
