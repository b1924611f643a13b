//! Frames of animated PNG (ISO/IEC 15948, 11.3.7) by the png crate.

use std::io::Cursor;
use std::sync::Arc;

use png::{BlendOp, Decoder, DisposeOp, FrameControl, Reader, Transformations};
use windlass_core::value::Channels;

use super::animation::{Animation, Frame, Stage, rgba};
use super::canvas::{Area, Blend, Dispose, Patch};
use super::decode::{DecodeError, Limits};
use super::decode_png::{channels, damaged};
use super::format::Format;
use super::profile;

/// Memory for what stands beside the pixels, in bytes.
const BESIDE_BYTES: usize = 64 << 20;

struct Frames {
    reader: Reader<Cursor<Arc<[u8]>>>,
    stage: Stage,
    /// Frames that were not read yet.
    left: u32,
    buffer: Vec<u8>,
}

/// Opens an animation; `None` for a picture that does not move.
pub(super) fn open(bytes: &Arc<[u8]>, limits: Limits) -> Result<Option<Animation>, DecodeError> {
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes.clone()), png::Limits { bytes: BESIDE_BYTES });
    decoder.set_transformations(Transformations::normalize_to_color8());
    decoder.set_ignore_text_chunk(true);
    let header = decoder.read_header_info().map_err(damaged)?;
    let (width, height) = (header.width, header.height);
    limits.check(width.into(), height.into())?;
    limits.check_bytes(width.into(), height.into(), u64::from(width) * u64::from(height) * 4)?;
    let mut reader = decoder.read_info().map_err(damaged)?;
    let Some(control) = reader.info().animation_control().copied() else { return Ok(None) };
    let mut buffer = vec![0; reader.output_buffer_size().unwrap_or_default()];
    if reader.info().frame_control().is_none() {
        // The picture for readers that know no animation is no part of this one.
        reader.next_frame(&mut buffer).map_err(damaged)?;
    }
    let icc = reader.info().icc_profile.as_deref().filter(|icc| profile::fits(icc, Channels::Rgba)).map(Arc::from);
    let stage = Stage::new(width, height, icc);
    let frames = Frames { reader, stage, left: control.num_frames, buffer };
    Ok(Some(Animation { plays: control.num_plays, frames: Box::new(frames) }))
}

impl Frames {
    fn show(&mut self) -> Result<Frame, DecodeError> {
        let stored = self.reader.next_frame(&mut self.buffer).map_err(damaged)?;
        let control = self.reader.info().frame_control().copied().unwrap_or_default();
        // What is cut off behind the last frame is cut off too.
        if self.left == 0 {
            self.reader.finish().map_err(damaged)?;
        }
        let pixels = rgba(&self.buffer[..stored.buffer_size()], channels(stored.color_type));
        let [left, top, width, height] =
            [control.x_offset, control.y_offset, stored.width, stored.height].map(|side| side as usize);
        let blend = if control.blend_op == BlendOp::Over { Blend::Over } else { Blend::Replace };
        let dispose = match control.dispose_op {
            DisposeOp::None => Dispose::Keep,
            DisposeOp::Background => Dispose::Clear,
            DisposeOp::Previous => Dispose::Restore,
        };
        let patch = Patch { area: Area { left, top, width, height }, pixels: &pixels, blend, dispose };
        self.stage.show(&patch, delay_ms(&control), Format::Png)
    }
}

impl Iterator for Frames {
    type Item = Result<Frame, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        Some(self.show())
    }
}

/// A denominator of 0 stands for hundredths.
fn delay_ms(control: &FrameControl) -> f64 {
    let parts = if control.delay_den == 0 { 100 } else { control.delay_den };
    f64::from(control.delay_num) * 1000.0 / f64::from(parts)
}
