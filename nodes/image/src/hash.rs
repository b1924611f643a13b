//! `image.hash`: a picture in 64 bits that are alike for pictures that look alike.

use std::f64::consts::PI;

use windlass_core::prelude::*;
use windlass_core::value::{Channels, Samples};

use crate::codecs::{Filter, Fit, Scale, resize};
use crate::shared::convert;

/// Side of the square of bits.
const SIDE: usize = 8;

/// Side of the square of pixels whose slowest waves `perceptual` looks at.
const WAVES: usize = 4 * SIDE;

/// What the bits tell.
#[derive(Params)]
pub struct Settings {
    /// What the bits tell: `perceptual` stands most changes, `difference` is the fastest that stands other brightness,
    /// `average` is the simplest.
    #[param(default = "perceptual")]
    method: Method,
}

/// What the bits tell.
#[derive(Clone, Copy, Debug, Choice)]
pub enum Method {
    /// aHash: which of 8 by 8 pixels are brighter than their mean.
    Average,
    /// dHash: which of 8 by 8 pixels are darker than the one to their right.
    Difference,
    /// pHash: which of the 8 by 8 slowest waves (DCT-II of 32 by 32 pixels) are stronger than their median.
    Perceptual,
}

/// The picture.
#[derive(Inputs)]
pub struct In {
    /// The picture; transparency is laid on white.
    image: Arc<Image>,
}

/// The hash.
#[derive(Outputs)]
pub struct Out {
    /// The hash: 16 hexadecimal digits, row by row from the top left, as `imagehash` for Python writes it. Hashes of one method
    /// alone can be held against each other.
    hash: String,
}

/// `image.hash`
pub struct Hash;

impl Node for Hash {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "image.hash",
            "Perceptual hash",
            "Tells a picture in 64 bits, few of which differ where it is scaled, compressed or brightened. \
             `image.near_duplicates` groups pictures by it. Pictures of one flat colour all have about the same hash.",
        )
        .version(2)
        .cpu()
        .search(&["fingerprint", "ahash", "dhash", "phash", "similar", "duplicate"])
        .sample(sample())
        .example(EXAMPLE)
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, _: &Ctx) -> Result<Out, NodeError> {
        let grey = Arc::new(grey(&inputs.image)?);
        let bits = match params.method {
            Method::Average => average(&shrunk(&grey, SIDE, SIDE)?),
            Method::Difference => difference(&shrunk(&grey, SIDE + 1, SIDE)?),
            Method::Perceptual => perceptual(&shrunk(&grey, WAVES, WAVES)?),
        };
        let hash = bits.into_iter().fold(0_u64, |hash, bit| hash << 1 | u64::from(bit));
        Ok(Out { hash: format!("{hash:016x}") })
    }
}

/// Returns the luma (ITU-R BT.601) in 8 bits, with the rounding that Pillow has.
fn grey(image: &Image) -> Result<Image, NodeError> {
    let image = convert::straight(image);
    let eights = convert::to_u8(image.samples());
    let opaque = convert::lay_on(&eights, image.channels(), convert::WHITE);
    let grey = match image.channels() {
        Channels::Gray | Channels::GrayAlpha => opaque.into_owned(),
        Channels::Rgb | Channels::Rgba => {
            opaque.chunks_exact(3).map(|pixel| luma([pixel[0], pixel[1], pixel[2]])).collect()
        }
    };
    let made = Image::new(image.width(), image.height(), Channels::Gray, Samples::U8(grey));
    made.map_err(|error| NodeError::because("the picture cannot be made grey", &error))
}

fn luma(colour: [u8; 3]) -> u8 {
    let [red, green, blue] = colour.map(u32::from);
    ((red * 19_595 + green * 38_470 + blue * 7_471 + 0x8000) >> 16) as u8
}

fn shrunk(grey: &Arc<Image>, width: usize, height: usize) -> Result<Vec<f64>, NodeError> {
    let (width, height) = (Some(width as u32), Some(height as u32));
    let scale = Scale { width, height, fit: Fit::Fill, filter: Filter::Lanczos3 };
    let small = resize(grey, &scale).map_err(|error| NodeError::because("the picture cannot be shrunk", &error))?;
    Ok(convert::to_u8(small.samples()).iter().map(|sample| f64::from(*sample)).collect())
}

fn average(pixels: &[f64]) -> Vec<bool> {
    let mean = pixels.iter().sum::<f64>() / pixels.len() as f64;
    pixels.iter().map(|pixel| *pixel > mean).collect()
}

fn difference(pixels: &[f64]) -> Vec<bool> {
    pixels.chunks_exact(SIDE + 1).flat_map(|row| row.windows(2).map(|pair| pair[1] > pair[0])).collect()
}

fn perceptual(pixels: &[f64]) -> Vec<bool> {
    let waves = slow_waves(pixels);
    let mut sorted = waves.clone();
    sorted.sort_unstable_by(f64::total_cmp);
    let median = f64::midpoint(sorted[waves.len() / 2 - 1], sorted[waves.len() / 2]);
    waves.iter().map(|wave| *wave > median).collect()
}

