//! `image.metadata`: what a picture file says of itself.

use std::path::Path;

use serde_json::{Map, Value as Json, json};
use windlass_core::node::explain_io;
use windlass_core::prelude::*;

use crate::shared::exif::Exif;
use crate::shared::format::Format;
use crate::shared::parts::{self, Header, Parts};
use crate::shared::{decode, profile};

/// The file.
#[derive(Inputs)]
pub struct In {
    /// JPEG, PNG, WebP, TIFF, GIF or BMP; told by content, whatever it is called. Pixels are not decoded.
    file: Arc<File>,
}

/// What it says.
#[derive(Outputs)]
pub struct Out {
    /// Everything: `format`, `media_type`, `size_bytes`, `width`, `height`, `bits`, `channels`, `orientation` (1 to 8),
    /// `exif` (fields by the names of the standard), `taken` (RFC 3339), `location` (`latitude`, `longitude`,
    /// `altitude`), `xmp` (the packet as text), `text` (of PNG, by keyword), `comments` (of JPEG), `profile` (`name`,
    /// `space`, `size_bytes`), `problems`. What the file does not say is left out.
    metadata: Json,
    /// Width in pixels, as the picture is shown.
    width: u32,
    /// Height in pixels, as the picture is shown.
    height: u32,
    /// How the stored picture is to be turned, 1 (not at all) to 8, as EXIF numbers it.
    orientation: u32,
}

/// `image.metadata`
pub struct Metadata;

impl Node for Metadata {
    type Params = ();
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "image.metadata",
            "Picture metadata",
            "Reads what a picture file says of itself: size, EXIF, XMP, texts of PNG, colour profile, time and place.",
        )
        .cpu()
        .search(&["exif", "xmp", "gps", "camera", "size", "orientation", "icc", "read"])
        .sample(Sample::new().input("file", Value::File(Arc::new(two_pixels()))))
        .example(
            r#"
open:
  kind: files.open
  params: { path: samples/photos/dunes.jpg }
metadata:
  kind: image.metadata
  inputs: { file: open.file }
write:
  kind: files.write
  params: { path: out/dunes.json }
  inputs: { value: metadata.metadata }
"#,
        )
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, (): (), inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let bytes = parts::read(&inputs.file, ctx)?;
        let format = decode::recognise(&bytes).map_err(|error| parts::PartsError::from(error).explain(&inputs.file))?;
        let (header, exif, rest) = match format {
            Format::Jpeg | Format::Png | Format::Webp => of_parts(&bytes, &inputs.file)?,
            Format::Tiff => (decoded(&bytes, &inputs.file)?, Some(Exif::read(&bytes)), Map::new()),
            Format::Gif | Format::Bmp => (decoded(&bytes, &inputs.file)?, None, Map::new()),
        };
        let orientation = exif.as_ref().and_then(Exif::orientation).unwrap_or(1);
        let mut all = of_header(format, bytes.len(), &header);
        all.insert("orientation".into(), orientation.into());
        all.extend(exif.map(|exif| of_exif(&exif)).unwrap_or_default());
        all.extend(rest);
        let (width, height) =
            if orientation >= 5 { (header.height, header.width) } else { (header.width, header.height) };
        Ok(Out { metadata: Json::Object(all), width, height, orientation })
    }
}

fn of_header(format: Format, size_bytes: usize, header: &Header) -> Map<String, Json> {
    let mut all = Map::new();
    all.insert("format".into(), format.name().into());
    all.insert("media_type".into(), format.media_type().into());
    all.insert("size_bytes".into(), size_bytes.into());
    all.insert("width".into(), header.width.into());
    all.insert("height".into(), header.height.into());
    if header.bits > 0 {
        all.insert("bits".into(), header.bits.into());
        all.insert("channels".into(), header.channels.into());
    }
    all
}

fn of_exif(exif: &Exif) -> Map<String, Json> {
    let mut all = Map::new();
    all.insert("exif".into(), Json::Object(exif.to_json()));
    all.extend(exif.taken().map(|taken| ("taken".into(), taken.into())));
    all.extend(exif.location().map(|location| ("location".into(), Json::Object(location))));
    if !exif.problems.is_empty() {
        all.insert("problems".into(), exif.problems.clone().into());
    }
    all
}

type Found = (Header, Option<Exif>, Map<String, Json>);

