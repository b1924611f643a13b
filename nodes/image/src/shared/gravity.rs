//! Where something lies in a place that is larger.

use windlass_core::prelude::*;

/// A side, a corner or the middle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Choice)]
pub enum Gravity {
    /// The corner at the top left.
    TopLeft,
    /// The middle of the top.
    Top,
    /// The corner at the top right.
    TopRight,
    /// The middle of the left side.
    Left,
    /// The middle.
    #[default]
    Center,
    /// The middle of the right side.
    Right,
    /// The corner at the bottom left.
    BottomLeft,
    /// The middle of the bottom.
    Bottom,
    /// The corner at the bottom right.
    BottomRight,
}

impl Gravity {
    /// Returns how much of the room that is left lies to the left and above; halves are rounded down.
    pub fn offset(self, (across, down): (i64, i64)) -> (i64, i64) {
        use Gravity::{Bottom, BottomLeft, BottomRight, Center, Left, Right, Top, TopLeft, TopRight};
        let x = match self {
            TopLeft | Left | BottomLeft => 0,
            Top | Center | Bottom => across.div_euclid(2),
            TopRight | Right | BottomRight => across,
        };
        let y = match self {
            TopLeft | Top | TopRight => 0,
            Left | Center | Right => down.div_euclid(2),
            BottomLeft | Bottom | BottomRight => down,
        };
        (x, y)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_shared_as_the_name_says() {
        assert_eq!(Gravity::TopLeft.offset((10, 5)), (0, 0));
        assert_eq!(Gravity::Center.offset((10, 5)), (5, 2));
        assert_eq!(Gravity::Right.offset((10, 5)), (10, 2));
        assert_eq!(Gravity::BottomRight.offset((-4, 5)), (-4, 5));
    }
}
