//! `image.text`: a text on a picture.

use windlass_core::prelude::*;
use windlass_core::value::{Channels, Samples};

use crate::shared::blend::Blend;
use crate::shared::gravity::Gravity;
use crate::shared::ground::ColourParam;
use crate::shared::lay::{Layer, lay};
use crate::shared::lettering::{Look, Shadow, paint};
use crate::shared::typeset::{MAX_FONT_BYTES, Setting, TextAlign, Typeface, typeset};

/// How the text looks, and where it stands.
#[derive(Params)]
pub struct Settings {
    /// The font that is built in; it also gives the letters that a `font` lacks.
    #[param(default = "sans")]
    typeface: Typeface,
    /// Size of the font.
    #[param(default = 32.0, min = 1.0, max = 10_000.0, unit = "px")]
    size: f64,
    /// Colour of the letters: `#rgb`, `#rrggbb` or `#rrggbbaa`.
    #[param(default = "#ffffff")]
    color: ColourParam,
    /// Where the text stands on the picture.
    #[param(default = "bottom")]
    gravity: Gravity,
    /// How far it is moved: inwards from a side, to the right from the middle.
    #[param(default = 0, min = -100_000, max = 100_000, unit = "px")]
    x: i64,
    /// How far it is moved: inwards from a side, down from the middle.
    #[param(default = 16, min = -100_000, max = 100_000, unit = "px")]
    y: i64,
    /// Where lines are broken. Left out: at the picture's width less 16 pixels on both sides.
    #[param(ty = "int(1..100000)?", default = null, unit = "px")]
    width: Option<u32>,
    /// How lines stand to each other.
    #[param(default = "center")]
    align: TextAlign,
    /// Distance of lines, in sizes of the font.
    #[param(default = 1.2, min = 0.1, max = 10.0)]
    line_height: f64,
    /// Width of the line around the letters.
    #[param(default = 0.0, min = 0.0, max = 1000.0, unit = "px")]
    outline: f64,
    /// Colour of the line around the letters.
    #[param(default = "#000000")]
    outline_color: ColourParam,
    /// Colour of the shadow; a transparent one is none.
    #[param(default = "#00000000")]
    shadow_color: ColourParam,
    /// How far the shadow lies to the right and below.
    #[param(default = 2, min = -1000, max = 1000, unit = "px")]
    shadow_offset: i32,
    /// How soft the shadow is: the deviation of a Gaussian.
    #[param(default = 2.0, min = 0.0, max = 500.0, unit = "px")]
    shadow_blur: f64,
}

/// The picture and the text.
#[derive(Inputs)]
pub struct In {
    /// The picture.
    image: Arc<Image>,
    /// The text; its line breaks are kept. Scripts are shaped as their fonts say, and may run from right to left.
    #[port(constant)]
    text: String,
    /// A TrueType or OpenType font. Fonts of the machine are not used, so that the picture is the same everywhere.
    #[port(optional)]
    font: Option<Arc<File>>,
}

/// The picture.
#[derive(Outputs)]
pub struct Out {
    /// The picture with the text; its type of samples, alpha and profile are kept, and grey becomes colour under
    /// a coloured text.
    image: Arc<Image>,
}

/// `image.text`
pub struct Text;

impl Node for Text {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new("image.text", "Text", "Writes a text on a picture, with a font, an outline and a shadow.")
            .cpu()
            .search(&["caption", "label", "title", "subtitle", "font", "write", "annotate"])
            .sample(sample())
            .example(
                r##"
open:
  kind: files.open
  params: { path: samples/photos/sunset.jpg }
photo:
  kind: image.open
  inputs: { file: open.file }
caption:
  kind: image.text
  params: { text: "Sunset, as a formula sees it", size: 24, outline: 2, shadow_color: "#00000080" }
  inputs: { image: photo.image }
save:
  kind: image.save
  params: { path: out/caption.jpg }
  inputs: { image: caption.image }
"##,
            )
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let image = &*inputs.image;
        let font = inputs.font.map(|file| ctx.open(&file)?.read_all(&file.name, MAX_FONT_BYTES)).transpose()?;
        let block = typeset(&inputs.text, &params.setting(font.map(Arc::from), image.width()))?;
        if block.missing > 0 {
            ctx.log(format!("{} characters are in none of the fonts and are shown as boxes", block.missing));
        }
        ctx.check_cancelled()?;
        let lettered = paint(&block, &params.look())?;
        let size = (block.width.ceil() as u32, block.height.ceil() as u32);
        let (x, y) = params.gravity.corner((image.width(), image.height()), size, (params.x, params.y));
        let margin = i64::from(lettered.margin);
        let corners = &[(x - margin, y - margin)];
        let layer = Layer { image: &lettered.image, mask: None, opacity: 1.0, blend: Blend::Normal, corners };
        Ok(Out { image: Arc::new(lay(image, &layer)?) })
    }
}

