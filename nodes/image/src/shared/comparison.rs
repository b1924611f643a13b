//! Two pictures of one size side by side, row by row: their figures and their difference.

use windlass_core::value::{AlphaMode, Channels, Image, ImageError, SampleType, Samples};

use super::rows::widest;
use super::structure::Similarity;

/// What was found out.
pub struct Compared {
    /// Mean squared error; samples count from 0 to 1.
    pub mse: f64,
    /// Mean structural similarity of the channels.
    pub ssim: f64,
    /// The largest difference of two samples.
    pub max_difference: f64,
    /// The absolute differences, in the finer type of samples of the two.
    pub difference: Image,
}

/// Two pictures, and the figures so far.
pub struct Comparison<'a> {
    reference: &'a Image,
    image: &'a Image,
    colours: usize,
    has_alpha: bool,
    gain: f64,
    /// One for each channel: colours, then alpha if there is any.
    similarities: Vec<Similarity>,
    squares: f64,
    largest: f64,
    differences: Samples,
}

impl<'a> Comparison<'a> {
    /// Begins with two pictures of one size; the difference is shown amplified by the gain.
    pub fn new(reference: &'a Image, image: &'a Image, gain: f64) -> Self {
        let both = [reference, image];
        let colours = if both.iter().all(|image| image.channels().count() < 3) { 1 } else { 3 };
        let has_alpha = both.iter().any(|image| image.channels().has_alpha());
        let (width, height) = (image.width() as usize, image.height() as usize);
        let channels = colours + usize::from(has_alpha);
        Self {
            reference,
            image,
            colours,
            has_alpha,
            gain,
            similarities: (0..channels).map(|_| Similarity::new(width, height)).collect(),
            squares: 0.0,
            largest: 0.0,
            differences: finer(both, width * height * colours),
        }
    }

    /// Compares the next row.
    pub fn row(&mut self, row: usize) {
        let [reference, image] = [self.reference, self.image].map(|image| self.planes(image, row));
        let mut apart = Vec::with_capacity(reference.len());
        for ((x, y), similarity) in reference.iter().zip(&image).zip(&mut self.similarities) {
            widest(|| similarity.row(x, y));
            apart.push(x.iter().zip(y).map(|(x, y)| (x - y).abs()).collect::<Vec<f64>>());
        }
        for sample in apart.iter().flatten() {
            self.squares += sample * sample;
            self.largest = self.largest.max(*sample);
        }
        self.show(&apart);
    }

    /// Adds a row to the picture of differences: where alpha differs more than colour, its difference.
    fn show(&mut self, apart: &[Vec<f64>]) {
        let alpha = if self.has_alpha { apart.last() } else { None };
        for x in 0..self.image.width() as usize {
            let least = alpha.map_or(0.0, |alpha| alpha[x]);
            apart[..self.colours]
                .iter()
                .for_each(|colour| push(&mut self.differences, colour[x].max(least) * self.gain));
        }
    }

    /// Returns a row of a picture, channel by channel, with samples from 0 to 1. Colour is multiplied by alpha, so that what is
    /// not seen does not count; grey stands for all colours.
    fn planes(&self, image: &Image, row: usize) -> Vec<Vec<f64>> {
        let depth = image.channels().count();
        let samples = unit_row(image, row);
        let channel = |channel: usize| samples.iter().skip(channel).step_by(depth).copied().collect::<Vec<f64>>();
        let alpha = image.channels().has_alpha().then(|| channel(depth - 1));
        let mut planes: Vec<_> = (0..self.colours).map(|colour| channel(if depth < 3 { 0 } else { colour })).collect();
        if let Some(alpha) = alpha.as_ref().filter(|_| image.alpha == AlphaMode::Straight) {
            let all = planes.iter_mut().flat_map(|plane| plane.iter_mut().zip(alpha));
            all.for_each(|(sample, alpha)| *sample *= alpha);
        }
        if self.has_alpha {
            planes.push(alpha.unwrap_or_else(|| vec![1.0; image.width() as usize]));
        }
        planes
    }

    /// Returns what was found out, once all rows were compared.
    ///
    /// # Errors
    /// Fewer rows were compared than there are.
    pub fn finish(self) -> Result<Compared, ImageError> {
        let (reference, image) = (self.reference, self.image);
        let channels = self.similarities.len() as f64;
        let mse = self.squares / (f64::from(image.width()) * f64::from(image.height()) * channels);
        let ssim = self.similarities.into_iter().map(Similarity::finish).sum::<f64>() / channels;
        let layout = if self.colours == 1 { Channels::Gray } else { Channels::Rgb };
        let mut difference = Image::new(image.width(), image.height(), layout, self.differences)?;
        // A difference is no colour of the pictures' space, but is shown as they are where they agree.
        let alike = [reference, image].map(|image| (image.channels().count() < 3, &image.icc));
        difference.icc = image.icc.clone().filter(|_| alike[0] == alike[1]);
        Ok(Compared { mse, ssim, max_difference: self.largest, difference })
    }
}

/// Makes room for samples of the finer type of two pictures.
fn finer(both: [&Image; 2], count: usize) -> Samples {
    let types = both.map(|image| image.samples().sample_type());
    match types.into_iter().max_by_key(|sample| sample.size_bytes()) {
        Some(SampleType::F32) => Samples::F32(Vec::with_capacity(count)),
        Some(SampleType::U16) => Samples::U16(Vec::with_capacity(count)),
        Some(SampleType::U8) | None => Samples::U8(Vec::with_capacity(count)),
    }
}

fn push(samples: &mut Samples, sample: f64) {
    match samples {
        Samples::U8(samples) => samples.push((sample * 255.0).round() as u8),
        Samples::U16(samples) => samples.push((sample * 65_535.0).round() as u16),
        Samples::F32(samples) => samples.push(sample as f32),
    }
}

fn unit_row(image: &Image, row: usize) -> Vec<f64> {
    let length = image.width() as usize * image.channels().count();
    let range = row * length..(row + 1) * length;
    match image.samples() {
        Samples::U8(samples) => samples[range].iter().map(|sample| f64::from(*sample) / 255.0).collect(),
        Samples::U16(samples) => samples[range].iter().map(|sample| f64::from(*sample) / 65_535.0).collect(),
        Samples::F32(samples) => samples[range].iter().map(|sample| f64::from(*sample)).collect(),
    }
}
