//! Previews of values: a maker for each kind, tried in order, one file and one line each. Made beside the window, and drawn
//! small on the canvas and whole in a panel.

mod about;
mod file;
mod picture;
mod pixels;
mod plot;
mod table;
mod text;
mod tree;

use std::sync::Arc;

use egui::{Context, Id, Painter, Rect, Ui};
use windlass_core::value::Value;

pub use file::{MOST_BYTES, at_path as file_at};

use crate::host::Host;
use crate::theme::Theme;

/// A preview of one value.
pub trait Preview: Send + Sync {
    /// Returns the value in a few words.
    fn words(&self) -> String;
    /// Returns the height that it takes in the body of a node, in points of the canvas.
    fn small_height(&self) -> f32;
    /// Draws it in the body of a node.
    fn small_ui(&self, painter: &Painter, rect: Rect, small: &Small<'_>);
    /// Draws it in all the room there is; what a person set about it is remembered under the id.
    fn whole_ui(&self, ui: &mut Ui, id: Id, theme: &Theme);
}

/// How something is drawn in the body of a node.
pub struct Small<'a> {
    /// The colours.
    pub theme: &'a Theme,
    /// Points of the screen for a point of the canvas.
    pub zoom: f32,
    /// The size of a line of text on the screen.
    pub font_size: f32,
}

/// How large a preview is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Size {
    /// As large as the body of a node.
    Small,
    /// As large as a panel.
    Whole,
}

/// What a preview is made of.
pub struct Source<'a> {
    /// The value.
    pub value: &'a Value,
    /// What the firing took in, where that is a picture like what it gave.
    pub before: Option<&'a Value>,
    /// The numbers that the step gave for its newest items, oldest first.
    pub numbers: &'a [f64],
    /// How large it is to be.
    pub size: Size,
    /// Where textures are made.
    pub ctx: &'a Context,
    /// Decodes pictures of files.
    pub host: &'a dyn Host,
    /// Takes secrets out of texts.
    pub hide: &'a dyn Fn(&mut String),
}

type Make = fn(&Source<'_>) -> Option<Arc<dyn Preview>>;

/// All previews, in the order in which they are tried.
const KINDS: [Make; 5] = [picture::make, plot::make, table::make, tree::make, text::make];

/// Makes the preview of a value. Reads what is on a disk, and takes its time.
pub fn make(source: &Source<'_>) -> Arc<dyn Preview> {
    let opened = file::open(source);
    let value = opened.as_ref().unwrap_or(source.value);
    let source = Source { value, ..*source };
    let made = KINDS.iter().find_map(|make| make(&source));
    made.unwrap_or_else(|| about::make(&source))
}

/// Returns a text without secrets.
fn hidden(source: &Source<'_>, mut text: String) -> String {
    (source.hide)(&mut text);
    text
}
