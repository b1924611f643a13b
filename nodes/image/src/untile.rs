//! `image.untile`: tiles become a picture again.

use serde_json::Value as Json;
use windlass_core::prelude::*;
use windlass_core::value::{Channels, List, SampleType, Samples};

use crate::shared::mosaic::{Grid, wrong};
use crate::shared::tiling::{MAX_TILES, Place};

/// The tiles of one picture.
#[derive(Inputs)]
pub struct In {
    /// The tiles, in order. They may all be larger or smaller than they were cut by one factor, as an upscaler makes
    /// them.
    images: Collected<Arc<Image>>,
    /// Where each of them lay, as `image.tile` says.
    places: Collected<Json>,
}

/// The picture.
#[derive(Outputs)]
pub struct Out {
    /// The picture; where tiles overlap, one fades into the next.
    image: Arc<Image>,
}

/// `image.untile`
pub struct Untile;

impl Node for Untile {
    type Params = ();
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new("image.untile", "Untile", "Joins the tiles of a picture again, and lets them fade into each other.")
            .cpu()
            .search(&["merge", "stitch", "join", "assemble", "seamless", "upscale in parts"])
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
double:
  kind: image.resize
  params: { width: 256 }
  inputs: { image: tile.image }
whole:
  kind: image.untile
  inputs: { images: double.image, places: tile.place }
save:
  kind: image.save
  params: { path: out/hills.png }
  inputs: { image: whole.image }
"#,
            )
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, (): (), inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let places = read_places(&inputs.places)?;
        if inputs.images.len() != places.len() {
            let text = format!("{} tiles came with {} places", inputs.images.len(), places.len());
            return Err(wrong(text));
        }
        let mut images = inputs.images.iter();
        let first = images.next().ok_or_else(|| wrong("there are no tiles".into()))??;
        let grid = Grid::new(&places, &first)?;
        let images = std::iter::once(Ok(first.clone())).chain(images);
        let samples = match first.samples().sample_type() {
            SampleType::U8 => Samples::U8(grid.join(&places, &first, images, ctx)?),
            SampleType::U16 => Samples::U16(grid.join(&places, &first, images, ctx)?),
            SampleType::F32 => Samples::F32(grid.join(&places, &first, images, ctx)?),
        };
        let (width, height) = grid.size();
        let made = first.with(width, height, first.channels(), samples);
        Ok(Out { image: Arc::new(made.map_err(|error| NodeError::because("the tiles cannot be joined", &error))?) })
    }
}

fn read_places(places: &Collected<Json>) -> Result<Vec<Place>, NodeError> {
    if places.len() as u64 > MAX_TILES {
        return Err(wrong(format!("{} tiles are more than {MAX_TILES}", places.len())));
    }
    let read = |place: Result<Json, NodeError>| {
        let place = place?;
        serde_json::from_value(place.clone()).map_err(|error| wrong(format!("{place} is no place of a tile: {error}")))
    };
    places.iter().map(read).collect()
}

