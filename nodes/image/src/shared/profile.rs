//! What must be known of an ICC profile (ICC.1:2022, 7.2): the colour space that it describes, and its name.

use moxcms::{ColorProfile, ProfileText};
use windlass_core::value::Channels;

/// Returns whether a profile describes samples of these channels.
pub fn fits(profile: &[u8], channels: Channels) -> bool {
    let space: &[u8] = match channels {
        Channels::Gray | Channels::GrayAlpha => b"GRAY",
        Channels::Rgb | Channels::Rgba => b"RGB ",
    };
    profile.get(16..20) == Some(space)
}

/// Returns the name that a profile has for people, in English where it has several.
pub fn description(profile: &[u8]) -> Option<String> {
    let name = match ColorProfile::new_from_slice(profile).ok()?.description? {
        ProfileText::PlainString(name) => name,
        ProfileText::Localizable(names) => {
            names.iter().find(|name| name.language == "en").or(names.first()).map(|name| name.value.clone())?
        }
        ProfileText::Description(name) if name.ascii_string.is_empty() => name.unicode_string,
        ProfileText::Description(name) => name.ascii_string,
    };
    Some(name.trim_end_matches('\0').to_owned())
}

/// Returns the colour space that a profile describes: `RGB`, `GRAY`, `CMYK`.
pub fn space(profile: &[u8]) -> Option<String> {
    let space = profile.get(16..20)?;
    Some(String::from_utf8_lossy(space).trim_end().to_owned())
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
