//! Temporary files beside their targets, hashed while they are written, and gone if they are not finished.

use std::collections::HashSet;
use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use windlass_core::context::Content;
use windlass_core::node::{NodeError, explain_io};

use super::target::Target;
use crate::disk::{Disk, DiskFile, remove_if_abandoned};

/// What is gathered in memory before anything is asked of the disk. Most files are smaller, and come to the disk when whoever
/// made them needs no core any more.
const BUFFER_BYTES: usize = 1 << 20;
const NAMES_TRIED: u32 = 1000;

/// How much of a target's name stands in the temporary name, in bytes, so that it does not become too long.
const NAME_BYTES: usize = 100;

/// The temporary files of a run.
#[derive(Clone, Default)]
pub(super) struct Temps(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// Makes the names of this run differ from those of any other.
    names: RandomState,
    next: u32,
    open: HashSet<PathBuf>,
    tidied: HashSet<u64>,
    closed: bool,
}

/// A temporary file whose content is complete; removed unless it was given its name.
pub(super) struct Temp {
    place: Placed,
    content: blake3::Hash,
    size_bytes: u64,
    /// Holds the lock that tells others that this file is not abandoned.
    file: Box<dyn DiskFile>,
}

/// A temporary name in use; the file goes with it.
struct Placed {
    path: PathBuf,
    temps: Temps,
}

impl Temps {
    /// Writes a temporary file beside the target.
    pub(super) fn write(&self, target: &Target, disk: &dyn Disk, content: &mut Content<'_>) -> Result<Temp, NodeError> {
        let mut late = Late { temps: self, target, disk, held: Vec::new(), begun: None, refused: None };
        let mut written = content(&mut late);
        if written.is_ok() {
            written = late.write_held().map_err(|error| self.explain(target, &error));
        }
        // What the disk refused says more than what an encoder made of it.
        if let Some(refused) = late.refused.take() {
            return Err(refused);
        }
        written?;
        let (place, out) = late.begin()?;
        Ok(Temp { place, content: out.hasher.finalize(), size_bytes: out.size_bytes, file: out.file })
    }

    /// Removes all of them, and makes no more.
    pub(super) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        for path in state.open.drain() {
            // What cannot be removed now is removed by the next run that meets it.
            drop(fs::remove_file(path));
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.state().closed
    }

    fn begin(&self, target: &Target, disk: &dyn Disk) -> Result<(Placed, Hashing), NodeError> {
        self.tidy(target.folder());
        let (place, file) = self.create(target, disk)?;
        Ok((place, Hashing { file, hasher: blake3::Hasher::new(), size_bytes: 0 }))
    }

    fn create(&self, target: &Target, disk: &dyn Disk) -> Result<(Placed, Box<dyn DiskFile>), NodeError> {
        for _ in 0..NAMES_TRIED {
            let place = self.place(target).ok_or_else(NodeError::cancelled)?;
            match disk.create(&place.path) {
                Ok(file) => return Ok((place, file)),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => place.forget(),
                Err(error) => {
                    place.forget();
                    return Err(self.explain(target, &error));
                }
            }
        }
        Err(NodeError::new(format!("no temporary name is free beside `{}`", target.shown().display())))
    }

    /// Takes the next temporary name, unless the process is about to end.
    fn place(&self, target: &Target) -> Option<Placed> {
        let mut state = self.state();
        state.next = state.next.wrapping_add(1);
        let tag = state.names.hash_one(state.next);
        let path = target.folder().join(temp_name(target.real(), tag));
        (!state.closed).then(|| {
            state.open.insert(path.clone());
            Placed { path, temps: self.clone() }
        })
    }

