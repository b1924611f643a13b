//! Where on a picture something is put.

use windlass_core::prelude::*;

/// A corner, the middle of a side, or the middle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Choice)]
pub enum Gravity {
    /// The top left corner.
    TopLeft,
    /// The middle of the top side.
    Top,
    /// The top right corner.
    TopRight,
    /// The middle of the left side.
    Left,
    /// The middle.
    #[default]
    Center,
    /// The middle of the right side.
    Right,
    /// The bottom left corner.
    BottomLeft,
    /// The middle of the bottom side.
    Bottom,
    /// The bottom right corner.
    BottomRight,
}

/// A place in pixels from the top left; it may lie outside.
pub type Corner = (i64, i64);

impl Gravity {
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

    /// Returns where the top left corner of a thing goes, so that it lies there, moved inwards from a side by
    /// `x` and `y`: from the middle they count to the right and down.
    pub fn corner(self, room: (u32, u32), thing: (u32, u32), (x, y): (i64, i64)) -> Corner {
        let along = |halves: i64, room: u32, thing: u32, offset: i64| {
            let free = i64::from(room) - i64::from(thing);
            let offset = if halves == 2 { offset.saturating_neg() } else { offset };
            (free * halves).div_euclid(2).saturating_add(offset)
        };
        let (across, down) = self.halves();
        (along(across, room.0, thing.0, x), along(down, room.1, thing.1, y))
    }
}

/// Returns where two spans overlap, as the first place in each and the length: `base` long, and `over` long from
/// `start` on.
pub fn overlap(base: u32, over: u32, start: i64) -> Option<(usize, usize, usize)> {
    let first = start.max(0);
    let end = start.saturating_add(over.into()).min(base.into());
    (first < end).then(|| (first as usize, (first - start) as usize, (end - first) as usize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_lies_where_it_is_drawn_and_moves_inwards() {
        let at = |gravity: Gravity| gravity.corner((100, 50), (20, 10), (3, 4));
        assert_eq!(at(Gravity::TopLeft), (3, 4));
        assert_eq!(at(Gravity::Center), (43, 24));
        assert_eq!(at(Gravity::BottomRight), (77, 36));
        assert_eq!(Gravity::Center.corner((1, 1), (4, 4), (0, 0)), (-2, -2));
        assert_eq!(Gravity::TopLeft.corner((1, 1), (1, 1), (i64::MAX, i64::MIN)), (i64::MAX, i64::MIN));
    }

    #[test]
    fn what_lies_outside_is_cut_off() {
        assert_eq!(overlap(10, 4, 8), Some((8, 0, 2)));
        assert_eq!(overlap(10, 40, -8), Some((0, 8, 10)));
        assert_eq!(overlap(10, 4, -4), None);
        assert_eq!(overlap(10, 4, i64::MAX), None);
        assert_eq!(overlap(10, 4, i64::MIN), None);
    }
}
