//! What all charts have in common.

pub(crate) mod axis;
pub(crate) mod clip;
pub(crate) mod data;
pub(crate) mod font;
pub(crate) mod frame;
pub(crate) mod palette;
pub(crate) mod raster;
pub(crate) mod scene;
#[cfg(test)]
pub(crate) mod specimen;
pub(crate) mod svg;
pub(crate) mod time;
