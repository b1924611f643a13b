//! `image.grayscale`: colour becomes grey.

use windlass_core::prelude::*;
use windlass_core::value::{Channels, ImageError, Samples};

use crate::shared::depth::{Depth, each_depth};
use crate::shared::ports::{self, In, Out};
use crate::shared::rows::fill_bands;

/// How colour counts.
#[derive(Params)]
pub struct Settings {
    /// How much red, green and blue count: `rec601` (0.299, 0.587, 0.114) as in JPEG and most programs, `rec709`
    /// (0.2126, 0.7152, 0.0722) as in HDTV and sRGB, `average` (a third each), or one channel alone. They are weighted
    /// as they are stored, not in linear light.
    #[param(default = "rec601")]
    weights: Weights,
}

/// How much red, green and blue count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Weights {
    /// Luma by ITU-R BT.601.
    Rec601,
    /// Luma by ITU-R BT.709.
    Rec709,
    /// A third each.
    Average,
    /// Red alone.
    Red,
    /// Green alone.
    Green,
    /// Blue alone.
    Blue,
}

impl Weights {
    /// Returns the weights of red, green and blue, whose sum is 1.
    pub fn of_colours(self) -> [f32; 3] {
        match self {
            Self::Rec601 => [0.299, 0.587, 0.114],
            Self::Rec709 => [0.2126, 0.7152, 0.0722],
            Self::Average => [1.0 / 3.0; 3],
            Self::Red => [1.0, 0.0, 0.0],
            Self::Green => [0.0, 1.0, 0.0],
            Self::Blue => [0.0, 0.0, 1.0],
        }
    }
}

/// `image.grayscale`
pub struct Grayscale;

impl Node for Grayscale {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "image.grayscale",
            "Grayscale",
            "Makes a picture of one channel, with alpha where there was some. A profile of colours says nothing about \
             grey, so it is left out; grey pictures come back as they are.",
        )
        .cpu()
        .search(&["grey", "gray", "black and white", "desaturate", "luminance", "luma", "monochrome"])
        .example(&ports::example("plasma.jpg", "grayscale", "weights: rec709"))
        .sample(ports::sample())
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, _: &Ctx) -> Result<Out, NodeError> {
        match inputs.image.channels() {
            Channels::Gray | Channels::GrayAlpha => Ok(Out { image: inputs.image }),
            Channels::Rgb | Channels::Rgba => Out::made(grayscale(&inputs.image, params.weights)),
        }
    }
}

/// Returns a grey picture, with alpha where there was some. Integers are weighted in 16 bits of fraction and rounded.
///
/// # Errors
/// The samples do not make a picture, which is a bug.
pub fn grayscale(image: &Image, weights: Weights) -> Result<Image, ImageError> {
    let channels = match image.channels() {
        Channels::Gray | Channels::GrayAlpha => return Ok(image.clone()),
        Channels::Rgb => Channels::Gray,
        Channels::Rgba => Channels::GrayAlpha,
    };
    let weights = weights.of_colours();
    let samples = match (image.samples(), channels) {
        (Samples::U8(samples), Channels::Gray) => Samples::U8(of_rgb_bytes(
            samples,
            weights,
            #[inline(always)]
            |grey| grey,
        )),
        (samples, Channels::Gray) => each_depth!(samples, samples => weighted::<_, 3, 1>(samples, weights)),
        (samples, _) => each_depth!(samples, samples => weighted::<_, 4, 2>(samples, weights)),
    };
    let mut grey = image.with(image.width(), image.height(), channels, samples)?;
    grey.icc = None;
    Ok(grey)
}

/// Returns one byte for each pixel of red, green and blue, the pictures that come most often: what `finish` makes of its grey,
/// which is computed in integers of 16 bits of fraction. The `weights` of red, green and blue add up to 1.
pub fn of_rgb_bytes(samples: &[u8], weights: [f32; 3], finish: impl Fn(u8) -> u8 + Copy + Sync) -> Vec<u8> {
    let [red, _, blue] = weights.map(|weight| (weight * 65_536.0).round() as u32);
    let green = 65_536 - red - blue;
    let from = samples.as_chunks::<3>().0;
    let mut made = vec![0; from.len()];
    fill_bands(
        &mut made,
        1,
        #[inline(always)]
        |first, band| {
            #[expect(
                clippy::redundant_locals,
                reason = "a copy, which nothing that is written can change: so the loop is widened"
            )]
            let finish = finish;
            for (to, [r, g, b]) in band.iter_mut().zip(&from[first..]) {
                let sum = u32::from(*r) * red + u32::from(*g) * green + u32::from(*b) * blue;
                *to = finish(((sum + 32_768) >> 16) as u8);
            }
        },
    );
    made
}

fn weighted<T: Depth, const FROM: usize, const TO: usize>(samples: &[T], weights: [f32; 3]) -> Vec<T> {
    let from = samples.as_chunks::<FROM>().0;
    let mut made = vec![T::default(); from.len() * TO];
    fill_bands(
        &mut made,
        TO,
        #[inline(always)]
        |first, band| {
            for (to, from) in band.as_chunks_mut::<TO>().0.iter_mut().zip(&from[first..]) {
                let sum = from[0].number() * weights[0] + from[1].number() * weights[1] + from[2].number() * weights[2];
                to[0] = T::of_number(sum);
                if TO == 2 {
                    to[TO - 1] = from[FROM - 1];
                }
            }
        },
    );
    made
}

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;
    use crate::shared::specimen;

    fn grey(image: Image, weights: &str) -> Arc<Image> {
        let bench = Harness::of::<Grayscale>().input("image", Arc::new(image)).param("weights", weights);
        bench.fire().unwrap().get::<Arc<Image>>("image").unwrap()
    }

    #[test]
    fn channels_count_as_the_weights_say() {
        let image = || Image::new(1, 1, Channels::Rgb, Samples::U8(vec![200, 100, 50])).unwrap();
        let value = |weights| match grey(image(), weights).samples() {
            Samples::U8(samples) => samples[0],
            other => panic!("{other:?}"),
        };
        let all = ["rec601", "rec709", "average", "red", "green", "blue"].map(value);
        assert_eq!(all, [124, 118, 117, 200, 100, 50]);
    }

    #[test]
    fn every_layout_loses_its_colour_and_keeps_the_rest() {
        for image in specimen::every_layout(7, 5) {
            let type_before = image.samples().sample_type();
            let has_alpha = image.channels().has_alpha();
            let made = grey(image, "rec709");
            assert_eq!(made.channels(), if has_alpha { Channels::GrayAlpha } else { Channels::Gray });
            assert_eq!(made.samples().sample_type(), type_before);
        }
    }

    #[test]
    fn alpha_stays_and_a_profile_of_colours_does_not() {
        let mut image = Image::new(1, 1, Channels::Rgba, Samples::F32(vec![0.5, 0.5, 0.5, 0.25])).unwrap();
        image.icc = Some(Arc::from(specimen::profile(b"RGB ")));
        let made = grey(image, "average");
        let Samples::F32(samples) = made.samples() else { panic!("floats") };
        assert!((samples[0] - 0.5).abs() < 1e-6 && samples[1] == 0.25);
        assert_eq!(made.icc, None);
    }

    #[test]
    fn other_weights_are_refused() {
        let error = Harness::of::<Grayscale>().sample(&ports::sample()).param("weights", "rec2020").fire().map(|_| ());
        assert!(error.unwrap_err().to_string().contains("rec709"));
    }
}
