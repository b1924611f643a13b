//! The inspector of the graph itself, or of the body that is shown: what it is for, its inputs and outputs, what it asks for.

use egui::{Button, ComboBox, RichText, TextEdit, Ui};
use egui_material_icons::icons;
use serde_json::Value as Json;
use windlass_core::doc::edit::Edit;
use windlass_core::doc::{GraphDoc, InputDoc, Reference, is_name};
use windlass_core::permission::Permission;
use windlass_core::problem::Spanned;
use windlass_core::types::Type;

use super::section;
use crate::action::{Action, Change};
use crate::document::border::{self, Both};
use crate::document::scope;
use crate::fields::{Field, Line, committed_ui, field_ui, named};
use crate::graphs::file_of;
use crate::tab::Tab;
use crate::theme::{Theme, icon_font};

/// Types that are offered; others are typed.
const TYPES: [&str; 13] =
    ["text", "int", "float", "bool", "path", "file", "image", "audio", "video", "table", "tensor", "json", "any"];

/// Draws the inspector of the graph or body that is shown.
pub fn graph_ui(ui: &mut Ui, tab: &Tab, theme: &Theme, actions: &mut Vec<Action>) {
    let shown = Shown { tab, doc: tab.doc(), theme };
    match tab.scope.last() {
        Some(node) => drop(ui.heading(format!("Body of {node}"))),
        None => {
            ui.heading("Graph");
            about_ui(ui, &shown, actions);
        }
    }
    inputs_ui(ui, &shown, actions);
    outputs_ui(ui, &shown, actions);
    if tab.scope.is_empty() {
        permissions_ui(ui, &shown, actions);
    }
    uses_ui(ui, &shown, actions);
}

/// What is shown.
struct Shown<'a> {
    tab: &'a Tab,
    doc: &'a GraphDoc,
    theme: &'a Theme,
}

impl Shown<'_> {
    /// Returns the graph around a body, and the node whose body it is.
    fn around(&self) -> Option<(&GraphDoc, &str)> {
        let (node, around) = self.tab.scope.split_last()?;
        Some((scope::inside(self.tab.document.doc(), around)?, node))
    }
}

fn change(name: impl Into<String>, both: impl Into<Both>) -> Action {
    let both = both.into();
    Action::Change(Change { around: both.around.map(Box::new), ..Change::new(name, both.inside) })
}

fn about_ui(ui: &mut Ui, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    let doc = shown.doc;
    let mut typed = |name: &str, edit: Edit| {
        actions.push(Action::Change(Change::new(name, edit).in_thread(name)));
    };
    section(ui, "Name", shown.theme);
    let mut name = doc.name.clone().unwrap_or_default();
    let response = ui.add(TextEdit::singleline(&mut name).desired_width(f32::INFINITY));
    named(ui, &response, "Name of the graph");
    if response.changed() {
        typed("name the graph", Edit::SetName(Some(name).filter(|text| !text.is_empty())));
    }
    section(ui, "Description", shown.theme);
    let mut text = doc.description.clone().unwrap_or_default();
    let response = ui.add(TextEdit::multiline(&mut text).desired_rows(2).desired_width(f32::INFINITY));
    named(ui, &response, "Description of the graph");
    if response.changed() {
        typed("describe the graph", Edit::SetDescription(Some(text).filter(|text| !text.is_empty())));
    }
    section(ui, "Seed", shown.theme);
    let mut seed = doc.seed;
    let response = ui.add(egui::DragValue::new(&mut seed)).on_hover_text("All randomness of a run is derived from it");
    named(ui, &response, "Seed of the graph");
    if response.changed() {
        typed("set the seed", Edit::SetSeed(seed));
    }
}

fn inputs_ui(ui: &mut Ui, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    let title =
        if shown.tab.scope.is_empty() { "Inputs, which a caller may set" } else { "Inputs, which are the node's" };
    section(ui, title, shown.theme);
    for (name, input) in &shown.doc.inputs {
        input_ui(ui, (name, input), shown, actions);
    }
    if ui.button("Add input").clicked() {
        let name = border::free_input(shown.doc, "input");
        actions.push(change(format!("add the input {name}"), border::add_input(&name, Type::text())));
    }
}

