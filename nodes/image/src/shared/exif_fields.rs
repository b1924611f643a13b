//! The EXIF fields that can be written, by the names of the standard, and how their values are put into it.

use exif::{Rational, Tag, Value as Raw};
use serde_json::Value as Json;
use windlass_core::problem::nearest;

/// How the value of a field is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// A text.
    Text,
    /// A text that begins with the name of its encoding.
    Comment,
    /// `2024:05:01 12:30:00`; RFC 3339 is taken too.
    Time,
    /// A whole number up to 65,535.
    Short,
    /// A fraction that is not negative.
    Fraction,
    /// Degrees, negative on the side of the letter: written as degrees, minutes and seconds.
    Angle(Tag, [&'static str; 2]),
    /// Metres, negative below the sea.
    Altitude,
}

const FIELDS: [(&str, Tag, Form); 30] = [
    ("ImageDescription", Tag::ImageDescription, Form::Text),
    ("Make", Tag::Make, Form::Text),
    ("Model", Tag::Model, Form::Text),
    ("Software", Tag::Software, Form::Text),
    ("Artist", Tag::Artist, Form::Text),
    ("Copyright", Tag::Copyright, Form::Text),
    ("LensMake", Tag::LensMake, Form::Text),
    ("LensModel", Tag::LensModel, Form::Text),
    ("ImageUniqueID", Tag::ImageUniqueID, Form::Text),
    ("CameraOwnerName", Tag::CameraOwnerName, Form::Text),
    ("BodySerialNumber", Tag::BodySerialNumber, Form::Text),
    ("OffsetTime", Tag::OffsetTime, Form::Text),
    ("OffsetTimeOriginal", Tag::OffsetTimeOriginal, Form::Text),
    ("UserComment", Tag::UserComment, Form::Comment),
    ("DateTime", Tag::DateTime, Form::Time),
    ("DateTimeOriginal", Tag::DateTimeOriginal, Form::Time),
    ("DateTimeDigitized", Tag::DateTimeDigitized, Form::Time),
    ("Orientation", Tag::Orientation, Form::Short),
    ("ResolutionUnit", Tag::ResolutionUnit, Form::Short),
    ("ColorSpace", Tag::ColorSpace, Form::Short),
    ("PhotographicSensitivity", Tag::PhotographicSensitivity, Form::Short),
    ("FocalLengthIn35mmFilm", Tag::FocalLengthIn35mmFilm, Form::Short),
    ("XResolution", Tag::XResolution, Form::Fraction),
    ("YResolution", Tag::YResolution, Form::Fraction),
    ("ExposureTime", Tag::ExposureTime, Form::Fraction),
    ("FNumber", Tag::FNumber, Form::Fraction),
    ("FocalLength", Tag::FocalLength, Form::Fraction),
    ("GPSLatitude", Tag::GPSLatitude, Form::Angle(Tag::GPSLatitudeRef, ["N", "S"])),
    ("GPSLongitude", Tag::GPSLongitude, Form::Angle(Tag::GPSLongitudeRef, ["E", "W"])),
    ("GPSAltitude", Tag::GPSAltitude, Form::Altitude),
];

/// Why a field cannot be set.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum FieldError {
    /// The name is not known.
    #[error("`{name}` is no EXIF field that can be written")]
    Name {
        /// The name.
        name: String,
        /// The field that may be meant.
        near: Option<&'static str>,
    },
    /// The value does not fit.
    #[error("the EXIF field `{name}` takes {expected}, not {found}")]
    Value {
        /// The name.
        name: &'static str,
        /// What it takes.
        expected: &'static str,
        /// What was given.
        found: Json,
    },
}

type Change = (Tag, Option<Raw>);

/// Returns what has to change in a block so that the field has the value; null takes it out.
pub(super) fn fields(name: &str, value: &Json) -> Result<Vec<Change>, FieldError> {
    let Some((name, tag, form)) = FIELDS.iter().find(|(known, ..)| *known == name) else {
        let near = nearest(name, FIELDS.iter().map(|(known, ..)| *known));
        return Err(FieldError::Name { name: name.to_owned(), near });
    };
    let made = if value.is_null() { Some(nothing(*tag, *form)) } else { some(*tag, *form, value) };
    made.ok_or_else(|| FieldError::Value { name, expected: expected(*form), found: value.clone() })
}

/// Takes a field out, with the one that says which way it counts.
fn nothing(tag: Tag, form: Form) -> Vec<Change> {
    let beside = match form {
        Form::Angle(reference, _) => Some(reference),
        Form::Altitude => Some(Tag::GPSAltitudeRef),
        _ => None,
    };
    std::iter::once(tag).chain(beside).map(|tag| (tag, None)).collect()
}

fn expected(form: Form) -> &'static str {
    match form {
        Form::Text | Form::Comment => "a text without a zero character",
        Form::Time => "a time like `2024-05-01T12:30:00` or `2024:05:01 12:30:00`",
        Form::Short => "a whole number of 0 to 65535",
        Form::Fraction => "a number of 0 to 4294967295",
        Form::Angle(..) => "degrees of -180 to 180",
        Form::Altitude => "a number of metres",
    }
}

