//! Which nodes become one prompt. Nodes belong together that are wired to each other, run equally often, and have nothing between
//! them that runs here. What cannot cross a border between two prompts is made again in the second, where that is no work.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use windlass_core::node::NodeError;
use windlass_core::plan::{OutputSource, Plan, StepId, StepInput};

use super::world::World;
use super::{Findings, bring, fetch};
use crate::convert::links::goes_with;
use crate::definitions::Entry;

/// Nodes that become one prompt.
#[derive(Debug)]
pub struct Group {
    /// The steps.
    pub members: BTreeSet<StepId>,
    /// Steps of other groups that are made again in this prompt.
    pub repeated: BTreeSet<StepId>,
    /// Ports that something outside of the prompt takes.
    pub gives: BTreeSet<(StepId, Arc<str>)>,
    /// What becomes of it.
    pub how: Use,
}

/// What becomes of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// It is run.
    Prompt,
    /// All of it is made again in other prompts, so that it has none of its own.
    Elsewhere,
    /// All of it is muted, or waits for what is.
    Muted,
    /// Nothing comes of it.
    Idle,
}

/// Finds the groups.
///
/// # Errors
/// Names the wires that can neither stay in a prompt nor leave it.
pub fn groups(plan: &Plan, world: &World) -> Result<Vec<Group>, Findings> {
    let mut findings = misfits(plan, world);
    let sets = sets(plan, world, &depths(plan, world));
    let place: BTreeMap<StepId, usize> =
        sets.iter().enumerate().flat_map(|(at, set)| set.iter().map(move |step| (*step, at))).collect();
    let group = |members: &BTreeSet<StepId>| Group {
        members: members.clone(),
        repeated: BTreeSet::new(),
        gives: BTreeSet::new(),
        how: Use::Prompt,
    };
    let mut sorting = Sorting { plan, world, place, groups: sets.iter().map(group).collect(), findings: Vec::new() };
    sorting.wires_between();
    sorting.wires_out();
    sorting.uses();
    findings.append(&mut sorting.findings);
    if findings.is_empty() { Ok(sorting.groups) } else { Err(findings) }
}

/// Returns wires between nodes of ComfyUI whose types do not go together: several of them look alike outside.
fn misfits(plan: &Plan, world: &World) -> Findings {
    let mut findings = Vec::new();
    for at in world.members() {
        let step = &plan.steps[at];
        for input in step.inputs.iter().filter(|input| world.class(input.from).is_some()) {
            if is_error(input) {
                let message = format!("`{}` of `{}` takes no failure: none can enter ComfyUI", input.name, step.name);
                findings.push((Some(step.name.clone()), NodeError::new(message)));
                continue;
            }
            let Some(declared) = world.definition(at).and_then(|definition| definition.input(&input.name)) else {
                continue;
            };
            let given = world.given(plan, input.from, &input.from_port);
            if !goes_with(&given, &declared.ty) {
                let from = &plan.steps[input.from].name;
                let message = format!(
                    "`{from}.{}` is `{given}`, and `{}` of `{}` takes `{}`",
                    input.from_port, input.name, step.name, declared.ty
                );
                let hint =
                    "these are types of ComfyUI; a node of it that makes the one of the other belongs between them";
                findings.push((Some(step.name.clone()), NodeError::new(message).hint(hint)));
            }
        }
    }
    findings
}

fn is_error(input: &StepInput) -> bool {
    &*input.from_port == "error"
}

/// Returns how often something that runs here stands between the first node of ComfyUI and each step. A node that nothing here
/// waits for stands as far back as what it feeds.
fn depths(plan: &Plan, world: &World) -> Vec<usize> {
    let is_inner = |to: StepId, input: &StepInput| {
        let both = world.class(to).is_some() && world.class(input.from).is_some() && !is_error(input);
        both && plan.steps[input.from].scope == plan.steps[to].scope
    };
    let mut depths = vec![0; plan.steps.len()];
    for (to, step) in plan.steps.iter().enumerate() {
        let deep = |input: &StepInput| {
            // What comes from nodes that run less often needs nothing that runs here on its way.
            let leaves = world.class(input.from).is_some() && (world.class(to).is_none() || is_error(input));
            depths[input.from] + usize::from(leaves)
        };
        depths[to] = step.inputs.iter().map(deep).max().unwrap_or(0);
    }
    let mut users: BTreeMap<StepId, Vec<(StepId, bool)>> = BTreeMap::new();
    for (to, step) in plan.steps.iter().enumerate() {
        for input in &step.inputs {
            users
                .entry(input.from)
                .or_default()
                .push((to, is_inner(to, input) && step.phase == plan.steps[input.from].phase));
        }
    }
    for at in world.members().rev() {
        let Some(users) = users.get(&at) else { continue };
        if users.iter().all(|(_, is_inner)| *is_inner) {
            depths[at] = users.iter().map(|(user, _)| depths[*user]).min().unwrap_or(depths[at]);
        }
    }
    depths
}

