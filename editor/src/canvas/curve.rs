//! The curve of a wire.

use egui::{Pos2, Rect, Vec2, pos2};

/// A cubic Bézier curve that leaves to the right and arrives from the left.
#[derive(Clone, Copy, Debug)]
pub struct Curve([Pos2; 4]);

impl Curve {
    /// Returns the curve between two ports.
    pub fn between([from, to]: [Pos2; 2]) -> Self {
        let across = (to.x - from.x).abs();
        let reach = (across * 0.5).max(((to.y - from.y).abs() * 0.25 + across * 0.25).min(90.0)).max(24.0);
        Self([from, pos2(from.x + reach, from.y), pos2(to.x - reach, to.y), to])
    }

    /// Returns the curve between two points that leaves and arrives in given directions.
    pub fn along([from, to]: [Pos2; 2], [leaves, arrives]: [Vec2; 2]) -> Self {
        let reach = (to - from).length() * 0.4;
        Self([from, from + leaves * reach, to - arrives * reach, to])
    }

    /// Returns a point of it, for 0.0 to 1.0.
    pub fn at(&self, share: f32) -> Pos2 {
        let [a, b, c, d] = self.0.map(Pos2::to_vec2);
        let rest = 1.0 - share;
        let sum = a * rest.powi(3) + b * (3.0 * rest * rest * share) + c * (3.0 * rest * share * share);
        (sum + d * share.powi(3)).to_pos2()
    }

    /// Returns points along it.
    pub fn points(&self, segments: usize) -> impl Iterator<Item = Pos2> + '_ {
        (0..=segments).map(move |at| self.at(at as f32 / segments as f32))
    }

    /// Returns room that it does not leave.
    pub fn bounds(&self) -> Rect {
        Rect::from_points(&self.0)
    }

    /// Returns how far a point lies from it.
    pub fn distance(&self, point: Pos2) -> f32 {
        let points: Vec<_> = self.points(24).collect();
        let each = points.windows(2).map(|pair| to_segment(point, pair[0], pair[1]));
        each.fold(f32::INFINITY, f32::min)
    }
}

fn to_segment(point: Pos2, from: Pos2, to: Pos2) -> f32 {
    let along = to - from;
    let share = if along.length_sq() > 0.0 { (point - from).dot(along) / along.length_sq() } else { 0.0 };
    (point - (from + along * share.clamp(0.0, 1.0))).length()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_of_the_curve_lies_on_it() {
        let curve = Curve::between([pos2(0.0, 0.0), pos2(-200.0, 340.0)]);
        for share in [0.0, 0.2, 0.5, 0.9, 1.0] {
            assert!(curve.distance(curve.at(share)) < 2.0);
            assert!(curve.bounds().contains(curve.at(share)));
        }
        assert!(curve.distance(pos2(400.0, 0.0)) > 200.0);
    }
}
