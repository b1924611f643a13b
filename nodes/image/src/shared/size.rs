//! The size of a picture that is to be made, looked at before memory is asked for.

use windlass_core::node::NodeError;
use windlass_core::value::Image;

use crate::shared::scale::{MAX_BYTES, MAX_PIXELS, pixel_bytes};

/// Returns the sides of a picture that may be made of one of this kind, in pixels.
///
/// # Errors
/// Refuses a picture without pixels, and one of more than [`MAX_PIXELS`] or [`MAX_BYTES`].
pub fn sides(width: u64, height: u64, image: &Image) -> Result<(u32, u32), NodeError> {
    let refuse = |what: String| NodeError::new(format!("a picture of {width} by {height} {what}")).permanent();
    if width == 0 || height == 0 {
        return Err(refuse("has no pixels".into()));
    }
    let sides = u32::try_from(width).ok().zip(u32::try_from(height).ok());
    let pixels = width.saturating_mul(height);
    let Some(sides) = sides.filter(|_| pixels <= MAX_PIXELS) else {
        let what = format!("pixels is larger than the {MAX_PIXELS} pixels that can be made");
        return Err(refuse(what).hint("ask for fewer pixels"));
    };
    let bytes = pixels.saturating_mul(pixel_bytes(image));
    if bytes > MAX_BYTES {
        let what = format!("pixels takes {bytes} bytes, more than the {MAX_BYTES} that can be made");
        return Err(refuse(what).hint("ask for fewer pixels, or fewer bits with `image.convert`"));
    }
    Ok(sides)
}

#[cfg(test)]
mod tests {
    use windlass_core::value::{Channels, SampleType};

    use super::*;
    use crate::shared::specimen;

    #[test]
    fn monstrous_and_empty_sizes_are_refused() {
        let grey = specimen::picture(1, 1, Channels::Gray, SampleType::U8);
        assert_eq!(sides(20_000, 20_000, &grey).unwrap(), (20_000, 20_000));
        assert!(sides(20_001, 20_000, &grey).unwrap_err().to_string().contains("larger than the 400000000 pixels"));
        assert!(sides(u64::MAX, 2, &grey).is_err() && sides(1 << 32, 1, &grey).is_err());
        assert_eq!(sides(0, 3, &grey).unwrap_err().to_string(), "a picture of 0 by 3 has no pixels");
        let heavy = specimen::picture(1, 1, Channels::Rgba, SampleType::F32);
        let error = sides(20_000, 10_000, &heavy).unwrap_err();
        assert!(error.to_string().ends_with("takes 3200000000 bytes, more than the 2147483648 that can be made"));
        assert!(error.is_permanent() && error.hint_text().is_some_and(|hint| hint.contains("fewer bits")));
    }
}
