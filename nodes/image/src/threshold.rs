//! `image.threshold`: black and white alone.

use windlass_core::prelude::*;
use windlass_core::value::{Channels, ImageError, Samples};

use crate::grayscale::{Weights, grayscale, of_rgb_bytes};
use crate::shared::boxes;
use crate::shared::counts::Counts;
use crate::shared::depth::{Depth, each_depth, with_depth};
use crate::shared::filter::Shape;
use crate::shared::pixels::{is_premultiplied, tone};
use crate::shared::ports::{self, In};
use crate::shared::rows::fill_rows;

/// Where the border between black and white lies.
#[derive(Params)]
pub struct Settings {
    /// `fixed` takes `level`; `otsu` finds the level that parts the picture's brightness best (Otsu 1979);
    /// `adaptive` compares each pixel with the mean of its neighbours, for uneven light.
    #[param(default = "otsu")]
    method: Method,
    /// For `fixed`: what is brighter becomes white; 1 is full.
    #[param(default = 0.5, min = 0, max = 1)]
    level: f64,
    /// For `adaptive`: how many pixels on each side are neighbours.
    #[param(default = 16, min = 1, max = 10000, unit = "px")]
    radius: u32,
    /// For `adaptive`: how much darker than the mean a pixel may be and still become white.
    #[param(default = 0.02, min = -1, max = 1)]
    offset: f64,
}

/// Where the border between black and white comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Method {
    /// It is given.
    Fixed,
    /// From the picture's histogram.
    Otsu,
    /// From the neighbours of each pixel.
    Adaptive,
}

/// Black and white.
#[derive(Outputs)]
pub struct Out {
    /// The picture in black and white: one channel of the same type of samples, with alpha where there was some.
    image: Arc<Image>,
    /// The level above which brightness became white, from 0 to 1; skipped for `adaptive`.
    level: Gate<f64>,
}

/// `image.threshold`
pub struct Threshold;

impl Node for Threshold {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "image.threshold",
            "Threshold",
            "Makes what is bright white and the rest black. Colour counts by its luma (Rec. 601).",
        )
        .cpu()
        .search(&["binarize", "binary", "otsu", "black and white", "adaptive threshold", "segment", "mask"])
        .example(&ports::example("fractal.jpg", "threshold", "method: otsu"))
        .sample(ports::sample())
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, _: &Ctx) -> Result<Out, NodeError> {
        let (image, level) = black_and_white(&inputs.image, &params).map_err(|error| bug(&error))?;
        let level = level.map_or(Gate::Shut("each pixel has a level of its own".into()), Gate::Open);
        Ok(Out { image: Arc::new(image), level })
    }
}

/// Returns the picture, and the level unless each pixel has its own.
fn black_and_white(image: &Image, params: &Settings) -> Result<(Image, Option<f64>), ImageError> {
    let grey = || grayscale(image, Weights::Rec601);
    match params.method {
        Method::Fixed => Ok((threshold(image, params.level as f32)?, Some(params.level))),
        Method::Otsu => {
            let grey = grey()?;
            let level = otsu(&grey);
            Ok((ports::like(&grey, above(&grey, level as f32))?, Some(level)))
        }
        Method::Adaptive => {
            let grey = grey()?;
            Ok((ports::like(&grey, above_mean(&grey, params.radius as usize, params.offset as f32))?, None))
        }
    }
}

fn bug(error: &ImageError) -> NodeError {
    NodeError::because("the picture cannot be made", error).permanent()
}

/// Makes grey white where it is brighter than a level, full brightness being 1.0.
pub fn above(grey: &Image, level: f32) -> Samples {
    tone(grey, |_, unit| if unit > level { 1.0 } else { 0.0 })
}

/// Makes a picture of bytes in red, green and blue black and white, without a grey one in between.
fn at_once(samples: &[u8], level: f32) -> Vec<u8> {
    let darkest_white = (0..=u8::MAX).position(|byte| byte.unit() > level).unwrap_or(256) as u16;
    of_rgb_bytes(
        samples,
        Weights::Rec601.of_colours(),
        #[inline(always)]
        move |grey| if u16::from(grey) >= darkest_white { u8::MAX } else { 0 },
    )
}

/// Returns the level that parts a grey picture into two classes whose means are furthest apart, weighted by their sizes:
/// the largest variance between the classes (Otsu 1979, "A threshold selection method from gray-level histograms").
pub fn otsu(grey: &Image) -> f64 {
    let counts = Counts::of(grey);
    let Some(counts) = counts.channels.first() else { return 0.0 };
    let total: f64 = counts.iter().map(|count| *count as f64).sum();
    let whole: f64 = counts.iter().enumerate().map(|(at, count)| at as f64 * *count as f64).sum();
    let (mut dark, mut dark_sum) = (0.0, 0.0);
    let mut best = (0, -1.0);
    for (at, count) in counts.iter().enumerate() {
        dark += *count as f64;
        dark_sum += at as f64 * *count as f64;
        let bright = total - dark;
        if dark > 0.0 && bright > 0.0 {
            let apart = dark_sum / dark - (whole - dark_sum) / bright;
            let variance = dark * bright * apart * apart;
            if variance > best.1 {
                best = (at, variance);
            }
        }
    }
    Counts::brightness(counts, best.0)
}

