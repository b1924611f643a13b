//! `image.rotate`: a picture turned by any angle.

use windlass_core::prelude::*;
use windlass_core::value::ImageError;

use crate::shared::affine::{Interpolation, Turned};
use crate::shared::convert::Colour;
use crate::shared::ground::{self, ColourParam};
use crate::shared::orient::turned;
use crate::shared::placing::{Fill, placed};
use crate::shared::ports::{self, In, Out};
use crate::shared::size::sides;

/// How far, and what becomes of the corners.
#[derive(Params)]
pub struct Settings {
    /// How far it is turned, clockwise. Multiples of 90 move pixels and compute none anew.
    #[param(default = 90.0, min = -36000, max = 36000, unit = "°")]
    angle: f64,
    /// How new pixels are computed.
    #[param(default = "bicubic")]
    filter: Interpolation,
    /// `expand` makes the picture so large that nothing is cut off, `keep` leaves its size.
    #[param(default = "expand")]
    size: Size,
    /// Colour of what is bared: `#rgb`, `#rrggbb`, or `#rrggbbaa`; one that is not opaque gives a picture alpha.
    #[param(default = "#000000")]
    background: ColourParam,
}

/// What becomes of the size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Size {
    /// As large as the turned picture.
    Expand,
    /// As before; corners are cut off.
    Keep,
}

/// How a picture is turned.
#[derive(Clone, Copy, Debug)]
pub struct Rotation {
    /// Degrees, clockwise.
    pub angle: f64,
    /// How new pixels are computed.
    pub filter: Interpolation,
    /// What becomes of the size.
    pub size: Size,
    /// What is bared.
    pub background: Colour,
}

/// `image.rotate`
pub struct Rotate;

impl Node for Rotate {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "image.rotate",
            "Rotate",
            "Turns a picture around its middle, clockwise. The edge fades into the background, so that it is smooth.",
        )
        .cpu()
        .search(&["turn", "angle", "straighten", "deskew", "quarter"])
        .example(&ports::example("marble.jpg", "rotate", r##"angle: 7, background: "#ffffff""##))
        .sample(ports::sample().param("angle", 30))
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, _: &Ctx) -> Result<Out, NodeError> {
        let Settings { angle, filter, size, background } = params;
        let rotation = Rotation { angle, filter, size, background: background.0 };
        Ok(Out { image: Arc::new(rotation.apply(&inputs.image)?) })
    }
}

impl Rotation {
    /// Turns a picture.
    ///
    /// # Errors
    /// Refuses what would be too large.
    pub fn apply(&self, image: &Image) -> Result<Image, NodeError> {
        let angle = self.angle.rem_euclid(360.0);
        let whole = match angle {
            90.0 => Some(turned(image, 6)),
            180.0 => Some(turned(image, 3)),
            270.0 => Some(turned(image, 8)),
            // The remainder of a tiny negative angle is rounded up to a whole turn.
            0.0 | 360.0 => Some(Ok(image.clone())),
            _ => None,
        };
        let old = (image.width(), image.height());
        let bug = |error: ImageError| NodeError::because("the picture cannot be turned", &error).permanent();
        match (whole, self.size) {
            (Some(whole), Size::Expand) => whole.map_err(bug),
            (Some(whole), Size::Keep) => {
                let whole = whole.map_err(bug)?;
                let middle = |old: u32, new: u32| (i64::from(old) - i64::from(new)).div_euclid(2);
                let offset = (middle(old.0, whole.width()), middle(old.1, whole.height()));
                placed(&whole, offset, old, Fill::Colour(self.background)).map_err(bug)
            }
            (None, Size::Keep) => self.turn(image, angle, old).map_err(bug),
            (None, Size::Expand) => {
                let (width, height) = bounds(old, angle);
                self.turn(image, angle, sides(width, height, image)?).map_err(bug)
            }
        }
    }

    fn turn(&self, image: &Image, angle: f64, size: (u32, u32)) -> Result<Image, ImageError> {
        let image = &*ground::room_for(image, self.background);
        let turned = Turned::new(angle, self.filter, size, (self.background, image.channels()));
        image.with(size.0, size.1, image.channels(), turned.apply(image))
    }
}

