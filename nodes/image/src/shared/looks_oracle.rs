//! The nodes that look at pictures, held against scikit-image, numpy, imagehash and Pillow: `tests/oracle/looks.py` made the figures.

use std::path::Path;
use std::sync::Arc;

use serde_json::Value as Json;
use windlass_core::harness::Harness;
use windlass_core::json;
use windlass_core::value::{Channels, Image, List, Samples, Table, Value};

use super::animation::{self, Frame};
use super::decode::{Limits, Options, decode};
use crate::animate::Animate;
use crate::compare::Compare;
use crate::hash::Hash;
use crate::histogram::Histogram;
use crate::statistics::Statistics;

/// How far sums may differ from those of another order, as a part of the figure.
const ROUNDING: f64 = 1e-9;

fn file(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/looks").join(name)).unwrap()
}

fn frozen(part: &str) -> Json {
    serde_json::from_slice::<Json>(&file("figures.json")).unwrap()[part].clone()
}

fn list(json: &Json) -> &[Json] {
    json.as_array().unwrap()
}

#[track_caller]
fn assert_near(found: f64, expected: &Json, what: &str) {
    let expected = expected.as_f64().unwrap();
    assert!((found - expected).abs() <= ROUNDING * expected.abs().max(1.0), "{what}: {found}, not {expected}");
}

/// A triangle from 0 to 255 and back.
fn wave(t: i64, period: i64) -> i64 {
    (t.rem_euclid(2 * period) - period).abs() * 255 / period
}

fn reference(x: i64, y: i64, c: i64) -> i64 {
    i64::midpoint(wave(3 * x + y + 20 * c, 37), wave(2 * y - x + 500 + 11 * c, 53))
}

fn noisy(x: i64, y: i64, c: i64) -> i64 {
    (reference(x, y, c) + (x * 13 + y * 29 + x * y * 7 + c * 5) % 41 - 20).clamp(0, 255)
}

fn finer(x: i64, y: i64, c: i64) -> i64 {
    noisy(x, y, c) * 256 + (x * 31 + y * 17) % 256
}

fn drawn(width: i64, height: i64, channels: i64, sample: impl Fn(i64, i64, i64) -> i64) -> Vec<i64> {
    let places = (0..height).flat_map(|y| (0..width).flat_map(move |x| (0..channels).map(move |c| (x, y, c))));
    places.map(|(x, y, c)| sample(x, y, c)).collect()
}

fn of_depth(depth: &str, eights: Vec<i64>, sixteens: Vec<i64>) -> Samples {
    match depth {
        "u8" => Samples::U8(eights.into_iter().map(|sample| sample as u8).collect()),
        "u16" => Samples::U16(sixteens.into_iter().map(|sample| sample as u16).collect()),
        _ => Samples::F32(sixteens.into_iter().map(|sample| (sample as f64 / 65_535.0) as f32).collect()),
    }
}

fn pair(depth: &str, width: i64, height: i64, channels: i64) -> [Arc<Image>; 2] {
    let layout = if channels == 1 { Channels::Gray } else { Channels::Rgb };
    let of = |eights, sixteens| {
        let samples = of_depth(depth, eights, sixteens);
        Arc::new(Image::new(width as u32, height as u32, layout, samples).unwrap())
    };
    let draw = |sample: fn(i64, i64, i64) -> i64| drawn(width, height, channels, sample);
    [of(draw(reference), draw(|x, y, c| reference(x, y, c) * 257)), of(draw(noisy), draw(finer))]
}

#[test]
fn differences_are_those_of_scikit_image() {
    let cases = frozen("metrics");
    for case in list(&cases) {
        let number = |name: &str| case[name].as_i64().unwrap();
        let depth = case["depth"].as_str().unwrap();
        let [reference, image] = pair(depth, number("width"), number("height"), number("channels"));
        let gave = Harness::of::<Compare>().input("reference", reference).input("image", image).fire().unwrap();
        for figure in ["mse", "psnr", "ssim", "max_difference"] {
            assert_near(gave.get(figure).unwrap(), &case[figure], &format!("{figure} of {case}"));
        }
    }
    assert_eq!(list(&cases).len(), 18);
}

