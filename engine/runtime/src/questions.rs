//! The questions of a run that wait for a person, and the notes that firings keep between their tries.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value as Json;
use windlass_core::context::{Notes, Question};
use windlass_core::key::{Key, Place};
use windlass_core::node::NodeError;
use windlass_core::plan::StepId;

/// A question that waits for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenQuestion {
    /// The step that asks.
    pub step: String,
    /// Key of the item.
    pub key: Key,
    /// Stable name of the item.
    pub name: String,
    /// What is asked.
    pub question: Question,
}

/// The questions of a run.
pub struct Questions {
    waiting: Mutex<BTreeMap<(StepId, Key), (String, Question)>>,
    /// How long the run waits for answers when nothing else can be done.
    patience: Duration,
    /// Questions that the run went on without.
    left_open: AtomicU64,
}

impl Questions {
    /// Starts without questions.
    pub fn new(patience: Duration) -> Self {
        Self { waiting: Mutex::default(), patience, left_open: AtomicU64::new(0) }
    }

    /// Returns how long the run waits for answers when nothing else can be done.
    pub fn patience(&self) -> Duration {
        self.patience
    }

    /// Adds a question.
    pub fn ask(&self, step: StepId, place: &Place, question: Question) {
        self.lock().insert((step, place.key().clone()), (place.name().to_owned(), question));
    }

    /// Returns a question that waits.
    pub fn get(&self, step: StepId, key: &Key) -> Option<Question> {
        self.lock().get(&(step, key.clone())).map(|(_, question)| question.clone())
    }

    /// Takes a question away that has its answer; of an answer and the run's going on without one, the first counts.
    pub fn answered(&self, step: StepId, key: &Key) -> bool {
        self.lock().remove(&(step, key.clone())).is_some()
    }

    /// Takes a question away that the run goes on without.
    pub fn leave_open(&self, step: StepId, key: &Key) -> bool {
        let was_waiting = self.answered(step, key);
        self.left_open.fetch_add(u64::from(was_waiting), Ordering::AcqRel);
        was_waiting
    }

    /// Returns whether any question waits.
    pub fn is_waiting(&self) -> bool {
        !self.lock().is_empty()
    }

    /// Returns how many questions the run went on without.
    pub fn left_open(&self) -> u64 {
        self.left_open.load(Ordering::Acquire)
    }

    /// Returns all that wait: step, key, name of the item, question.
    pub fn all(&self) -> Vec<(StepId, Key, String, Question)> {
        let one = |((step, key), (name, question)): (&(StepId, Key), &(String, Question))| {
            (*step, key.clone(), name.clone(), question.clone())
        };
        self.lock().iter().map(one).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<(StepId, Key), (String, Question)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Notes that live as long as the run.
#[derive(Default)]
pub struct NotesInMemory {
    notes: Mutex<HashMap<(String, Key), BTreeMap<String, Json>>>,
    is_used: AtomicBool,
}

impl NotesInMemory {
    /// Takes a note over from an earlier process.
    pub(crate) fn take_over(&self, step: &str, key: Key, name: &str, value: Json) {
        self.is_used.store(true, Ordering::Release);
        self.lock().entry((step.to_owned(), key)).or_default().insert(name.to_owned(), value);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(String, Key), BTreeMap<String, Json>>> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Notes for NotesInMemory {
    fn get(&self, step: &str, place: &Place, name: &str) -> Option<Json> {
        if !self.is_used.load(Ordering::Acquire) {
            return None;
        }
        self.lock().get(&(step.to_owned(), place.key().clone()))?.get(name).cloned()
    }

    fn put(&self, step: &str, place: &Place, name: &str, value: Json) -> Result<(), NodeError> {
        self.take_over(step, place.key().clone(), name, value);
        Ok(())
    }

    fn forget(&self, step: &str, place: &Place) {
        if self.is_used.load(Ordering::Acquire) {
            self.lock().remove(&(step.to_owned(), place.key().clone()));
        }
    }
}
