//! What the nodes of this pack have in common. No node lives here.

pub mod comparison;
pub mod convert;
pub mod decode;
pub mod depth;
pub mod encode;
pub mod figures;
pub mod filter;
pub mod format;
pub mod ground;
pub mod hamming;
pub mod orient;
pub mod pixels;
pub mod profile;
pub mod raw;
pub mod rows;
pub mod scale;
pub mod size;
#[cfg(test)]
pub mod specimen;
pub mod structure;

mod decode_jpeg;
mod decode_other;
mod decode_png;
#[cfg(test)]
mod decode_tests;
mod decode_tiff;
