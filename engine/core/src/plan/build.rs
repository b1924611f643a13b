//! A draft without errors becomes a plan.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use petgraph::graph::{DiGraph, NodeIndex};

use super::draft::{DraftWire, Settled};
use super::{
    Compiled, Draft, DraftLoop, DraftNode, DraftOutput, Feed, LoopPart, LoopRole, OutputSource, Plan, PlanInput,
    PlanOutput, Step, StepId, StepInput, StepPolicy, between, constant, phases,
};
use crate::check::{bound_type, input_type};
use crate::doc::InputDoc;
use crate::node::HANDED;
use crate::problem::{Problem, Severity};
use crate::secret::Secrets;
use crate::spec::Spec;
use crate::value::Value;

/// Sorts the problems, and builds the plan where none is an error.
pub(super) fn finish(mut draft: Draft<'_>) -> Compiled {
    let mut problems = sorted(std::mem::take(&mut draft.problems));
    problems.iter_mut().for_each(|problem| hide(problem, &draft.secrets));
    let broken = problems.iter().any(|problem| problem.severity == Severity::Error);
    let plan = if broken { None } else { build(draft) };
    Compiled { plan, problems }
}

/// Kinds quote what they refuse.
fn hide(problem: &mut Problem, secrets: &Secrets) {
    secrets.hide_in(&mut problem.message);
    problem.hint.iter_mut().for_each(|hint| secrets.hide_in(hint));
}

/// Sorts by place and leaves out what was found twice, as in a graph that is used twice.
fn sorted(mut problems: Vec<Problem>) -> Vec<Problem> {
    let place = |problem: &Problem| {
        let span = problem.span.as_ref()?;
        Some((span.source.name.clone(), span.range.start))
    };
    problems.sort_by_cached_key(|problem| (place(problem), problem.code, problem.message.clone()));
    let mut seen = HashSet::new();
    problems.retain(|problem| {
        problem.span.is_none() || seen.insert((place(problem), problem.code, problem.message.clone()))
    });
    problems
}

fn build(draft: Draft<'_>) -> Option<Plan> {
    let request = draft.request;
    let doc = request.doc;
    let stem = doc.path.as_deref().and_then(Path::file_stem).map(|stem| stem.to_string_lossy().into_owned());
    let stem = stem.unwrap_or_else(|| "graph".into());
    let numbers = Numbers::of(&draft);
    let out_folder = request.out_folder.as_deref().map(|out| constant::absolute(out, &request.caller_folder));
    let error_wired = error_wired(&draft, &numbers);
    let names = numbers.names(&draft);
    let kept = draft.nodes.iter().filter(|node| node.hands_on.is_none());
    let mut steps = Vec::new();
    for node in kept {
        let feeds = feeds(node, &numbers, &mut steps)?;
        let error_wired = error_wired.contains(&steps.len());
        steps.push(step(node, feeds, &numbers, error_wired, &names)?);
    }
    phases::assign(&mut steps);
    Some(Plan {
        name: doc.name.clone().unwrap_or_else(|| stem.clone()),
        stem,
        folder: draft.folder.to_path_buf(),
        out_folder: out_folder.unwrap_or_else(|| draft.folder.to_path_buf()),
        path: doc.path.as_deref().map(|path| constant::absolute(path, &request.caller_folder)),
        seed: request.seed.unwrap_or(doc.seed),
        dag: dag(&steps),
        secrets: draft.secrets.clone(),
        pins: request.registry.pins(steps.iter().map(|step| &*step.spec.kind)),
        inputs: doc.inputs.iter().map(plan_input).collect(),
        rows: Vec::new(),
        outputs: draft.outputs.iter().filter_map(|output| plan_output(output, &numbers)).collect(),
        permissions: draft.permissions,
        steps,
    })
}

/// The step that each node becomes; bypassed nodes become none.
struct Numbers(Vec<Option<usize>>);

