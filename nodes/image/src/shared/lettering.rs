//! From outlines to a picture: filled, with a line around them and a shadow behind.

use cosmic_text::Command;
use windlass_core::prelude::*;
use windlass_core::value::{Channels, Samples};
use zeno::{Fill, Join, Mask, Stroke, Style};

use super::convert::Colour;
use super::depth::Depth;
use super::feather::softened;
use super::typeset::Block;

/// The most pixels that a text may take.
const MAX_PIXELS: f64 = 50_000_000.0;

/// How letters look.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Colour of the letters.
    pub color: Colour,
    /// Width of the line around them in pixels, and its colour.
    pub outline: (f32, Colour),
    /// The shadow, if there is one.
    pub shadow: Option<Shadow>,
}

/// A shadow.
#[derive(Clone, Copy, Debug)]
pub struct Shadow {
    /// How far it lies to the right and below, in pixels.
    pub offset: (i32, i32),
    /// How soft it is: the deviation of a Gaussian in pixels.
    pub blur: f64,
    /// Its colour.
    pub color: Colour,
}

/// A picture of a text, and how far it reaches over the text's own left and top.
pub struct Lettered {
    /// The picture: grey or red, green and blue, straight alpha, 8 bits, sRGB.
    pub image: Image,
    /// What lies around the text on each side, in pixels: room for line and shadow.
    pub margin: u32,
}

/// Paints a text.
///
/// # Errors
/// Refuses a text of more than 50 million pixels.
pub fn paint(block: &Block, look: &Look) -> Result<Lettered, NodeError> {
    let reach = look
        .shadow
        .map_or(0.0, |shadow| f64::from(shadow.offset.0.abs().max(shadow.offset.1.abs())) + 3.0 * shadow.blur);
    // Letters lean a little out of their line.
    let margin = f64::from(look.outline.0) + reach + f64::from(block.height.min(200.0)) / 4.0 + 2.0;
    let (width, height) = (f64::from(block.width) + 2.0 * margin.ceil(), f64::from(block.height) + 2.0 * margin.ceil());
    if width * height > MAX_PIXELS || !(width * height).is_finite() {
        let text = format!("the text takes {width:.0} by {height:.0} pixels, more than can be painted");
        return Err(NodeError::new(text).hint("make `size` or the text smaller").permanent());
    }
    let canvas = Canvas { width: width.ceil() as u32, height: height.ceil() as u32, margin: margin.ceil() as u32 };
    let path: Vec<Command> = block.path.clone();
    let letters = canvas.coverage(&path, Fill::NonZero.into());
    let line = (look.outline.0 > 0.0).then(|| {
        let mut stroke = Stroke::new(look.outline.0 * 2.0);
        stroke.join(Join::Round);
        canvas.coverage(&path, stroke.into())
    });
    let mut layers = Vec::new();
    if let Some(shadow) = look.shadow {
        layers.push((canvas.shadow(&letters, line.as_deref(), &shadow), shadow.color));
    }
    layers.extend(line.map(|line| (line, look.outline.1)));
    layers.push((letters, look.color));
    Ok(Lettered { image: canvas.image(&layers)?, margin: canvas.margin })
}

#[derive(Clone, Copy)]
struct Canvas {
    width: u32,
    height: u32,
    margin: u32,
}

impl Canvas {
    /// Returns how much of each pixel a path covers.
    fn coverage(self, path: &[Command], style: Style<'_>) -> Vec<u8> {
        let mut made = vec![0; self.width as usize * self.height as usize];
        let offset = self.margin as f32;
        Mask::new(path)
            .style(style)
            .size(self.width, self.height)
            .offset((offset, offset))
            .render_into(&mut made, None);
        made
    }

    fn shadow(self, letters: &[u8], line: Option<&[u8]>, shadow: &Shadow) -> Vec<u8> {
        let mut plane = vec![0; letters.len()];
        let (across, down) = (i64::from(shadow.offset.0), i64::from(shadow.offset.1));
        for y in 0..i64::from(self.height) {
            for x in 0..i64::from(self.width) {
                let (from_x, from_y) = (x - across, y - down);
                let inside = (0..self.width.into()).contains(&from_x) && (0..self.height.into()).contains(&from_y);
                if inside {
                    let from = (from_y * i64::from(self.width) + from_x) as usize;
                    plane[(y * i64::from(self.width) + x) as usize] =
                        letters[from].max(line.map_or(0, |line| line[from]));
                }
            }
        }
        softened(plane, self.width as usize, shadow.blur)
    }

