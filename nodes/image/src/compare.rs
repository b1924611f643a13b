//! `image.compare`: how much two pictures differ, in figures and as a picture.

use windlass_core::prelude::*;
use windlass_core::value::{Channels, Samples};

use crate::shared::comparison::{Compared, Comparison};

/// How the difference is shown.
#[derive(Params)]
pub struct Settings {
    /// How many times the difference is amplified in the picture of it; figures are never amplified.
    #[param(default = 1.0, min = 0.0, max = 1000.0)]
    gain: f64,
}

/// Two pictures of one size.
#[derive(Inputs)]
pub struct In {
    /// The picture as it should be.
    reference: Arc<Image>,
    /// The picture that is held against it; of the same width and height, in samples and channels of any kind.
    image: Arc<Image>,
}

/// How much they differ.
#[derive(Outputs)]
pub struct Out {
    /// Mean squared error; samples count from 0 to 1, whatever their type, so that 8-bit pictures of all black and of all
    /// white have 1.
    mse: f64,
    /// Peak signal-to-noise ratio, `10 * log10(1 / mse)` in dB; infinite where the pictures are the same.
    psnr: f64,
    /// Structural similarity (Wang and others 2004; gaussian window of 11 by 11 pixels, deviation 1.5), the mean over all
    /// windows and channels: 1 where the pictures are the same. Borders are mirrored where a side is shorter than 11 pixels.
    ssim: f64,
    /// The largest difference of two samples, from 0 to 1.
    max_difference: f64,
    /// The absolute difference of each sample, times `gain`; where alpha differs more than colour, its difference. Its samples
    /// are of the finer type of the two.
    difference: Arc<Image>,
}

/// `image.compare`
pub struct Compare;

impl Node for Compare {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "image.compare",
            "Compare pictures",
            "Tells by how much a picture differs from another of its size: MSE, PSNR, SSIM, the largest difference, and a \
             picture of the differences. Grey counts as red, green and blue where the other picture has colour; where one has \
             alpha, colour counts as far as it is seen, and alpha as a channel of its own. Profiles are not applied.",
        )
        .cpu()
        .search(&["difference", "psnr", "ssim", "mse", "quality", "similarity", "metric"])
        .sample(sample())
        .example(EXAMPLE)
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let (reference, image) = (&*inputs.reference, &*inputs.image);
        check_size(reference, image)?;
        let mut comparison = Comparison::new(reference, image, params.gain);
        for row in 0..reference.height() as usize {
            ctx.check_cancelled()?;
            comparison.row(row);
        }
        let found =
            comparison.finish().map_err(|error| NodeError::because("the difference cannot be shown", &error))?;
        let Compared { mse, ssim, max_difference, difference } = found;
        Ok(Out { mse, psnr: -10.0 * mse.log10(), ssim, max_difference, difference: Arc::new(difference) })
    }
}

fn check_size(reference: &Image, image: &Image) -> Result<(), NodeError> {
    let [ours, theirs] = [reference, image].map(|image| (image.width(), image.height()));
    if ours == theirs {
        return Ok(());
    }
    let message = format!(
        "pictures of {} by {} and of {} by {} pixels cannot be compared, because their sizes differ",
        ours.0, ours.1, theirs.0, theirs.1
    );
    Err(NodeError::new(message).hint("bring them to one size first, by `image.resize` with `fit: fill`").permanent())
}

const EXAMPLE: &str = r#"
open:
  kind: files.open
  params: { path: samples/photos/dunes.jpg }
photo:
  kind: image.open
  inputs: { file: open.file }
small:
  kind: image.resize
  params: { width: 64 }
  inputs: { image: photo.image }
back:
  kind: image.resize
  params: { fit: fill, width: 320, height: 240 }
  inputs: { image: small.image }
same:
  kind: image.resize
  params: { fit: fill, width: 320, height: 240 }
  inputs: { image: photo.image }
lost:
  kind: image.compare
  params: { gain: 4 }
  inputs: { reference: same.image, image: back.image }
