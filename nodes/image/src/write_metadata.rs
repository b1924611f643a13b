//! `image.write_metadata`: a picture file that says more of itself, pixels untouched.

use serde_json::{Map, Value as Json};
use windlass_core::prelude::*;

use crate::shared::exif::{Exif, FieldError};
use crate::shared::format::Format;
use crate::shared::parts::{self, Parts};

/// The most that a text or a packet may be, in bytes.
const MAX_TEXT_BYTES: usize = 16 << 20;

/// The most texts that are written at once.
const MAX_TEXTS: usize = 1000;

/// The file, and what it is to say.
#[derive(Inputs)]
pub struct In {
    /// JPEG, PNG or WebP.
    file: Arc<File>,
    /// EXIF fields by the names of the standard, `{ Artist: Ada, DateTimeOriginal: "2024-05-01T12:00:00" }`; null takes
    /// a field out, all others stay as they are. Places are degrees: `{ GPSLatitude: 48.2, GPSLongitude: 16.37 }`.
    #[port(constant, optional)]
    exif: Option<Json>,
    /// An XMP packet, whole; it takes the place of the one that is there. An empty text takes it out.
    #[port(constant, optional)]
    xmp: Option<String>,
    /// Texts of PNG by keyword, `{ Title: Dunes }`; null takes one out, all others stay as they are.
    #[port(constant, optional)]
    text: Option<Json>,
}

/// The file.
#[derive(Outputs)]
pub struct Out {
    /// The file; all else is copied byte for byte. Notes that a camera's maker left in a form of its own are kept, but
    /// may refer to places in the file that have moved.
    file: Arc<File>,
}

/// `image.write_metadata`
pub struct WriteMetadata;

impl Node for WriteMetadata {
    type Params = ();
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "image.write_metadata",
            "Write metadata",
            "Sets EXIF fields, the XMP packet and texts of a JPEG, PNG or WebP file, without encoding it anew.",
        )
        .cpu()
        .search(&["exif", "xmp", "copyright", "author", "caption", "tag", "gps", "date"])
        .sample(
            Sample::new()
                .input("file", Value::File(Arc::new(parts::specimen())))
                .param("exif", windlass_core::json!({ "Artist": "Ada" })),
        )
        .example(
            r#"
open:
  kind: files.open
  params: { path: samples/photos/dunes.jpg }
sign:
  kind: image.write_metadata
  params: { exif: { Artist: Ada, Copyright: "2024, Ada" } }
  inputs: { file: open.file }
write:
  kind: files.write
  params: { path: out/signed.jpg }
  inputs: { value: sign.file }
"#,
        )
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, (): (), inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let bytes = parts::read(&inputs.file, ctx)?;
        let mut parts = Parts::split(&bytes).map_err(|error| error.explain(&inputs.file))?;
        if let Some(fields) = &inputs.exif {
            set_exif(&mut parts, object("exif", fields)?, &inputs.file)?;
        }
        if let Some(packet) = &inputs.xmp {
            check_length("the XMP packet", packet)?;
            let packet = Some(packet.as_str()).filter(|packet| !packet.is_empty());
            parts.set_xmp(packet).map_err(|error| error.explain(&inputs.file))?;
        }
        if let Some(texts) = &inputs.text {
            set_texts(&mut parts, object("text", texts)?)?;
        }
        let joined = parts.join().map_err(|error| error.explain(&inputs.file))?;
        Ok(Out { file: Arc::new(parts::same_file(&inputs.file, joined, parts.format)) })
    }
}

fn object<'a>(port: &str, value: &'a Json) -> Result<&'a Map<String, Json>, NodeError> {
    value.as_object().ok_or_else(|| {
        NodeError::new(format!("`{port}` takes an object of names and values, not {value}"))
            .hint("write it like `{ Artist: Ada }`")
            .permanent()
    })
}

fn set_exif(parts: &mut Parts<'_>, fields: &Map<String, Json>, file: &File) -> Result<(), NodeError> {
    let mut exif = parts.exif().map(Exif::read).unwrap_or_default();
    if !exif.problems.is_empty() {
        let text = format!("the EXIF block of the file is damaged ({}): `{}`", exif.problems.join("; "), file.name);
        return Err(NodeError::new(text).hint("take it out with `image.strip_metadata` first").permanent());
    }
    for (name, value) in fields {
        exif.set(name, value).map_err(|error| explain(&error))?;
    }
    let block = exif.write().map_err(|error| {
        NodeError::because(format!("the EXIF block cannot be written: `{}`", file.name), &error).permanent()
    })?;
    parts.set_exif(block.as_deref()).map_err(|error| error.explain(file))
}

fn explain(error: &FieldError) -> NodeError {
    let explained = NodeError::new(error.to_string()).permanent();
    match error {
        FieldError::Name { near: Some(near), .. } => explained.hint(format!("did you mean `{near}`?")),
        _ => explained,
    }
}

