//! What the nodes of this pack have in common. No node lives here.

pub mod convert;
pub mod decode;
pub mod encode;
pub mod format;
pub mod orient;
pub mod profile;
pub mod raw;
pub mod scale;
#[cfg(test)]
pub mod specimen;

mod decode_jpeg;
mod decode_other;
mod decode_png;
#[cfg(test)]
mod decode_tests;
mod decode_tiff;
