//! The inspector: all about the node that is selected, and about the graph where none is.

use egui::{Grid, RichText, ScrollArea, Ui};
use egui_material_icons::icons;
use serde_json::Value as Json;
use windlass_core::doc::edit::Edit;
use windlass_core::spec::ParamSpec;

use super::graph::graph_ui;
use super::policy::policy_ui;
use super::section;
use super::wiring::{Fed, feed_ui, take_ui};
use crate::action::{Action, Change};
use crate::canvas::scene::{SceneNode, references};
use crate::commands::counted;
use crate::editor::Editor;
use crate::face::Port;
use crate::fields::{Field, field_ui, kept_ui, legible, named};
use crate::tab::Tab;
use crate::theme::{Theme, icon_font, type_colour};

/// Draws the inspector.
pub fn inspector_ui(ui: &mut Ui, editor: &Editor, actions: &mut Vec<Action>) {
    let tab = editor.tab();
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        match tab.selection.only_node().and_then(|id| tab.scene.node(id)) {
            Some(node) => node_ui(ui, node, tab, &editor.theme, actions),
            None if tab.selection.nodes.len() > 1 => {
                ui.heading(counted(tab.selection.nodes.len(), "node"));
                ui.weak("Select one to see its parameters.");
            }
            None => graph_ui(ui, tab, &editor.theme, actions),
        }
    });
}

fn node_ui(ui: &mut Ui, node: &SceneNode, tab: &Tab, theme: &Theme, actions: &mut Vec<Action>) {
    let face = &node.face;
    ui.heading(&face.title);
    ui.label(RichText::new(format!("{}  ·  {}", node.id, face.kind)).color(theme.weak));
    if let Some(often) = tab.checked.how_often.get(&tab.step_name(&node.id)) {
        ui.label(RichText::new(format!("Runs {often}")).color(theme.weak));
    }
    match &face.spec {
        Some(spec) => drop(ui.label(&spec.doc)),
        None if face.runs_graph() => {
            drop(ui.label("Runs another graph, which is not read yet or cannot be read."));
        }
        None => missing_ui(ui, node, theme),
    }
    problems_ui(ui, node, tab, theme);
    if let Some(spec) = face.spec.as_ref().filter(|spec| !spec.params.is_empty()) {
        section(ui, "Parameters", theme);
        spec.params.iter().for_each(|param| param_ui(ui, (node, param), (tab, theme), actions));
    }
    ports_ui(ui, "Inputs", &face.inputs, theme, |ui, port| {
        let fed = Fed { node, name: &port.name, ty: &port.ty, is_variadic: port.variadic };
        feed_ui(ui, &fed, tab.doc(), actions);
        if let Some(from) = fed_by(node, port) {
            ui.label(RichText::new(format!("from {from}")).color(theme.weak));
        }
    });
    let last = tab.run.as_ref().and_then(|run| run.shown(&tab.step_name(&node.id)));
    ports_ui(ui, "Outputs", &face.outputs, theme, |ui, port| {
        take_ui(ui, (node, &port.name), tab.doc(), actions);
        if let Some((_, words)) = last.iter().flat_map(|last| &last.ports).find(|(name, _)| *name == port.name) {
            ui.add(egui::Label::new(RichText::new(words).color(theme.weak)).truncate())
                .on_hover_text("What it gave last");
        }
    });
    kept_ui(ui, "policy", |ui| policy_ui(ui, node, theme, actions));
}

/// Says what is missing, and shows what the graph says, which is kept.
fn missing_ui(ui: &mut Ui, node: &SceneNode, theme: &Theme) {
    let text =
        format!("There is no kind {} in this program. What the graph says about it is kept as it is.", node.face.kind);
    ui.colored_label(theme.error, text);
    for (name, value) in &node.face.node().params {
        ui.label(RichText::new(format!("{name}: {}", value.value)).monospace());
    }
}

