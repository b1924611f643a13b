//! The bar at the top: menus made from the table of commands, and the graphs that are open.

use egui::{Button, MenuBar, RichText, Ui};
use egui_material_icons::icons;

use crate::action::Action;
use crate::commands::{ALL, Menu};
use crate::editor::Editor;
use crate::fields::named;
use crate::theme::icon_font;

/// Commands that have a button of their own, with their icons.
const BUTTONS: [(&str, &str); 9] = [
    ("open", icons::ICON_FOLDER_OPEN.codepoint),
    ("save", icons::ICON_SAVE.codepoint),
    ("undo", icons::ICON_UNDO.codepoint),
    ("redo", icons::ICON_REDO.codepoint),
    ("add", icons::ICON_ADD.codepoint),
    ("fit", icons::ICON_FIT_SCREEN.codepoint),
    ("run", icons::ICON_PLAY_ARROW.codepoint),
    ("pause", icons::ICON_PAUSE.codepoint),
    ("stop", icons::ICON_STOP.codepoint),
];

/// Draws the bar.
pub fn menu_ui(ui: &mut Ui, editor: &Editor, actions: &mut Vec<Action>) {
    MenuBar::new().ui(ui, |ui| {
        for menu in Menu::ALL {
            ui.menu_button(menu.title(), |ui| {
                ui.set_min_width(260.0);
                for command in ALL.iter().filter(|command| command.menu == menu) {
                    let mut button = Button::new(command.name(editor));
                    if let Some(keys) = command.keys {
                        button = button.shortcut_text(ui.ctx().format_shortcut(&keys));
                    }
                    if ui.add_enabled(command.is_possible(editor), button).clicked() {
                        actions.push(Action::Command(command.id));
                        ui.close();
                    }
                }
            });
        }
        ui.separator();
        buttons_ui(ui, editor, actions);
        ui.separator();
        tabs_ui(ui, editor, actions);
    });
}

fn buttons_ui(ui: &mut Ui, editor: &Editor, actions: &mut Vec<Action>) {
    for (id, icon) in BUTTONS {
        let Some(command) = crate::commands::find(id) else { continue };
        let button = Button::new(RichText::new(icon).font(icon_font(18.0))).frame(false);
        let keys = command.keys.map(|keys| ui.ctx().format_shortcut(&keys)).unwrap_or_default();
        let response = ui.add_enabled(command.is_possible(editor), button);
        named(ui, &response, command.title);
        if response.on_hover_text(format!("{}  {keys}", command.name(editor))).clicked() {
            actions.push(Action::Command(id));
        }
    }
}

fn tabs_ui(ui: &mut Ui, editor: &Editor, actions: &mut Vec<Action>) {
    for (at, tab) in editor.tabs.iter().enumerate() {
        let is_current = at == editor.current;
        let mut text = RichText::new(tab.document.title());
        if is_current {
            text = text.strong();
        }
        let response = ui.selectable_label(false, text);
        let dot = response.rect.right_top() + egui::vec2(-3.0, 6.0);
        if tab.document.is_changed() {
            ui.painter().circle_filled(dot, 3.0, editor.theme.accent);
        }
        if is_current {
            let line = response.rect.left_bottom()..=response.rect.right_bottom();
            ui.painter().line_segment([*line.start(), *line.end()], (2.0, editor.theme.accent));
        }
        if response.clicked() {
            actions.push(Action::ShowTab(at));
        }
    }
}
