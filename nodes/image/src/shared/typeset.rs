//! From a text to the outlines of its letters: shaped, broken into lines, aligned (cosmic-text, on HarfBuzz's rules).
//!
//! Deliberately absent: the fonts of the machine. A graph gives the same picture everywhere, so that a font is a file or
//! one of the two that are built in.

use std::sync::Arc;

use cosmic_text::fontdb::{Database, Source};
use cosmic_text::{
    Align, Attrs, Buffer, CacheKey, CacheKeyFlags, Command, Family, FontSystem, LayoutGlyph, Metrics, Shaping,
    SwashCache, Wrap,
};
use epaint_default_fonts::{HACK_REGULAR, UBUNTU_LIGHT};
use windlass_core::prelude::*;
use zeno::Vector;

/// The largest font file, in bytes.
pub const MAX_FONT_BYTES: u64 = 64 << 20;

/// The longest text, in characters.
const MAX_CHARACTERS: usize = 50_000;

/// A font that is built in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Choice)]
pub enum Typeface {
    /// Ubuntu Light: Latin, Greek, Cyrillic.
    #[default]
    Sans,
    /// Hack: Latin, Greek, Cyrillic, box drawing; all of one width.
    Mono,
}

/// How lines stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Choice)]
pub enum TextAlign {
    /// Flush where the script begins.
    #[default]
    Start,
    /// In the middle.
    Center,
    /// Flush where the script ends.
    End,
    /// Flush on both sides.
    Justify,
}

/// How a text is set.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The font that is built in, for what `font` lacks.
    pub typeface: Typeface,
    /// A TrueType or OpenType font.
    pub font: Option<Arc<[u8]>>,
    /// Size of the font in pixels.
    pub size: f32,
    /// Distance of lines, in sizes of the font.
    pub line_height: f32,
    /// Where lines are broken, in pixels; only where the text breaks them if there is none.
    pub width: Option<f32>,
    /// How lines stand.
    pub align: TextAlign,
}

/// A text as outlines, in pixels from the top left.
#[derive(Debug)]
pub struct Block {
    /// The outlines.
    pub path: Vec<Command>,
    /// Width of the longest line.
    pub width: f32,
    /// Height of all lines.
    pub height: f32,
    /// How many characters no font had.
    pub missing: usize,
}

/// Sets a text.
///
/// # Errors
/// Refuses a text of more than 50,000 characters, one without any, and a font that cannot be read.
pub fn typeset(text: &str, setting: &Setting) -> Result<Block, NodeError> {
    let characters = text.chars().count();
    if text.trim().is_empty() {
        return Err(NodeError::new("there is no text to set").permanent());
    }
    if characters > MAX_CHARACTERS {
        let error = NodeError::new(format!("a text of {characters} characters is longer than {MAX_CHARACTERS}"));
        return Err(error.hint("set it in parts").permanent());
    }
    let (mut fonts, family) = fonts(setting)?;
    let attrs = family.attrs();
    let mut buffer = Buffer::new_empty(Metrics::new(setting.size, setting.size * setting.line_height));
    let align = match setting.align {
        TextAlign::Start => None,
        TextAlign::Center => Some(Align::Center),
        TextAlign::End => Some(Align::End),
        TextAlign::Justify => Some(Align::Justified),
    };
    buffer.set_wrap(Wrap::WordOrGlyph);
    buffer.set_size(setting.width, None);
    buffer.set_text(text, &attrs, Shaping::Advanced, align);
    buffer.shape_until_scroll(&mut fonts, false);
    let longest = longest(&buffer);
    // Lines are aligned in the width of the longest, which is known only now; it breaks no line that the wider did not.
    let width = if setting.align == TextAlign::Justify { setting.width.unwrap_or(longest) } else { longest };
    if align.is_some() && setting.width != Some(width) {
        buffer.set_size(Some(width), None);
        buffer.shape_until_scroll(&mut fonts, false);
    }
    Ok(outlines(&buffer, &mut fonts, width))
}

/// What finds a font again among those that were loaded.
struct Found {
    family: String,
    weight: cosmic_text::Weight,
    style: cosmic_text::Style,
    stretch: cosmic_text::Stretch,
}

impl Found {
    fn attrs(&self) -> Attrs<'_> {
        let attrs = Attrs::new().family(Family::Name(&self.family));
        attrs.weight(self.weight).style(self.style).stretch(self.stretch)
    }
}

fn fonts(setting: &Setting) -> Result<(FontSystem, Found), NodeError> {
    let mut fonts = Database::new();
    if let Some(font) = &setting.font {
        fonts.load_font_source(Source::Binary(Arc::new(font.clone())));
        if fonts.is_empty() {
            return Err(NodeError::new("the font cannot be read").hint("give a TrueType or OpenType file").permanent());
        }
    }
    let built_in = match setting.typeface {
        Typeface::Sans => [UBUNTU_LIGHT, HACK_REGULAR],
        Typeface::Mono => [HACK_REGULAR, UBUNTU_LIGHT],
    };
    built_in.into_iter().for_each(|font| {
        fonts.load_font_source(Source::Binary(Arc::new(font)));
    });
    let first = fonts.faces().next().map(|face| Found {
        family: face.families.first().map(|(name, _)| name.clone()).unwrap_or_default(),
        weight: face.weight,
        style: face.style,
        stretch: face.stretch,
    });
    let first = first.ok_or_else(|| NodeError::new("there is no font"))?;
    Ok((FontSystem::new_with_locale_and_db("en".into(), fonts), first))
}

