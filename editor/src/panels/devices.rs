//! What the run uses of the machine: cores, memory, devices, and who works on what.

use egui::{ProgressBar, RichText, ScrollArea, Ui};

use crate::action::Action;
use crate::editor::Editor;
use crate::theme::Theme;
use crate::words::bytes_in_words;

/// Room for the name of a figure.
const NAME_WIDTH: f32 = 150.0;

/// Draws what is in use.
pub fn devices_ui(ui: &mut Ui, editor: &Editor, actions: &mut Vec<Action>) {
    let (tab, theme) = (editor.tab(), &editor.theme);
    let in_use = tab.run.as_ref().and_then(|run| Some((run, run.in_use()?)));
    let Some((run, in_use)) = in_use else {
        ui.label(RichText::new("A run of this window shows here what it uses of the machine.").color(theme.weak));
        return;
    };
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        let (cores, of) = in_use.cores;
        bar_ui(ui, "Cores", cores as f32 / of.max(1) as f32, &format!("{cores} of {of}"), theme);
        for (name, (used, of)) in [("Memory asked for", in_use.memory_bytes), ("Values in flight", in_use.values_bytes)]
        {
            let text = format!("{} of {}", bytes_in_words(used), bytes_in_words(of));
            bar_ui(ui, name, used as f32 / of.max(1) as f32, &text, theme);
        }
        for (device, is_taken) in &in_use.devices {
            let text = if *is_taken { "in use" } else { "free" };
            bar_ui(ui, device, if *is_taken { 1.0 } else { 0.0 }, text, theme);
        }
        if in_use.waiting > 0 {
            ui.label(format!("{} wait for their share", crate::commands::counted(in_use.waiting, "firing")));
        }
        for step in run.state().steps.iter().filter(|step| !step.running.is_empty()) {
            ui.horizontal(|ui| {
                if ui.add(egui::Button::new(RichText::new(&step.info.name).strong()).frame(false)).clicked() {
                    actions.push(Action::GoTo(step.info.name.clone()));
                }
                ui.label(crate::commands::counted(step.running.len(), "firing"));
            });
        }
    });
}

fn bar_ui(ui: &mut Ui, name: &str, share: f32, text: &str, theme: &Theme) {
    ui.horizontal(|ui| {
        ui.allocate_ui(egui::vec2(NAME_WIDTH, 18.0), |ui| {
            ui.set_min_width(NAME_WIDTH);
            ui.label(name);
        });
        let bar = ProgressBar::new(share.clamp(0.0, 1.0)).desired_width(220.0).desired_height(12.0).fill(theme.busy);
        ui.add(bar);
        ui.label(text);
    });
}
