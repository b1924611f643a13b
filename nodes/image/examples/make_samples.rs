//! Draws the sample pictures of `graphs/samples` anew: `cargo run -p windlass-image --example make_samples`.
//!
//! Everything is computed, nothing is random, so that the files come out alike on every machine.

use std::error::Error;
use std::f32::consts::{PI, TAU};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use windlass_core::value::{Channels, Image, Samples};
use windlass_image::codecs::{Encode, Fit, Format, Scale, encode, resize};

type Colour = [f32; 3];
/// Gives the colour at a place: `x` from 0 to the picture's width over its height, `y` from 0 to 1, downwards.
type Scene = fn(f32, f32) -> Colour;

const LANDSCAPE: (u32, u32) = (360, 270);
const PORTRAIT: (u32, u32) = (240, 320);

const SCENES: [(&str, (u32, u32), Scene); 10] = [
    ("bubbles.jpg", LANDSCAPE, bubbles),
    ("dunes.jpg", LANDSCAPE, dunes),
    ("fractal.jpg", LANDSCAPE, fractal),
    ("hills.jpg", LANDSCAPE, hills),
    ("marble.jpg", PORTRAIT, marble),
    ("night.jpg", LANDSCAPE, night),
    ("plasma.jpg", LANDSCAPE, plasma),
    ("ripples.jpg", LANDSCAPE, ripples),
    ("sunset.jpg", LANDSCAPE, sunset),
    ("woven.jpg", PORTRAIT, woven),
];

fn main() -> Result<(), Box<dyn Error>> {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../graphs/samples");
    let folder = std::env::args_os().nth(1).map_or_else(default, PathBuf::from);
    let photos = folder.join("photos");
    std::fs::create_dir_all(&photos)?;
    for (name, size, scene) in SCENES {
        std::fs::write(photos.join(name), jpeg(&draw(size, scene)?)?)?;
    }
    std::fs::write(photos.join("lighthouse.jpg"), turned_jpeg(PORTRAIT, lighthouse)?)?;
    std::fs::write(
        photos.join("flower.png"),
        encode(&flower(240)?, Encode { format: Format::Png, quality: 100 })?.bytes,
    )?;
    mixed(&folder.join("mixed"), &photos)?;
    album(&folder.join("album"))?;
    Ok(())
}

/// Makes the folder of good and bad pictures: a whole one, one that is cut off, an empty one and a text.
fn mixed(mixed: &Path, photos: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(mixed)?;
    let whole = std::fs::read(photos.join("hills.jpg"))?;
    std::fs::write(mixed.join("cut-off.jpg"), &whole[..whole.len() / 2])?;
    std::fs::write(mixed.join("empty.jpg"), [])?;
    std::fs::write(mixed.join("notes.jpg"), "This is a text, whatever its name says.\n")?;
    std::fs::write(mixed.join("whole.jpg"), whole)
}

/// Makes the album with near duplicates: a scene that was scaled and brightened too, one that was compressed twice, two alone.
fn album(album: &Path) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(album)?;
    let save = |name: &str, image: &Image, quality| -> Result<(), Box<dyn Error>> {
        Ok(std::fs::write(album.join(name), encode(image, Encode { format: Format::Jpeg, quality })?.bytes)?)
    };
    let small = (132, 99);
    let beach = Arc::new(draw(small, dunes)?);
    save("beach.jpg", &beach, 80)?;
    save("beach-bright.jpg", &draw(small, |x, y| dunes(x, y).map(|part| part * 1.1))?, 80)?;
    let scale = Scale { width: Some(84), height: Some(63), fit: Fit::Fill, ..Scale::default() };
    save("beach-small.jpg", &*resize(&beach, &scale)?, 80)?;
    let evening = draw(small, sunset)?;
    save("evening.jpg", &evening, 80)?;
    save("evening-again.jpg", &evening, 35)?;
    save("stones.jpg", &draw((99, 132), marble)?, 80)?;
    save("valley.jpg", &draw(small, hills)?, 80)
}

fn draw((width, height): (u32, u32), scene: Scene) -> Result<Image, Box<dyn Error>> {
    let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    let samples = pixels.flat_map(|(x, y)| bytes(smooth(scene, x as f32, y as f32, height as f32))).collect();
    Ok(Image::new(width, height, Channels::Rgb, Samples::U8(samples))?)
}

