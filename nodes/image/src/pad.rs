//! `image.pad`: a picture with more room around it.

use windlass_core::prelude::*;

use crate::shared::gravity::Gravity;
use crate::shared::ground::ColourParam;
use crate::shared::placing::{Fill, placed};
use crate::shared::ports::{self, In, Out};
use crate::shared::size::sides;

/// How much room, and what is there.
#[derive(Params)]
pub struct Settings {
    /// The least width; a picture that is narrower gets room on the sides that `gravity` says.
    #[param(ty = "int(1..65535)?", default = null, unit = "px")]
    width: Option<u32>,
    /// The least height.
    #[param(ty = "int(1..65535)?", default = null, unit = "px")]
    height: Option<u32>,
    /// Where the picture lies in a place of `width` and `height`.
    #[param(default = "center")]
    gravity: Gravity,
    /// Room that is added on the left.
    #[param(default = 0, max = 65535, unit = "px")]
    left: u32,
    /// Room that is added above.
    #[param(default = 0, max = 65535, unit = "px")]
    top: u32,
    /// Room that is added on the right.
    #[param(default = 0, max = 65535, unit = "px")]
    right: u32,
    /// Room that is added below.
    #[param(default = 0, max = 65535, unit = "px")]
    bottom: u32,
    /// What is there: `color`, the `edge` drawn out, the picture `mirror`ed at its edge, or again (`wrap`).
    #[param(default = "color")]
    fill: Kind,
    /// The colour for `color`: `#rgb`, `#rrggbb`, or `#rrggbbaa`; one that is not opaque gives a picture alpha.
    #[param(default = "#000000")]
    background: ColourParam,
}

/// What is around the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Kind {
    /// One colour.
    Color,
    /// The outermost pixels drawn out.
    Edge,
    /// The picture mirrored.
    Mirror,
    /// The picture again.
    Wrap,
}

/// `image.pad`
pub struct Pad;

impl Node for Pad {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "image.pad",
            "Pad",
            "Adds room around a picture: up to a width and a height, on single sides, or both. It never cuts anything \
             off.",
        )
        .cpu()
        .search(&["extend", "canvas size", "letterbox", "margin", "square", "fill"])
        .example(&ports::example("woven.jpg", "pad", r##"width: 400, height: 400, background: "#202020""##))
        .sample(ports::sample().param("width", 9).param("top", 1))
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, _: &Ctx) -> Result<Out, NodeError> {
        let (image, fill) = (&inputs.image, params.fill()?);
        let (wide, high) = (u64::from(image.width()), u64::from(image.height()));
        let width = wide.max(params.width.unwrap_or(0).into());
        let height = high.max(params.height.unwrap_or(0).into());
        let (x, y) = params.gravity.offset(((width - wide) as i64, (height - high) as i64));
        let more = |one: u32, other: u32| u64::from(one) + u64::from(other);
        let (width, height) = (width + more(params.left, params.right), height + more(params.top, params.bottom));
        let size = sides(width, height, image)?;
        Out::made(placed(image, (x + i64::from(params.left), y + i64::from(params.top)), size, fill))
    }
}

impl Settings {
    fn fill(&self) -> Result<Fill, NodeError> {
        Ok(match self.fill {
            Kind::Color => Fill::Colour(self.background.0),
            Kind::Edge => Fill::Edge,
            Kind::Mirror => Fill::Mirror,
            Kind::Wrap => Fill::Wrap,
        })
    }
}

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::value::{Channels, Samples};

    use super::*;

    fn bench() -> Harness {
        let image = Image::new(2, 1, Channels::Gray, Samples::U8(vec![7, 8])).unwrap();
        Harness::of::<Pad>().input("image", Arc::new(image))
    }

    #[track_caller]
    fn made(bench: Harness) -> (u32, u32, Samples) {
        let image = bench.fire().unwrap().get::<Arc<Image>>("image").unwrap();
        (image.width(), image.height(), image.samples().clone())
    }

    #[test]
    fn room_is_added_where_asked() {
        assert_eq!(made(bench()), (2, 1, Samples::U8(vec![7, 8])));
        let wide = bench().param("width", 5).param("gravity", "right").param("fill", "mirror");
        assert_eq!(
            made(wide),
            (5, 1, Samples::U8(vec![7, 8, 8, 7, 7].into_iter().rev().skip(2).chain([7, 8]).collect()))
        );
        let sides = bench().param("left", 1).param("bottom", 1).param("background", "#fff");
        assert_eq!(made(sides), (3, 2, Samples::U8(vec![255, 7, 8, 255, 255, 255])));
        assert_eq!(made(bench().param("width", 1)), (2, 1, Samples::U8(vec![7, 8])));
    }

    #[test]
    fn what_cannot_be_made_is_explained() {
        let error = |bench: Harness| bench.fire().map(|_| ()).unwrap_err().to_string();
        assert!(error(bench().param("width", 65_535).param("height", 65_535)).contains("larger than the 400000000"));
        assert_eq!(error(bench().param("background", "grey")), "parameter `background`: `grey` is no colour");
    }
}