fn problems_ui(ui: &mut Ui, node: &SceneNode, tab: &Tab, theme: &Theme) {
    let name = tab.step_name(&node.id);
    let is_own = |of: &str| of.strip_prefix(&name).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', ' ']));
    for problem in tab.checked.problems.iter().filter(|problem| problem.node.as_deref().is_some_and(is_own)) {
        let colour =
            if problem.severity == windlass_core::problem::Severity::Error { theme.error } else { theme.warning };
        ui.colored_label(colour, legible(&problem.message));
        problem.hint.iter().for_each(|hint| drop(ui.label(RichText::new(legible(hint)).color(theme.weak))));
    }
}

fn param_ui(
    ui: &mut Ui,
    (node, param): (&SceneNode, &ParamSpec),
    (tab, theme): (&Tab, &Theme),
    actions: &mut Vec<Action>,
) {
    let given = node.face.node().params.get(&param.name).map(|given| &given.value);
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        let label = RichText::new(&param.name);
        ui.label(if given.is_some() { label.strong() } else { label }).on_hover_text(param.ty.to_string());
        let fed = Fed { node, name: &param.name, ty: &param.ty, is_variadic: false };
        feed_ui(ui, &fed, tab.doc(), actions);
        if given.is_some() {
            let reset =
                egui::Button::new(RichText::new(icons::ICON_SETTINGS_BACKUP_RESTORE.codepoint).font(icon_font(14.0)));
            let reset = ui.add(reset.frame(false)).on_hover_text("Back to the default");
            named(ui, &reset, &format!("Reset {}", param.name));
            if reset.clicked() {
                actions.push(Action::Change(reset_change(&node.id, &param.name)));
            }
        }
    });
    if let Some(wire) = node.face.node().inputs.get(&param.name) {
        let from: Vec<_> = references(&wire.value).map(ToString::to_string).collect();
        ui.label(RichText::new(format!("driven by {}", from.join(", "))).color(theme.accent));
    } else {
        let null = Json::Null;
        let value = given.or(param.default.as_ref()).unwrap_or(&null);
        let name = format!("{} of {} in the inspector", param.name, node.id);
        if let Some(value) = field_ui(ui, &Field { name: &name, ty: &param.ty, unit: &param.unit }, value) {
            actions.push(Action::Change(param_change(&node.id, param, value)));
        }
    }
    ui.label(RichText::new(&param.doc).size(12.0).color(theme.weak));
}

/// Returns the change that sets a parameter; one that is set to its default still stands in the graph.
pub fn param_change(node: &str, param: &ParamSpec, value: Json) -> Change {
    let edit = Edit::SetParam { node: node.to_owned(), name: param.name.clone(), value: Some(value), at: None };
    let name = format!("set {} of {node}", param.name);
    Change::new(name.clone(), edit).in_thread(name)
}

fn reset_change(node: &str, param: &str) -> Change {
    let edit = Edit::SetParam { node: node.to_owned(), name: param.to_owned(), value: None, at: None };
    Change::new(format!("reset {param} of {node}"), edit)
}

fn fed_by(node: &SceneNode, port: &Port) -> Option<String> {
    let wire = node.face.node().inputs.get(&port.name)?;
    Some(references(&wire.value).map(ToString::to_string).collect::<Vec<_>>().join(", "))
}

fn ports_ui(ui: &mut Ui, title: &str, ports: &[Port], theme: &Theme, mut more: impl FnMut(&mut Ui, &Port)) {
    if ports.is_empty() {
        return;
    }
    section(ui, title, theme);
    Grid::new(title).num_columns(2).spacing([10.0, 4.0]).show(ui, |ui| {
        for port in ports {
            ui.label(&port.name).on_hover_text(&port.doc);
            ui.horizontal(|ui| {
                ui.label(RichText::new(port.ty.to_string()).monospace().color(type_colour(&port.ty, theme.look)));
                more(ui, port);
            });
            ui.end_row();
        }
    });
}