    /// Lays the layers over each other, the last one uppermost. Grey ones make a grey picture, so that one below may
    /// stay grey.
    fn image(self, layers: &[(Vec<u8>, Colour)]) -> Result<Image, NodeError> {
        let grey = layers.iter().all(|(_, [red, green, blue, _])| red == green && green == blue);
        let channels = if grey { Channels::GrayAlpha } else { Channels::Rgba };
        let pixels = self.width as usize * self.height as usize;
        let mut samples = Vec::with_capacity(pixels * channels.count());
        for at in 0..pixels {
            let [red, green, blue, alpha] = composed(layers, at).map(u8::of_unit);
            match grey {
                true => samples.extend([red, alpha]),
                false => samples.extend([red, green, blue, alpha]),
            }
        }
        let made = Image::new(self.width, self.height, channels, Samples::U8(samples));
        made.map_err(|error| NodeError::because("the text cannot be painted", &error))
    }
}

/// Returns the colour of a pixel, with straight alpha.
fn composed(layers: &[(Vec<u8>, Colour)], at: usize) -> [f32; 4] {
    let mut sum = [0.0_f32; 4];
    for (coverage, color) in layers.iter().filter(|(coverage, _)| coverage[at] > 0) {
        let [red, green, blue, alpha] = color.map(Depth::unit);
        let seen = coverage[at].unit() * alpha;
        let over = [red * seen, green * seen, blue * seen, seen];
        sum = std::array::from_fn(|channel| over[channel] + sum[channel] * (1.0 - seen));
    }
    let divide = if sum[3] > 0.0 { 1.0 / sum[3] } else { 0.0 };
    [sum[0] * divide, sum[1] * divide, sum[2] * divide, sum[3]]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared::typeset::{Setting, TextAlign, Typeface, typeset};

    const RED: Colour = [255, 0, 0, 255];

    fn block(text: &str, size: f32) -> Block {
        let (typeface, align) = (Typeface::Mono, TextAlign::Start);
        typeset(text, &Setting { typeface, font: None, size, line_height: 1.2, width: None, align }).unwrap()
    }

    fn painted(look: &Look) -> (Vec<u8>, u32) {
        let lettered = paint(&block("█", 40.0), look).unwrap();
        let width = lettered.image.width();
        match lettered.image.into_samples() {
            Samples::U8(samples) => (samples, width),
            other => panic!("{other:?}"),
        }
    }

    fn opaque(samples: &[u8]) -> usize {
        samples.chunks_exact(4).filter(|pixel| pixel[3] == 255).count()
    }

    #[test]
    fn a_block_letter_is_a_block_of_its_colour() {
        let (samples, _) = painted(&Look { color: RED, outline: (0.0, RED), shadow: None });
        // The full block of Hack fills its advance of 0.602 sizes, and a line.
        assert!((900..1300).contains(&opaque(&samples)), "{}", opaque(&samples));
        assert!(samples.chunks_exact(4).filter(|pixel| pixel[3] > 0).all(|pixel| pixel[..3] == [255, 0, 0]));
    }

    #[test]
    fn line_and_shadow_lie_behind() {
        let plain = painted(&Look { color: RED, outline: (0.0, RED), shadow: None });
        let lined = painted(&Look { color: RED, outline: (3.0, [0, 0, 255, 255]), shadow: None });
        let blue = lined.0.chunks_exact(4).filter(|pixel| pixel == &[0, 0, 255, 255]).count();
        assert!(blue > 300 && opaque(&lined.0) > opaque(&plain.0) + 300, "{blue}");
        let shadow = Some(Shadow { offset: (8, 8), blur: 2.0, color: [0, 255, 0, 128] });
        let shaded = painted(&Look { color: RED, outline: (0.0, RED), shadow });
        let green = shaded.0.chunks_exact(4).filter(|pixel| pixel[..3] == [0, 255, 0] && pixel[3] > 60).count();
        assert!(green > 300 && opaque(&shaded.0) == opaque(&plain.0), "{green}");
    }

    #[test]
    fn a_monstrous_text_is_refused() {
        let error = paint(&block("x\nx", 60_000.0), &Look { color: RED, outline: (0.0, RED), shadow: None });
        assert!(error.map(|_| ()).unwrap_err().to_string().contains("more than can be painted"));
    }
}
