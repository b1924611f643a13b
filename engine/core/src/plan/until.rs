//! A part of a graph: only what one node needs.

use std::collections::BTreeSet;

use super::{LoopPart, OutputSource, Plan, PlanOutput, StepId, build, phases};
use crate::node::NodeError;
use crate::problem::{Problem, nearest};

impl Plan {
    /// Leaves out all steps that `name` does not need, and all outputs that they would have given. The name of a used
    /// graph stands for all of its steps.
    ///
    /// # Errors
    /// The plan has no such step.
    pub fn until(&mut self, name: &str) -> Result<(), Box<Problem>> {
        let inside = format!("{name}/");
        let is_called = |known: &str| known == name || known.starts_with(&inside);
        let mut needed: Vec<bool> = self.steps.iter().map(|step| is_called(&step.name)).collect();
        if !needed.contains(&true) {
            needed = self.doing(name, is_called);
        }
        if !needed.contains(&true) {
            return Err(Box::new(self.no_such_step(name)));
        }
        while self.need_more(&mut needed) {}
        self.keep(&needed);
        Ok(())
    }

    /// Marks the steps that do the work of a node: of several that do it, each for itself, the first.
    fn doing(&self, name: &str, is_called: impl Fn(&str) -> bool) -> Vec<bool> {
        let has = |step: &super::Step| step.members.iter().any(|member| **member == *name);
        if let Some(first) = self.steps.iter().position(has) {
            return (0..self.steps.len()).map(|at| at == first).collect();
        }
        self.steps.iter().map(|step| step.members.iter().any(|member| is_called(member))).collect()
    }

    /// Leaves out steps that nothing else needs any more.
    ///
    /// # Errors
    /// Something that stays needs one of them. The plan is then as it was.
    pub fn leave_out(&mut self, names: &BTreeSet<String>) -> Result<(), NodeError> {
        let needed: Vec<bool> = self.steps.iter().map(|step| !names.contains(&step.name)).collect();
        let stays = self.steps.iter().enumerate().filter(|(at, _)| needed[*at]);
        let mut uses = stays.flat_map(|(_, step)| step.inputs.iter().map(move |input| (step, input.from)));
        let given = |output: &PlanOutput| matches!(output.from, OutputSource::Port { step, .. } if !needed[step]);
        if let Some((step, from)) = uses.find(|(_, from)| !needed[*from]) {
            let lacking = &self.steps[from].name;
            return Err(NodeError::new(format!("`{lacking}` is to be left out, and `{}` needs it", step.name)));
        } else if let Some(output) = self.outputs.iter().find(|output| given(output)) {
            return Err(NodeError::new(format!("what gives the output `{}` is to be left out", output.name)));
        }
        self.keep(&needed);
        Ok(())
    }

    /// Marks what the needed steps are fed by, and all of a loop of which a part is needed; returns whether that was news.
    fn need_more(&self, needed: &mut [bool]) -> bool {
        let before = needed.iter().filter(|needed| **needed).count();
        for (at, step) in self.steps.iter().enumerate().rev() {
            let ends_loop = step.in_loop.as_ref().and_then(LoopPart::head).is_some_and(|head| needed[head]);
            needed[at] |= ends_loop;
            if needed[at] {
                step.inputs.iter().for_each(|input| needed[input.from] = true);
            }
        }
        needed.iter().filter(|needed| **needed).count() > before
    }

    fn no_such_step(&self, name: &str) -> Problem {
        let problem = Problem::error("no-such-node", format!("the graph has no node `{name}` that would run"));
        let near = nearest(name, self.steps.iter().map(|step| step.name.as_str()));
        problem.maybe_hint(near.map(|near| format!("did you mean `{near}`?")))
    }

    fn keep(&mut self, needed: &[bool]) {
        let mut next = 0..;
        let numbers: Vec<Option<StepId>> = needed.iter().map(|needed| needed.then(|| next.next()).flatten()).collect();
        let number = |step: &mut StepId| *step = numbers[*step].unwrap_or_default();
        let mut at = needed.iter();
        self.steps.retain(|_| at.next().is_some_and(|needed| *needed));
        self.outputs.retain(|output| match &output.from {
            OutputSource::Port { step, .. } => needed[*step],
            OutputSource::Constant { .. } => true,
        });
        self.renumber(number);
        self.settle();
    }

    /// Gives each step that is referred to its new position.
    pub(super) fn renumber(&mut self, number: impl Fn(&mut StepId)) {
        for step in &mut self.steps {
            step.scope.iter_mut().for_each(&number);
            match &mut step.in_loop {
                Some(LoopPart::Head { result, .. }) => number(result),
                Some(LoopPart::Round { head } | LoopPart::Result { head }) => number(head),
                None => {}
            }
            for input in &mut step.inputs {
                number(&mut input.from);
                input.scope.iter_mut().for_each(&number);
            }
        }
        for output in &mut self.outputs {
            output.scope.iter_mut().for_each(&number);
            if let OutputSource::Port { step, .. } = &mut output.from {
                number(step);
            }
        }
    }

    /// Works out again what follows from the steps and their wires.
    pub(super) fn settle(&mut self) {
        let rescued: Vec<StepId> = self.steps.iter().flat_map(|step| &step.inputs).filter_map(rescues).collect();
        let handed_out = self.outputs.iter().filter_map(|output| match &output.from {
            OutputSource::Port { step, port } if &**port == "error" => Some(*step),
            _ => None,
        });
        let rescued: Vec<StepId> = rescued.into_iter().chain(handed_out).collect();
        for (at, step) in self.steps.iter_mut().enumerate() {
            step.error_wired = rescued.contains(&at);
        }
        phases::assign(&mut self.steps);
        self.dag = build::dag(&self.steps);
    }
}

impl LoopPart {
    /// Returns the step that lets the rounds out, of a part that ends them.
    fn head(&self) -> Option<StepId> {
        match self {
            Self::Head { .. } => None,
            Self::Round { head } | Self::Result { head } => Some(*head),
        }
    }
}

fn rescues(input: &super::StepInput) -> Option<StepId> {
    (&*input.from_port == "error").then_some(input.from)
}
