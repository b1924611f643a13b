//! How a picture is kept: its samples as they are, behind a small header.
//!
//! | Bytes | What |
//! | --- | --- |
//! | 4 | `WLIM` |
//! | 1 | version, 1 |
//! | 1 | channels: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA |
//! | 1 | size of a sample in bytes: 1, 2, or 4 for floats |
//! | 1 | flags: 1 premultiplied, 2 a profile follows |
//! | 4, 4 | width, height |
//! | 4 | length of the ICC profile |
//! | … | profile, then samples; all numbers little-endian |

use windlass_core::prelude::*;
use windlass_core::value::{AlphaMode, Channels, Codec, CodecError, SampleType, Samples};

const MAGIC: &[u8; 4] = b"WLIM";
const VERSION: u8 = 1;
const HEADER_BYTES: usize = 20;
const PREMULTIPLIED: u8 = 1;
const HAS_PROFILE: u8 = 2;

/// Writes and reads pictures without loss.
#[derive(Clone, Copy, Debug, Default)]
pub struct RawCodec;

impl Codec for RawCodec {
    fn type_name(&self) -> &str {
        "image"
    }

    fn encode(&self, value: &Value) -> Result<Vec<u8>, CodecError> {
        match value {
            Value::Image(image) => encode(image).map_err(error),
            other => Err(error(format!("`{}` is no picture", other.type_of()))),
        }
    }

    fn decode(&self, bytes: &[u8]) -> Result<Value, CodecError> {
        decode(bytes).map(|image| Value::Image(Arc::new(image))).map_err(error)
    }
}

fn error(cause: String) -> CodecError {
    CodecError { type_name: "image".into(), cause }
}

fn encode(image: &Image) -> Result<Vec<u8>, String> {
    let profile = image.icc.as_deref().unwrap_or_default();
    let length = u32::try_from(profile.len()).map_err(|_| "the profile is larger than 4 GiB".to_owned())?;
    let sample = image.samples().sample_type().size_bytes();
    let mut bytes = Vec::with_capacity(HEADER_BYTES + profile.len() + image.samples().len() * sample);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&[VERSION, image.channels().count() as u8, sample as u8, flags(image)]);
    for number in [image.width(), image.height(), length] {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    bytes.extend_from_slice(profile);
    match image.samples() {
        Samples::U8(samples) => bytes.extend_from_slice(samples),
        Samples::U16(samples) => bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes())),
        Samples::F32(samples) => bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes())),
    }
    Ok(bytes)
}

fn flags(image: &Image) -> u8 {
    let premultiplied = if image.alpha == AlphaMode::Premultiplied { PREMULTIPLIED } else { 0 };
    let profile = if image.icc.is_some() { HAS_PROFILE } else { 0 };
    premultiplied | profile
}

fn decode(bytes: &[u8]) -> Result<Image, String> {
    let (header, rest) = bytes.split_at_checked(HEADER_BYTES).ok_or("the header is cut off")?;
    if &header[..4] != MAGIC {
        return Err("it does not begin with `WLIM`".into());
    }
    if header[4] != VERSION {
        return Err(format!("version {} is not known", header[4]));
    }
    let number = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    let (channels, sample) = (channels(header[5])?, sample_type(header[6])?);
    let (profile, samples) = rest.split_at_checked(number(16) as usize).ok_or("the profile is cut off")?;
    let samples = read_samples(samples, sample)?;
    let image = Image::new(number(8), number(12), channels, samples).map_err(|error| error.to_string())?;
    with_flags(image, header[7], profile)
}

fn channels(count: u8) -> Result<Channels, String> {
    match count {
        1 => Ok(Channels::Gray),
        2 => Ok(Channels::GrayAlpha),
        3 => Ok(Channels::Rgb),
        4 => Ok(Channels::Rgba),
        other => Err(format!("{other} channels are not known")),
    }
}

fn sample_type(size_bytes: u8) -> Result<SampleType, String> {
    match size_bytes {
        1 => Ok(SampleType::U8),
        2 => Ok(SampleType::U16),
        4 => Ok(SampleType::F32),
        other => Err(format!("samples of {other} bytes are not known")),
    }
}

fn read_samples(bytes: &[u8], sample: SampleType) -> Result<Samples, String> {
    if !bytes.len().is_multiple_of(sample.size_bytes()) {
        return Err("the last sample is cut off".into());
    }
    Ok(match sample {
        SampleType::U8 => Samples::U8(bytes.to_vec()),
        SampleType::U16 => Samples::U16(bytes.chunks_exact(2).map(|b| u16::from_le_bytes([b[0], b[1]])).collect()),
        SampleType::F32 => {
            Samples::F32(bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
        }
    })
}

fn with_flags(mut image: Image, flags: u8, profile: &[u8]) -> Result<Image, String> {
    if flags & !(PREMULTIPLIED | HAS_PROFILE) != 0 {
        return Err(format!("flags {flags} are not known"));
    }
    if flags & PREMULTIPLIED != 0 {
        image.alpha = AlphaMode::Premultiplied;
    }
    match (flags & HAS_PROFILE != 0, profile.is_empty()) {
        (true, _) => image.icc = Some(Arc::from(profile)),
        (false, true) => {}
        (false, false) => return Err("a profile stands where none was promised".into()),
    }
    Ok(image)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared::specimen;
    use proptest::prelude::*;

    #[test]
    fn every_layout_comes_back_as_it_was() {
        for mut image in specimen::every_layout(5, 3) {
            for (alpha, icc) in [
                (AlphaMode::Straight, None),
                (AlphaMode::Premultiplied, Some(Arc::from(&b"profile"[..]))),
                (AlphaMode::Straight, Some(Arc::from(&b""[..]))),
            ] {
                (image.alpha, image.icc) = (alpha, icc);
                assert_eq!(decode(&encode(&image).unwrap()).as_ref(), Ok(&image));
            }
        }
    }

    #[test]
    fn another_type_is_refused() {
        let error = RawCodec.encode(&Value::Int(1)).map(|_| ()).map_err(|error| error.to_string());
        assert_eq!(error, Err("no `image` can be made of it: `int` is no picture".to_owned()));
    }

    #[test]
    fn every_cut_is_refused() {
        let bytes = encode(&specimen::picture(4, 4, Channels::Rgb, SampleType::U16)).unwrap();
        for end in 0..bytes.len() {
            assert!(decode(&bytes[..end]).is_err(), "{end} of {}", bytes.len());
        }
    }

    proptest! {
        #[test]
        fn what_is_read_is_what_would_be_written(mut bytes in Just(encode(&specimen::picture(3, 2, Channels::Rgba, SampleType::U8)).unwrap()), at in 0usize..44, byte: u8) {
            bytes[at] = byte;
            if let Ok(image) = decode(&bytes) {
                prop_assert_eq!(encode(&image), Ok(bytes));
            }
        }
    }
}
