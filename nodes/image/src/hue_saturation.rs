//! `image.hue_saturation`: other hues, stronger or weaker colours, lighter or darker.

use windlass_core::prelude::*;
use windlass_core::value::Samples;

use crate::shared::pixels::each_rgb;
use crate::shared::ports::{self, In, Out};

/// What changes.
#[derive(Params)]
pub struct Settings {
    /// How far hues are turned: 120 makes green of red.
    #[param(default = 0.0, min = -36000, max = 36000, unit = "°")]
    hue: f64,
    /// How much stronger colours become: -1 makes grey, 0 changes nothing, 1 doubles.
    #[param(default = 0.0, min = -1, max = 10)]
    saturation: f64,
    /// How much lighter: -1 makes black, 1 white.
    #[param(default = 0.0, min = -1, max = 1)]
    lightness: f64,
    /// As `saturation`, but more for pale colours than for strong ones, so that nothing becomes garish.
    #[param(default = 0.0, min = -1, max = 1)]
    vibrance: f64,
}

/// What changes in hue, saturation and lightness.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shift {
    /// Degrees.
    pub hue: f32,
    /// -1.0 makes grey, 1.0 doubles.
    pub saturation: f32,
    /// -1.0 makes black, 1.0 white.
    pub lightness: f32,
    /// As saturation, for pale colours.
    pub vibrance: f32,
}

/// `image.hue_saturation`
pub struct HueSaturation;

impl Node for HueSaturation {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "image.hue_saturation",
            "Hue and saturation",
            "Turns hues, strengthens or weakens colours, and makes them lighter or darker, in the HSL model (Joblove and \
             Greenberg 1978). Floats are clamped to 0 to 1. Of grey pictures, only the lightness changes.",
        )
        .cpu()
        .search(&["hsl", "color", "colour", "vibrance", "lightness", "brightness", "desaturate", "tint"])
        .example(&ports::example("bubbles.jpg", "hue_saturation", "hue: 60, saturation: 0.3"))
        .sample(ports::sample().param("hue", 90))
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, _: &Ctx) -> Result<Out, NodeError> {
        let Settings { hue, saturation, lightness, vibrance } = params;
        let shift = Shift {
            hue: hue.rem_euclid(360.0) as f32,
            saturation: saturation as f32,
            lightness: lightness as f32,
            vibrance: vibrance as f32,
        };
        Out::like(&inputs.image, shift.apply(&inputs.image))
    }
}

impl Shift {
    /// Returns the changed samples of a picture.
    pub fn apply(&self, image: &Image) -> Samples {
        each_rgb(
            image,
            #[inline(always)]
            |colour| self.at(colour),
        )
    }

    #[inline(always)]
    fn at(&self, colour: [f32; 3]) -> [f32; 3] {
        let [hue, saturation, lightness] = hsl(colour);
        let stronger = saturation * (1.0 + self.saturation) * (1.0 + self.vibrance * (1.0 - saturation));
        let room = if self.lightness > 0.0 { 1.0 - lightness } else { lightness };
        rgb([hue + self.hue / 60.0, stronger.min(1.0), lightness + self.lightness * room])
    }
}

/// Returns hue in sixths of a turn, saturation and lightness.
#[inline(always)]
fn hsl(colour: [f32; 3]) -> [f32; 3] {
    let [red, green, blue] = colour.map(|part| part.clamp(0.0, 1.0));
    let (most, least) = (red.max(green).max(blue), red.min(green).min(blue));
    let (spread, sum) = (most - least, most + least);
    if spread <= 0.0 {
        return [0.0, 0.0, sum / 2.0];
    }
    let hue = match () {
        () if most == red => (green - blue) / spread,
        () if most == green => (blue - red) / spread + 2.0,
        () => (red - green) / spread + 4.0,
    };
    [hue, spread / if sum <= 1.0 { sum } else { 2.0 - sum }, sum / 2.0]
}

#[inline(always)]
fn rgb([hue, saturation, lightness]: [f32; 3]) -> [f32; 3] {
    let reach = saturation * lightness.min(1.0 - lightness);
    // Each channel is a trapezoid over the hue: up for two sixths, and down for two.
    [0.0, 4.0, 2.0].map(|shift| {
        let turn = (hue + shift) / 6.0;
        let place = (turn - turn.floor()) * 6.0;
        let height = ((place - 3.0).abs() - 1.0).clamp(0.0, 1.0);
        lightness + reach * (2.0 * height - 1.0)
    })
}

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::value::Channels;

    use super::*;

    fn bench(colour: [u8; 3]) -> Harness {
        let image = Image::new(1, 1, Channels::Rgb, Samples::U8(colour.to_vec())).unwrap();
        Harness::of::<HueSaturation>().input("image", Arc::new(image))
    }

    #[track_caller]
    fn made(bench: Harness) -> Vec<u8> {
        match bench.fire().unwrap().get::<Arc<Image>>("image").unwrap().samples() {
            Samples::U8(samples) => samples.clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_colour_survives_the_way_there_and_back() {
        for at in 0..4096_u32 {
            let colour = [at & 15, at >> 4 & 15, at >> 8].map(|part| part as f32 / 15.0);
            let back = rgb(hsl(colour));
            assert!((0..3).all(|at| (back[at] - colour[at]).abs() < 1e-5), "{colour:?} became {back:?}");
        }
    }

    #[test]
    fn each_parameter_does_what_it_says() {
        assert_eq!(made(bench([200, 40, 60]).param("hue", 120)), [60, 200, 40]);
        assert_eq!(made(bench([200, 40, 60]).param("hue", -240)), [60, 200, 40]);
        assert_eq!(made(bench([200, 40, 60]).param("saturation", -1)), [120; 3]);
        assert_eq!(made(bench([200, 40, 60]).param("lightness", 1)), [255; 3]);
        assert_eq!(made(bench([200, 40, 60]).param("lightness", -0.5)), [100, 20, 30]);
        // Pale colours become nearly twice as strong, strong ones hardly stronger.
        assert_eq!(made(bench([140, 120, 120]).param("vibrance", 1)), [149, 111, 111]);
        assert_eq!(made(bench([240, 15, 15]).param("vibrance", 1)), [253, 2, 2]);
    }

    #[test]
    fn grey_stays_grey() {
        let image = Image::new(1, 1, Channels::GrayAlpha, Samples::U8(vec![100, 50])).unwrap();
        let shift = Shift { hue: 90.0, saturation: 1.0, lightness: 0.5, vibrance: 1.0 };
        assert_eq!(shift.apply(&image), Samples::U8(vec![178, 50]));
    }

    #[test]
    fn a_senseless_saturation_is_refused() {
        let error = bench([0; 3]).param("saturation", -2).fire().map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("parameter `saturation`"), "{error}");
    }
}
