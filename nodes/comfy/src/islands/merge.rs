//! One step in the place of the nodes of an island.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use windlass_core::about::About;
use windlass_core::doc::{Cache, OnError};
use windlass_core::node::NodeError;
use windlass_core::plan::{Plan, Refused, Step, StepId, StepInput, StepPolicy};
use windlass_core::prelude::{Bag, PortSpec, Spec, Value};
use windlass_core::spec::ParamSpec;
use windlass_core::types::Type;

use super::groups::{Group, Use, taking_part};
use super::prompt::{Feed, Give, Island, Part};
use super::world::World;
use crate::ApiWorkflow;
use crate::kinds::{HELPERS, MORE};

/// The kind of islands.
const KIND: &str = "comfy.island";
/// The constant that says what an island is made of.
const MADE_OF: &str = "made of";

/// Makes one step of each group.
pub fn merge(plan: &mut Plan, world: &World, groups: &[Group], slots: usize) -> Result<(), Refused> {
    let prompts = groups.iter().filter(|group| group.how == Use::Prompt);
    let sketches: Vec<_> = prompts.map(|group| Sketch::of(plan, world, group)).collect();
    let is_gone = |group: &&Group| match group.how {
        Use::Prompt => false,
        Use::Elsewhere | Use::Idle => true,
        Use::Muted => group.gives.is_empty(),
    };
    let gone = groups.iter().filter(is_gone).flat_map(|group| &group.members);
    let gone: BTreeSet<String> = gone.map(|at| plan.steps[*at].name.clone()).collect();
    for sketch in &sketches {
        sketch.cut(plan, world);
    }
    // What waits for a muted node gives nothing either.
    for at in groups.iter().filter(|group| group.how == Use::Muted).flat_map(|group| &group.members) {
        plan.steps[*at].policy.mute = true;
    }
    plan.leave_out(&gone)?;
    for sketch in &sketches {
        let at = |error: NodeError| Refused { findings: vec![(Some(sketch.host().name.clone()), error)] };
        sketch.merge(plan, slots).map_err(at)?;
    }
    Ok(())
}

/// Returns the prompt of a group, as it is where nothing comes from outside.
pub fn prompt(plan: &Plan, world: &World, group: &Group) -> Result<ApiWorkflow, NodeError> {
    let sketch = Sketch::of(plan, world, group);
    let constants = sketch
        .steps
        .iter()
        .flat_map(|(_, step)| step.constants.iter().map(|(name, value)| (key(&step.name, name), value.clone())));
    let mut bag = Bag::new();
    constants.for_each(|(name, value)| bag.set(name, value));
    let shown: BTreeSet<String> = sketch.island.parts.iter().map(|part| part.id.clone()).collect();
    let mut workflow = sketch.island.job(&mut bag)?.0.workflow;
    workflow.nodes.retain(|id, _| shown.contains(id));
    Ok(workflow)
}

/// Returns what the step of an island calls a parameter or a port of one of its nodes.
fn key(step: &str, name: &str) -> Arc<str> {
    format!("{step}.{name}").into()
}

/// An island in the making.
struct Sketch<'a> {
    group: &'a Group,
    /// The steps whose nodes are in the prompt, those of other groups among them, with their places at first.
    steps: Vec<(StepId, Step)>,
    /// The names of all that belongs to the group.
    members: BTreeSet<String>,
    island: Island,
}

impl<'a> Sketch<'a> {
    fn of(plan: &Plan, world: &World, group: &'a Group) -> Self {
        let all: BTreeSet<StepId> = group.members.union(&group.repeated).copied().collect();
        let taking = taking_part(plan, world, &all);
        let names = |at: &StepId| plan.steps[*at].name.clone();
        let part = |at: &StepId| part(plan, world, *at, (&all, &taking));
        let helpers = world.definitions.only(&HELPERS);
        let mut island = Island { parts: taking.iter().map(part).collect(), helpers, ..Island::default() };
        island.has_end = taking.iter().any(|at| world.definition(*at).is_some_and(|definition| definition.is_end));
        for (at, port) in &group.gives {
            let step = &plan.steps[*at];
            let name = key(&step.name, port).to_string();
            match world.output((step, *at), port).filter(|_| taking.contains(at)) {
                Some((slot, _)) => {
                    let ty = world.given(plan, *at, port);
                    island.gives.push(Give { port: name, node: step.name.clone(), slot, ty });
                }
                None => island.silent.push(name),
            }
        }
        let steps = taking.iter().map(|at| (*at, plan.steps[*at].clone())).collect();
        Self { group, steps, members: group.members.iter().map(names).collect(), island }
    }

    /// Returns the step whose name the island has: what is kept or shown last, else what stands last.
    fn host(&self) -> &Step {
        let own = || self.steps.iter().rev().map(|(_, step)| step).filter(|step| self.members.contains(&step.name));
        let gives = |step: &&Step| self.island.gives.iter().any(|give| give.node == step.name);
        let ends = |step: &&Step| step.spec.outputs.is_empty();
        own().find(ends).or_else(|| own().find(gives)).or_else(|| own().next()).unwrap_or(&self.steps[0].1)
    }

