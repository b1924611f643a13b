//! `image.histogram`: how often each intensity stands in a picture, as a table and drawn.

use windlass_core::prelude::*;
use windlass_core::value::{Cells, Channels, Column, Samples};

use crate::shared::figures;

/// What the histogram is drawn on, and grey channels are drawn in.
const GROUND: u8 = 16;
const GREY: u8 = 208;

/// How it is made and drawn.
#[derive(Params)]
pub struct Settings {
    /// Into how many steps of one width the range from black to white is divided.
    #[param(default = 256, min = 1, max = 4096)]
    bins: u16,
    /// How high the bars are drawn; the highest one of all channels takes the whole height.
    #[param(default = "linear")]
    scale: Scale,
    /// Width of the drawing.
    #[param(default = 512, min = 16, max = 4096, unit = "px")]
    width: u16,
    /// Height of the drawing.
    #[param(default = 256, min = 16, max = 4096, unit = "px")]
    height: u16,
}

/// How high the bars are.
#[derive(Clone, Copy, Choice)]
pub enum Scale {
    /// As the count.
    Linear,
    /// As the logarithm of the count, so that rare intensities are seen beside frequent ones.
    Logarithmic,
}

/// The picture.
#[derive(Inputs)]
pub struct In {
    /// The picture.
    image: Arc<Image>,
}

/// The histogram.
#[derive(Outputs)]
pub struct Out {
    /// A row for each step: `from` and `to` (not included) in the unit of the samples, and the count of each channel: `red`,
    /// `green`, `blue`, `gray`, `alpha`.
    table: Arc<Table>,
    /// The counts of the colours, drawn in red, green and blue that add up; alpha is left out.
    image: Arc<Image>,
}

/// `image.histogram`
pub struct Histogram;

impl Node for Histogram {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "image.histogram",
            "Histogram",
            "Counts how often each intensity stands in each channel, and draws it. Floats below 0 count as 0 and above 1 as 1; \
             what is no number is left out.",
        )
        .cpu()
        .search(&["distribution", "levels", "exposure", "tones", "counts"])
        .sample(sample())
        .example(EXAMPLE)
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let (image, bins) = (&inputs.image, usize::from(params.bins));
        let mut counts = Vec::new();
        for channel in 0..image.channels().count() {
            ctx.check_cancelled()?;
            counts.push(count(image, channel, bins));
        }
        let table = table(image, &counts).map_err(|error| NodeError::because("the counts make no table", &error))?;
        let colours = image.channels().count() - usize::from(image.channels().has_alpha());
        let drawn = Drawing { counts: &counts[..colours], params: &params }.image();
        let drawn = drawn.map_err(|error| NodeError::because("the histogram cannot be drawn", &error))?;
        Ok(Out { table: Arc::new(table), image: Arc::new(drawn) })
    }
}

/// Returns how many samples of a channel lie in each step.
fn count(image: &Image, channel: usize, bins: usize) -> Vec<u64> {
    let step = image.channels().count();
    let mut counts = vec![0; bins];
    match image.samples() {
        Samples::U8(samples) => {
            samples
                .iter()
                .skip(channel)
                .step_by(step)
                .for_each(|sample| counts[(usize::from(*sample) * bins) >> 8] += 1);
        }
        Samples::U16(samples) => {
            samples
                .iter()
                .skip(channel)
                .step_by(step)
                .for_each(|sample| counts[(usize::from(*sample) * bins) >> 16] += 1);
        }
        Samples::F32(samples) => {
            let numbers = samples.iter().skip(channel).step_by(step).filter(|sample| !sample.is_nan());
            numbers.for_each(|sample| counts[((f64::from(*sample) * bins as f64) as usize).min(bins - 1)] += 1);
        }
    }
    counts
}

fn table(image: &Image, counts: &[Vec<u64>]) -> Result<Table, windlass_core::value::TableError> {
    let bins = counts.first().map_or(0, Vec::len);
    // A sample of 8 bits takes one of 256 values, so that the steps divide 256; floats from 0 to 1 have no such gap.
    let range = figures::range(image.samples());
    let whole = if matches!(image.samples(), Samples::F32(_)) { range } else { range + 1.0 };
    let edge = |at: usize| Some(at as f64 * whole / bins as f64);
    let edges = |offset: usize| Cells::Float((0..bins).map(|at| edge(at + offset)).collect());
    let column = |name: &str, cells: Cells| Column { name: name.into(), cells };
    let channels = figures::names(image.channels()).iter().zip(counts);
    let channels = channels.map(|(name, counts)| {
        column(name, Cells::Int(counts.iter().map(|count| i64::try_from(*count).ok()).collect()))
    });
    Table::new([column("from", edges(0)), column("to", edges(1))].into_iter().chain(channels).collect())
}

/// Bars side by side.
struct Drawing<'a> {
    counts: &'a [Vec<u64>],
    params: &'a Settings,
}