/// The mean of four places in a pixel, so that edges are soft.
fn smooth(scene: Scene, x: f32, y: f32, height: f32) -> Colour {
    let places = [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)];
    places
        .map(|(right, down)| scene((x + right) / height, (y + down) / height))
        .into_iter()
        .fold([0.0; 3], |sum, one| [0, 1, 2].map(|at| sum[at] + one[at] / 4.0))
}

fn bytes(colour: Colour) -> [u8; 3] {
    colour.map(|part| (part.clamp(0.0, 1.0) * 255.0).round() as u8)
}

fn jpeg(image: &Image) -> Result<Vec<u8>, Box<dyn Error>> {
    Ok(encode(image, Encode { format: Format::Jpeg, quality: 88 })?.bytes)
}

/// A portrait as a camera stores it that was held upright: lying on its side, with EXIF orientation 6.
fn turned_jpeg((width, height): (u32, u32), scene: Scene) -> Result<Vec<u8>, Box<dyn Error>> {
    let exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let stored = (0..width).rev().flat_map(|x| (0..height).map(move |y| (x, y)));
    let samples: Vec<u8> = stored.flat_map(|(x, y)| bytes(smooth(scene, x as f32, y as f32, height as f32))).collect();
    let mut file = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut file, 88);
    encoder.add_exif_metadata(exif)?;
    encoder.encode(&samples, height as u16, width as u16, jpeg_encoder::ColorType::Rgb)?;
    Ok(file)
}

fn mix(from: Colour, to: Colour, share: f32) -> Colour {
    let share = share.clamp(0.0, 1.0);
    [0, 1, 2].map(|at| from[at] + (to[at] - from[at]) * share)
}

/// A wheel of colours: `turn` from 0 to 1.
fn rainbow(turn: f32) -> Colour {
    [0.0, 0.33, 0.67].map(|shift| 0.5 + 0.5 * (TAU * (turn + shift)).cos())
}

/// 0 below `low`, 1 above `high`, smooth between.
fn step(low: f32, high: f32, value: f32) -> f32 {
    let share = ((value - low) / (high - low)).clamp(0.0, 1.0);
    share * share * (3.0 - 2.0 * share)
}

/// A value from 0 to 1 that belongs to a place of a grid.
fn speck(x: i32, y: i32) -> f32 {
    let mut hash = (x as u32).wrapping_mul(0x9E37_79B1) ^ (y as u32).wrapping_mul(0x85EB_CA77);
    hash = (hash ^ (hash >> 15)).wrapping_mul(0x2C1B_3C6D);
    hash = (hash ^ (hash >> 12)).wrapping_mul(0x297A_2D39);
    (hash ^ (hash >> 15)) as f32 / u32::MAX as f32
}

/// Value noise with octaves, 0 to 1.
fn cloud(x: f32, y: f32) -> f32 {
    let octave = |scale: f32| {
        let (x, y) = (x * scale, y * scale);
        let (left, top) = (x.floor(), y.floor());
        let at = |right: i32, down: i32| speck(left as i32 + right, top as i32 + down);
        let (right, down) = (step(0.0, 1.0, x - left), step(0.0, 1.0, y - top));
        let row = |down| at(0, down) + (at(1, down) - at(0, down)) * right;
        row(0) + (row(1) - row(0)) * down
    };
    octave(3.0) * 0.5 + octave(6.0) * 0.25 + octave(12.0) * 0.15 + octave(24.0) * 0.1
}

fn bubbles(x: f32, y: f32) -> Colour {
    let mut colour = mix([0.05, 0.25, 0.45], [0.3, 0.75, 0.85], y);
    for at in 0..18 {
        let (across, down, size) = (speck(at, 1) * 1.33, speck(at, 2), 0.05 + speck(at, 3) * 0.13);
        let distance = (x - across).hypot(y - down) / size;
        if distance < 1.0 {
            let shine = step(0.45, 0.0, (x - across + size * 0.35).hypot(y - down + size * 0.35) / size);
            let skin = mix(rainbow(speck(at, 4)), [1.0; 3], 0.25 + 0.75 * shine);
            colour = mix(colour, skin, 0.35 + 0.5 * distance.powi(3) + shine * 0.4);
        }
    }
    colour
}