    /// Takes the wires away that the prompt does not need, because it makes again what they would bring, and leads to the last step
    /// what that needs from outside.
    fn cut(&self, plan: &mut Plan, world: &World) {
        let Some(carrier) = self.group.members.last().copied() else { return };
        let muted: BTreeSet<StepId> = world.members().filter(|at| plan.steps[*at].policy.mute).collect();
        for at in &self.group.members {
            let takes_part = self.steps.iter().any(|(known, _)| known == at);
            let is_needed = |input: &StepInput| {
                let is_inside = self.group.members.contains(&input.from) || world.class(input.from).is_none();
                let is_brought = !self.group.repeated.contains(&input.from) && !muted.contains(&input.from);
                is_inside || takes_part && is_brought
            };
            plan.steps[*at].inputs.retain(is_needed);
        }
        for (_, step) in self.steps.iter().filter(|(at, _)| self.group.repeated.contains(at)) {
            for input in step.inputs.iter().filter(|input| self.is_outer(&step.name, &input.name)) {
                let name = key(&step.name, &input.name);
                let carrier = &mut plan.steps[carrier];
                let port = PortSpec::new(&*name, input.ty.clone(), "A wire of a node that is made again.");
                Arc::make_mut(&mut carrier.spec).inputs.push(PortSpec { optional: true, ..port });
                carrier.inputs.push(StepInput { name, ..input.clone() });
            }
        }
    }

    fn is_outer(&self, step: &str, input: &str) -> bool {
        let part = self.island.parts.iter().find(|part| part.id == step);
        let feed = part.and_then(|part| part.inputs.iter().find(|(name, _)| name == input));
        matches!(feed, Some((_, Feed::Outer { .. })))
    }

    fn merge(&self, plan: &mut Plan, slots: usize) -> Result<(), NodeError> {
        let ids: BTreeSet<StepId> = plan
            .steps
            .iter()
            .enumerate()
            .filter(|(_, step)| self.members.contains(&step.name))
            .map(|(at, _)| at)
            .collect();
        let step = self.step(plan, &ids, slots);
        let names: BTreeMap<StepId, String> = ids.iter().map(|at| (*at, plan.steps[*at].name.clone())).collect();
        let given = step.spec.outputs.iter().map(|port| port.name.clone()).collect::<BTreeSet<_>>();
        plan.merge(&ids, step, &|member, port| match port {
            "error" => Some("error".into()),
            port => Some(key(names.get(&member)?, port)).filter(|name| given.contains(&**name)),
        })
    }

    fn step(&self, plan: &Plan, ids: &BTreeSet<StepId>, slots: usize) -> Step {
        let host = self.host();
        // What the plan numbers may have changed since the sketch was made.
        let now = ids.iter().map(|at| &plan.steps[*at]).find(|step| step.name == host.name).unwrap_or(host);
        let spec = self.spec(slots);
        let constants = self.steps.iter().flat_map(|(_, step)| {
            let kept = step.constants.iter().filter(|(name, _)| is_kept(step, name));
            kept.map(|(name, value)| (key(&step.name, name), value.clone()))
        });
        let made_of = (Arc::from(MADE_OF), Value::Json(Arc::new(self.island.essence())));
        let secrets = self.steps.iter().flat_map(|(_, step)| {
            step.secrets.iter().map(|(name, variable)| (key(&step.name, name), variable.clone()))
        });
        let given = self
            .steps
            .iter()
            .flat_map(|(_, step)| step.given.iter().map(|(name, input)| (key(&step.name, name), input.clone())));
        Step {
            title: spec.title.clone(),
            constants: constants.chain([made_of]).collect(),
            secrets: secrets.collect(),
            given: given.collect(),
            inputs: self.inputs(plan, ids),
            policy: self.policy(host),
            statics: Default::default(),
            node: Arc::new(self.island.clone()),
            output_types: spec.outputs.iter().map(|port| port.ty.clone()).collect(),
            members: self.steps.iter().map(|(_, step)| step.name.as_str().into()).collect(),
            spec: Arc::new(spec),
            ..now.clone()
        }
    }

    /// Returns the wires that enter, as the plan numbers their steps now.
    fn inputs(&self, plan: &Plan, ids: &BTreeSet<StepId>) -> Vec<StepInput> {
        let mut inputs = Vec::new();
        for at in ids {
            let step = &plan.steps[*at];
            for input in &step.inputs {
                let is_carried = self.steps.iter().any(|(place, step)| {
                    let name = input.name.strip_prefix(step.name.as_str()).and_then(|rest| rest.strip_prefix('.'));
                    self.group.repeated.contains(place) && name.is_some_and(|name| self.is_outer(&step.name, name))
                });
                if is_carried {
                    inputs.push(input.clone());
                } else if !ids.contains(&input.from) && self.is_outer(&step.name, &input.name) {
                    inputs.push(StepInput { name: key(&step.name, &input.name), ..input.clone() });
                }
            }
        }
        inputs
    }

