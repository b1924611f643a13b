//! Pictures: open, resize, save, contact sheet, and how they are kept.

mod animate;
mod compare;
mod contact_sheet;
mod dominant_colors;
mod frames;
mod hash;
mod histogram;
mod near_duplicates;
mod open;
mod resize;
mod save;
mod shared;
mod statistics;

use windlass_core::registry::Pack;

/// Decoding, scaling and encoding as plain functions: what the nodes do, without an engine.
pub mod codecs {
    pub use crate::shared::decode::{DecodeError, Decoded, Limits, Options, Orientation, decode};
    pub use crate::shared::encode::{Encode, EncodeError, Encoded, encode};
    pub use crate::shared::format::Format;
    pub use crate::shared::raw::RawCodec;
    pub use crate::shared::scale::{Filter, Fit, Scale, ScaleError, resize};
}

/// Returns what this pack hands over.
pub fn pack() -> Pack {
    Pack::new("image")
        .kind::<open::Open>()
        .kind::<resize::Resize>()
        .kind::<save::Save>()
        .kind::<contact_sheet::ContactSheet>()
        .kind::<compare::Compare>()
        .kind::<statistics::Statistics>()
        .kind::<histogram::Histogram>()
        .kind::<hash::Hash>()
        .kind::<near_duplicates::NearDuplicates>()
        .kind::<dominant_colors::DominantColors>()
        .kind::<frames::Frames>()
        .kind::<animate::Animate>()
        .codec(codecs::RawCodec)
}

#[cfg(test)]
mod tests {
    use windlass_core::harness::{compliance, unregistered};
    use windlass_core::registry::Registry;

    #[test]
    fn every_kind_keeps_its_promises() {
        let registry = Registry::new([super::pack()]).unwrap();
        assert_eq!(compliance(&registry), [] as [String; 0]);
        let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        assert_eq!(unregistered(&source).unwrap(), [] as [String; 0]);
    }
}