impl Numbers {
    fn of(draft: &Draft<'_>) -> Self {
        let mut next = 0;
        let number = |node: &DraftNode| {
            let lists =
                node.wires.iter().filter_map(|wire| wire.settled.as_ref()).map(|settled| settled.gathered.len());
            let step = next + lists.sum::<usize>();
            node.hands_on.is_none().then(|| {
                next = step + 1;
                step
            })
        };
        Self(draft.nodes.iter().map(number).collect())
    }

    fn step(&self, node: usize) -> Option<usize> {
        self.0.get(node).copied().flatten()
    }

    fn names<'a>(&self, draft: &'a Draft<'_>) -> HashMap<&'a str, StepId> {
        let steps = draft.nodes.iter().zip(&self.0);
        steps.filter_map(|(node, step)| Some((node.name.as_str(), (*step)?))).collect()
    }

    fn scope(&self, scope: &[usize]) -> Option<Vec<usize>> {
        scope.iter().map(|node| self.step(*node)).collect()
    }
}

/// Returns which part of a loop a step is; `names` tells the steps of the draft by name.
fn loop_part(parts: &DraftLoop, role: LoopRole, names: &HashMap<&str, StepId>) -> Option<LoopPart> {
    let head = *names.get(&*parts.head)?;
    Some(match role {
        LoopRole::Head => LoopPart::Head {
            result: *names.get(&*parts.result)?,
            state: parts.state.iter().map(|name| name.as_str().into()).collect(),
        },
        LoopRole::Round => LoopPart::Round { head },
        LoopRole::Result => LoopPart::Result { head },
    })
}

fn error_wired(draft: &Draft<'_>, numbers: &Numbers) -> HashSet<usize> {
    let kept = draft.nodes.iter().filter(|node| node.hands_on.is_none());
    let wires = kept.flat_map(|node| &node.wires).filter_map(|wire| Some(&wire.settled.as_ref()?.source.feed));
    let outputs = draft.outputs.iter().filter_map(|output| Some(&output.source.as_ref()?.feed));
    let failing = wires.chain(outputs).filter_map(|feed| match feed {
        Feed::Port { node, port } if port == "error" => numbers.step(*node),
        _ => None,
    });
    failing.collect()
}

/// What feeds a step: wires in the order of the ports, and constants.
type Feeds = (Vec<StepInput>, Vec<(Arc<str>, Value)>);

/// Returns what feeds the step that a node becomes; what makes lists on the way is added to the steps before it.
fn feeds(node: &DraftNode, numbers: &Numbers, steps: &mut Vec<Step>) -> Option<Feeds> {
    let spec = node.spec.clone()?;
    let (mut inputs, mut constants) = (Vec::new(), node.constants.clone());
    for name in slots(&spec) {
        for wire in node.wires.iter().filter(|wire| wire.port == name) {
            if let Some(settled) = &wire.settled {
                match &settled.source.feed {
                    Feed::Constant(known) => {
                        constants.extend(known.value.clone().map(|value| (Arc::from(name), value)))
                    }
                    _ => inputs.push(step_input(node, wire, settled, numbers, steps)?),
                }
            }
        }
    }
    Some((inputs, constants))
}

fn step(
    node: &DraftNode,
    (inputs, constants): Feeds,
    numbers: &Numbers,
    error_wired: bool,
    names: &HashMap<&str, StepId>,
) -> Option<Step> {
    let spec = node.spec.clone()?;
    let title = node.title.clone().unwrap_or_else(|| spec.title.clone());
    Some(Step {
        name: node.name.clone(),
        title,
        scope: numbers.scope(node.scope.as_ref()?)?,
        secrets: constants.iter().filter_map(|(name, _)| Some((name.clone(), node.secret(name)?.to_owned()))).collect(),
        constants,
        inputs,
        policy: policy(node, &spec),
        statics: node.statics.clone(),
        node: node.node.clone()?,
        output_types: spec.outputs.iter().map(|port| bound_type(node, &port.ty)).collect(),
        given: given(node),
        rows: 0,
        error_wired,
        in_loop: node.in_loop.as_ref().and_then(|(parts, role)| loop_part(parts, *role, names)),
        members: Vec::new(),
        phase: 0,
        spec,
    })
}