impl Drawing<'_> {
    fn image(&self) -> Result<Image, windlass_core::value::ImageError> {
        let (width, height) = (usize::from(self.params.width), usize::from(self.params.height));
        let mut pixels = vec![GROUND; width * height * 3];
        for x in 0..width {
            for (colour, counts) in self.counts.iter().enumerate() {
                for y in height - self.bar(counts, x)..height {
                    let pixel = &mut pixels[(y * width + x) * 3..][..3];
                    if self.counts.len() == 1 { pixel.fill(GREY) } else { pixel[colour] = u8::MAX }
                }
            }
        }
        Image::new(width as u32, height as u32, Channels::Rgb, Samples::U8(pixels))
    }

    /// Returns how many pixels high a bar is: that of the highest step that falls on the column.
    fn bar(&self, counts: &[u64], x: usize) -> usize {
        let (width, bins) = (usize::from(self.params.width), counts.len());
        let (first, end) = (x * bins / width, ((x + 1) * bins).div_ceil(width));
        let count = counts[first..end].iter().max().copied().unwrap_or_default();
        let highest = self.counts.iter().flatten().max().copied().unwrap_or_default().max(1);
        let share = match self.params.scale {
            Scale::Linear => count as f64 / highest as f64,
            Scale::Logarithmic => (count as f64).ln_1p() / (highest as f64).ln_1p(),
        };
        (share * f64::from(self.params.height)).ceil() as usize
    }
}

const EXAMPLE: &str = r#"
open:
  kind: files.open
  params: { path: samples/photos/sunset.jpg }
photo:
  kind: image.open
  inputs: { file: open.file }
histogram:
  kind: image.histogram
  params: { scale: logarithmic }
  inputs: { image: photo.image }
save:
  kind: image.save
  params: { path: out/histogram.png }
  inputs: { image: histogram.image }
"#;

fn sample() -> Sample {
    let sample = Sample::new().param("bins", 4).param("width", 16).param("height", 16);
    match Image::new(2, 1, Channels::Gray, Samples::U8(vec![10, 200])) {
        Ok(image) => sample.input("image", Value::Image(Arc::new(image))),
        Err(_) => sample,
    }
}

#[cfg(test)]
mod tests {
    use windlass_core::harness::{Gave, Harness};
    use windlass_core::json;

    use super::*;
    use crate::shared::specimen;

    fn histogram(image: Image, bins: u16) -> Gave {
        let bench = Harness::of::<Histogram>().input("image", Arc::new(image));
        bench.param("bins", bins).param("width", 16).param("height", 20).fire().unwrap()
    }

    #[test]
    fn each_type_of_samples_is_counted_alike() {
        let sets = [
            Samples::U8(vec![0, 63, 64, 255]),
            Samples::U16(vec![0, 16_383, 16_384, 65_535]),
            Samples::F32(vec![-1.0, 0.2499, 0.25, 7.0]),
        ];
        for (samples, whole) in sets.into_iter().zip([256.0, 65_536.0, 1.0]) {
            let gave = histogram(Image::new(4, 1, Channels::Gray, samples).unwrap(), 4);
            let table: Arc<Table> = gave.get("table").unwrap();
            let counts: Vec<_> = (0..4).map(|row| table.row(row)["gray"].clone()).collect();
            assert_eq!(counts, [json!(2), json!(1), json!(0), json!(1)]);
            assert_eq!(table.row(3)["to"], json!(whole));
        }
    }

    #[test]
    fn every_layout_is_counted_whole_and_what_is_no_number_is_not() {
        for image in specimen::every_layout(6, 5) {
            let table: Arc<Table> = histogram(image.clone(), 7).get("table").unwrap();
            for name in figures::names(image.channels()) {
                let sum: i64 = (0..7).filter_map(|row| table.row(row)[*name].as_i64()).sum();
                assert_eq!(sum, 30);
            }
        }
        let nothing = Image::new(1, 1, Channels::Gray, Samples::F32(vec![f32::NAN])).unwrap();
        let table: Arc<Table> = histogram(nothing, 1).get("table").unwrap();
        assert_eq!(table.row(0)["gray"], json!(0));
    }

    #[test]
    fn the_highest_bar_takes_the_whole_height_and_colours_add_up() {
        let image = Image::new(2, 1, Channels::Rgb, Samples::U8(vec![0, 0, 0, 0, 255, 255])).unwrap();
        let drawn: Arc<Image> = histogram(image, 2).get("image").unwrap();
        let Samples::U8(pixels) = drawn.samples() else { panic!("8-bit samples") };
        let pixel = |x: usize, y: usize| &pixels[(y * 16 + x) * 3..][..3];
        assert_eq!((drawn.width(), drawn.height()), (16, 20));
        assert_eq!((pixel(0, 0), pixel(0, 19)), (&[255, GROUND, GROUND][..], &[255; 3][..]));
        assert_eq!((pixel(15, 0), pixel(15, 10)), (&[GROUND; 3][..], &[GROUND, 255, 255][..]));
    }

    #[test]
    fn steps_have_a_bound() {
        let bench = Harness::of::<Histogram>().sample(&sample()).param("bins", 4097);
        assert!(bench.fire().is_err_and(|error| error.to_string().starts_with("parameter `bins`")));
    }
}
