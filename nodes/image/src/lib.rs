//! Pictures: open, resize, save, contact sheet, and how they are kept.

mod animate;
mod apply_mask;
mod compare;
mod composite;
mod contact_sheet;
mod convert;
mod convert_profile;
mod dominant_colors;
mod frames;
mod hash;
mod histogram;
mod mask;
mod metadata;
mod near_duplicates;
mod open;
mod resize;
mod save;
mod shared;
mod statistics;
mod strip_metadata;
mod text;
mod tile;
mod untile;
mod watermark;
mod write_metadata;

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
        .kind::<metadata::Metadata>()
        .kind::<strip_metadata::StripMetadata>()
        .kind::<write_metadata::WriteMetadata>()
        .kind::<apply_mask::ApplyMask>()
        .kind::<composite::Composite>()
        .kind::<convert::Convert>()
        .kind::<convert_profile::ConvertProfile>()
        .kind::<mask::Mask>()
        .kind::<tile::Tile>()
        .kind::<untile::Untile>()
        .kind::<text::Text>()
        .kind::<watermark::Watermark>()
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
