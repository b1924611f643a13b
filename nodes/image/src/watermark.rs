//! `image.watermark`: a picture or a text as a mark, once or all over.

use windlass_core::prelude::*;
use windlass_core::value::{Channels, Samples};

use crate::codecs::{Scale, resize};
use crate::rotate::{Rotation, Size};
use crate::shared::affine::Interpolation;
use crate::shared::blend::Blend;
use crate::shared::gravity::{Corner, Gravity};
use crate::shared::ground::ColourParam;
use crate::shared::lay::{Layer, lay};
use crate::shared::lettering::{Look, paint};
use crate::shared::typeset::{MAX_FONT_BYTES, Setting, TextAlign, Typeface, typeset};

/// The size in pixels that a text is measured at before it gets its own.
const MEASURED_SIZE: f32 = 64.0;

/// The most marks on a picture.
const MAX_MARKS: u64 = 10_000;

/// How often the mark stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Layout {
    /// Once.
    Single,
    /// All over, every other row moved by half.
    Tiled,
}

/// How the mark looks, and where it stands.
#[derive(Params)]
pub struct Settings {
    /// `single`: one mark; `tiled`: all over the picture, every other row moved by half a mark.
    #[param(default = "single")]
    layout: Layout,
    /// Where a single mark stands.
    #[param(default = "bottom_right")]
    gravity: Gravity,
    /// Distance of a single mark from the sides, as a share of the picture's shorter side.
    #[param(default = 0.03, min = 0.0, max = 0.5)]
    margin: f64,
    /// Width of the mark before it is turned, as a share of the picture's width.
    #[param(default = 0.25, min = 0.001, max = 1.0)]
    scale: f64,
    /// Space between the marks of a tiled layout, as a share of their width.
    #[param(default = 0.5, min = 0.0, max = 10.0)]
    gap: f64,
    /// How far the mark is turned, clockwise; tiled marks stand in rows that are turned with them.
    #[param(default = 0.0, min = -360, max = 360, unit = "°")]
    angle: f64,
    /// How much of the mark is seen, 0 to 1.
    #[param(default = 0.5, min = 0.0, max = 1.0)]
    opacity: f64,
    /// Colour of a text.
    #[param(default = "#ffffff")]
    color: ColourParam,
    /// The font of a text that is built in.
    #[param(default = "sans")]
    typeface: Typeface,
}

/// The picture and its mark.
#[derive(Inputs)]
pub struct In {
    /// The picture.
    image: Arc<Image>,
    /// A picture as the mark; its alpha counts.
    #[port(optional)]
    mark: Option<Arc<Image>>,
    /// A text as the mark.
    #[port(constant, optional)]
    text: Option<String>,
    /// A TrueType or OpenType font for the text.
    #[port(optional)]
    font: Option<Arc<File>>,
}

/// The picture.
#[derive(Outputs)]
pub struct Out {
    /// The picture with its mark; its type of samples, alpha and profile are kept, and grey becomes colour under a
    /// coloured mark.
    image: Arc<Image>,
}

/// `image.watermark`
pub struct Watermark;

impl Node for Watermark {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "image.watermark",
            "Watermark",
            "Puts a picture or a text on a picture as its mark, in a corner or all over, in proportion to its size.",
        )
        .version(2)
        .cpu()
        .search(&["logo", "copyright", "stamp", "brand", "signature", "tiled"])
        .sample(sample())
        .example(
            r#"
open:
  kind: files.open
  params: { path: samples/photos/hills.jpg }
photo:
  kind: image.open
  inputs: { file: open.file }
mark:
  kind: image.watermark
  params: { text: "© Ada", layout: tiled, angle: -30, scale: 0.2, opacity: 0.3 }
  inputs: { image: photo.image }
save:
  kind: image.save
  params: { path: out/marked.jpg }
  inputs: { image: mark.image }
"#,
        )
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let image = &*inputs.image;
        let width = (f64::from(image.width()) * params.scale).round().max(1.0) as u32;
        let mark = match (&inputs.mark, &inputs.text) {
            (Some(mark), None) => {
                let scale = Scale { width: Some(width), ..Scale::default() };
                resize(mark, &scale)
                    .map_err(|error| NodeError::because("the mark cannot be scaled", &error).permanent())?
            }
            (None, Some(text)) => {
                let font = inputs.font.map(|file| ctx.open(&file)?.read_all(&file.name, MAX_FONT_BYTES)).transpose()?;
                Arc::new(written(text, font.map(Arc::from), width, &params)?)
            }
            _ => {
                let text = "a watermark is either a picture or a text";
                return Err(NodeError::new(text).hint("wire `mark`, or set `text`, but not both").permanent());
            }
        };
        ctx.check_cancelled()?;
        let upright = (mark.width(), mark.height());
        let mark = params.turned(mark)?;
        let corners = params.corners((image.width(), image.height()), (mark.width(), mark.height()), upright)?;
        let opacity = params.opacity as f32;
        let layer = Layer { image: &mark, mask: None, opacity, blend: Blend::Normal, corners: &corners };
        Ok(Out { image: Arc::new(lay(image, &layer)?) })
    }
}

