//! What the first files of a journal came to, kept in one file beside them: a run that was resumed often tells the same items again
//! in each of them, and is not read from its beginning each time.
//!
//! A digest speaks for files of exactly these lengths, and counts only where it is whole; otherwise the journal is read as if
//! there were none. None is made of a journal that is damaged, so that the damage is told each time.

use std::io;

use windlass_core::event::{Event, Fate, What};

use super::{Listing, Part, Past, Step};
use crate::journal::{Digest, DigestReader, Journal, Listed, Noted, Record, Result, write_digest};
use crate::runs::Run;

/// A digest is written anew once at least so many bytes of the journal are not in it, and as many as it has itself.
const WORTH_BYTES: u64 = 256 * 1024;

impl Past {
    /// Reads the digest of a journal; `None` where there is none that counts.
    pub(super) fn digested(run: &Run) -> Option<Self> {
        let mut reader = DigestReader::open(&*run.disk, &run.folder)?;
        let Digest { files, steps } = reader.head().clone();
        let (parts, digest_bytes) = (files.len(), reader.size_bytes());
        let mut past = Self { parts, lengths: files, digested: parts, digest_bytes, ..Self::default() };
        for (name, info) in steps {
            let place = past.place(&name);
            info.into_iter().for_each(|info| past.steps[place].1.is(info));
        }
        let mut part = Part { places: (0..past.steps.len()).collect(), unnamed: Vec::new() };
        while let Some(record) = reader.next().ok()? {
            past.take_digested(record, &mut part)?;
        }
        Some(past)
    }

    /// Takes in what a digest says, where that is what a digest may say.
    fn take_digested(&mut self, record: Record, part: &mut Part) -> Option<()> {
        match record {
            // Whether an item failed is said by itself, behind all results.
            Record::Result(result) => self.steps.get_mut(result.step)?.1.take(result),
            Record::Ended(_) | Record::Group(_) | Record::Digest(_) => return None,
            record => self.take(record, part),
        }
        Some(())
    }

    /// Keeps what was read, for who goes on with the run after the process whose journal this is; unless little would be
    /// gained by that.
    ///
    /// # Errors
    /// What the system refuses; then the journal is read as before.
    pub fn keep_digest(&self, run: &Run, journal: &Journal) -> io::Result<()> {
        let behind: u64 = self.lengths[self.digested..].iter().sum();
        let is_all = journal.number() == self.parts && self.lengths.len() == self.parts;
        if self.is_damaged || !is_all || behind < WORTH_BYTES.max(self.digest_bytes) {
            return Ok(());
        }
        self.write_digest(run)
    }

    pub(super) fn write_digest(&self, run: &Run) -> io::Result<()> {
        let steps = self.steps.iter().map(|(name, step)| (name.clone(), step.info().cloned()));
        let head = Digest { files: self.lengths.clone(), steps: steps.collect() };
        write_digest(&*run.disk, &run.folder, head, self.records())
    }

    fn records(&self) -> impl Iterator<Item = Record> {
        let began = self.began.clone().map(Record::Began);
        let file = |(path, content): (&std::path::PathBuf, &Vec<u8>)| Record::GraphFile {
            path: path.clone(),
            content: content.clone(),
        };
        let steps = self.steps.iter().enumerate();
        let steps = steps.flat_map(|(place, (_, step))| records_of(place, step));
        let note = |note: super::Note<'_>| {
            let said = Some((note.name.to_owned(), note.content.clone()));
            Record::Noted(Noted { step: note.step.to_owned(), key: note.key.to_owned(), note: said })
        };
        let failures = self.failures.all().flat_map(|failure| {
            let step = self.places.get(failure.step).copied().unwrap_or_default();
            failed(step, failure.key, failure.is_handled)
        });
        let files = self.files.iter().map(file);
        began.into_iter().chain(files).chain(steps).chain(self.notes.all().map(note)).chain(failures)
    }
}

fn records_of(place: usize, step: &Step) -> impl Iterator<Item = Record> {
    let results = step.results().map(move |result| Record::Result(Result { step: place, ..result }));
    let listings = step.listings().flat_map(move |(group, listing)| listed(place, group, listing));
    let counts = step.counts.iter();
    let counts = counts.map(move |(group, count)| {
        event(What::Group { step: place, key: (**group).to_owned(), count: *count, cause: None })
    });
    results.chain(listings).chain(counts)
}

fn listed<'a>(step: usize, group: &'a str, listing: &'a Listing) -> impl Iterator<Item = Record> + use<'a> {
    let record = move |first, children| Record::Listed(Listed { step, group: group.to_owned(), first, children });
    // Children that do not follow are how a gap is known.
    let gap = listing.has_gap().then(|| record(listing.len() + 1, Vec::new()));
    listing.chunks().map(move |(first, children)| record(first, children)).chain(gap)
}

fn failed(step: usize, key: &str, is_handled: bool) -> impl Iterator<Item = Record> + use<> {
    let fate = Fate::Failed { causes: Vec::new(), hint: None, attempts: 0 };
    let done = What::Done { step, key: key.to_owned(), name: String::new(), fate, took_ms: None };
    let handled = is_handled.then(|| event(What::Handled { step, key: key.to_owned() }));
    std::iter::once(event(done)).chain(handled)
}

fn event(what: What) -> Record {
    Record::Event(Event { seq: 0, at_ms: 0, what })
}
