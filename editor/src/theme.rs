//! All colours, sizes and fonts of the window: the one place that a new look changes.

mod icons;
mod palette;

use egui::{Color32, CornerRadius, FontFamily, FontId, Stroke, TextStyle, Visuals};

pub use icons::{category_icon, icon_font};
pub use palette::{category_colour, type_colour};

/// Width of a node, in points of the canvas.
pub const NODE_WIDTH: f32 = 184.0;
/// Height of the title of a node.
pub const HEADER_HEIGHT: f32 = 30.0;
/// Height of a line of a node: ports or a parameter.
pub const ROW_HEIGHT: f32 = 22.0;
/// Room below the last line of a node.
pub const NODE_FOOT: f32 = 8.0;
/// Radius of a port.
pub const PORT_RADIUS: f32 = 5.0;
/// Distance of the lines of the grid, and of what is snapped to.
pub const GRID: f32 = 20.0;

/// Which of the two looks the window has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Look {
    /// Light on dark.
    #[default]
    Dark,
    /// Dark on light.
    Light,
}

/// The colours of a look.
#[derive(Clone, Debug)]
pub struct Theme {
    /// Which look it is.
    pub look: Look,
    /// Behind everything on the canvas.
    pub canvas: Color32,
    /// Lines of the grid.
    pub grid: Color32,
    /// Body of a node.
    pub node: Color32,
    /// Edge of a node.
    pub node_edge: Color32,
    /// Fields in a node, which can be edited.
    pub field: Color32,
    /// Panels and bars.
    pub panel: Color32,
    /// Lines between panels.
    pub line: Color32,
    /// Text.
    pub text: Color32,
    /// Text that matters less.
    pub weak: Color32,
    /// Selection, focus, and what is dragged.
    pub accent: Color32,
    /// Behind text that is selected, and the choice that stands.
    pub selected: Color32,
    /// Text on the accent.
    pub on_accent: Color32,
    /// Frames behind nodes.
    pub frame: Color32,
    /// Notes.
    pub note: Color32,
    /// What went well.
    pub good: Color32,
    /// What is under way.
    pub busy: Color32,
    /// What is worth knowing.
    pub warning: Color32,
    /// What went wrong.
    pub error: Color32,
}

impl Theme {
    /// Returns the colours of a look.
    pub fn of(look: Look) -> Self {
        match look {
            Look::Dark => palette::dark(),
            Look::Light => palette::light(),
        }
    }

    /// Gives the window its fonts and colours.
    pub fn install(&self, ctx: &egui::Context) {
        let theme = match self.look {
            Look::Dark => egui::Theme::Dark,
            Look::Light => egui::Theme::Light,
        };
        ctx.set_theme(theme);
        ctx.style_mut_of(theme, |style| {
            style.text_styles = text_styles();
            style.spacing.item_spacing = egui::vec2(8.0, 6.0);
            style.spacing.button_padding = egui::vec2(8.0, 4.0);
            style.spacing.interact_size.y = 24.0;
            style.spacing.menu_margin = egui::Margin::same(6);
            style.animation_time = 0.0;
            style.visuals = self.visuals();
        });
    }

    fn visuals(&self) -> Visuals {
        let mut visuals = if self.look == Look::Dark { Visuals::dark() } else { Visuals::light() };
        visuals.override_text_color = Some(self.text);
        visuals.weak_text_color = Some(self.weak);
        visuals.panel_fill = self.panel;
        visuals.window_fill = self.panel;
        visuals.window_stroke = Stroke::new(1.0, self.line);
        visuals.window_corner_radius = CornerRadius::same(8);
        visuals.menu_corner_radius = CornerRadius::same(8);
        visuals.extreme_bg_color = self.field;
        visuals.text_edit_bg_color = Some(self.field);
        visuals.faint_bg_color = self.node;
        visuals.selection.bg_fill = self.selected;
        visuals.selection.stroke = Stroke::new(1.0, self.text);
        visuals.hyperlink_color = self.accent;
        visuals.warn_fg_color = self.warning;
        visuals.error_fg_color = self.error;
        self.widgets(&mut visuals);
        visuals
    }

    fn widgets(&self, visuals: &mut Visuals) {
        let widgets = &mut visuals.widgets;
        for (widget, fill, edge) in [
            (&mut widgets.noninteractive, self.panel, self.line),
            (&mut widgets.inactive, self.field, self.line),
            (&mut widgets.hovered, self.field, self.weak),
            (&mut widgets.active, self.field, self.accent),
            (&mut widgets.open, self.field, self.weak),
        ] {
            widget.bg_fill = fill;
            widget.weak_bg_fill = fill;
            widget.bg_stroke = Stroke::new(1.0, edge);
            widget.fg_stroke = Stroke::new(1.0, self.text);
            widget.corner_radius = CornerRadius::same(5);
            widget.expansion = 0.0;
        }
    }
}

