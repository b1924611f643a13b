//! The way to the body that is shown: `graph › loop › body`, above the canvas; a click goes up.

use egui::{Frame, Margin, RichText, Ui};
use egui_material_icons::icons;

use crate::action::Action;
use crate::editor::Editor;
use crate::fields::named;
use crate::tab::Tab;
use crate::theme::icon_font;

/// A part of the way.
struct Crumb {
    name: String,
    /// What a click does; `None` for where one is.
    goes: Option<Action>,
}

/// Draws the way, where there is one.
pub fn breadcrumb_ui(ui: &mut Ui, editor: &Editor, actions: &mut Vec<Action>) {
    let crumbs = crumbs(editor);
    if crumbs.len() < 2 {
        return;
    }
    let theme = &editor.theme;
    Frame::new().fill(theme.panel).inner_margin(Margin::symmetric(8, 3)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            for (place, crumb) in crumbs.into_iter().enumerate() {
                if place > 0 {
                    let icon = RichText::new(icons::ICON_CHEVRON_RIGHT.codepoint);
                    ui.label(icon.font(icon_font(16.0)).color(theme.weak));
                }
                match crumb.goes {
                    None => drop(ui.label(RichText::new(crumb.name).strong())),
                    Some(action) => {
                        let button = ui.link(RichText::new(&crumb.name).color(theme.accent));
                        named(ui, &button, &format!("Up to {}", crumb.name));
                        if button.clicked() {
                            actions.push(action);
                        }
                    }
                }
            }
        });
    });
}

fn crumbs(editor: &Editor) -> Vec<Crumb> {
    let tab = editor.tab();
    let from = tab.came_from.as_ref().and_then(|(number, _)| tab_of(editor, *number));
    let mut crumbs: Vec<_> = from
        .map(|(at, tab)| Crumb { name: tab.document.title(), goes: Some(Action::ShowTab(at)) })
        .into_iter()
        .collect();
    for depth in 0..=tab.scope.len() {
        let name = match depth.checked_sub(1) {
            None => tab.document.title(),
            Some(last) => tab.scope[last].clone(),
        };
        let goes = (depth < tab.scope.len()).then(|| Action::ShowScope(tab.scope[..depth].to_vec()));
        crumbs.push(Crumb { name, goes });
    }
    crumbs
}

/// Returns a tab by its number, with its place.
pub fn tab_of(editor: &Editor, number: u64) -> Option<(usize, &Tab)> {
    editor.tabs.iter().enumerate().find(|(_, tab)| tab.number == number)
}
