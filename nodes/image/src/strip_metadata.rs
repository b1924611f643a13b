//! `image.strip_metadata`: a picture file without what it says of its maker, pixels untouched.

use serde_json::{Map, Value as Json, json};
use windlass_core::prelude::*;

use crate::shared::exif::Exif;
use crate::shared::parts::{self, Class, Parts, PartsError};

/// What is taken out.
#[derive(Params)]
pub struct Settings {
    /// `all`: EXIF, XMP, texts, comments, previews and whatever follows the end of the picture; `location`: only where
    /// the picture was taken (an XMP packet that names a place goes whole).
    #[param(default = "all")]
    what: What,
    /// Whether the colour profile stays; without it, colours may look different.
    #[param(default = "keep")]
    profile: Fate,
    /// Whether the orientation stays, as the one field of a new EXIF block; without it, the picture may lie on its side.
    #[param(default = "keep")]
    orientation: Fate,
}

/// What is taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum What {
    /// All that is no picture.
    All,
    /// Where the picture was taken.
    Location,
}

/// What becomes of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Fate {
    /// It stays.
    Keep,
    /// It goes.
    Drop,
}

/// The file.
#[derive(Inputs)]
pub struct In {
    /// JPEG, PNG or WebP.
    file: Arc<File>,
}

/// The file.
#[derive(Outputs)]
pub struct Out {
    /// The file without it; all that stays is copied byte for byte.
    file: Arc<File>,
    /// How many bytes of each class went: `exif`, `xmp`, `text`, `profile`, `other`, `trailer`.
    removed: Json,
}

/// `image.strip_metadata`
pub struct StripMetadata;

impl Node for StripMetadata {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "image.strip_metadata",
            "Strip metadata",
            "Takes EXIF, place, XMP, texts and previews out of a JPEG, PNG or WebP file, without encoding it anew.",
        )
        .cpu()
        .search(&["exif", "gps", "privacy", "anonymous", "remove", "clean", "location"])
        .sample(Sample::new().input("file", Value::File(Arc::new(parts::specimen()))))
        .example(
            r#"
open:
  kind: files.open
  params: { path: samples/photos/dunes.jpg }
strip:
  kind: image.strip_metadata
  inputs: { file: open.file }
write:
  kind: files.write
  params: { path: out/dunes.jpg }
  inputs: { value: strip.file }
"#,
        )
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let bytes = parts::read(&inputs.file, ctx)?;
        let explain = |error: PartsError| error.explain(&inputs.file);
        let before = Parts::split(&bytes).map_err(explain)?;
        let mut after = before.clone();
        match params.what {
            What::All => strip_all(&mut after, &params).map_err(explain)?,
            What::Location => strip_location(&mut after, &inputs.file)?,
        }
        let removed = difference(&before, &after);
        let file = parts::same_file(&inputs.file, after.join().map_err(explain)?, after.format);
        Ok(Out { file: Arc::new(file), removed })
    }
}

fn strip_all(parts: &mut Parts<'_>, params: &Settings) -> Result<(), PartsError> {
    let orientation = parts.exif().and_then(|block| Exif::read(block).orientation()).filter(|turn| *turn != 1);
    for class in [Class::Exif, Class::Xmp, Class::Text, Class::Other, Class::Trailer] {
        parts.remove(class);
    }
    if params.profile == Fate::Drop {
        parts.remove(Class::Profile);
    }
    match orientation.filter(|_| params.orientation == Fate::Keep) {
        Some(orientation) => parts.set_exif(only_orientation(orientation).as_deref()),
        None => Ok(()),
    }
}

fn only_orientation(orientation: u32) -> Option<Vec<u8>> {
    let mut exif = Exif::default();
    exif.set("Orientation", &json!(orientation)).ok()?;
    exif.write().ok().flatten()
}

fn strip_location(parts: &mut Parts<'_>, file: &File) -> Result<(), NodeError> {
    let exif = parts.exif().map(Exif::read);
    if let Some(mut exif) = exif.filter(|exif| exif.problems.is_empty() || exif.location().is_some()) {
        if exif.remove_location() {
            let block = exif.write().map_err(|error| {
                NodeError::because(format!("the EXIF block cannot be written again: `{}`", file.name), &error)
                    .hint("set `what` to `all`")
                    .permanent()
            })?;
            parts.set_exif(block.as_deref()).map_err(|error| error.explain(file))?;
        }
    } else {
        // A block that cannot be read may hold a place all the same.
        parts.remove(Class::Exif);
    }
    if parts.xmp().is_some_and(|packet| names_a_place(&packet)) {
        parts.remove(Class::Xmp);
    }
    Ok(())
}

