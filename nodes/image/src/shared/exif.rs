//! EXIF blocks (EXIF 2.32): read to JSON by field name, changed field by field, and written again.

use std::io::Cursor;

use exif::experimental::Writer;
use exif::{Context, Field, In, Rational, Reader, SRational, Tag, Value as Raw};
use serde_json::{Map, Number, Value as Json};

pub use super::exif_fields::FieldError;
use super::{exif_bounds, exif_fields};

/// Arrays longer than this are counted rather than listed.
const MAX_LISTED: usize = 64;

/// An EXIF block in memory.
#[derive(Debug, Default)]
pub struct Exif {
    fields: Vec<Field>,
    thumbnail: Option<Vec<u8>>,
    little_endian: bool,
    /// What is wrong with the block, as far as it was passed over.
    pub problems: Vec<String>,
}

impl Exif {
    /// Reads a block from its TIFF header on; what cannot be read is passed over and said.
    pub fn read(block: &[u8]) -> Self {
        if let Err(problem) = exif_bounds::check(block) {
            return Self { problems: vec![problem.to_owned()], ..Self::default() };
        }
        let mut problems = Vec::new();
        let read = Reader::new().continue_on_error(true).read_raw(block.to_vec());
        let read = read.or_else(|error| {
            error.distill_partial_result(|errors| problems.extend(errors.iter().map(ToString::to_string)))
        });
        match read {
            Ok(read) => {
                let thumbnail = thumbnail(&read, block);
                let fields = read.fields().filter(|field| !matches!(field.value, Raw::Unknown(..))).cloned().collect();
                Self { fields, thumbnail, little_endian: read.little_endian(), problems }
            }
            Err(error) => Self { problems: vec![error.to_string()], ..Self::default() },
        }
    }

    /// Returns the fields of the picture by name; those that have none are left out.
    pub fn to_json(&self) -> Map<String, Json> {
        let own = self.fields.iter().filter(|field| field.ifd_num == In::PRIMARY && is_named(field.tag));
        own.map(|field| (field.tag.to_string(), json(field))).collect()
    }

    /// Returns when the picture was taken as RFC 3339 writes it, without an offset where the camera named none.
    pub fn taken(&self) -> Option<String> {
        let text = |tag| self.field(tag).and_then(|field| ascii(&field.value));
        let time = text(Tag::DateTimeOriginal).or_else(|| text(Tag::DateTimeDigitized))?;
        let (date, clock) = time.trim().split_once(' ')?;
        let looks_right = date.len() == 10 && clock.len() == 8 && date.starts_with(|c: char| c.is_ascii_digit());
        let offset = text(Tag::OffsetTimeOriginal).filter(|offset| offset.len() == 6).unwrap_or_default();
        looks_right.then(|| format!("{}T{clock}{offset}", date.replace(':', "-")))
    }

    /// Returns where the picture was taken: degrees north, degrees east, and metres above the sea.
    pub fn location(&self) -> Option<Map<String, Json>> {
        let angle = |tag, reference, negative: &str| {
            let parts: Vec<f64> = rationals(&self.field(tag)?.value)?;
            let degrees = parts.iter().zip([1.0, 60.0, 3600.0]).map(|(part, unit)| part / unit).sum::<f64>();
            let sign = self.field(reference).and_then(|field| ascii(&field.value)).is_some_and(|at| at == negative);
            Some(if sign { -degrees } else { degrees })
        };
        let mut location = Map::new();
        location.insert("latitude".into(), number(angle(Tag::GPSLatitude, Tag::GPSLatitudeRef, "S")?));
        location.insert("longitude".into(), number(angle(Tag::GPSLongitude, Tag::GPSLongitudeRef, "W")?));
        let metres = self.field(Tag::GPSAltitude).and_then(|field| rationals(&field.value)?.first().copied());
        let below = self.field(Tag::GPSAltitudeRef).and_then(|field| field.value.get_uint(0)) == Some(1);
        if let Some(metres) = metres {
            location.insert("altitude".into(), number(if below { -metres } else { metres }));
        }
        Some(location)
    }

    /// Returns the orientation, 1 to 8.
    pub fn orientation(&self) -> Option<u32> {
        self.field(Tag::Orientation)?.value.get_uint(0).filter(|value| (1..=8).contains(value))
    }

