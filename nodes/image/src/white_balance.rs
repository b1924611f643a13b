//! `image.white_balance`: a cast of colour is taken away.

use windlass_core::prelude::*;
use windlass_core::value::{Channels, Samples};

use crate::shared::counts::Counts;
use crate::shared::light;
use crate::shared::pixels::tone;
use crate::shared::ports;

/// Where white is.
#[derive(Params)]
pub struct Settings {
    /// `grey_world` takes it that the mean of the picture is grey, `white_patch` that its brightest parts are white;
    /// `temperature` says what light it was taken in, `gains` what each channel is multiplied by.
    #[param(default = "grey_world")]
    method: Method,
    /// For `white_patch`: the share of pixels, in percent, that is not brighter than white.
    #[param(default = 99.0, min = 1, max = 100, unit = "%")]
    percentile: f64,
    /// For `temperature`: the light that the picture was taken in. 6504 changes nothing; less makes it bluer, as warm
    /// light is taken away, more makes it warmer.
    #[param(default = 6504.0, min = 1667, max = 25000, unit = "K")]
    temperature: f64,
    /// For `temperature`: above 0 more magenta, below more green; green is divided by 2 to the power of it.
    #[param(default = 0.0, min = -2, max = 2)]
    tint: f64,
    /// For `gains`: what red is multiplied by.
    #[param(default = 1.0, min = 0, max = 100)]
    red: f64,
    /// For `gains`: what green is multiplied by.
    #[param(default = 1.0, min = 0, max = 100)]
    green: f64,
    /// For `gains`: what blue is multiplied by.
    #[param(default = 1.0, min = 0, max = 100)]
    blue: f64,
}

/// Where white comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Method {
    /// The mean is grey.
    GreyWorld,
    /// The brightest is white.
    WhitePatch,
    /// The light is known.
    Temperature,
    /// The gains are known.
    Gains,
}

/// The picture, and what was done.
#[derive(Outputs)]
pub struct Out {
    /// The picture without its cast; samples, profile and alpha mode are as before.
    image: Arc<Image>,
    /// What red, green and blue were multiplied by, in linear light.
    gains: Vec<f64>,
}

/// `image.white_balance`
pub struct WhiteBalance;

impl Node for WhiteBalance {
    type Params = Settings;
    type In = ports::In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "image.white_balance",
            "White balance",
            "Takes a cast of colour away by multiplying red, green and blue in linear light (the curve of sRGB, \
             IEC 61966-2-1); what becomes brighter than white is clamped. Grey pictures come back as they are.",
        )
        .cpu()
        .search(&["colour cast", "color temperature", "tint", "grey world", "neutral", "warm", "cool", "gains"])
        .example(&ports::example("sunset.jpg", "white_balance", "method: grey_world"))
        .sample(ports::sample())
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: ports::In, _: &Ctx) -> Result<Out, NodeError> {
        let image = inputs.image;
        if matches!(image.channels(), Channels::Gray | Channels::GrayAlpha) {
            return Ok(Out { image, gains: vec![1.0; 3] });
        }
        let gains = match params.method {
            Method::Gains => [params.red, params.green, params.blue],
            Method::Temperature => by_temperature(params.temperature, params.tint),
            Method::GreyWorld => grey_world(&Counts::of(&image)),
            Method::WhitePatch => white_patch(&Counts::of(&image), params.percentile / 100.0),
        };
        let made = ports::Out::like(&image, multiplied(&image, gains))?;
        Ok(Out { image: made.image, gains: gains.to_vec() })
    }
}

/// Multiplies red, green and blue in linear light.
pub fn multiplied(image: &Image, gains: [f64; 3]) -> Samples {
    tone(image, |channel, unit| light::encoded(light::linear(unit.into()) * gains[channel]) as f32)
}

/// Gains that make the means alike and keep their mean.
fn grey_world(counts: &Counts) -> [f64; 3] {
    let means = of_each(counts, |channel| Counts::mean(channel, light::linear));
    towards(means, means.iter().sum::<f64>() / 3.0)
}

