//! From the bytes of a file to a picture; every limit is checked on the header, before room for the pixels is made.

use std::error::Error;
use std::io;

use windlass_core::prelude::*;

use super::format::{Format, Sniffed, sniff};
use super::{decode_jpeg, decode_other, decode_png, decode_tiff, orient, profile};

/// How large a picture may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest number of pixels.
    pub max_pixels: u64,
    /// Longest side in pixels.
    pub max_side: u32,
    /// Most memory that the pixels may take once decoded, in bytes; decoding itself may for a while take twice as much.
    pub max_bytes: u64,
}

/// What to do about the orientation that a camera wrote down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Choice)]
pub enum Orientation {
    /// Turn the picture as its EXIF record says.
    #[default]
    Exif,
    /// Leave the pixels as they are stored.
    Ignore,
}

/// How a file is decoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// How large the picture may be.
    pub limits: Limits,
    /// Whether it is turned.
    pub orientation: Orientation,
}

/// A picture and the format that it was read from.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// The picture; alpha is straight.
    pub image: Image,
    /// The format that the content has, whatever the file is called.
    pub format: Format,
}

/// Why a file does not become a picture.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// There are no bytes.
    #[error("the file is empty")]
    Empty,
    /// The first bytes belong to no picture.
    #[error("the file is not a picture that can be read")]
    NotAPicture,
    /// A picture of a format that cannot be read.
    #[error("the file is a {0} picture, which cannot be read")]
    Unsupported(&'static str),
    /// The header asks for more pixels than allowed.
    #[error("the picture of {width} by {height} pixels is larger than `max_pixels` ({max_pixels}) allows")]
    TooManyPixels {
        /// Width in pixels.
        width: u64,
        /// Height in pixels.
        height: u64,
        /// The limit.
        max_pixels: u64,
    },
    /// The header asks for a longer side than allowed.
    #[error("the picture of {width} by {height} pixels is longer than `max_side` ({max_side}) allows")]
    TooLong {
        /// Width in pixels.
        width: u64,
        /// Height in pixels.
        height: u64,
        /// The limit.
        max_side: u32,
    },
    /// The pixels would take more memory than allowed.
    #[error(
        "the picture of {width} by {height} pixels takes {bytes} bytes, more than `max_bytes` ({max_bytes}) allows"
    )]
    TooManyBytes {
        /// Width in pixels.
        width: u64,
        /// Height in pixels.
        height: u64,
        /// What its samples take, in bytes.
        bytes: u64,
        /// The limit.
        max_bytes: u64,
    },
    /// The file ends before its picture does.
    #[error("the {format} file is cut off before the end of its picture")]
    Truncated {
        /// The format.
        format: Format,
    },
    /// A variety of its format that cannot be read.
    #[error("the {format} file is of a variety that cannot be read")]
    Variety {
        /// The format.
        format: Format,
        /// What the decoder says.
        #[source]
        cause: Box<dyn Error + Send + Sync>,
    },
    /// The content breaks the rules of its format.
    #[error("the {format} file is damaged")]
    Damaged {
        /// The format.
        format: Format,
        /// What the decoder says.
        #[source]
        cause: Box<dyn Error + Send + Sync>,
    },
}

/// A picture as it is stored, and the EXIF orientation that it should be shown in: 1 to 8.
pub(super) struct Stored {
    pub(super) image: Image,
    pub(super) orientation: u8,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_pixels: 200_000_000, max_side: 65_535, max_bytes: 1 << 30 }
    }
}

impl Limits {
    /// Checks the size that a header names.
    pub(super) fn check(&self, width: u64, height: u64) -> Result<(), DecodeError> {
        let (max_pixels, max_side) = (self.max_pixels, self.max_side);
        if width.saturating_mul(height) > max_pixels {
            Err(DecodeError::TooManyPixels { width, height, max_pixels })
        } else if width.max(height) > u64::from(max_side) {
            Err(DecodeError::TooLong { width, height, max_side })
        } else {
            Ok(())
        }
    }

    /// Checks the memory that the samples of a picture will take.
    pub(super) fn check_bytes(&self, width: u64, height: u64, bytes: u64) -> Result<(), DecodeError> {
        let max_bytes = self.max_bytes;
        if bytes > max_bytes { Err(DecodeError::TooManyBytes { width, height, bytes, max_bytes }) } else { Ok(()) }
    }

    /// Returns how many bytes a decoder may take in all: the pixels, and as much again beside them.
    pub(super) fn working_bytes(&self) -> u64 {
        self.max_bytes.saturating_mul(2)
    }
}

impl DecodeError {
    /// Returns what a person can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Empty | Self::Truncated { .. } => {
                "it may have been copied or downloaded only in part; fetch it again"
            }
            Self::NotAPicture => {
                "JPEG, PNG, WebP, GIF, BMP and TIFF can be read; a narrower pattern leaves other files out"
            }
            Self::Unsupported(_) | Self::Variety { .. } => "convert it to JPEG, PNG, WebP, GIF, BMP or TIFF",
            Self::TooManyPixels { .. } => "raise `max_pixels` if the file can be trusted and memory suffices",
            Self::TooLong { .. } => "raise `max_side` if the file can be trusted and memory suffices",
            Self::TooManyBytes { .. } => "raise `max_bytes` if the file can be trusted and memory suffices",
            Self::Damaged { .. } => "open it in another program and save it again, or fetch it again",
        }
    }

    /// Sorts what a decoder says: an end in the middle is a cut, all else is damage.
    pub(super) fn of(format: Format, cause: impl Error + Send + Sync + 'static) -> Self {
        if ends_early(&cause) { Self::Truncated { format } } else { Self::Damaged { format, cause: Box::new(cause) } }
    }
}

fn ends_early(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::UnexpectedEof) {
            return true;
        }
        next = error.source();
    }
    false
}

/// Decodes a file in memory. The format is told by content; of an animation the first picture is taken.
///
/// # Errors
/// See [`DecodeError`]. A file that is cut off gives an error, never the part that is there.
pub fn decode(bytes: &[u8], options: &Options) -> Result<Decoded, DecodeError> {
    let format = recognise(bytes)?;
    let stored = match format {
        Format::Jpeg => decode_jpeg::decode(bytes, &options.limits),
        Format::Png => decode_png::decode(bytes, &options.limits),
        Format::Tiff => match decode_tiff::grey_floats(bytes, &options.limits)? {
            Some(stored) => Ok(stored),
            None => decode_other::decode(format, bytes, &options.limits),
        },
        Format::Webp | Format::Gif | Format::Bmp => decode_other::decode(format, bytes, &options.limits),
    }?;
    let mut image = match options.orientation {
        Orientation::Exif => orient::upright(stored.image, stored.orientation),
        Orientation::Ignore => stored.image,
    };
    // A profile for CMYK says nothing about the RGB that its picture was turned into.
    let channels = image.channels();
    image.icc = image.icc.filter(|icc| profile::fits(icc, channels));
    Ok(Decoded { image, format })
}

/// Tells the format by the first [`HEAD_BYTES`](super::format::HEAD_BYTES) of a file, or by all of it.
///
/// # Errors
/// Says that the file is empty, of a format that cannot be read, or no picture.
pub fn recognise(head: &[u8]) -> Result<Format, DecodeError> {
    if head.is_empty() {
        return Err(DecodeError::Empty);
    }
    match sniff(head) {
        Sniffed::Known(format) => Ok(format),
        Sniffed::Unsupported(name) => Err(DecodeError::Unsupported(name)),
        Sniffed::Nothing => Err(DecodeError::NotAPicture),
    }
}