/// Returns whether a packet has the place of EXIF, or that of IPTC, among its properties.
fn names_a_place(packet: &str) -> bool {
    ["GPS", "Location", "photoshop:City", "photoshop:Country", "photoshop:State"]
        .iter()
        .any(|name| packet.contains(name))
}

fn difference(before: &Parts<'_>, after: &Parts<'_>) -> Json {
    let classes = [
        ("exif", Class::Exif),
        ("xmp", Class::Xmp),
        ("text", Class::Text),
        ("profile", Class::Profile),
        ("other", Class::Other),
        ("trailer", Class::Trailer),
    ];
    let gone = |class| before.size_bytes(class).saturating_sub(after.size_bytes(class));
    let gone = classes.into_iter().map(|(name, class)| (name.to_owned(), gone(class)));
    Json::Object(gone.filter(|(_, bytes)| *bytes > 0).map(|(name, bytes)| (name, bytes.into())).collect::<Map<_, _>>())
}

#[cfg(test)]
mod tests {
    use windlass_core::harness::{Gave, Harness};
    use windlass_core::value::{Channels, SampleType};

    use super::*;
    use crate::codecs::{Encode, Format, Options, decode, encode};
    use crate::shared::specimen;

    /// A picture that lies on its side, was taken somewhere, and has something behind its end.
    fn file(format: Format) -> Vec<u8> {
        let mut image = specimen::picture(24, 16, Channels::Rgb, SampleType::U8);
        image.icc = Some(Arc::from(specimen::profile(b"RGB ")));
        let bytes = encode(&image, Encode { format, quality: 90 }).unwrap().bytes;
        let mut exif = Exif::default();
        for (name, value) in [("Orientation", json!(6)), ("Artist", json!("Ada")), ("GPSLatitude", json!(1))] {
            exif.set(name, &value).unwrap();
        }
        exif.set("GPSLongitude", &json!(2)).unwrap();
        let mut parts = Parts::split(&bytes).unwrap();
        parts.set_exif(exif.write().unwrap().as_deref()).unwrap();
        parts.set_xmp(Some("<x exif:GPSLatitude='1'/>")).unwrap();
        [parts.join().unwrap(), b"hidden".to_vec()].concat()
    }

    fn bench(bytes: Vec<u8>) -> Harness {
        Harness::of::<StripMetadata>().input("file", Arc::new(File::in_memory(bytes, "a.x", "image/x")))
    }

    fn bytes(gave: &Gave) -> Vec<u8> {
        match &gave.get::<Arc<File>>("file").unwrap().content {
            windlass_core::value::FileContent::Bytes(bytes) => bytes.to_vec(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn all_goes_and_the_picture_looks_the_same() {
        for format in [Format::Jpeg, Format::Png, Format::Webp] {
            let whole = file(format);
            let stripped = bytes(&bench(whole.clone()).fire().unwrap());
            let picture = |bytes: &[u8]| decode(bytes, &Options::default()).unwrap().image;
            assert_eq!(picture(&stripped), picture(&whole), "{format}");
            let parts = Parts::split(&stripped).unwrap();
            assert_eq!(Exif::read(parts.exif().unwrap()).to_json().len(), 1);
            assert_eq!((parts.xmp(), parts.size_bytes(Class::Trailer)), (None, 0));
            let bare = bench(whole).param("orientation", "drop").param("profile", "drop").fire().unwrap();
            let parts = bytes(&bare);
            let parts = Parts::split(&parts).unwrap();
            assert_eq!((parts.exif(), parts.profile()), (None, None));
        }
    }

    #[test]
    fn the_place_alone_may_go() {
        let gave = bench(file(Format::Jpeg)).param("what", "location").fire().unwrap();
        let stripped = bytes(&gave);
        let parts = Parts::split(&stripped).unwrap();
        let exif = Exif::read(parts.exif().unwrap());
        assert_eq!(Json::Object(exif.to_json()), json!({ "Orientation": 6, "Artist": "Ada" }));
        assert_eq!((exif.location(), parts.xmp()), (None, None));
        let removed: Json = gave.get("removed").unwrap();
        assert!(removed["exif"].as_u64() > Some(0) && removed.get("trailer").is_none(), "{removed}");
    }

    #[test]
    fn formats_without_parts_are_refused() {
        let error = bench(b"GIF89a......".to_vec()).fire().map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "metadata of GIF files cannot be changed: `a.x`");
        assert_eq!(error.hint_text(), Some("convert it to JPEG, PNG or WebP first"));
    }
}
