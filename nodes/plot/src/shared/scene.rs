//! What is drawn, before it is known whether as pixels or as SVG.

/// A colour: red, green, blue.
pub(crate) type Colour = [u8; 3];

/// A point in pixels, from the top left.
pub(crate) type Spot = (f32, f32);

/// A drawing of a size, its marks from the lowest to the uppermost.
pub(crate) struct Scene {
    pub width: u32,
    pub height: u32,
    pub marks: Vec<Mark>,
}

/// One thing that is drawn.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Mark {
    /// A line through points.
    Line { points: Vec<Spot>, width: f32, colour: Colour, dash: Vec<f32> },
    /// A filled rectangle.
    Rect { from: Spot, to: Spot, colour: Colour, opacity: f32 },
    /// A filled circle.
    Circle { centre: Spot, radius: f32, colour: Colour, opacity: f32 },
    /// A line of text.
    Text(Label),
}

/// A line of text; `at` is on the middle of its height.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Label {
    pub text: String,
    pub at: Spot,
    /// Height of a line in pixels.
    pub size: f32,
    pub colour: Colour,
    pub anchor: Anchor,
    /// Whether it is read from the bottom to the top.
    pub turned: bool,
}

/// Which end of a text stands at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}