/// Returns the constants that graph inputs give.
fn given(node: &DraftNode) -> Vec<(Arc<str>, Arc<str>)> {
    node.wires.iter().filter_map(|wire| Some((wire.port.as_str().into(), wire.graph_input()?))).collect()
}

fn plan_input((name, input): (&String, &InputDoc)) -> PlanInput {
    PlanInput { name: name.as_str().into(), ty: input.ty.value.clone() }
}

fn slots(spec: &Spec) -> impl Iterator<Item = &str> {
    let ports = spec.inputs.iter().map(|port| port.name.as_str());
    ports.chain(spec.params.iter().map(|param| param.name.as_str()))
}

fn step_input(
    node: &DraftNode,
    wire: &DraftWire,
    settled: &Settled,
    numbers: &Numbers,
    steps: &mut Vec<Step>,
) -> Option<StepInput> {
    let Feed::Port { node: from, port } = &settled.source.feed else { return None };
    let (mut from, mut port) = (numbers.step(*from)?, port.as_str());
    for (level, gathered) in settled.gathered.iter().enumerate() {
        let scope = numbers.scope(gathered.scope.as_deref()?)?;
        steps.push(between::list_of(node, (wire, level), gathered, (from, port), scope));
        (from, port) = (steps.len() - 1, HANDED);
    }
    Some(StepInput {
        name: wire.port.as_str().into(),
        position: wire.position,
        variadic: settled.variadic,
        from,
        from_port: port.into(),
        scope: numbers.scope(settled.source.scope.as_deref()?)?,
        collect: settled.collect,
        ty: input_type(node, settled),
        parks: None,
        replays: None,
    })
}

fn policy(node: &DraftNode, spec: &Spec) -> StepPolicy {
    let (plain, given) = (StepPolicy::default(), node.policy.within(&node.around));
    StepPolicy {
        retries: given.retries.unwrap_or(plain.retries),
        backoff: given.backoff.unwrap_or(plain.backoff),
        backoff_max: given.backoff_max.unwrap_or(plain.backoff_max),
        timeout: given.timeout,
        on_error: given.on_error.unwrap_or(plain.on_error),
        incomplete: given.incomplete.unwrap_or(plain.incomplete),
        slots: given.slots.or(spec.slots),
        queue: given.queue,
        // An item has one round at a time.
        window: if is_head(node) { 1 } else { given.window.unwrap_or(plain.window) },
        cache: given.cache.unwrap_or(plain.cache),
        device: given.device.unwrap_or(plain.device),
        mute: given.mute,
    }
}

fn is_head(node: &DraftNode) -> bool {
    node.in_loop.as_ref().is_some_and(|(_, role)| *role == LoopRole::Head)
}

pub(super) fn dag(steps: &[Step]) -> DiGraph<usize, usize> {
    let mut dag = DiGraph::with_capacity(steps.len(), steps.len());
    for at in 0..steps.len() {
        dag.add_node(at);
    }
    for (to, step) in steps.iter().enumerate() {
        for (position, input) in step.inputs.iter().enumerate() {
            dag.add_edge(NodeIndex::new(input.from), NodeIndex::new(to), position);
        }
    }
    dag
}

fn plan_output(output: &DraftOutput, numbers: &Numbers) -> Option<PlanOutput> {
    let source = output.source.as_ref()?;
    let from = match &source.feed {
        Feed::Port { node, port } => OutputSource::Port { step: numbers.step(*node)?, port: port.as_str().into() },
        Feed::Constant(known) => {
            OutputSource::Constant { value: known.value.clone().unwrap_or(Value::Absent), input: known.input.clone() }
        }
        Feed::Unknown => return None,
    };
    let scope = numbers.scope(source.scope.as_deref()?)?;
    Some(PlanOutput { name: output.name.clone(), from, ty: source.ty.clone(), scope })
}
