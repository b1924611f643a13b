//! The programs to measure against: rayon threads that take the next of a sorted list of files, and nothing else. One calls the
//! same codecs as their documentation shows, as somebody would who writes such a program; the other calls the functions that
//! the nodes call, so that what is left between it and Windlass is the engine.
//!
//! Each thread is a pool of its own: in one pool the library that scales would divide each picture once more, among threads
//! that are busy, as it is built with rayon here.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use fast_image_resize::images::Image;
use fast_image_resize::{PixelType, Resizer};
use jpeg_encoder::{ColorType, Encoder};
use rayon::ThreadPoolBuilder;
use windlass_image::codecs::{Encode, Format, Options, Scale, Scaler, decode, encode};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;

use crate::Result;

/// The side of the pictures that are made, in pixels.
const SIDE: u16 = 512;
/// The quality that they are written with.
const QUALITY: u8 = 85;

/// What a thread keeps from picture to picture.
#[derive(Default)]
struct Kept {
    resizer: Resizer,
    scaler: Scaler,
}

/// Which program it is.
#[derive(Clone, Copy)]
pub enum Program {
    /// The codecs as they come.
    Plain,
    /// The functions that the nodes call.
    Bare,
}

impl Program {
    /// Returns the program of a flag.
    pub fn of(flag: &str) -> Option<Self> {
        [Self::Plain, Self::Bare].into_iter().find(|program| program.flag() == flag)
    }

    /// Returns the flag by which this executable is that program.
    pub fn flag(self) -> &'static str {
        match self {
            Self::Plain => "--plain",
            Self::Bare => "--bare",
        }
    }

    /// Scales all files of a folder into another folder.
    pub fn run(self, from: &Path, to: &Path) -> Result<()> {
        let mut files = std::fs::read_dir(from)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<PathBuf>>>()?;
        files.sort();
        let (next, failed) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let work = || {
            let mut kept = Kept::default();
            while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                let done = self.one(file, to, &mut kept);
                failed.fetch_add(usize::from(done.is_err()), Ordering::Relaxed);
            }
        };
        let alone =
            || ThreadPoolBuilder::new().num_threads(1).use_current_thread().build().map(|pool| pool.install(work));
        let cores = std::thread::available_parallelism()?.get();
        let is_done = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..cores).map(|_| scope.spawn(alone)).collect();
            threads.into_iter().all(|thread| matches!(thread.join(), Ok(Ok(()))))
        });
        match (failed.into_inner(), is_done) {
            (0, true) => Ok(()),
            (failed, _) => Err(format!("{failed} pictures failed").into()),
        }
    }

    fn one(self, file: &Path, to: &Path, kept: &mut Kept) -> Result<()> {
        let bytes = std::fs::read(file)?;
        let small = match self {
            Self::Plain => plain(&bytes, &mut kept.resizer)?,
            Self::Bare => bare(&bytes, &kept.scaler)?,
        };
        Ok(std::fs::write(to.join(file.file_name().unwrap_or_default()), small)?)
    }
}

fn plain(bytes: &[u8], resizer: &mut Resizer) -> Result<Vec<u8>> {
    let mut decoder = JpegDecoder::new(ZCursor::new(bytes));
    let pixels = decoder.decode()?;
    let (width, height) = decoder.dimensions().ok_or("a picture without a size")?;
    let picture = Image::from_vec_u8(u32::try_from(width)?, u32::try_from(height)?, pixels, PixelType::U8x3)?;
    let mut small = Image::new(SIDE.into(), SIDE.into(), PixelType::U8x3);
    // Lanczos of three lobes, unless something else is asked for.
    resizer.resize(&picture, &mut small, None)?;
    let mut encoded = Vec::new();
    Encoder::new(&mut encoded, QUALITY).encode(small.buffer(), SIDE, SIDE, ColorType::Rgb)?;
    Ok(encoded)
}

fn bare(bytes: &[u8], scaler: &Scaler) -> Result<Vec<u8>> {
    let picture = Arc::new(decode(bytes, &Options::default())?.image);
    let side = Some(SIDE.into());
    let small = scaler.resize(&picture, &Scale { width: side, height: side, ..Scale::default() })?;
    Ok(encode(&small, Encode { format: Format::Jpeg, quality: QUALITY })?.bytes)
}
