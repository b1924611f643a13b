//! Runs operations on a picture in memory and says how long each took, for `benches/image-peers.py`.
//!
//! Reads the name of an operation from each line of its input, and answers with seconds.

use std::error::Error;
use std::hint::black_box;
use std::io::{BufRead, Write};
use std::sync::Arc;
use std::time::Instant;

use windlass_core::value::{Channels, Image, Samples};
use windlass_image::codecs::{Filter, Fit, Scale, resize};
use windlass_image::operations as op;

const WIDTH: u32 = 2000;
const HEIGHT: u32 = 1500;

fn main() -> Result<(), Box<dyn Error>> {
    let picture = Arc::new(picture()?);
    let layer = layer()?;
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let name = line?;
        let started = Instant::now();
        let made = black_box(run(&name, black_box(&picture), black_box(&layer))?);
        let seconds = started.elapsed().as_secs_f64();
        drop(made);
        writeln!(out, "{seconds}")?;
        out.flush()?;
    }
    Ok(())
}

/// The picture that the peers are given too: waves, and noise of a counter.
fn picture() -> Result<Image, Box<dyn Error>> {
    let samples = (0..HEIGHT).flat_map(|y| (0..WIDTH).flat_map(move |x| pixel(x, y))).collect();
    Ok(Image::new(WIDTH, HEIGHT, Channels::Rgb, Samples::U8(samples))?)
}

/// What is laid over it: its mirror image in other colours, seen more and more from left to right.
fn layer() -> Result<Image, Box<dyn Error>> {
    let above = |x, y| {
        let [red, green, blue] = pixel(WIDTH - 1 - x, y);
        [blue, green, red, (x * 255 / (WIDTH - 1)) as u8]
    };
    let samples = (0..HEIGHT).flat_map(|y| (0..WIDTH).flat_map(move |x| above(x, y))).collect();
    Ok(Image::new(WIDTH, HEIGHT, Channels::Rgba, Samples::U8(samples))?)
}

fn pixel(x: u32, y: u32) -> [u8; 3] {
    let noise = (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(2_246_822_519)) >> 27;
    [x * 200 / WIDTH + noise, y * 200 / HEIGHT + noise, (x + y) * 200 / (WIDTH + HEIGHT) + noise].map(|part| part as u8)
}

fn run(name: &str, picture: &Arc<Image>, layer: &Image) -> Result<Samples, Box<dyn Error>> {
    let rotated = |angle| {
        let (filter, size) = (op::Interpolation::Bicubic, op::Size::Expand);
        op::Rotation { angle, filter, size, background: [0, 0, 0, 255] }.apply(picture)
    };
    Ok(match name {
        "resize" => {
            let scale = Scale { width: Some(800), height: Some(600), fit: Fit::Fill, filter: Filter::Lanczos3 };
            Arc::try_unwrap(resize(picture, &scale)?).map_err(|_| "the picture has that size")?.into_samples()
        }
        "blur" => op::blur(picture, op::Blurring::Gaussian, 3.0),
        "sharpen" => op::Unsharp { radius: 2.0, amount: 1.5, threshold: 0.0 }.apply(picture),
        "rotate 90" => rotated(90.0)?.into_samples(),
        "rotate 7" => rotated(7.0)?.into_samples(),
        "levels" => {
            let (input, out) = ((0.1, 0.9), (0.0, 1.0));
            op::Levels { input, gamma: 1.2, out, channel: op::Channel::All }.apply(picture)
        }
        "grayscale" => op::grayscale(picture, op::Weights::Rec601)?.into_samples(),
        "invert" => op::invert(picture),
        "dilate" => {
            let (operation, element) = (op::Morphing::Dilate, op::Element::Square);
            op::Morph { operation, element, radius: 3 }.apply(picture)
        }
        "threshold" => op::threshold(picture, 0.5)?.into_samples(),
        "composite" => {
            let (blend, corners) = (op::Blend::Normal, &[(0, 0)][..]);
            op::lay(picture, &op::Layer { image: layer, mask: None, opacity: 1.0, blend, corners })?.into_samples()
        }
        other => return Err(format!("`{other}` is no operation of this bench").into()),
    })
}
