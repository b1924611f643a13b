//! Pictures as bytes: each sample as the difference to the one before it in its channel, in planes of bytes, then squeezed.
//!
//! | Bytes | What |
//! | --- | --- |
//! | 1 | channels, 1 to 4: grey, grey and alpha, RGB, RGBA |
//! | 1 | size of a sample in bytes: 1, 2, or 4 for floats |
//! | 1 | flags: 1 premultiplied, 2 a profile follows |
//! | 4, 4 | width, height |
//! | 4 | length of the ICC profile |
//! | … | the profile, then the squeezed samples; all numbers little endian |

use std::sync::Arc;

use windlass_core::value::{AlphaMode, Channels, CodecError, Image, Samples, Value};

use super::squeeze::{squeeze_anyway, unsqueeze};
use super::stored::take;
use super::wrong;

const PREMULTIPLIED: u8 = 1;
const HAS_PROFILE: u8 = 2;

pub(super) fn write(image: &Image, out: &mut Vec<u8>) -> Result<(), CodecError> {
    let profile = image.icc.as_deref().unwrap_or_default();
    let length = u32::try_from(profile.len()).map_err(|_| wrong("its colour profile is larger than 4 GiB"))?;
    let premultiplied = if image.alpha == AlphaMode::Premultiplied { PREMULTIPLIED } else { 0 };
    let has_profile = if image.icc.is_some() { HAS_PROFILE } else { 0 };
    let count = image.channels().count();
    out.extend([count as u8, image.samples().sample_type().size_bytes() as u8, premultiplied | has_profile]);
    for number in [image.width(), image.height(), length] {
        out.extend(number.to_le_bytes());
    }
    out.extend(profile);
    out.extend(squeeze_anyway(&differences(image.samples(), count))?);
    Ok(())
}

pub(super) fn read(mut bytes: &[u8]) -> Result<Value, CodecError> {
    let cut_off = || wrong("bytes are missing");
    let [count, sample, flags] = take(&mut bytes).ok_or_else(cut_off)?;
    let mut number = || take(&mut bytes).map(u32::from_le_bytes).ok_or_else(cut_off);
    let (width, height, profile) = (number()?, number()?, number()?);
    let (profile, squeezed) = bytes.split_at_checked(profile as usize).ok_or_else(cut_off)?;
    let channels = channels(count)?;
    let pixels = u64::from(width).checked_mul(u64::from(height));
    let size = pixels.and_then(|pixels| pixels.checked_mul(u64::from(count) * u64::from(sample)));
    let planes = unsqueeze(squeezed, size.ok_or_else(|| wrong("it is too large"))?)?;
    let samples = sums(&planes, usize::from(sample), channels.count())?;
    let mut image = Image::new(width, height, channels, samples).map_err(|error| wrong(&error.to_string()))?;
    image.alpha = if flags & PREMULTIPLIED != 0 { AlphaMode::Premultiplied } else { AlphaMode::Straight };
    image.icc = (flags & HAS_PROFILE != 0).then(|| profile.into());
    Ok(Value::Image(Arc::new(image)))
}

fn channels(count: u8) -> Result<Channels, CodecError> {
    Ok(match count {
        1 => Channels::Gray,
        2 => Channels::GrayAlpha,
        3 => Channels::Rgb,
        4 => Channels::Rgba,
        _ => return Err(wrong("it has no known channels")),
    })
}

/// Returns the differences, all first bytes of them before all second ones: what changes little stands together then.
fn differences(samples: &Samples, channels: usize) -> Vec<u8> {
    match samples {
        Samples::U8(samples) => {
            let first = samples.iter().take(channels).copied();
            first.chain(samples.iter().skip(channels).zip(samples).map(|(now, then)| now.wrapping_sub(*then))).collect()
        }
        Samples::U16(samples) => {
            let difference = |at: usize| samples[at].wrapping_sub(before(samples, at, channels));
            in_planes(samples.len(), |at| difference(at).to_le_bytes())
        }
        Samples::F32(samples) => {
            let difference = |at: usize| samples[at].to_bits().wrapping_sub(before(samples, at, channels).to_bits());
            in_planes(samples.len(), |at| difference(at).to_le_bytes())
        }
    }
}

