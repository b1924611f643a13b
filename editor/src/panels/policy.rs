//! How a node is run: the part of the inspector that is the same for every kind.

use std::time::Duration;

use egui::{CollapsingHeader, ComboBox, DragValue, Grid, RichText, Ui};
use windlass_core::doc::edit::Edit;
use windlass_core::doc::{Cache, Incomplete, OnError, Policy};

use crate::action::{Action, Change};
use crate::canvas::scene::SceneNode;
use crate::fields::named;
use crate::theme::Theme;

/// Draws the policy of a node.
pub fn policy_ui(ui: &mut Ui, node: &SceneNode, theme: &Theme, actions: &mut Vec<Action>) {
    let present = &node.face.node().policy;
    let mut policy = present.clone();
    ui.add_space(8.0);
    let title = RichText::new("How it is run").color(theme.weak);
    CollapsingHeader::new(title).id_salt("policy").show(ui, |ui| {
        Grid::new("policy").num_columns(2).spacing([10.0, 6.0]).show(ui, |ui| rows_ui(ui, &mut policy));
    });
    if policy != *present {
        let name = format!("set how {} is run", node.id);
        let edit = Edit::SetPolicy { node: node.id.clone(), policy: Box::new(policy) };
        actions.push(Action::Change(Change::new(name.clone(), edit).in_thread(name)));
    }
}

fn rows_ui(ui: &mut Ui, policy: &mut Policy) {
    number_ui(ui, "Retries", &mut policy.retries, 1, 0..=1_000);
    duration_ui(ui, "Wait before a retry", &mut policy.backoff, Duration::from_secs(1));
    duration_ui(ui, "Limit of a try", &mut policy.timeout, Duration::from_secs(30));
    number_ui(ui, "Items at once", &mut policy.slots, 1, 1..=10_000);
    number_ui(ui, "Items that wait", &mut policy.queue, 16, 1..=1_000_000);
    number_ui(ui, "Open children", &mut policy.window, 64, 1..=1_000_000);
    let errors = [("continue", OnError::Continue), ("stop the run", OnError::Stop)];
    choice_ui(ui, "On error", &mut policy.on_error, &errors);
    let incomplete = [("take the rest", Incomplete::Take), ("fail", Incomplete::Fail)];
    choice_ui(ui, "Group with failures", &mut policy.incomplete, &incomplete);
    let cache = [("auto", Cache::Auto), ("always", Cache::Always), ("never", Cache::Never)];
    choice_ui(ui, "Keep results", &mut policy.cache, &cache);
}

/// Draws a mark that says whether the graph says it; returns whether it does.
fn given_ui<T>(ui: &mut Ui, title: &str, value: &mut Option<T>, first: impl FnOnce() -> T) -> bool {
    let mut is_given = value.is_some();
    ui.checkbox(&mut is_given, title);
    if is_given != value.is_some() {
        *value = is_given.then(first);
    }
    is_given
}

fn number_ui<N: egui::emath::Numeric>(
    ui: &mut Ui,
    title: &str,
    value: &mut Option<N>,
    first: N,
    range: std::ops::RangeInclusive<N>,
) {
    if given_ui(ui, title, value, || first)
        && let Some(number) = value
    {
        let response = ui.add(DragValue::new(number).range(range));
        named(ui, &response, &format!("{title}, number"));
    } else {
        ui.weak("as usual");
    }
    ui.end_row();
}

fn duration_ui(ui: &mut Ui, title: &str, value: &mut Option<Duration>, first: Duration) {
    if given_ui(ui, title, value, || first)
        && let Some(duration) = value
    {
        let mut seconds = duration.as_secs_f64();
        let response = ui.add(DragValue::new(&mut seconds).range(0.001..=1e6).speed(0.1).suffix(" s"));
        named(ui, &response, &format!("{title}, seconds"));
        if response.changed() {
            *duration = Duration::from_millis((seconds * 1_000.0).round().max(1.0) as u64);
        }
    } else {
        ui.weak("as usual");
    }
    ui.end_row();
}

fn choice_ui<T: Copy + PartialEq>(ui: &mut Ui, title: &str, value: &mut Option<T>, choices: &[(&str, T)]) {
    if given_ui(ui, title, value, || choices[0].1)
        && let Some(chosen) = value
    {
        let text = choices.iter().find(|choice| choice.1 == *chosen).map_or("", |choice| choice.0);
        let combo = ComboBox::from_id_salt(title).selected_text(text).width(110.0);
        let response = combo.show_ui(ui, |ui| {
            for (text, choice) in choices {
                ui.selectable_value(chosen, *choice, *text);
            }
        });
        named(ui, &response.response, &format!("{title}, choice"));
    } else {
        ui.weak("as usual");
    }
    ui.end_row();
}
