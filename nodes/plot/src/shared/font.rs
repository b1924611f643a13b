//! The font of all charts, compiled in: nothing is asked of the system, so that a chart looks the same everywhere.

use ab_glyph::{Font, FontRef, GlyphId, PxScale, ScaleFont};
use windlass_core::prelude::*;

/// The family's name, for SVG.
pub(crate) const FAMILY: &str = "Ubuntu";

/// The most letters of a line that are looked at: more are wider than any chart.
const MAX_LETTERS: usize = 10_000;

/// The font.
pub(crate) struct Face(FontRef<'static>);

/// A glyph and where its line has come to, in pixels.
pub(crate) struct Placed {
    pub glyph: GlyphId,
    pub x: f32,
}

impl Face {
    /// Reads the font.
    pub(crate) fn new() -> Result<Self, NodeError> {
        let font = FontRef::try_from_slice(epaint_default_fonts::UBUNTU_LIGHT);
        font.map(Self).map_err(|error| NodeError::because("the font of charts cannot be read", &error))
    }

    /// Returns the font itself.
    pub(crate) fn font(&self) -> &FontRef<'static> {
        &self.0
    }

    /// Places the glyphs of a line that begins at 0, and returns them with its width.
    pub(crate) fn place(&self, text: &str, size: f32) -> (Vec<Placed>, f32) {
        let scaled = self.0.as_scaled(PxScale::from(size));
        let (mut x, mut before) = (0.0, None);
        let placed = text.chars().take(MAX_LETTERS).map(|letter| {
            let glyph = scaled.glyph_id(letter);
            x += before.map_or(0.0, |before| scaled.kern(before, glyph));
            before = Some(glyph);
            let placed = Placed { glyph, x };
            x += scaled.h_advance(glyph);
            placed
        });
        (placed.collect::<Vec<_>>(), x)
    }

    /// Returns the width of a line in pixels.
    pub(crate) fn width(&self, text: &str, size: f32) -> f32 {
        self.place(text, size).1
    }

    /// Returns how far the middle of small letters and digits is above the baseline.
    pub(crate) fn middle(&self, size: f32) -> f32 {
        let scaled = self.0.as_scaled(PxScale::from(size));
        let digit = scaled.outline_glyph(scaled.scaled_glyph('0'));
        digit.map_or(size * 0.3, |digit| -(digit.px_bounds().min.y + digit.px_bounds().max.y) / 2.0)
    }

    /// Cuts out the middle of a text, so that it takes at most a width: names often differ at their ends.
    pub(crate) fn fit(&self, text: &str, size: f32, most: f32) -> String {
        if self.width(text, size) <= most {
            return text.to_owned();
        }
        let letters: Vec<char> = text.chars().take(400).collect();
        let cut = |kept: usize| {
            let (head, tail) = (&letters[..kept.div_ceil(2)], &letters[letters.len() - kept / 2..]);
            let (head, tail): (String, String) = (head.iter().collect(), tail.iter().collect());
            format!("{}…{}", head.trim_end(), tail.trim_start())
        };
        let fits = |kept: &usize| self.width(&cut(*kept), size) <= most;
        (1..letters.len()).rev().find(fits).map_or_else(|| "…".into(), cut)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_measured_and_cut_off() {
        let face = Face::new().unwrap();
        assert!(face.width("mmm", 20.0) > face.width("iii", 20.0));
        assert!(face.middle(20.0) > 4.0 && face.middle(20.0) < 10.0);
        assert_eq!(face.fit("short", 10.0, 500.0), "short");
        let cut = face.fit("a rather long name of series 12", 10.0, 70.0);
        assert!(cut.starts_with("a r") && cut.contains('…') && cut.ends_with("12"), "{cut}");
        assert!(face.width(&cut, 10.0) <= 70.0);
        assert_eq!(face.fit("name", 10.0, 0.0), "…");
    }
}
