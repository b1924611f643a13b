//! `image.statistics`: figures of the samples of a picture, channel by channel.

use serde_json::{Map, Value as Json};
use windlass_core::json;
use windlass_core::prelude::*;
use windlass_core::value::{Channels, Samples};

use crate::shared::figures::{self, Figures};

/// Most percentiles that are worked out at once.
const MOST_PERCENTILES: usize = 100;

/// What is worked out.
#[derive(Params)]
pub struct Settings {
    /// Which percentiles are worked out, each from 0 to 100; 50 is the median.
    #[param(default = [1, 5, 25, 50, 75, 95, 99], unit = "%")]
    percentiles: Vec<f64>,
}

/// The picture.
#[derive(Inputs)]
pub struct In {
    /// The picture.
    image: Arc<Image>,
}

/// Its figures.
#[derive(Outputs)]
pub struct Out {
    /// `width`, `height`, `range` (the sample of full intensity: 255, 65535, or 1 for floats), and under `channels`, for each
    /// of `red`, `green`, `blue`, `gray`, `alpha` that there is: `min`, `max`, `mean`, `deviation`, `percentiles` by their
    /// number, `entropy` in bits, and `left_out`, the number of samples that are no finite numbers.
    statistics: Json,
    /// The same, with a row for each channel.
    table: Arc<Table>,
}

/// `image.statistics`
pub struct Statistics;

impl Node for Statistics {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "image.statistics",
            "Statistics of a picture",
            "Gives the smallest and the largest sample of each channel, its mean, standard deviation, percentiles and entropy, \
             in the unit that the samples have, and as they are stored: alpha is a channel, and colour is not divided by it. \
             The entropy of floats is that of 256 steps from 0 to 1.",
        )
        .cpu()
        .search(&["mean", "minimum", "maximum", "deviation", "percentile", "median", "entropy", "brightness", "exposure"])
        .sample(sample())
        .example(EXAMPLE)
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    fn check(params: &Settings) -> Result<(), NodeError> {
        check(&params.percentiles)
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let (image, percentiles) = (&inputs.image, &params.percentiles);
        check(percentiles)?;
        let mut rows = Vec::new();
        let mut channels = Map::new();
        for (channel, name) in figures::names(image.channels()).iter().enumerate() {
            ctx.check_cancelled()?;
            let figures = figures::of(image, channel, percentiles);
            rows.push(row(name, figures.as_ref(), percentiles));
            channels.insert((*name).to_owned(), tree(figures.as_ref(), percentiles));
        }
        let range = figures::range(image.samples());
        let statistics =
            json!({ "width": image.width(), "height": image.height(), "range": range, "channels": channels });
        Ok(Out { statistics, table: Arc::new(Table::from_rows(&rows)) })
    }
}

fn check(percentiles: &[f64]) -> Result<(), NodeError> {
    if percentiles.len() > MOST_PERCENTILES {
        let message =
            format!("parameter `percentiles` asks for {}, at most {MOST_PERCENTILES} are given", percentiles.len());
        return Err(NodeError::new(message).permanent());
    }
    match percentiles.iter().find(|share| !(0.0..=100.0).contains(*share)) {
        Some(share) => {
            Err(NodeError::new(format!("parameter `percentiles`: {share} is not within 0 to 100")).permanent())
        }
        None => Ok(()),
    }
}

