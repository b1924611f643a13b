//! Animated PNG (ISO/IEC 15948) by the png crate. Each frame holds the rectangle that differs from the frame before.

use std::borrow::Cow;
use std::io::Write;

use png::{BitDepth, BlendOp, ColorType, Compression, Encoder, EncodingError, Info, Writer};
use windlass_core::prelude::*;

use super::animate::{Animator, Clock, Start, cannot};
use super::canvas::{Area, changed};

struct Png<'a> {
    writer: Writer<&'a mut dyn Write>,
    width: usize,
    height: usize,
    clock: Clock,
    /// The frame before; empty before the first.
    before: Vec<u8>,
}

pub(super) fn begin<'a>(out: &'a mut dyn Write, start: &Start<'a>) -> Result<Box<dyn Animator + 'a>, NodeError> {
    let writer = head(out, start).map_err(|error| cannot("PNG", &error))?;
    let (width, height) = (start.width as usize, start.height as usize);
    Ok(Box::new(Png { writer, width, height, clock: Clock::new(1.0), before: Vec::new() }))
}

fn head<'a>(out: &'a mut dyn Write, start: &Start<'a>) -> Result<Writer<&'a mut dyn Write>, EncodingError> {
    let mut info = Info::with_size(start.width, start.height);
    info.icc_profile = start.icc.map(Cow::Borrowed);
    (info.bit_depth, info.color_type) = (BitDepth::Eight, ColorType::Rgba);
    let mut encoder = Encoder::with_info(out, info)?;
    encoder.set_animated(u32::try_from(start.frames).unwrap_or(u32::MAX), start.plays.into())?;
    encoder.set_compression(Compression::Balanced);
    encoder.set_blend_op(BlendOp::Source)?;
    encoder.write_header()
}

impl Animator for Png<'_> {
    fn add(&mut self, pixels: Vec<u8>, delay_ms: f64) -> Result<(), NodeError> {
        let whole = Area { left: 0, top: 0, width: self.width, height: self.height };
        let dot = Area { width: 1, height: 1, ..whole };
        let is_first = self.before.is_empty();
        let area = if is_first { whole } else { changed(&self.before, &pixels, self.width).unwrap_or(dot) };
        let delay = self.clock.next(delay_ms, u32::MAX);
        self.write(area, &area.cut(&pixels, self.width), delay).map_err(|error| cannot("PNG", &error))?;
        self.before = pixels;
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), NodeError> {
        self.writer.finish().map_err(|error| cannot("PNG", &error))
    }
}

impl Png<'_> {
    fn write(&mut self, area: Area, pixels: &[u8], delay_ms: u32) -> Result<(), EncodingError> {
        // A delay is a fraction of two numbers of 16 bits.
        let (count, parts) = match u16::try_from(delay_ms) {
            Ok(count) => (count, 1000),
            Err(_) => (u16::try_from(delay_ms / 1000).unwrap_or(u16::MAX), 1),
        };
        self.writer.set_frame_delay(count, parts)?;
        let [left, top, width, height] = [area.left, area.top, area.width, area.height].map(|side| side as u32);
        self.writer.reset_frame_position()?;
        self.writer.set_frame_dimension(width, height)?;
        self.writer.set_frame_position(left, top)?;
        self.writer.write_image_data(pixels)
    }
}
