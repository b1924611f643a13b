//! The files of an archive that is written: their names in it, and their order.

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use windlass_core::node::explain_io;
use windlass_core::prelude::*;

use super::names::{relative, shown};

/// The time that every entry gets, so that the same files make the same archive: 1980-01-01 00:00:00 UTC, the earliest
/// that a zip archive can say, in seconds after 1970.
pub const TIME_S: u64 = 315_532_800;

/// What is packed.
#[derive(Inputs)]
pub struct In {
    /// The files, by their names: paths relative to the folder that they were found in.
    pub files: Collected<Arc<File>>,
}

/// What stands there now.
#[derive(Outputs)]
pub struct Out {
    /// The archive.
    pub file: Arc<File>,
    /// Its path.
    pub path: PathBuf,
    /// How many files are in it.
    pub count: usize,
}

/// In which order files lie in an archive.
#[derive(Clone, Copy, Choice)]
pub enum Order {
    /// By the bytes of their names.
    Name,
    /// As they came.
    Given,
}

/// One file of an archive.
pub struct Entry {
    /// Its name in the archive.
    pub name: String,
    index: usize,
}

/// Returns the entries of an archive of these files. The files themselves are read later, one at a time.
///
/// # Errors
/// A name cannot stand in an archive, two files have the same name, or one is named like the folder of another.
pub fn entries(files: &Collected<Arc<File>>, folder: &str, order: Order) -> Result<Vec<Entry>, NodeError> {
    let mut entries = Vec::with_capacity(files.len());
    for (index, file) in files.iter().enumerate() {
        let name = relative(&file?.name)?;
        let name = if folder.is_empty() { name } else { relative(&format!("{}/{name}", folder.trim_matches('/')))? };
        entries.push(Entry { name, index });
    }
    distinct(&entries)?;
    if let Order::Name = order {
        entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    }
    Ok(entries)
}

fn distinct(entries: &[Entry]) -> Result<(), NodeError> {
    let refused = |what: &str, name: &str| {
        let error = NodeError::new(format!("{what}: `{}`", shown(name)));
        Err(error.hint("files are named relative to the folder that they were found in").permanent())
    };
    let mut names = BTreeSet::new();
    if let Some(twice) = entries.iter().find(|entry| !names.insert(&*entry.name)) {
        return refused("two files have the same name in the archive", &twice.name);
    }
    let folders = |name: &str| name.match_indices('/').map(|(at, _)| at).collect::<Vec<_>>();
    for entry in entries {
        if folders(&entry.name).into_iter().any(|at| names.contains(&entry.name[..at])) {
            return refused("a file has the name of another one's folder", &entry.name);
        }
    }
    Ok(())
}

impl Entry {
    /// Returns the file, which may have to be read from where it waits.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn file(&self, files: &Collected<Arc<File>>) -> Result<Arc<File>, NodeError> {
        let member = files.list().members().get(self.index).map(windlass_core::value::Member::read);
        let value = member.unwrap_or_else(|| Err(NodeError::new("the file is gone from the list")))?;
        windlass_core::value::FromValue::from_value(value)
    }
}

/// The content of a file that was opened, exactly as much as it had then; remembers what went wrong, so that it is not
/// taken for an error of the archive.
pub struct Source<'a> {
    ctx: &'a Ctx,
    name: String,
    reader: Box<dyn windlass_core::context::ReadSeek>,
    left_bytes: u64,
    /// Why it could not be read.
    pub failed: Option<NodeError>,
}

impl<'a> Source<'a> {
    /// Opens a file; returns it with its size in bytes.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn open(ctx: &'a Ctx, file: &File) -> Result<(Self, u64), NodeError> {
        let opened = ctx.open(file)?;
        let (reader, left_bytes) = (opened.reader, opened.size_bytes);
        Ok((Self { ctx, name: file.name.clone(), reader, left_bytes, failed: None }, left_bytes))
    }

    fn give(&mut self, buffer: &mut [u8]) -> Result<usize, NodeError> {
        self.ctx.check_cancelled()?;
        let most = usize::try_from(self.left_bytes).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.reader.read(&mut buffer[..most]);
        let read = read.map_err(|error| explain_io("read", Path::new(&self.name), &error))?;
        if read == 0 && most > 0 {
            return Err(NodeError::new(format!("the file became shorter while it was read: `{}`", self.name)));
        }
        self.left_bytes -= read as u64;
        Ok(read)
    }
}

impl Read for Source<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.give(buffer).map_err(|error| {
            let told = io::Error::other(error.to_string());
            self.failed = Some(error);
            told
        })
    }
}