/// Returns a text as a picture of about a width.
fn written(text: &str, font: Option<Arc<[u8]>>, width: u32, params: &Settings) -> Result<Image, NodeError> {
    let setting = |size| Setting {
        typeface: params.typeface,
        font: font.clone(),
        size,
        line_height: 1.2,
        width: None,
        align: TextAlign::Center,
    };
    let measured = typeset(text, &setting(MEASURED_SIZE))?;
    let size = (MEASURED_SIZE * width as f32 / measured.width.max(1.0)).clamp(1.0, 10_000.0);
    let color = params.color.0;
    Ok(paint(&typeset(text, &setting(size))?, &Look { color, outline: (0.0, color), shadow: None })?.image)
}

fn check_marks(count: u64) -> Result<(), NodeError> {
    if count <= MAX_MARKS {
        return Ok(());
    }
    let error = NodeError::new(format!("{count} marks are more than {MAX_MARKS}"));
    Err(error.hint("make `scale` or `gap` larger").permanent())
}

impl Settings {
    /// Turns the mark; what is bared is transparent.
    fn turned(&self, mark: Arc<Image>) -> Result<Arc<Image>, NodeError> {
        if self.angle == 0.0 {
            return Ok(mark);
        }
        let filter = Interpolation::Bicubic;
        let turn = Rotation { angle: self.angle, filter, size: Size::Expand, background: [0; 4] };
        turn.apply(&mark).map(Arc::new)
    }

    /// Returns where marks lie; they are of the size `mark`, and were `upright` before they were turned.
    fn corners(&self, room: (u32, u32), mark: (u32, u32), upright: (u32, u32)) -> Result<Vec<Corner>, NodeError> {
        if self.layout == Layout::Single {
            let margin = (f64::from(room.0.min(room.1)) * self.margin).round() as i64;
            return Ok(vec![self.gravity.corner(room, mark, self.inwards(margin))]);
        }
        let gap = (f64::from(upright.0) * self.gap).round() as u64;
        let (across, down) = (u64::from(upright.0) + gap, u64::from(upright.1) + gap);
        if self.angle != 0.0 {
            return self.slanting(room, mark, (across as f64, down as f64));
        }
        let (columns, rows) = (u64::from(room.0) / across + 2, u64::from(room.1) / down + 2);
        check_marks(columns * rows)?;
        let corner = |row: u64, column: u64| {
            let half = if row.is_multiple_of(2) { 0 } else { across / 2 };
            ((column * across) as i64 - half as i64, (row * down) as i64)
        };
        Ok((0..rows).flat_map(|row| (0..columns).map(move |column| corner(row, column))).collect())
    }

    /// Returns where marks lie that stand in turned rows, `across` and `down` apart, around the middle of the picture.
    fn slanting(
        &self,
        room: (u32, u32),
        mark: (u32, u32),
        (across, down): (f64, f64),
    ) -> Result<Vec<Corner>, NodeError> {
        let (sin, cos) = self.angle.to_radians().sin_cos();
        let half = |(width, height): (u32, u32)| (f64::from(width) / 2.0, f64::from(height) / 2.0);
        let (middle, own) = (half(room), half(mark));
        let reach = middle.0.hypot(middle.1) + own.0.hypot(own.1);
        let (columns, rows) = ((reach / across).ceil() as i64 + 1, (reach / down).ceil() as i64);
        check_marks((2 * columns as u64 + 1).saturating_mul(2 * rows as u64 + 1))?;
        let corner = |row: i64, column: i64| {
            let shift = if row % 2 == 0 { 0.0 } else { 0.5 };
            let (along, below) = ((column as f64 + shift) * across, row as f64 * down);
            let (x, y) = (middle.0 + along * cos - below * sin, middle.1 + along * sin + below * cos);
            ((x - own.0).round() as i64, (y - own.1).round() as i64)
        };
        let is_seen = |(x, y): &Corner| {
            let meets = |at: i64, side: u32, room: u32| at < i64::from(room) && at + i64::from(side) > 0;
            meets(*x, mark.0, room.0) && meets(*y, mark.1, room.1)
        };
        let all = (-rows..=rows).flat_map(|row| (-columns..=columns).map(move |column| (row, column)));
        Ok(all.map(|(row, column)| corner(row, column)).filter(is_seen).collect())
    }

    /// From the middle of a side a margin moves nothing.
    fn inwards(&self, margin: i64) -> (i64, i64) {
        match self.gravity {
            Gravity::Top | Gravity::Bottom => (0, margin),
            Gravity::Left | Gravity::Right => (margin, 0),
            Gravity::Center => (0, 0),
            _ => (margin, margin),
        }
    }
}