#[test]
fn statistics_and_histograms_are_those_of_numpy() {
    let (cases, percentiles) = (frozen("statistics"), frozen("percentiles"));
    for case in list(&cases) {
        let [_, image] = pair(case["depth"].as_str().unwrap(), 64, 48, 3);
        let channel = ["red", "green", "blue"][case["channel"].as_u64().unwrap() as usize];
        let bench = Harness::of::<Statistics>().input("image", image.clone());
        let figures: Json = bench.param("percentiles", percentiles.clone()).fire().unwrap().get("statistics").unwrap();
        let figures = &figures["channels"][channel];
        for figure in ["min", "max", "mean", "deviation", "entropy"] {
            assert_near(figures[figure].as_f64().unwrap(), &case[figure], figure);
        }
        for (found, expected) in figures["percentiles"].as_object().unwrap().values().zip(list(&case["percentiles"])) {
            assert_near(found.as_f64().unwrap(), expected, "percentile");
        }
        let gave = Harness::of::<Histogram>().input("image", image).param("bins", 10).fire().unwrap();
        let table: Arc<Table> = gave.get("table").unwrap();
        let counts: Vec<Json> = (0..10).map(|row| table.row(row)[channel].clone()).collect();
        assert_eq!(json!(counts), case["histogram"], "{} {channel}", case["depth"]);
    }
    assert_eq!(list(&cases).len(), 9);
}

fn scene(number: i64) -> Image {
    let (width, height) = (150 + 13 * number, 200 - 9 * number);
    let samples = drawn(width, height, 3, |x, y, c| {
        let first = wave(x * (number % 5 + 1) + y * 2 + 40 * c, 61 + 7 * number);
        let second = wave(y * (number % 3 + 2) - x + 1000 + 25 * c, 83 + 5 * number);
        let third = wave((x - 70).pow(2) / (30 + number) + (y - 60).pow(2) / 40, 97 + 3 * number);
        (first + 2 * second + 3 * third) / 6
    });
    let samples = Samples::U8(samples.into_iter().map(|sample| sample as u8).collect());
    Image::new(width as u32, height as u32, Channels::Rgb, samples).unwrap()
}

#[test]
fn hashes_are_those_of_imagehash() {
    let cases = frozen("hashes");
    let bits = |hash: &str| u64::from_str_radix(hash, 16).unwrap();
    let mut differing = 0;
    for (number, case) in list(&cases).iter().enumerate() {
        let image = Arc::new(scene(number as i64));
        for method in ["average", "difference", "perceptual"] {
            let gave = Harness::of::<Hash>().input("image", image.clone()).param("method", method).fire().unwrap();
            let (found, expected) = (bits(&gave.get::<String>("hash").unwrap()), bits(case[method].as_str().unwrap()));
            let apart = (found ^ expected).count_ones();
            assert!(apart <= 2, "{method} of picture {number}: {apart} bits differ");
            differing += apart;
        }
    }
    // Pixels may come out one level apart as the last digits of the resampling fall: two neighbours are then alike or not, and two
    // waves beside the median change places.
    assert!(differing <= 5 && list(&cases).len() == 12, "{differing} bits differ");
}

/// Returns the frames that Pillow saw, which it left below each other.
fn seen_by_pillow(name: &str, count: usize) -> Vec<Vec<u8>> {
    let strip = decode(&file(&format!("{name}.strip.png")), &Options::default()).unwrap().image;
    let pixels = animation::rgba(&super::convert::to_u8(strip.samples()), strip.channels());
    pixels.chunks_exact(pixels.len() / count).map(<[u8]>::to_vec).collect()
}

/// Returns the pixels of a frame; what is not seen has no colour.
fn pixels(frame: &Frame) -> Vec<u8> {
    plain(&animation::rgba(&super::convert::to_u8(frame.image.samples()), frame.image.channels()))
}

