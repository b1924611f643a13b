//! The icons of the window: which glyph stands for what.

use egui::{FontFamily, FontId};
use egui_material_icons::icons;

/// Returns the font of icons at a size in points.
pub fn icon_font(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(egui_material_icons::FONT_FAMILY.into()))
}

/// Returns the icon of a category of kinds; that of what is missing for none.
pub fn category_icon(category: &str) -> &'static str {
    match category {
        "flow" => icons::ICON_ALT_ROUTE.codepoint,
        "files" => icons::ICON_FOLDER.codepoint,
        "text" => icons::ICON_TEXT_FIELDS.codepoint,
        "table" => icons::ICON_TABLE_CHART.codepoint,
        "json" => icons::ICON_DATA_OBJECT.codepoint,
        "plot" => icons::ICON_BAR_CHART.codepoint,
        "process" => icons::ICON_TERMINAL.codepoint,
        "http" => icons::ICON_LANGUAGE.codepoint,
        "comfy" => icons::ICON_HUB.codepoint,
        "image" => icons::ICON_IMAGE.codepoint,
        "audio" => icons::ICON_AUDIOTRACK.codepoint,
        "video" => icons::ICON_MOVIE.codepoint,
        "" => icons::ICON_HELP.codepoint,
        _ => icons::ICON_EXTENSION.codepoint,
    }
}
