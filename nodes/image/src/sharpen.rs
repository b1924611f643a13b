//! `image.sharpen`: edges made clearer by an unsharp mask.

use windlass_core::prelude::*;
use windlass_core::value::Samples;

use crate::shared::depth::Depth;
use crate::shared::filter::{Filter, Shape, mixing};
use crate::shared::gauss;
use crate::shared::ports::{self, In, Out};

/// How much.
#[derive(Params)]
pub struct Settings {
    /// Standard deviation of the blur that is taken away: how wide the edges are that become clearer.
    #[param(default = 1.0, min = 0, max = 1000, unit = "px")]
    radius: f64,
    /// How much of the difference to the blurred picture is added.
    #[param(default = 1.0, min = 0, max = 20)]
    amount: f64,
    /// Differences up to this share of full brightness are left alone, so that noise is not sharpened.
    #[param(default = 0.0, min = 0, max = 1)]
    threshold: f64,
}

/// How much is sharpened, and what.
#[derive(Clone, Copy, Debug)]
pub struct Unsharp {
    /// Standard deviation of the blur in pixels.
    pub radius: f64,
    /// How much of the difference is added.
    pub amount: f32,
    /// Differences up to this are left alone; full brightness is 1.0.
    pub threshold: f32,
}

/// `image.sharpen`
pub struct Sharpen;

impl Node for Sharpen {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "image.sharpen",
            "Sharpen",
            "Makes edges clearer by an unsharp mask: `x + amount * (x - blurred x)`, where the difference is above \
             `threshold`. Alpha is left alone.",
        )
        .cpu()
        .search(&["unsharp mask", "clarity", "detail", "crisp"])
        .example(&ports::example("lighthouse.jpg", "sharpen", "radius: 2, amount: 1.5"))
        .sample(ports::sample())
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, _: &Ctx) -> Result<Out, NodeError> {
        let Settings { radius, amount, threshold } = params;
        let unsharp = Unsharp { radius, amount: amount as f32, threshold: threshold as f32 };
        Out::like(&inputs.image, unsharp.apply(&inputs.image))
    }
}

impl Unsharp {
    /// Returns the samples of the picture, sharpened.
    pub fn apply(&self, image: &Image) -> Samples {
        if self.radius <= 0.0 || self.amount <= 0.0 {
            return image.samples().clone();
        }
        mixing(image, &Mask { unsharp: *self, has_alpha: image.channels().has_alpha() })
    }
}

struct Mask {
    unsharp: Unsharp,
    has_alpha: bool,
}

impl Filter for Mask {
    fn run<T: Depth>(&self, samples: &[T], shape: Shape) -> Vec<T> {
        let Unsharp { radius, amount, threshold } = self.unsharp;
        let threshold = threshold * T::FULL;
        gauss::blurred(
            samples,
            shape,
            radius,
            #[inline(always)]
            |from, smooth, to| {
                // Copies, which nothing that is written can change: so the loop can be widened.
                let (amount, threshold) = (amount, threshold);
                for ((to, from), smooth) in to.iter_mut().zip(from).zip(smooth) {
                    let number = from.number();
                    let difference = number - smooth;
                    let added = if difference.abs() > threshold { amount * difference } else { 0.0 };
                    *to = T::of_number(number + added);
                }
                if self.has_alpha {
                    keep_alpha(from, to, shape.count);
                }
            },
        )
    }
}

/// Takes alpha as it was; colour is multiplied by it, so that it lies between 0 and alpha.
fn keep_alpha<T: Depth>(from: &[T], to: &mut [T], count: usize) {
    for (to, from) in to.chunks_exact_mut(count).zip(from.chunks_exact(count)) {
        let alpha = from[count - 1];
        to[count - 1] = alpha;
        for sample in &mut to[..count - 1] {
            if T::FULL > 1.0 && *sample > alpha {
                *sample = alpha;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::value::{AlphaMode, Channels};

    use super::*;
    use crate::shared::specimen;

    fn bench(samples: Vec<u8>) -> Harness {
        let image = Image::new(samples.len() as u32, 1, Channels::Gray, Samples::U8(samples)).unwrap();
        Harness::of::<Sharpen>().input("image", Arc::new(image))
    }

    #[track_caller]
    fn made(bench: Harness) -> Vec<u8> {
        let image = bench.fire().unwrap().get::<Arc<Image>>("image").unwrap();
        let Samples::U8(samples) = image.samples() else { panic!("8-bit samples") };
        samples.clone()
    }

    #[test]
    fn edges_become_steeper_and_plains_stay() {
        let edge = [[100; 10], [150; 10]].concat();
        let sharp = made(bench(edge.clone()));
        assert_eq!((sharp[0], sharp[19]), (100, 150));
        assert!(sharp[9] < 90 && sharp[10] > 160, "{sharp:?}");
        assert_eq!(made(bench(edge.clone()).param("threshold", 0.2)), edge);
        assert_eq!(made(bench(edge.clone()).param("amount", 0)), edge);
    }

    #[test]
    fn alpha_stays_and_bounds_colour_that_it_has_multiplied() {
        for mut image in specimen::every_layout(8, 8) {
            image.alpha = AlphaMode::Premultiplied;
            let unsharp = Unsharp { radius: 1.0, amount: 3.0, threshold: 0.0 };
            let count = image.channels().count();
            let (Samples::U8(made), Samples::U8(from)) = (unsharp.apply(&image), image.samples()) else { continue };
            if image.channels().has_alpha() {
                for (made, from) in made.chunks_exact(count).zip(from.chunks_exact(count)) {
                    assert_eq!(made[count - 1], from[count - 1]);
                    assert!(made.iter().all(|sample| *sample <= made[count - 1]));
                }
            }
        }
    }

    #[test]
    fn a_senseless_amount_is_refused() {
        let error = bench(vec![0]).param("amount", -1).fire().map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("parameter `amount`"), "{error}");
    }
}