/// Makes grey white where it is brighter than the mean of its neighbours less an offset.
fn above_mean(grey: &Image, radius: usize, offset: f32) -> Samples {
    let shape = Shape::of(grey);
    let plane = with_depth!(grey.samples(), samples => plane(grey, samples));
    let flat = Shape { count: 1, ..shape };
    let means: Vec<f32> = boxes::mean(&plane, flat, radius);
    let premultiplied = is_premultiplied(grey);
    each_depth!(grey.samples(), samples => {
        let mut made = samples.clone();
        fill_rows(&mut made, shape.row_len(), |y, row| {
            let at = y * shape.width;
            for ((pixel, unit), mean) in row.chunks_exact_mut(shape.count).zip(&plane[at..]).zip(&means[at..]) {
                let alpha = if premultiplied { pixel[shape.count - 1].unit() } else { 1.0 };
                pixel[0] = Depth::of_unit(if *unit > mean - offset { alpha } else { 0.0 });
            }
        });
        made
    })
}

/// Returns the brightness of each pixel, full being 1.0.
fn plane<T: Depth>(grey: &Image, samples: &[T]) -> Vec<f32> {
    let (count, premultiplied) = (grey.channels().count(), is_premultiplied(grey));
    let mut made = vec![0.0; samples.len() / count];
    fill_rows(&mut made, grey.width() as usize, |y, row| {
        let from = samples[y * row.len() * count..].chunks_exact(count);
        for (to, pixel) in row.iter_mut().zip(from) {
            let alpha = if premultiplied { pixel[count - 1].unit() } else { 1.0 };
            *to = if alpha > 0.0 { pixel[0].unit() / alpha } else { 0.0 };
        }
    });
    made
}

/// Returns a picture in black and white: white is what is brighter than a level, full brightness being 1.0.
///
/// # Errors
/// The samples do not make a picture, which is a bug.
pub fn threshold(image: &Image, level: f32) -> Result<Image, ImageError> {
    if let (Samples::U8(samples), Channels::Rgb) = (image.samples(), image.channels()) {
        let samples = Samples::U8(at_once(samples, level));
        let mut made = image.with(image.width(), image.height(), Channels::Gray, samples)?;
        made.icc = None;
        return Ok(made);
    }
    let grey = grayscale(image, Weights::Rec601)?;
    ports::like(&grey, above(&grey, level))
}

#[cfg(test)]
mod tests {
    use windlass_core::harness::{Gave, Harness};
    use windlass_core::value::AlphaMode;

    use super::*;
    use crate::shared::specimen;

    fn bench(image: Image) -> Harness {
        Harness::of::<Threshold>().input("image", Arc::new(image))
    }

    fn grey(samples: Vec<u8>) -> Image {
        Image::new(samples.len() as u32, 1, Channels::Gray, Samples::U8(samples)).unwrap()
    }

    fn samples(gave: &Gave) -> Samples {
        gave.get::<Arc<Image>>("image").unwrap().samples().clone()
    }

    #[test]
    fn a_level_parts_black_from_white() {
        let gave = bench(grey(vec![0, 51, 52, 255])).param("method", "fixed").param("level", 0.2).fire().unwrap();
        assert_eq!(samples(&gave), Samples::U8(vec![0, 0, 255, 255]));
        assert_eq!(gave.get::<f64>("level"), Ok(0.2));
    }

    #[test]
    fn colour_is_parted_as_its_grey_is() {
        let colours: Vec<u8> = (0..3 * 4096_u32).map(|at| (at * at / 5 + at) as u8).collect();
        let image = Image::new(4096, 1, Channels::Rgb, Samples::U8(colours)).unwrap();
        for level in [0.0, 0.3, 0.5, 1.0] {
            let gray = grayscale(&image, Weights::Rec601).unwrap();
            assert_eq!(*threshold(&image, level).unwrap().samples(), above(&gray, level), "{level}");
        }
    }

    #[test]
    fn otsu_parts_two_heaps() {
        let gave = bench(grey(vec![10, 12, 14, 11, 200, 210, 190])).fire().unwrap();
        assert_eq!(samples(&gave), Samples::U8(vec![0, 0, 0, 0, 255, 255, 255]));
        assert!((gave.get::<f64>("level").unwrap() - 14.0 / 255.0).abs() < 1e-9);
        assert_eq!(samples(&bench(grey(vec![7; 5])).fire().unwrap()), Samples::U8(vec![255; 5]));
    }

    #[test]
    fn neighbours_decide_where_light_is_uneven() {
        // A ramp with dark marks: no one level parts marks from ground.
        let ramp: Vec<u8> = (0..200).map(|x| 50 + x - if x % 20 == 10 { 40 } else { 0 }).collect();
        let gave =
            bench(grey(ramp)).param("method", "adaptive").param("radius", 5).param("offset", 0.05).fire().unwrap();
        let expected = (0..200).map(|x| if x % 20 == 10 { 0 } else { 255 }).collect();
        assert_eq!(samples(&gave), Samples::U8(expected));
        assert!(gave.get::<f64>("level").is_err());
    }

    #[test]
    fn every_layout_becomes_black_and_white() {
        for mut image in specimen::every_layout(10, 10) {
            for (method, alpha) in [("otsu", AlphaMode::Straight), ("adaptive", AlphaMode::Premultiplied)] {
                image.alpha = alpha;
                let gave = bench(image.clone()).param("method", method).fire().unwrap();
                let made = gave.get::<Arc<Image>>("image").unwrap();
                let channels = if image.channels().has_alpha() { Channels::GrayAlpha } else { Channels::Gray };
                assert_eq!((made.channels(), made.samples().sample_type()), (channels, image.samples().sample_type()));
            }
        }
    }

    #[test]
    fn a_senseless_level_is_refused() {
        let error = bench(grey(vec![1])).param("level", 128).fire().map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("parameter `level`"), "{error}");
    }
}
