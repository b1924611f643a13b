//! What the nodes of this pack have in common. No node lives here.

pub mod affine;
pub mod animate;
pub mod animation;
pub mod blend;
pub mod boxes;
pub mod canvas;
pub mod colours;
pub mod comparison;
pub mod convert;
pub mod counts;
pub mod decode;
pub mod depth;
pub mod encode;
pub mod exif;
pub mod extremes;
pub mod feather;
pub mod figures;
pub mod filter;
pub mod format;
pub mod gauss;
pub mod gauss_bytes;
pub mod gravity;
pub mod ground;
pub mod hamming;
pub mod interest;
pub mod lay;
pub mod lettering;
pub mod light;
pub mod mosaic;
pub mod orient;
pub mod overlap;
pub mod parts;
pub mod pixels;
pub mod placing;
pub mod ports;
pub mod profile;
pub mod quantise;
pub mod raw;
pub mod recast;
pub mod rows;
pub mod scale;
pub mod size;
#[cfg(test)]
pub mod specimen;
pub mod structure;
pub mod tiling;
pub mod typeset;

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
mod exif_bounds;
mod exif_fields;
mod frames_gif;
mod frames_png;
mod frames_webp;
mod jpeg_bytes;
mod lanczos;
#[cfg(test)]
mod looks_oracle;
mod riff;
