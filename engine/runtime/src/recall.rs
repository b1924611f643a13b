//! What firings gave before: found again instead of firing, and recorded for those who come later.
//!
//! | Who asks | What counts |
//! | --- | --- |
//! | the same run, in a later process | the result under the same step and key, whatever it depended on |
//! | another run | the result with the same fingerprint, where the kind and the policy allow that |
//!
//! A value that was cheaper to compute than to keep has a record without its bytes: it travels as a [`Lazy`], and is computed again
//! where somebody has to see it (`again.rs`).
//!
//! Deliberately absent: which steps are asked at all is [`is_remembered`] alone; light pure steps are not, since a record costs
//! more than their code.

mod again;
mod explain;
mod find;
mod keep;
mod known;
mod listing;
mod recipe;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

pub use again::{is_away, opened, opened_value, ready};
pub use explain::{Explain, fires_anyway};
pub use find::Found;
pub use known::{Known, has_file};
pub use listing::Lists;
use windlass_core::doc::{Cache as Policy, OnError};
use windlass_core::key::Key;
use windlass_core::plan::{Plan, Step, StepId};
use windlass_core::secret::Secrets;
use windlass_core::spec::{Cost, Purity};
use windlass_core::value::Codecs;
use windlass_store::Cache;
use windlass_store::artifacts::Artifacts;
use windlass_store::file_hashes::FileHashes;
use windlass_store::journal::{Journal, Record, Wrote};
use windlass_store::past::Past;

use crate::bus::Bus;

/// What a run is given to remember by.
#[derive(Clone)]
pub struct Results {
    /// Where values are kept.
    pub artifacts: Artifacts,
    /// What is known of files from outside.
    pub files: Arc<FileHashes>,
    /// What other runs gave; `None` where another process has it.
    pub cache: Option<Arc<Cache>>,
    /// Whether what other runs gave counts for nothing.
    pub is_fresh: bool,
}

/// What a run remembers.
pub struct Memo {
    /// Name of the run.
    run: String,
    /// What it was given.
    results: Results,
    /// `None` where nothing is to be recorded.
    journal: Option<Arc<Journal>>,
    codecs: Codecs,
    /// What is never written down.
    secrets: Secrets,
    /// What earlier processes did for this run.
    past: Option<Arc<Past>>,
    /// How fast values are kept, in bytes for each millisecond.
    keeping_rate: AtomicU64,
    has_warned: AtomicBool,
    /// Set once values take as much room as they may.
    was_full: AtomicBool,
    /// When results were last made to be found.
    settled: Mutex<Instant>,
    warnings: Arc<Bus>,
}

/// What a firing did to files.
#[derive(Default)]
struct Files {
    /// Those that it has put in place.
    wrote: Vec<Wrote>,
    /// Those that it has left as they stood.
    left: Vec<PathBuf>,
}

/// What the firings of one step gave before.
pub struct Recall {
    plan: Arc<Plan>,
    /// Overrides `on_error` of the step.
    fail_fast: Option<bool>,
    memo: Arc<Memo>,
    step: StepId,
    /// Kind, version and name, as they count in fingerprints.
    head: blake3::Hash,
    /// The files of firings under way.
    files: Mutex<HashMap<Key, Files>>,
}

/// Results are made to be found where there is so much to say of them, or those of so long.
const SETTLED_AT_ONCE: usize = 2048;
const SETTLED_EVERY: Duration = Duration::from_millis(500);

/// How fast values are kept before that was measured, in bytes for each millisecond.
const FIRST_RATE: u64 = 100_000;

impl Memo {
    /// Makes the memory of a run, which says what goes wrong on its bus.
    pub fn new(
        run: &str,
        results: Results,
        journal: Option<Arc<Journal>>,
        (codecs, secrets): (Codecs, Secrets),
        past: Option<Arc<Past>>,
        warnings: Arc<Bus>,
    ) -> Arc<Self> {
        let (keeping_rate, has_warned) = (AtomicU64::new(FIRST_RATE), AtomicBool::new(false));
        Arc::new(Self {
            run: run.to_owned(),
            results,
            journal,
            codecs,
            secrets,
            past,
            keeping_rate,
            has_warned,
            was_full: AtomicBool::new(false),
            settled: Mutex::new(Instant::now()),
            warnings,
        })
    }

    /// Journals something, unless it gives a secret away or is too long: then it is done again instead of told.
    fn append(&self, record: &Record) {
        let Some(journal) = &self.journal else { return };
        if self.secrets.is_empty() || !self.gives_away(&record.to_bytes()) {
            drop(journal.append(record));
        }
    }

    fn gives_away(&self, bytes: &[u8]) -> bool {
        self.secrets.are_in(&String::from_utf8_lossy(bytes))
    }

    /// Lets what was recorded be found, once it is on the disk: many at once, since each time is a transaction of the index.
    pub fn settle(&self) {
        let (Some(cache), Some(journal)) = (&self.results.cache, &self.journal) else { return };
        let mut settled = self.settled.lock().unwrap_or_else(PoisonError::into_inner);
        if cache.waiting() < SETTLED_AT_ONCE && settled.elapsed() < SETTLED_EVERY {
            return;
        }
        *settled = Instant::now();
        if let Err(error) = cache.apply_up_to(&self.run, journal.durable_bytes()) {
            self.warn("results are not found again before the index is made anew", &error);
        }
    }

    /// Returns where values are kept.
    pub fn artifacts(&self) -> &Artifacts {
        &self.results.artifacts
    }
}

impl Recall {
    /// Returns what the firings of each step gave before, where the step is one whose results count.
    pub fn of_all(memo: &Arc<Memo>, plan: &Arc<Plan>, fail_fast: Option<bool>) -> Vec<Option<Arc<Self>>> {
        let recall = |step| Self {
            plan: plan.clone(),
            fail_fast,
            memo: memo.clone(),
            step,
            head: known::head(&plan.steps[step]),
            files: Mutex::default(),
        };
        (0..plan.steps.len()).map(|step| is_remembered(&plan.steps[step]).then(|| Arc::new(recall(step)))).collect()
    }

    /// Takes note of a file that a firing has put in place.
    pub fn wrote(&self, key: &Key, path: &Path, hash: blake3::Hash, size_bytes: u64) {
        self.memo.results.files.note(path, hash);
        let wrote = Wrote { path: path.to_owned(), content: hash.to_hex().to_string(), size_bytes };
        self.note(key, |files| files.wrote.push(wrote));
    }

    /// Takes note of a file that a firing was to write, and left as it stood.
    pub fn left(&self, key: &Key, path: &Path) {
        self.note(key, |files| files.left.push(path.to_owned()));
    }

    fn note(&self, key: &Key, note: impl FnOnce(&mut Files)) {
        note(self.files.lock().unwrap_or_else(PoisonError::into_inner).entry(key.clone()).or_default());
    }

    fn plan(&self) -> &Step {
        &self.plan.steps[self.step]
    }

    fn stops_on_failure(&self) -> bool {
        self.fail_fast.unwrap_or(self.plan().policy.on_error == OnError::Stop)
    }
}

/// Returns whether the results of a step count beyond the process: it costs more than a record, or depends on the world or
/// changes it. Steps that are fed in order are folded again instead.
pub fn is_remembered(step: &Step) -> bool {
    let is_costly = step.spec.cost != Cost::Light || step.spec.purity != Purity::Pure;
    let is_asked_for = step.policy.cache == Policy::Always;
    (is_costly || is_asked_for)
        && !step.spec.is_ordered()
        && !step.spec.is_pairing()
        && step.in_loop.is_none()
        && !step.policy.mute
}
