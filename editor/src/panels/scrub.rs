//! The time of a run that is told by its journal: a line to drag along, and playing it at a speed.

use egui::{Button, ComboBox, RichText, Slider, Ui};
use egui_material_icons::icons;
use windlass_core::figures::duration;

use crate::action::Action;
use crate::commands::find;
use crate::editor::Editor;
use crate::fields::named;
use crate::past::RunAct;
use crate::running::{Reached, Speed};
use crate::theme::icon_font;

/// Draws it, below the head of the run.
pub fn scrub_ui(ui: &mut Ui, editor: &Editor, reached: &Reached, actions: &mut Vec<Action>) {
    if !reached.is_read {
        return;
    }
    ui.horizontal(|ui| {
        let play = if reached.is_playing { icons::ICON_PAUSE } else { icons::ICON_PLAY_ARROW };
        button_ui(ui, editor, "run-start", icons::ICON_SKIP_PREVIOUS.codepoint, actions);
        button_ui(ui, editor, "play-run", play.codepoint, actions);
        button_ui(ui, editor, "run-end", icons::ICON_SKIP_NEXT.codepoint, actions);
        speed_ui(ui, editor, actions);
        let words = format!("{} of {}", duration(reached.at_ms), duration(reached.span_ms));
        line_ui(ui, reached, actions);
        ui.label(RichText::new(words).color(editor.theme.weak));
    });
    for trouble in &reached.trouble {
        ui.colored_label(editor.theme.warning, trouble);
    }
}

fn button_ui(ui: &mut Ui, editor: &Editor, id: &'static str, icon: &str, actions: &mut Vec<Action>) {
    let Some(command) = find(id) else { return };
    let button = Button::new(RichText::new(icon).font(icon_font(17.0))).frame(false);
    let response = ui.add_enabled((command.can)(editor), button);
    let name = command.name(editor);
    named(ui, &response, &name);
    let keys = command.keys.map(|keys| ui.ctx().format_shortcut(&keys)).unwrap_or_default();
    if response.on_hover_text(format!("{name}  {keys}")).clicked() {
        actions.push(Action::Command(id));
    }
}

fn line_ui(ui: &mut Ui, reached: &Reached, actions: &mut Vec<Action>) {
    /// Room for the words behind the line.
    const WORDS: f32 = 190.0;
    let mut at_ms = reached.at_ms;
    ui.spacing_mut().slider_width = (ui.available_width() - WORDS).max(80.0);
    let slider = Slider::new(&mut at_ms, 0..=reached.span_ms.max(1)).show_value(false).trailing_fill(true);
    let response = ui.add(slider);
    named(ui, &response, "Time in the run");
    if response.changed() {
        actions.push(Action::Runs(RunAct::ShowAt(at_ms)));
    }
}

fn speed_ui(ui: &mut Ui, editor: &Editor, actions: &mut Vec<Action>) {
    let mut speed = editor.run_choice.speed;
    let combo = ComboBox::from_id_salt("speed").selected_text(speed.in_words()).width(110.0);
    let response = combo.show_ui(ui, |ui| {
        for choice in Speed::ALL {
            ui.selectable_value(&mut speed, choice, choice.in_words());
        }
    });
    named(ui, &response.response, "Speed");
    if speed != editor.run_choice.speed {
        actions.push(Action::Runs(RunAct::Speed(speed)));
    }
}
