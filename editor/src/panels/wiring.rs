//! What feeds an input or takes an output beside other nodes: the inputs and outputs of the graph, chosen from a menu.

use egui::{RichText, Ui};
use egui_material_icons::icons;
use windlass_core::doc::edit::Edit;
use windlass_core::doc::{GraphDoc, Reference, Wire, is_name};
use windlass_core::problem::Spanned;
use windlass_core::types::{Fit, Type};

use crate::action::{Action, Change};
use crate::canvas::scene::SceneNode;
use crate::document::border::{add_input, free_input, free_output};
use crate::fields::named;
use crate::theme::icon_font;

/// An input of a node.
pub struct Fed<'a> {
    /// The node.
    pub node: &'a SceneNode,
    /// The port or parameter.
    pub name: &'a str,
    /// What it takes.
    pub ty: &'a Type,
    /// Whether it takes more than one wire.
    pub is_variadic: bool,
}

/// Draws the menu of an input: inputs of the graph that fit, a new one, nothing.
pub fn feed_ui(ui: &mut Ui, fed: &Fed<'_>, doc: &GraphDoc, actions: &mut Vec<Action>) {
    menu_ui(ui, &format!("Feed {} of {}", fed.name, fed.node.id), |ui| {
        let fits = |ty: &Type| ty.fits(fed.ty) != Fit::Never;
        for (name, _) in doc.inputs.iter().filter(|(_, input)| fits(&input.ty.value)) {
            if ui.button(format!("${name}")).clicked() {
                let edit = Edit::Compound(by_input(fed, doc, name));
                actions.push(Action::Change(Change::new(format!("feed {} by ${name}", fed.name), edit)));
                ui.close();
            }
        }
        if ui.button("A new input of the graph").clicked() {
            actions.push(Action::Change(by_new_input(fed, doc)));
            ui.close();
        }
        if fed.node.face.node().inputs.contains_key(fed.name) && ui.button("Nothing").clicked() {
            let edit = Edit::SetInput { node: fed.node.id.clone(), name: fed.name.to_owned(), wire: None, at: None };
            actions.push(Action::Change(Change::new(format!("disconnect {} of {}", fed.name, fed.node.id), edit)));
            ui.close();
        }
    });
}

fn by_input(fed: &Fed<'_>, doc: &GraphDoc, input: &str) -> Vec<Edit> {
    let (node, name, from) = (fed.node.id.clone(), fed.name.to_owned(), Reference::Input(input.to_owned()));
    let has_constant = fed.node.face.node().params.contains_key(fed.name);
    let constant =
        has_constant.then(|| Edit::SetParam { node: node.clone(), name: name.clone(), value: None, at: None });
    let wire = match fed.is_variadic {
        true => Edit::connect(doc, &node, &name, from),
        false => Edit::SetInput { node, name, wire: Some(Wire::One(from)), at: None },
    };
    constant.into_iter().chain([wire]).collect()
}

/// A new input has what stood there for its default.
fn by_new_input(fed: &Fed<'_>, doc: &GraphDoc) -> Change {
    let input = free_input(doc, if is_name(fed.name) { fed.name } else { "input" });
    let mut added = add_input(&input, fed.ty.to_string().parse().unwrap_or(Type::Any));
    if let Edit::SetGraphInput { input: Some(input), .. } = &mut added {
        let given = fed.node.face.node().params.get(fed.name);
        input.default = given.map(|given| Spanned::made(given.value.clone()));
    }
    let edits = [added].into_iter().chain(by_input(fed, doc, &input)).collect();
    Change::new(format!("make {} of {} an input", fed.name, fed.node.id), Edit::Compound(edits))
}

/// Draws the menu of an output: it becomes one of the graph, or is one no longer.
pub fn take_ui(ui: &mut Ui, (node, port): (&SceneNode, &str), doc: &GraphDoc, actions: &mut Vec<Action>) {
    let from = Reference::Port { node: node.id.clone(), port: port.to_owned() };
    menu_ui(ui, &format!("Give {port} of {}", node.id), |ui| {
        if ui.button("As a new output of the graph").clicked() {
            let name = free_output(doc, if is_name(port) { port } else { &node.id });
            let edit = Edit::SetOutput { name: name.clone(), from: Some(from.clone()), at: None };
            actions.push(Action::Change(Change::new(format!("add the output {name}"), edit)));
            ui.close();
        }
        for (name, _) in doc.outputs.iter().filter(|(_, output)| output.value == from) {
            if ui.button(format!("No longer as {name}")).clicked() {
                let edit = Edit::SetOutput { name: name.clone(), from: None, at: None };
                actions.push(Action::Change(Change::new(format!("remove the output {name}"), edit)));
                ui.close();
            }
        }
    });
}

fn menu_ui(ui: &mut Ui, name: &str, add: impl FnOnce(&mut Ui)) {
    let icon = RichText::new(icons::ICON_CABLE.codepoint).font(icon_font(14.0));
    let button = egui::Button::new(icon).frame(false);
    let (response, _) = egui::containers::menu::MenuButton::from_button(button).ui(ui, add);
    named(ui, &response, name);
    response.on_hover_text("An input or output of the graph");
}
