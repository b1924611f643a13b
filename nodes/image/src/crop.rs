//! `image.crop`: a window of a picture.

use windlass_core::prelude::*;

use crate::shared::gravity::Gravity;
use crate::shared::interest::{Measure, most_interesting};
use crate::shared::placing::{Fill, placed};
use crate::shared::ports;

/// The window.
#[derive(Params)]
pub struct Settings {
    /// Width of the window; left out, that of the picture from `x` on.
    #[param(ty = "int(1..4294967295)?", default = null, unit = "px")]
    width: Option<u32>,
    /// Height of the window; left out, that of the picture from `y` on.
    #[param(ty = "int(1..4294967295)?", default = null, unit = "px")]
    height: Option<u32>,
    /// Where the window lies: `offset` takes `x` and `y`, `gravity` a side, a corner or the middle; `edges` looks for
    /// the window with the most and strongest edges, `energy` for the one that differs most from the picture's mean
    /// colour. Of windows alike, the one next to the middle is taken.
    #[param(default = "gravity")]
    place: Place,
    /// For `offset`: how far from the left.
    #[param(default = 0, unit = "px")]
    x: u32,
    /// For `offset`: how far from the top.
    #[param(default = 0, unit = "px")]
    y: u32,
    /// For `gravity`: the side, the corner or the middle.
    #[param(default = "center")]
    gravity: Gravity,
}

/// Where the window lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Place {
    /// At `x` and `y`.
    Offset,
    /// At a side, in a corner or in the middle.
    Gravity,
    /// Where most edges are.
    Edges,
    /// Where colour differs most from the mean.
    Energy,
}

/// The window.
#[derive(Outputs)]
pub struct Out {
    /// The part of the picture; samples, profile and alpha mode are as before.
    image: Arc<Image>,
    /// How far from the left of the picture it lies, in pixels.
    left: u32,
    /// How far from the top, in pixels.
    upper: u32,
}

/// `image.crop`
pub struct Crop;

impl Node for Crop {
    type Params = Settings;
    type In = ports::In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "image.crop",
            "Crop",
            "Cuts a window out of a picture: at a place, at a side or in the middle, or where most is to be seen.",
        )
        .cpu()
        .search(&["cut", "trim", "window", "region", "smart crop", "content-aware", "square"])
        .example(&ports::example("night.jpg", "crop", "width: 160, height: 160, place: energy"))
        .sample(ports::sample().param("width", 2).param("place", "edges"))
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: ports::In, ctx: &Ctx) -> Result<Out, NodeError> {
        let image = &inputs.image;
        let (wide, high) = (image.width(), image.height());
        let start = if params.place == Place::Offset { (params.x, params.y) } else { (0, 0) };
        let width = params.width.unwrap_or_else(|| wide.saturating_sub(start.0));
        let height = params.height.unwrap_or_else(|| high.saturating_sub(start.1));
        check((wide, start.0, width), (high, start.1, height))?;
        let room = (i64::from(wide - width), i64::from(high - height));
        let (left, upper) = match params.place {
            Place::Offset => start,
            Place::Gravity => {
                let (x, y) = params.gravity.offset(room);
                (x as u32, y as u32)
            }
            Place::Edges => most_interesting(image, (width, height), Measure::Edges, || ctx.check_cancelled())?,
            Place::Energy => most_interesting(image, (width, height), Measure::Energy, || ctx.check_cancelled())?,
        };
        let cut = placed(image, (-i64::from(left), -i64::from(upper)), (width, height), Fill::Edge);
        Ok(Out { image: ports::Out::made(cut)?.image, left, upper })
    }
}

/// Looks whether a window lies in a picture; side of the picture, start and side of the window.
fn check((wide, x, width): (u32, u32, u32), (high, y, height): (u32, u32, u32)) -> Result<(), NodeError> {
    let fits = |side: u32, start: u32, window: u32| window > 0 && start <= side && window <= side - start;
    if fits(wide, x, width) && fits(high, y, height) {
        return Ok(());
    }
    Err(NodeError::new(format!(
        "a window of {width} by {height} pixels at {x}, {y} does not lie in a picture of {wide} by {high}"
    ))
    .hint("ask for a smaller window, or make room with `image.pad` or `image.resize` before")
    .permanent())
}

#[cfg(test)]
mod tests {
    use windlass_core::harness::{Gave, Harness};
    use windlass_core::value::{Channels, Samples};

    use super::*;

    fn bench() -> Harness {
        let image = Image::new(4, 3, Channels::Gray, Samples::U8((0..12).collect())).unwrap();
        Harness::of::<Crop>().input("image", Arc::new(image))
    }

    #[track_caller]
    fn cut(bench: Harness) -> (u32, u32, Vec<u8>) {
        let gave = bench.fire().unwrap();
        let image = gave.get::<Arc<Image>>("image").unwrap();
        let Samples::U8(samples) = image.samples() else { panic!("8-bit samples") };
        let place = |gave: &Gave, name| u32::try_from(gave.get::<i64>(name).unwrap()).unwrap();
        (place(&gave, "left"), place(&gave, "upper"), samples.clone())
    }

    #[test]
    fn a_window_lies_where_it_is_asked_for() {
        let at = bench().param("place", "offset").param("x", 1).param("y", 2).param("width", 2);
        assert_eq!(cut(at), (1, 2, vec![9, 10]));
        let corner = bench().param("width", 2).param("height", 1).param("gravity", "bottom_right");
        assert_eq!(cut(corner), (2, 2, vec![10, 11]));
        assert_eq!(cut(bench().param("width", 2).param("height", 1)), (1, 1, vec![5, 6]));
        assert_eq!(cut(bench()), (0, 0, (0..12).collect()));
    }

    #[test]
    fn a_window_that_juts_out_is_refused() {
        let error = |bench: Harness| bench.fire().map(|_| ()).unwrap_err();
        let wide = error(bench().param("width", 5));
        assert_eq!(wide.to_string(), "a window of 5 by 3 pixels at 0, 0 does not lie in a picture of 4 by 3");
        assert!(wide.hint_text().unwrap().contains("image.pad"));
        assert!(error(bench().param("place", "offset").param("x", 4)).to_string().contains("0 by 3 pixels at 4, 0"));
        let far = bench().param("place", "offset").param("x", u32::MAX).param("width", u32::MAX);
        assert!(error(far).is_permanent());
    }
}
