//! The last run of a graph, as its journal tells: what each firing was given, by the name of its item.

use std::collections::HashMap;

use windlass_core::event::What;
use windlass_core::plan::Plan;
use windlass_core::registry::Registry;
use windlass_store::Past;
use windlass_store::journal::{Record, Result as Firing, Told};
use windlass_store::runs::{Run, Runs};

use crate::earlier::Earlier;

/// What stands for what came on each input of a firing.
pub type Inputs = Vec<(String, blake3::Hash)>;

/// The last run of a graph.
#[derive(Default)]
pub struct Old {
    /// Its plan, where the journal says enough.
    pub plan: Option<Plan>,
    /// What firings were given, by step and by the name of the item.
    firings: HashMap<String, HashMap<String, Inputs>>,
    /// How long the code of each step ran, in microseconds, and how often.
    took: HashMap<String, (u64, u64)>,
}

impl Old {
    /// Returns the last run of the same graph file.
    pub fn find(runs: &Runs, plan: &Plan, registry: &Registry) -> Option<Self> {
        let graph = plan.path.as_deref()?;
        let is_of_graph = |run: &Run| run.began().ok().flatten().is_some_and(|began| began.graph == graph);
        let run = runs.all().ok()?.into_iter().rev().find(is_of_graph)?;
        let mut old = Self { plan: compiled(&run, registry), ..Self::default() };
        old.read(&run);
        Some(old)
    }

    /// Returns what the firing of a step for an item was given; `None`: there was none.
    pub fn inputs(&self, step: &str, name: &str) -> Option<&Inputs> {
        self.firings.get(step)?.get(name)
    }

    /// Returns how long the code of each step took for an item, in microseconds.
    pub fn took(&self) -> HashMap<String, u64> {
        let mean = |(sum, count): &(u64, u64)| sum / (*count).max(1);
        self.took.iter().map(|(step, took)| (step.clone(), mean(took))).collect()
    }

    fn read(&mut self, run: &Run) {
        let Ok(mut reader) = run.read() else { return };
        let (mut names, mut waiting) = (Vec::new(), HashMap::new());
        // What cannot be read is not known, which is said of the items.
        while let Ok(Some(told)) = reader.next() {
            match told {
                Told::Record(Record::Event(event)) => match event.what {
                    What::RunStarted { steps, .. } => names = steps.into_iter().map(|step| step.name).collect(),
                    What::Done { step, key, name, .. } => {
                        if let (Some(result), Some(step)) = (waiting.remove(&(step, key)), names.get(step)) {
                            self.take(step, name, result);
                        }
                    }
                    _ => {}
                },
                Told::Record(Record::Result(result)) => {
                    waiting.insert((result.step, result.key.clone()), result);
                }
                _ => {}
            }
        }
    }

    fn take(&mut self, step: &str, name: String, result: Firing) {
        let took = self.took.entry(step.to_owned()).or_default();
        (took.0, took.1) = (took.0.saturating_add(result.took_us), took.1 + 1);
        self.firings.entry(step.to_owned()).or_default().insert(name, result.inputs);
    }
}

/// Compiles the graph of a run as it was.
fn compiled(run: &Run, registry: &Registry) -> Option<Plan> {
    let (past, _) = Past::read(run).ok()?;
    Earlier::of(past).ok()?.plan(registry)
}
