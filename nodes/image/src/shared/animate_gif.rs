//! GIF by the gif crate. Each frame has a palette of its own, and holds what differs from the frame before, and no more.

use std::collections::HashMap;
use std::io::Write;

use gif::{DisposalMethod, Encoder, Frame, Repeat};
use windlass_core::prelude::*;

use super::animate::{Animator, Clock, Dither, Start, cannot};
use super::canvas::{Area, changed};
use super::quantise;

/// From this alpha on, a pixel is opaque: GIF knows nothing between.
const OPAQUE: u8 = 128;

/// The colours of a frame; one more index stands for transparency.
pub(super) const MOST_COLOURS: usize = 255;

/// Delays count hundredths of a second.
const TICK_MS: f64 = 10.0;

struct Gif<'a> {
    encoder: Encoder<&'a mut dyn Write>,
    width: usize,
    height: usize,
    dither: Dither,
    clock: Clock,
    /// What is seen once the frame that waits is laid, in the colours that it was given in.
    seen: Vec<u8>,
    /// The last frame: how it is disposed of depends on the next one.
    waiting: Option<Waiting>,
}

/// A frame as it will be stored.
struct Waiting {
    indices: Vec<u8>,
    palette: Vec<u8>,
    transparent: u8,
    area: Area,
    delay: u16,
}

pub(super) fn begin<'a>(
    out: &'a mut dyn Write,
    start: &Start<'a>,
    dither: Dither,
) -> Result<Box<dyn Animator + 'a>, NodeError> {
    let (width, height) = (start.width as usize, start.height as usize);
    let encoder = Encoder::new(out, width as u16, height as u16, &[]);
    let mut encoder = encoder.map_err(|error| cannot("GIF", &error))?;
    let repeat = match start.plays {
        0 => Some(Repeat::Infinite),
        1 => None,
        plays => Some(Repeat::Finite(plays - 1)),
    };
    if let Some(repeat) = repeat {
        encoder.set_repeat(repeat).map_err(|error| cannot("GIF", &error))?;
    }
    let seen = vec![0; width * height * 4];
    Ok(Box::new(Gif { encoder, width, height, dither, clock: Clock::new(TICK_MS), seen, waiting: None }))
}

impl Animator for Gif<'_> {
    fn add(&mut self, mut pixels: Vec<u8>, delay_ms: f64) -> Result<(), NodeError> {
        pixels.as_chunks_mut::<4>().0.iter_mut().for_each(harden);
        // A pixel can become transparent again only where the whole frame before it is cleared away.
        let clears = pairs(&self.seen, &pixels).any(|(before, now)| before[3] > 0 && now[3] == 0);
        self.write_waiting(if clears { DisposalMethod::Background } else { DisposalMethod::Keep })?;
        if clears {
            self.seen.fill(0);
        }
        let area = changed(&self.seen, &pixels, self.width).unwrap_or(Area { left: 0, top: 0, width: 1, height: 1 });
        let delay = self.clock.next(delay_ms, u16::MAX.into()) as u16;
        self.waiting = Some(self.stored(&pixels, area, delay)?);
        self.seen = pixels;
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), NodeError> {
        self.write_waiting(DisposalMethod::Keep)?;
        let out = self.encoder.into_inner().map_err(|error| cannot("GIF", &error))?;
        out.flush().map_err(|error| cannot("GIF", &error))
    }
}

impl Gif<'_> {
    /// Returns what is stored of a frame: pixels of the area that differ from what is seen; the others are transparent.
    fn stored(&self, pixels: &[u8], area: Area, delay: u16) -> Result<Waiting, NodeError> {
        let (before, now) = (area.cut(&self.seen, self.width), area.cut(pixels, self.width));
        let is_new: Vec<bool> = pairs(&before, &now).map(|(before, now)| before != now).collect();
        let (palette, mut indices) = self.reduced(&now, &is_new, area)?;
        let transparent = palette.len() as u8;
        indices.iter_mut().zip(&is_new).filter(|(_, is_new)| !**is_new).for_each(|(index, _)| *index = transparent);
        let palette = palette.into_iter().chain([[0; 3]]).flatten().collect();
        Ok(Waiting { indices, palette, transparent, area, delay })
    }

    /// Returns a palette for the new pixels, and an index for each.
    fn reduced(&self, now: &[u8], is_new: &[bool], area: Area) -> Result<(Vec<[u8; 3]>, Vec<u8>), NodeError> {
        let colours: Vec<[u8; 3]> = now.as_chunks::<4>().0.iter().map(|[r, g, b, _]| [*r, *g, *b]).collect();
        let new = || colours.iter().zip(is_new).filter(|(_, is_new)| **is_new).map(|(colour, _)| *colour);
        if let Some(few) = few(new()) {
            let palette: Vec<[u8; 3]> = few;
            let places: HashMap<_, _> = palette.iter().zip(0_u8..).map(|(colour, at)| (*colour, at)).collect();
            let indices = colours.iter().map(|colour| places.get(colour).copied().unwrap_or_default()).collect();
            return Ok((palette, indices));
        }
        let new: Vec<_> = new().collect();
        quantise::indexed(&colours, &new, (area.width, area.height), MOST_COLOURS as u8, self.dither)
    }

    fn write_waiting(&mut self, dispose: DisposalMethod) -> Result<(), NodeError> {
        let Some(waiting) = self.waiting.take() else { return Ok(()) };
        let Waiting { indices, palette, transparent, area, delay } = waiting;
        // Only what a frame covers is cleared away with it.
        let (area, indices) = match dispose {
            DisposalMethod::Background => self.spread(area, &indices, transparent),
            _ => (area, indices),
        };
        let [left, top, width, height] = [area.left, area.top, area.width, area.height].map(|side| side as u16);
        let frame = Frame {
            delay,
            dispose,
            transparent: Some(transparent),
            left,
            top,
            width,
            height,
            palette: Some(palette),
            buffer: indices.into(),
            ..Frame::default()
        };
        self.encoder.write_frame(&frame).map_err(|error| cannot("GIF", &error))
    }

    /// Returns a frame that covers all.
    fn spread(&self, area: Area, indices: &[u8], transparent: u8) -> (Area, Vec<u8>) {
        let mut all = vec![transparent; self.width * self.height];
        for (row, stored) in indices.chunks_exact(area.width).enumerate() {
            let start = (area.top + row) * self.width + area.left;
            all[start..start + area.width].copy_from_slice(stored);
        }
        (Area { left: 0, top: 0, width: self.width, height: self.height }, all)
    }
}

/// Makes a pixel opaque or transparent; what is not seen has no colour.
fn harden(pixel: &mut [u8; 4]) {
    if pixel[3] < OPAQUE { *pixel = [0; 4] } else { pixel[3] = 255 }
}

fn pairs<'a>(before: &'a [u8], now: &'a [u8]) -> impl Iterator<Item = (&'a [u8; 4], &'a [u8; 4])> {
    before.as_chunks::<4>().0.iter().zip(now.as_chunks::<4>().0)
}

/// Returns all colours where a palette has room for them.
fn few(colours: impl Iterator<Item = [u8; 3]>) -> Option<Vec<[u8; 3]>> {
    let mut palette = Vec::new();
    let mut known = std::collections::HashSet::new();
    for colour in colours {
        if known.insert(colour) {
            palette.push(colour);
        }
        if palette.len() > MOST_COLOURS {
            return None;
        }
    }
    Some(palette)
}
