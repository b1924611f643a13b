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

/// A place in pixels from the top left; it may lie outside.
pub type Corner = (i64, i64);

impl Gravity {
    /// Returns how much of the room that is left lies to the left and above; halves are rounded down.
    pub fn offset(self, (across, down): (i64, i64)) -> Corner {
        let (x, y) = self.halves();
        ((across * x).div_euclid(2), (down * y).div_euclid(2))
    }

    /// Returns where the top left corner of a thing goes, so that it lies there, moved inwards from a side by
    /// `x` and `y`: from the middle they count to the right and down.
    pub fn corner(self, room: (u32, u32), thing: (u32, u32), (x, y): (i64, i64)) -> Corner {
        let free = |room: u32, thing: u32| i64::from(room) - i64::from(thing);
        let inwards = |halves: i64, by: i64| if halves == 2 { by.saturating_neg() } else { by };
        let (left, above) = self.offset((free(room.0, thing.0), free(room.1, thing.1)));
        let (across, down) = self.halves();
        (left.saturating_add(inwards(across, x)), above.saturating_add(inwards(down, y)))
    }

    /// Returns the shares of the free room that lie left and above: 0, 1/2 or 1, in halves.
    fn halves(self) -> (i64, i64) {
        match self {
            Self::TopLeft => (0, 0),
            Self::Top => (1, 0),
            Self::TopRight => (2, 0),
            Self::Left => (0, 1),
            Self::Center => (1, 1),
            Self::Right => (2, 1),
            Self::BottomLeft => (0, 2),
            Self::Bottom => (1, 2),
            Self::BottomRight => (2, 2),
        }
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

    #[test]
    fn a_thing_lies_where_it_is_drawn_and_moves_inwards() {
        let at = |gravity: Gravity| gravity.corner((100, 50), (20, 10), (3, 4));
        assert_eq!(at(Gravity::TopLeft), (3, 4));
        assert_eq!(at(Gravity::Center), (43, 24));
        assert_eq!(at(Gravity::BottomRight), (77, 36));
        assert_eq!(Gravity::Center.corner((1, 1), (4, 4), (0, 0)), (-2, -2));
        assert_eq!(Gravity::TopLeft.corner((1, 1), (1, 1), (i64::MAX, i64::MIN)), (i64::MAX, i64::MIN));
    }
}
