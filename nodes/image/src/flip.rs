//! `image.flip`: a picture mirrored.

use windlass_core::prelude::*;

use crate::shared::orient::turned;
use crate::shared::ports::{self, In, Out};

/// Which way.
#[derive(Params)]
pub struct Settings {
    /// What changes sides: `horizontal` swaps left and right, `vertical` top and bottom, `both` turns by half,
    /// `transpose` swaps rows and columns.
    #[param(default = "horizontal")]
    direction: Direction,
}

/// What changes sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Direction {
    /// Left and right.
    Horizontal,
    /// Top and bottom.
    Vertical,
    /// Both, which is a turn by half.
    Both,
    /// Rows and columns: mirrored at the diagonal from the top left.
    Transpose,
}

/// `image.flip`
pub struct Flip;

impl Node for Flip {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new("image.flip", "Flip", "Mirrors a picture. No sample is computed anew, so nothing is lost.")
            .cpu()
            .search(&["mirror", "flop", "reflect", "transpose"])
            .example(&ports::example("hills.jpg", "flip", "direction: horizontal"))
            .sample(ports::sample())
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, _: &Ctx) -> Result<Out, NodeError> {
        let orientation = match params.direction {
            Direction::Horizontal => 2,
            Direction::Both => 3,
            Direction::Vertical => 4,
            Direction::Transpose => 5,
        };
        Out::made(turned(&inputs.image, orientation))
    }
}

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::value::{Channels, Samples};

    use super::*;

    #[track_caller]
    fn flipped(direction: &str) -> (u32, Samples) {
        let image = Image::new(3, 2, Channels::Gray, Samples::U16(vec![1, 2, 3, 4, 5, 6])).unwrap();
        let bench = Harness::of::<Flip>().input("image", Arc::new(image)).param("direction", direction);
        let image = bench.fire().unwrap().get::<Arc<Image>>("image").unwrap();
        (image.width(), image.samples().clone())
    }

    #[test]
    fn each_direction_mirrors() {
        assert_eq!(flipped("horizontal"), (3, Samples::U16(vec![3, 2, 1, 6, 5, 4])));
        assert_eq!(flipped("vertical"), (3, Samples::U16(vec![4, 5, 6, 1, 2, 3])));
        assert_eq!(flipped("both"), (3, Samples::U16(vec![6, 5, 4, 3, 2, 1])));
        assert_eq!(flipped("transpose"), (2, Samples::U16(vec![1, 4, 2, 5, 3, 6])));
    }

    #[test]
    fn another_direction_is_refused() {
        let error = Harness::of::<Flip>().param("direction", "up").sample(&ports::sample()).fire().map(|_| ());
        let text = error.unwrap_err().to_string();
        assert!(text.contains("parameter `direction`") && text.contains("horizontal"), "{text}");
    }
}