fn sample() -> Sample {
    match Image::new(40, 20, Channels::Gray, Samples::U8(vec![0; 800])) {
        Ok(image) => Sample::new().param("text", "abc").input("image", Value::Image(Arc::new(image))),
        Err(_) => Sample::new(),
    }
}

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;
    use crate::shared::specimen;

    fn flat(width: u32, height: u32, grey: u8) -> Arc<Image> {
        let samples = vec![grey; width as usize * height as usize];
        Arc::new(Image::new(width, height, Channels::Gray, Samples::U8(samples)).unwrap())
    }

    fn bench() -> Harness {
        Harness::of::<Watermark>().input("image", flat(100, 50, 0))
    }

    fn lit(bench: &Harness) -> Vec<usize> {
        let image: Arc<Image> = bench.fire().unwrap().get("image").unwrap();
        let Samples::U8(samples) = image.samples() else { panic!("8-bit samples") };
        let count = image.channels().count();
        samples.iter().step_by(count).enumerate().filter(|(_, grey)| **grey > 20).map(|(at, _)| at).collect()
    }

    #[test]
    fn a_picture_stands_in_its_corner_in_proportion() {
        let marked = bench().input("mark", flat(10, 10, 255)).param("scale", 0.1).param("margin", 0.1);
        let lit = lit(&marked);
        assert_eq!((lit.len(), lit[0], lit[99]), (100, 35 * 100 + 85, 44 * 100 + 94));
        let image: Arc<Image> = marked.fire().unwrap().get("image").unwrap();
        let Samples::U8(samples) = image.samples() else { panic!("8-bit samples") };
        assert_eq!(samples[35 * 100 + 85], 128);
    }

    #[test]
    fn tiles_cover_the_picture() {
        let tiled =
            bench().input("mark", flat(10, 10, 255)).param("scale", 0.1).param("layout", "tiled").param("gap", 1.0);
        let lit = lit(&tiled);
        // Rows of marks begin at 0, 20 and 40; every other one is moved by 10.
        assert!(lit.contains(&0) && !lit.contains(&10) && lit.contains(&(20 * 100 + 10)) && !lit.contains(&(20 * 100)));
        let many = tiled.param("scale", 0.001).param("gap", 0.0);
        assert!(many.fire().is_ok(), "a mark is at least a pixel wide");
    }

    #[test]
    fn turned_marks_stand_in_turned_rows_all_over() {
        let bar = Arc::new(Image::new(20, 2, Channels::Gray, Samples::U8(vec![255; 40])).unwrap());
        let bench = Harness::of::<Watermark>().input("image", flat(200, 200, 0)).input("mark", bar).param("scale", 0.1);
        let changed = |bench: Harness| lit(&bench).into_iter().map(|at| (at % 200, at / 200)).collect::<Vec<_>>();
        let upright = changed(bench.clone().param("angle", 90).param("gravity", "center"));
        assert!(upright.iter().all(|(x, y)| (99..=100).contains(x) && (90..110).contains(y)), "{upright:?}");
        let tiled = changed(bench.clone().param("angle", -30).param("layout", "tiled"));
        for (left, top) in [(0, 0), (150, 0), (0, 150), (150, 150), (75, 75)] {
            let inside = |(x, y): &&(usize, usize)| (left..left + 50).contains(x) && (top..top + 50).contains(y);
            assert!(tiled.iter().filter(inside).count() > 10, "no mark at {left}, {top}");
        }
        let share = |angle: f64| changed(bench.clone().param("angle", angle).param("layout", "tiled")).len() as f64;
        assert!(
            (share(45.0) / share(0.0) - 1.0).abs() < 0.5,
            "turned rows are as dense: {} {}",
            share(45.0),
            share(0.0)
        );
    }

    #[test]
    fn every_layout_takes_a_text() {
        for image in specimen::every_layout(60, 30) {
            let kind = image.samples().sample_type();
            let bench = Harness::of::<Watermark>().input("image", Arc::new(image)).param("text", "© Ada");
            let made: Arc<Image> = bench.fire().unwrap().get("image").unwrap();
            assert_eq!(made.samples().sample_type(), kind);
        }
        assert!(lit(&bench().param("text", "HHHH").param("scale", 0.5)).len() > 20);
    }

    #[test]
    fn a_mark_is_one_thing_and_not_too_many() {
        let cause = |bench: Harness| bench.fire().map(|_| ()).unwrap_err().to_string();
        assert_eq!(cause(bench()), "a watermark is either a picture or a text");
        let both = bench().param("text", "x").input("mark", flat(1, 1, 255));
        assert_eq!(cause(both), "a watermark is either a picture or a text");
        let large = Harness::of::<Watermark>().input("image", flat(1000, 1000, 0)).input("mark", flat(1, 1, 9));
        let many = large.param("layout", "tiled").param("scale", 0.001).param("gap", 0.0);
        assert!(cause(many).contains("marks are more than 10000"));
    }
}