/// Returns the nodes that are wired to each other, run equally often, and stand equally far back.
fn sets(plan: &Plan, world: &World, depths: &[usize]) -> Vec<BTreeSet<StepId>> {
    let mut root: BTreeMap<StepId, StepId> = world.members().map(|at| (at, at)).collect();
    let same = |one: StepId, other: StepId| {
        let (first, second) = (&plan.steps[one], &plan.steps[other]);
        first.scope == second.scope && first.phase == second.phase && depths[one] == depths[other]
    };
    for at in world.members() {
        for input in plan.steps[at].inputs.iter().filter(|input| !is_error(input)) {
            if root.contains_key(&input.from) && same(at, input.from) {
                let (one, other) = (top(&root, at), top(&root, input.from));
                root.insert(one, other);
            }
        }
    }
    let mut sets: BTreeMap<StepId, BTreeSet<StepId>> = BTreeMap::new();
    for at in world.members() {
        sets.entry(top(&root, at)).or_default().insert(at);
    }
    sets.into_values().collect()
}

fn top(root: &BTreeMap<StepId, StepId>, mut at: StepId) -> StepId {
    while let Some(next) = root.get(&at).filter(|next| **next != at) {
        at = *next;
    }
    at
}

struct Sorting<'a> {
    plan: &'a Plan,
    world: &'a World,
    place: BTreeMap<StepId, usize>,
    groups: Vec<Group>,
    findings: Findings,
}

