//! What is asked about: a file, by its content and its path, or a hash.

use std::path::{Path, PathBuf};

use windlass_core::node::explain_io;
use windlass_store::lineage::{Hit, Trace, Wanted, hash_of};
use windlass_store::runs::{Run, Runs};

use crate::exit::Trouble;
use crate::past::unreadable;

/// Fewer digits of a hash could be a word.
const FEWEST_DIGITS: usize = 8;

/// What is asked about.
pub struct Asked {
    /// As it was typed.
    pub text: String,
    /// The file, by its whole path; `None` for a hash.
    pub path: Option<PathBuf>,
    /// Hash of its content, where it is there.
    pub content: Option<blake3::Hash>,
    /// Its size in bytes, where it is there.
    pub size_bytes: Option<u64>,
    /// The digits of a hash.
    pub digits: Option<String>,
}

/// Where runs speak of it.
pub struct Found {
    /// The runs that do, oldest first.
    pub runs: Vec<(Run, Vec<Hit>)>,
    /// How many runs were looked at.
    pub looked_at: usize,
    /// Which journals could not be read, in words.
    pub unreadable: Vec<String>,
}

/// Which traces are meant.
pub type Preference = Box<dyn Fn(&Trace) -> bool>;

impl Asked {
    /// Reads what was typed. Hashes the file that it names.
    ///
    /// # Errors
    /// It names something that is no file, or a file that cannot be read.
    pub fn read(text: &str) -> anyhow::Result<Self> {
        let asked = |path, content, size_bytes, digits| Self { text: text.into(), path, content, size_bytes, digits };
        let path = whole(Path::new(text))?;
        match std::fs::metadata(&path) {
            Ok(found) if found.is_dir() => {
                let message = format!("`{text}` is a folder");
                Err(Trouble::wrong(message).hint("name one of the files in it").into())
            }
            Ok(found) => {
                let unreadable = || Trouble::wrong(format!("the file cannot be read: `{text}`"));
                let content = hash_of(&path).ok_or_else(unreadable)?;
                Ok(asked(Some(path), Some(content), Some(found.len()), None))
            }
            Err(_) if is_hash(text) => Ok(asked(None, None, None, Some(text.to_lowercase()))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(asked(Some(path), None, None, None)),
            Err(error) => Err(Trouble::wrong("it cannot be looked at").because(explain_io("read", &path, &error))),
        }
    }

    /// Looks for it in the journals of all runs.
    ///
    /// # Errors
    /// The runs cannot be listed.
    pub fn find(&self, runs: &Runs) -> anyhow::Result<Found> {
        let all = runs.all().map_err(|error| Trouble::store("the runs cannot be read").because(error))?;
        let wanted = Wanted {
            content: self.content,
            size_bytes: self.size_bytes,
            path: self.path.clone(),
            digits: self.digits.clone(),
        };
        let mut found = Found { runs: Vec::new(), looked_at: all.len(), unreadable: Vec::new() };
        for run in all {
            match wanted.find(&run) {
                Ok(hits) if hits.is_empty() => {}
                Ok(hits) => found.runs.push((run, hits)),
                Err(error) => {
                    let cause = unreadable(&run, &error);
                    found.unreadable.push(format!("{cause:#}"));
                }
            }
        }
        Ok(found)
    }

    /// Returns what counts as its making, best first.
    pub fn preferences(&self) -> Vec<Preference> {
        let (path, content) = (self.path.clone(), self.content.map(|content| content.to_hex().to_string()));
        let here = (path.clone(), content.clone());
        vec![
            Box::new(move |trace| {
                let Trace::Wrote(wrote) = trace else { return false };
                Some(&wrote.path) == here.0.as_ref() && Some(&wrote.content) == here.1.as_ref()
            }),
            Box::new(move |trace| matches!(trace, Trace::Wrote(wrote) if Some(&wrote.content) == content.as_ref())),
            Box::new(|trace| matches!(trace, Trace::Wrote(_))),
            Box::new(|trace| matches!(trace, Trace::Gave(..))),
            Box::new(|trace| matches!(trace, Trace::Fired)),
        ]
    }
}

/// Returns the whole path of a file, as journals tell it.
fn whole(path: &Path) -> anyhow::Result<PathBuf> {
    let gone = Trouble::wrong("the current folder cannot be found").hint("go to a folder that exists, with `cd`");
    std::path::absolute(path).map_err(|error| gone.because(error))
}

fn is_hash(text: &str) -> bool {
    text.len() >= FEWEST_DIGITS
        && text.len() <= 2 * blake3::OUT_LEN
        && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
