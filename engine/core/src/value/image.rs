//! Decoded pictures with a layout that lasts: row by row from the top left, samples interleaved, rows tightly packed.

use std::sync::Arc;

/// A picture in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Image {
    width: u32,
    height: u32,
    channels: Channels,
    samples: Samples,
    /// How colour and alpha relate; meaningless without an alpha channel.
    pub alpha: AlphaMode,
    /// The ICC profile of the samples; sRGB where there is none.
    pub icc: Option<Arc<[u8]>>,
}

/// Which channels a picture has, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Channels {
    /// Luminance.
    Gray,
    /// Luminance and alpha.
    GrayAlpha,
    /// Red, green, blue.
    Rgb,
    /// Red, green, blue, alpha.
    Rgba,
}

impl Channels {
    /// Returns the number of channels, 1 to 4.
    pub fn count(self) -> usize {
        match self {
            Self::Gray => 1,
            Self::GrayAlpha => 2,
            Self::Rgb => 3,
            Self::Rgba => 4,
        }
    }

    /// Returns whether the last channel is alpha.
    pub fn has_alpha(self) -> bool {
        matches!(self, Self::GrayAlpha | Self::Rgba)
    }
}

/// The samples, `width * height * channels` of them.
#[derive(Clone, Debug, PartialEq)]
pub enum Samples {
    /// 8 bits, 0 to 255.
    U8(Vec<u8>),
    /// 16 bits, 0 to 65,535.
    U16(Vec<u16>),
    /// Floating point, nominally 0.0 to 1.0; values beyond are kept.
    F32(Vec<f32>),
}

/// The type of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SampleType {
    /// 8 bits.
    U8,
    /// 16 bits.
    U16,
    /// 32-bit floating point.
    F32,
}

/// How colour and alpha relate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum AlphaMode {
    /// Colour is independent of alpha.
    #[default]
    Straight,
    /// Colour has been multiplied by alpha.
    Premultiplied,
}

/// Why samples do not make a picture.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum ImageError {
    /// A side is 0.
    #[error("a picture of {width} by {height} has no pixels")]
    Empty {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// The number of samples does not match the size.
    #[error("a picture of {width} by {height} with {channels} channels needs {needed} samples, {found} were given")]
    Length {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// Number of channels.
        channels: usize,
        /// Samples that the size asks for.
        needed: u64,
        /// Samples that were given.
        found: u64,
    },
}

impl Samples {
    /// Returns the number of samples.
    pub fn len(&self) -> usize {
        match self {
            Self::U8(samples) => samples.len(),
            Self::U16(samples) => samples.len(),
            Self::F32(samples) => samples.len(),
        }
    }

    /// Returns whether there are no samples.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the type of the samples.
    pub fn sample_type(&self) -> SampleType {
        match self {
            Self::U8(_) => SampleType::U8,
            Self::U16(_) => SampleType::U16,
            Self::F32(_) => SampleType::F32,
        }
    }
}

impl SampleType {
    /// Returns the size of one sample in bytes.
    pub fn size_bytes(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::U16 => 2,
            Self::F32 => 4,
        }
    }
}

impl Image {
    /// Makes a picture of samples; sides in pixels.
    ///
    /// # Errors
    /// Refuses a side of 0 and a number of samples other than `width * height * channels`.
    pub fn new(width: u32, height: u32, channels: Channels, samples: Samples) -> Result<Self, ImageError> {
        if width == 0 || height == 0 {
            return Err(ImageError::Empty { width, height });
        }
        let needed = u64::from(width) * u64::from(height) * channels.count() as u64;
        let found = samples.len() as u64;
        if needed != found {
            return Err(ImageError::Length { width, height, channels: channels.count(), needed, found });
        }
        Ok(Self { width, height, channels, samples, alpha: AlphaMode::Straight, icc: None })
    }

    /// Returns the width in pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Returns the height in pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Returns which channels the picture has.
    pub fn channels(&self) -> Channels {
        self.channels
    }

    /// Returns the samples.
    pub fn samples(&self) -> &Samples {
        &self.samples
    }

    /// Returns the samples to change them; their number cannot change.
    pub fn into_samples(self) -> Samples {
        self.samples
    }

    /// Returns a picture of the same profile and alpha mode made of other samples.
    ///
    /// # Errors
    /// As [`Image::new`].
    pub fn with(&self, width: u32, height: u32, channels: Channels, samples: Samples) -> Result<Self, ImageError> {
        let image = Self::new(width, height, channels, samples)?;
        Ok(Self { alpha: self.alpha, icc: self.icc.clone(), ..image })
    }

    pub(super) fn size_bytes(&self) -> u64 {
        let icc = self.icc.as_ref().map_or(0, |icc| icc.len());
        (self.samples.len() * self.samples.sample_type().size_bytes() + icc) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_needs_its_samples() {
        let error = Image::new(2, 2, Channels::Rgb, Samples::U8(vec![0; 11])).map(|_| ());
        assert!(error.is_err_and(|error| error.to_string().contains("needs 12 samples")));
        assert!(Image::new(0, 2, Channels::Gray, Samples::U8(vec![])).is_err());
    }
}