/// Makes the fonts known to the window.
pub fn install_fonts(ctx: &egui::Context) {
    egui_material_icons::initialize(ctx);
}

/// Returns the font of text at a size in points.
pub fn font(size: f32) -> FontId {
    FontId::new(size, FontFamily::Proportional)
}

fn text_styles() -> std::collections::BTreeMap<TextStyle, FontId> {
    let mono = FontId::new(12.5, FontFamily::Monospace);
    [
        (TextStyle::Small, font(11.0)),
        (TextStyle::Body, font(13.5)),
        (TextStyle::Button, font(13.5)),
        (TextStyle::Heading, font(17.0)),
        (TextStyle::Monospace, mono),
    ]
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance as WCAG 2.1 defines it.
    fn luminance(colour: Color32) -> f32 {
        let [r, g, b, _] = egui::Rgba::from(colour).to_array();
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    fn contrast(one: Color32, other: Color32) -> f32 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    const LOOKS: [Look; 2] = [Look::Dark, Look::Light];

    #[track_caller]
    fn assert_legible(look: Look, text: (&str, Color32), ground: (&str, Color32)) {
        let contrast = contrast(text.1, ground.1);
        assert!(contrast >= 4.5, "{look:?}: {} on {} has {contrast:.2}", text.0, ground.0);
    }

    /// Where text stands.
    fn grounds(theme: &Theme) -> [(&'static str, Color32); 8] {
        [
            ("canvas", theme.canvas),
            ("node", theme.node),
            ("panel", theme.panel),
            ("field", theme.field),
            ("frame", theme.frame),
            ("note", theme.note),
            ("hovered line", theme.line),
            ("selection", theme.selected),
        ]
    }

    #[test]
    fn text_can_be_read_on_everything_it_stands_on() {
        for look in LOOKS {
            let theme = Theme::of(look);
            let colours = [
                ("error", theme.error),
                ("warning", theme.warning),
                ("good", theme.good),
                ("busy", theme.busy),
                ("accent", theme.accent),
            ];
            for (at, ground) in grounds(&theme).into_iter().enumerate() {
                assert_legible(look, ("text", theme.text), ground);
                assert_legible(look, ("weak text", theme.weak), ground);
                // What is coloured stands on none of the last ones.
                colours.iter().filter(|_| at < 5).for_each(|text| assert_legible(look, *text, ground));
            }
            assert_legible(look, ("text", theme.on_accent), ("accent", theme.accent));
        }
    }

    #[test]
    fn titles_of_nodes_can_be_read_whatever_their_category() {
        for (look, category) in LOOKS.iter().flat_map(|look| {
            let known = ["flow", "files", "text", "table", "image", "audio", "video", "", "something else"];
            known.map(|category| (*look, category))
        }) {
            assert_legible(look, ("text", Theme::of(look).text), (category, category_colour(category, look)));
        }
    }

    #[test]
    fn names_of_types_can_be_read_in_their_colours() {
        let names = "any bool int float text json path file image audio video tensor table Failure Caption";
        for (look, name) in LOOKS.iter().flat_map(|look| names.split(' ').map(|name| (*look, name))) {
            let ty: windlass_core::types::Type = name.parse().unwrap();
            let theme = Theme::of(look);
            for ground in [("panel", theme.panel), ("node", theme.node), ("canvas", theme.canvas)] {
                assert_legible(look, (name, type_colour(&ty, look)), ground);
            }
        }
    }

    /// What the window's own widgets make of the colours, as egui resolves them.
    #[test]
    fn widgets_can_be_read_in_every_state() {
        for look in LOOKS {
            let visuals = Theme::of(look).visuals();
            let widgets = &visuals.widgets;
            for widget in [&widgets.noninteractive, &widgets.inactive, &widgets.hovered, &widgets.active, &widgets.open]
            {
                assert_legible(look, ("text", visuals.text_color()), ("widget", widget.bg_fill));
                assert_legible(look, ("icon", widget.fg_stroke.color), ("widget", widget.weak_bg_fill));
            }
            assert_legible(look, ("text", visuals.text_color()), ("selection", visuals.selection.bg_fill));
            assert_legible(look, ("weak text", visuals.weak_text_color()), ("field", visuals.text_edit_bg_color()));
        }
    }
}