/// The figures that are one number, by name.
fn numbers(figures: Option<&Figures>) -> [(&'static str, Option<f64>); 5] {
    let of = |figure: fn(&Figures) -> f64| figures.map(figure);
    [
        ("min", of(|figures| figures.min)),
        ("max", of(|figures| figures.max)),
        ("mean", of(|figures| figures.mean)),
        ("deviation", of(|figures| figures.deviation)),
        ("entropy", of(|figures| figures.entropy)),
    ]
}

fn ranks<'a>(figures: Option<&'a Figures>, percentiles: &'a [f64]) -> impl Iterator<Item = (String, Option<f64>)> + 'a {
    let at = move |at: usize| figures.and_then(|figures| figures.percentiles.get(at).copied());
    percentiles.iter().enumerate().map(move |(index, share)| (share.to_string(), at(index)))
}

fn tree(figures: Option<&Figures>, percentiles: &[f64]) -> Json {
    let mut tree: Map<String, Json> =
        numbers(figures).into_iter().map(|(name, figure)| (name.to_owned(), figure.into())).collect();
    let ranks: Map<String, Json> = ranks(figures, percentiles).map(|(name, figure)| (name, figure.into())).collect();
    tree.insert("percentiles".into(), ranks.into());
    tree.insert("left_out".into(), figures.map(|figures| figures.left_out).into());
    tree.into()
}

fn row(channel: &str, figures: Option<&Figures>, percentiles: &[f64]) -> Map<String, Json> {
    let name = [("channel".to_owned(), Json::from(channel))];
    let numbers = numbers(figures).into_iter().map(|(name, figure)| (name.to_owned(), Json::from(figure)));
    let ranks = ranks(figures, percentiles).map(|(name, figure)| (format!("p{name}"), figure.into()));
    name.into_iter().chain(numbers).chain(ranks).collect()
}

const EXAMPLE: &str = r#"
open:
  kind: files.open
  params: { path: samples/photos/night.jpg }
photo:
  kind: image.open
  inputs: { file: open.file }
figures:
  kind: image.statistics
  params: { percentiles: [50, 99] }
  inputs: { image: photo.image }
write:
  kind: files.write
  params: { path: out/figures.json }
  inputs: { value: figures.statistics }
"#;

fn sample() -> Sample {
    match Image::new(2, 1, Channels::GrayAlpha, Samples::U8(vec![10, 255, 20, 255])) {
        Ok(image) => Sample::new().input("image", Value::Image(Arc::new(image))),
        Err(_) => Sample::new(),
    }
}

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;
    use crate::shared::specimen;

    fn bench(image: Image) -> Harness {
        Harness::of::<Statistics>().input("image", Arc::new(image))
    }

    #[test]
    fn each_channel_has_its_figures_by_name() {
        let image = Image::new(2, 1, Channels::Rgba, Samples::U8(vec![0, 10, 20, 255, 100, 30, 20, 255])).unwrap();
        let gave = bench(image).param("percentiles", json!([50, 2.5])).fire().unwrap();
        let figures: Json = gave.get("statistics").unwrap();
        assert_eq!((&figures["width"], &figures["range"]), (&json!(2), &json!(255.0)));
        let red = &figures["channels"]["red"];
        assert_eq!((&red["mean"], &red["percentiles"]["50"]), (&json!(50.0), &json!(50.0)));
        assert_eq!((&red["percentiles"]["2.5"], &red["left_out"]), (&json!(2.5), &json!(0)));
        assert_eq!(figures["channels"]["alpha"]["deviation"], json!(0.0));
        let table: Arc<Table> = gave.get("table").unwrap();
        assert_eq!(
            (table.rows(), table.row(1)["channel"].clone(), table.row(1)["p50"].clone()),
            (4, json!("green"), json!(20.0))
        );
    }

    #[test]
    fn every_layout_has_figures() {
        for image in specimen::every_layout(5, 4) {
            let names = figures::names(image.channels());
            let figures: Json = bench(image).fire().unwrap().get("statistics").unwrap();
            assert!(names.iter().all(|name| figures["channels"][name]["max"].is_f64()), "{figures}");
        }
    }

    #[test]
    fn a_channel_without_numbers_has_none() {
        let image = Image::new(1, 1, Channels::Gray, Samples::F32(vec![f32::NAN])).unwrap();
        let figures: Json = bench(image).fire().unwrap().get("statistics").unwrap();
        assert_eq!(figures["channels"]["gray"]["mean"], Json::Null);
    }

    #[test]
    fn senseless_percentiles_are_refused() {
        let cause = |percentiles: Json| {
            let image = specimen::picture(2, 2, Channels::Gray, windlass_core::value::SampleType::U8);
            bench(image).param("percentiles", percentiles).fire().map(|_| ()).unwrap_err().to_string()
        };
        assert_eq!(cause(json!([101])), "parameter `percentiles`: 101 is not within 0 to 100");
        assert_eq!(cause(json!(vec![1; 101])), "parameter `percentiles` asks for 101, at most 100 are given");
    }
}
