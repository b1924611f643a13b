//! What the writers of animations have in common. Frames come as RGBA of 8 bits with straight alpha, all of one size.

use std::io::Write;

use windlass_core::prelude::*;

use super::{animate_gif, animate_png, animate_webp};

/// A form of animations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// GIF, with the colours of each frame spread over neighbouring pixels where there are more than it can hold, or not.
    Gif(Dither),
    /// Animated WebP, without loss.
    Webp,
    /// Animated PNG.
    Png,
}

/// What is done about colours that a palette lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Dither {
    /// Neighbouring pixels make up for it (Floyd and Steinberg, 1976): soft gradients, larger files.
    FloydSteinberg,
    /// The nearest colour is taken: flat areas stay flat.
    None,
}

/// What is known before the first frame.
pub struct Start<'a> {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Number of frames.
    pub frames: usize,
    /// How often it is shown; 0: without end.
    pub plays: u16,
    /// The colour profile of the frames.
    pub icc: Option<&'a [u8]>,
}

/// Writes frames one after the other.
pub trait Animator {
    /// Takes the next frame, which is shown for so many milliseconds.
    ///
    /// # Errors
    /// Says why it cannot be written.
    fn add(&mut self, pixels: Vec<u8>, delay_ms: f64) -> Result<(), NodeError>;
    /// Writes what is left.
    ///
    /// # Errors
    /// Says why it cannot be written.
    fn finish(self: Box<Self>) -> Result<(), NodeError>;
}

/// Begins to write an animation.
///
/// # Errors
/// The form cannot name such a size, or the head cannot be written.
pub fn begin<'a>(form: Form, out: &'a mut dyn Write, start: &Start<'a>) -> Result<Box<dyn Animator + 'a>, NodeError> {
    let longest = match form {
        Form::Gif(_) => 65_535,
        Form::Webp => 16_384,
        Form::Png => i32::MAX as u32,
    };
    let (width, height) = (start.width, start.height);
    if width.max(height) > longest {
        let message =
            format!("frames of {width} by {height} pixels are too long for {}, which ends at {longest}", form.name());
        return Err(NodeError::new(message).hint("make them smaller, or write another format").permanent());
    }
    match form {
        Form::Gif(dither) => animate_gif::begin(out, start, dither),
        Form::Webp => Ok(animate_webp::begin(out, start)),
        Form::Png => animate_png::begin(out, start),
    }
}

impl Form {
    /// Returns the name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gif(_) => "GIF",
            Self::Webp => "WebP",
            Self::Png => "PNG",
        }
    }
}

/// Says that an encoder fails.
pub(super) fn cannot(form: &str, cause: &(dyn std::error::Error + 'static)) -> NodeError {
    NodeError::because(format!("the animation cannot be written as {form}"), cause)
}

/// Rounds delays to the unit of a form, so that their sum stays right.
pub(super) struct Clock {
    unit_ms: f64,
    elapsed_ms: f64,
    given: f64,
}

impl Clock {
    pub(super) fn new(unit_ms: f64) -> Self {
        Self { unit_ms, elapsed_ms: 0.0, given: 0.0 }
    }

    /// Returns the next delay in units, at most `most`.
    pub(super) fn next(&mut self, delay_ms: f64, most: u32) -> u32 {
        self.elapsed_ms += delay_ms;
        let units = ((self.elapsed_ms / self.unit_ms).round() - self.given).clamp(0.0, most.into());
        self.given += units;
        units as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_rounded_off_is_made_up_for() {
        let mut clock = Clock::new(10.0);
        let delays: Vec<_> = (0..6).map(|_| clock.next(1000.0 / 60.0, 100)).collect();
        assert_eq!((delays.iter().sum::<u32>(), &delays[..3]), (10, &[2, 1, 2][..]));
        assert_eq!(clock.next(1e12, 65_535), 65_535);
    }
}
