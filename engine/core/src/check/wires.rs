//! Each wire: what type it has, how often it carries a value, and whether its port takes that.

use crate::plan::draft::{Border, DraftWire, Settled, Source};
use crate::plan::{Draft, DraftNode, Feed, Gathered, LoopRole};
use crate::problem::Problem;
use crate::spec::{PortSpec, Spec};
use crate::types::{Fit, Type};

use super::vars::{self, Bound};
use super::{bypass, explain, scopes};

/// Settles the wires of every node, in an order in which each node follows what feeds it.
pub(crate) fn settle(draft: &mut Draft<'_>) {
    for at in 0..draft.nodes.len() {
        settle_node(draft, at);
    }
}

fn settle_node(draft: &mut Draft<'_>, at: usize) {
    let mut problems = Vec::new();
    let node = &draft.nodes[at];
    let settled: Vec<_> = node.wires.iter().map(|wire| settle_wire(draft, node, wire, &mut problems)).collect();
    let mut bound = Bound::new();
    for (wire, settled) in node.wires.iter().zip(&settled) {
        if let (Some(settled), Some(spec)) = (settled, &node.spec) {
            bind(spec, wire, settled, &mut bound);
        }
    }
    bind_constants(node, &mut bound);
    let scope = scopes::of_node(draft, node, &settled, &mut problems);
    let node = &mut draft.nodes[at];
    for (wire, settled) in node.wires.iter_mut().zip(settled) {
        wire.settled = settled;
    }
    node.bound = bound;
    node.scope = scope;
    if node.policy.bypass {
        bypass::settle(draft, at, &mut problems);
    }
    draft.problems.extend(problems);
}

fn bind(spec: &Spec, wire: &DraftWire, settled: &Settled, bound: &mut Bound) {
    let Some(port) = spec.input(&wire.port) else { return };
    let wire_ty = if settled.collect { Type::list(settled.source.ty.clone()) } else { settled.source.ty.clone() };
    vars::bind(&port.ty, &wire_ty, bound);
}

fn bind_constants(node: &DraftNode, bound: &mut Bound) {
    let Some(spec) = &node.spec else { return };
    for (name, value) in &node.constants {
        if let Some(port) = spec.input(name) {
            let ty = value.type_of();
            let members = if port.variadic { ty.member_type().cloned() } else { Some(ty) };
            members.into_iter().for_each(|ty| vars::bind(&port.ty, &ty, bound));
        }
    }
}

/// Returns how a wire meets its port; `None` for a constant, and where its port is not known.
fn settle_wire(draft: &Draft<'_>, node: &DraftNode, wire: &DraftWire, problems: &mut Vec<Problem>) -> Option<Settled> {
    if matches!(wire.feed, Feed::Constant(_)) {
        return None;
    }
    let source = source(draft, wire, problems);
    let port = Port::of(node.spec.as_deref()?, &wire.port)?;
    let mut meeting = Meeting { draft, node, wire, source, gathered: Vec::new(), collect: false, problems };
    wire.borders.iter().for_each(|border| meeting.pass(border));
    meeting.meet(&port);
    let Meeting { source, gathered, collect, .. } = meeting;
    Some(Settled { source, gathered, collect, port_ty: port.ty, variadic: port.variadic })
}

/// What a wire meets at its end.
struct Port {
    name: String,
    ty: Type,
    collect: bool,
    variadic: bool,
}

impl Port {
    fn of(spec: &Spec, name: &str) -> Option<Self> {
        if let Some(port) = spec.input(name) {
            let (ty, collect, variadic) = (port.ty.clone(), port.collect, port.variadic);
            return Some(Self { name: name.to_owned(), ty, collect, variadic });
        }
        let ty = spec.param(name)?.ty.clone();
        Some(Self { name: name.to_owned(), ty, collect: false, variadic: false })
    }
}

fn source(draft: &Draft<'_>, wire: &DraftWire, problems: &mut Vec<Problem>) -> Source {
    match find_source(draft, &wire.feed) {
        Ok(source) => source,
        Err(problem) => {
            problems.push((*problem).at(wire.named_at.clone()));
            Source::unknown()
        }
    }
}

/// Returns what feeds a wire, looking through bypassed nodes.
pub(super) fn find_source(draft: &Draft<'_>, feed: &Feed) -> Result<Source, Box<Problem>> {
    let Feed::Port { node: at, port } = feed else { return Ok(Source::of_input(feed)) };
    let node = &draft.nodes[*at];
    let Some(spec) = &node.spec else { return Ok(Source::unknown()) };
    if let Some(hands_on) = &node.hands_on {
        return hands_on.get(port).cloned().ok_or_else(|| Box::new(no_port(draft, node, spec, port)));
    }
    if port == "error" {
        return Ok(Source { feed: feed.clone(), ty: Type::Failure, scope: node.scope.clone() });
    }
    let Some(output) = spec.output(port) else { return Err(Box::new(no_port(draft, node, spec, port))) };
    let scope = node.scope.as_ref().map(|scope| scope_of(output, spec, scope, *at));
    Ok(Source { feed: feed.clone(), ty: vars::substitute(&output.ty, &node.bound), scope })
}

/// Returns the scope of an output of a node that fires in `scope`. The children of an ordered node, and what it gives
/// for whole groups, leave the group behind that its items lie in.
fn scope_of(output: &PortSpec, spec: &Spec, scope: &[usize], node: usize) -> Vec<usize> {
    let leaves_group = spec.is_ordered() && (output.many || output.at_end);
    let around = if leaves_group { &scope[..scope.len().saturating_sub(1)] } else { scope };
    around.iter().copied().chain(output.many.then_some(node)).collect()
}

