//! Frames of animated WebP (RFC 9649): the container is read here, each frame is decoded by image-webp as a picture of its own.

use std::io::Cursor;
use std::ops::Range;
use std::sync::Arc;

use image_webp::{DecodingError, WebPDecoder};
use windlass_core::value::Channels;

use super::animation::{Animation, Frame, Stage, rgba};
use super::canvas::{Area, Blend, Dispose, Patch};
use super::decode::{DecodeError, Limits};
use super::format::Format;
use super::profile;
use super::riff::{self, Broken};

/// Length of what stands before the pixels of a frame.
const FRAME_HEADER_BYTES: usize = 16;

struct Frames {
    bytes: Arc<[u8]>,
    stage: Stage,
    limits: Limits,
    /// Where the frames lie.
    places: std::vec::IntoIter<Range<usize>>,
}

/// Opens an animation; `None` for a picture that does not move.
pub(super) fn open(bytes: &Arc<[u8]>, limits: Limits) -> Result<Option<Animation>, DecodeError> {
    let chunks = riff::whole(bytes).and_then(riff::chunks).map_err(|broken| match broken {
        Broken::CutOff => DecodeError::Truncated { format: Format::Webp },
        Broken::TooMany => damaged("it has more chunks than are read"),
    })?;
    let of =
        |name: &[u8; 4]| chunks.iter().find(|chunk| chunk.name == *name).map(|chunk| &bytes[chunk.content.clone()]);
    let Some(head) = of(b"VP8X").filter(|head| head.len() >= 10 && head[0] & riff::ANIMATED != 0) else {
        return Ok(None);
    };
    let (width, height) = (riff::number(&head[4..7]) + 1, riff::number(&head[7..10]) + 1);
    check(&limits, width, height)?;
    let plays = of(b"ANIM").filter(|anim| anim.len() >= 6).map_or(1, |anim| riff::number(&anim[4..6]));
    let icc = of(b"ICCP").filter(|icc| profile::fits(icc, Channels::Rgba)).map(Arc::from);
    let places: Vec<_> =
        chunks.iter().filter(|chunk| chunk.name == *b"ANMF").map(|chunk| chunk.content.clone()).collect();
    let stage = Stage::new(width, height, icc);
    let frames = Frames { bytes: bytes.clone(), stage, limits, places: places.into_iter() };
    Ok(Some(Animation { plays, frames: Box::new(frames) }))
}

fn check(limits: &Limits, width: u32, height: u32) -> Result<(), DecodeError> {
    let (width, height) = (width.into(), height.into());
    limits.check(width, height)?;
    limits.check_bytes(width, height, width * height * 4)
}

impl Frames {
    fn show(&mut self, place: Range<usize>) -> Result<Frame, DecodeError> {
        let content = &self.bytes[place];
        let Some((head, picture)) = content.split_at_checked(FRAME_HEADER_BYTES) else {
            return Err(damaged("the head of a frame is cut off"));
        };
        let number = |at: usize| riff::number(&head[at..at + 3]);
        let (width, height) = (number(6) + 1, number(9) + 1);
        check(&self.limits, width, height)?;
        let pixels = still(picture, width, height, &self.limits)?;
        let [left, top] = [number(0), number(3)].map(|half| half as usize * 2);
        let area = Area { left, top, width: width as usize, height: height as usize };
        let blend = if head[15] & riff::NOT_BLENDED != 0 { Blend::Replace } else { Blend::Over };
        let dispose = if head[15] & riff::DISPOSED != 0 { Dispose::Clear } else { Dispose::Keep };
        let patch = Patch { area, pixels: &pixels, blend, dispose };
        self.stage.show(&patch, number(12).into(), Format::Webp)
    }
}

impl Iterator for Frames {
    type Item = Result<Frame, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        let place = self.places.next()?;
        Some(self.show(place))
    }
}

/// Decodes the chunks of one frame as a file of its own.
fn still(picture: &[u8], width: u32, height: u32, limits: &Limits) -> Result<Vec<u8>, DecodeError> {
    let mut chunks = Vec::with_capacity(picture.len() + 18);
    if picture.starts_with(b"ALPH") {
        riff::put(&mut chunks, b"VP8X", &riff::head(riff::ALPHA, width, height));
    }
    chunks.extend_from_slice(picture);
    let file = riff::file(&chunks);
    let mut decoder = WebPDecoder::new(Cursor::new(file)).map_err(broken)?;
    if decoder.dimensions() != (width, height) {
        return Err(damaged("a frame has another size than its head says"));
    }
    decoder.set_memory_limit(usize::try_from(limits.working_bytes()).unwrap_or(usize::MAX));
    let mut samples = vec![0; decoder.output_buffer_size().unwrap_or_default()];
    decoder.read_image(&mut samples).map_err(broken)?;
    Ok(rgba(&samples, if decoder.has_alpha() { Channels::Rgba } else { Channels::Rgb }))
}

fn broken(error: DecodingError) -> DecodeError {
    DecodeError::of(Format::Webp, error)
}

fn damaged(cause: &'static str) -> DecodeError {
    DecodeError::Damaged { format: Format::Webp, cause: cause.into() }
}
