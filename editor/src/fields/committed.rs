//! A line of text that counts when it is finished: a name, a type, whatever is wrong while it is half typed.

use egui::{Id, Key, TextEdit, Ui};

use super::{kept_ui, named};

/// A line of text that counts when it is finished.
pub struct Line<'a> {
    /// Its name, for screen readers and tests.
    pub name: &'a str,
    /// What stands there now.
    pub text: &'a str,
    /// Its width in points.
    pub width: f32,
}

/// Draws a line; returns what was typed once it is finished. While it is typed, `wrong` says why it cannot be taken; what
/// is wrong in the end is not taken, and Escape leaves the line as it was.
pub fn committed_ui(ui: &mut Ui, line: &Line<'_>, wrong: impl Fn(&str) -> Option<String>) -> Option<String> {
    let id = Id::unique(("committed", line.name));
    let kept = ui.data(|data| data.get_temp::<String>(id));
    let mut typed = kept.clone().unwrap_or_else(|| line.text.to_owned());
    let why = kept.as_deref().filter(|kept| *kept != line.text).and_then(&wrong);
    let mut edit = TextEdit::singleline(&mut typed).desired_width(line.width);
    if why.is_some() {
        edit = edit.text_color(ui.visuals().error_fg_color);
    }
    let response = kept_ui(ui, line.name, |ui| ui.add(edit));
    named(ui, &response, line.name);
    if let Some(why) = why {
        response.show_tooltip_text(why);
    }
    if response.changed() {
        ui.data_mut(|data| data.insert_temp(id, typed.clone()));
    }
    if !response.lost_focus() {
        return None;
    }
    ui.data_mut(|data| data.remove::<String>(id));
    let is_meant = !ui.input(|input| input.key_pressed(Key::Escape));
    (is_meant && typed != line.text && wrong(&typed).is_none()).then_some(typed)
}
