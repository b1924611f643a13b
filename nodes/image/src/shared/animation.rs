//! From the bytes of an animation to its frames, each whole, one at a time.

use windlass_core::prelude::*;
use windlass_core::value::{Channels, Samples};

use super::canvas::{Canvas, Patch};
use super::decode::{DecodeError, Limits, Options, decode, recognise};
use super::format::Format;
use super::{frames_gif, frames_png, frames_webp};

/// One frame as it is seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// The picture.
    pub image: Image,
    /// How long it is shown, in milliseconds.
    pub delay_ms: f64,
}

/// Frames, the first error being the last thing that comes.
pub type Frames = Box<dyn Iterator<Item = Result<Frame, DecodeError>> + Send>;

/// An animation.
pub struct Animation {
    /// How often it is shown; 0: without end.
    pub plays: u32,
    /// Its frames.
    pub frames: Frames,
}

/// What frames are laid on, and what they all have.
pub(super) struct Stage {
    canvas: Canvas,
    width: u32,
    height: u32,
    icc: Option<Arc<[u8]>>,
}

impl Stage {
    pub(super) fn new(width: u32, height: u32, icc: Option<Arc<[u8]>>) -> Self {
        Self { canvas: Canvas::new(width as usize, height as usize), width, height, icc }
    }

    /// Lays a patch, and returns the whole frame.
    pub(super) fn show(&mut self, patch: &Patch, delay_ms: f64, format: Format) -> Result<Frame, DecodeError> {
        let seen = Samples::U8(self.canvas.show(patch).to_vec());
        let image = Image::new(self.width, self.height, Channels::Rgba, seen);
        let mut image = image.map_err(|error| DecodeError::of(format, error))?;
        image.icc = self.icc.clone();
        Ok(Frame { image, delay_ms })
    }
}

/// Opens an animation; a picture that does not move has one frame.
///
/// # Errors
/// As [`decode`], for the header; each frame may fail by itself.
pub fn open(bytes: Arc<[u8]>, limits: Limits) -> Result<Animation, DecodeError> {
    let moving = match recognise(&bytes)? {
        Format::Gif => Some(frames_gif::open(bytes.clone(), limits)?),
        Format::Webp => frames_webp::open(&bytes, limits)?,
        Format::Png => frames_png::open(&bytes, limits)?,
        Format::Jpeg | Format::Bmp | Format::Tiff => None,
    };
    if let Some(Animation { plays, frames }) = moving {
        let mut broken = false;
        let frames = frames.take_while(move |frame| !std::mem::replace(&mut broken, frame.is_err()));
        return Ok(Animation { plays, frames: Box::new(frames) });
    }
    let still = decode(&bytes, &Options { limits, ..Options::default() })?;
    let frame = Frame { image: still.image, delay_ms: 0.0 };
    Ok(Animation { plays: 1, frames: Box::new(std::iter::once(Ok(frame))) })
}

/// Returns pixels of any channels as RGBA.
pub fn rgba(samples: &[u8], channels: Channels) -> Vec<u8> {
    let spread = super::convert::spread_grey(samples, channels);
    if channels.has_alpha() {
        return spread.into_owned();
    }
    spread.as_chunks::<3>().0.iter().flat_map(|[red, green, blue]| [*red, *green, *blue, 255]).collect()
}