/// Returns the size that holds a turned picture whose middle stays on the grid of pixels.
fn bounds((width, height): (u32, u32), angle: f64) -> (u64, u64) {
    let (sin, cos) = angle.to_radians().sin_cos();
    let (width, height) = (f64::from(width), f64::from(height));
    let side = |old: f64, along: f64, across: f64| {
        let half = (old * along.abs() + across.abs()) / 2.0;
        // What is off by rounding alone needs no pixel of its own.
        let (start, end) = (old / 2.0 - half + 1e-9, old / 2.0 + half - 1e-9);
        (end.ceil() - start.floor()) as u64
    };
    (side(width, cos, height * sin), side(height, cos, width * sin))
}

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::value::{AlphaMode, Channels, Samples};

    use super::*;
    use crate::shared::specimen;

    fn bench(image: Image, angle: f64) -> Harness {
        Harness::of::<Rotate>().input("image", Arc::new(image)).param("angle", angle)
    }

    #[track_caller]
    fn made(bench: Harness) -> Arc<Image> {
        bench.fire().unwrap().get::<Arc<Image>>("image").unwrap()
    }

    fn small() -> Image {
        Image::new(3, 2, Channels::Gray, Samples::U8(vec![1, 2, 3, 4, 5, 6])).unwrap()
    }

    #[test]
    fn quarters_move_pixels_clockwise() {
        let turned = |angle| {
            let image = made(bench(small(), angle));
            let Samples::U8(samples) = image.samples() else { panic!("8-bit samples") };
            (image.width(), samples.clone())
        };
        assert_eq!(turned(90.0), (2, vec![4, 1, 5, 2, 6, 3]));
        assert_eq!(turned(-90.0), (2, vec![3, 6, 2, 5, 1, 4]));
        assert_eq!(turned(540.0), (3, vec![6, 5, 4, 3, 2, 1]));
        assert_eq!(turned(0.0), (3, vec![1, 2, 3, 4, 5, 6]));
        assert_eq!(turned(-1e-300), (3, vec![1, 2, 3, 4, 5, 6]));
    }

    #[test]
    fn the_size_may_stay() {
        let kept = made(bench(small(), 90.0).param("size", "keep").param("background", "#090909"));
        assert_eq!((kept.width(), *kept.samples() == Samples::U8(vec![5, 2, 9, 6, 3, 9])), (3, true), "{kept:?}");
        let kept = made(bench(small(), 30.0).param("size", "keep"));
        assert_eq!((kept.width(), kept.height()), (3, 2));
    }

    #[test]
    fn every_layout_and_filter_is_turned() {
        for mut image in specimen::every_layout(20, 10) {
            for (filter, alpha) in [
                ("nearest", AlphaMode::Straight),
                ("bilinear", AlphaMode::Premultiplied),
                ("bicubic", AlphaMode::Straight),
            ] {
                image.alpha = alpha;
                let made = made(bench(image.clone(), 30.0).param("filter", filter));
                assert_eq!(
                    (made.width(), made.height(), made.channels(), made.alpha),
                    (24, 20, image.channels(), alpha)
                );
                assert_eq!(made.samples().sample_type(), image.samples().sample_type());
            }
        }
    }

    #[test]
    fn a_plain_picture_stays_plain_inside_and_shows_the_ground_outside() {
        let plain = Image::new(40, 40, Channels::Rgb, Samples::U8([10, 20, 30].repeat(1600))).unwrap();
        for filter in ["nearest", "bilinear", "bicubic"] {
            let made = made(bench(plain.clone(), 45.0).param("filter", filter).param("background", "#ff000000"));
            assert_eq!(made.channels(), Channels::Rgba);
            let Samples::U8(samples) = made.samples() else { panic!("8-bit samples") };
            assert_eq!(samples[..4][3], 0);
            let middle = (made.height() / 2 * made.width() + made.width() / 2) as usize * 4;
            assert_eq!(samples[middle..middle + 4], [10, 20, 30, 255]);
            // Where something is seen, it is no mixture with the hidden colour of the ground.
            assert!(samples.chunks_exact(4).filter(|pixel| pixel[3] > 8).all(|pixel| pixel[0].abs_diff(10) < 8));
        }
    }

    #[test]
    fn what_cannot_be_made_is_explained() {
        let line = || Image::new(60_000, 1, Channels::Gray, Samples::U8(vec![0; 60_000])).unwrap();
        let error = bench(line(), 45.0).fire().map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("larger than the 400000000 pixels"), "{error}");
        assert_eq!(
            bench(line(), 1.0).param("background", "blue").fire().map(|_| ()).unwrap_err().to_string(),
            "parameter `background`: `blue` is no colour"
        );
    }
}
