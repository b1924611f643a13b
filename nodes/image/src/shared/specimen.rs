//! Pictures for tests.

use windlass_core::value::{Channels, Image, SampleType, Samples};

/// Returns a gradient with opaque and transparent parts.
pub fn picture(width: u32, height: u32, channels: Channels, sample: SampleType) -> Image {
    let count = width as usize * height as usize * channels.count();
    let eights = (0..count).map(|at| (at * 37 % 256) as u8);
    let samples = match sample {
        SampleType::U8 => Samples::U8(eights.collect()),
        SampleType::U16 => Samples::U16(eights.map(|eight| u16::from(eight) * 257).collect()),
        SampleType::F32 => Samples::F32(eights.map(|eight| f32::from(eight) / 255.0).collect()),
    };
    Image::new(width, height, channels, samples).unwrap()
}

/// Returns a picture of each set of channels and each type of samples.
pub fn every_layout(width: u32, height: u32) -> Vec<Image> {
    let channels = [Channels::Gray, Channels::GrayAlpha, Channels::Rgb, Channels::Rgba];
    let samples = [SampleType::U8, SampleType::U16, SampleType::F32];
    channels.iter().flat_map(|set| samples.map(|sample| picture(width, height, *set, sample))).collect()
}

/// Returns a header that passes for an ICC profile of a colour space.
pub fn profile(space: &[u8; 4]) -> Vec<u8> {
    let mut profile = vec![0; 128];
    profile[3] = 128;
    profile[16..20].copy_from_slice(space);
    profile[36..40].copy_from_slice(b"acsp");
    profile
}
