//! What must be known of an ICC profile (ICC.1:2022, 7.2): the colour space that it describes.

use windlass_core::value::Channels;

/// Returns whether a profile describes samples of these channels.
pub fn fits(profile: &[u8], channels: Channels) -> bool {
    let space: &[u8] = match channels {
        Channels::Gray | Channels::GrayAlpha => b"GRAY",
        Channels::Rgb | Channels::Rgba => b"RGB ",
    };
    profile.get(16..20) == Some(space)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared::specimen;

    #[test]
    fn a_profile_fits_its_own_colour_space_alone() {
        let profile = specimen::profile(b"RGB ");
        assert!(fits(&profile, Channels::Rgba));
        assert!(!fits(&profile, Channels::Gray));
        assert!(!fits(b"short", Channels::Rgb));
    }
}
