//! Notes of firings that survive the process: each is in the journal of the run before the call that notes it returns.

use std::io;
use std::sync::Arc;

use serde_json::Value as Json;
use windlass_core::context::Notes;
use windlass_core::key::Place;
use windlass_core::node::{NodeError, explain_io};
use windlass_core::secret::Secrets;
use windlass_store::Past;
use windlass_store::journal::{Journal, Noted, Record};

use crate::questions::NotesInMemory;

/// Notes that are in the journal of their run, without its secrets.
pub struct NotesInJournal {
    notes: NotesInMemory,
    journal: Arc<Journal>,
    secrets: Secrets,
}

impl NotesInJournal {
    /// Starts without notes.
    pub fn new(journal: Arc<Journal>, secrets: Secrets) -> Self {
        Self { notes: NotesInMemory::default(), journal, secrets }
    }

    /// Starts with what the firings of earlier processes noted. Secrets were hidden in that.
    #[must_use]
    pub fn behind(self, past: &Past) -> Self {
        for note in past.notes() {
            // A key that is none was damaged in a way that its record did not show; nobody will ask for it.
            if let Ok(key) = note.key.parse() {
                self.notes.take_over(note.step, key, note.name, note.content.clone());
            }
        }
        self
    }

    fn record(&self, step: &str, place: &Place, note: Option<(String, Json)>) -> Record {
        let (step, key) = (step.to_owned(), place.key().to_string());
        let hidden = note.map(|(name, mut content)| {
            self.secrets.hide_in_json(&mut content);
            (name, content)
        });
        Record::Noted(Noted { step, key, note: hidden })
    }

    fn explained(&self, error: &io::Error) -> NodeError {
        explain_io("write", self.journal.path(), error).within("the note cannot be kept")
    }
}

impl Notes for NotesInJournal {
    fn get(&self, step: &str, place: &Place, name: &str) -> Option<Json> {
        self.notes.get(step, place, name)
    }

    fn put(&self, step: &str, place: &Place, name: &str, value: Json) -> Result<(), NodeError> {
        let record = self.record(step, place, Some((name.to_owned(), value.clone())));
        let kept = self.journal.append(&record).and_then(|ticket| self.journal.commit(ticket));
        kept.map_err(|error| self.explained(&error))?;
        self.notes.put(step, place, name, value)
    }

    fn forget(&self, step: &str, place: &Place) {
        self.notes.forget(step, place);
        // Whoever reads the journal finds the fate of the item there too, so that this needs no wait for the disk.
        let _ = self.journal.append(&self.record(step, place, None));
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use windlass_store::journal::{Reader, Told};
    use windlass_store::runs::Runs;
    use windlass_store::{SimulatedDisk, StoreDisk};

    use super::*;

    const FOLDER: &str = "/runs/a";

    fn noted(disk: SimulatedDisk) -> Vec<Noted> {
        let disk: Arc<dyn StoreDisk> = Arc::new(disk);
        let mut reader = Reader::open(&disk, Path::new(FOLDER)).unwrap();
        let mut noted = Vec::new();
        while let Some(told) = reader.next().unwrap() {
            let Told::Record(Record::Noted(note)) = told else { panic!("{told:?}") };
            noted.push(note);
        }
        noted
    }

    fn on(disk: &SimulatedDisk) -> NotesInJournal {
        let journal = Journal::create(disk, Path::new(FOLDER)).unwrap();
        NotesInJournal::new(Arc::new(journal), [("KEY", "hunter-2-hunter")].into_iter().collect())
    }

    #[test]
    fn a_note_survives_a_cut_of_the_power_and_holds_no_secret() {
        let disk = SimulatedDisk::default();
        let (notes, place) = (on(&disk), Place::root().child(3, None));
        notes.put("send", &place, "ticket", "for hunter-2-hunter".into()).unwrap();
        for seed in 0..20 {
            let told = noted(disk.cut(seed));
            let [Noted { step, key, note: Some((name, content)) }] = &told[..] else { panic!("{told:?}") };
            assert_eq!((&**step, &**key, &**name), ("send", "3", "ticket"));
            assert_eq!(*content, "for [secret KEY]");
        }
        assert_eq!(notes.get("send", &place, "ticket"), Some("for hunter-2-hunter".into()));
        notes.forget("send", &place);
        assert_eq!(notes.get("send", &place, "ticket"), None);
        notes.journal.commit_all().unwrap();
        assert_eq!(noted(disk)[1].note, None);
    }

    #[test]
    fn a_note_is_handed_to_the_process_that_goes_on_until_it_is_forgotten() {
        let (disk, place) = (SimulatedDisk::default(), Place::root().child(3, None));
        let past = || {
            let run = Runs::new(Arc::new(disk.clone()), Some("/runs".into())).find(None).unwrap();
            Past::read(&run).unwrap().0
        };
        let notes = on(&disk);
        notes.put("send", &place, "ticket", 7.into()).unwrap();
        drop(notes);
        let notes = on(&disk).behind(&past());
        assert_eq!(notes.get("send", &place, "ticket"), Some(7.into()));
        notes.forget("send", &place);
        notes.journal.commit_all().unwrap();
        drop(notes);
        assert_eq!(on(&disk).behind(&past()).get("send", &place, "ticket"), None);
    }

    #[test]
    fn a_note_that_cannot_be_kept_is_refused() {
        let disk = SimulatedDisk::default();
        let (notes, place) = (on(&disk), Place::root());
        disk.set_room(Some(0));
        let error = notes.put("send", &place, "ticket", 1.into()).unwrap_err();
        assert!(error.is_disk_full() && error.to_string().starts_with("the note cannot be kept"), "{error}");
        assert_eq!(notes.get("send", &place, "ticket"), None);
        disk.set_room(None);
        notes.put("send", &place, "ticket", 2.into()).unwrap();
        assert_eq!(notes.get("send", &place, "ticket"), Some(2.into()));
    }
}
