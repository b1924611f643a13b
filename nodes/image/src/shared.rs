//! What the nodes of this pack have in common. No node lives here.

pub mod animate;
pub mod animation;
pub mod canvas;
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
pub mod quantise;
pub mod raw;
pub mod rows;
pub mod scale;
pub mod size;
#[cfg(test)]
pub mod specimen;
pub mod structure;

mod animate_gif;
mod animate_png;
mod animate_webp;
#[cfg(test)]
mod animation_tests;
mod decode_jpeg;
mod decode_other;
mod decode_png;
#[cfg(test)]
mod decode_tests;
mod decode_tiff;
mod frames_gif;
mod frames_png;
mod frames_webp;
mod riff;