fn longest(buffer: &Buffer) -> f32 {
    // A pixel's fraction more, so that no line is broken by rounding.
    buffer.layout_runs().map(|run| run.line_w).fold(0.0, f32::max).ceil()
}

fn outlines(buffer: &Buffer, fonts: &mut FontSystem, width: f32) -> Block {
    let mut block = Block { path: Vec::new(), width, height: 0.0, missing: 0 };
    let mut cache = SwashCache::new();
    for run in buffer.layout_runs() {
        block.height = block.height.max(run.line_top + run.line_height);
        for glyph in run.glyphs {
            let shown = run.text.get(glyph.start..glyph.end).is_some_and(|text| !text.trim().is_empty());
            block.missing += usize::from(glyph.glyph_id == 0 && shown);
            let (x, y) =
                (glyph.x + glyph.font_size * glyph.x_offset, run.line_y + glyph.y - glyph.font_size * glyph.y_offset);
            let commands = cache.get_outline_commands(fonts, key(glyph));
            block.path.extend(commands.unwrap_or_default().iter().map(|command| moved(*command, x, y)));
        }
    }
    block
}

/// Names the outline at its own origin, so that places stay exact in parts of a pixel.
fn key(glyph: &LayoutGlyph) -> CacheKey {
    let flags = glyph.cache_key_flags | CacheKeyFlags::DISABLE_HINTING;
    CacheKey::new(glyph.font_id, glyph.glyph_id, glyph.font_size, (0.0, 0.0), glyph.font_weight, flags).0
}

/// Fonts count upwards, pictures downwards.
fn moved(command: Command, x: f32, y: f32) -> Command {
    let at = |mut point: Vector| {
        (point.x, point.y) = (x + point.x, y - point.y);
        point
    };
    match command {
        Command::MoveTo(to) => Command::MoveTo(at(to)),
        Command::LineTo(to) => Command::LineTo(at(to)),
        Command::QuadTo(by, to) => Command::QuadTo(at(by), at(to)),
        Command::CurveTo(by, and, to) => Command::CurveTo(at(by), at(and), at(to)),
        Command::Close => Command::Close,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting() -> Setting {
        Setting {
            typeface: Typeface::Sans,
            font: None,
            size: 20.0,
            line_height: 1.2,
            width: None,
            align: TextAlign::Start,
        }
    }

    fn block(text: &str, setting: &Setting) -> Block {
        typeset(text, setting).unwrap()
    }

    #[test]
    fn lines_are_broken_where_they_must_be() {
        let one = block("eine kleine Zeile", &setting());
        assert_eq!(one.height, 24.0);
        let narrow = Setting { width: Some(one.width * 0.8), ..setting() };
        assert_eq!(block("eine kleine Zeile", &narrow).height, 48.0);
        assert_eq!(block("a\nb\n\nc", &setting()).height, 96.0);
        // A word that is too long is broken within.
        assert!(block(&"x".repeat(100), &Setting { width: Some(100.0), ..setting() }).width <= 101.0);
    }

    #[test]
    fn letters_are_kerned_and_joined_as_the_font_says() {
        let apart = block("A", &setting()).width + block("V", &setting()).width;
        assert!(block("AV", &Setting { size: 200.0, ..setting() }).width < apart * 10.0);
        // The combining accent makes one letter of the two, as high as the one that is made already.
        let (made, combined) = (block("é", &setting()), block("e\u{301}", &setting()));
        assert_eq!(made.path.len(), combined.path.len());
    }

    #[test]
    fn what_one_font_lacks_comes_from_the_other_and_the_rest_is_counted() {
        assert_eq!(block("Ünï ≤ Ωmega Жук ║", &setting()).missing, 0);
        assert_eq!(block("漢字", &setting()).missing, 2);
    }

    #[test]
    fn all_alignments_stay_within_the_width() {
        for align in [TextAlign::Start, TextAlign::Center, TextAlign::End, TextAlign::Justify] {
            for width in [None, Some(150.0)] {
                let block = block("one two three\nfour", &Setting { align, width, ..setting() });
                let points = block.path.iter().filter_map(|command| match command {
                    Command::MoveTo(to) | Command::LineTo(to) => Some(to.x),
                    _ => None,
                });
                assert!(points.clone().all(|x| (-1.0..=block.width + 1.0).contains(&x)), "{align:?}");
            }
        }
    }

    #[test]
    fn text_that_cannot_be_set_is_explained() {
        let cause = |text: &str, setting: &Setting| typeset(text, setting).map(|_| ()).unwrap_err().to_string();
        assert_eq!(cause(" \n", &setting()), "there is no text to set");
        assert!(cause(&"x".repeat(50_001), &setting()).contains("50001 characters is longer than 50000"));
        let junk = Setting { font: Some(Arc::from(&b"junk"[..])), ..setting() };
        assert_eq!(cause("x", &junk), "the font cannot be read");
    }
}
