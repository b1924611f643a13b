//! Passes over the plan: what packs change about a compiled graph, such as making one step of several.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Compiled, OutputSource, Plan, Request, Step, StepId};
use crate::node::NodeError;
use crate::problem::{Problem, Severity};

/// Changes plans that hold kinds of its pack.
pub trait PlanPass: Send + Sync {
    /// Returns its name, for errors.
    fn name(&self) -> &str;
    /// Returns what a person should know of a plan that can be run, each with the step that it is about.
    fn warnings(&self, _plan: &Plan) -> Vec<(Option<String>, NodeError)> {
        Vec::new()
    }
    /// Changes the plan: [`Plan::merge`] makes one step of several, and constants and policies may be set anew.
    ///
    /// # Errors
    /// Says why the plan cannot be run, and where; it is then no plan.
    fn apply(&self, plan: &mut Plan) -> Result<(), Refused>;
}

/// Why a pass cannot let a plan be run.
#[derive(Debug)]
pub struct Refused {
    /// The steps that keep it from being run, each with the reason; without a step it is the plan as a whole.
    pub findings: Vec<(Option<String>, NodeError)>,
}

impl From<NodeError> for Refused {
    fn from(error: NodeError) -> Self {
        Self { findings: vec![(None, error)] }
    }
}

/// Lets the passes of the packs look at a plan that has no errors.
pub(super) fn apply(mut compiled: Compiled, request: &Request<'_>) -> Compiled {
    let Some(mut plan) = compiled.plan.take() else { return compiled };
    for (pack, pass) in request.registry.passes() {
        let concerns = |step: &Step| step.spec.kind.split('.').next() == Some(pack);
        if !plan.steps.iter().any(concerns) {
            continue;
        }
        let warnings = pass.warnings(&plan).into_iter();
        let warnings =
            warnings.map(|finding| Problem { severity: Severity::Warning, ..problem(pack, finding, request) });
        let before = compiled.problems.len();
        compiled.problems.extend(warnings);
        let settled = |plan: &mut Plan| plan.settled().map_err(|cause| broken(pass.name(), &cause).into());
        if let Err(refused) = pass.apply(&mut plan).and_then(|()| settled(&mut plan)) {
            compiled.problems.truncate(before);
            compiled.problems.extend(refused.findings.into_iter().map(|finding| problem(pack, finding, request)));
            return compiled;
        }
    }
    Compiled { plan: Some(plan), ..compiled }
}

/// Returns what keeps a plan from being run as a finding, at the node that stands in the graph itself.
fn problem(pack: &str, (step, error): (Option<String>, NodeError), request: &Request<'_>) -> Problem {
    let hint = error.hint_text().map(str::to_owned);
    let Some(step) = step else {
        return Problem::error("pass", format!("the pack `{pack}` cannot run this graph: {error}")).maybe_hint(hint);
    };
    let node = request.doc.nodes.get(step.split('/').next().unwrap_or_default());
    let place = node.and_then(|node| node.span.clone());
    Problem::error("pass", error.to_string()).node(step).at(place).maybe_hint(hint)
}

fn broken(pass: &str, cause: &str) -> NodeError {
    NodeError::new(format!("its pass `{pass}` left a plan that does not hold together: {cause}"))
        .hint("this is a bug of the pack; please report it with the graph")
}

impl Plan {
    /// Puts one step in the place of several that lie in one scope. The new step's wires name steps as they were
    /// numbered before; `ports` names, for each port of the old steps that is used outside, the new step's port.
    /// Its place in the order is that of the last of them.
    ///
    /// # Errors
    /// The steps cannot be one: they lie in different scopes, one of them is a split or waits for a group, something
    /// between them lies outside of them, or a port that is used has no counterpart. The plan is then as it was.
    pub fn merge(
        &mut self,
        members: &BTreeSet<StepId>,
        step: Step,
        ports: &dyn Fn(StepId, &str) -> Option<Arc<str>>,
    ) -> Result<(), NodeError> {
        let last = *members.last().ok_or_else(|| NodeError::new("no steps are to be merged"))?;
        self.can_be_one(members)?;
        let mut plan = self.clone();
        let below = plan.below(members);
        plan.reroute(members, last, ports)?;
        plan.steps[last] = step;
        plan.reorder(members, &below, last);
        plan.settled().map_err(NodeError::new)?;
        *self = plan;
        Ok(())
    }

    fn can_be_one(&self, members: &BTreeSet<StepId>) -> Result<(), NodeError> {
        let all = || members.iter().filter_map(|member| self.steps.get(*member));
        let scopes: BTreeSet<_> = all().map(|step| &step.scope).collect();
        let waits = all()
            .flat_map(|step| &step.inputs)
            .any(|input| members.contains(&input.from) && (input.collect || input.parks.is_some()));
        if all().count() != members.len() || scopes.len() != 1 || all().any(|step| step.spec.opens_scope()) || waits {
            return Err(NodeError::new("steps of different scopes, splits and groups cannot be merged into one step"));
        }
        let (above, below) = (self.above(members), self.below(members));
        match above.intersection(&below).find(|at| !members.contains(at)) {
            Some(at) => {
                let name = &self.steps[*at].name;
                Err(NodeError::new(format!("`{name}` lies between steps that are to be merged")))
            }
            None => Ok(()),
        }
    }