fn input_ui(ui: &mut Ui, (name, input): (&str, &InputDoc), shown: &Shown<'_>, actions: &mut Vec<Action>) {
    let set = |what: &str, input: InputDoc| {
        let edit = Edit::SetGraphInput { name: name.to_owned(), input: Some(Box::new(input)), at: None };
        let what = format!("{what} of ${name}");
        Action::Change(Change::new(what.clone(), edit).in_thread(what))
    };
    ui.horizontal(|ui| {
        let line = Line { name: &format!("Name of input {name}"), text: name, width: 92.0 };
        if let Some(to) = committed_ui(ui, &line, |typed| bad_name(typed, name, |it| shown.doc.inputs.contains_key(it)))
        {
            let both = border::rename_input(name, &to, shown.around());
            actions.push(change(format!("rename ${name} to ${to}"), both));
        }
        if let Some(ty) = type_ui(ui, name, &input.ty.value) {
            actions.push(set("set the type", InputDoc { ty: Spanned::made(ty), ..input.clone() }));
        }
        if remove_ui(ui, &format!("Remove input {name}")) {
            let both = border::remove_input(shown.doc, name, shown.around());
            actions.push(change(format!("remove the input {name}"), both));
        }
    });
    ui.horizontal(|ui| {
        let mut has_default = input.default.is_some();
        let response = ui.checkbox(&mut has_default, "default");
        named(ui, &response, &format!("Default of input {name}"));
        if response.changed() {
            let default = has_default.then(|| Spanned::made(first_value(&input.ty.value)));
            actions.push(set("set the default", InputDoc { default, ..input.clone() }));
        }
        if let Some(default) = &input.default {
            let field = Field { name: &format!("Default value of input {name}"), ty: &input.ty.value, unit: "" };
            if let Some(value) = field_ui(ui, &field, &default.value) {
                let default = Some(Spanned::made(value));
                actions.push(set("set the default", InputDoc { default, ..input.clone() }));
            }
        }
    });
    let mut text = input.doc.clone().unwrap_or_default();
    let edit = TextEdit::singleline(&mut text).hint_text("What it is for").desired_width(f32::INFINITY);
    let response = ui.add(edit);
    named(ui, &response, &format!("Doc of input {name}"));
    if response.changed() {
        let doc = Some(text).filter(|text| !text.is_empty());
        actions.push(set("set the doc", InputDoc { doc, ..input.clone() }));
    }
    ui.add_space(6.0);
}

/// Draws a type, which is typed or chosen; returns another one.
fn type_ui(ui: &mut Ui, name: &str, ty: &Type) -> Option<Type> {
    let text = ty.to_string();
    let line = Line { name: &format!("Type of input {name}"), text: &text, width: 96.0 };
    let wrong = |typed: &str| typed.parse::<Type>().err().map(|error| error.to_string());
    let typed = committed_ui(ui, &line, wrong).and_then(|typed| typed.parse().ok());
    let mut chosen = None;
    let icon = RichText::new(icons::ICON_EXPAND_MORE.codepoint).font(icon_font(13.0));
    let menu = ui.menu_button(icon, |ui| {
        for ty in TYPES {
            if ui.button(ty).clicked() {
                chosen = ty.parse().ok();
                ui.close();
            }
        }
    });
    named(ui, &menu.response, &format!("Types for input {name}"));
    typed.or(chosen)
}

fn first_value(ty: &Type) -> Json {
    match ty {
        Type::Bool => false.into(),
        Type::Int(min, max) => min.or(*max).unwrap_or_default().into(),
        Type::Float(min, max) => min.or(*max).unwrap_or_default().into(),
        Type::Text(Some(choices)) => choices.first().cloned().unwrap_or_default().into(),
        Type::Text(None) | Type::Path => "".into(),
        _ => Json::Null,
    }
}

fn bad_name(typed: &str, present: &str, is_taken: impl Fn(&str) -> bool) -> Option<String> {
    if !is_name(typed) {
        return Some("a letter, then letters, digits, _ or -".into());
    }
    (typed != present && is_taken(typed)).then(|| format!("there is `{typed}` already"))
}

/// Draws a button that takes something away; returns whether it was clicked.
fn remove_ui(ui: &mut Ui, name: &str) -> bool {
    let icon = RichText::new(icons::ICON_CLOSE.codepoint).font(icon_font(15.0));
    let response = ui.add(Button::new(icon).frame(false));
    named(ui, &response, name);
    response.on_hover_text(name).clicked()
}