fn some(tag: Tag, form: Form, value: &Json) -> Option<Vec<Change>> {
    let one = |raw| Some(vec![(tag, Some(raw))]);
    match form {
        Form::Text => one(ascii(text(value)?)),
        Form::Comment => one(Raw::Undefined([b"ASCII\0\0\0", text(value)?.as_bytes()].concat(), 0)),
        Form::Time => time(tag, text(value)?),
        Form::Short => one(Raw::Short(vec![u16::try_from(value.as_u64()?).ok()?])),
        Form::Fraction => one(Raw::Rational(vec![fraction(value.as_f64()?)?])),
        Form::Angle(reference, letters) => angle(tag, reference, letters, value.as_f64()?),
        Form::Altitude => {
            let metres = value.as_f64()?;
            let below = (Tag::GPSAltitudeRef, Some(Raw::Byte(vec![u8::from(metres < 0.0)])));
            Some(vec![below, (tag, Some(Raw::Rational(vec![fraction(metres.abs())?])))])
        }
    }
}

fn text(value: &Json) -> Option<&str> {
    value.as_str().filter(|text| !text.contains('\0'))
}

fn ascii(text: &str) -> Raw {
    Raw::Ascii(vec![text.as_bytes().to_vec()])
}

/// Splits a time of RFC 3339 into the form of EXIF and its offset.
fn time(tag: Tag, text: &str) -> Option<Vec<Change>> {
    let (moment, offset) = text.split_at_checked(19)?;
    let digits = |at: usize| moment.as_bytes()[at].is_ascii_digit();
    let marks = |at: usize, set: &str| set.contains(char::from(moment.as_bytes()[at]));
    let is_time = [0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18].into_iter().all(digits)
        && [(4, "-:"), (7, "-:"), (10, "T "), (13, ":"), (16, ":")].into_iter().all(|(at, set)| marks(at, set));
    if !is_time {
        return None;
    }
    let exif = format!("{} {}", moment[..10].replace('-', ":"), &moment[11..]);
    let mut changes = vec![(tag, Some(ascii(&exif)))];
    let offset = if offset == "Z" { "+00:00" } else { offset };
    let beside = match tag {
        Tag::DateTimeOriginal => Tag::OffsetTimeOriginal,
        Tag::DateTimeDigitized => Tag::OffsetTimeDigitized,
        _ => Tag::OffsetTime,
    };
    match offset.len() {
        0 => {}
        6 if offset.starts_with(['+', '-']) => changes.push((beside, Some(ascii(offset)))),
        _ => return None,
    }
    Some(changes)
}

fn angle(tag: Tag, reference: Tag, letters: [&str; 2], degrees: f64) -> Option<Vec<Change>> {
    let limit = if letters[0] == "N" { 90.0 } else { 180.0 };
    if degrees.is_nan() || degrees.abs() > limit {
        return None;
    }
    let letter = letters[usize::from(degrees < 0.0)];
    // A ten-thousandth of a second of arc is three millimetres.
    let ticks = (degrees.abs() * 36_000_000.0).round() as u64;
    let part = |num: u64, denom| Rational { num: num as u32, denom };
    let parts = vec![part(ticks / 36_000_000, 1), part(ticks / 600_000 % 60, 1), part(ticks % 600_000, 10_000)];
    Some(vec![(reference, Some(ascii(letter))), (tag, Some(Raw::Rational(parts)))])
}

/// Returns a number as a fraction: exact for `1/n` and for up to six digits behind the point.
fn fraction(value: f64) -> Option<Rational> {
    if !(0.0..=f64::from(u32::MAX)).contains(&value) {
        return None;
    }
    let inverse = (1.0 / value).round();
    if value > 0.0 && value < 1.0 && (inverse * value - 1.0).abs() < 1e-9 && inverse <= f64::from(u32::MAX) {
        return Some(Rational { num: 1, denom: inverse as u32 });
    }
    let scales = [1u32, 10, 100, 1_000, 10_000, 100_000, 1_000_000];
    let fitting = scales.into_iter().filter(|scale| value * f64::from(*scale) <= f64::from(u32::MAX));
    let exact = |scale: &u32| (value * f64::from(*scale)).fract() < 1e-9;
    let scale = fitting.clone().find(exact).or_else(|| fitting.max())?;
    Some(Rational { num: (value * f64::from(scale)).round() as u32, denom: scale })
}

#[cfg(test)]
mod tests {
    use windlass_core::json;

    use super::*;

    #[test]
    fn numbers_become_the_fractions_that_cameras_write() {
        let parts = |value| fraction(value).map(|fraction| (fraction.num, fraction.denom));
        assert_eq!(parts(0.004), Some((1, 250)));
        assert_eq!(parts(2.8), Some((28, 10)));
        assert_eq!(parts(300.0), Some((300, 1)));
        assert_eq!(parts(0.0), Some((0, 1)));
        assert_eq!((parts(-1.0), parts(f64::NAN), parts(1e10)), (None, None, None));
    }

    #[test]
    fn what_does_not_fit_is_explained() {
        let cause = |name: &str, value: Json| fields(name, &value).map(|_| ()).unwrap_err().to_string();
        assert_eq!(
            cause("Orientation", json!(-1)),
            "the EXIF field `Orientation` takes a whole number of 0 to 65535, not -1"
        );
        assert!(cause("DateTime", json!("yesterday")).contains("takes a time like `2024-05-01T12:30:00`"));
        assert!(cause("GPSLatitude", json!(91)).contains("takes degrees"));
        let near = FieldError::Name { name: "Artst".into(), near: Some("Artist") };
        assert_eq!(fields("Artst", &json!("x")).map(|_| ()), Err(near));
    }
}
