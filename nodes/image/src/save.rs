//! `image.save`: a picture becomes a file.

use std::path::{Path, PathBuf};

use windlass_core::prelude::*;
use windlass_core::spec::Sample;
use windlass_core::value::{Channels, Samples};

use crate::codecs::{Encode, EncodeError, Format, encode};

/// The format that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Target {
    /// What the ending of the path stands for.
    Auto,
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP without loss.
    Webp,
    /// TIFF.
    Tiff,
    /// BMP.
    Bmp,
}

/// Where it goes, and in which form.
#[derive(Params)]
pub struct Settings {
    /// Where the picture is written, as a path template: `out/{stem}.jpg`.
    path: OutPath,
    /// What to do where a file already stands.
    #[param(default = "ours")]
    if_exists: IfExists,
    /// The format. `auto` goes by the ending of the path; WebP is written without loss.
    #[param(default = "auto")]
    format: Target,
    /// Quality of JPEG: 100 is best, and largest. Other formats lose nothing.
    #[param(default = 85, min = 1, max = 100)]
    quality: u8,
}

/// The picture.
#[derive(Inputs)]
pub struct In {
    /// The picture.
    image: Arc<Image>,
}

/// What stands there now.
#[derive(Outputs)]
pub struct Out {
    /// The file that was written.
    file: Arc<File>,
    /// Where it stands.
    path: PathBuf,
}

/// `image.save`
pub struct Save;

impl Node for Save {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new("image.save", "Save picture", "Writes a picture to a file, whole or not at all.")
            .cpu()
            .writes()
            .search(&["write", "export", "encode", "jpeg", "png", "webp", "tiff", "bmp"])
            .example(EXAMPLE)
            .sample(sample())
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    fn check(params: &Settings) -> Result<(), NodeError> {
        params.path.check_ending(|path| format_of(params.format, path))
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let format = format_of(params.format, params.path.as_path())?;
        let (image, how) = (inputs.image, Encode { format, quality: params.quality });
        let made = move || {
            let encoded = encode(&image, how).map_err(|error| explain(&error))?;
            encoded.losses.iter().for_each(|loss| ctx.log(loss));
            Ok(encoded.bytes)
        };
        let saved = ctx.save_last(&params.path, params.if_exists, made).await?;
        let name = saved.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(Out { file: Arc::new(File::on_disk(saved.path.clone(), name, format.media_type())), path: saved.path })
    }
}

fn format_of(target: Target, path: &Path) -> Result<Format, NodeError> {
    match target {
        Target::Auto => format_of_ending(path),
        Target::Jpeg => Ok(Format::Jpeg),
        Target::Png => Ok(Format::Png),
        Target::Webp => Ok(Format::Webp),
        Target::Tiff => Ok(Format::Tiff),
        Target::Bmp => Ok(Format::Bmp),
    }
}

fn format_of_ending(path: &Path) -> Result<Format, NodeError> {
    let known = path.extension().and_then(|ending| Format::of_extension(&ending.to_string_lossy()));
    known.filter(|format| *format != Format::Gif).ok_or_else(|| {
        NodeError::new(format!(
            "no format that can be written goes by the ending of parameter `path`: `{}`",
            path.display()
        ))
        .hint("end the path in `.jpg`, `.png`, `.webp`, `.tiff` or `.bmp`, or set `format`")
        .permanent()
    })
}

fn explain(error: &EncodeError) -> NodeError {
    let explained = match std::error::Error::source(error) {
        Some(cause) => NodeError::because(error.to_string(), cause),
        None => NodeError::new(error.to_string()),
    };
    match error {
        EncodeError::TooLong { .. } => explained.hint("make it smaller, or write PNG or TIFF").permanent(),
        EncodeError::ReadOnly(_) | EncodeError::Library { .. } => explained.permanent(),
    }
}

fn sample() -> Sample {
    let sample = Sample::new().param("path", "out/sample.png");
    match Image::new(2, 1, Channels::Gray, Samples::U8(vec![0, 255])) {
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
copy:
  kind: image.save
  params: { path: "out/dunes.png" }
  inputs: { image: picture.image }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::{Gave, Harness};
    use windlass_core::value::SampleType;

    use super::*;
    use crate::codecs::{Options, decode};
    use crate::shared::specimen;

    fn save(image: Image, path: &str) -> Result<Gave, NodeError> {
        Harness::of::<Save>().input("image", Arc::new(image)).param("path", path).fire()
    }

    #[test]
    fn the_ending_of_the_path_decides() {
        for (path, format) in [("a.JPG", Format::Jpeg), ("a.png", Format::Png), ("a.tif", Format::Tiff)] {
            let gave = save(specimen::picture(8, 4, Channels::Rgb, SampleType::U8), path).unwrap();
            let decoded = decode(gave.file(path).unwrap(), &Options::default()).unwrap();
            assert_eq!((decoded.format, decoded.image.width()), (format, 8));
            let file = gave.get::<Arc<File>>("file").unwrap();
            assert_eq!((file.name.as_str(), file.media_type.as_str()), (path, format.media_type()));
        }
    }

    #[test]
    fn an_ending_without_a_format_is_explained() {
        for path in ["a.gif", "a.txt", "a"] {
            let error = save(specimen::picture(2, 2, Channels::Rgb, SampleType::U8), path).map(|_| ()).unwrap_err();
            assert!(error.hint_text().is_some_and(|hint| hint.contains("set `format`")), "{error}");
        }
    }

    #[test]
    fn what_is_lost_is_logged() {
        let gave = save(specimen::picture(4, 4, Channels::Rgba, SampleType::U16), "a.jpg").unwrap();
        let logs = gave.logs().join("\n");
        assert!(logs.contains("rounded to 8 bits") && logs.contains("laid on white"), "{logs}");
    }

    #[test]
    fn a_side_that_the_format_cannot_name_is_refused() {
        let error = save(specimen::picture(70_000, 1, Channels::Gray, SampleType::U8), "a.jpg").map(|_| ());
        assert!(error.is_err_and(|error| error.to_string().contains("too long for JPEG")));
    }
}
