//! `image.open`: a file becomes a picture.

use std::io::{Read, Seek};
use std::path::Path;

use windlass_core::context::OpenFile;
use windlass_core::node::explain_io;
use windlass_core::prelude::*;
use windlass_core::spec::Sample;

use crate::codecs::{DecodeError, Format, Limits, Options, Orientation, decode};
use crate::shared::decode::recognise;
use crate::shared::format::HEAD_BYTES;

/// The largest file that is read, in bytes.
const MAX_FILE_BYTES: u64 = 512 << 20;

/// How far it is trusted, and how it is turned.
#[derive(Params)]
pub struct Settings {
    /// Whether the picture is turned as its EXIF record says, or left as it is stored.
    #[param(default = "exif")]
    orientation: Orientation,
    /// The most pixels that a picture may have. It is checked on the header, before anything is decoded.
    #[param(default = 200_000_000, min = 1, unit = "px")]
    max_pixels: u64,
    /// The longest side that a picture may have.
    #[param(default = 65_535, min = 1, unit = "px")]
    max_side: u32,
    /// The most memory that the decoded picture may take; the file itself may have 512 MiB.
    #[param(default = 1_073_741_824, min = 1, unit = "B")]
    max_bytes: u64,
}

/// The file.
#[derive(Inputs)]
pub struct In {
    /// JPEG, PNG, WebP, GIF (its first picture), BMP or TIFF; told by content, whatever it is called.
    file: Arc<File>,
}

/// The picture.
#[derive(Outputs)]
pub struct Out {
    /// The picture, in 8-bit, 16-bit or floating-point samples as in the file, with its colour profile.
    image: Arc<Image>,
}

/// `image.open`
pub struct Open;

impl Node for Open {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "image.open",
            "Open picture",
            "Reads and decodes a picture file, within limits, and turns it upright.",
        )
        .cpu()
        .version(2)
        .search(&["load", "read", "decode", "photo", "jpeg", "png", "webp", "gif", "bmp", "tiff"])
        .example(EXAMPLE)
        .sample(Sample::new().input("file", Value::File(Arc::new(two_pixels()))))
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let bytes = picture_bytes(&inputs.file, ctx)?;
        let Settings { max_pixels, max_side, max_bytes, .. } = params;
        let limits = Limits { max_pixels, max_side, max_bytes };
        let options = Options { limits, orientation: params.orientation };
        let decoded = decode(&bytes, &options).map_err(|error| explain(&error, &inputs.file))?;
        if let Some(line) = mislabelled(&inputs.file, decoded.format) {
            ctx.log(line);
        }
        Ok(Out { image: Arc::new(decoded.image) })
    }
}

/// Reads a file whole, unless its first bytes are those of no picture.
pub(crate) fn picture_bytes(file: &File, ctx: &Ctx) -> Result<Vec<u8>, NodeError> {
    let OpenFile { size_bytes, mut reader } = ctx.open(file)?;
    let mut head = Vec::with_capacity(HEAD_BYTES as usize);
    let cannot_read = |error| explain_io("read", Path::new(&file.name), &error);
    reader.by_ref().take(HEAD_BYTES).read_to_end(&mut head).map_err(cannot_read)?;
    recognise(&head).map_err(|error| explain(&error, file))?;
    reader.rewind().map_err(cannot_read)?;
    OpenFile { size_bytes, reader }.read_all(&file.name, MAX_FILE_BYTES)
}

/// Says why a file is no picture, with its name last.
pub(crate) fn explain(error: &DecodeError, file: &File) -> NodeError {
    let message = format!("{error}: `{}`", file.name);
    let explained = match std::error::Error::source(error) {
        Some(cause) => NodeError::because(message, cause),
        None => NodeError::new(message),
    };
    explained.hint(error.hint()).permanent()
}

/// Says so where the ending of the name stands for another format.
fn mislabelled(file: &File, format: Format) -> Option<String> {
    let ending = file.name.rsplit(['/', '\\']).next()?.rsplit_once('.')?.1;
    (Format::of_extension(ending) != Some(format))
        .then(|| format!("the content is {format} although the name ends in `{ending}`"))
}