fn before<T: Copy + Default>(samples: &[T], at: usize, channels: usize) -> T {
    at.checked_sub(channels).map_or_else(T::default, |before| samples[before])
}

fn in_planes<const N: usize>(count: usize, sample: impl Fn(usize) -> [u8; N]) -> Vec<u8> {
    let mut planes = vec![0; count * N];
    for at in 0..count {
        for (plane, byte) in sample(at).into_iter().enumerate() {
            planes[plane * count + at] = byte;
        }
    }
    planes
}

/// Undoes [`differences`].
fn sums(planes: &[u8], sample: usize, channels: usize) -> Result<Samples, CodecError> {
    Ok(match sample {
        1 => {
            let mut samples = planes.to_vec();
            for at in channels..samples.len() {
                samples[at] = samples[at].wrapping_add(samples[at - channels]);
            }
            Samples::U8(samples)
        }
        2 => {
            let mut samples: Vec<u16> = out_of_planes(planes, u16::from_le_bytes);
            for at in channels..samples.len() {
                samples[at] = samples[at].wrapping_add(samples[at - channels]);
            }
            Samples::U16(samples)
        }
        4 => {
            let mut bits: Vec<u32> = out_of_planes(planes, u32::from_le_bytes);
            for at in channels..bits.len() {
                bits[at] = bits[at].wrapping_add(bits[at - channels]);
            }
            Samples::F32(bits.into_iter().map(f32::from_bits).collect())
        }
        _ => return Err(wrong("its samples have no known size")),
    })
}

fn out_of_planes<T, const N: usize>(planes: &[u8], sample: fn([u8; N]) -> T) -> Vec<T> {
    let count = planes.len() / N;
    let at = |at: usize| sample(std::array::from_fn(|plane| planes[plane * count + at]));
    (0..count).map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn images() -> Vec<Image> {
        let mut images = Vec::new();
        for channels in [Channels::Gray, Channels::GrayAlpha, Channels::Rgb, Channels::Rgba] {
            let count = 7 * 5 * channels.count();
            let odd = |at: usize| (at * at * 2_654_435_761) as u32;
            let kinds = [
                Samples::U8((0..count).map(|at| odd(at) as u8).collect()),
                Samples::U16((0..count).map(|at| odd(at) as u16).collect()),
                Samples::F32((0..count).map(|at| f32::from_bits(odd(at))).collect()),
            ];
            images.extend(kinds.into_iter().map(|samples| Image::new(7, 5, channels, samples).unwrap()));
        }
        images[3].alpha = AlphaMode::Premultiplied;
        images[4].icc = Some((*b"profile").into());
        images[5].icc = Some((*b"").into());
        images
    }

    fn bits(image: &Image) -> Vec<u32> {
        match image.samples() {
            Samples::U8(samples) => samples.iter().map(|sample| (*sample).into()).collect(),
            Samples::U16(samples) => samples.iter().map(|sample| (*sample).into()).collect(),
            Samples::F32(samples) => samples.iter().map(|sample| sample.to_bits()).collect(),
        }
    }

    #[test]
    fn every_layout_comes_back_bit_by_bit() {
        for image in images() {
            let mut bytes = Vec::new();
            write(&image, &mut bytes).unwrap();
            let Value::Image(again) = read(&bytes).unwrap() else { panic!("no picture") };
            assert_eq!(bits(&again), bits(&image));
            let about =
                |image: &Image| (image.width(), image.height(), image.channels(), image.alpha, image.icc.clone());
            assert_eq!(about(&again), about(&image));
        }
    }

    #[test]
    fn no_cut_and_no_changed_byte_makes_it_panic() {
        let mut bytes = Vec::new();
        write(&images()[4], &mut bytes).unwrap();
        for end in 0..bytes.len() {
            assert!(read(&bytes[..end]).is_err());
        }
        for at in 0..bytes.len() {
            for change in [1, 0x80, 0xff] {
                let mut changed = bytes.clone();
                changed[at] ^= change;
                drop(read(&changed));
            }
        }
    }
}