impl Sorting<'_> {
    fn is_muted(&self, at: StepId) -> bool {
        self.plan.steps[at].policy.mute
    }

    /// Looks at what one prompt needs of another.
    fn wires_between(&mut self) {
        for (at, group) in self.place.clone() {
            if self.is_muted(at) {
                continue;
            }
            for input in &self.plan.steps[at].inputs {
                let Some(from) = self.place.get(&input.from).copied() else {
                    self.enters(at, input);
                    continue;
                };
                if from != group && !is_error(input) && !self.is_muted(input.from) {
                    self.between(at, group, input);
                }
            }
        }
    }

    /// Makes sure that a server takes what comes from here.
    fn enters(&mut self, at: StepId, input: &StepInput) {
        let declared = self.world.definition(at).and_then(|definition| definition.input(&input.name));
        let ty = declared.map_or("*", |declared| declared.ty.as_str());
        if let Some(lacking) = bring::lacking(ty, &self.world.brought(self.plan, input), &self.world.definitions) {
            let step = &self.plan.steps[at];
            let message = format!(
                "nothing can be handed over to `{}` of `{}`: the server does not have the class `{lacking}`",
                input.name, step.name
            );
            self.findings.push((Some(step.name.clone()), NodeError::new(message)));
        }
    }

    fn between(&mut self, at: StepId, group: usize, input: &StepInput) {
        let ty = self.world.given(self.plan, input.from, &input.from_port);
        let again = self.again(input.from);
        let is_source = self.plan.steps[input.from].inputs.is_empty();
        match again {
            // Pictures go over as they are, unless they lie there already.
            Ok(steps) if !fetch::is_media(&ty) || is_source => self.groups[group].repeated.extend(steps),
            _ if fetch::can(&ty, &self.world.definitions) => {
                if let Some(from) = self.place.get(&input.from) {
                    self.groups[*from].gives.insert((input.from, input.from_port.clone()));
                }
            }
            Ok(steps) => self.groups[group].repeated.extend(steps),
            Err(why) => self.refuse_between(at, input, &ty, &why),
        }
    }

    fn refuse_between(&mut self, at: StepId, input: &StepInput, ty: &str, why: &str) {
        let (from, to) = (&self.plan.steps[input.from], &self.plan.steps[at]);
        let between = match from.scope == to.scope {
            true => "something that runs here stands between them",
            false => "the one runs more often than the other",
        };
        let message = format!(
            "`{}.{}` is `{ty}`, which cannot go from one prompt to another, and `{}` is in another one: {between}; {why}",
            from.name, input.from_port, to.name
        );
        let hint = "make a picture of it first, with `comfy.VAEDecode`, and encode that again behind; or wire what stands between differently";
        self.findings.push((Some(to.name.clone()), NodeError::new(message).hint(hint)));
    }

    /// Returns the steps that make something, if a second prompt may make it again: nothing is sampled, paid for or kept on the way.
    fn again(&self, from: StepId) -> Result<BTreeSet<StepId>, String> {
        let (mut steps, mut next) = (BTreeSet::new(), vec![from]);
        while let Some(at) = next.pop() {
            let (Some(definition), step) = (self.world.definition(at), &self.plan.steps[at]) else { continue };
            let no = |why: &str| Err(format!("`{}` {why}, which is not done twice", step.name));
            let samples = |input: &StepInput| definition.input(&input.name).is_some_and(|input| input.ty == "LATENT");
            if step.inputs.iter().any(samples) {
                return no("works on latents");
            } else if definition.is_partner {
                return no("asks a service that costs money");
            } else if definition.is_end {
                return no("keeps or shows something");
            }
            if steps.insert(at) {
                next.extend(step.inputs.iter().filter(|input| !self.is_muted(input.from)).map(|input| input.from));
            }
        }
        Ok(steps)
    }

    /// Looks at what something outside of ComfyUI needs.
    fn wires_out(&mut self) {
        let steps = self.plan.steps.iter().enumerate().filter(|(at, _)| self.world.class(*at).is_none());
        let wires = steps
            .flat_map(|(_, step)| step.inputs.iter().map(|input| (Some(&step.name), input.from, &input.from_port)));
        let outputs = self.plan.outputs.iter().filter_map(|output| match &output.from {
            OutputSource::Port { step, port } => Some((None, *step, port)),
            OutputSource::Constant { .. } => None,
        });
        for (user, from, port) in wires.chain(outputs).collect::<Vec<_>>() {
            let Some(group) = self.place.get(&from).copied().filter(|_| &**port != "error") else { continue };
            let ty = self.world.given(self.plan, from, port);
            if fetch::can(&ty, &self.world.definitions) {
                self.groups[group].gives.insert((from, port.clone()));
            } else {
                self.refuse_out(user, (from, port), &ty);
            }
        }
    }

    fn refuse_out(&mut self, user: Option<&String>, (from, port): (StepId, &str), ty: &str) {
        let name = &self.plan.steps[from].name;
        let to = user.map_or_else(|| "the outputs of the graph are".to_owned(), |user| format!("`{user}` is"));
        let message = format!("`{name}.{port}` is `{ty}`, which cannot leave ComfyUI, and {to} outside of it");
        let hint = match fetch::lacking(ty, &self.world.definitions) {
            Some(lacking) => format!("the server does not have the class `{lacking}`, which would bring it out"),
            None => "pictures, sound, films, texts and numbers can leave it: a node of ComfyUI that makes one of them belongs between".into(),
        };
        self.findings.push((user.or(Some(name)).cloned(), NodeError::new(message).hint(hint)));
    }

    fn uses(&mut self) {
        let again: BTreeSet<StepId> = self.groups.iter().flat_map(|group| group.repeated.iter().copied()).collect();
        for at in 0..self.groups.len() {
            let group = &self.groups[at];
            let all = group.members.union(&group.repeated).copied().collect();
            let taking = taking_part(self.plan, self.world, &all);
            let active = || group.members.intersection(&taking).copied();
            let is_end = |at: StepId| self.world.definition(at).is_some_and(|definition| definition.is_end);
            let how = if active().next().is_none() {
                Use::Muted
            } else if !group.gives.is_empty() || active().any(is_end) {
                Use::Prompt
            } else if group.members.iter().any(|at| again.contains(at)) {
                Use::Elsewhere
            } else {
                Use::Idle
            };
            self.groups[at].how = how;
        }
    }
}

/// Returns the steps whose nodes are in the prompt: not those that are muted, nor those that need what a muted one would give.
pub(super) fn taking_part(plan: &Plan, world: &World, all: &BTreeSet<StepId>) -> BTreeSet<StepId> {
    let mut taking = BTreeSet::new();
    let mut silent: BTreeSet<StepId> = world.members().filter(|at| plan.steps[*at].policy.mute).collect();
    for at in all {
        let (step, definition) = (&plan.steps[*at], world.definition(*at));
        let needs = |input: &StepInput| {
            let declared = definition.and_then(|definition| definition.input(&input.name));
            silent.contains(&input.from)
                && declared.is_some_and(|declared| declared.is_needed && matches!(declared.entry, Entry::Wired))
        };
        if silent.contains(at) || step.inputs.iter().any(needs) {
            silent.insert(*at);
        } else {
            taking.insert(*at);
        }
    }
    taking
}
