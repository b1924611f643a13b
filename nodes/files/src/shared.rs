//! What the nodes of this pack have in common. No node lives here.

pub mod arrivals;
pub mod content;
pub mod encodings;
pub mod ignoring;
pub mod names;
pub mod natural;
pub mod packing;
pub mod removing;
#[cfg(test)]
pub mod specimen;
#[cfg(test)]
pub mod spool;
pub mod tape;
pub mod times;
pub mod unpacking;
pub mod zipped;
