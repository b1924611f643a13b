//! `image.morphology`: bright parts grow, shrink, lose specks or close gaps.

use windlass_core::prelude::*;
use windlass_core::value::Samples;

use crate::shared::depth::Depth;
use crate::shared::extremes::{Element, Extreme, extreme};
use crate::shared::filter::{Filter, Shape, mixing};
use crate::shared::ports::{self, In, Out};
use crate::shared::rows::fill_bands;

/// What is done, and how far.
#[derive(Params)]
pub struct Settings {
    /// `erode` shrinks bright parts, `dilate` makes them grow; `open` takes small bright parts away, `close` small dark
    /// ones; `gradient` shows edges, `top_hat` what `open` takes away, `black_hat` what `close` fills.
    #[param(default = "dilate")]
    operation: Operation,
    /// The shape of the neighbourhood: a `square`, a `disc` or a `cross` around each pixel.
    #[param(default = "disc")]
    element: Element,
    /// How far the neighbourhood reaches on each side.
    #[param(default = 1, min = 1, max = 256, unit = "px")]
    radius: u32,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Operation {
    /// The least of the neighbourhood.
    Erode,
    /// The greatest of the neighbourhood.
    Dilate,
    /// Erode, then dilate.
    Open,
    /// Dilate, then erode.
    Close,
    /// Dilated less eroded.
    Gradient,
    /// The picture less what is left of it when opened.
    TopHat,
    /// The picture when closed, less itself.
    BlackHat,
}

/// What is done with which neighbourhood.
#[derive(Clone, Copy, Debug)]
pub struct Morph {
    /// What is done.
    pub operation: Operation,
    /// The shape of the neighbourhood.
    pub element: Element,
    /// How far it reaches, in pixels.
    pub radius: usize,
}

/// `image.morphology`
pub struct Morphology;

impl Node for Morphology {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "image.morphology",
            "Morphology",
            "Takes the least or the greatest of each pixel's neighbourhood, channel by channel, and what is made of the \
             two. What lies beyond the edge does not count.",
        )
        .cpu()
        .search(&["erode", "dilate", "open", "close", "gradient", "top hat", "minimum", "maximum", "rank filter"])
        .example(&ports::example("night.jpg", "morphology", "operation: top_hat, radius: 3"))
        .sample(ports::sample())
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let Settings { operation, element, radius } = params;
        let morph = Morph { operation, element, radius: radius as usize };
        let made = morph.apply_while(&inputs.image, &|| !ctx.is_cancelled());
        ctx.check_cancelled()?;
        Out::like(&inputs.image, made)
    }
}

impl Morph {
    /// Returns the samples that the operation makes of a picture.
    pub fn apply(&self, image: &Image) -> Samples {
        self.apply_while(image, &|| true)
    }

    /// The same, but what is returned is unfinished where `go_on`, which is asked now and then, says no.
    fn apply_while(&self, image: &Image, go_on: &(dyn Fn() -> bool + Sync)) -> Samples {
        mixing(image, &Run { morph: *self, has_alpha: image.channels().has_alpha(), go_on })
    }
}

struct Run<'a> {
    morph: Morph,
    has_alpha: bool,
    go_on: &'a (dyn Fn() -> bool + Sync),
}

impl Filter for Run<'_> {
    fn run<T: Depth>(&self, samples: &[T], shape: Shape) -> Vec<T> {
        use Extreme::{Greatest, Least};
        let Morph { operation, element, radius } = self.morph;
        let of = |samples: &[T], which| extreme(samples, shape, (element, radius), which, self.go_on);
        match operation {
            Operation::Erode => of(samples, Least),
            Operation::Dilate => of(samples, Greatest),
            Operation::Open => of(&of(samples, Least), Greatest),
            Operation::Close => of(&of(samples, Greatest), Least),
            Operation::Gradient => self.less(of(samples, Greatest), &of(samples, Least), (samples, shape)),
            Operation::TopHat => self.less(samples.to_vec(), &of(&of(samples, Least), Greatest), (samples, shape)),
            Operation::BlackHat => self.less(of(&of(samples, Greatest), Least), samples, (samples, shape)),
        }
    }
}

