//! Plans of graphs that are known to be right, made without the planner's checks.

use std::sync::Arc;

use windlass_core::doc::GraphDoc;
use windlass_core::doc::{Cache, Incomplete, NodeDoc, OnError, Reference, Runs, Wire};
use windlass_core::node::Statics;
use windlass_core::plan::{OutputSource, Plan, PlanOutput, Step, StepId, StepInput, StepPolicy};
use windlass_core::registry::Registry;
use windlass_core::spec::{PortSpec, Spec};
use windlass_core::types::Type;
use windlass_core::value::Value;

/// Returns the plan of a graph whose nodes stand in an order in which each follows what feeds it.
pub fn build(doc: &GraphDoc, registry: &Registry) -> Plan {
    let mut plan = Plan {
        name: doc.name.clone().unwrap_or_default(),
        stem: "random".into(),
        folder: "/".into(),
        out_folder: "/".into(),
        path: None,
        seed: doc.seed,
        steps: Vec::new(),
        dag: Default::default(),
        outputs: Vec::new(),
        permissions: Vec::new(),
    };
    for (id, node) in &doc.nodes {
        let step = step(&plan, id, node, registry);
        plan.steps.push(step);
    }
    let wires: Vec<_> = plan.steps.iter().flat_map(|step| step.inputs.clone()).collect();
    for wire in wires.iter().filter(|wire| &*wire.from_port == "error") {
        plan.steps[wire.from].error_wired = true;
    }
    for (name, reference) in &doc.outputs {
        let (from, port, scope) = source(&plan, &reference.value);
        let from = OutputSource::Port { step: from, port };
        plan.outputs.push(PlanOutput { name: name.clone(), from, ty: Type::int(), scope });
    }
    plan
}

fn step(plan: &Plan, id: &str, node: &NodeDoc, registry: &Registry) -> Step {
    let Runs::Kind(kind) = &node.runs.value else { unreachable!("no subgraphs are generated") };
    let kind = registry.kind(kind).unwrap();
    let statics = Statics::new();
    let spec = kind.spec(&statics).unwrap();
    let inputs = inputs(plan, node, &spec);
    let constant = |name: &str, default: Option<&serde_json::Value>| {
        let value = node.params.get(name).map(|value| &value.value).or(default);
        value.map(|value| (Arc::from(name), Value::from_constant(value)))
    };
    let wired = |name: &str| inputs.iter().any(|input| &*input.name == name);
    let params = spec.params.iter().filter(|param| !wired(&param.name));
    Step {
        name: id.into(),
        title: spec.title.clone(),
        scope: inputs.iter().map(around).max_by_key(|scope| scope.len()).unwrap_or_default(),
        constants: params.filter_map(|param| constant(&param.name, param.default.as_ref())).collect(),
        policy: policy(node),
        node: kind.open(&statics).unwrap(),
        output_types: spec.outputs.iter().map(|port| port.ty.clone()).collect(),
        error_wired: false,
        spec: Arc::new(spec),
        statics,
        inputs,
    }
}

fn around(input: &StepInput) -> Vec<StepId> {
    let depth = input.scope.len() - usize::from(input.collect);
    input.scope[..depth].to_vec()
}

fn inputs(plan: &Plan, node: &NodeDoc, spec: &Spec) -> Vec<StepInput> {
    let ports = spec.inputs.iter().map(|port| (port.name.clone(), Some(port)));
    let params = spec.params.iter().map(|param| (param.name.clone(), None));
    let mut inputs = Vec::new();
    for (name, port) in ports.chain(params) {
        let Some(wire) = node.inputs.get(&name) else { continue };
        let references = match &wire.value {
            Wire::One(reference) => vec![reference],
            Wire::Many(all) => all.iter().map(|one| &one.value).collect(),
        };
        for (position, reference) in references.into_iter().enumerate() {
            inputs.push(input(plan, &name, position, port, reference));
        }
    }
    inputs
}

fn input(plan: &Plan, name: &str, position: usize, port: Option<&PortSpec>, reference: &Reference) -> StepInput {
    let (from, from_port, scope) = source(plan, reference);
    StepInput {
        name: name.into(),
        position,
        variadic: port.is_some_and(|port| port.variadic),
        from,
        scope,
        collect: port.is_some_and(|port| port.collect),
        ty: plan.steps[from].spec.output(&from_port).map_or(Type::Failure, |port| port.ty.clone()),
        from_port,
    }
}

fn source(plan: &Plan, reference: &Reference) -> (StepId, Arc<str>, Vec<StepId>) {
    let Reference::Port { node, port } = reference else { unreachable!("no graph inputs are generated") };
    let from = plan.steps.iter().position(|step| step.name == *node).unwrap();
    let mut scope = plan.steps[from].scope.clone();
    if plan.steps[from].spec.output(port).is_some_and(|port| port.many) {
        scope.push(from);
    }
    (from, port.as_str().into(), scope)
}

fn policy(node: &NodeDoc) -> StepPolicy {
    let given = &node.policy;
    let default = StepPolicy::default();
    StepPolicy {
        retries: given.retries.unwrap_or(0),
        backoff: given.backoff.unwrap_or(default.backoff),
        on_error: OnError::Continue,
        incomplete: given.incomplete.unwrap_or(Incomplete::Take),
        slots: given.slots,
        queue: given.queue.unwrap_or(default.queue),
        window: given.window.unwrap_or(default.window),
        cache: Cache::Auto,
        ..default
    }
}