    /// Sets a field by name, or takes it out where the value is null.
    ///
    /// # Errors
    /// The name or the value does not fit.
    pub fn set(&mut self, name: &str, value: &Json) -> Result<(), FieldError> {
        for (tag, value) in exif_fields::fields(name, value)? {
            self.fields.retain(|field| (field.tag, field.ifd_num) != (tag, In::PRIMARY));
            self.fields.extend(value.map(|value| Field { tag, ifd_num: In::PRIMARY, value }));
        }
        Ok(())
    }

    /// Takes out where the picture was taken; returns whether there was anything.
    pub fn remove_location(&mut self) -> bool {
        let before = self.fields.len();
        self.fields.retain(|field| field.tag.context() != Context::Gps);
        before > self.fields.len()
    }

    /// Writes the block; `None` where no field is left.
    ///
    /// # Errors
    /// What the library cannot write.
    pub fn write(&self) -> Result<Option<Vec<u8>>, exif::Error> {
        if !self.fields.iter().any(|field| field.ifd_num == In::PRIMARY) {
            return Ok(None);
        }
        let mut writer = Writer::new();
        let kept = self.fields.iter().filter(|field| field.ifd_num == In::PRIMARY || self.thumbnail.is_some());
        kept.filter(|field| field.ifd_num.index() <= 1).for_each(|field| writer.push_field(field));
        if let Some(thumbnail) = &self.thumbnail {
            writer.set_jpeg(thumbnail, In::THUMBNAIL);
        }
        let mut block = Cursor::new(Vec::new());
        writer.write(&mut block, self.little_endian)?;
        Ok(Some(block.into_inner()))
    }

    fn field(&self, tag: Tag) -> Option<&Field> {
        self.fields.iter().find(|field| field.tag == tag && field.ifd_num == In::PRIMARY)
    }
}

/// Returns the small JPEG picture that a camera puts beside the large one.
fn thumbnail(read: &exif::Exif, block: &[u8]) -> Option<Vec<u8>> {
    let figure = |tag| read.get_field(tag, In::THUMBNAIL)?.value.get_uint(0).map(|figure| figure as usize);
    let (start, length) = (figure(Tag::JPEGInterchangeFormat)?, figure(Tag::JPEGInterchangeFormatLength)?);
    block.get(start..start.checked_add(length)?).map(<[u8]>::to_vec)
}

/// A field that the library has no name for prints as `Tag(Exif, 1)`.
fn is_named(tag: Tag) -> bool {
    tag.description().is_some() && tag != Tag::JPEGInterchangeFormat && tag != Tag::JPEGInterchangeFormatLength
}

fn json(field: &Field) -> Json {
    match &field.value {
        Raw::Ascii(_) => ascii(&field.value).into(),
        Raw::Byte(values) => list(values, |value| (*value).into()),
        Raw::Short(values) => list(values, |value| (*value).into()),
        Raw::Long(values) => list(values, |value| (*value).into()),
        Raw::SByte(values) => list(values, |value| (*value).into()),
        Raw::SShort(values) => list(values, |value| (*value).into()),
        Raw::SLong(values) => list(values, |value| (*value).into()),
        Raw::Rational(values) => list(values, |Rational { num, denom }| ratio((*num).into(), (*denom).into())),
        Raw::SRational(values) => list(values, |SRational { num, denom }| ratio((*num).into(), (*denom).into())),
        Raw::Float(values) => list(values, |value| number((*value).into())),
        Raw::Double(values) => list(values, |value| number(*value)),
        Raw::Undefined(bytes, _) => undefined(field.tag, bytes),
        Raw::Unknown(..) => Json::Null,
    }
}

fn list<T>(values: &[T], json: impl Fn(&T) -> Json) -> Json {
    match values {
        [value] => json(value),
        values if values.len() > MAX_LISTED => format!("({} values)", values.len()).into(),
        values => values.iter().map(json).collect(),
    }
}

fn ratio(number_of: f64, parts: f64) -> Json {
    if parts == 0.0 { Json::Null } else { number(number_of / parts) }
}

fn number(value: f64) -> Json {
    Number::from_f64(value).map_or(Json::Null, Json::Number)
}

