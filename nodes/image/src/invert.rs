//! `image.invert`: a picture as its negative.

use windlass_core::prelude::*;
use windlass_core::value::Samples;

use crate::shared::depth::Depth;
use crate::shared::pixels::tone;
use crate::shared::ports::{self, In, Out};
use crate::shared::rows::fill_bands;

/// `image.invert`
pub struct Invert;

impl Node for Invert {
    type Params = ();
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new("image.invert", "Invert", "Makes the negative: bright becomes dark, and each colour its opposite.")
            .cpu()
            .search(&["negative", "negate", "reverse"])
            .example(&ports::example("bubbles.jpg", "invert", ""))
            .sample(ports::sample())
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, (): (), inputs: In, _: &Ctx) -> Result<Out, NodeError> {
        Out::like(&inputs.image, invert(&inputs.image))
    }
}

/// Returns the negative: full brightness less each sample. Alpha is kept.
pub fn invert(image: &Image) -> Samples {
    match image.samples() {
        // Without alpha, integers need no table: full brightness less a sample is the sample with all bits turned.
        Samples::U8(samples) if !image.channels().has_alpha() => Samples::U8(turned(samples, |sample| !sample)),
        Samples::U16(samples) if !image.channels().has_alpha() => Samples::U16(turned(samples, |sample| !sample)),
        _ => tone(image, |_, unit| 1.0 - unit),
    }
}

fn turned<T: Depth>(samples: &[T], turn: impl Fn(T) -> T + Sync) -> Vec<T> {
    let mut made = vec![T::default(); samples.len()];
    fill_bands(
        &mut made,
        1,
        #[inline(always)]
        |first, band| {
            band.iter_mut().zip(&samples[first..]).for_each(|(to, from)| *to = turn(*from));
        },
    );
    made
}

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::value::Channels;

    use super::*;
    use crate::shared::specimen;

    #[test]
    fn colour_is_inverted_and_alpha_is_not() {
        let image = Image::new(1, 2, Channels::Rgba, Samples::U8(vec![0, 10, 255, 7, 128, 127, 1, 0])).unwrap();
        let made = Harness::of::<Invert>().input("image", Arc::new(image)).fire().unwrap();
        let made = made.get::<Arc<Image>>("image").unwrap();
        assert_eq!(*made.samples(), Samples::U8(vec![255, 245, 0, 7, 127, 128, 254, 0]));
    }

    #[test]
    fn the_negative_of_the_negative_is_the_picture() {
        for image in specimen::every_layout(11, 5) {
            let again = ports::like(&image, invert(&ports::like(&image, invert(&image)).unwrap())).unwrap();
            match (again.samples(), image.samples()) {
                (Samples::F32(again), Samples::F32(first)) => {
                    assert!(again.iter().zip(first).all(|(again, first)| (again - first).abs() < 1e-6));
                }
                (again, first) => assert_eq!(again, first),
            }
        }
    }
}
