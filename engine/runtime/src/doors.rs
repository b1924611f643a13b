//! The engine's side of a firing's context.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use windlass_core::context::{
    Content, Doors, IfExists, Leasing, LetGo, Make, OpenFile, Program, Running, SaveOutcome, Saved, Saving,
};
use windlass_core::event::What;
use windlass_core::key::Place;
use windlass_core::node::NodeError;
use windlass_core::permission::Permission;
use windlass_core::plan::StepId;
use windlass_core::service::{ServiceFuture, ServiceHandle};
use windlass_core::value::{File, Value};
use windlass_store::journal::Wrote;

use crate::last::{self, Target};
use crate::programs;
use crate::shared::Shared;

/// What a step's firings reach through their context.
#[derive(Clone)]
pub struct StepDoors {
    /// The run.
    pub shared: Arc<Shared>,
    /// The step.
    pub step: StepId,
    /// Whether firings of the step have noted anything.
    pub has_noted: Arc<AtomicBool>,
}

impl StepDoors {
    /// Writes a line to the log of the item with this key.
    pub fn log_for(&self, key: String, line: &str) {
        self.shared.bus.send(What::Log { step: self.step, key, line: line.to_owned() });
    }

    fn say_saved(&self, place: &Place, saved: &Saved) {
        let outcome = match saved.outcome {
            SaveOutcome::Written => "written",
            SaveOutcome::Unchanged => "unchanged",
            SaveOutcome::Skipped => "skipped",
        };
        let path = saved.path.display().to_string();
        self.send(place, |step, key| What::Saved { step, key, path, outcome: outcome.into() });
    }

    /// Takes the paths of files that a firing had put in place before; returns whether no other item has one of them.
    pub fn may_stand(&self, place: &Place, wrote: &[Wrote]) -> bool {
        let holder = self.holder(place);
        wrote.iter().all(|wrote| self.shared.files.claim(&holder, &wrote.path).is_ok())
    }

    fn holder(&self, place: &Place) -> String {
        format!("{} {}", self.shared.plan.steps[self.step].name, place.key())
    }

    /// Says that what a firing came to before was found, and that its files stand as it had put them in place.
    pub fn say_found(&self, place: &Place, wrote: &[Wrote]) {
        self.send(place, |step, key| What::Recalled { step, key });
        for Wrote { path, .. } in wrote {
            self.say_saved(place, &Saved { path: path.clone(), outcome: SaveOutcome::Unchanged, content: None });
        }
    }

    fn send(&self, place: &Place, what: impl FnOnce(usize, String) -> What) {
        self.shared.bus.send(what(self.step, place.key().to_string()));
    }
}

impl Doors for StepDoors {
    fn save<'a>(
        &'a self,
        place: &'a Place,
        path: &'a Path,
        if_exists: IfExists,
        content: &'a mut Content<'_>,
    ) -> Saving<'a> {
        Box::pin(async move {
            let holder = self.holder(place);
            self.shared.objects.check(self.step, place.key())?;
            // What is written may take long: it gets its name only where nothing was lost meanwhile.
            let mut content = |out: &mut dyn std::io::Write| {
                content(out)?;
                self.shared.objects.check(self.step, place.key())
            };
            let saved = self.shared.files.save(&holder, path, if_exists, &mut content).await?;
            self.say_saved(place, &saved);
            if let Some(recall) = self.shared.recall(self.step) {
                match saved.content {
                    Some((hash, size_bytes)) => recall.wrote(place.key(), &saved.path, hash, size_bytes),
                    None => recall.left(place.key(), &saved.path),
                }
            }
            Ok(saved)
        })
    }

    fn save_last<'a>(
        &'a self,
        place: &'a Place,
        path: &'a Path,
        if_exists: IfExists,
        make: Make<'a>,
        let_go: &'a LetGo,
    ) -> Saving<'a> {
        Box::pin(last::save(self, Target { place, path, if_exists }, make, let_go))
    }

    fn open(&self, file: &File) -> Result<OpenFile, NodeError> {
        match self.shared.recall(self.step) {
            Some(recall) => recall.open(file),
            None => windlass_store::read::open_file(file),
        }
    }

    fn service(&self, name: &str) -> ServiceFuture<Result<ServiceHandle, NodeError>> {
        let (shared, step, name) = (self.shared.clone(), self.step, name.to_owned());
        Box::pin(async move {
            let run = shared.service_run.get().copied().unwrap_or_default();
            tokio::select! {
                biased;
                () = shared.control.cancelled() => Err(NodeError::cancelled()),
                running = shared.services.running(&shared.plan.steps[step].spec.kind, &name, run) => running,
            }
        })
    }

    fn lease_on<'a>(&'a self, place: &'a Place, object: &'a str, patience: Duration) -> Leasing<'a> {
        Box::pin(async move {
            let name = format!("run {}, {}", self.shared.name, self.holder(place));
            let firing = (self.step, place.key().clone());
            self.shared.objects.take(firing, (object, name.trim_end()), patience, &self.shared.control).await
        })
    }

    fn allows(&self, needed: &Permission) -> bool {
        self.shared.granted.cover(needed)
    }

    fn progress(&self, place: &Place, share: f32) {
        self.send(place, |step, key| What::Progress { step, key, share });
    }

    fn preview(&self, place: &Arc<Place>, value: Value) {
        if let Some(peeks) = &self.shared.peeks {
            peeks.under_way(self.step, place, &value);
        }
    }

    fn log(&self, place: &Place, line: &str) {
        self.log_for(place.key().to_string(), line);
    }

    fn note(&self, place: &Place, name: &str) -> Option<serde_json::Value> {
        self.shared.notes.get(&self.shared.plan.steps[self.step].name, place, name)
    }

    fn put_note(&self, place: &Place, name: &str, value: serde_json::Value) -> Result<(), NodeError> {
        self.has_noted.store(true, Ordering::Release);
        self.shared.notes.put(&self.shared.plan.steps[self.step].name, place, name, value)
    }

    fn run<'a>(
        &'a self,
        place: &'a Place,
        program: &'a Program,
        output: &'a mut (dyn FnMut(&[u8]) -> Result<(), NodeError> + Send),
    ) -> Running<'a> {
        Box::pin(programs::run(self, place, program, output))
    }
}