fn outputs_ui(ui: &mut Ui, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    let title =
        if shown.tab.scope.is_empty() { "Outputs, which a caller gets" } else { "Outputs, which are the node's" };
    section(ui, title, shown.theme);
    for (name, from) in &shown.doc.outputs {
        ui.horizontal(|ui| {
            let line = Line { name: &format!("Name of output {name}"), text: name, width: 92.0 };
            let taken = |it: &str| shown.doc.outputs.contains_key(it);
            if let Some(to) = committed_ui(ui, &line, |typed| bad_name(typed, name, taken)) {
                let both = border::rename_output(name, &to, shown.around());
                actions.push(change(format!("rename the output {name} to {to}"), both));
            }
            let combo = ComboBox::from_id_salt(("output", name)).selected_text(from.value.to_string()).width(112.0);
            let mut chosen = None;
            let response = combo.truncate().show_ui(ui, |ui| {
                for source in sources(shown) {
                    if ui.selectable_label(source == from.value, source.to_string()).clicked() {
                        chosen = Some(source);
                    }
                }
            });
            named(ui, &response.response, &format!("Source of output {name}"));
            if let Some(from) = chosen {
                let edit = Edit::SetOutput { name: name.clone(), from: Some(from), at: None };
                actions.push(change(format!("set the output {name}"), edit));
            }
            if remove_ui(ui, &format!("Remove output {name}")) {
                let both = border::remove_output(name, shown.around());
                actions.push(change(format!("remove the output {name}"), both));
            }
        });
    }
    if let Some(first) = sources(shown).next()
        && ui.button("Add output").clicked()
    {
        let name = border::free_output(shown.doc, "output");
        let edit = Edit::SetOutput { name: name.clone(), from: Some(first), at: None };
        actions.push(change(format!("add the output {name}"), edit));
    }
}

/// Returns what an output may come from: outputs of nodes, those first that nothing takes, and inputs.
fn sources<'a>(shown: &'a Shown<'_>) -> impl Iterator<Item = Reference> + 'a {
    let scene = &shown.tab.scene;
    let mut feeds = vec![false; scene.nodes.len()];
    scene.wires.iter().for_each(|wire| feeds[wire.from] = true);
    let (others, ends): (Vec<_>, Vec<_>) = (0..feeds.len()).partition(|node| feeds[*node]);
    let of_nodes = ends.into_iter().chain(others).flat_map(|node| {
        let node = &scene.nodes[node];
        let port = |port: &crate::face::Port| Reference::Port { node: node.id.clone(), port: port.name.clone() };
        node.face.outputs.iter().map(port)
    });
    of_nodes.chain(shown.doc.inputs.keys().cloned().map(Reference::Input))
}

fn permissions_ui(ui: &mut Ui, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    section(ui, "Asks to be allowed", shown.theme);
    let asked: Vec<String> = shown.doc.permissions.iter().map(|asked| asked.value.clone()).collect();
    let set = |what: String, asked: Vec<String>| change(what, Edit::SetPermissions(asked));
    for (at, permission) in asked.iter().enumerate() {
        ui.horizontal(|ui| {
            ui.label(RichText::new(permission).monospace());
            if remove_ui(ui, &format!("Remove permission {permission}")) {
                let rest =
                    asked.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, it)| it.clone()).collect();
                actions.push(set(format!("no longer ask for {permission}"), rest));
            }
        });
        let why = why(shown, permission);
        let text =
            if why.is_empty() { "No node that is shown needs it.".into() } else { format!("For {}.", why.join(", ")) };
        ui.label(RichText::new(text).size(12.0).color(shown.theme.weak));
    }
    ui.horizontal(|ui| {
        ui.label("Add");
        let line = Line { name: "Add a permission", text: "", width: 180.0 };
        let wrong =
            |typed: &str| Permission::granted(typed, std::path::Path::new("/")).err().map(|error| error.to_string());
        if let Some(typed) = committed_ui(ui, &line, wrong) {
            let all = asked.iter().cloned().chain([typed.clone()]).collect();
            actions.push(set(format!("ask for {typed}"), all));
        }
    });
}

/// Returns the nodes that need what a permission allows.
fn why(shown: &Shown<'_>, permission: &str) -> Vec<String> {
    let Ok(granted) = Permission::granted(permission, std::path::Path::new("/")) else { return Vec::new() };
    let granted = windlass_core::permission::Permissions::from_iter([granted]);
    let needs = |face: &crate::face::Face| {
        face.spec.as_ref().is_some_and(|spec| spec.permissions.iter().any(|needed| granted.cover(needed)))
    };
    let nodes = shown.tab.scene.nodes.iter().filter(|node| needs(&node.face));
    nodes.map(|node| node.id.clone()).collect()
}

fn uses_ui(ui: &mut Ui, shown: &Shown<'_>, actions: &mut Vec<Action>) {
    let uses: Vec<_> = shown.doc.nodes.iter().filter_map(|(id, node)| Some((id, file_of(node)?))).collect();
    if uses.is_empty() {
        return;
    }
    section(ui, "Graph files that it uses", shown.theme);
    for (id, file) in uses {
        ui.horizontal(|ui| {
            ui.label(id);
            let link = ui.link(file).on_hover_text("Open it in a tab");
            named(ui, &link, &format!("Open {file} of {id}"));
            if link.clicked() {
                actions.push(Action::Enter(id.clone()));
            }
        });
    }
}