fn plain(pixels: &[u8]) -> Vec<u8> {
    pixels.as_chunks::<4>().0.iter().flat_map(|pixel| if pixel[3] == 0 { [0; 4] } else { *pixel }).collect()
}

fn largest_difference(left: &[u8], right: &[u8]) -> u8 {
    assert_eq!(left.len(), right.len());
    left.iter().zip(right).map(|(left, right)| left.abs_diff(*right)).max().unwrap_or_default()
}

#[test]
fn animations_of_pillow_are_seen_as_pillow_sees_them() {
    let cases = frozen("animations");
    let cases: Vec<_> = cases.as_object().unwrap().iter().filter(|(name, _)| name.starts_with("pillow-")).collect();
    for (name, case) in &cases {
        let read = animation::open(file(name).into(), Limits::default()).unwrap();
        // GIF counts how often it is shown again.
        let more = u64::from(name.ends_with(".gif"));
        assert_eq!(u64::from(read.plays), case["loop"].as_u64().unwrap() + more, "{name}");
        let frames: Vec<_> = read.frames.collect::<Result<_, _>>().unwrap();
        let delays: Vec<f64> = list(&case["delays"]).iter().map(|delay| delay.as_f64().unwrap()).collect();
        assert_eq!(frames.iter().map(|frame| frame.delay_ms).collect::<Vec<_>>(), delays, "{name}");
        // Lossy WebP is defined up to how its chroma is enlarged.
        let most = if name.contains("lossy") { 3 } else { 0 };
        for (frame, seen) in frames.iter().zip(seen_by_pillow(name, delays.len())) {
            let apart = largest_difference(&pixels(frame), &plain(&seen));
            assert!(apart <= most, "{name}: samples differ by {apart}");
        }
    }
    assert_eq!(cases.len(), 10);
}

/// A block that wanders over a ground, over nothing, or over a gradient of many colours.
fn frame(number: i64, clear: bool, many: bool) -> Vec<u8> {
    let pixel = |x: i64, y: i64| match (x / 4 == number && y / 5 == number % 3, clear, many) {
        (true, ..) => [250, 20, 20, 255],
        (_, true, _) => [0; 4],
        (_, _, true) => [x * 12, y * 17, (x * y + number * 9) % 256, 255],
        _ => [x / 5 * 40, y / 4 * 60, 90, 255],
    };
    (0..14).flat_map(|y| (0..20).flat_map(move |x| pixel(x, y).map(|sample| sample as u8))).collect()
}

#[test]
fn animations_of_ours_are_seen_by_pillow_as_they_were_made() {
    let cases = frozen("animations");
    let cases: Vec<_> = cases.as_object().unwrap().iter().filter(|(name, _)| name.starts_with("ours-")).collect();
    for (name, case) in &cases {
        let frames: Vec<_> =
            (0..5).map(|number| frame(number, name.contains("clear"), name.contains("many"))).collect();
        let images = frames.iter().map(|frame| Image::new(20, 14, Channels::Rgba, Samples::U8(frame.clone())).unwrap());
        let images: List = images.map(|image| Value::Image(Arc::new(image))).collect();
        let path = name.trim_start_matches("ours-");
        let bench = Harness::of::<Animate>().input("images", Value::List(Arc::new(images))).param("path", path);
        let gave = bench.param("delay", 70).param("plays", 2).fire().unwrap();
        let bytes: String = gave.file(path).unwrap().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(json!(bytes), case["bytes"], "{name} is not the file that Pillow read");
        assert_eq!(
            (&case["loop"], &case["delays"]),
            (&json!(if name.ends_with(".gif") { 1 } else { 2 }), &delays(name))
        );
        for (frame, seen) in frames.iter().zip(seen_by_pillow(name, 5)) {
            assert_eq!(plain(&seen), *frame, "{name}");
        }
    }
    assert_eq!(cases.len(), 6);
}

/// Pillow gives delays of animated PNG as floats.
fn delays(name: &str) -> Json {
    if name.ends_with(".png") { json!(vec![70.0; 5]) } else { json!(vec![70; 5]) }
}
