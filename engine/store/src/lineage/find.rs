//! Where a run speaks of a file or of a value: its journal is read through once, and nothing of it is kept but that.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::path::{Path, PathBuf};

use blake3::{Hash, Hasher};
use windlass_core::event::What;
use windlass_core::key::Key;
use windlass_core::value::File;

use crate::journal::{Came, FileSeen, Given, Kept, Listed, Record, Result, Told, Wrote};
use crate::read::open_file;
use crate::runs::Run;

/// What is looked for; it is enough that one of these fits.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Hash of the content of a file.
    pub content: Option<Hash>,
    /// Size of that file in bytes: files of this size that a run took may be copies of it.
    pub size_bytes: Option<u64>,
    /// Path of a file.
    pub path: Option<PathBuf>,
    /// The first digits of a hash: of a written file, of a value, of its bytes, or of what a firing depended on.
    pub digits: Option<String>,
}

/// Where a run speaks of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// Name of the step.
    pub step: String,
    /// Key of the item; of a child that a split found, its own.
    pub key: Key,
    /// What is said.
    pub trace: Trace,
}

/// What a run says of something.
#[derive(Clone, Debug, PartialEq)]
pub enum Trace {
    /// A firing wrote it.
    Wrote(Wrote),
    /// A firing gave it on a port.
    Gave(String, Kept),
    /// A firing depended on what this number stands for.
    Fired,
    /// A split found it.
    Found(FileSeen),
}

/// One file of a journal, as far as it was read.
#[derive(Default)]
struct Part {
    number: usize,
    names: Vec<String>,
    unnamed: Vec<(usize, Hit)>,
}

impl Wanted {
    /// Returns where a run speaks of it, in the order of its journal; the last word of the run on each item alone.
    ///
    /// # Errors
    /// What the system refuses, or that the journal was written by a newer program.
    pub fn find(&self, run: &Run) -> io::Result<Vec<Hit>> {
        let (mut hits, mut part) = (Vec::new(), Part::default());
        let mut reader = run.read()?;
        while let Some(told) = reader.next()? {
            if reader.part() != part.number {
                part = Part { number: reader.part(), ..Part::default() };
            }
            let Told::Record(record) = told else { continue };
            match record {
                Record::Began(began) => part.name(began.steps, &mut hits),
                Record::Event(event) => {
                    if let What::RunStarted { steps, .. } = event.what {
                        part.name(steps.into_iter().map(|step| step.name).collect(), &mut hits);
                    }
                }
                Record::Result(result) => self.in_result(&result, &mut part, &mut hits),
                Record::Listed(listed) => self.in_listed(listed, &mut part, &mut hits),
                _ => {}
            }
        }
        Ok(last_words(hits))
    }

    fn in_result(&self, result: &Result, part: &mut Part, hits: &mut Vec<Hit>) {
        let Ok(key) = result.key.parse::<Key>() else { return };
        let mut add = |trace| part.add(result.step, &key, trace, hits);
        for wrote in result.wrote.iter().filter(|wrote| self.is_written(wrote)) {
            add(Trace::Wrote(wrote.clone()));
        }
        let Some(digits) = &self.digits else { return };
        if let Came::Gave(ports) = &result.came {
            for (port, given) in ports {
                if let Given::Value(kept) = given
                    && stands_for(kept, digits)
                {
                    add(Trace::Gave(port.clone(), kept.clone()));
                }
            }
        }
        if result.fingerprint.to_hex().starts_with(digits.as_str()) {
            add(Trace::Fired);
        }
    }

    fn is_written(&self, wrote: &Wrote) -> bool {
        let has_content = self.content.is_some_and(|content| *content.to_hex() == *wrote.content);
        let begins = self.digits.as_ref().is_some_and(|digits| wrote.content.starts_with(digits.as_str()));
        has_content || begins || self.path.as_ref() == Some(&wrote.path)
    }

    fn in_listed(&self, listed: Listed, part: &mut Part, hits: &mut Vec<Hit>) {
        let Ok(group) = listed.group.parse::<Key>() else { return };
        for (child, place) in listed.children.into_iter().zip(listed.first..) {
            let Some(file) = child.file else { continue };
            if self.path.as_ref() == Some(&file.path) || self.is_copy(&file) {
                part.add(listed.step, &group.child(place), Trace::Found(file), hits);
            }
        }
    }

    /// Returns whether a file that a run took has the content that is looked for, as far as that can still be seen.
    fn is_copy(&self, file: &FileSeen) -> bool {
        let Some(content) = self.content.filter(|_| self.size_bytes == Some(file.size)) else { return false };
        content_of(file) == Some(content)
    }
}

impl Part {
    fn name(&mut self, names: Vec<String>, hits: &mut Vec<Hit>) {
        if self.names.is_empty() && !names.is_empty() {
            self.names = names;
            for (step, hit) in std::mem::take(&mut self.unnamed) {
                self.add(step, &hit.key, hit.trace, hits);
            }
        }
    }

    fn add(&mut self, step: usize, key: &Key, trace: Trace, hits: &mut Vec<Hit>) {
        let hit = |step| Hit { step, key: key.clone(), trace };
        match self.names.get(step) {
            Some(name) => hits.push(hit(name.clone())),
            None if self.names.is_empty() => self.unnamed.push((step, hit(String::new()))),
            None => {}
        }
    }
}

/// Returns the hash of a file that is still as it was when a run found it. Reads it.
pub fn content_of(file: &FileSeen) -> Option<Hash> {
    let is_as_it_was = || FileSeen::now(&file.path).as_ref() == Some(file);
    let hash = is_as_it_was().then(|| hash_of(&file.path)).flatten();
    hash.filter(|_| is_as_it_was())
}

/// Returns the hash of a regular file. Reads it.
pub fn hash_of(path: &Path) -> Option<Hash> {
    let mut hasher = Hasher::new();
    hasher.update_reader(open_file(&File::on_disk(path, "", "")).ok()?.reader).ok()?;
    Some(hasher.finalize())
}

fn stands_for(kept: &Kept, digits: &str) -> bool {
    let stored = kept.stored.as_ref().is_some_and(|stored| stored.hash().to_hex().starts_with(digits));
    stored || kept.identity.to_hex().starts_with(digits)
}

/// Of several words on the same item of a step, a later process of the run said the last one.
fn last_words(hits: Vec<Hit>) -> Vec<Hit> {
    let mut last: Vec<Hit> = Vec::with_capacity(hits.len());
    let mut places = HashMap::new();
    for hit in hits {
        match places.entry((hit.step.clone(), hit.key.clone(), hit.trace.about())) {
            Entry::Occupied(place) => last[*place.get()] = hit,
            Entry::Vacant(place) => {
                place.insert(last.len());
                last.push(hit);
            }
        }
    }
    last
}

impl Trace {
    /// Returns what of an item is spoken of.
    fn about(&self) -> (u8, PathBuf) {
        match self {
            Self::Wrote(wrote) => (0, wrote.path.clone()),
            Self::Gave(port, _) => (1, port.into()),
            Self::Fired => (2, PathBuf::new()),
            Self::Found(_) => (3, PathBuf::new()),
        }
    }
}
