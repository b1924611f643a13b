//! `image.levels`: where black and white lie, and how bright the middle is.

use windlass_core::prelude::*;
use windlass_core::value::Samples;

use crate::shared::pixels::{colour_count, tone};
use crate::shared::ports::{self, In, Out};

/// Where black and white lie, before and after.
#[derive(Params)]
pub struct Settings {
    /// The brightness that becomes black; 1 is full.
    #[param(default = 0.0, min = 0, max = 1)]
    black: f64,
    /// The brightness that becomes white.
    #[param(default = 1.0, min = 0, max = 1)]
    white: f64,
    /// How bright the middle is: above 1 brightens, below 1 darkens.
    #[param(default = 1.0, min = 0.01, max = 100)]
    gamma: f64,
    /// What black becomes.
    #[param(default = 0.0, min = 0, max = 1)]
    out_black: f64,
    /// What white becomes. Below `out_black`, the picture is inverted.
    #[param(default = 1.0, min = 0, max = 1)]
    out_white: f64,
    /// The channel that is changed; grey pictures have all in one.
    #[param(default = "all")]
    channel: Channel,
}

/// A channel of colour, or all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Choice)]
pub enum Channel {
    /// All alike.
    #[default]
    All,
    /// Red alone.
    Red,
    /// Green alone.
    Green,
    /// Blue alone.
    Blue,
}

/// What levels do; brightness from 0.0 to 1.0.
#[derive(Clone, Copy, Debug)]
pub struct Levels {
    /// What becomes `out.0` and `out.1`; the first is lower than the second.
    pub input: (f32, f32),
    /// The exponent is 1 over this.
    pub gamma: f32,
    /// What the ends become.
    pub out: (f32, f32),
    /// The channel that is changed.
    pub channel: Channel,
}

/// `image.levels`
pub struct Level;

impl Node for Level {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "image.levels",
            "Levels",
            "Stretches brightness between a black and a white point, and brightens or darkens the middle: \
             `out_black + ((x - black) / (white - black)) ^ (1 / gamma) * (out_white - out_black)`, \
             clamped at black and white.",
        )
        .cpu()
        .search(&["brightness", "contrast", "gamma", "exposure", "black point", "white point", "normalize"])
        .example(&ports::example("hills.jpg", "levels", "black: 0.1, white: 0.9, gamma: 1.2"))
        .sample(ports::sample().param("gamma", 2.0))
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, _: &Ctx) -> Result<Out, NodeError> {
        let Settings { black, white, gamma, out_black, out_white, channel } = params;
        if black >= white {
            return Err(NodeError::new(format!("`black` ({black}) is not below `white` ({white})"))
                .hint("to invert, swap `out_black` and `out_white`")
                .permanent());
        }
        let input = (black as f32, white as f32);
        let levels = Levels { input, gamma: gamma as f32, out: (out_black as f32, out_white as f32), channel };
        Out::like(&inputs.image, levels.apply(&inputs.image))
    }
}

impl Levels {
    /// Returns the samples of the picture with these levels.
    pub fn apply(&self, image: &Image) -> Samples {
        let changed = match self.channel {
            Channel::All => [true; 3],
            // The one channel of grey is all of them.
            _ if colour_count(image) == 1 => [true; 3],
            Channel::Red => [true, false, false],
            Channel::Green => [false, true, false],
            Channel::Blue => [false, false, true],
        };
        tone(image, |channel, unit| if changed[channel] { self.at(unit) } else { unit })
    }

    fn at(&self, unit: f32) -> f32 {
        let (black, white) = self.input;
        let (low, high) = self.out;
        let share = ((unit - black) / (white - black)).clamp(0.0, 1.0);
        low + share.powf(1.0 / self.gamma) * (high - low)
    }
}

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::value::Channels;

    use super::*;

    fn bench(samples: Vec<u8>) -> Harness {
        let image = Image::new(1, samples.len() as u32 / 3, Channels::Rgb, Samples::U8(samples)).unwrap();
        Harness::of::<Level>().input("image", Arc::new(image))
    }

    #[track_caller]
    fn made(bench: Harness) -> Vec<u8> {
        let image = bench.fire().unwrap().get::<Arc<Image>>("image").unwrap();
        let Samples::U8(samples) = image.samples() else { panic!("8-bit samples") };
        samples.clone()
    }

    #[test]
    fn defaults_change_nothing() {
        let all: Vec<u8> = (0..=254).collect();
        assert_eq!(made(bench(all.clone())), all);
    }

    #[test]
    fn black_white_and_the_middle_move() {
        let bench = || bench(vec![51, 102, 204]);
        assert_eq!(made(bench().param("black", 0.2).param("white", 0.8)), [0, 85, 255]);
        assert_eq!(made(bench().param("gamma", 2.0)), [114, 161, 228]);
        assert_eq!(made(bench().param("out_black", 1.0).param("out_white", 0.0)), [204, 153, 51]);
        assert_eq!(made(bench().param("channel", "green").param("gamma", 2.0)), [51, 161, 204]);
    }

    #[test]
    fn a_white_point_below_black_is_refused() {
        let error = bench(vec![0; 3]).param("black", 0.5).param("white", 0.25).fire().map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "`black` (0.5) is not below `white` (0.25)");
        assert!(error.is_permanent() && error.hint_text().is_some());
    }
}
