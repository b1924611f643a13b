//! The doors of a firing on the bench: what is saved, logged and shown is kept to be looked at.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value as Json;

use crate::context::{
    Content, Doors, HeldObject, IfExists, LeaseOn, Leasing, OpenFile, Program, Question, Running, SaveOutcome, Saved,
    Saving,
};
use crate::key::Place;
use crate::node::NodeError;
use crate::permission::{Permission, Permissions};
use crate::value::{File, FileContent, Value};

/// What a firing did through its doors.
#[derive(Clone, Default)]
pub(super) struct Seen {
    pub(super) saved: BTreeMap<PathBuf, Vec<u8>>,
    pub(super) logs: Vec<String>,
    pub(super) progress: Vec<f32>,
    pub(super) previews: Vec<Value>,
}

pub(super) struct Bench {
    folder: Option<PathBuf>,
    answer: Option<Json>,
    notes: Mutex<BTreeMap<String, Json>>,
    granted: Option<Permissions>,
    seen: Mutex<Seen>,
}

impl Bench {
    pub(super) fn new(folder: Option<PathBuf>) -> Self {
        Self { folder, answer: None, notes: Mutex::default(), granted: None, seen: Mutex::default() }
    }

    /// Has a person's answer ready.
    pub(super) fn answered(mut self, answer: Option<Json>) -> Self {
        self.answer = answer;
        self
    }

    /// Allows no more than this, where it is said.
    pub(super) fn granted(mut self, granted: Option<Permissions>) -> Self {
        self.granted = granted;
        self
    }

    fn saved(&self, path: &Path, content: &mut Content<'_>) -> Result<Saved, NodeError> {
        let mut bytes = Vec::new();
        content(&mut bytes)?;
        let mut target = path.to_path_buf();
        if let Some(folder) = &self.folder {
            target = folder.join(path);
            put(&target, &bytes).map_err(|error| NodeError::because("cannot write on the bench", &error))?;
        }
        self.seen().saved.insert(path.to_path_buf(), bytes);
        Ok(Saved { path: target, outcome: SaveOutcome::Written, content: None })
    }

    fn notes(&self) -> MutexGuard<'_, BTreeMap<String, Json>> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Doors for Bench {
    fn save<'a>(&'a self, _: &'a Place, path: &'a Path, _: IfExists, content: &'a mut Content<'_>) -> Saving<'a> {
        Box::pin(std::future::ready(self.saved(path, content)))
    }

    fn open(&self, file: &File) -> Result<OpenFile, NodeError> {
        let path = match &file.content {
            FileContent::Bytes(bytes) => return Ok(OpenFile::in_memory(bytes.clone())),
            FileContent::Path(path) => path,
        };
        let cannot = |error| NodeError::because(format!("cannot open `{}`", path.display()), &error);
        let metadata = std::fs::metadata(path).map_err(cannot)?;
        if !metadata.is_file() {
            return Err(NodeError::new(format!("this is not a file: `{}`", path.display())).permanent());
        }
        let disk = std::fs::File::open(path).map_err(cannot)?;
        Ok(OpenFile { size_bytes: metadata.len(), reader: Box::new(disk) })
    }

    fn allows(&self, needed: &Permission) -> bool {
        self.granted.as_ref().is_none_or(|granted| granted.cover(needed))
    }

    fn run<'a>(
        &'a self,
        place: &'a Place,
        program: &'a Program,
        output: &'a mut (dyn FnMut(&[u8]) -> Result<(), NodeError> + Send),
    ) -> Running<'a> {
        Box::pin(async move { super::programs::run(program, output, |line| self.log(place, line)) })
    }

    fn note(&self, _: &Place, name: &str) -> Option<Json> {
        match &self.answer {
            Some(answer) if name == Question::note() => Some(answer.clone()),
            _ => self.notes().get(name).cloned(),
        }
    }

    fn put_note(&self, _: &Place, name: &str, value: Json) -> Result<(), NodeError> {
        self.notes().insert(name.to_owned(), value);
        Ok(())
    }

    fn lease_on<'a>(&'a self, _: &'a Place, _: &'a str, _: Duration) -> Leasing<'a> {
        Box::pin(async { Ok(LeaseOn::new(Arc::new(Unshared))) })
    }

    fn progress(&self, _: &Place, share: f32) {
        self.seen().progress.push(share);
    }

    fn preview(&self, _: &Arc<Place>, value: Value) {
        self.seen().previews.push(value);
    }

    fn log(&self, _: &Place, line: &str) {
        self.seen().logs.push(line.to_owned());
    }
}

/// A lease on an object that nobody else knows.
struct Unshared;

impl HeldObject for Unshared {
    fn number(&self) -> u64 {
        1
    }

    fn check(&self) -> Result<(), NodeError> {
        Ok(())
    }
}

fn put(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::{Cancel, Ctx, Lease, OutPath};

    #[test]
    fn what_comes_too_late_is_not_saved() {
        let (bench, cancel) = (Arc::new(Bench::new(None)), Cancel::default());
        let ctx = Ctx::new(Place::root(), cancel.clone(), Lease::default(), [0; 32], bench.clone());
        let save = |name: &str, cancelled: fn(&Cancel)| {
            let path = OutPath::new(name.into());
            crate::harness::block_on(ctx.save(&path, IfExists::Ours, |_| {
                cancelled(&cancel);
                Ok(())
            }))
        };
        assert!(save("early", |_| {}).is_ok());
        assert!(save("late", Cancel::cancel).is_err_and(|error| error.is_cancelled()));
        assert_eq!(bench.seen().saved.keys().collect::<Vec<_>>(), [Path::new("early")]);
    }
}
