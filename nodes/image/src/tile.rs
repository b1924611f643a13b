//! `image.tile`: a picture in overlapping tiles.

use serde_json::Value as Json;
use windlass_core::prelude::*;
use windlass_core::value::{Channels, Samples};

use crate::shared::depth::{Depth, each_depth};
use crate::shared::tiling::{Edges, MAX_TILED_PIXELS, MAX_TILES, Place, spans};

/// How the picture is cut.
#[derive(Params)]
pub struct Settings {
    /// Width of a tile.
    #[param(default = 512, min = 1, max = 65_535, unit = "px")]
    width: u32,
    /// Height of a tile.
    #[param(default = 512, min = 1, max = 65_535, unit = "px")]
    height: u32,
    /// How far a tile reaches into the next one; less than its sides.
    #[param(default = 32, min = 0, max = 65_534, unit = "px")]
    overlap: u32,
    /// Tiles at the right and at the bottom: `shift` moves them inwards, so that all have one size; `cut` makes them
    /// smaller. A picture that is smaller than a tile is one tile.
    #[param(default = "shift")]
    edges: Edges,
}

/// The picture.
#[derive(Inputs)]
pub struct In {
    /// The picture.
    image: Arc<Image>,
}

/// One tile.
#[derive(Outputs)]
pub struct One {
    /// The tile; samples, profile and alpha are those of the picture.
    image: Arc<Image>,
    /// Where it lies, for `image.untile`.
    place: Json,
    /// Its place in the order: row by row, from 0.
    index: usize,
    /// Its column, from 0.
    column: u32,
    /// Its row, from 0.
    row: u32,
    /// Its left side in the picture, in pixels.
    x: u32,
    /// Its top side in the picture, in pixels.
    y: u32,
}

/// The tiles.
#[derive(Outputs)]
pub struct Out {
    /// How many tiles there are.
    count: usize,
    /// The tiles, named `row-column`.
    #[children]
    tiles: Children<One>,
}

/// `image.tile`
pub struct Tile;

impl Node for Tile {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new("image.tile", "Tile", "Cuts a picture into tiles that overlap, one item for each.")
            .cpu()
            .split(true)
            .search(&["split", "grid", "patches", "crop", "slice", "upscale in parts"])
            .sample(sample())
            .example(
                r#"
open:
  kind: files.open
  params: { path: samples/photos/hills.jpg }
photo:
  kind: image.open
  inputs: { file: open.file }
tile:
  kind: image.tile
  params: { width: 128, height: 128, overlap: 16 }
  inputs: { image: photo.image }
save:
  kind: image.save
  params: { path: "out/tile-{row}-{column}.png" }
  inputs: { image: tile.image, row: tile.row, column: tile.column }
"#,
            )
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, _: &Ctx) -> Result<Out, NodeError> {
        let places = places(&params, (inputs.image.width(), inputs.image.height()))?;
        let count = places.len();
        let image = inputs.image;
        let tiles = places.into_iter().enumerate().map(move |(index, place)| {
            let bug = |error| NodeError::because("the tile cannot be cut", &error);
            let tile = Arc::new(cut(&image, &place).map_err(bug)?);
            let json = serde_json::to_value(&place).map_err(|error| NodeError::because("no JSON", &error))?;
            let Place { column, row, x, y, .. } = place;
            Ok((format!("{row}-{column}"), One { image: tile, place: json, index, column, row, x, y }))
        });
        Ok(Out { count, tiles: Children::named(tiles) })
    }
}

fn places(params: &Settings, (full_width, full_height): (u32, u32)) -> Result<Vec<Place>, NodeError> {
    let Settings { width, height, overlap, edges } = *params;
    if overlap >= width.min(height) {
        let text = format!("an `overlap` of {overlap} pixels leaves nothing of a tile of {width} by {height}");
        return Err(NodeError::new(text).hint("make it less than both sides of a tile").permanent());
    }
    let tiles = |side: u32, tile: u32| u64::from(side.saturating_sub(overlap).div_ceil(tile - overlap).max(1));
    let count = tiles(full_width, width) * tiles(full_height, height);
    if count > MAX_TILES {
        let text =
            format!("a picture of {full_width} by {full_height} pixels would be {count} tiles, more than {MAX_TILES}");
        return Err(NodeError::new(text).hint("make tiles larger, or `overlap` smaller").permanent());
    }
    let across = spans(full_width, width, overlap, edges);
    let down = spans(full_height, height, overlap, edges);
    check_pixels(&across, &down)?;
    let (columns, rows) = (across.len() as u32, down.len() as u32);
    let mut places = Vec::with_capacity(across.len() * down.len());
    for (row, (y, height)) in (0..).zip(&down) {
        for (column, (x, width)) in (0..).zip(&across) {
            let (x, y, width, height) = (*x, *y, *width, *height);
            places.push(Place { column, row, columns, rows, x, y, width, height, full_width, full_height });
        }
    }
    Ok(places)
}

