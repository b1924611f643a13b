//! Loops and containers: the body is a frame of its own, between a head that lets rounds out and what ends them.

use std::sync::Arc;

use super::{Entry, Frame, Opener, Refusal, draft_node, identity, refuse_excess, refuse_loop};
use crate::doc::{Body, GraphDoc, NodeDoc, Policy};
use crate::node::Statics;
use crate::plan::constant;
use crate::plan::draft::{DraftLoop, LoopRole};
use crate::problem::{Problem, Spanned};
use crate::spec::{Carry, Spec};
use crate::types::Type;

/// A loop with its body: positions of its nodes in the draft, and the frame of the body.
#[derive(Clone, Copy)]
pub(in crate::plan::flatten) struct OpenLoop {
    pub head: usize,
    pub round: usize,
    pub result: usize,
    pub body: usize,
}

impl Opener<'_, '_> {
    /// Returns what a kind with a body promises.
    pub(super) fn loop_spec(&self, kind: &str) -> Option<Spec> {
        let spec = self.request.registry.kind(kind)?.spec(&Statics::new()).ok()?;
        spec.rounds().is_some().then_some(spec)
    }

    pub(super) fn open_loop(&mut self, frame: usize, id: &str, node: &NodeDoc, spec: &Spec) -> Entry {
        match self.try_open_loop(frame, id, node, spec) {
            Ok(opened) => Entry::Loop(opened),
            Err(problem) => {
                let name = format!("{}{id}", self.frames.list[frame].prefix);
                let place = node.body.as_ref().and_then(|body| body.span.clone());
                let place = place.or(node.runs.span.clone()).or(node.span.clone());
                self.problems.extend(problem.map(|problem| problem.node(name).at(place)));
                Entry::Unknown
            }
        }
    }

    fn try_open_loop(&mut self, frame: usize, id: &str, node: &NodeDoc, spec: &Spec) -> Result<OpenLoop, Refusal> {
        let Some(body) = &node.body else {
            let message = format!("`{}` has no body", spec.kind);
            let hint = "write `body: ./other.yaml`, or a mapping with `inputs`, `nodes` and `outputs`";
            return Err(Some(Box::new(Problem::error("no-body", message).hint(hint))));
        };
        refuse_excess(self.frames.list[frame].stack.len(), self.nodes.len() + self.frames.list.len())?;
        let mut inner = self.body_frame(frame, id, body)?;
        let problems = [policies(node), names(spec, &inner.doc)].concat();
        let name = format!("{}{id}", self.frames.list[frame].prefix);
        self.problems.extend(problems.into_iter().map(|problem| {
            let place = problem.span.clone().or(node.span.clone());
            problem.node(name.clone()).at(place)
        }));
        let at = self.nodes.len();
        let opened = OpenLoop { head: at, round: at + 1, result: at + 2, body: self.frames.list.len() };
        self.add_nodes(frame, (id, node), spec, &inner.doc);
        inner.head = Some(opened.head);
        self.frames.list.push(inner);
        Ok(opened)
    }

    fn body_frame(&mut self, frame: usize, id: &str, body: &Spanned<Body>) -> Result<Frame, Refusal> {
        let outer = &self.frames.list[frame];
        let prefix = format!("{}{id}/", outer.prefix);
        let (mut stack, folder, policy) = (outer.stack.clone(), outer.folder.clone(), outer.policy.clone());
        let (doc, folder) = match &body.value {
            Body::Here(doc) => (Arc::new((**doc).clone()), folder),
            Body::File(path) => {
                let path = constant::absolute(std::path::Path::new(path), &folder);
                let me = identity(&path);
                refuse_loop(&stack, &me, &self.request.caller_folder)?;
                stack.push(me);
                (self.read(&path)?, path.parent().unwrap_or(&path).into())
            }
        };
        let used_by = Some((frame, id.to_owned()));
        Ok(Frame { doc, folder, used_by, head: None, entries: Default::default(), prefix, policy, stack })
    }