    /// Removes what dead processes left in a folder, when the run first writes there.
    fn tidy(&self, folder: &Path) {
        if !self.state().meets(folder) {
            return;
        }
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let is_ours = entry.file_name().to_str().is_some_and(is_temp_name);
            if is_ours && entry.file_type().is_ok_and(|kind| kind.is_file()) {
                remove_if_abandoned(&entry.path());
            }
        }
    }

    fn explain(&self, target: &Target, error: &io::Error) -> NodeError {
        if self.is_closed() { NodeError::cancelled() } else { explain_io("write", target.shown(), error) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Returns whether the folder is met for the first time.
    fn meets(&mut self, folder: &Path) -> bool {
        let short = self.names.hash_one(folder);
        self.tidied.insert(short)
    }
}

impl Temp {
    pub(super) fn path(&self) -> &Path {
        &self.place.path
    }

    pub(super) fn file(&self) -> &dyn DiskFile {
        &*self.file
    }

    /// Says that the file has got its name, and that nothing is left to remove.
    pub(super) fn is_named(&self) {
        self.place.temps.state().open.remove(&self.place.path);
    }

    pub(super) fn content(&self) -> &blake3::Hash {
        &self.content
    }

    /// Returns hash and size of the content.
    pub(super) fn written(&self) -> (blake3::Hash, u64) {
        (self.content, self.size_bytes)
    }

    /// Returns whether the file that stands at the target, of that size, has this content.
    pub(super) fn is_content_of(&self, target: &Target, size_bytes: u64) -> Result<bool, NodeError> {
        Ok(size_bytes == self.size_bytes && target.content()? == self.content)
    }
}

impl Placed {
    /// Gives the name back without touching what stands there, which is another's.
    fn forget(self) {
        self.temps.state().open.remove(&self.path);
    }
}

impl Drop for Placed {
    fn drop(&mut self) {
        // Not in the set: it got its name, was forgotten, or was removed already.
        if self.temps.state().open.remove(&self.path) {
            drop(fs::remove_file(&self.path));
        }
    }
}

/// A temporary file that is made when the first bytes come.
struct Late<'a> {
    temps: &'a Temps,
    target: &'a Target,
    disk: &'a dyn Disk,
    /// What waits in memory, which is not more than there is to write.
    held: Vec<u8>,
    begun: Option<(Placed, Hashing)>,
    refused: Option<NodeError>,
}

impl Late<'_> {
    fn begin(self) -> Result<(Placed, Hashing), NodeError> {
        match self.begun {
            Some(begun) => Ok(begun),
            None => self.temps.begin(self.target, self.disk),
        }
    }

    /// Keeps what the disk refused, and hands an error on that says no more than that.
    fn keep(&mut self, refused: NodeError) -> io::Error {
        self.refused.get_or_insert(refused);
        io::Error::other("the file cannot be written")
    }

    fn write_through(&mut self, bytes: &[u8]) -> io::Result<()> {
        let out = match &mut self.begun {
            Some((_, out)) => Ok(out),
            begun => self.temps.begin(self.target, self.disk).map(|now| &mut begun.insert(now).1),
        };
        let written = out.and_then(|out| out.write_all(bytes).map_err(|error| self.temps.explain(self.target, &error)));
        written.map_err(|refused| self.keep(refused))
    }

    fn write_held(&mut self) -> io::Result<()> {
        let mut held = std::mem::take(&mut self.held);
        let written = if held.is_empty() { Ok(()) } else { self.write_through(&held) };
        held.clear();
        self.held = held;
        written
    }
}

impl Write for Late<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.held.len() + bytes.len() > BUFFER_BYTES {
            self.write_held()?;
        }
        match bytes.len() > BUFFER_BYTES {
            true => self.write_through(bytes)?,
            false => self.held.extend_from_slice(bytes),
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Hashing {
    file: Box<dyn DiskFile>,
    hasher: blake3::Hasher,
    size_bytes: u64,
}

impl Hashing {
    fn write_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.file.write(bytes) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(written) => {
                    self.hasher.update(&bytes[..written]);
                    self.size_bytes += written as u64;
                    bytes = &bytes[written..];
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

fn temp_name(target: &Path, tag: u64) -> String {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let short = &name[..name.floor_char_boundary(NAME_BYTES)];
    format!(".{short}.windlass-{tag:016x}.tmp")
}

fn is_temp_name(name: &str) -> bool {
    name.starts_with('.') && name.ends_with(".tmp") && name.contains(".windlass-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temporary_names_are_known_again_and_not_too_long() {
        for name in ["a.jpg".to_owned(), "é".repeat(120), "x".repeat(255)] {
            let temp = temp_name(Path::new(&name), u64::MAX);
            assert!(is_temp_name(&temp) && temp.len() < 200, "{temp}");
        }
        assert!(!is_temp_name("windlass.tmp") && !is_temp_name(".a.tmp"));
    }
}