save:
  kind: image.save
  params: { path: out/lost.png }
  inputs: { image: lost.difference }
"#;

fn sample() -> Sample {
    let dots = [0_u8, 64].map(|grey| Image::new(2, 2, Channels::Gray, Samples::U8(vec![grey; 4])));
    let mut dots = dots.into_iter().flatten().map(|image| Value::Image(Arc::new(image)));
    match (dots.next(), dots.next()) {
        (Some(reference), Some(image)) => Sample::new().input("reference", reference).input("image", image),
        _ => Sample::new(),
    }
}

#[cfg(test)]
mod tests {
    use windlass_core::harness::{Gave, Harness};

    use super::*;
    use crate::shared::specimen;
    use windlass_core::value::SampleType;

    fn compare(reference: Image, image: Image) -> Gave {
        let bench = Harness::of::<Compare>().input("reference", Arc::new(reference)).input("image", Arc::new(image));
        bench.fire().unwrap()
    }

    fn figure(gave: &Gave, port: &str) -> f64 {
        gave.get(port).unwrap()
    }

    #[test]
    fn every_layout_is_like_itself() {
        for image in specimen::every_layout(16, 12) {
            let gave = compare(image.clone(), image.clone());
            assert_eq!((figure(&gave, "mse"), figure(&gave, "psnr")), (0.0, f64::INFINITY));
            assert!((figure(&gave, "ssim") - 1.0).abs() < 1e-9);
            let difference: Arc<Image> = gave.get("difference").unwrap();
            assert_eq!(difference.samples().sample_type(), image.samples().sample_type());
            assert_eq!(difference.channels().count(), if image.channels().count() < 3 { 1 } else { 3 });
        }
    }

    #[test]
    fn samples_of_other_types_and_channels_are_held_against_each_other() {
        let grey = |samples| Image::new(2, 1, Channels::Gray, samples).unwrap();
        let gave = compare(grey(Samples::U8(vec![0, 255])), grey(Samples::U16(vec![0, 65_535])));
        assert_eq!((figure(&gave, "mse"), figure(&gave, "max_difference")), (0.0, 0.0));
        let colour = Image::new(2, 1, Channels::Rgb, Samples::U8(vec![0, 0, 0, 255, 255, 0])).unwrap();
        let gave = compare(grey(Samples::U8(vec![0, 255])), colour);
        assert_eq!(figure(&gave, "mse"), 1.0 / 6.0);
        let difference: Arc<Image> = gave.get("difference").unwrap();
        assert_eq!(difference.samples(), &Samples::U8(vec![0, 0, 0, 0, 0, 255]));
    }

    #[test]
    fn colour_that_is_not_seen_does_not_count_and_alpha_does() {
        let pixel = |samples: [u8; 4]| Image::new(1, 1, Channels::Rgba, Samples::U8(samples.to_vec())).unwrap();
        assert_eq!(figure(&compare(pixel([255, 0, 0, 0]), pixel([0, 9, 0, 0])), "mse"), 0.0);
        let gave = compare(pixel([0, 0, 0, 0]), pixel([0, 0, 0, 255]));
        assert_eq!((figure(&gave, "mse"), figure(&gave, "max_difference")), (0.25, 1.0));
        let difference: Arc<Image> = gave.get("difference").unwrap();
        assert_eq!(difference.samples(), &Samples::U8(vec![255; 3]));
    }

    #[test]
    fn other_sizes_are_refused_with_a_hint() {
        let image = |width| Arc::new(specimen::picture(width, 2, Channels::Gray, SampleType::U8));
        let bench = Harness::of::<Compare>().input("reference", image(3)).input("image", image(4));
        let error = bench.fire().map(|_| ()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "pictures of 3 by 2 and of 4 by 2 pixels cannot be compared, because their sizes differ"
        );
        assert!(error.is_permanent() && error.hint_text().is_some_and(|hint| hint.contains("`image.resize`")));
    }
}
