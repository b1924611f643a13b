//! Help: what the pointer does, and all shortcuts of the table.

use egui::{Grid, RichText, ScrollArea, Ui};

use crate::commands::{ALL, Menu};
use crate::theme::Theme;

/// What the pointer does, which no command says.
const GESTURES: [(&str, &str); 11] = [
    ("Add a node", "Double-click the canvas, or drop a wire on it"),
    ("Insert a node into a wire", "Click the wire and press Tab, or drop a loose node on it"),
    ("Lead a wire around", "Double-click it and drag the point; a double click takes the point away"),
    ("Connect", "Drag from port to port, or onto a node"),
    ("Take a wire off", "Drag its end away from the input"),
    ("Select several", "Drag a box; with Shift or Ctrl add to what is selected"),
    ("Pan", "Drag with the middle button, or with Space held; two fingers"),
    ("Zoom", "Turn the wheel, or pinch: towards the pointer"),
    ("Rename", "Double-click a node, a frame's title or a note"),
    ("Open a loop or a used graph", "Double-click its node; the line above the canvas leads back"),
    ("Menu of a node", "Right-click it"),
];

/// Draws the help.
pub fn help_ui(ui: &mut Ui, theme: &Theme) {
    ui.heading("Keys and gestures");
    ScrollArea::vertical().max_height(ui.ctx().content_rect().height() - 220.0).show(ui, |ui| {
        section_ui(ui, "Pointer", GESTURES.map(|(what, how)| (what.to_owned(), how.to_owned())).into_iter(), theme);
        for menu in Menu::ALL {
            let commands = ALL.iter().filter(|command| command.menu == menu);
            let ctx = ui.ctx().clone();
            let rows =
                commands.filter_map(|command| Some((command.title.to_owned(), ctx.format_shortcut(&command.keys?))));
            section_ui(ui, menu.title(), rows, theme);
        }
    });
}

fn section_ui(ui: &mut Ui, title: &str, rows: impl Iterator<Item = (String, String)>, theme: &Theme) {
    ui.add_space(6.0);
    ui.label(RichText::new(title).strong().color(theme.accent));
    Grid::new(title).num_columns(2).spacing([24.0, 4.0]).show(ui, |ui| {
        for (what, how) in rows {
            ui.label(what);
            ui.label(RichText::new(how).color(theme.weak));
            ui.end_row();
        }
    });
}