fn sample() -> Sample {
    let place = Place {
        column: 0,
        row: 0,
        columns: 1,
        rows: 1,
        x: 0,
        y: 0,
        width: 1,
        height: 1,
        full_width: 1,
        full_height: 1,
    };
    let list = |value: Value| Value::List(Arc::new([value].into_iter().collect::<List>()));
    match (Image::new(1, 1, Channels::Gray, Samples::U8(vec![9])), serde_json::to_value(place)) {
        (Ok(tile), Ok(place)) => Sample::new()
            .input("images", list(Value::Image(Arc::new(tile))))
            .input("places", list(Value::Json(Arc::new(place)))),
        _ => Sample::new(),
    }
}

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;
    use crate::shared::specimen;
    use crate::tile::Tile;

    type Tiles = Vec<(Arc<Image>, Json)>;

    fn tiles(image: &Image, side: u32, overlap: u32, edges: &str) -> Tiles {
        let bench = Harness::of::<Tile>().input("image", Arc::new(image.clone())).param("edges", edges);
        let gave = bench.param("width", side).param("height", side).param("overlap", overlap).fire().unwrap();
        gave.children().iter().map(|child| (child.get("image").unwrap(), child.get("place").unwrap())).collect()
    }

    fn untile(tiles: Tiles) -> Result<Arc<Image>, NodeError> {
        let (images, places): (Vec<_>, Vec<_>) = tiles.into_iter().unzip();
        let images: List = images.into_iter().map(Value::Image).collect();
        let places: List = places.into_iter().map(|place| Value::Json(Arc::new(place))).collect();
        let bench = Harness::of::<Untile>().input("images", Value::List(Arc::new(images)));
        bench.input("places", Value::List(Arc::new(places))).fire()?.get("image")
    }

    #[test]
    fn what_was_cut_is_joined_to_the_same() {
        for mut image in specimen::every_layout(37, 23) {
            image.icc = Some(Arc::from(&b"profile"[..]));
            for (side, overlap, edges) in
                [(10, 3, "shift"), (10, 3, "cut"), (8, 0, "cut"), (20, 15, "shift"), (64, 9, "cut")]
            {
                let joined = untile(tiles(&image, side, overlap, edges)).unwrap();
                let rounded = |image: &Image| match image.samples() {
                    Samples::F32(samples) => samples.iter().map(|sample| (sample * 1e5).round() as i64).collect(),
                    Samples::U8(samples) => samples.iter().map(|sample| i64::from(*sample)).collect::<Vec<_>>(),
                    Samples::U16(samples) => samples.iter().map(|sample| i64::from(*sample)).collect(),
                };
                let hidden = |at: usize| {
                    let count = image.channels().count();
                    image.channels().has_alpha() && rounded(&image)[at / count * count + count - 1] == 0
                };
                let (a, b) = (rounded(&joined), rounded(&image));
                let differs = (0..a.len()).find(|at| (a[*at] - b[*at]).abs() > 1 && !hidden(*at));
                assert_eq!(differs, None, "{side} {overlap} {edges} {:?}", image.channels());
                assert_eq!((joined.width(), joined.height(), &joined.icc), (37, 23, &image.icc));
            }
        }
    }

    #[test]
    fn tiles_that_grew_make_a_picture_that_grew() {
        let image = specimen::picture(30, 20, Channels::Gray, SampleType::U8);
        let mut cut = tiles(&image, 10, 4, "shift");
        for (tile, _) in &mut cut {
            let scale = crate::codecs::Scale { width: Some(20), ..Default::default() };
            *tile = crate::codecs::resize(tile, &scale).unwrap();
        }
        let joined = untile(cut).unwrap();
        assert_eq!((joined.width(), joined.height()), (60, 40));
    }

    #[test]
    fn seams_fade() {
        let image = specimen::picture(16, 1, Channels::Gray, SampleType::U8);
        let mut cut = tiles(&image, 10, 4, "shift");
        let flat = |grey: u8, width: u32| {
            Arc::new(Image::new(width, 1, Channels::Gray, Samples::U8(vec![grey; width as usize])).unwrap())
        };
        (cut[0].0, cut[1].0) = (flat(0, 10), flat(200, 10));
        let joined = untile(cut).unwrap();
        let expected = vec![0, 0, 0, 0, 0, 0, 25, 75, 125, 175, 200, 200, 200, 200, 200, 200];
        assert_eq!(joined.samples(), &Samples::U8(expected));
    }

    #[test]
    fn wrong_sets_are_refused() {
        let image = specimen::picture(30, 20, Channels::Gray, SampleType::U8);
        let cut = || tiles(&image, 16, 2, "cut");
        let cause = |tiles: Tiles| untile(tiles).map(|_| ()).unwrap_err().to_string();
        assert_eq!(cause(cut()[1..].to_vec()), "3 tiles came, and the picture had 4");
        let mut swapped = cut();
        swapped.swap(0, 1);
        assert!(cause(swapped).contains("out of order"));
        let mut other = cut();
        other[1].0 = Arc::new(specimen::picture(16, 16, Channels::Rgb, SampleType::U8));
        assert!(cause(other).contains("has other channels, samples or colours than the first"));
        let mut small = cut();
        small[0].0 = Arc::new(specimen::picture(15, 16, Channels::Gray, SampleType::U8));
        assert!(cause(small).contains("do not become whole pixels"), "{}", cause(cut()[..1].to_vec()));
        let mut gap = cut();
        gap.iter_mut().for_each(|(_, place)| place["full_width"] = 31.into());
        assert_eq!(cause(gap), "the tiles end at 30 pixels, the picture at 31");
        let mut junk = cut();
        junk[0].1 = Json::Null;
        assert!(cause(junk).contains("is no place of a tile"));
        assert_eq!(cause(Vec::new()), "there are no tiles");
    }

    #[test]
    fn what_would_be_too_large_is_refused_before_it_is_made() {
        let cause = |side: u32, columns: u32| {
            let tile = Arc::new(specimen::picture(2, 16_384, Channels::Gray, SampleType::U8));
            let place = |column: u32| Place {
                column,
                row: 0,
                columns,
                rows: 1,
                x: column * side,
                y: 0,
                width: side,
                height: 16_384,
                full_width: columns * side,
                full_height: 16_384,
            };
            let tiles = (0..columns).map(|column| (tile.clone(), serde_json::to_value(place(column)).unwrap()));
            untile(tiles.collect()).map(|_| ()).unwrap_err().to_string()
        };
        assert_eq!(cause(2, 8200), "a row of tiles takes 1074790400 bytes while it is joined, more than 1073741824");
        assert!(cause(2, 13_000).contains("a picture of 26000 by 16384 pixels is larger than the 400000000"));
    }
}
