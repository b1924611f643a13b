//! `image.border`: a frame of one colour.

use windlass_core::prelude::*;
use windlass_core::value::ImageError;

use crate::shared::convert::Colour;
use crate::shared::ground::ColourParam;
use crate::shared::placing::{Fill, placed};
use crate::shared::ports::{self, In, Out};
use crate::shared::size::sides;

/// The frame.
#[derive(Params)]
pub struct Settings {
    /// Width of the frame.
    #[param(default = 8, max = 65535, unit = "px")]
    width: u32,
    /// Its colour: `#rgb`, `#rrggbb`, or `#rrggbbaa`; one that is not opaque gives a picture alpha.
    #[param(default = "#ffffff")]
    color: ColourParam,
    /// Whether the frame is put around the picture, which becomes larger, or covers its edge.
    #[param(default = "outside")]
    place: Place,
}

/// Where the frame lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Place {
    /// Around the picture.
    Outside,
    /// On its edge.
    Inside,
}

/// `image.border`
pub struct Border;

impl Node for Border {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new("image.border", "Border", "Puts a frame of one colour around a picture, or onto its edge.")
            .cpu()
            .search(&["frame", "edge", "passe-partout", "outline"])
            .example(&ports::example("sunset.jpg", "border", r##"width: 12, color: "#ffffff""##))
            .sample(ports::sample().param("width", 2))
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, _: &Ctx) -> Result<Out, NodeError> {
        let (image, colour) = (&inputs.image, params.color.0);
        match params.place {
            Place::Outside => {
                let side = |side: u32| u64::from(side) + 2 * u64::from(params.width);
                let size = sides(side(image.width()), side(image.height()), image)?;
                let offset = i64::from(params.width);
                Out::made(placed(image, (offset, offset), size, Fill::Colour(colour)))
            }
            Place::Inside => Out::made(covered(image, params.width, colour)),
        }
    }
}

/// Covers the edge of a picture; one that is all edge becomes the colour.
fn covered(image: &Image, width: u32, colour: Colour) -> Result<Image, ImageError> {
    let (wide, high) = (image.width(), image.height());
    // Where nothing is left, the picture lies beside its canvas.
    let off = (-i64::from(wide), 0);
    if width == 0 {
        return Ok(image.clone());
    }
    if 2 * u64::from(width) >= u64::from(wide.min(high)) {
        return placed(image, off, (wide, high), Fill::Colour(colour));
    }
    let offset = i64::from(width);
    let inner = placed(image, (-offset, -offset), (wide - 2 * width, high - 2 * width), Fill::Edge)?;
    placed(&inner, (offset, offset), (wide, high), Fill::Colour(colour))
}

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::value::{Channels, Samples};

    use super::*;

    fn bench(place: &str, width: u32) -> Harness {
        let image = Image::new(3, 3, Channels::Gray, Samples::U8((1..10).collect())).unwrap();
        Harness::of::<Border>().input("image", Arc::new(image)).param("place", place).param("width", width)
    }

    #[track_caller]
    fn made(bench: Harness) -> (u32, Samples) {
        let image = bench.param("color", "#000").fire().unwrap().get::<Arc<Image>>("image").unwrap();
        (image.width(), image.samples().clone())
    }

    #[test]
    fn a_frame_lies_around_or_on_the_picture() {
        assert_eq!(made(bench("inside", 0)).1, Samples::U8((1..10).collect()));
        assert_eq!(made(bench("inside", 1)), (3, Samples::U8(vec![0, 0, 0, 0, 5, 0, 0, 0, 0])));
        assert_eq!(made(bench("inside", 900)), (3, Samples::U8(vec![0; 9])));
        let (width, Samples::U8(samples)) = made(bench("outside", 2)) else { panic!("8-bit samples") };
        assert_eq!((width, samples[..16].iter().sum::<u8>(), &samples[16..19]), (7, 0, &[1, 2, 3][..]));
    }

    #[test]
    fn what_cannot_be_made_is_explained() {
        let error = |bench: Harness| bench.fire().map(|_| ()).unwrap_err().to_string();
        assert!(error(bench("outside", 65_535)).contains("larger than the 400000000"));
        assert_eq!(error(bench("inside", 1).param("color", "#12")), "parameter `color`: `#12` is no colour");
    }
}
