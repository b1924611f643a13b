//! Pictures on disk, as tests make them and look at them.

use std::fs;
use std::path::Path;

use windlass_core::value::{Channels, Image, Samples};
use windlass_image::codecs::{Encode, Format, Options, decode, encode};

/// A pixel: red, green, blue.
pub type Rgb = [u8; 3];

/// The pixels of a picture, row by row.
pub struct Pixels {
    pub width: u32,
    pub height: u32,
    pub all: Vec<Rgb>,
}

/// Reads a picture of eight bits a sample, without its alpha.
pub fn read(path: &Path) -> Pixels {
    let image = decode(&fs::read(path).unwrap(), &Options::default()).unwrap().image;
    assert!(matches!(image.channels(), Channels::Rgb | Channels::Rgba), "{} has no colours", path.display());
    let Samples::U8(samples) = image.samples() else { panic!("{} has no bytes", path.display()) };
    let all = samples.chunks_exact(image.channels().count()).map(|pixel| pixel[..3].try_into().unwrap()).collect();
    Pixels { width: image.width(), height: image.height(), all }
}

/// Writes a PNG.
pub fn write(path: &Path, width: u32, height: u32, pixel: impl Fn(u32, u32) -> Rgb) {
    let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    let samples = pixels.flat_map(|(x, y)| pixel(x, y)).collect();
    let image = Image::new(width, height, Channels::Rgb, Samples::U8(samples)).unwrap();
    fs::write(path, encode(&image, Encode { format: Format::Png, quality: 100 }).unwrap().bytes).unwrap();
}