impl Settings {
    fn setting(&self, font: Option<Arc<[u8]>>, image_width: u32) -> Setting {
        Setting {
            typeface: self.typeface,
            font,
            size: self.size as f32,
            line_height: self.line_height as f32,
            width: Some(self.width.unwrap_or_else(|| image_width.saturating_sub(32).max(1)) as f32),
            align: self.align,
        }
    }

    fn look(&self) -> Look {
        let shadow = Shadow {
            offset: (self.shadow_offset, self.shadow_offset),
            blur: self.shadow_blur,
            color: self.shadow_color.0,
        };
        Look {
            color: self.color.0,
            outline: (self.outline as f32, self.outline_color.0),
            shadow: Some(shadow).filter(|shadow| shadow.color[3] > 0),
        }
    }
}

fn sample() -> Sample {
    match Image::new(40, 20, Channels::Gray, Samples::U8(vec![0; 800])) {
        Ok(image) => Sample::new()
            .param("size", 12)
            .param("y", 0)
            .param("text", "abc")
            .input("image", Value::Image(Arc::new(image))),
        Err(_) => Sample::new(),
    }
}

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;
    use crate::shared::specimen;

    fn bench(image: Image) -> Harness {
        Harness::of::<Text>().input("image", Arc::new(image)).param("size", 16).param("y", 0)
    }

    fn black(width: u32, height: u32) -> Image {
        Image::new(width, height, Channels::Rgb, Samples::U8(vec![0; width as usize * height as usize * 3])).unwrap()
    }

    /// Returns the first and last rows and columns that are not black.
    fn inked(bench: &Harness) -> (usize, usize, usize, usize) {
        let image: Arc<Image> = bench.fire().unwrap().get("image").unwrap();
        let Samples::U8(samples) = image.samples() else { panic!("8-bit samples") };
        let width = image.width() as usize;
        let lit = samples.chunks_exact(3).enumerate().filter(|(_, pixel)| pixel[0] > 60).map(|(at, _)| at);
        let (xs, ys): (Vec<_>, Vec<_>) = lit.map(|at| (at % width, at / width)).unzip();
        let bounds = |all: &[usize]| (*all.iter().min().unwrap(), *all.iter().max().unwrap());
        let ((left, right), (top, bottom)) = (bounds(&xs), bounds(&ys));
        (left, right, top, bottom)
    }

    #[test]
    fn the_text_stands_where_it_is_put() {
        let text = bench(black(200, 100)).param("text", "Hxg");
        let (left, right, top, bottom) = inked(&text.clone().param("gravity", "top_left"));
        assert!(left < 5 && top < 10 && right < 40 && bottom < 20, "{left} {right} {top} {bottom}");
        let (left, right, top, bottom) = inked(&text.clone().param("gravity", "bottom_right").param("x", 10));
        assert!(right <= 190 && right > 180 && bottom > 90 && left > 150 && top > 80, "{left} {right} {top} {bottom}");
        let (left, right, ..) = inked(&text.param("gravity", "center"));
        assert!((left + right).abs_diff(199) <= 4, "{left} {right}");
    }

    #[test]
    fn every_layout_takes_a_text() {
        for image in specimen::every_layout(60, 30) {
            let kind = image.samples().sample_type();
            let alpha = image.channels().has_alpha();
            let made: Arc<Image> = bench(image).param("text", "Tür").fire().unwrap().get("image").unwrap();
            assert_eq!((made.samples().sample_type(), made.channels().has_alpha()), (kind, alpha));
        }
    }

    #[test]
    fn letters_that_no_font_has_are_logged() {
        let gave = bench(black(60, 30)).param("text", "漢").fire().unwrap();
        assert_eq!(gave.logs(), ["1 characters are in none of the fonts and are shown as boxes"]);
    }

    #[test]
    fn a_font_may_come_as_a_file() {
        let font = |bytes: &[u8]| Arc::new(File::in_memory(bytes, "a.ttf", "font/ttf"));
        let plain = bench(black(200, 40)).param("text", "iiii");
        let (left, right, ..) = inked(&plain);
        let wide = inked(&plain.clone().input("font", font(epaint_default_fonts::HACK_REGULAR)));
        assert!(wide.1 - wide.0 > right - left, "a font of one width sets `i` wider");
        let error = plain.input("font", font(b"junk")).fire().map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "the font cannot be read");
        assert!(error.is_permanent() && error.hint_text().is_some());
    }
}
