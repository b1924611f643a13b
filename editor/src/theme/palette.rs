//! The colours: two looks, one colour per type, one per category of kinds. Types are also told by label and shape.

use egui::Color32;
use windlass_core::types::Type;

use super::{Look, Theme};

const fn hex(rgb: u32) -> Color32 {
    Color32::from_rgb((rgb >> 16) as u8, (rgb >> 8) as u8, rgb as u8)
}

/// Returns the colours of light on dark.
pub(super) fn dark() -> Theme {
    Theme {
        look: Look::Dark,
        canvas: hex(0x14171c),
        grid: hex(0x1f242b),
        node: hex(0x232933),
        node_edge: hex(0x3a4350),
        field: hex(0x171b21),
        panel: hex(0x1b2027),
        line: hex(0x313944),
        text: hex(0xe6e9ee),
        weak: hex(0xa4adba),
        accent: hex(0xf2a93b),
        selected: hex(0x4f3c1c),
        on_accent: hex(0x17130a),
        frame: hex(0x1c232c),
        note: hex(0x2d2a1e),
        good: hex(0x5fc98a),
        busy: hex(0x63b3f4),
        warning: hex(0xf0c14d),
        error: hex(0xff8077),
    }
}

/// Returns the colours of dark on light.
pub(super) fn light() -> Theme {
    Theme {
        look: Look::Light,
        canvas: hex(0xeceff3),
        grid: hex(0xdde2e9),
        node: hex(0xffffff),
        node_edge: hex(0xb4bdc9),
        field: hex(0xf4f6f9),
        panel: hex(0xf8f9fb),
        line: hex(0xd2d8e0),
        text: hex(0x1a1f27),
        weak: hex(0x505a69),
        accent: hex(0x95590a),
        selected: hex(0xf3dcb0),
        on_accent: hex(0xffffff),
        frame: hex(0xe1e6ed),
        note: hex(0xfdf4d3),
        good: hex(0x136b3c),
        busy: hex(0x0b5ea8),
        warning: hex(0x7f5100),
        error: hex(0xb3261e),
    }
}

/// Returns the colour of a type; of a list, that of its members.
pub fn type_colour(ty: &Type, look: Look) -> Color32 {
    let rgb = match ty {
        Type::List(of) => return type_colour(of, look),
        Type::Union(members) => return members.first().map_or(hex(0x9aa3b2), |first| type_colour(first, look)),
        Type::Any | Type::Absent | Type::Var(_) => [0x9aa3b2, 0x626c7b],
        Type::Bool => [0xe08fc2, 0xa93f83],
        Type::Int(..) | Type::Float(..) => [0x6fb6f0, 0x1f6fb5],
        Type::Text(_) => [0xf0d264, 0x836700],
        Type::Json => [0xf0a04b, 0xa25700],
        Type::Path => [0xc8ab7a, 0x7b5f2c],
        Type::File => [0xe2825c, 0xb04a1e],
        Type::Image => [0xb99bf5, 0x6b45c6],
        Type::Audio => [0x4fd19b, 0x0c7a4e],
        Type::Video => [0xf47f9a, 0xbb2f53],
        Type::Tensor => [0x5fd0d6, 0x0c767c],
        Type::Table => [0x97cc64, 0x477613],
        Type::Failure => [0xff7b72, 0xb3261e],
        Type::Named(_) => [0xb9c4ff, 0x4355b8],
    };
    hex(rgb[usize::from(look == Look::Light)])
}

/// Returns the colour of the title of nodes of a category.
pub fn category_colour(category: &str, look: Look) -> Color32 {
    let rgb = match category {
        "flow" => [0x3b4d68, 0xc9d8ef],
        "files" => [0x5a4335, 0xf0d8c8],
        "text" => [0x544d2c, 0xefe6bb],
        "table" => [0x3d5230, 0xd4e7c1],
        "image" => [0x483c66, 0xddd2f4],
        "audio" => [0x2c5546, 0xc4e8d8],
        "video" => [0x5c3543, 0xf3cfd9],
        "" => [0x5b3232, 0xf3cecb],
        _ => [0x37505a, 0xc8dfe7],
    };
    hex(rgb[usize::from(look == Look::Light)])
}
