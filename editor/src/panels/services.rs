//! The services that nodes of the run use: how each is, what it counts, and what it can be asked to do.

use egui::{RichText, ScrollArea, Ui};
use windlass_core::service::{Phase, ServiceState};

use crate::action::Action;
use crate::editor::Editor;
use crate::theme::Theme;

/// Draws the services.
pub fn services_ui(ui: &mut Ui, editor: &Editor, actions: &mut Vec<Action>) {
    let (tab, theme) = (editor.tab(), &editor.theme);
    let Some(run) = tab.run.as_ref().filter(|run| !run.state().services.is_empty()) else {
        let text = "Services that nodes use, such as servers, are shown here while a run uses them.";
        ui.label(RichText::new(text).color(theme.weak));
        return;
    };
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        for service in run.state().services.values() {
            service_ui(ui, service, theme);
            if run.is_ours() {
                actions_ui(ui, service, actions);
            }
            ui.separator();
        }
    });
}

fn service_ui(ui: &mut Ui, service: &ServiceState, theme: &Theme) {
    let (word, colour) = match service.state {
        Phase::Stopped => ("stopped", theme.weak),
        Phase::Starting => ("is being started", theme.busy),
        Phase::Running => ("runs", theme.good),
        Phase::Waiting => ("is started again after a wait", theme.warning),
        Phase::Stopping => ("is being stopped", theme.busy),
        Phase::Failed => ("was given up", theme.error),
    };
    ui.horizontal(|ui| {
        ui.label(RichText::new(&service.title).strong());
        ui.label(RichText::new(word).color(colour));
        ui.label(RichText::new(&service.name).monospace().color(theme.weak));
        if service.restarts > 0 {
            ui.label(RichText::new(format!("started again {} times", service.restarts)).color(theme.weak));
        }
    });
    service.cause.iter().for_each(|cause| drop(ui.label(RichText::new(cause).color(theme.warning))));
    ui.horizontal_wrapped(|ui| {
        for figure in &service.figures {
            let unit = if figure.unit.is_empty() { String::new() } else { format!(" {}", figure.unit) };
            ui.label(format!("{} {}{unit}", figure.name, figure.value));
        }
    });
}

fn actions_ui(ui: &mut Ui, service: &ServiceState, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        for action in &service.actions {
            if ui.button(&action.title).clicked() {
                let (service, action) = (service.name.clone(), action.name.clone());
                actions.push(Action::Service { service, action });
            }
        }
    });
}
