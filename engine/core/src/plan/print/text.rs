//! A plan as text.

use std::fmt::Write;

use crate::plan::{OutputSource, Plan, PlanOutput, Step, StepInput, StepPolicy};
use crate::units::print_duration;

/// Returns a plan as text: each step with its kind, how often it runs, and what feeds it.
pub fn text(plan: &Plan) -> String {
    let mut out = format!("{}\n", plan.name);
    let asked: Vec<_> = plan.permissions.iter().map(ToString::to_string).collect();
    if !asked.is_empty() {
        let _ = writeln!(out, "asks for {}", asked.join(", "));
    }
    for (at, step) in plan.steps.iter().enumerate() {
        out.push_str(&step_text(plan, at + 1, step));
    }
    if !plan.outputs.is_empty() {
        out.push_str("\noutputs\n");
        plan.outputs.iter().for_each(|output| out.push_str(&output_text(plan, output)));
    }
    plan.secrets.hide(&out).into_owned()
}

fn step_text(plan: &Plan, number: usize, step: &Step) -> String {
    let mut out = String::new();
    let often = plan.scope_in_words(&step.scope);
    let phase = if step.phase == 0 { String::new() } else { format!(", phase {}", step.phase) };
    let _ = writeln!(out, "\n{number:>3}. {} ({}), {often}{phase}", step.name, step.spec.kind);
    for input in &step.inputs {
        let _ = writeln!(out, "     {} ← {}", port(input), wire(plan, input));
    }
    for (name, value) in &step.constants {
        let _ = writeln!(out, "     {name} = {}", super::constant_of(step, name, value));
    }
    for (port, ty) in step.spec.outputs.iter().zip(&step.output_types) {
        let many = match (port.many, port.at_end) {
            (true, _) => ", many",
            (_, true) => ", for the whole group",
            _ => "",
        };
        let _ = writeln!(out, "     → {}: {ty}{many}", port.name);
    }
    let policy = policy(&step.policy, step.spec.slots);
    if !policy.is_empty() {
        let _ = writeln!(out, "     {}", policy.join(", "));
    }
    if let Some((next, _)) = plan.fused(number - 1) {
        let _ = writeln!(out, "     fused with {}", plan.steps[next].name);
    }
    out
}

fn port(input: &StepInput) -> String {
    if input.variadic { format!("{}[{}]", input.name, input.position) } else { input.name.to_string() }
}

fn wire(plan: &Plan, input: &StepInput) -> String {
    let feed = super::feed(plan, input);
    let wire = if input.collect {
        format!("all {feed}, {}: list<{}>", plan.scope_in_words(&input.scope), input.ty)
    } else {
        format!("{feed}: {}", input.ty)
    };
    let (parked, rows) = (super::parked(plan, input), super::rows(plan, input));
    if !rows.is_empty() {
        return format!("{wire}, again for each row of `{}`", rows.join("`, `"));
    }
    if parked.is_empty() { wire } else { format!("{wire}, parked inside `{}`", parked.join("`, `")) }
}

fn policy(policy: &StepPolicy, slots: Option<usize>) -> Vec<String> {
    let plain = StepPolicy { slots, ..StepPolicy::default() };
    let said = [
        (policy.mute, "muted".to_owned()),
        (policy.retries != plain.retries, format!("{} retries", policy.retries)),
        (policy.backoff != plain.backoff, format!("backoff {}", print_duration(policy.backoff))),
        (policy.timeout.is_some(), format!("timeout {}", print_duration(policy.timeout.unwrap_or_default()))),
        (policy.on_error != plain.on_error, "stops the run on an error".to_owned()),
        (policy.incomplete != plain.incomplete, "fails on an incomplete group".to_owned()),
        (policy.slots != plain.slots, format!("{} slots", policy.slots.unwrap_or_default())),
        (policy.queue.is_some(), format!("queue {}", policy.queue.unwrap_or_default())),
        (policy.window != plain.window, format!("window {}", policy.window)),
        (policy.device != plain.device, format!("device {}", policy.device)),
    ];
    said.into_iter().filter(|(differs, _)| *differs).map(|(_, words)| words).collect()
}

fn output_text(plan: &Plan, output: &PlanOutput) -> String {
    let from = match &output.from {
        OutputSource::Port { step, port } => {
            format!("{}.{port}", plan.steps.get(*step).map_or("?", |step| step.name.as_str()))
        }
        OutputSource::Constant { value, .. } => super::constant(value),
    };
    format!("     {} ← {from}: {}, {}\n", output.name, output.ty, plan.scope_in_words(&output.scope))
}
