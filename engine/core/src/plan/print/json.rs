//! A plan as JSON.

use serde_json::{Map, Value as Json, json};

use crate::plan::{OutputSource, Plan, PlanOutput, Step, StepId, StepInput};

/// Returns a plan as JSON, two spaces deep: steps in order, with wires, constants and types.
pub fn json(plan: &Plan) -> String {
    let mut whole = json!({
        "name": plan.name,
        "seed": plan.seed,
        "permissions": plan.permissions.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "steps": plan.steps.iter().enumerate().map(|(at, step)| step_json(plan, at, step)).collect::<Vec<_>>(),
        "outputs": plan.outputs.iter().map(|output| output_json(plan, output)).collect::<Vec<_>>(),
    });
    plan.secrets.hide_in_json(&mut whole);
    format!("{whole:#}\n")
}

fn names(plan: &Plan, scope: &[StepId]) -> Vec<String> {
    scope.iter().filter_map(|step| plan.steps.get(*step)).map(|step| step.name.clone()).collect()
}

fn step_json(plan: &Plan, at: StepId, step: &Step) -> Json {
    let constants: Map<String, Json> =
        step.constants.iter().map(|(name, value)| (name.to_string(), constant(value))).collect();
    let outputs: Map<String, Json> = step
        .spec
        .outputs
        .iter()
        .zip(&step.output_types)
        .map(|(port, ty)| (port.name.clone(), ty.to_string().into()))
        .collect();
    json!({
        "name": step.name,
        "title": step.title,
        "kind": step.spec.kind,
        "runs": plan.scope_in_words(&step.scope),
        "scope": names(plan, &step.scope),
        "phase": step.phase,
        "inputs": step.inputs.iter().map(|input| input_json(plan, input)).collect::<Vec<_>>(),
        "constants": constants,
        "outputs": outputs,
        "fused_with": plan.fused(at).map(|(next, _)| plan.steps[next].name.as_str()),
    })
}

fn constant(value: &crate::value::Value) -> Json {
    value.to_json().unwrap_or_else(|| super::constant(value).into())
}

fn input_json(plan: &Plan, input: &StepInput) -> Json {
    json!({
        "port": &*input.name,
        "from": super::feed(plan, input),
        "type": input.ty.to_string(),
        "collect": input.collect,
        "scope": names(plan, &input.scope),
        "parked": super::parked(plan, input),
        "again": super::rows(plan, input),
    })
}

fn output_json(plan: &Plan, output: &PlanOutput) -> Json {
    let from = match &output.from {
        OutputSource::Port { step, port } => {
            json!(format!("{}.{port}", plan.steps.get(*step).map_or("?", |step| step.name.as_str())))
        }
        OutputSource::Constant { value, .. } => json!({ "value": constant(value) }),
    };
    json!({
        "name": output.name,
        "from": from,
        "type": output.ty.to_string(),
        "scope": names(plan, &output.scope),
    })
}