/// Texts, and what was written as one: a version, and a comment behind the name of its encoding.
fn undefined(tag: Tag, bytes: &[u8]) -> Json {
    let text = match tag {
        Tag::UserComment => bytes.split_at_checked(8).map(|(encoding, text)| comment(encoding, text)),
        Tag::ExifVersion | Tag::FlashpixVersion | Tag::InteroperabilityVersion => {
            Some(String::from_utf8_lossy(bytes).into_owned())
        }
        _ => None,
    };
    match (text, bytes) {
        (Some(text), _) => text.into(),
        (None, [byte]) => (*byte).into(),
        (None, bytes) => format!("({} bytes)", bytes.len()).into(),
    }
}

fn comment(encoding: &[u8], text: &[u8]) -> String {
    if encoding.starts_with(b"UNICODE") {
        // The order of bytes is that of the block, which writers keep to badly; a plain letter tells it.
        let big = text.first() == Some(&0);
        let pairs = text.chunks_exact(2).map(|pair| [pair[0], pair[1]]);
        let units = pairs.map(|pair| if big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) });
        return String::from_utf16_lossy(&units.collect::<Vec<_>>()).trim_end_matches(['\0', ' ']).to_owned();
    }
    String::from_utf8_lossy(text).trim_end_matches(['\0', ' ']).to_owned()
}

fn ascii(value: &Raw) -> Option<String> {
    let Raw::Ascii(lines) = value else { return None };
    let lines: Vec<_> = lines.iter().map(|line| String::from_utf8_lossy(line)).collect();
    Some(lines.join("\n").trim_end_matches(['\0', ' ']).to_owned())
}

fn rationals(value: &Raw) -> Option<Vec<f64>> {
    match value {
        Raw::Rational(values) if values.iter().all(|value| value.denom != 0) => {
            Some(values.iter().map(Rational::to_f64).collect())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use windlass_core::json;

    use super::*;

    fn block(fields: &[(&str, Json)]) -> Vec<u8> {
        let mut exif = Exif::default();
        fields.iter().for_each(|(name, value)| exif.set(name, value).unwrap());
        exif.write().unwrap().unwrap()
    }

    #[test]
    fn what_is_set_is_read_again() {
        let fields = [
            ("Artist", json!("Ada Łovelace")),
            ("Orientation", json!(6)),
            ("ExposureTime", json!(0.004)),
            ("DateTimeOriginal", json!("2024-05-01T12:30:00+02:00")),
            ("UserComment", json!("a note")),
            ("GPSLatitude", json!(-12.5)),
            ("GPSLongitude", json!(7.25)),
        ];
        let exif = Exif::read(&block(&fields));
        let json = exif.to_json();
        assert_eq!(exif.problems, [] as [&str; 0]);
        for (name, value) in &fields[..3] {
            assert_eq!(json.get(*name), Some(value));
        }
        assert_eq!((exif.orientation(), json.get("UserComment")), (Some(6), Some(&json!("a note"))));
        assert_eq!(exif.taken().as_deref(), Some("2024-05-01T12:30:00+02:00"));
        assert_eq!(Json::Object(exif.location().unwrap()), json!({ "latitude": -12.5, "longitude": 7.25 }));
    }

    #[test]
    fn a_field_is_taken_out_and_an_empty_block_is_none() {
        let mut exif = Exif::read(&block(&[("Artist", json!("Ada")), ("GPSLatitude", json!(1))]));
        assert!(exif.remove_location());
        assert!(!exif.remove_location());
        assert_eq!(exif.to_json().len(), 1);
        exif.set("Artist", &Json::Null).unwrap();
        assert_eq!(exif.write().unwrap(), None);
    }

    #[test]
    fn any_bytes_are_read_without_harm() {
        let whole = block(&[("Artist", json!("Ada")), ("GPSLatitude", json!(1)), ("Orientation", json!(3))]);
        for at in 0..whole.len() {
            let mut broken = whole.clone();
            broken[at] ^= 0xFF;
            let _ = Exif::read(&broken).to_json();
            let _ = Exif::read(&whole[..at]).write();
        }
        assert!(!Exif::read(b"nonsense").problems.is_empty());
    }
}
