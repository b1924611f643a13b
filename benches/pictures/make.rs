//! Makes the pictures: computed from their number alone, so that every machine measures the same files.

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use windlass_core::value::{Channels, Image, Samples};
use windlass_image::codecs::{Encode, Format, encode};

use crate::Result;

const SIDE: u32 = 1024;
/// Strength of the grain; with it a picture takes about 300 kB.
const GRAIN: f32 = 26.0;

/// The folders that were made.
pub struct Folders {
    /// A folder of all pictures.
    pub all: PathBuf,
    /// A folder of the first few.
    pub few: PathBuf,
    /// Mean size of a picture in bytes.
    pub mean_bytes: f64,
}

/// Makes what is missing of the pictures in a folder.
pub fn folders(folder: &Path, count: usize, few: usize) -> Result<Folders> {
    let made =
        Folders { all: folder.join(format!("in-{count}")), few: folder.join(format!("in-{few}")), mean_bytes: 0.0 };
    std::fs::create_dir_all(&made.all)?;
    std::fs::create_dir_all(&made.few)?;
    let bytes = (0..count).into_par_iter().map(|number| picture(&made.all.join(name(number)), number as u32));
    let bytes = bytes.collect::<std::result::Result<Vec<u64>, _>>()?;
    for number in 0..few.min(count) {
        let copy = made.few.join(name(number));
        if !copy.exists() {
            std::fs::copy(made.all.join(name(number)), copy)?;
        }
    }
    Ok(Folders { mean_bytes: bytes.iter().sum::<u64>() as f64 / count.max(1) as f64, ..made })
}

fn name(number: usize) -> String {
    format!("picture-{number:05}.jpg")
}

/// Makes one picture, unless it stands there, and returns its size in bytes.
fn picture(path: &Path, number: u32) -> std::io::Result<u64> {
    if let Ok(metadata) = std::fs::metadata(path)
        && metadata.len() > 0
    {
        return Ok(metadata.len());
    }
    let image = Image::new(SIDE, SIDE, Channels::Rgb, Samples::U8(samples(number))).map_err(std::io::Error::other)?;
    let encoded = encode(&image, Encode { format: Format::Jpeg, quality: 88 }).map_err(std::io::Error::other)?;
    std::fs::write(path, &encoded.bytes)?;
    Ok(encoded.bytes.len() as u64)
}

/// Soft waves of colour with grain.
fn samples(number: u32) -> Vec<u8> {
    let phase = number as f32 * 0.7;
    let mut grain = number.wrapping_mul(0x9E37_79B1) | 1;
    let mut samples = Vec::with_capacity((SIDE * SIDE * 3) as usize);
    for y in 0..SIDE {
        for x in 0..SIDE {
            grain ^= grain << 13;
            grain ^= grain >> 17;
            grain ^= grain << 5;
            let speck = (grain as f32 / u32::MAX as f32 - 0.5) * GRAIN;
            let (x, y) = (x as f32 / 90.0, y as f32 / 70.0);
            for shift in [0.0, 1.1, 2.3] {
                let wave = (x + phase + shift).sin() + (y - phase * 0.3 + shift * x.sin()).cos();
                samples.push((128.0 + wave * 55.0 + speck).clamp(0.0, 255.0) as u8);
            }
        }
    }
    samples
}