fn dunes(x: f32, y: f32) -> Colour {
    let mut colour = mix([0.45, 0.7, 0.95], [0.98, 0.9, 0.75], y * 1.8);
    for layer in 0..4 {
        let depth = layer as f32;
        let crest = 0.4 + depth * 0.13 + 0.08 * (x * (3.0 + depth) + depth * 2.1).sin();
        if y > crest {
            let light = 0.5 + 0.5 * (x * (3.0 + depth) + depth * 2.1 + 1.2).cos();
            let ripple = 0.04 * ((y - crest) * 160.0 + (x * 9.0).sin() * 3.0).sin();
            colour = mix([0.62, 0.33, 0.16], [0.98, 0.78, 0.45], light * 0.8 + ripple + depth * 0.05);
        }
    }
    colour
}

fn fractal(x: f32, y: f32) -> Colour {
    let (real, imaginary) = (-0.7465 + (x - 0.66) * 0.024, 0.1035 + (y - 0.5) * 0.024);
    let (mut a, mut b) = (0.0_f32, 0.0_f32);
    for round in 0..220 {
        (a, b) = (a * a - b * b + real, 2.0 * a * b + imaginary);
        if a * a + b * b > 16.0 {
            let share = (round as f32 - (a * a + b * b).ln().log2()) / 60.0;
            return mix(rainbow(share + 0.55), [0.02, 0.02, 0.1], 0.35 - share * 0.3);
        }
    }
    [0.02, 0.02, 0.08]
}

fn hills(x: f32, y: f32) -> Colour {
    let mut colour = mix([0.55, 0.78, 0.95], [0.98, 0.96, 0.88], y * 1.6 + (cloud(x, y * 2.0) - 0.5) * 0.9);
    for layer in 0..5 {
        let depth = layer as f32;
        let ridge = 0.38 + depth * 0.12 + 0.16 * (cloud(x * (0.5 + depth * 0.2) + depth * 7.0, depth) - 0.5);
        if y > ridge {
            let green = mix([0.68, 0.8, 0.78], [0.08, 0.32, 0.12], depth / 4.0);
            colour = mix(green, [0.95, 0.95, 0.85], (y - ridge) * 0.8 * (1.0 - depth / 5.0));
        }
    }
    colour
}

fn marble(x: f32, y: f32) -> Colour {
    let vein = (x * 4.0 + y * 6.0 + cloud(x * 1.2, y * 1.2) * 9.0).sin().abs();
    let stone = mix([0.93, 0.9, 0.86], [0.78, 0.7, 0.66], cloud(x + 5.0, y));
    mix([0.25, 0.17, 0.2], stone, step(0.0, 0.45, vein))
}

fn night(x: f32, y: f32) -> Colour {
    let mut colour = mix([0.02, 0.03, 0.12], [0.16, 0.14, 0.38], y);
    let star = speck((x * 110.0) as i32, (y * 110.0) as i32);
    colour = mix(colour, [1.0, 0.98, 0.9], step(0.985, 1.0, star));
    let moon = (x - 1.0).hypot(y - 0.27);
    colour = mix(colour, [0.98, 0.96, 0.86], step(0.105, 0.1, moon) + 0.35 * step(0.35, 0.0, moon));
    let ridge = 0.82 - 0.3 * cloud(x * 0.9 + 3.0, 1.0);
    if y > ridge { mix([0.05, 0.05, 0.12], [0.1, 0.12, 0.25], (y - ridge) * 2.0) } else { colour }
}

fn plasma(x: f32, y: f32) -> Colour {
    let waves = (x * 7.0).sin() + (y * 9.0 + x * 3.0).sin() + ((x - 0.7).hypot(y - 0.4) * 14.0).sin();
    rainbow(waves / 5.0 + cloud(x, y) * 0.3)
}