/// Returns the coefficients of the 8 by 8 slowest waves: a DCT of type II along both sides, as it is, without a norm.
fn slow_waves(pixels: &[f64]) -> Vec<f64> {
    let cosine = |wave: usize, at: usize| (PI * wave as f64 * (2 * at + 1) as f64 / (2 * WAVES) as f64).cos();
    let cosines: Vec<Vec<f64>> = (0..SIDE).map(|wave| (0..WAVES).map(|at| cosine(wave, at)).collect()).collect();
    let dot = |left: &[f64], right: &[f64]| left.iter().zip(right).map(|(left, right)| left * right).sum::<f64>();
    let columns: Vec<Vec<f64>> =
        cosines.iter().map(|across| pixels.chunks_exact(WAVES).map(|row| dot(row, across)).collect()).collect();
    let waves = cosines.iter().flat_map(|down| columns.iter().map(|column| 4.0 * dot(column, down)));
    // What cancels out to nothing must not be told from nothing by its last digits.
    waves.map(|wave| (wave * 1024.0).round() / 1024.0).collect()
}

const EXAMPLE: &str = r#"
open:
  kind: files.open
  params: { path: samples/photos/flower.png }
photo:
  kind: image.open
  inputs: { file: open.file }
hash:
  kind: image.hash
  inputs: { image: photo.image }
write:
  kind: files.write
  params: { path: out/hash.txt }
  inputs: { value: hash.hash }
"#;

fn sample() -> Sample {
    match Image::new(2, 1, Channels::Gray, Samples::U8(vec![10, 200])) {
        Ok(image) => Sample::new().input("image", Value::Image(Arc::new(image))),
        Err(_) => Sample::new(),
    }
}

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::value::{AlphaMode, SampleType};

    use super::*;
    use crate::shared::specimen;

    fn hash(image: Image, method: &str) -> u64 {
        let gave = Harness::of::<Hash>().input("image", Arc::new(image)).param("method", method).fire().unwrap();
        let hash: String = gave.get("hash").unwrap();
        assert_eq!(hash.len(), 16);
        u64::from_str_radix(&hash, 16).unwrap()
    }

    fn wave(width: u32, height: u32, brighter: f64) -> Image {
        let sample = |x: u32, y: u32| {
            let (x, y) = (f64::from(x) / f64::from(width), f64::from(y) / f64::from(height));
            (120.0 + 80.0 * (9.0 * x).sin() * (7.0 * y + 2.0 * x).cos() + 30.0 * (23.0 * y).sin()) * brighter
        };
        let samples = (0..height).flat_map(|y| (0..width).map(move |x| sample(x, y) as u8)).collect();
        Image::new(width, height, Channels::Gray, Samples::U8(samples)).unwrap()
    }

    #[test]
    fn a_scaled_and_brightened_picture_keeps_most_bits() {
        for method in ["average", "difference", "perceptual"] {
            let apart = |other: Image| (hash(wave(200, 150, 1.0), method) ^ hash(other, method)).count_ones();
            assert!(apart(wave(90, 130, 1.08)) <= 4, "{method}");
            let mut upside_down = wave(200, 150, 1.0).into_samples();
            if let Samples::U8(samples) = &mut upside_down {
                samples.reverse();
            }
            assert!(apart(Image::new(200, 150, Channels::Gray, upside_down).unwrap()) > 16, "{method}");
        }
    }

    #[test]
    fn every_layout_has_a_hash_and_its_type_of_samples_does_not_count() {
        for method in ["average", "difference", "perceptual"] {
            for channels in [Channels::Gray, Channels::GrayAlpha, Channels::Rgb, Channels::Rgba] {
                let of = |sample| hash(specimen::picture(40, 30, channels, sample), method);
                assert_eq!((of(SampleType::U16), of(SampleType::F32)), (of(SampleType::U8), of(SampleType::U8)));
            }
        }
    }

    #[test]
    fn hidden_colour_is_not_seen() {
        let clear = Image::new(16, 16, Channels::Rgba, Samples::U8((0..=255).flat_map(|red| [red, 0, 0, 0]).collect()));
        let white = Image::new(16, 16, Channels::Gray, Samples::U8(vec![255; 256])).unwrap();
        let mut clear = clear.unwrap();
        assert_eq!(hash(clear.clone(), "perceptual"), hash(white.clone(), "perceptual"));
        clear.alpha = AlphaMode::Premultiplied;
        assert_eq!(hash(clear, "average"), hash(white, "average"));
    }

    #[test]
    fn flat_pictures_have_one_hash() {
        let flat = |grey| Image::new(9, 9, Channels::Gray, Samples::U8(vec![grey; 81])).unwrap();
        assert_eq!((hash(flat(0), "average"), hash(flat(77), "difference")), (0, 0));
        assert_eq!(hash(flat(77), "perceptual"), 1 << 63);
    }

    #[test]
    fn another_method_is_refused() {
        let bench = Harness::of::<Hash>().sample(&sample()).param("method", "wavelet");
        assert!(bench.fire().is_err_and(|error| error.to_string().starts_with("parameter `method`")));
    }
}
