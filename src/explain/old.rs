//! Earlier runs of a graph, as their journals tell: what each firing was given, by the name of its item.

use std::collections::{HashMap, HashSet};

use windlass_core::event::What;
use windlass_core::plan::Plan;
use windlass_core::registry::Registry;
use windlass_store::Past;
use windlass_store::journal::{Came, Record, Result as Firing, Told};
use windlass_store::runs::{Run, Runs};

use crate::earlier::Earlier;

/// So many earlier runs are looked at, unless their journals are long.
const MOST_RUNS: usize = 8;

/// Of the runs behind the last one, so many bytes of journals are read: what they say is held in memory.
const MOST_BYTES: u64 = 128 << 20;

/// What stands for what came on each input of a firing.
pub type Inputs = Vec<(String, blake3::Hash)>;

/// A firing of an earlier run.
pub struct Before {
    /// What came on each input.
    pub inputs: Inputs,
    /// Whether it failed: then there is no result to find.
    pub has_failed: bool,
}

/// An earlier run of a graph.
#[derive(Default)]
pub struct Old {
    /// Its plan, where the journal says enough.
    pub plan: Option<Plan>,
    /// The firings by step and by the name of the item.
    firings: HashMap<String, HashMap<String, Before>>,
    /// How long the code of each step ran, in microseconds, and how often.
    took: HashMap<String, (u64, u64)>,
}

impl Old {
    /// Returns what is known of the last runs of the same graph file, the last one first; of those in front of a run, where one
    /// is named.
    pub fn all(runs: &Runs, plan: &Plan, registry: &Registry, in_front_of: Option<&str>) -> Vec<Self> {
        let Some(graph) = plan.path.as_deref() else { return Vec::new() };
        let is_of_graph = |run: &Run| run.began().ok().flatten().is_some_and(|began| began.graph == graph);
        let all = runs.all().unwrap_or_default();
        let end = in_front_of.and_then(|name| all.iter().position(|run| run.name == name)).unwrap_or(all.len());
        let mut bytes = 0;
        let mut is_short = |(at, run): &(usize, &Run)| {
            bytes += run.journal_bytes().unwrap_or(0);
            *at == 0 || bytes <= MOST_BYTES
        };
        let runs = all[..end].iter().rev().filter(|run| is_of_graph(run)).take(MOST_RUNS).enumerate();
        runs.take_while(|run| is_short(run)).map(|(_, run)| Self::of(run, registry)).collect()
    }

    fn of(run: &Run, registry: &Registry) -> Self {
        let mut old = Self { plan: compiled(run, registry), ..Self::default() };
        each_firing(run, |step, name, result, _| old.take(step, name, result));
        old
    }

    /// Returns the firing of a step for an item; `None`: there was none.
    pub fn firing(&self, step: &str, name: &str) -> Option<&Before> {
        self.firings.get(step)?.get(name)
    }

    /// Returns how long the code of each step took for an item, in microseconds.
    pub fn took(&self) -> HashMap<String, u64> {
        let mean = |(sum, count): &(u64, u64)| sum / (*count).max(1);
        self.took.iter().map(|(step, took)| (step.clone(), mean(took))).collect()
    }

    fn take(&mut self, step: &str, name: String, result: Firing) {
        let took = self.took.entry(step.to_owned()).or_default();
        (took.0, took.1) = (took.0.saturating_add(result.took_us), took.1 + 1);
        let has_failed = matches!(result.came, Came::Failed { .. });
        let before = Before { inputs: result.inputs, has_failed };
        self.firings.entry(step.to_owned()).or_default().insert(name, before);
    }
}

/// Hands over each result of a run: step, name of the item, what came of it, and whether the code was called for it. What
/// cannot be read is left out.
pub fn each_firing(run: &Run, mut take: impl FnMut(&str, String, Firing, bool)) {
    let Ok(mut reader) = run.read() else { return };
    let (mut names, mut waiting, mut fired) = (Vec::new(), HashMap::new(), HashSet::new());
    while let Ok(Some(told)) = reader.next() {
        match told {
            Told::Record(Record::Event(event)) => match event.what {
                What::RunStarted { steps, .. } => names = steps.into_iter().map(|step| step.name).collect(),
                What::Firing { step, key, .. } => drop(fired.insert((step, key))),
                What::Done { step, key, name, .. } => {
                    let item = (step, key);
                    let (result, has_fired) = (waiting.remove(&item), fired.remove(&item));
                    if let (Some(result), Some(step)) = (result, names.get(step)) {
                        take(step, name, result, has_fired);
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

/// Compiles the graph of a run as it was.
pub fn compiled(run: &Run, registry: &Registry) -> Option<Plan> {
    Earlier::of(Past::of_graph(run).ok()?).ok()?.plan(registry)
}
