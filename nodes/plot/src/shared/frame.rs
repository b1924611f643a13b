//! The frame of a chart: title, axes, grid and legend, with as much room as their texts take.

use windlass_core::prelude::*;

use super::axis::{Axis, Tick};
use super::font::Face;
use super::scene::{Anchor, Colour, Label, Mark, Scene, Spot};
use super::{raster, svg};

const INK: Colour = [0x22; 3];
const AXIS: Colour = [0x66; 3];
const GRID: Colour = [0xe3; 3];

/// The largest share of the width that a legend takes.
const MAX_LEGEND: f32 = 0.3;

/// The largest share of a side that the labels of an axis take.
const MAX_LABELS: f32 = 0.35;

/// What a chart's author says about it.
pub(crate) struct Look {
    pub title: String,
    pub x_label: String,
    pub y_label: String,
    pub width: u32,
    pub height: u32,
}

impl Look {
    /// Takes what is said, and the name of a column where a label of an axis is not.
    pub(crate) fn new(title: &str, (x, y): ([&str; 2], [&str; 2]), (width, height): (u32, u32)) -> Self {
        let first = |texts: [&str; 2]| texts.into_iter().find(|text| !text.is_empty()).unwrap_or_default().to_owned();
        Self { title: title.to_owned(), x_label: first(x), y_label: first(y), width, height }
    }
}

/// How a series is shown in the legend.
#[derive(Clone, Debug)]
pub(crate) enum Swatch {
    Line(Colour, Vec<f32>),
    Dot(Colour),
    Box(Colour),
}

/// What stands on the right of the data.
pub(crate) enum Aside {
    /// The series, where there are several.
    Legend(Vec<(String, Swatch)>),
    /// So many pixels of room.
    Room(f32),
}

/// A chart with its axes drawn.
pub(crate) struct Frame {
    pub scene: Scene,
    pub x: Axis,
    pub y: Axis,
    /// Left, top, right and bottom of where the data are drawn.
    pub area: [f32; 4],
    /// Height of a line of text, from which all distances come.
    pub size: f32,
    pub face: Face,
}

/// What a chart gives.
#[derive(Outputs)]
pub struct Chart {
    /// The chart as a picture, RGB.
    image: Arc<Image>,
    /// The chart as SVG; its texts are texts.
    svg: Arc<File>,
}

impl Frame {
    /// Makes room for everything that is written, and draws all but the data.
    pub(crate) fn new(look: &Look, x: Axis, y: Axis, aside: Aside) -> Result<Self, NodeError> {
        let face = Face::new()?;
        let (width, height) = (look.width as f32, look.height as f32);
        let size = text_size(look);
        let scene = Scene { width: look.width, height: look.height, marks: Vec::new() };
        let mut frame = Self { scene, x, y, area: [size, size, width - size, height - size], size, face };
        frame.title(look);
        match aside {
            Aside::Legend(legend) => frame.legend(legend),
            Aside::Room(room) => frame.area[2] -= room,
        }
        frame.axes(look);
        Ok(frame)
    }

    /// Returns where a point lies in pixels; `None` where it is on no axis.
    pub(crate) fn spot(&self, x: f64, y: f64) -> Option<Spot> {
        Some((self.across(x)?, self.up(y)?))
    }

    /// Returns where shares of both axes lie in pixels.
    pub(crate) fn at(&self, (x, y): (f64, f64)) -> Spot {
        let [left, top, right, bottom] = self.area;
        (left + (right - left) * x as f32, bottom - (bottom - top) * y as f32)
    }

    /// Returns where a number of the x axis lies in pixels.
    pub(crate) fn across(&self, x: f64) -> Option<f32> {
        let [left, _, right, _] = self.area;
        self.x.place(x).map(|place| left + (right - left) * place as f32)
    }

    /// Returns where a number of the y axis lies in pixels.
    pub(crate) fn up(&self, y: f64) -> Option<f32> {
        let [_, top, _, bottom] = self.area;
        self.y.place(y).map(|place| bottom - (bottom - top) * place as f32)
    }

    /// Draws a mark of the data.
    pub(crate) fn draw(&mut self, mark: Mark) {
        self.scene.marks.push(mark);
    }

    /// Writes a line of text.
    pub(crate) fn write(&mut self, text: &str, at: Spot, (size, anchor): (f32, Anchor), colour: Colour) {
        let label = Label { text: text.to_owned(), at, size, colour, anchor, turned: false };
        self.scene.marks.push(Mark::Text(label));
    }