fn of_parts(bytes: &[u8], file: &File) -> Result<Found, NodeError> {
    let parts = Parts::split(bytes).map_err(|error| error.explain(file))?;
    let no_header = || NodeError::new(format!("the {} file has no header: `{}`", parts.format, file.name)).permanent();
    let header = parts.header().ok_or_else(no_header)?;
    let mut all = Map::new();
    all.extend(parts.xmp().map(|packet| ("xmp".to_owned(), packet.into())));
    let texts = parts.texts();
    if !texts.is_empty() && parts.format == Format::Png {
        let by_keyword = texts.into_iter().map(|(keyword, text)| (keyword, text.into()));
        all.insert("text".into(), Json::Object(by_keyword.collect()));
    } else if !texts.is_empty() {
        all.insert("comments".into(), texts.into_iter().map(|(_, text)| text).collect());
    }
    all.extend(parts.profile().map(|icc| ("profile".to_owned(), of_profile(&icc))));
    Ok((header, parts.exif().map(Exif::read), all))
}

fn of_profile(icc: &[u8]) -> Json {
    json!({ "name": profile::description(icc), "space": profile::space(icc), "size_bytes": icc.len() })
}

/// Returns the size by the library that would decode the picture.
fn decoded(bytes: &[u8], file: &File) -> Result<Header, NodeError> {
    let cursor = std::io::Cursor::new(bytes);
    let reader = image::ImageReader::new(cursor).with_guessed_format();
    let reader = reader.map_err(|error| explain_io("read", Path::new(&file.name), &error))?;
    let (width, height) = reader.into_dimensions().map_err(|error| {
        NodeError::because(format!("the file has no header that can be read: `{}`", file.name), &error).permanent()
    })?;
    Ok(Header { width, height, bits: 0, channels: "" })
}

/// A bitmap of two pixels, for tests of all kinds.
fn two_pixels() -> File {
    let header = b"BM\x3E\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x02\0\0\0\x01\0\0\0\x01\0\x18\0\0\0\0\0\x08\0\0\0";
    File::in_memory([&header[..], &[0; 16], &[0, 0, 255, 255, 0, 0, 0, 0]].concat(), "two.bmp", "image/bmp")
}

#[cfg(test)]
mod tests {
    use windlass_core::harness::{Gave, Harness};
    use windlass_core::value::{Channels, SampleType};

    use super::*;
    use crate::codecs::{Encode, encode};
    use crate::shared::specimen;

    fn read(bytes: Vec<u8>) -> Result<Gave, NodeError> {
        Harness::of::<Metadata>().input("file", Arc::new(File::in_memory(bytes, "in/a.jpg", "image/jpeg"))).fire()
    }

    fn picture(format: Format, channels: Channels) -> Vec<u8> {
        let image = specimen::picture(40, 20, channels, SampleType::U8);
        encode(&image, Encode { format, quality: 90 }).unwrap().bytes
    }

    #[test]
    fn every_format_tells_its_size() {
        for (format, channels) in [
            (Format::Jpeg, Channels::Gray),
            (Format::Png, Channels::GrayAlpha),
            (Format::Webp, Channels::Rgba),
            (Format::Tiff, Channels::Rgb),
            (Format::Bmp, Channels::Rgb),
        ] {
            let gave = read(picture(format, channels)).unwrap();
            let json: Json = gave.get("metadata").unwrap();
            assert_eq!((gave.get("width"), gave.get("height")), (Ok(40), Ok(20)), "{format}");
            assert_eq!(json["format"], format.name());
            let named = json.get("channels").and_then(Json::as_str);
            let expected = match format {
                Format::Jpeg => Some("gray"),
                Format::Png => Some("gray_alpha"),
                Format::Webp => Some("rgba"),
                _ => None,
            };
            assert_eq!(named, expected);
        }
    }

    #[test]
    fn the_size_is_that_of_the_upright_picture() {
        let bytes = picture(Format::Jpeg, Channels::Rgb);
        let mut exif = Exif::default();
        exif.set("Orientation", &json!(6)).unwrap();
        let mut parts = Parts::split(&bytes).unwrap();
        parts.set_exif(exif.write().unwrap().as_deref()).unwrap();
        let gave = read(parts.join().unwrap()).unwrap();
        assert_eq!((gave.get("width"), gave.get("height"), gave.get("orientation")), (Ok(20), Ok(40), Ok(6)));
        assert_eq!(gave.get::<Json>("metadata").unwrap()["exif"], json!({ "Orientation": 6 }));
    }

    #[test]
    fn what_is_no_picture_is_explained() {
        let cause = |bytes: Vec<u8>| read(bytes).map(|_| ()).unwrap_err();
        assert_eq!(cause(b"prose".to_vec()).to_string(), "the file is not a picture that can be read: `in/a.jpg`");
        let cut = cause(picture(Format::Jpeg, Channels::Rgb)[..300].to_vec());
        assert_eq!(cut.to_string(), "the JPEG file is cut off before the end of its picture: `in/a.jpg`");
        assert!(cut.is_permanent() && cut.hint_text().is_some());
        assert!(cause(picture(Format::Bmp, Channels::Rgb)[..20].to_vec()).to_string().contains("no header"));
    }
}
