//! Soft edges of masks and shadows: a plane of one channel through the pack's Gaussian.

use super::depth::Depth;
use super::filter::Shape;
use super::gauss;

/// Returns a plane blurred by a deviation in pixels; what lies beyond its borders is like the border.
pub fn softened<T: Depth>(plane: Vec<T>, width: usize, deviation: f64) -> Vec<T> {
    if deviation <= 0.0 || plane.is_empty() {
        return plane;
    }
    let shape = Shape { width, height: plane.len() / width, count: 1 };
    gauss::blurred(
        &plane,
        shape,
        deviation,
        #[inline(always)]
        |_, smooth, to| to.iter_mut().zip(smooth).for_each(|(to, number)| *to = T::of_number(*number)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dot_spreads_and_nothing_is_lost() {
        let mut plane = vec![0.0_f32; 41 * 41];
        plane[20 * 41 + 20] = 1.0;
        let soft = softened(plane.clone(), 41, 3.0);
        let sum: f32 = soft.iter().sum();
        let variance: f32 = soft.iter().enumerate().map(|(at, share)| share * ((at % 41) as f32 - 20.0).powi(2)).sum();
        assert!((sum - 1.0).abs() < 1e-3 && (variance - 9.0).abs() < 0.1, "{sum} {variance}");
        assert_eq!(softened(plane.clone(), 41, 0.0), plane);
        assert_eq!(softened(Vec::<u8>::new(), 41, 3.0), [] as [u8; 0]);
        assert_eq!(softened(vec![200_u8; 12], 4, 30.0), [200; 12]);
    }
}