    fn spec(&self, slots: usize) -> Spec {
        let count = self.steps.len();
        let title = if count == 1 { self.host().title.clone() } else { format!("{} nodes of ComfyUI", count) };
        let mut spec = Spec::from(About::new(KIND, &title, "Nodes of ComfyUI that run as one prompt.").io().reads());
        spec.slots = Some(slots);
        for (_, step) in &self.steps {
            let port = |port: &PortSpec| PortSpec {
                name: key(&step.name, &port.name).to_string(),
                optional: true,
                ..port.clone()
            };
            spec.inputs.extend(step.spec.inputs.iter().map(port));
            let kept = step.spec.params.iter().filter(|param| is_kept(step, &param.name));
            spec.params.extend(
                kept.map(|param| ParamSpec { name: key(&step.name, &param.name).to_string(), ..param.clone() }),
            );
        }
        spec.params.push(ParamSpec {
            name: MADE_OF.into(),
            doc: "The nodes and the wires between them.".into(),
            ty: Type::Json,
            default: None,
            is_static: true,
            is_path_template: false,
            unit: String::new(),
        });
        spec.outputs = self.outputs();
        spec
    }

    fn outputs(&self) -> Vec<PortSpec> {
        let port = |(at, name): &(StepId, Arc<str>)| {
            let (_, step) = self.steps.iter().find(|(known, _)| known == at)?;
            let place = step.spec.outputs.iter().position(|port| port.name == **name)?;
            let ty = step.output_types.get(place)?.clone();
            Some(PortSpec { ty, ..PortSpec::new(&*key(&step.name, name), Type::Any, &step.spec.outputs[place].doc) })
        };
        let silent = self.island.silent.iter().map(|name| PortSpec::new(name, Type::Any, "Of a muted node."));
        self.group.gives.iter().filter_map(port).chain(silent).collect()
    }

    /// Returns how the island is run: as the strictest of its nodes asks.
    fn policy(&self, host: &Step) -> StepPolicy {
        let all = || self.steps.iter().map(|(_, step)| &step.policy);
        let is_any = |is: fn(&StepPolicy) -> bool| all().any(is);
        StepPolicy {
            retries: all().map(|policy| policy.retries).max().unwrap_or(0),
            timeout: all().filter_map(|policy| policy.timeout).reduce(|one, other| one + other),
            on_error: if is_any(|policy| policy.on_error == OnError::Stop) { OnError::Stop } else { OnError::Continue },
            cache: match () {
                () if is_any(|policy| policy.cache == Cache::Never) => Cache::Never,
                () if is_any(|policy| policy.cache == Cache::Always) => Cache::Always,
                () => Cache::Auto,
            },
            slots: all().filter_map(|policy| policy.slots).min(),
            mute: false,
            ..host.policy.clone()
        }
    }
}

/// Returns whether a constant goes into a prompt: what says how many inputs there are does not, and what a class does not declare
/// stands in the prompt already.
fn is_kept(step: &Step, name: &str) -> bool {
    let is_count = |param: &ParamSpec| param.is_static && matches!(param.ty, Type::Int(..));
    name != MORE && !step.spec.param(name).is_some_and(is_count)
}

fn part(plan: &Plan, world: &World, at: StepId, (all, taking): (&BTreeSet<StepId>, &BTreeSet<StepId>)) -> Part {
    let step = &plan.steps[at];
    let is_muted = |from: StepId| world.class(from).is_some() && plan.steps[from].policy.mute;
    let names = step.spec.inputs.iter().map(|port| &port.name).chain(step.spec.params.iter().map(|param| &param.name));
    let mut inputs = Vec::new();
    for name in names.filter(|name| is_kept(step, name)) {
        let declared = world.definition(at).and_then(|definition| definition.input(name));
        let ty = declared.map_or("*", |declared| declared.ty.as_str()).to_owned();
        let outer = Feed::Outer { key: key(&step.name, name).to_string(), ty };
        match step.inputs.iter().find(|input| *input.name == **name) {
            None => inputs.push((name.clone(), outer)),
            Some(input) if taking.contains(&input.from) => {
                let from = &plan.steps[input.from];
                let slot = world.output((from, input.from), &input.from_port).map_or(0, |(slot, _)| slot);
                inputs.push((name.clone(), Feed::Inner { node: from.name.clone(), slot }));
            }
            // What a muted node would give is not there.
            Some(input) if all.contains(&input.from) || is_muted(input.from) => {}
            Some(_) => inputs.push((name.clone(), outer)),
        }
    }
    let more = step.statics.get(MORE).and_then(|more| more.as_object()).into_iter().flatten();
    inputs.extend(
        more.filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.clone(), Feed::Fixed(wrapped(value)))),
    );
    let class = world.class(at).unwrap_or_default().to_owned();
    Part { id: step.name.clone(), class, title: Some(step.title.clone()), inputs }
}

/// Wraps a list, so that it is not taken for a wire.
fn wrapped(value: &serde_json::Value) -> serde_json::Value {
    if value.is_array() { serde_json::json!({ "__value__": value }) } else { value.clone() }
}