    /// Says in the middle that there is nothing.
    pub(crate) fn say_empty(&mut self) {
        let [left, top, right, bottom] = self.area;
        let at = ((left + right) / 2.0, (top + bottom) / 2.0);
        self.write("no data", at, (self.size * 1.2, Anchor::Middle), AXIS);
    }

    /// Makes the picture and the SVG.
    pub(crate) fn finish(self, name: &str, ctx: &Ctx) -> Result<Chart, NodeError> {
        let image = raster::draw(&self.scene, &self.face, || ctx.check_cancelled())?;
        let svg = svg::write(&self.scene, |size| self.face.middle(size));
        let file = File::in_memory(svg.into_bytes(), format!("{name}.svg"), "image/svg+xml");
        Ok(Chart { image: Arc::new(image), svg: Arc::new(file) })
    }

    fn title(&mut self, look: &Look) {
        if look.title.is_empty() {
            return;
        }
        let [left, top, right, _] = &mut self.area;
        let large = self.size * 1.3;
        let (middle, most) = ((*left + *right) / 2.0, *right - *left);
        let at = (middle, *top + large * 0.4);
        *top += large * 1.5;
        let text = self.face.fit(&look.title, large, most);
        self.write(&text, at, (large, Anchor::Middle), INK);
    }

    fn legend(&mut self, legend: Vec<(String, Swatch)>) {
        if legend.len() < 2 {
            return;
        }
        let size = self.size * 0.95;
        let (line, swatch) = (size * 1.4, size * 1.6);
        let most = self.scene.width as f32 * MAX_LEGEND - swatch - size;
        let names: Vec<_> = legend.iter().map(|(name, _)| if name.is_empty() { "(empty)" } else { name }).collect();
        let names: Vec<_> = names.into_iter().map(|name| self.face.fit(name, size, most)).collect();
        let wide = names.iter().map(|name| self.face.width(name, size)).fold(0.0, f32::max);
        let [_, top, right, bottom] = self.area;
        let left = right - wide - swatch - size * 0.4;
        let room = ((bottom - top) / line) as usize;
        for (at, ((_, look), name)) in legend.iter().zip(&names).enumerate().take(room.max(1)) {
            let y = top + line * (at as f32 + 0.5);
            self.swatch(look, (left, y), size);
            let name = if at + 1 == room && legend.len() > room { "…" } else { name };
            self.write(name, (left + swatch + size * 0.4, y), (size, Anchor::Start), INK);
        }
        self.area[2] = left - size;
    }

    fn swatch(&mut self, look: &Swatch, (x, y): Spot, size: f32) {
        let middle = x + size * 0.8;
        self.draw(match look {
            Swatch::Line(colour, dash) => {
                let points = vec![(x, y), (x + size * 1.6, y)];
                Mark::Line { points, width: stroke(size), colour: *colour, dash: scaled(dash, size) }
            }
            Swatch::Dot(colour) => {
                Mark::Circle { centre: (middle, y), radius: size * 0.32, colour: *colour, opacity: 1.0 }
            }
            Swatch::Box(colour) => {
                let half = size * 0.4;
                let (from, to) = ((middle - half, y - half), (middle + half, y + half));
                Mark::Rect { from, to, colour: *colour, opacity: 1.0 }
            }
        });
    }

    fn axes(&mut self, look: &Look) {
        let small = self.size * 0.95;
        let [left, top, right, bottom] = self.area;
        // How many labels there are room for depends on the room that they leave, so it is estimated once.
        let up = self.y.ticks(((bottom - top) / (small * 2.5)) as usize);
        let most = self.scene.width as f32 * MAX_LABELS;
        let widest = up.iter().map(|tick| self.face.width(&tick.label, small)).fold(0.0, f32::max).min(most);
        let beside = if look.y_label.is_empty() { 0.0 } else { self.size * 1.5 };
        self.area[0] = left + beside + widest + small * 0.6;
        let across = self.across_ticks(small);
        let turned = self.must_turn(&across, small);
        let deepest = match turned {
            false => small,
            true => {
                let most = (bottom - top) * MAX_LABELS;
                across.iter().map(|tick| self.face.width(&tick.label, small)).fold(0.0, f32::max).min(most)
            }
        };
        let below = if look.x_label.is_empty() { 0.0 } else { self.size * 1.5 };
        self.area[3] = bottom - below - deepest - small * 0.6;
        // The last label of numbers hangs over by half of its width.
        if let (false, Some(last)) = (turned, across.last()) {
            let over =
                right - (right - self.area[0]) * (1.0 - last.at as f32) + self.face.width(&last.label, small) / 2.0;
            self.area[2] = right.min(right - (over - (right + self.size * 0.6)).max(0.0));
        }
        self.grid(&across, &up, (small, turned, deepest, widest));
        self.names_of_axes(look, (left, bottom));
    }

