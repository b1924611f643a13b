//! The palette at the left: all kinds by category, added with a click.

use egui::{CollapsingHeader, RichText, ScrollArea, TextEdit, Ui};

use crate::action::Action;
use crate::editor::Editor;
use crate::fields::named;
use crate::overlay::{Offer, offers};
use crate::theme::{category_icon, icon_font};

/// Draws the palette.
pub fn palette_ui(ui: &mut Ui, editor: &Editor, actions: &mut Vec<Action>) {
    let id = ui.scope_id().with("query");
    let mut query = ui.data(|data| data.get_temp::<String>(id)).unwrap_or_default();
    let response = ui.add(TextEdit::singleline(&mut query).hint_text("Search kinds").desired_width(f32::INFINITY));
    named(ui, &response, "Search kinds");
    if response.changed() {
        ui.data_mut(|data| data.insert_temp(id, query.clone()));
    }
    let offers = offers(editor, &query, None);
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        if offers.is_empty() {
            ui.weak("Nothing fits what is typed");
        }
        if !query.trim().is_empty() {
            offers.iter().for_each(|offer| offer_ui(ui, offer, actions));
            return;
        }
        let mut categories: Vec<_> = offers.iter().map(|offer| offer.category.as_str()).collect();
        categories.sort_unstable();
        categories.dedup();
        for category in categories {
            let title = RichText::new(category).strong();
            ui.horizontal(|ui| {
                ui.label(RichText::new(category_icon(category)).font(icon_font(16.0)).color(editor.theme.weak));
                CollapsingHeader::new(title).id_salt(category).show(ui, |ui| {
                    let own = offers.iter().filter(|offer| offer.category == category);
                    own.for_each(|offer| offer_ui(ui, offer, actions));
                });
            });
        }
    });
}

fn offer_ui(ui: &mut Ui, offer: &Offer, actions: &mut Vec<Action>) {
    let response = ui.selectable_label(false, &offer.title).on_hover_text(format!("{}\n{}", offer.kind, offer.doc));
    if response.clicked() {
        actions.push(Action::AddKind(offer.kind.clone()));
    }
}
