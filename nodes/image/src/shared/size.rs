//! The size of a picture that is to be made, looked at before memory is asked for.

use windlass_core::node::NodeError;

use crate::shared::scale::MAX_PIXELS;

/// Returns the sides of a picture that may be made, in pixels.
///
/// # Errors
/// Refuses a picture without pixels, and one of more than [`MAX_PIXELS`].
pub fn sides(width: u64, height: u64) -> Result<(u32, u32), NodeError> {
    if width == 0 || height == 0 {
        return Err(NodeError::new(format!("a picture of {width} by {height} has no pixels")).permanent());
    }
    match (u32::try_from(width), u32::try_from(height)) {
        (Ok(wide), Ok(high)) if width.saturating_mul(height) <= MAX_PIXELS => Ok((wide, high)),
        _ => Err(NodeError::new(format!(
            "a picture of {width} by {height} pixels is larger than the {MAX_PIXELS} pixels that can be made"
        ))
        .hint("ask for fewer pixels")
        .permanent()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn monstrous_and_empty_sizes_are_refused() {
        assert_eq!(sides(20_000, 20_000).unwrap(), (20_000, 20_000));
        assert!(sides(20_001, 20_000).unwrap_err().to_string().contains("larger than the 400000000 pixels"));
        assert!(sides(u64::MAX, 2).is_err() && sides(1 << 32, 1).is_err());
        assert_eq!(sides(0, 3).unwrap_err().to_string(), "a picture of 0 by 3 has no pixels");
    }
}
