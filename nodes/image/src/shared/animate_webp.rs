//! Animated WebP (RFC 9649): frames without loss by image-webp, put into the container here. Each holds the rectangle that differs
//! from the frame before.

use std::io::Write;

use image_webp::{ColorType, WebPEncoder};
use windlass_core::prelude::*;

use super::animate::{Animator, Clock, Start, cannot};
use super::canvas::{Area, changed};
use super::riff;

/// The most bytes that an animation may have: its length stands at its start, so that it is held in memory until its end.
const MOST_BYTES: usize = 1 << 30;

/// What stands before the chunk of a picture in a file of its own.
const FILE_HEAD_BYTES: usize = 12;

const LONGEST_DELAY: u32 = 0xFF_FFFF;

struct Webp<'a> {
    out: &'a mut dyn Write,
    width: u32,
    height: u32,
    plays: u16,
    icc: Option<Vec<u8>>,
    clock: Clock,
    /// The frame before; empty before the first.
    before: Vec<u8>,
    has_alpha: bool,
    frames: Vec<u8>,
}

pub(super) fn begin<'a>(out: &'a mut dyn Write, start: &Start<'a>) -> Box<dyn Animator + 'a> {
    Box::new(Webp {
        out,
        width: start.width,
        height: start.height,
        plays: start.plays,
        icc: start.icc.map(<[u8]>::to_vec),
        clock: Clock::new(1.0),
        before: Vec::new(),
        has_alpha: false,
        frames: Vec::new(),
    })
}

impl Animator for Webp<'_> {
    fn add(&mut self, pixels: Vec<u8>, delay_ms: f64) -> Result<(), NodeError> {
        let area = self.area(&pixels);
        let cut = area.cut(&pixels, self.width as usize);
        let opaque = cut.as_chunks::<4>().0.iter().all(|pixel| pixel[3] == 255);
        self.has_alpha |= !opaque;
        let (colours, cut) = if opaque { (ColorType::Rgb8, without_alpha(&cut)) } else { (ColorType::Rgba8, cut) };
        let mut picture = Vec::new();
        let encoder = WebPEncoder::new(&mut picture);
        let encoded = encoder.encode(&cut, area.width as u32, area.height as u32, colours);
        encoded.map_err(|error| cannot("WebP", &error))?;
        let delay = self.clock.next(delay_ms, LONGEST_DELAY);
        let mut frame = frame_head(area, delay).to_vec();
        frame.extend_from_slice(&picture[FILE_HEAD_BYTES..]);
        riff::put(&mut self.frames, b"ANMF", &frame);
        self.before = pixels;
        if self.frames.len() > MOST_BYTES {
            let message = format!("the animation takes more than the {MOST_BYTES} bytes that can be written as WebP");
            return Err(NodeError::new(message).hint("write fewer or smaller frames").permanent());
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), NodeError> {
        let mut head = Vec::new();
        let flag = |is_set: bool, flag: u8| if is_set { flag } else { 0 };
        let flags = riff::ANIMATED | flag(self.has_alpha, riff::ALPHA) | flag(self.icc.is_some(), riff::PROFILE);
        riff::put(&mut head, b"VP8X", &riff::head(flags, self.width, self.height));
        if let Some(icc) = &self.icc {
            riff::put(&mut head, b"ICCP", icc);
        }
        let [low, high] = self.plays.to_le_bytes();
        riff::put(&mut head, b"ANIM", &[0, 0, 0, 0, low, high]);
        let file_head = riff::file_head(head.len() + self.frames.len());
        let parts = [&file_head[..], &head, &self.frames];
        parts.into_iter().try_for_each(|part| self.out.write_all(part)).map_err(|error| cannot("WebP", &error))
    }
}

impl Webp<'_> {
    /// Returns what differs from the frame before; it begins at even places, which are all that the format can name.
    fn area(&self, pixels: &[u8]) -> Area {
        let (width, height) = (self.width as usize, self.height as usize);
        if self.before.is_empty() {
            return Area { left: 0, top: 0, width, height };
        }
        let changed = changed(&self.before, pixels, width).unwrap_or(Area { left: 0, top: 0, width: 1, height: 1 });
        let (left, top) = (changed.left & !1, changed.top & !1);
        Area { left, top, width: changed.left + changed.width - left, height: changed.top + changed.height - top }
    }
}

/// Returns what stands before the picture of a frame, which takes the place of what lies there.
fn frame_head(area: Area, delay: u32) -> [u8; 16] {
    let mut head = [0; 16];
    let numbers = [area.left / 2, area.top / 2, area.width - 1, area.height - 1, delay as usize];
    for (place, number) in head.chunks_exact_mut(3).zip(numbers) {
        place.copy_from_slice(&number.to_le_bytes()[..3]);
    }
    head[15] = riff::NOT_BLENDED;
    head
}

fn without_alpha(pixels: &[u8]) -> Vec<u8> {
    pixels.as_chunks::<4>().0.iter().flat_map(|[red, green, blue, _]| [*red, *green, *blue]).collect()
}
