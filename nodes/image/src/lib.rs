//! Pictures: open, resize, save, contact sheet, and how they are kept.

mod animate;
mod apply_mask;
mod blur;
mod border;
mod compare;
mod composite;
mod contact_sheet;
mod convert;
mod convert_profile;
mod crop;
mod curves;
mod dominant_colors;
mod flip;
mod frames;
mod grayscale;
mod hash;
mod histogram;
mod hue_saturation;
mod invert;
mod levels;
mod mask;
mod metadata;
mod morphology;
mod near_duplicates;
mod open;
mod pad;
mod resize;
mod rotate;
mod save;
mod shared;
mod sharpen;
mod statistics;
mod strip_metadata;
mod text;
mod threshold;
mod tile;
mod untile;
mod watermark;
mod white_balance;
mod write_metadata;

use windlass_core::registry::Pack;

/// Decoding, scaling and encoding as plain functions: what the nodes do, without an engine.
pub mod codecs {
    pub use crate::shared::decode::{DecodeError, Decoded, Limits, Options, Orientation, decode};
    pub use crate::shared::encode::{Encode, EncodeError, Encoded, encode};
    pub use crate::shared::format::Format;
    pub use crate::shared::raw::RawCodec;
    pub use crate::shared::scale::{Filter, Fit, Scale, ScaleError, Scaler, resize};
}

/// What operations do to a picture, as plain functions: what the nodes do, without an engine.
pub mod operations {
    pub use crate::blur::{Method as Blurring, blur};
    pub use crate::grayscale::{Weights, grayscale};
    pub use crate::hue_saturation::Shift;
    pub use crate::invert::invert;
    pub use crate::levels::{Channel, Levels};
    pub use crate::morphology::{Morph, Operation as Morphing};
    pub use crate::rotate::{Rotation, Size};
    pub use crate::shared::affine::Interpolation;
    pub use crate::shared::blend::Blend;
    pub use crate::shared::extremes::Element;
    pub use crate::shared::lay::{Layer, lay};
    pub use crate::sharpen::Unsharp;
    pub use crate::threshold::threshold;
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
        .kind::<blur::Blur>()
        .kind::<border::Border>()
        .kind::<crop::Crop>()
        .kind::<curves::Curves>()
        .kind::<flip::Flip>()
        .kind::<grayscale::Grayscale>()
        .kind::<hue_saturation::HueSaturation>()
        .kind::<invert::Invert>()
        .kind::<levels::Level>()
        .kind::<morphology::Morphology>()
        .kind::<pad::Pad>()
        .kind::<rotate::Rotate>()
        .kind::<sharpen::Sharpen>()
        .kind::<threshold::Threshold>()
        .kind::<white_balance::WhiteBalance>()
        .codec(codecs::RawCodec)
}

#[cfg(test)]
mod tests {
    use windlass_core::harness::{Harness, compliance, unregistered};
    use windlass_core::registry::Registry;

    #[test]
    fn every_kind_keeps_its_promises() {
        let registry = Registry::new([super::pack()]).unwrap();
        assert_eq!(compliance(&registry), [] as [String; 0]);
        let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        assert_eq!(unregistered(&source).unwrap(), [] as [String; 0]);
    }

    #[test]
    fn long_work_can_be_stopped() {
        let registry = Registry::new([super::pack()]).unwrap();
        for name in [
            "image.animate",
            "image.compare",
            "image.contact_sheet",
            "image.crop",
            "image.dominant_colors",
            "image.histogram",
            "image.mask",
            "image.morphology",
            "image.statistics",
            "image.text",
            "image.untile",
            "image.watermark",
        ] {
            let spec = registry.spec(name).unwrap();
            let bench = Harness::new(registry.kind(name).unwrap().clone()).sample(&spec.samples[0]);
            bench.cancel().cancel();
            assert!(bench.fire().is_err_and(|error| error.is_cancelled()), "{name}");
        }
    }
}