    fn across_ticks(&self, small: f32) -> Vec<Tick> {
        let room = self.area[2] - self.area[0];
        let rough = self.x.ticks((room / (small * 5.0)) as usize);
        if matches!(self.x, Axis::Names(_)) {
            return rough;
        }
        let widest = rough.iter().map(|tick| self.face.width(&tick.label, small)).fold(0.0, f32::max);
        self.x.ticks((room / (widest + small * 2.0).max(small * 4.0)).max(2.0) as usize)
    }

    /// Names that do not fit side by side are written upwards.
    fn must_turn(&self, ticks: &[Tick], small: f32) -> bool {
        let room = (self.area[2] - self.area[0]) / ticks.len().max(1) as f32;
        let widest = ticks.iter().map(|tick| self.face.width(&tick.label, small)).fold(0.0, f32::max);
        matches!(self.x, Axis::Names(_)) && widest + small * 0.5 > room
    }

    fn grid(&mut self, across: &[Tick], up: &[Tick], (small, turned, deepest, widest): (f32, bool, f32, f32)) {
        let [left, top, right, bottom] = self.area;
        let hair = (self.size / 14.0).max(1.0).round();
        // Lines one pixel wide lie on pixels, or they would be two grey ones.
        let crisp = |at: f32| at.round() + if hair as u32 % 2 == 1 { 0.5 } else { 0.0 };
        let line = |from: Spot, to: Spot, colour: Colour| Mark::Line {
            points: vec![from, to],
            width: hair,
            colour,
            dash: vec![],
        };
        for tick in up {
            let y = bottom - (bottom - top) * tick.at as f32;
            self.draw(line((left, crisp(y)), (right, crisp(y)), GRID));
            let text = self.face.fit(&tick.label, small, widest.max(small));
            self.write(&text, (left - small * 0.5, y), (small, Anchor::End), INK);
        }
        let room = (right - left) / across.len().max(1) as f32;
        let each = if turned { (small * 1.1 / room).ceil().max(1.0) as usize } else { 1 };
        for (at, tick) in across.iter().enumerate() {
            let x = left + (right - left) * tick.at as f32;
            if !matches!(self.x, Axis::Names(_)) {
                self.draw(line((crisp(x), top), (crisp(x), bottom), GRID));
            }
            if at % each == 0 {
                self.under(tick, x, (small, turned, deepest));
            }
        }
        self.draw(line((crisp(left), top), (crisp(left), crisp(bottom)), AXIS));
        self.draw(line((crisp(left), crisp(bottom)), (right, crisp(bottom)), AXIS));
    }

    fn under(&mut self, tick: &Tick, x: f32, (small, turned, deepest): (f32, bool, f32)) {
        let bottom = self.area[3];
        let (anchor, text, y) = match turned {
            false => (Anchor::Middle, tick.label.clone(), bottom + small * 0.85),
            true => (Anchor::End, self.face.fit(&tick.label, small, deepest.max(small)), bottom + small * 0.5),
        };
        let label = Label { text, at: (x, y), size: small, colour: INK, anchor, turned };
        self.scene.marks.push(Mark::Text(label));
    }

    fn names_of_axes(&mut self, look: &Look, (outer_left, outer_bottom): (f32, f32)) {
        let [left, top, right, bottom] = self.area;
        let size = self.size;
        if !look.x_label.is_empty() {
            let text = self.face.fit(&look.x_label, size, right - left);
            self.write(&text, ((left + right) / 2.0, outer_bottom - size * 0.35), (size, Anchor::Middle), INK);
        }
        if !look.y_label.is_empty() {
            let text = self.face.fit(&look.y_label, size, bottom - top);
            let at = (outer_left + size * 0.4, (top + bottom) / 2.0);
            let label = Label { text, at, size, colour: INK, anchor: Anchor::Middle, turned: true };
            self.scene.marks.push(Mark::Text(label));
        }
    }
}

/// Returns the height of a line of text for a chart of a size.
pub(crate) fn text_size(look: &Look) -> f32 {
    (look.width.min(look.height) as f32 / 26.0).clamp(9.0, 44.0).round()
}

/// Returns the width of a line of data for a height of text.
pub(crate) fn stroke(size: f32) -> f32 {
    (size / 8.0).max(1.5)
}

/// Returns dashes in pixels.
pub(crate) fn scaled(dash: &[f32], size: f32) -> Vec<f32> {
    dash.iter().map(|length| length * stroke(size)).collect()
}
