//! What is written as an animation and read again is what it was.

use std::sync::Arc;

use super::animate::{Dither, Form, Start, begin};
use super::animation::{Frame, open};
use super::decode::{DecodeError, Limits};

const WIDTH: usize = 24;
const HEIGHT: usize = 18;

/// A dot that wanders over a ground of few colours; the ground is left out where `clear`.
fn wandering(clear: bool) -> Vec<Vec<u8>> {
    let frame = |at: usize| {
        let pixel = move |x: usize, y: usize| match (x / 4 == at, y / 6 == at % 3) {
            (true, true) => [250, 20, 20, 255],
            _ if clear => [0; 4],
            _ => [(x / 8 * 40) as u8, (y / 6 * 60) as u8, 90, 255],
        };
        (0..HEIGHT).flat_map(|y| (0..WIDTH).flat_map(move |x| pixel(x, y))).collect()
    };
    // The last frame is the same as the one before.
    (0..6).chain([5]).map(frame).collect()
}

/// A gradient with more colours than a palette holds.
fn gradient() -> Vec<u8> {
    (0..HEIGHT)
        .flat_map(|y| (0..WIDTH).flat_map(move |x| [(x * 10) as u8, (y * 14) as u8, (x * y) as u8, 255]))
        .collect()
}

fn written(form: Form, frames: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let start = Start { width: WIDTH as u32, height: HEIGHT as u32, frames: frames.len(), plays: 0, icc: None };
    let mut animator = begin(form, &mut bytes, &start).unwrap();
    frames.iter().for_each(|frame| animator.add(frame.clone(), 70.0).unwrap());
    animator.finish().unwrap();
    bytes
}

fn read(bytes: &[u8]) -> Result<Vec<Frame>, DecodeError> {
    open(bytes.into(), Limits::default())?.frames.collect()
}

fn pixels(frame: &Frame) -> Vec<u8> {
    match frame.image.samples() {
        windlass_core::value::Samples::U8(samples) => samples.clone(),
        _ => panic!("8-bit samples"),
    }
}

const FORMS: [Form; 3] = [Form::Gif(Dither::FloydSteinberg), Form::Webp, Form::Png];

#[test]
fn frames_of_few_colours_come_back_as_they_were() {
    for form in FORMS {
        for clear in [false, true] {
            let frames = wandering(clear);
            let read = read(&written(form, &frames)).unwrap();
            assert_eq!(read.iter().map(pixels).collect::<Vec<_>>(), frames, "{form:?}, clear {clear}");
            assert!(read.iter().all(|frame| frame.delay_ms == 70.0));
        }
    }
}

#[test]
fn many_colours_stay_near_and_transparency_is_all_or_nothing() {
    let mut half = gradient();
    half.as_chunks_mut::<4>()
        .0
        .iter_mut()
        .enumerate()
        .for_each(|(at, pixel)| pixel[3] = if at % 2 == 0 { 100 } else { 200 });
    for dither in [Dither::FloydSteinberg, Dither::None] {
        let read = read(&written(Form::Gif(dither), &[gradient(), half.clone()])).unwrap();
        let whole = pixels(&read[0]);
        let apart: f64 = whole.iter().zip(gradient()).map(|(now, was)| f64::from(now.abs_diff(was))).sum();
        assert!(apart / (whole.len() as f64) < 4.0, "{dither:?}: {apart}");
        let alpha: Vec<u8> = pixels(&read[1]).chunks_exact(4).map(|pixel| pixel[3]).collect();
        assert!(alpha.iter().enumerate().all(|(at, alpha)| *alpha == if at % 2 == 0 { 0 } else { 255 }));
    }
    let lossless = read(&written(Form::Webp, &[gradient(), half.clone()])).unwrap();
    assert_eq!((pixels(&lossless[0]), pixels(&lossless[1])), (gradient(), half));
}

#[test]
fn what_stands_still_costs_little() {
    for form in FORMS {
        let once = written(form, &[gradient()]).len();
        let often = written(form, &vec![gradient(); 20]).len();
        assert!(often < once + 20 * 130, "{form:?}: {once} and {often} bytes");
    }
}

#[test]
fn a_profile_travels_where_there_is_room_for_it() {
    let icc: Arc<[u8]> = super::specimen::profile(b"RGB ").into();
    for form in [Form::Webp, Form::Png] {
        let mut bytes = Vec::new();
        let start = Start { width: 1, height: 1, frames: 1, plays: 1, icc: Some(&icc) };
        let mut animator = begin(form, &mut bytes, &start).unwrap();
        animator.add(vec![1, 2, 3, 255], 5.0).unwrap();
        animator.finish().unwrap();
        assert_eq!(read(&bytes).unwrap()[0].image.icc.as_deref(), Some(&*icc), "{form:?}");
    }
}

#[test]
fn a_cut_is_told_and_nothing_that_is_flipped_panics() {
    for form in FORMS {
        let whole = written(form, &wandering(true));
        for end in (0..whole.len() - 1).step_by(7) {
            assert!(read(&whole[..end]).is_err(), "{form:?}, {end} of {} bytes", whole.len());
        }
        for at in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[at] ^= 0x55;
            // It is an error or another animation; either way it comes back.
            let _ = open(flipped.into(), Limits { max_pixels: 10_000, ..Limits::default() })
                .map(|read| read.frames.take(50).count());
        }
    }
}
