//! When the firings of a crate came to their end, as the events of the run tell.

use std::collections::HashMap;
use std::io;

use windlass_core::event::What;
use windlass_core::key::Key;
use windlass_core::plan::{Plan, StepId};
use windlass_store::journal::{Record, Told};
use windlass_store::lineage::Lineage;
use windlass_store::runs::Run;

/// When firings ended, in milliseconds since 1970-01-01 UTC.
#[derive(Default)]
pub struct Times {
    ends: HashMap<(StepId, Key), u64>,
    /// The last event of the run.
    pub last_unix_ms: u64,
}

impl Times {
    /// Reads them from the journal of a run, for what takes part in a lineage. Of several processes that told of a firing the
    /// first one did it.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub fn read(run: &Run, plan: &Plan, lineage: &Lineage) -> io::Result<Self> {
        let (mut times, mut began, mut steps) = (Self::default(), 0, Vec::new());
        let mut reader = run.read()?;
        while let Some(told) = reader.next()? {
            let Told::Record(Record::Event(event)) = told else { continue };
            if let What::RunStarted { unix_ms, steps: known, .. } = &event.what {
                let number = |name: &str| plan.steps.iter().position(|step| step.name == name);
                (began, steps) = (*unix_ms, known.iter().map(|step| number(&step.name)).collect());
            }
            times.last_unix_ms = times.last_unix_ms.max(began + event.at_ms);
            if let What::Done { step, key, .. } = event.what {
                let step = steps.get(step).copied().flatten();
                times.take(lineage, step, &key, began + event.at_ms);
            }
        }
        Ok(times)
    }

    /// Returns when a firing ended.
    pub fn end(&self, step: StepId, key: &Key) -> Option<u64> {
        self.ends.get(&(step, key.clone())).copied()
    }

    fn take(&mut self, lineage: &Lineage, step: Option<StepId>, key: &str, at_unix_ms: u64) {
        let Some((step, key)) = step.zip(key.parse::<Key>().ok()) else { return };
        if lineage.uses.get(&step).is_some_and(|part| part.firings.contains(&key)) {
            self.ends.entry((step, key)).or_insert(at_unix_ms);
        }
    }
}
