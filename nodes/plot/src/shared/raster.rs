//! A drawing as pixels.

use ab_glyph::{Font, Glyph, PxScale, point};
use tiny_skia::{Color, FillRule, LineJoin, Paint, Path, PathBuilder, Pixmap, Rect, Stroke, StrokeDash, Transform};
use windlass_core::prelude::*;
use windlass_core::value::{Channels, Samples};

use super::font::Face;
use super::scene::{Anchor, Colour, Label, Mark, Scene, Spot};

/// Draws on white.
///
/// # Errors
/// Says that there is no room for the pixels, or what `go_on` says, which is asked for each mark.
pub(crate) fn draw(scene: &Scene, face: &Face, go_on: impl Fn() -> Result<(), NodeError>) -> Result<Image, NodeError> {
    let pixels = Pixmap::new(scene.width, scene.height);
    let mut pixels = pixels.ok_or_else(|| NodeError::new("there is no memory for the picture"))?;
    pixels.fill(Color::WHITE);
    for mark in &scene.marks {
        go_on()?;
        match mark {
            Mark::Line { points, width, colour, dash } => line(&mut pixels, points, (*width, dash), *colour),
            Mark::Rect { from, to, colour, opacity } => rect(&mut pixels, *from, *to, &paint(*colour, *opacity)),
            Mark::Circle { centre, radius, colour, opacity } => {
                if let Some(circle) = PathBuilder::from_circle(centre.0, centre.1, *radius) {
                    fill(&mut pixels, &circle, &paint(*colour, *opacity));
                }
            }
            Mark::Text(label) => text(&mut pixels, label, face),
        }
    }
    let rgb = pixels.pixels().iter().flat_map(|pixel| [pixel.red(), pixel.green(), pixel.blue()]);
    Image::new(scene.width, scene.height, Channels::Rgb, Samples::U8(rgb.collect()))
        .map_err(|error| NodeError::because("the picture cannot be made", &error))
}

fn paint([red, green, blue]: Colour, opacity: f32) -> Paint<'static> {
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    paint.set_color(Color::from_rgba8(red, green, blue, (opacity.clamp(0.0, 1.0) * 255.0).round() as u8));
    paint
}

fn fill(pixels: &mut Pixmap, path: &Path, paint: &Paint<'_>) {
    pixels.fill_path(path, paint, FillRule::Winding, Transform::identity(), None);
}

fn rect(pixels: &mut Pixmap, from: Spot, to: Spot, paint: &Paint<'_>) {
    let rect = Rect::from_ltrb(from.0.min(to.0), from.1.min(to.1), from.0.max(to.0), from.1.max(to.1));
    if let Some(rect) = rect {
        pixels.fill_rect(rect, paint, Transform::identity(), None);
    }
}

fn line(pixels: &mut Pixmap, points: &[Spot], (width, dash): (f32, &[f32]), colour: Colour) {
    let mut path = PathBuilder::new();
    for (at, (x, y)) in points.iter().enumerate() {
        if at == 0 { path.move_to(*x, *y) } else { path.line_to(*x, *y) }
    }
    let dash = if dash.is_empty() { None } else { StrokeDash::new(dash.to_vec(), 0.0) };
    let stroke = Stroke { width, line_join: LineJoin::Round, dash, ..Stroke::default() };
    if let Some(path) = path.finish() {
        pixels.stroke_path(&path, &paint(colour, 1.0), &stroke, Transform::identity(), None);
    }
}

/// Draws a text glyph by glyph, along its line or up from the bottom.
fn text(pixels: &mut Pixmap, label: &Label, face: &Face) {
    let (glyphs, width) = face.place(&label.text, label.size);
    let start = match label.anchor {
        Anchor::Start => 0.0,
        Anchor::Middle => -width / 2.0,
        Anchor::End => -width,
    };
    let baseline = face.middle(label.size);
    // Lines of text begin on whole pixels, so that equal letters look alike.
    let (along, across) = if label.turned { (-label.at.1, label.at.0) } else { label.at };
    let (x, y) = ((along + start).round(), (across + baseline).round());
    for placed in glyphs {
        let position = point(x + placed.x, y);
        let glyph = Glyph { id: placed.glyph, scale: PxScale::from(label.size), position };
        let Some(outline) = face.font().outline_glyph(glyph) else { continue };
        let corner = outline.px_bounds().min;
        outline.draw(|right, down, cover| {
            let (x, y) = (corner.x as i32 + right as i32, corner.y as i32 + down as i32);
            let (x, y) = if label.turned { (y, -x - 1) } else { (x, y) };
            blend(pixels, (x, y), label.colour, cover);
        });
    }
}

fn blend(pixels: &mut Pixmap, (x, y): (i32, i32), colour: Colour, cover: f32) {
    let (width, height) = (pixels.width(), pixels.height());
    let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y)) else { return };
    if x >= width || y >= height {
        return;
    }
    let at = ((y * width + x) * 4) as usize;
    let cover = cover.clamp(0.0, 1.0);
    for (sample, ink) in pixels.data_mut()[at..at + 3].iter_mut().zip(colour) {
        *sample = (f32::from(*sample) * (1.0 - cover) + f32::from(ink) * cover).round() as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(marks: Vec<Mark>) -> Vec<u8> {
        let image = draw(&Scene { width: 40, height: 40, marks }, &Face::new().unwrap(), || Ok(())).unwrap();
        let Samples::U8(samples) = image.into_samples() else { panic!("8 bits") };
        samples
    }

    fn label(turned: bool, anchor: Anchor) -> Mark {
        let (text, colour) = ("|||".into(), [0, 0, 0]);
        Mark::Text(Label { text, at: (20.0, 20.0), size: 20.0, colour, anchor, turned })
    }

    /// Returns the mean place of what is dark, in x and y.
    fn middle(samples: &[u8]) -> (f32, f32) {
        let dark = samples.chunks(3).enumerate().filter(|(_, pixel)| pixel[0] < 128);
        let places: Vec<_> = dark.map(|(at, _)| ((at % 40) as f32, (at / 40) as f32)).collect();
        let count = places.len() as f32;
        (places.iter().map(|(x, _)| x).sum::<f32>() / count, places.iter().map(|(_, y)| y).sum::<f32>() / count)
    }

    #[test]
    fn rectangles_are_filled_whichever_corner_comes_first() {
        let rect = |from, to| Mark::Rect { from, to, colour: [200, 0, 0], opacity: 1.0 };
        let one = drawn(vec![rect((10.0, 10.0), (20.0, 30.0))]);
        assert_eq!(one[(15 * 40 + 15) * 3..][..3], [200, 0, 0]);
        assert_eq!(one[..3], [255, 255, 255]);
        assert_eq!(one, drawn(vec![rect((20.0, 30.0), (10.0, 10.0))]));
    }

    #[test]
    fn texts_stand_where_they_are_anchored() {
        let (x, y) = middle(&drawn(vec![label(false, Anchor::Middle)]));
        assert!((x - 20.0).abs() < 1.5 && (y - 20.0).abs() < 4.0, "{x} {y}");
        assert!(middle(&drawn(vec![label(false, Anchor::Start)])).0 > 22.0);
        assert!(middle(&drawn(vec![label(false, Anchor::End)])).0 < 18.0);
        let (x, y) = middle(&drawn(vec![label(true, Anchor::Start)]));
        assert!((x - 20.0).abs() < 4.0 && y < 18.0, "{x} {y}");
    }
}