/// A bitmap of one red and one blue pixel, for tests of all kinds.
fn two_pixels() -> File {
    let header = b"BM\x3E\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x02\0\0\0\x01\0\0\0\x01\0\x18\0\0\0\0\0\x08\0\0\0";
    let pixels = [0, 0, 255, 255, 0, 0, 0, 0];
    File::in_memory([&header[..], &[0; 16], &pixels].concat(), "two.bmp", "image/bmp")
}

const EXAMPLE: &str = r#"
photo:
  kind: files.open
  params: { path: samples/photos/dunes.jpg }
picture:
  kind: image.open
  inputs: { file: photo.file }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;
    use crate::codecs::{Encode, encode};
    use crate::shared::specimen;
    use windlass_core::value::{Channels, SampleType};

    fn jpeg() -> Vec<u8> {
        let image = specimen::picture(64, 48, Channels::Rgb, SampleType::U8);
        encode(&image, Encode { format: Format::Jpeg, quality: 90 }).unwrap().bytes
    }

    fn bench(name: &str, bytes: Vec<u8>) -> Harness {
        Harness::of::<Open>().input("file", Arc::new(File::in_memory(bytes, name, "image/jpeg")))
    }

    #[test]
    fn content_decides_and_a_wrong_name_is_logged() {
        let named_well = bench("a.jpg", jpeg()).fire().unwrap();
        assert_eq!(named_well.logs(), &[] as &[String]);
        let named_badly = bench("album.2/a.png", jpeg()).fire().unwrap();
        assert_eq!(named_badly.logs(), ["the content is JPEG although the name ends in `png`"]);
        assert_eq!(named_badly.get::<Arc<Image>>("image").unwrap().width(), 64);
        assert!(bench("album.2/a", jpeg()).fire().unwrap().logs().is_empty());
    }

    #[test]
    fn each_bad_file_has_its_own_cause() {
        let cause = |bytes: Vec<u8>| bench("in/a.jpg", bytes).fire().map(|_| ()).unwrap_err().causes()[0].clone();
        assert_eq!(cause(vec![]), "the file is empty: `in/a.jpg`");
        assert_eq!(cause(b"not a picture".to_vec()), "the file is not a picture that can be read: `in/a.jpg`");
        let cut = jpeg()[..600].to_vec();
        assert_eq!(cause(cut), "the JPEG file is cut off before the end of its picture: `in/a.jpg`");
    }

    /// A file on disk of a terabyte, which is a hole behind its first bytes.
    fn vast(folder: &std::path::Path, head: &[u8]) -> Harness {
        let path = folder.join("a.jpg");
        std::fs::write(&path, head).unwrap();
        std::fs::File::options().write(true).open(&path).unwrap().set_len(1 << 40).unwrap();
        Harness::of::<Open>().input("file", Arc::new(File::on_disk(&path, "a.jpg", "image/jpeg")))
    }

    #[test]
    fn a_vast_file_is_judged_by_its_first_bytes_and_then_by_its_size() {
        let folder = tempfile::tempdir().unwrap();
        let cause = |head: &[u8]| vast(folder.path(), head).fire().map(|_| ()).unwrap_err().to_string();
        assert_eq!(cause(b"a film"), "the file is not a picture that can be read: `a.jpg`");
        assert_eq!(cause(&jpeg()), "larger than the 536870912 bytes that are read at most: `a.jpg`");
    }

    #[test]
    fn a_picture_over_the_limit_of_memory_is_refused_with_a_hint() {
        let error = bench("a.jpg", jpeg()).param("max_bytes", 9215).fire().map(|_| ()).unwrap_err();
        let expected = "the picture of 64 by 48 pixels takes 9216 bytes, more than `max_bytes` (9215) allows: `a.jpg`";
        assert_eq!(error.to_string(), expected);
        assert!(error.is_permanent() && error.hint_text().is_some_and(|hint| hint.contains("raise `max_bytes`")));
        assert!(bench("a.jpg", jpeg()).param("max_bytes", 9216).fire().is_ok());
    }

    #[test]
    fn a_picture_over_the_limit_is_refused_with_a_hint() {
        let error = bench("a.jpg", jpeg()).param("max_pixels", 100).fire().map(|_| ()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the picture of 64 by 48 pixels is larger than `max_pixels` (100) allows: `a.jpg`"
        );
        assert!(error.is_permanent() && error.hint_text().is_some_and(|hint| hint.contains("raise `max_pixels`")));
    }
}
