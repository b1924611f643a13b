//! Values that wait outside of memory, for groups that are larger than it: one after the other in nameless files,
//! which the system takes back with the last handle, also when the process is killed.

use std::fmt;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use windlass_core::node::{NodeError, explain_io};
use windlass_core::types::Type;
use windlass_core::value::{Codecs, Held, Member, Value};

/// A file that has grown beyond this takes no further values, so that room comes back while the run goes on.
const SEGMENT_BYTES: u64 = 64 << 20;

/// The values of one run that wait outside of memory.
pub struct Spill {
    folder: PathBuf,
    codecs: Arc<Codecs>,
    segment: Mutex<Option<Segment>>,
}

/// The file that takes values.
struct Segment {
    file: Arc<File>,
    end: u64,
}

/// A value that waits in a file.
struct Spilled {
    file: Arc<File>,
    start: u64,
    length: usize,
    hash: blake3::Hash,
    ty: Type,
    codecs: Arc<Codecs>,
}

impl Spill {
    /// Starts a run's spill in a folder: [`crate::Workspace::spill_folder`]. Nothing is made before it is needed.
    pub fn new(folder: PathBuf, codecs: Codecs) -> Self {
        Self { folder, codecs: Arc::new(codecs), segment: Mutex::default() }
    }

    /// Puts a value on disk until the member is dropped.
    ///
    /// # Errors
    /// The disk refuses, or is full ([`NodeError::is_disk_full`]); no codec knows the type.
    pub fn put(&self, value: &Value) -> Result<Member, NodeError> {
        let packed = self.codecs.pack(value);
        let bytes = packed.map_err(|error| NodeError::because("a value cannot be spilled", &error))?;
        let written = self.write(&bytes);
        let (file, start) = written.map_err(|error| explain_io("spill into", &self.folder, &error))?;
        let (hash, ty, codecs) = (blake3::hash(&bytes), value.type_of(), self.codecs.clone());
        Ok(Member::Held(Arc::new(Spilled { file, start, length: bytes.len(), hash, ty, codecs })))
    }

    /// Writes bytes behind those that are there; the place is taken before, so that several may write at once.
    fn write(&self, bytes: &[u8]) -> io::Result<(Arc<File>, u64)> {
        let (file, start) = self.take_place(bytes.len() as u64)?;
        file.write_all_at(bytes, start)?;
        Ok((file, start))
    }

    fn take_place(&self, length: u64) -> io::Result<(Arc<File>, u64)> {
        let mut segment = self.segment.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = match segment.take() {
            Some(open) if open.end < SEGMENT_BYTES => open,
            _ => Segment { file: Arc::new(self.new_file()?), end: 0 },
        };
        let (file, start) = (taken.file.clone(), taken.end);
        *segment = Some(Segment { end: start + length, ..taken });
        Ok((file, start))
    }

    fn new_file(&self) -> io::Result<File> {
        fs::create_dir_all(&self.folder)?;
        tempfile::tempfile_in(&self.folder)
    }
}

impl Held for Spilled {
    fn read(&self) -> Result<Value, NodeError> {
        let mut bytes = vec![0; self.length];
        let read = self.file.read_exact_at(&mut bytes, self.start);
        read.map_err(|error| NodeError::because("a spilled value cannot be read back", &error))?;
        if blake3::hash(&bytes) != self.hash {
            return Err(NodeError::new("a spilled value is damaged").hint("look whether the disk fails"));
        }
        let unpacked = self.codecs.unpack(&bytes);
        unpacked.map_err(|error| NodeError::because("a spilled value cannot be read back", &error))
    }

    fn type_of(&self) -> Type {
        self.ty.clone()
    }
}

impl fmt::Debug for Spilled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Spilled({})", self.ty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(member: &Member) -> String {
        match member.read().unwrap() {
            Value::Text(text) => text.to_string(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn values_come_back_in_any_order_and_outlive_the_spill() {
        let folder = tempfile::tempdir().unwrap();
        let spill = Spill::new(folder.path().join("spill"), Codecs::default());
        let members: Vec<_> = (0..100).map(|n| spill.put(&Value::text(format!("text {n}"))).unwrap()).collect();
        drop(spill);
        for (n, member) in members.iter().enumerate().rev() {
            assert_eq!(text_of(member), format!("text {n}"));
        }
    }

    #[test]
    fn nothing_is_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        let spill = Spill::new(folder.path().to_owned(), Codecs::default());
        let member = spill.put(&Value::text("long ".repeat(20_000))).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "the file has no name");
        assert_eq!(text_of(&member).len(), 100_000);
    }

    #[test]
    fn damage_is_not_served() {
        let folder = tempfile::tempdir().unwrap();
        let spill = Spill::new(folder.path().to_owned(), Codecs::default());
        let member = spill.put(&Value::text("whole")).unwrap();
        let file = spill.segment.lock().unwrap().as_ref().unwrap().file.clone();
        file.write_all_at(b"x", 10).unwrap();
        assert_eq!(member.read().unwrap_err().to_string(), "a spilled value is damaged");
    }

    #[test]
    fn a_place_that_cannot_be_written_to_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let error = Spill::new(file, Codecs::default()).put(&Value::text("long")).unwrap_err();
        assert!(error.to_string().starts_with("cannot spill into"), "{error}");
    }
}
