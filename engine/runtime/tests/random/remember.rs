//! Runs that remember what they did, on a disk in memory, and runs that go on after one that was stopped.

use std::path::Path;
use std::sync::Arc;

use windlass_core::doc::GraphDoc;
use windlass_core::secret::Secrets;
use windlass_core::value::Codecs;
use windlass_runtime::{NotesInJournal, Results, RunOptions};
use windlass_store::journal::{Began, Record};
use windlass_store::runs::Runs;
use windlass_store::{Artifacts, Layout, Past, SimulatedDisk};

use crate::compare::{compare_resumed, sizes};
use crate::observe::{self, Course};
use crate::reference::evaluate;
use crate::show::show;
use crate::trial::{Bench, Trial};

/// A workspace in memory.
pub struct Remembered {
    disk: SimulatedDisk,
    layout: Layout,
    runs: Runs,
}

impl Remembered {
    pub fn new() -> Self {
        Self::on(SimulatedDisk::default())
    }

    /// Returns what is there after the power was cut.
    pub fn cut(&self, seed: u64) -> Self {
        Self::on(self.disk.cut(seed))
    }

    fn on(disk: SimulatedDisk) -> Self {
        let layout = Layout::new(Path::new("/workspace"));
        let runs = Runs::new(Arc::new(disk.clone()), Some(layout.runs()));
        Self { disk, layout, runs }
    }

    /// Returns options for a run that remembers, and that goes on where an earlier one stopped.
    pub fn options(&self) -> RunOptions {
        let past = self.runs.find(None).ok().map(|run| Arc::new(Past::read(&run).unwrap().0));
        let journal = Arc::new(self.runs.begin("random").unwrap().unwrap());
        let began = Began { run: "random".into(), ..Began::default() };
        journal.append(&Record::Began(Box::new(began))).unwrap();
        journal.commit_all().unwrap();
        let notes = NotesInJournal::new(journal.clone(), Secrets::default());
        let notes = match &past {
            Some(past) => notes.behind(past),
            None => notes,
        };
        let artifacts = Artifacts::open(Arc::new(self.disk.clone()), &self.layout, Codecs::default());
        let results = Some(Results { artifacts, files: Arc::default(), cache: None, is_fresh: false });
        RunOptions { journal: Some(journal), notes: Arc::new(notes), results, past, ..observe::options() }
    }
}

impl Bench {
    /// Runs one graph that is stopped on its way, cuts the power, and lets it go on to its end.
    pub fn resume(&self, doc: &GraphDoc, stopped: Course, then: Course) -> Trial {
        let remembered = Remembered::new();
        let Some(first) = self.try_run(doc, remembered.options(), stopped) else { return Trial::TooLarge };
        let seen = self.seen(doc, remembered.cut(doc.seed).options(), then);
        let mut expected = evaluate(|| self.plan(doc), &seen.unanswered());
        let plan = self.plan(doc);
        expected.cut(&plan, &sizes(&seen));
        let wrong = compare_resumed(&plan, &expected, &first, &seen);
        match wrong.is_empty() {
            true => Trial::Right(expected.fates.len()),
            false => Trial::Wrong(format!("seed {} {stopped:?}\n{}{}\n", doc.seed, show(doc), wrong.join("\n"))),
        }
    }
}
