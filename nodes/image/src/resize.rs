//! `image.resize`: a picture in another size.

use windlass_core::prelude::*;
use windlass_core::spec::Sample;
use windlass_core::value::{Channels, Samples};

use crate::codecs::{Filter, Fit, Scale, ScaleError, Scaler};

/// The size and the way there.
#[derive(Params)]
pub struct Settings {
    /// Width of the place that the picture is to take. Left out, it follows from the height.
    #[param(ty = "int(1..65535)?", default = null, unit = "px")]
    width: Option<u32>,
    /// Height of the place that the picture is to take. Left out, it follows from the width.
    #[param(ty = "int(1..65535)?", default = null, unit = "px")]
    height: Option<u32>,
    /// How the picture takes its place: `contain` keeps all of it, `cover` cuts off what juts out, `fill` gives up
    /// its proportions, `inside` is `contain` that never enlarges.
    #[param(default = "contain")]
    fit: Fit,
    /// How new pixels are computed: `nearest` for pixel art, `lanczos3` for photographs.
    #[param(default = "lanczos3")]
    filter: Filter,
}

/// The picture.
#[derive(Inputs)]
pub struct In {
    /// The picture.
    image: Arc<Image>,
}

/// The picture.
#[derive(Outputs)]
pub struct Out {
    /// The picture in its new size; samples, profile and alpha mode are as before.
    image: Arc<Image>,
}

/// `image.resize`
pub struct Resize {
    scaler: Scaler,
}

impl Node for Resize {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new("image.resize", "Resize", "Scales a picture to a width, a height or both.")
            .version(2)
            .cpu()
            .search(&["scale", "thumbnail", "shrink", "enlarge", "crop", "fit"])
            .example(EXAMPLE)
            .sample(sample())
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self { scaler: Scaler::default() })
    }

    async fn fire(&self, params: Settings, inputs: In, _: &Ctx) -> Result<Out, NodeError> {
        let Settings { width, height, fit, filter } = params;
        let scale = Scale { width, height, fit, filter };
        let image = self.scaler.resize(&inputs.image, &scale).map_err(|error| explain(&error))?;
        Ok(Out { image })
    }
}

fn explain(error: &ScaleError) -> NodeError {
    let explained = match std::error::Error::source(error) {
        Some(cause) => NodeError::because(error.to_string(), cause),
        None => NodeError::new(error.to_string()),
    };
    match error {
        ScaleError::NoSide => explained.hint("set one of them, or both").permanent(),
        ScaleError::TooLarge { .. } | ScaleError::TooManyBytes { .. } => {
            explained.hint("ask for fewer pixels").permanent()
        }
        ScaleError::Library(_) | ScaleError::Samples(_) => explained.permanent(),
    }
}

fn sample() -> Sample {
    let sample = Sample::new().param("width", 2);
    match Image::new(4, 2, Channels::Gray, Samples::U8(vec![0, 80, 160, 240, 240, 160, 80, 0])) {
        Ok(image) => sample.input("image", Value::Image(Arc::new(image))),
        Err(_) => sample,
    }
}

const EXAMPLE: &str = r#"
photo:
  kind: files.open
  params: { path: samples/photos/dunes.jpg }
picture:
  kind: image.open
  inputs: { file: photo.file }
small:
  kind: image.resize
  params: { width: 160 }
  inputs: { image: picture.image }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::value::SampleType;

    use super::*;
    use crate::shared::specimen;

    fn bench() -> Harness {
        Harness::of::<Resize>().input("image", Arc::new(specimen::picture(40, 20, Channels::Rgb, SampleType::U8)))
    }

    #[track_caller]
    fn size(bench: Harness) -> (u32, u32) {
        let image = bench.fire().unwrap().get::<Arc<Image>>("image").unwrap();
        (image.width(), image.height())
    }

    #[test]
    fn sides_may_be_constants_or_wires() {
        assert_eq!(size(bench().param("width", 10)), (10, 5));
        assert_eq!(size(bench().input("width", 10_i64).input("height", 10_i64).param("fit", "fill")), (10, 10));
        assert_eq!(size(bench().param("width", 100).param("height", 100).param("fit", "inside")), (40, 20));
    }

    #[test]
    fn senseless_sizes_are_explained() {
        let error = bench().fire().map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "neither `width` nor `height` is given");
        assert!(bench().param("width", 0).fire().is_err());
        let huge = bench().param("width", 65_535).param("height", 65_535).param("fit", "fill");
        assert!(huge.fire().is_err_and(|error| error.to_string().contains("larger than")));
        let float = Arc::new(specimen::picture(4, 2, Channels::Rgba, SampleType::F32));
        let heavy =
            Harness::of::<Resize>().input("image", float).param("width", 20_000).fire().map(|_| ()).unwrap_err();
        let expected =
            "a picture of 20000 by 10000 pixels takes 3200000000 bytes, more than the 2147483648 that can be made";
        assert_eq!((heavy.to_string().as_str(), heavy.hint_text()), (expected, Some("ask for fewer pixels")));
    }
}
