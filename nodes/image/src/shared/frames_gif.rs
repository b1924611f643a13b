//! Frames of GIF by the gif crate.

use std::io::Cursor;
use std::sync::Arc;

use gif::{ColorOutput, DecodeOptions, Decoder, DecodingError, DisposalMethod, Repeat};

use super::animation::{Animation, Frame, Stage};
use super::canvas::{Area, Blend, Dispose, Patch};
use super::decode::{DecodeError, Limits};
use super::format::Format;

/// Delays count hundredths of a second.
const TICK_MS: f64 = 10.0;

struct Frames {
    decoder: Decoder<Cursor<Arc<[u8]>>>,
    stage: Stage,
    limits: Limits,
    /// The next frame, whose description was read already.
    next: Option<Described>,
    buffer: Vec<u8>,
}

/// What stands before the pixels of a frame.
struct Described {
    area: Area,
    dispose: Dispose,
    delay_ms: f64,
}

pub(super) fn open(bytes: Arc<[u8]>, limits: Limits) -> Result<Animation, DecodeError> {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::RGBA);
    let mut decoder = options.read_info(Cursor::new(bytes)).map_err(damaged)?;
    let (width, height) = (u32::from(decoder.width()), u32::from(decoder.height()));
    check(&limits, width.into(), height.into())?;
    // How often it is shown stands before the first frame.
    let next = describe(&mut decoder)?;
    let plays = match decoder.repeat() {
        Repeat::Infinite => 0,
        Repeat::Finite(more) => u32::from(more) + 1,
    };
    let icc = decoder.icc_profile().map(Arc::from);
    let stage = Stage::new(width, height, icc);
    Ok(Animation { plays, frames: Box::new(Frames { decoder, stage, limits, next, buffer: Vec::new() }) })
}

fn check(limits: &Limits, width: u64, height: u64) -> Result<(), DecodeError> {
    limits.check(width, height)?;
    limits.check_bytes(width, height, width * height * 4)
}

fn describe(decoder: &mut Decoder<Cursor<Arc<[u8]>>>) -> Result<Option<Described>, DecodeError> {
    let Some(frame) = decoder.next_frame_info().map_err(damaged)? else { return Ok(None) };
    let [left, top, width, height] = [frame.left, frame.top, frame.width, frame.height].map(usize::from);
    let dispose = match frame.dispose {
        DisposalMethod::Any | DisposalMethod::Keep => Dispose::Keep,
        DisposalMethod::Background => Dispose::Clear,
        DisposalMethod::Previous => Dispose::Restore,
    };
    let area = Area { left, top, width, height };
    Ok(Some(Described { area, dispose, delay_ms: f64::from(frame.delay) * TICK_MS }))
}

impl Frames {
    fn show(&mut self, Described { area, dispose, delay_ms }: Described) -> Result<Frame, DecodeError> {
        check(&self.limits, area.width as u64, area.height as u64)?;
        self.buffer.clear();
        self.buffer.resize(area.width * area.height * 4, 0);
        self.decoder.read_into_buffer(&mut self.buffer).map_err(damaged)?;
        let patch = Patch { area, pixels: &self.buffer, blend: Blend::Over, dispose };
        let frame = self.stage.show(&patch, delay_ms, Format::Gif)?;
        self.next = describe(&mut self.decoder)?;
        Ok(frame)
    }
}

impl Iterator for Frames {
    type Item = Result<Frame, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        let described = self.next.take()?;
        Some(self.show(described))
    }
}

fn damaged(error: DecodingError) -> DecodeError {
    match error {
        DecodingError::UnexpectedEof => DecodeError::Truncated { format: Format::Gif },
        error => DecodeError::of(Format::Gif, error),
    }
}
