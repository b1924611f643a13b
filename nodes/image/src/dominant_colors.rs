//! `image.dominant_colors`: the few colours that a picture is made of.

use serde_json::{Map, Value as Json};
use windlass_core::prelude::*;
use windlass_core::value::{Channels, Samples};

use crate::shared::{animation, convert, quantise};

/// The most pixels that are looked at, on a grid over the whole picture.
const MOST_PIXELS: usize = 1 << 20;

/// From this alpha on, a pixel counts.
const SEEN: u8 = 128;

/// How many, and how they are shown.
#[derive(Params)]
pub struct Settings {
    /// How many colours are looked for; a picture of fewer colours gives fewer.
    #[param(default = 5, min = 1, max = 64)]
    count: u8,
    /// Side of the square that each colour has in the palette.
    #[param(default = 64, min = 1, max = 1024, unit = "px")]
    swatch: u16,
}

/// The picture.
#[derive(Inputs)]
pub struct In {
    /// The picture; pixels that are more transparent than not are left out.
    image: Arc<Image>,
}

/// Its colours.
#[derive(Outputs)]
pub struct Out {
    /// The colours, the most frequent one first, each with `color` (`#rrggbb`), `red`, `green`, `blue` (0 to 255) and `share`,
    /// the part of the pixels that are nearest to it.
    colors: Json,
    /// The same, with a row for each colour.
    table: Arc<Table>,
    /// The colours side by side, in this order.
    palette: Arc<Image>,
}

/// `image.dominant_colors`
pub struct DominantColors;

impl Node for DominantColors {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "image.dominant_colors",
            "Dominant colours",
            "Finds the few colours that stand best for all of a picture, by k-means in Oklab, where distances are as they are seen. \
             The same picture always gives the same ones. Of a picture of more than a million pixels, a million on a grid are looked \
             at. Its colours are taken as sRGB.",
        )
        .cpu()
        .search(&["palette", "main colours", "k-means", "quantize", "theme", "swatch"])
        .sample(sample())
        .example(EXAMPLE)
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let pixels = seen(&inputs.image);
        if pixels.is_empty() {
            let nothing = NodeError::new("the picture is transparent, so it has no colours");
            return Err(nothing.hint("lay it on a ground, or filter such pictures out").permanent());
        }
        ctx.check_cancelled()?;
        let colours = shares(quantise::palette(&pixels, params.count)?, &pixels);
        let rows: Vec<Map<String, Json>> = colours.iter().map(|(colour, share)| row(*colour, *share)).collect();
        let palette = drawn(&colours, usize::from(params.swatch))?;
        Ok(Out { table: Arc::new(Table::from_rows(&rows)), colors: rows.into(), palette: Arc::new(palette) })
    }
}

/// Returns the colours that are seen, of pixels on a grid where there are many.
fn seen(image: &Image) -> Vec<[u8; 3]> {
    let pixels = image.width() as usize * image.height() as usize;
    let step = (pixels as f64 / MOST_PIXELS as f64).sqrt().ceil().max(1.0) as usize;
    let thin = thinned(image, step);
    let straight = convert::straight(&thin);
    let pixels = animation::rgba(&convert::to_u8(straight.samples()), straight.channels());
    let seen = pixels.as_chunks::<4>().0.iter().filter(|pixel| pixel[3] >= SEEN);
    seen.map(|[red, green, blue, _]| [*red, *green, *blue]).collect()
}

/// Returns every so manieth pixel of every so manieth row.
fn thinned(image: &Image, step: usize) -> Image {
    fn pick<T: Copy>(samples: &[T], width: usize, depth: usize, step: usize) -> Vec<T> {
        let rows = samples.chunks_exact(width * depth).step_by(step);
        rows.flat_map(|row| row.chunks_exact(depth).step_by(step).flatten()).copied().collect()
    }
    let (width, depth) = (image.width() as usize, image.channels().count());
    let samples = match image.samples() {
        Samples::U8(samples) => Samples::U8(pick(samples, width, depth, step)),
        Samples::U16(samples) => Samples::U16(pick(samples, width, depth, step)),
        Samples::F32(samples) => Samples::F32(pick(samples, width, depth, step)),
    };
    let [width, height] = [image.width(), image.height()].map(|side| side.div_ceil(step as u32));
    image.with(width, height, image.channels(), samples).unwrap_or_else(|_| image.clone())
}

/// Returns the colours with the part of the pixels that each is nearest to, the largest first; what nobody is near is left out.
fn shares(mut palette: Vec<[u8; 3]>, pixels: &[[u8; 3]]) -> Vec<([u8; 3], f64)> {
    palette.sort_unstable();
    palette.dedup();
    let centres = quantise::oklab(&palette);
    let mut counts = vec![0_u64; palette.len()];
    for seen in quantise::oklab(pixels) {
        let distance = |centre: &[f32; 3]| -> f32 { centre.iter().zip(seen).map(|(a, b)| (a - b) * (a - b)).sum() };
        let nearest = centres.iter().map(distance).enumerate().min_by(|left, right| left.1.total_cmp(&right.1));
        nearest.into_iter().for_each(|(at, _)| counts[at] += 1);
    }
    let shares = palette.into_iter().zip(counts).filter(|(_, count)| *count > 0);
    let mut shares: Vec<_> = shares.map(|(colour, count)| (colour, count as f64 / pixels.len() as f64)).collect();
    // Colours of one share stay in the order of their samples.
    shares.sort_by(|left, right| right.1.total_cmp(&left.1));
    shares
}

