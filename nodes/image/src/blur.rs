//! `image.blur`: a picture made soft.

use windlass_core::prelude::*;
use windlass_core::value::Samples;

use crate::shared::boxes;
use crate::shared::depth::Depth;
use crate::shared::filter::{Filter, Shape, mixing};
use crate::shared::gauss;
use crate::shared::ports::{self, In, Out};

/// How soft.
#[derive(Params)]
pub struct Settings {
    /// How neighbours count: by a bell curve, or all alike.
    #[param(default = "gaussian")]
    method: Method,
    /// Standard deviation of the bell curve; for `box`, how many pixels on each side count, rounded.
    #[param(default = 2.0, min = 0, max = 1000, unit = "px")]
    sigma: f64,
}

/// How neighbours count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Method {
    /// By a bell curve.
    Gaussian,
    /// All in a square alike.
    Box,
}

/// `image.blur`
pub struct Blur;

impl Node for Blur {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "image.blur",
            "Blur",
            "Averages each pixel with its neighbours. At the edges, the outermost pixels go on. The time hardly depends \
             on how soft the picture becomes: above a `sigma` of 24, four boxes stand for the bell curve.",
        )
        .cpu()
        .search(&["gaussian", "soften", "smooth", "box blur", "defocus"])
        .example(&ports::example("night.jpg", "blur", "sigma: 4"))
        .sample(ports::sample())
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, _: &Ctx) -> Result<Out, NodeError> {
        Out::like(&inputs.image, blur(&inputs.image, params.method, params.sigma))
    }
}

/// Returns the samples of the picture, blurred; `sigma` in pixels.
pub fn blur(image: &Image, method: Method, sigma: f64) -> Samples {
    match method {
        _ if sigma <= 0.0 => image.samples().clone(),
        Method::Gaussian => mixing(image, &Gaussian { sigma }),
        Method::Box => mixing(image, &Square { radius: sigma.round() as usize }),
    }
}

struct Gaussian {
    sigma: f64,
}

impl Filter for Gaussian {
    fn run<T: Depth>(&self, samples: &[T], shape: Shape) -> Vec<T> {
        gauss::blurred(
            samples,
            shape,
            self.sigma,
            #[inline(always)]
            |_, smooth, to| {
                to.iter_mut().zip(smooth).for_each(|(to, number)| *to = T::of_number(*number));
            },
        )
    }
}

struct Square {
    radius: usize,
}

impl Filter for Square {
    fn run<T: Depth>(&self, samples: &[T], shape: Shape) -> Vec<T> {
        boxes::mean(samples, shape, self.radius)
    }
}

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::value::{AlphaMode, Channels};

    use super::*;
    use crate::shared::specimen;

    fn made(image: Image, method: &str, sigma: f64) -> Arc<Image> {
        let bench = Harness::of::<Blur>().input("image", Arc::new(image)).param("method", method).param("sigma", sigma);
        bench.fire().unwrap().get::<Arc<Image>>("image").unwrap()
    }

    #[test]
    fn a_box_is_the_mean_of_the_square() {
        let image = Image::new(4, 1, Channels::Gray, Samples::U8(vec![0, 30, 60, 240])).unwrap();
        assert_eq!(*made(image, "box", 1.0).samples(), Samples::U8(vec![10, 30, 110, 180]));
    }

    #[test]
    fn nothing_is_done_for_nothing() {
        let image = specimen::picture(5, 5, Channels::Rgba, windlass_core::value::SampleType::U16);
        assert_eq!(*made(image.clone(), "gaussian", 0.0), image);
    }

    #[test]
    fn every_layout_is_blurred_and_keeps_what_it_is() {
        for mut image in specimen::every_layout(9, 6) {
            for alpha in [AlphaMode::Straight, AlphaMode::Premultiplied] {
                image.alpha = alpha;
                let soft = made(image.clone(), "gaussian", 1.5);
                assert_eq!((soft.channels(), soft.alpha), (image.channels(), alpha));
                assert_eq!(soft.samples().sample_type(), image.samples().sample_type());
                assert_ne!(soft.samples(), image.samples());
            }
        }
    }

    #[test]
    fn hidden_colour_does_not_bleed() {
        let pixels = [[0, 255, 0, 0], [200, 0, 0, 255], [0, 255, 0, 0]].concat();
        let soft = made(Image::new(3, 1, Channels::Rgba, Samples::U8(pixels)).unwrap(), "gaussian", 1.0);
        let Samples::U8(samples) = soft.samples() else { panic!("8-bit samples") };
        assert!(samples.chunks_exact(4).all(|pixel| pixel[..3] == [200, 0, 0] && pixel[3] < 255), "{samples:?}");
    }

    #[test]
    fn a_monstrous_or_negative_sigma_is_refused() {
        let bench = Harness::of::<Blur>().sample(&ports::sample());
        let error = |sigma: f64| bench.clone().param("sigma", sigma).fire().map(|_| ()).unwrap_err().to_string();
        assert!(error(-1.0).contains("parameter `sigma`") && error(1e9).contains("`sigma`"));
    }
}
