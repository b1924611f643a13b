//! Why a run computed what it computed, though results of earlier runs might have been found.

use std::collections::BTreeMap;
use std::sync::Arc;

use windlass_core::event::What;
use windlass_core::plan::Plan;
use windlass_core::registry::Registry;
use windlass_store::journal::Record;
use windlass_store::runs::{Run, Runs};

use super::causes::Causes;
use super::old::{Old, compiled, each_firing};
use crate::exit::Trouble;
use crate::past;

/// What happened in each step of which results are remembered, in the order of the plan.
pub struct After(pub Vec<Computed>);

/// What a step computed.
#[derive(Default)]
pub struct Computed {
    /// Its name.
    pub name: String,
    /// Items whose result was found.
    pub found: u64,
    /// Items that were computed, by cause.
    pub causes: BTreeMap<String, u64>,
    /// Values that were computed again, because they had not been kept and somebody needed them.
    pub again: u64,
}

/// Finds out why a run computed what it computed.
///
/// # Errors
/// Its journal cannot be read, or this program does not understand its graph any more.
pub fn after(runs: &Runs, run: &Run, registry: &Registry) -> anyhow::Result<After> {
    let Some(plan) = compiled(run, registry).map(Arc::new) else {
        let message = format!("the graph of the run `{}` cannot be compiled any more", run.name);
        return Err(Trouble::wrong(message).hint("`windlass show` tells what the run came to").into());
    };
    let is_fresh = is_fresh(run);
    let causes = Causes::new(plan.clone(), Old::all(runs, &plan, registry, Some(&run.name)));
    let mut steps: Vec<_> =
        plan.steps.iter().map(|step| Computed { name: step.name.clone(), ..Computed::default() }).collect();
    each_firing(run, |name, item, result, has_fired| {
        let Some(step) = plan.steps.iter().position(|step| step.name == name) else { return };
        if !has_fired {
            steps[step].found += 1;
            return;
        }
        let inputs = result.is_known().then_some(&result.inputs);
        let cause = if is_fresh { super::FRESH.to_owned() } else { causes.of(step, &item, inputs) };
        *steps[step].causes.entry(cause).or_default() += 1;
    });
    again(run, &plan, &mut steps)?;
    steps.retain(|step| step.found + step.computed() + step.again > 0);
    Ok(After(steps))
}

impl Computed {
    /// Returns how many items were computed.
    pub fn computed(&self) -> u64 {
        self.causes.values().sum()
    }
}

fn is_fresh(run: &Run) -> bool {
    let began = run.began().ok().flatten();
    began.is_some_and(|began| began.call.args.iter().any(|arg| arg == "--fresh"))
}

/// Counts what was computed again in each step.
fn again(run: &Run, plan: &Plan, steps: &mut [Computed]) -> anyhow::Result<()> {
    let mut places = Vec::new();
    past::tell(run, |record| {
        let Record::Event(event) = record else { return Ok(()) };
        match event.what {
            What::RunStarted { steps, .. } => {
                let place = |name: &str| plan.steps.iter().position(|step| step.name == name);
                places = steps.iter().map(|step| place(&step.name)).collect();
            }
            What::Recomputing { step, .. } => {
                if let Some(Some(step)) = places.get(step) {
                    steps[*step].again += 1;
                }
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok(())
}