    /// Returns the steps that feed one of the members, directly or not, and the members.
    fn above(&self, members: &BTreeSet<StepId>) -> BTreeSet<StepId> {
        let mut above = members.clone();
        for (at, step) in self.steps.iter().enumerate().rev() {
            if above.contains(&at) {
                above.extend(step.inputs.iter().map(|input| input.from));
            }
        }
        above
    }

    /// Returns the steps that one of the members feeds, directly or not, and the members.
    fn below(&self, members: &BTreeSet<StepId>) -> BTreeSet<StepId> {
        let mut below = members.clone();
        for (at, step) in self.steps.iter().enumerate() {
            if step.inputs.iter().any(|input| below.contains(&input.from)) {
                below.insert(at);
            }
        }
        below
    }

    /// Leads what the members fed to the step that replaces them.
    fn reroute(
        &mut self,
        members: &BTreeSet<StepId>,
        last: StepId,
        ports: &dyn Fn(StepId, &str) -> Option<Arc<str>>,
    ) -> Result<(), NodeError> {
        let lacking =
            |from: StepId, port: &str| NodeError::new(format!("nothing stands for port `{port}` of step {from}"));
        for (_, step) in self.steps.iter_mut().enumerate().filter(|(at, _)| !members.contains(at)) {
            for input in step.inputs.iter_mut().filter(|input| members.contains(&input.from)) {
                input.from_port =
                    ports(input.from, &input.from_port).ok_or_else(|| lacking(input.from, &input.from_port))?;
                input.from = last;
            }
        }
        for output in &mut self.outputs {
            if let OutputSource::Port { step, port } = &mut output.from
                && members.contains(step)
            {
                *port = ports(*step, port).ok_or_else(|| lacking(*step, port))?;
                *step = last;
            }
        }
        Ok(())
    }

    /// Takes out the members but for the last, and puts the steps in an order in which each follows what feeds it.
    fn reorder(&mut self, members: &BTreeSet<StepId>, below: &BTreeSet<StepId>, last: StepId) {
        let kept = (0..self.steps.len()).filter(|at| *at != last && !members.contains(at));
        // What is fed by the new step comes after it; what feeds it never stands below a member, or it lay between them.
        let (after, before): (Vec<StepId>, Vec<StepId>) = kept.partition(|at| *at > last || below.contains(at));
        let order: Vec<StepId> = before.into_iter().chain([last]).chain(after).collect();
        let mut numbers = vec![usize::MAX; self.steps.len()];
        order.iter().enumerate().for_each(|(new, old)| numbers[*old] = new);
        let mut old: Vec<Option<Step>> = std::mem::take(&mut self.steps).into_iter().map(Some).collect();
        self.steps = order.iter().filter_map(|at| old[*at].take()).collect();
        self.renumber(|step| *step = numbers.get(*step).copied().unwrap_or(usize::MAX));
    }

    /// Works out again what follows from steps and wires, once they hold together.
    fn settled(&mut self) -> Result<(), String> {
        self.coherent()?;
        self.settle();
        Ok(())
    }

    /// Returns what does not hold together: a step that does not follow what feeds it, a port that is not there, a
    /// scope of something that is no split, a name that stands twice.
    fn coherent(&self) -> Result<(), String> {
        let mut names = BTreeSet::new();
        for (at, step) in self.steps.iter().enumerate() {
            if !names.insert(&step.name) {
                return Err(format!("two steps are called `{}`", step.name));
            }
            for input in &step.inputs {
                let from = self.steps.get(input.from).filter(|_| input.from < at);
                let from =
                    from.ok_or_else(|| format!("`{}` does not follow what feeds `{}`", step.name, input.name))?;
                if &*input.from_port != "error" && from.spec.output(&input.from_port).is_none() {
                    return Err(format!("`{}` has no port `{}`", from.name, input.from_port));
                }
                if step.spec.input(&input.name).is_none() && step.spec.param(&input.name).is_none() {
                    return Err(format!("`{}` has no input `{}`", step.name, input.name));
                }
            }
            let is_split = |split: &StepId| *split < at && self.steps[*split].spec.opens_scope();
            if !step.scope.iter().all(is_split) {
                return Err(format!("`{}` lies in a scope that nothing opens", step.name));
            }
        }
        let lost = self.outputs.iter().find(|output| match &output.from {
            OutputSource::Port { step, port } => {
                self.steps.get(*step).is_none_or(|step| &**port != "error" && step.spec.output(port).is_none())
            }
            OutputSource::Constant { .. } => false,
        });
        lost.map_or(Ok(()), |output| Err(format!("nothing gives the output `{}`", output.name)))
    }
}