fn set_texts(parts: &mut Parts<'_>, texts: &Map<String, Json>) -> Result<(), NodeError> {
    if parts.format != Format::Png {
        let text = format!("a {} file has no place for texts by keyword, which are PNG's", parts.format);
        return Err(NodeError::new(text).hint("use `exif` or `xmp`").permanent());
    }
    if texts.len() > MAX_TEXTS {
        let text = format!("{} texts are more than the {MAX_TEXTS} that are written at once", texts.len());
        return Err(NodeError::new(text).hint("put what belongs together into one text, or use `xmp`").permanent());
    }
    for (keyword, text) in texts {
        check_keyword(keyword)?;
        match text {
            Json::Null => parts.set_png_text(keyword, None),
            Json::String(text) => {
                check_length(&format!("the text `{keyword}`"), text)?;
                parts.set_png_text(keyword, Some(text));
            }
            other => {
                return Err(NodeError::new(format!("the text `{keyword}` must be a text, not {other}")).permanent());
            }
        }
    }
    Ok(())
}

/// PNG, third edition, 11.3.3.1: 1 to 79 printable characters of Latin-1, without spaces at the ends.
fn check_keyword(keyword: &str) -> Result<(), NodeError> {
    let printable = keyword.chars().all(|c| matches!(u32::from(c), 32..=126 | 161..=255));
    if printable && (1..=79).contains(&keyword.chars().count()) && keyword.trim() == keyword {
        return Ok(());
    }
    Err(NodeError::new(format!("`{keyword}` is no keyword of PNG"))
        .hint("use 1 to 79 printable characters of Latin-1, without spaces at the ends")
        .permanent())
}

fn check_length(what: &str, text: &str) -> Result<(), NodeError> {
    if text.len() <= MAX_TEXT_BYTES {
        return Ok(());
    }
    Err(NodeError::new(format!("{what} of {} bytes is more than the {MAX_TEXT_BYTES} that are written", text.len()))
        .permanent())
}

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::json;
    use windlass_core::value::{Channels, FileContent, SampleType};

    use super::*;
    use crate::codecs::{Encode, encode};
    use crate::shared::specimen;

    fn bench(format: Format) -> Harness {
        let image = specimen::picture(24, 16, Channels::Rgb, SampleType::U8);
        let bytes = encode(&image, Encode { format, quality: 90 }).unwrap().bytes;
        Harness::of::<WriteMetadata>().input("file", Arc::new(File::in_memory(bytes, "a.x", "image/x")))
    }

    fn written(bench: &Harness) -> Arc<File> {
        bench.fire().unwrap().get("file").unwrap()
    }

    fn bytes(file: &File) -> &[u8] {
        match &file.content {
            FileContent::Bytes(bytes) => bytes,
            FileContent::Path(path) => panic!("{}", path.display()),
        }
    }

    #[test]
    fn fields_are_changed_and_others_stay() {
        for format in [Format::Jpeg, Format::Png, Format::Webp] {
            let first = written(&bench(format).param("exif", json!({ "Artist": "Ada", "Orientation": 3 })));
            let again = Harness::of::<WriteMetadata>().input("file", first);
            let second = written(&again.param("exif", json!({ "Artist": null, "FNumber": 2.8 })).param("xmp", "<x/>"));
            let parts = Parts::split(bytes(&second)).unwrap();
            let exif = Exif::read(parts.exif().unwrap()).to_json();
            assert_eq!(Json::Object(exif), json!({ "Orientation": 3, "FNumber": 2.8 }), "{format}");
            assert_eq!(parts.xmp().as_deref(), Some("<x/>"));
            assert_eq!(second.media_type, format.media_type());
        }
    }

    #[test]
    fn texts_of_png_are_set_and_taken_out() {
        let first = written(&bench(Format::Png).param("text", json!({ "Title": "Dünen", "Author": "漢" })));
        let again = Harness::of::<WriteMetadata>().input("file", first.clone()).param("text", json!({ "Title": null }));
        assert_eq!(Parts::split(bytes(&first)).unwrap().texts().len(), 2);
        let second = written(&again);
        assert_eq!(Parts::split(bytes(&second)).unwrap().texts(), [("Author".to_owned(), "漢".to_owned())]);
    }

    #[test]
    fn what_cannot_be_written_is_explained() {
        let cause = |bench: Harness| bench.fire().map(|_| ()).unwrap_err();
        let unknown = cause(bench(Format::Jpeg).param("exif", json!({ "Artst": "Ada" })));
        assert_eq!(unknown.to_string(), "`Artst` is no EXIF field that can be written");
        assert_eq!(unknown.hint_text(), Some("did you mean `Artist`?"));
        let texts = cause(bench(Format::Jpeg).param("text", json!({ "Title": "x" })));
        assert_eq!(texts.to_string(), "a JPEG file has no place for texts by keyword, which are PNG's");
        assert_eq!(
            cause(bench(Format::Png).param("text", json!({ " x": "y" }))).to_string(),
            "` x` is no keyword of PNG"
        );
        assert!(cause(bench(Format::Jpeg).param("xmp", "x".repeat(70_000))).to_string().contains("has room for"));
        let texts: Map<String, Json> = (0..1001).map(|at| (at.to_string(), "x".into())).collect();
        let many = cause(bench(Format::Png).param("text", Json::Object(texts)));
        assert_eq!(many.to_string(), "1001 texts are more than the 1000 that are written at once");
        let long = cause(bench(Format::Png).param("text", json!({ "Title": "x".repeat((16 << 20) + 1) })));
        assert_eq!(long.to_string(), "the text `Title` of 16777217 bytes is more than the 16777216 that are written");
    }
}