fn ripples(x: f32, y: f32) -> Colour {
    let wave = |across: f32, down: f32| ((x - across).hypot(y - down) * 75.0).sin();
    let height = (wave(0.35, 0.4) + wave(1.05, 0.65) + wave(0.7, -0.3)) / 3.0;
    let water = mix([0.0, 0.18, 0.32], [0.1, 0.65, 0.6], 0.5 + height * 0.5);
    mix(water, [0.9, 1.0, 0.95], step(0.55, 1.0, height))
}

fn sunset(x: f32, y: f32) -> Colour {
    let sun = (x - 0.7).hypot(y - 0.5);
    let sky = mix([0.25, 0.12, 0.4], [0.99, 0.55, 0.2], y * 1.7 + (cloud(x, y * 4.0) - 0.5) * 0.5);
    if y < 0.6 {
        return mix(sky, [1.0, 0.93, 0.6], step(0.125, 0.12, sun) + 0.5 * step(0.4, 0.0, sun));
    }
    let glitter = step(0.2, 0.0, (x - 0.7).abs()) * (0.5 + 0.5 * (y * y * 260.0 + (x * 30.0).sin()).sin());
    mix(mix([0.75, 0.35, 0.25], [0.12, 0.08, 0.25], (y - 0.6) * 2.5), [1.0, 0.85, 0.5], glitter)
}

fn woven(x: f32, y: f32) -> Colour {
    let (across, down) = (x * 9.0, y * 9.0);
    let over = (across.floor() + down.floor()) as i32 % 2 == 0;
    let (along, thread) = if over { (across, down) } else { (down, across) };
    let round = (PI * thread.fract()).sin() * (0.6 + 0.4 * (PI * along.fract()).sin());
    let dye = if over { [0.85, 0.25, 0.2] } else { [0.95, 0.8, 0.45] };
    mix([0.12, 0.05, 0.08], dye, round * (0.85 + 0.15 * (along * 40.0).sin()))
}

fn lighthouse(x: f32, y: f32) -> Colour {
    let half = 0.06 + 0.06 * y;
    let (middle, top) = (0.375, 0.25);
    let from_middle = (x - middle) / half;
    if from_middle.abs() < 1.0 && y > top && y < 0.86 {
        let band = if ((y - top) * 9.0) as i32 % 2 == 0 { [0.85, 0.15, 0.12] } else { [0.97, 0.95, 0.92] };
        return mix(band, [0.15, 0.1, 0.15], 0.7 * step(-0.4, 1.0, from_middle));
    }
    let lamp = (x - middle).hypot(y - 0.2);
    if lamp < 0.055 {
        return mix([1.0, 0.95, 0.6], [1.0, 0.75, 0.2], lamp * 18.0);
    }
    if y > 0.82 + 0.03 * (x * 22.0).sin() {
        return mix([0.2, 0.3, 0.25], [0.35, 0.45, 0.3], cloud(x * 3.0, y * 3.0));
    }
    let sky = mix([0.35, 0.6, 0.85], [0.95, 0.88, 0.8], y + (cloud(x, y * 2.0) - 0.5) * 0.8);
    mix(sky, [1.0, 0.97, 0.8], 0.6 * step(0.3, 0.0, lamp))
}

/// A flower on a clear ground; `side` in pixels.
fn flower(side: u32) -> Result<Image, Box<dyn Error>> {
    let place = |at: u32| (at as f32 + 0.5) / side as f32 * 2.0 - 1.0;
    let pixels = (0..side).flat_map(|y| (0..side).map(move |x| (x, y)));
    let samples = pixels.flat_map(|(x, y)| petal(place(x), place(y))).collect();
    Ok(Image::new(side, side, Channels::Rgba, Samples::U8(samples))?)
}

fn petal(x: f32, y: f32) -> [u8; 4] {
    let (radius, angle) = (x.hypot(y), y.atan2(x));
    let edge = 0.55 + 0.38 * (angle * 3.5).cos().abs();
    let leaf = mix([0.99, 0.75, 0.85], [0.8, 0.1, 0.45], radius + 0.15 * (angle * 42.0).sin());
    let colour = mix([0.99, 0.85, 0.2], leaf, step(0.2, 0.24, radius));
    let [red, green, blue] = bytes(colour);
    [red, green, blue, (step(edge, edge - 0.04, radius) * 255.0).round() as u8]
}