impl Run<'_> {
    /// Subtracts; alpha stays that of the picture, or a difference would mostly not be seen.
    fn less<T: Depth>(&self, mut from: Vec<T>, what: &[T], (samples, shape): (&[T], Shape)) -> Vec<T> {
        fill_bands(&mut from, shape.row_len(), |first, band| {
            let start = first * shape.row_len();
            for (from, what) in band.iter_mut().zip(&what[start..]) {
                *from = T::of_number(from.number() - what.number());
            }
            if self.has_alpha {
                let old = samples[start..].chunks_exact(shape.count);
                for (pixel, old) in band.chunks_exact_mut(shape.count).zip(old) {
                    pixel[shape.count - 1] = old[shape.count - 1];
                }
            }
        });
        from
    }
}

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::value::Channels;

    use super::*;
    use crate::shared::specimen;

    fn row(samples: Vec<u8>) -> Harness {
        let image = Image::new(samples.len() as u32, 1, Channels::Gray, Samples::U8(samples)).unwrap();
        Harness::of::<Morphology>().input("image", Arc::new(image)).param("element", "square")
    }

    #[test]
    fn each_operation_does_what_its_name_says() {
        let made = |operation: &str| {
            let gave = row(vec![5, 9, 5, 5, 5, 1, 5, 5]).param("operation", operation).fire().unwrap();
            match gave.get::<Arc<Image>>("image").unwrap().samples() {
                Samples::U8(samples) => samples.clone(),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(made("erode"), [5, 5, 5, 5, 1, 1, 1, 5]);
        assert_eq!(made("dilate"), [9, 9, 9, 5, 5, 5, 5, 5]);
        assert_eq!(made("open"), [5, 5, 5, 5, 5, 1, 5, 5]);
        assert_eq!(made("close"), [9, 9, 5, 5, 5, 5, 5, 5]);
        assert_eq!(made("gradient"), [4, 4, 4, 0, 4, 4, 4, 0]);
        assert_eq!(made("top_hat"), [0, 4, 0, 0, 0, 0, 0, 0]);
        assert_eq!(made("black_hat"), [4, 0, 0, 0, 0, 4, 0, 0]);
    }

    #[test]
    fn every_layout_keeps_what_it_is_and_differences_keep_their_alpha() {
        for image in specimen::every_layout(9, 9) {
            for operation in [Operation::Open, Operation::Gradient] {
                let morph = Morph { operation, element: Element::Disc, radius: 2 };
                let made = morph.apply(&image);
                assert_eq!((made.sample_type(), made.len()), (image.samples().sample_type(), image.samples().len()));
                if let (Samples::U8(made), Samples::U8(from)) = (&made, image.samples())
                    && image.channels().has_alpha()
                    && operation == Operation::Gradient
                {
                    let count = image.channels().count();
                    assert!(made.iter().zip(from).skip(count - 1).step_by(count).all(|(made, from)| made == from));
                }
            }
        }
    }

    #[test]
    fn a_monstrous_radius_is_refused() {
        let error = row(vec![1, 2]).param("radius", 100_000).fire().map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("parameter `radius`"), "{error}");
    }

    #[test]
    fn a_long_search_can_be_stopped() {
        let bench = row(vec![1, 2]).param("element", "disc").param("radius", 256);
        bench.cancel().cancel();
        assert!(bench.fire().is_err_and(|error| error.is_cancelled()));
        let image = specimen::picture(9, 9, Channels::Gray, windlass_core::value::SampleType::U8);
        let morph = Morph { operation: Operation::Dilate, element: Element::Disc, radius: 2 };
        assert_eq!(&morph.apply_while(&image, &|| false), image.samples());
    }
}