/// Refuses tiles that overlap so far that they are many times the picture.
fn check_pixels(across: &[(u32, u32)], down: &[(u32, u32)]) -> Result<(), NodeError> {
    let sum = |spans: &[(u32, u32)]| spans.iter().map(|(_, length)| u64::from(*length)).sum::<u64>();
    let pixels = sum(across).saturating_mul(sum(down));
    if pixels <= MAX_TILED_PIXELS {
        return Ok(());
    }
    let text = format!("the tiles would have {pixels} pixels together, more than {MAX_TILED_PIXELS}");
    Err(NodeError::new(text).hint("make `overlap` smaller").permanent())
}

fn cut(image: &Image, place: &Place) -> Result<Image, windlass_core::value::ImageError> {
    let count = image.channels().count();
    let row_len = image.width() as usize * count;
    let (left, len) = (place.x as usize * count, place.width as usize * count);
    let samples = each_depth!(image.samples(), samples => rows(samples, row_len, (left, len), place));
    image.with(place.width, place.height, image.channels(), samples)
}

fn rows<T: Depth>(samples: &[T], row_len: usize, (left, len): (usize, usize), place: &Place) -> Vec<T> {
    let rows = samples.chunks_exact(row_len).skip(place.y as usize).take(place.height as usize);
    rows.flat_map(|row| row[left..left + len].iter().copied()).collect()
}

fn sample() -> Sample {
    match Image::new(3, 2, Channels::Gray, Samples::U8(vec![1, 2, 3, 4, 5, 6])) {
        Ok(image) => Sample::new()
            .param("width", 2)
            .param("height", 2)
            .param("overlap", 1)
            .input("image", Value::Image(Arc::new(image))),
        Err(_) => Sample::new(),
    }
}

#[cfg(test)]
mod tests {
    use windlass_core::harness::{GaveChild, Harness};

    use super::*;
    use crate::shared::specimen;

    fn bench(image: Image, side: u32, overlap: u32) -> Harness {
        let bench = Harness::of::<Tile>().input("image", Arc::new(image));
        bench.param("width", side).param("height", side).param("overlap", overlap)
    }

    fn samples(child: &GaveChild) -> Vec<u8> {
        match child.get::<Arc<Image>>("image").unwrap().samples() {
            Samples::U8(samples) => samples.clone(),
            other => panic!("{other:?}"),
        }
    }

    fn small() -> Image {
        Image::new(3, 2, Channels::Gray, Samples::U8(vec![1, 2, 3, 4, 5, 6])).unwrap()
    }

    #[test]
    fn tiles_come_row_by_row_and_know_their_place() {
        let gave = bench(small(), 2, 1).fire().unwrap();
        let tiles: Vec<_> = gave.children().iter().map(samples).collect();
        assert_eq!(tiles, [[1, 2, 4, 5], [2, 3, 5, 6]]);
        let second = &gave.children()[1];
        assert_eq!((second.name(), second.get("x"), second.get("column")), (Some("0-1"), Ok(1), Ok(1)));
        let place: Place = serde_json::from_value(second.get("place").unwrap()).unwrap();
        assert_eq!((place.columns, place.rows, place.full_width), (2, 1, 3));
        let cut = bench(small(), 2, 0).param("edges", "cut").fire().unwrap();
        assert_eq!(cut.children().iter().map(samples).collect::<Vec<_>>(), [vec![1, 2, 4, 5], vec![3, 6]]);
    }

    #[test]
    fn every_layout_is_cut() {
        for image in specimen::every_layout(9, 7) {
            let gave = bench(image.clone(), 4, 2).fire().unwrap();
            assert_eq!(gave.get("count"), Ok(gave.children().len()));
            let first: Arc<Image> = gave.children()[0].get("image").unwrap();
            assert_eq!((first.width(), first.channels()), (4, image.channels()));
        }
    }

    #[test]
    fn senseless_tiles_are_refused() {
        let cause = |bench: Harness| bench.fire().map(|_| ()).unwrap_err();
        let error = cause(bench(small(), 2, 2));
        assert_eq!(error.to_string(), "an `overlap` of 2 pixels leaves nothing of a tile of 2 by 2");
        assert!(error.is_permanent() && error.hint_text().is_some());
        let large = specimen::picture(400, 400, Channels::Gray, windlass_core::value::SampleType::U8);
        assert!(cause(bench(large.clone(), 1, 0)).to_string().contains("160000 tiles, more than 100000"));
        let long = specimen::picture(120_000, 6, Channels::Gray, windlass_core::value::SampleType::U8);
        let overlapping = bench(long, 65_535, 65_534).param("height", 65_535);
        assert_eq!(cause(overlapping).hint_text(), Some("make `overlap` smaller"));
    }
}
