//! What items of runs gave, as far as the runs kept it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use windlass_core::value::{Codecs, Value};
use windlass_store::journal::{Came, Given};
use windlass_store::runs::Runs;
use windlass_store::{Past, Workspace};

use super::told::NO_WORKSPACE;

/// The journal of a run that goes on is not read again sooner than this.
const LEAST: Duration = Duration::from_secs(1);
/// Nor before so many times as long as it takes to read it.
const TIMES: u32 = 20;

/// What the run did whose values were asked for last: journals can be long, and many values of one are asked for.
#[derive(Default)]
pub struct LastPast(Mutex<Option<Known>>);

struct Known {
    /// The folder of all runs, and the name of this one.
    run: (Option<PathBuf>, String),
    /// Of the files of its journal when it was read.
    sizes: Vec<u64>,
    read: Instant,
    took: Duration,
    past: Arc<Past>,
}

impl LastPast {
    /// Returns what an item of a run gave, by port, as far as it is kept.
    ///
    /// # Errors
    /// Says why there is nothing to be shown.
    pub fn values(
        &self,
        workspace: &Workspace,
        codecs: &Codecs,
        run: &str,
        (step, key): (&str, &str),
    ) -> Result<Vec<(String, Value)>, String> {
        let past = self.of(&workspace.runs(), run)?;
        let result = past.result(step, key).ok_or("what light nodes give is not kept; what goes on is not yet")?;
        let Came::Gave(given) = result.came else { return Err("it failed, and gave nothing".into()) };
        let artifacts = workspace.artifacts(codecs.clone()).ok_or(NO_WORKSPACE)?;
        let value = |(port, given): (String, Given)| match given {
            Given::Value(kept) => Some((port, artifacts.get(&kept.stored?).ok()?)),
            Given::Skip(_) => None,
        };
        let values: Vec<_> = given.into_iter().filter_map(value).collect();
        if values.is_empty() {
            return Err("what it gave was not kept: it is computed again where it is needed".into());
        }
        Ok(values)
    }

    /// Returns what a run did, as it stood a moment ago.
    fn of(&self, runs: &Runs, name: &str) -> Result<Arc<Past>, String> {
        let run = runs.named(name).ok_or(NO_WORKSPACE)?;
        let called = (runs.folder().map(Path::to_owned), name.to_owned());
        let unreadable = |error: std::io::Error| format!("the journal of the run cannot be read: {error}");
        let sizes = run.journal_sizes().map_err(unreadable)?;
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = last.as_ref().filter(|known| known.is_of(&called, &sizes)) {
            return Ok(known.past.clone());
        }
        let begun = Instant::now();
        let past = Arc::new(Past::read(&run).map_err(unreadable)?.0);
        let (read, took) = (Instant::now(), begun.elapsed());
        *last = Some(Known { run: called, sizes, read, took, past: past.clone() });
        Ok(past)
    }
}

impl Known {
    /// Returns whether it is what a run did, as far as its journal was worth reading since.
    fn is_of(&self, run: &(Option<PathBuf>, String), sizes: &[u64]) -> bool {
        let is_fresh = || self.read.elapsed() < LEAST.max(self.took * TIMES);
        self.run == *run && (self.sizes == sizes || is_fresh())
    }
}