fn row([red, green, blue]: [u8; 3], share: f64) -> Map<String, Json> {
    let fields = [
        ("color", Json::from(format!("#{red:02x}{green:02x}{blue:02x}"))),
        ("red", red.into()),
        ("green", green.into()),
        ("blue", blue.into()),
        ("share", share.into()),
    ];
    fields.into_iter().map(|(name, field)| (name.to_owned(), field)).collect()
}

fn drawn(colours: &[([u8; 3], f64)], side: usize) -> Result<Image, NodeError> {
    let row: Vec<u8> = colours.iter().flat_map(|(colour, _)| colour.repeat(side)).collect();
    let (width, height) = ((colours.len() * side) as u32, side as u32);
    let drawn = Image::new(width, height, Channels::Rgb, Samples::U8(row.repeat(side)));
    drawn.map_err(|error| NodeError::because("the palette cannot be drawn", &error))
}

const EXAMPLE: &str = r#"
open:
  kind: files.open
  params: { path: samples/photos/lighthouse.jpg }
photo:
  kind: image.open
  inputs: { file: open.file }
colors:
  kind: image.dominant_colors
  params: { count: 6 }
  inputs: { image: photo.image }
save:
  kind: image.save
  params: { path: out/palette.png }
  inputs: { image: colors.palette }
"#;

fn sample() -> Sample {
    match Image::new(2, 1, Channels::Rgb, Samples::U8(vec![200, 0, 0, 0, 0, 200])) {
        Ok(image) => Sample::new().param("swatch", 1).input("image", Value::Image(Arc::new(image))),
        Err(_) => Sample::new(),
    }
}

#[cfg(test)]
mod tests {
    use windlass_core::harness::{Gave, Harness};
    use windlass_core::json;
    use windlass_core::value::AlphaMode;

    use super::*;
    use crate::shared::specimen;

    fn bench(image: Image) -> Harness {
        Harness::of::<DominantColors>().input("image", Arc::new(image))
    }

    fn colours(gave: &Gave) -> Vec<(String, f64)> {
        let colours: Json = gave.get("colors").unwrap();
        let pair = |colour: &Json| (colour["color"].as_str().unwrap().to_owned(), colour["share"].as_f64().unwrap());
        colours.as_array().unwrap().iter().map(pair).collect()
    }

    #[test]
    fn a_picture_of_few_colours_gives_them_by_their_share() {
        let pixels = [[255, 0, 0], [0, 0, 255], [0, 0, 255], [0, 0, 255]].concat().repeat(16);
        let image = Image::new(8, 8, Channels::Rgb, Samples::U8(pixels)).unwrap();
        let gave = bench(image).param("swatch", 2).fire().unwrap();
        assert_eq!(colours(&gave), [("#0000ff".to_owned(), 0.75), ("#ff0000".to_owned(), 0.25)]);
        let palette: Arc<Image> = gave.get("palette").unwrap();
        assert_eq!(palette.samples(), &Samples::U8([0, 0, 255, 0, 0, 255, 255, 0, 0, 255, 0, 0].repeat(2)));
        let table: Arc<Table> = gave.get("table").unwrap();
        assert_eq!((table.rows(), table.row(0)["blue"].clone()), (2, json!(255)));
    }

    #[test]
    fn clusters_are_found_among_many_colours() {
        let near =
            |centre: [u8; 3], at: usize| [0, 1, 2].map(|channel| centre[channel] + (at * (channel + 3) % 9) as u8);
        let pixel = |at: usize| near([[200, 30, 30], [30, 180, 40], [20, 40, 200]][at % 3], at);
        let pixels: Vec<u8> = (0..4096).flat_map(pixel).collect();
        let image = Image::new(64, 64, Channels::Rgb, Samples::U8(pixels)).unwrap();
        let found = colours(&bench(image.clone()).param("count", 3).fire().unwrap());
        assert!(found.len() == 3 && found.iter().all(|(_, share)| (share - 1.0 / 3.0).abs() < 0.01), "{found:?}");
        assert_eq!(found, colours(&bench(image).param("count", 3).fire().unwrap()));
    }

    #[test]
    fn every_layout_has_colours_and_a_large_picture_is_thinned() {
        for image in specimen::every_layout(20, 20) {
            let sum: f64 = colours(&bench(image).fire().unwrap()).iter().map(|(_, share)| share).sum();
            assert!((sum - 1.0).abs() < 1e-9);
        }
        let large = thinned(&specimen::picture(7, 5, Channels::Rgb, windlass_core::value::SampleType::U16), 3);
        assert_eq!((large.width(), large.height()), (3, 2));
    }

    #[test]
    fn what_is_not_seen_has_no_colour() {
        let mut clear = Image::new(1, 2, Channels::Rgba, Samples::U8(vec![255, 0, 0, 0, 0, 100, 0, 200])).unwrap();
        clear.alpha = AlphaMode::Premultiplied;
        assert_eq!(colours(&bench(clear).fire().unwrap()), [("#008000".to_owned(), 1.0)]);
        let nothing = Image::new(1, 1, Channels::GrayAlpha, Samples::U8(vec![9, 0])).unwrap();
        let error = bench(nothing).fire().map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "the picture is transparent, so it has no colours");
        assert!(error.is_permanent() && error.hint_text().is_some());
    }
}