/// Gains that make the bright parts alike, as bright as the brightest channel.
fn white_patch(counts: &Counts, share: f64) -> [f64; 3] {
    let whites = of_each(counts, |channel| light::linear(Counts::percentile(channel, share)));
    towards(whites, whites.iter().copied().fold(0.0, f64::max))
}

fn of_each(counts: &Counts, measure: impl Fn(&[u64]) -> f64) -> [f64; 3] {
    std::array::from_fn(|at| counts.channels.get(at).map_or(0.0, |channel| measure(channel)))
}

/// Gains that make of each value the one that is wanted; a channel that is black stays so.
fn towards(values: [f64; 3], wanted: f64) -> [f64; 3] {
    values.map(|value| if value > 0.0 { wanted / value } else { 1.0 })
}

/// Gains that make light of a temperature white; green is kept but for the tint.
fn by_temperature(kelvin: f64, tint: f64) -> [f64; 3] {
    let [red, green, blue] = light::of_temperature(kelvin);
    let [red_here, green_here, blue_here] = light::of_temperature(light::DAYLIGHT_K);
    let gain = |there: f64, here: f64| here / there.max(1e-3);
    let kept = gain(green, green_here);
    [gain(red, red_here) / kept, (-tint).exp2(), gain(blue, blue_here) / kept]
}

#[cfg(test)]
mod tests {
    use windlass_core::harness::{Gave, Harness};

    use super::*;
    use crate::shared::specimen;

    fn bench(samples: Vec<u8>) -> Harness {
        let image = Image::new(samples.len() as u32 / 3, 1, Channels::Rgb, Samples::U8(samples)).unwrap();
        Harness::of::<WhiteBalance>().input("image", Arc::new(image))
    }

    fn samples(gave: &Gave) -> Vec<u8> {
        match gave.get::<Arc<Image>>("image").unwrap().samples() {
            Samples::U8(samples) => samples.clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_cast_is_taken_away() {
        let orange = || bench([[180, 120, 60], [90, 60, 30]].concat());
        let grey = samples(&orange().fire().unwrap());
        assert!(grey.chunks_exact(3).all(|pixel| pixel.iter().all(|one| one.abs_diff(pixel[0]) <= 8)), "{grey:?}");
        let white = samples(&orange().param("method", "white_patch").fire().unwrap());
        assert_eq!(white[..3], [180; 3]);
    }

    #[test]
    fn gains_multiply_light() {
        let gave = bench(vec![188, 188, 188]).param("method", "gains").param("red", 2).param("blue", 0).fire().unwrap();
        // 188 is half the light of white.
        assert_eq!(samples(&gave), [255, 188, 0]);
        assert_eq!(gave.get::<Vec<f64>>("gains"), Ok(vec![2.0, 1.0, 0.0]));
    }

    #[test]
    fn temperature_and_tint_pull_the_way_they_say() {
        let bench = || bench(vec![128; 3]).param("method", "temperature");
        let made = |bench: Harness| samples(&bench.fire().unwrap());
        assert_eq!(made(bench()), [128; 3]);
        let from_warm = made(bench().param("temperature", 3000));
        assert!(from_warm[0] < 128 && from_warm[1] == 128 && from_warm[2] > 128, "{from_warm:?}");
        let from_cold = made(bench().param("temperature", 12_000));
        assert!(from_cold[0] > 128 && from_cold[2] < 128, "{from_cold:?}");
        assert!(made(bench().param("tint", 0.5))[1] < 128);
    }

    #[test]
    fn grey_and_black_pictures_come_back() {
        for image in specimen::every_layout(4, 4).into_iter().filter(|image| image.channels().count() < 3) {
            let gave = Harness::of::<WhiteBalance>().input("image", Arc::new(image.clone())).fire().unwrap();
            assert_eq!(*gave.get::<Arc<Image>>("image").unwrap(), image);
        }
        assert_eq!(samples(&bench(vec![0; 6]).fire().unwrap()), [0; 6]);
    }

    #[test]
    fn a_temperature_of_no_light_is_refused() {
        let error = bench(vec![0; 3]).param("temperature", 100).fire().map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("parameter `temperature`"), "{error}");
    }
}
