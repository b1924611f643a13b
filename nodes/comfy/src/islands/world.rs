//! Which steps of a plan are nodes of ComfyUI, and what their wires carry by ComfyUI's own types.

use std::collections::BTreeMap;

use windlass_core::node::NodeError;
use windlass_core::plan::{Plan, Step, StepId, StepInput};
use windlass_core::types::Type;

use crate::Definitions;
use crate::definitions::{Definition, Output};
use crate::kinds::SOURCE;
use crate::names::class_of;

/// The steps that are nodes of ComfyUI.
pub struct World {
    /// What the server said when the plan was made.
    pub definitions: Definitions,
    classes: BTreeMap<StepId, String>,
}

impl World {
    /// Finds the steps; `None` where there are none.
    ///
    /// # Errors
    /// What the plan keeps of the server is not what the pack wrote.
    pub fn of(plan: &Plan) -> Result<Option<Self>, NodeError> {
        let Some(pin) = plan.pins.iter().find(|pin| pin.source == SOURCE) else { return Ok(None) };
        let definitions = Definitions::of(&pin.listing).map_err(|error| NodeError::new(error.to_string()))?;
        let known = |class: &String| definitions.get(class).is_some();
        let classes = plan.steps.iter().enumerate();
        let classes = classes.filter_map(|(at, step)| Some((at, class_of(&step.spec.kind).filter(known)?))).collect();
        Ok(Some(Self { definitions, classes }))
    }

    /// Returns the steps, in order.
    pub fn members(&self) -> impl DoubleEndedIterator<Item = StepId> {
        self.classes.keys().copied()
    }

    /// Returns the class of a step, where it is a node of ComfyUI.
    pub fn class(&self, step: StepId) -> Option<&str> {
        self.classes.get(&step).map(String::as_str)
    }

    /// Returns the definition of the class of a step.
    pub fn definition(&self, step: StepId) -> Option<&Definition> {
        self.definitions.get(self.class(step)?)
    }

    /// Returns the output that a port of a step stands for, with its number.
    pub fn output(&self, (step, at): (&Step, StepId), port: &str) -> Option<(usize, &Output)> {
        let place = step.spec.outputs.iter().position(|known| known.name == port)?;
        Some((place, self.definition(at)?.outputs.get(place)?))
    }

    /// Returns what a port of a step gives, by ComfyUI's types; that of what came in where the class hands it on.
    pub fn given(&self, plan: &Plan, at: StepId, port: &str) -> String {
        let step = &plan.steps[at];
        let Some((_, output)) = self.output((step, at), port) else { return "*".into() };
        let Some(group) = &output.group else { return output.ty.clone() };
        let is_same = |input: &&StepInput| {
            let declared = self.definition(at).and_then(|definition| definition.input(&input.name));
            declared.is_some_and(|declared| declared.group.as_ref() == Some(group))
        };
        // What feeds a step stands before it, so that this comes to an end.
        step.inputs.iter().find(is_same).map_or_else(|| output.ty.clone(), |input| self.brought(plan, input))
    }

    /// Returns what a wire brings, by ComfyUI's types.
    pub fn brought(&self, plan: &Plan, input: &StepInput) -> String {
        if self.class(input.from).is_some() {
            return self.given(plan, input.from, &input.from_port);
        }
        let from = &plan.steps[input.from];
        let place = from.spec.outputs.iter().position(|port| port.name == *input.from_port);
        let ty = place.and_then(|place| from.output_types.get(place)).unwrap_or(&Type::Any);
        of_native(ty).to_owned()
    }
}

/// Returns ComfyUI's name for a type of a graph.
fn of_native(ty: &Type) -> &'static str {
    match ty {
        Type::Image => "IMAGE",
        Type::List(of) if **of == Type::Image => "IMAGE",
        Type::Audio => "AUDIO",
        Type::Video => "VIDEO",
        Type::Text(_) => "STRING",
        Type::Int(..) => "INT",
        Type::Float(..) => "FLOAT",
        Type::Bool => "BOOLEAN",
        _ => "*",
    }
}