    /// Adds the three nodes that stand around a body. Parameters of the kind belong to the end of a round.
    fn add_nodes(&mut self, frame: usize, (id, node): (&str, &NodeDoc), spec: &Spec, body: &GraphDoc) {
        let outer = &self.frames.list[frame];
        let whole = draft_node(&outer.prefix, outer.folder.clone(), id, node, &spec.kind);
        let [head, round] = ["start", "round"].map(|part| format!("{} ({part})", whole.name));
        let parts = Arc::new(DraftLoop {
            head: head.clone(),
            result: whole.name.clone(),
            state: state(spec, body),
            inputs: inputs(node, spec, body),
            outputs: body.outputs.keys().cloned().collect(),
        });
        let given = node.policy.within(&outer.policy);
        let part = |name: String, role: LoopRole, policy: Policy| {
            let mut node = draft_node("", outer.folder.clone(), &name, node, &spec.kind);
            node.params.retain(|param, _| role == LoopRole::Round && spec.param(param).is_some());
            node.policy = policy;
            node.in_loop = Some((parts.clone(), role));
            node
        };
        let before = Policy { queue: given.queue, mute: given.mute, ..Policy::default() };
        let after = Policy { on_error: given.on_error, ..Policy::default() };
        let nodes = [
            part(head, LoopRole::Head, before),
            part(round, LoopRole::Round, after.clone()),
            part(whole.name, LoopRole::Result, after),
        ];
        self.nodes.extend(nodes);
    }
}

/// Returns what comes in for each item: the inputs of the body, and parameters that are wired.
fn inputs(node: &NodeDoc, spec: &Spec, body: &GraphDoc) -> Vec<(String, Type)> {
    let own = body.inputs.iter().map(|(name, input)| (name.clone(), input.ty.value.clone()));
    let wired = spec.params.iter().filter(|param| !param.is_static && node.inputs.contains_key(&param.name));
    own.chain(wired.map(|param| (param.name.clone(), param.ty.clone()))).collect()
}

/// Returns what stands under equal names in a body's inputs and outputs, where the kind carries it.
fn state(spec: &Spec, body: &GraphDoc) -> Vec<String> {
    let carries = spec.rounds() == Some(Carry::State);
    let both = body.inputs.keys().filter(|name| carries && body.outputs.contains_key(*name));
    both.cloned().collect()
}

/// Refuses policies that belong to the nodes of the body.
fn policies(node: &NodeDoc) -> Vec<Problem> {
    let given = &node.policy;
    let refused = [
        (given.retries.is_some(), "retries"),
        (given.backoff.is_some() || given.backoff_max.is_some(), "backoff"),
        (given.timeout.is_some(), "timeout"),
        (given.incomplete.is_some(), "incomplete"),
        (given.slots.is_some(), "slots"),
        (given.window.is_some(), "window"),
        (given.cache.is_some(), "cache"),
        (given.device.is_some(), "device"),
        (given.bypass, "bypass"),
    ];
    let refused = refused.into_iter().filter(|(given, _)| *given);
    let problem = |name| {
        Problem::error("loop-policy", format!("a loop has no policy `{name}`"))
            .at(node.name_spans.get("policy").cloned())
            .hint("write it at the nodes of the body; a loop itself may say `queue`, `on_error` and `mute`")
    };
    refused.map(|(_, name)| problem(name)).collect()
}

/// Refuses names of the body that the kind has for something else.
fn names(spec: &Spec, body: &GraphDoc) -> Vec<Problem> {
    let inputs = body.inputs.iter().filter(|(name, _)| spec.param(name).is_some());
    let inputs = inputs.map(|(name, input)| ("input", name, input.span.clone()));
    let own = |name: &str| name == "error" || spec.param(name).is_some() || spec.output(name).is_some();
    let outputs = body.outputs.iter().filter(|(name, _)| own(name));
    let outputs = outputs.map(|(name, reference)| ("output", name, reference.span.clone()));
    let problem = |(what, name, place): (&str, &String, _)| {
        let message = format!("the body has an {what} `{name}`, which is a name that `{}` has itself", spec.kind);
        Problem::error("loop-name", message).at(place).hint("give it another name")
    };
    inputs.chain(outputs).map(problem).collect()
}