fn no_port(draft: &Draft<'_>, node: &DraftNode, spec: &Spec, port: &str) -> Problem {
    if port == "error" {
        return node.error("bypass", format!("`{}` is bypassed, so nothing fails in it", node.name));
    }
    let names = || spec.outputs.iter().map(|port| port.name.as_str()).chain(["error"]);
    let known = names().collect::<Vec<_>>().join("`, `");
    Problem::error("unknown-port", format!("`{}` (`{}`) has no output `{port}`", node.name, spec.kind))
        .node(node.name.clone())
        .hint(format!("it has `{known}`"))
        .maybe_hint(crate::plan::did_you_mean(&draft.problems, port, names()))
}

impl Source {
    fn unknown() -> Self {
        Self { feed: Feed::Unknown, ty: Type::Any, scope: None }
    }

    fn of_input(feed: &Feed) -> Self {
        match feed {
            Feed::Constant(known) => Self { feed: feed.clone(), ty: known.ty.clone(), scope: Some(Vec::new()) },
            Feed::Port { .. } | Feed::Unknown => Self::unknown(),
        }
    }
}

/// A wire on its way into a port.
struct Meeting<'a, 'p> {
    draft: &'a Draft<'a>,
    node: &'a DraftNode,
    wire: &'a DraftWire,
    source: Source,
    gathered: Vec<Gathered>,
    collect: bool,
    problems: &'p mut Vec<Problem>,
}

impl Meeting<'_, '_> {
    fn report(&mut self, problem: Problem) {
        let place = problem.span.clone().or(self.wire.span.clone()).or(self.node.place_of(&self.wire.port));
        self.problems.push(problem.node(self.node.name.clone()).at(place));
    }

    /// The type that the wire has so far.
    fn ty(&self) -> Type {
        if self.collect { Type::list(self.source.ty.clone()) } else { self.source.ty.clone() }
    }

    /// Returns how many groups the values lie inside of that the wire has so far; the result of a loop takes its rounds as
    /// one more.
    fn levels(&self) -> Option<usize> {
        let takes_rounds = matches!(self.node.in_loop, Some((_, LoopRole::Result)));
        let levels = |scope: &Vec<usize>| if takes_rounds { scope.len() } else { self.draft.levels(scope) };
        self.source.scope.as_ref().map(|scope| levels(scope).saturating_sub(usize::from(self.collect)))
    }

    /// Takes the wire's group as a list. Lists of a group that was taken before make a list too.
    fn take_level(&mut self) {
        if self.collect {
            let ty = Type::list(self.source.ty.clone());
            let around = self.source.scope.as_ref().map(|scope| scope[..scope.len().saturating_sub(1)].to_vec());
            let (ty, scope) =
                (std::mem::replace(&mut self.source.ty, ty), std::mem::replace(&mut self.source.scope, around));
            self.gathered.push(Gathered { ty, scope });
        }
        self.collect = true;
    }

    /// Passes the input of a used graph, which collects if it is a list and the wire is none.
    fn pass(&mut self, border: &Border) {
        if let Type::List(of) = &border.ty
            && self.ty().fits(&border.ty) == Fit::Never
            && self.ty().fits(of) != Fit::Never
            && self.levels() != Some(0)
        {
            self.take_level();
        } else if self.ty().fits(&border.ty) == Fit::Never {
            let message = format!(
                "{} is `{}`, but input `{}` of the graph takes `{}`",
                self.draft.feed_in_words(&self.source.feed),
                self.ty(),
                border.name,
                border.ty
            );
            let problem = Problem::error("wire-type", message).at(border.wire.clone());
            self.report(problem.related(border.declared.clone(), "the input"));
            self.source.ty = Type::Any;
        }
    }

    fn meet(&mut self, port: &Port) {
        if port.collect && self.wants_group(port) {
            self.take_group(port);
        }
        if self.ty().fits(&port.ty) == Fit::Never {
            self.report(explain::misfit(self.draft, &self.source, &self.ty(), &port.name, &port.ty, self.node));
        }
    }

    /// Tells whether a collecting port takes the wire's group, and not a list that the wire already is.
    fn wants_group(&self, port: &Port) -> bool {
        let Some(member) = list_member(&port.ty) else { return false };
        let open = matches!(member, Type::Any | Type::Var(_));
        let is_list = matches!(self.ty(), Type::List(_));
        let fits_as_it_is = self.ty().fits(&port.ty) != Fit::Never;
        match self.levels() {
            Some(0) => !fits_as_it_is,
            _ if is_list && !open => !fits_as_it_is,
            _ => true,
        }
    }

    fn take_group(&mut self, port: &Port) {
        if self.levels() == Some(0) {
            let message = format!(
                "`{}` collects a group, but {} comes {}",
                port.name,
                self.draft.feed_in_words(&self.source.feed),
                if self.source.scope.as_ref().is_some_and(Vec::is_empty) { "once" } else { "once in each round" }
            );
            let hint = "feed it from behind a node that makes many of one, such as `files.glob`, or wire a list";
            self.report(Problem::error("nothing-to-collect", message).hint(hint));
            self.source.ty = Type::Any;
        } else {
            self.take_level();
        }
    }
}

/// Returns the type of the members that a collecting port takes.
pub(super) fn list_member(ty: &Type) -> Option<&Type> {
    ty.members().iter().find_map(Type::member_type)
}
