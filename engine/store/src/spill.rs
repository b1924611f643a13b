//! Values that wait outside of memory, for groups that are larger than it: a file for each, gone with its handle.

use std::fmt;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use windlass_core::node::{NodeError, explain_io};
use windlass_core::types::Type;
use windlass_core::value::{Codec, Codecs, Held, Member, Value};

/// Values of at most this size stay in memory.
const THRESHOLD_BYTES: u64 = 64 << 10;

/// The values of one run that wait outside of memory.
pub struct Spill {
    parent: PathBuf,
    codecs: Codecs,
    threshold_bytes: u64,
    folder: Mutex<Option<Arc<Folder>>>,
}

/// A run's own folder, made when it is first needed and removed with the last value in it.
struct Folder {
    path: PathBuf,
    next: AtomicU64,
    /// Its lock tells other processes that the folder is in use.
    _lock: File,
}

/// A value that waits in a file.
struct Spilled {
    path: PathBuf,
    hash: blake3::Hash,
    ty: Type,
    codec: Arc<dyn Codec>,
    _folder: Arc<Folder>,
}

impl Spill {
    /// Starts a run's spill below a folder: [`crate::Workspace::spill_folder`]. Nothing is made before it is needed.
    pub fn new(parent: PathBuf, codecs: Codecs) -> Self {
        Self { parent, codecs, threshold_bytes: THRESHOLD_BYTES, folder: Mutex::default() }
    }

    /// Sets from which size on values are spilled, in bytes; 64 KiB unless set.
    #[must_use]
    pub fn with_threshold_bytes(mut self, bytes: u64) -> Self {
        self.threshold_bytes = bytes;
        self
    }

    /// Takes a value that is going to wait: a large one goes to a file, a small one or one without a codec stays.
    ///
    /// # Errors
    /// The disk refuses, or is full ([`NodeError::is_disk_full`]).
    pub fn keep(&self, value: Value) -> Result<Member, NodeError> {
        if value.size_bytes() <= self.threshold_bytes {
            return Ok(Member::Ready(value));
        }
        Ok(self.put(&value)?.map_or(Member::Ready(value), Member::Held))
    }

    /// Writes a value to a file whatever its size; `None` where no codec knows its type.
    ///
    /// # Errors
    /// The disk refuses, or is full ([`NodeError::is_disk_full`]).
    pub fn put(&self, value: &Value) -> Result<Option<Arc<dyn Held>>, NodeError> {
        let ty = value.type_of();
        let Some(codec) = self.codecs.get(&ty.to_string()) else { return Ok(None) };
        let bytes = codec.encode(value).map_err(|error| NodeError::because("cannot spill a value", &error))?;
        let folder = self.folder().map_err(|error| explain_io("spill into", &self.parent, &error))?;
        let path = folder.path.join(folder.next.fetch_add(1, Ordering::Relaxed).to_string());
        let spilled = Spilled { path, hash: blake3::hash(&bytes), ty, codec: codec.clone(), _folder: folder };
        // The handle stands before the file does, so that half a file goes with it on a full disk.
        fs::write(&spilled.path, bytes).map_err(|error| explain_io("spill into", &spilled.path, &error))?;
        Ok(Some(Arc::new(spilled)))
    }

    fn folder(&self) -> io::Result<Arc<Folder>> {
        let mut folder = self.folder.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(folder) = &*folder {
            return Ok(folder.clone());
        }
        let made = Arc::new(Folder::make(&self.parent)?);
        Ok(folder.insert(made).clone())
    }
}

impl Folder {
    fn make(parent: &Path) -> io::Result<Self> {
        fs::create_dir_all(parent)?;
        remove_abandoned(parent);
        let path = tempfile::Builder::new().prefix("run-").tempdir_in(parent)?.keep();
        let lock = File::create(path.join("lock"))?;
        match lock.try_lock() {
            Err(fs::TryLockError::Error(error)) if error.kind() != io::ErrorKind::Unsupported => Err(error),
            _ => Ok(Self { path, next: AtomicU64::new(0), _lock: lock }),
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next run that spills here.
        drop(fs::remove_dir_all(&self.path));
    }
}

/// Removes the folders of dead processes: those whose lock nobody holds. One without a lock is just being made.
fn remove_abandoned(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let lock = File::open(entry.path().join("lock"));
        if lock.is_ok_and(|lock| lock.try_lock().is_ok()) {
            drop(fs::remove_dir_all(entry.path()));
        }
    }
}

impl Spilled {
    fn damaged(&self) -> NodeError {
        NodeError::new(format!("what was spilled is damaged: `{}`", self.path.display()))
    }
}

impl Held for Spilled {
    fn read(&self) -> Result<Value, NodeError> {
        let bytes = fs::read(&self.path).map_err(|error| explain_io("read back", &self.path, &error))?;
        if blake3::hash(&bytes) != self.hash {
            return Err(self.damaged());
        }
        self.codec.decode(&bytes).map_err(|error| NodeError::because("cannot read a spilled value back", &error))
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

impl Drop for Spilled {
    fn drop(&mut self) {
        // What cannot be removed now goes with the folder.
        drop(fs::remove_file(&self.path));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use windlass_core::value::CodecError;

    struct TextCodec;

    impl Codec for TextCodec {
        fn type_name(&self) -> &str {
            "text"
        }
        fn encode(&self, value: &Value) -> Result<Vec<u8>, CodecError> {
            match value {
                Value::Text(text) => Ok(text.as_bytes().to_vec()),
                _ => Err(CodecError { type_name: "text".into(), cause: "no text".into() }),
            }
        }
        fn decode(&self, bytes: &[u8]) -> Result<Value, CodecError> {
            Ok(Value::text(String::from_utf8_lossy(bytes)))
        }
    }

    fn spill(parent: &Path) -> Spill {
        let mut codecs = Codecs::default();
        codecs.add(Arc::new(TextCodec));
        Spill::new(parent.to_owned(), codecs)
    }

    fn long() -> Value {
        Value::text("long ".repeat(20_000))
    }

    fn files_below(parent: &Path) -> usize {
        let runs = fs::read_dir(parent).into_iter().flatten().flatten();
        runs.map(|run| fs::read_dir(run.path()).into_iter().flatten().count()).sum()
    }

    #[test]
    fn large_values_wait_outside_and_are_gone_with_their_handles() {
        let parent = tempfile::tempdir().unwrap();
        let spill = spill(parent.path());
        let member = spill.keep(long()).unwrap();
        assert!(matches!(member, Member::Held(_)));
        assert_eq!(member.read().unwrap().type_of(), Type::text());
        assert_eq!(files_below(parent.path()), 2, "the value and the lock");
        drop(member);
        assert_eq!(files_below(parent.path()), 1, "the lock");
        drop(spill);
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_value_outlives_the_spill() {
        let parent = tempfile::tempdir().unwrap();
        let member = spill(parent.path()).keep(long()).unwrap();
        assert!(matches!(member.read().unwrap(), Value::Text(text) if text.len() == 100_000));
    }

    #[test]
    fn small_values_and_those_without_a_codec_stay() {
        let parent = tempfile::tempdir().unwrap();
        let spill = spill(parent.path());
        assert!(matches!(spill.keep(Value::Int(1)).unwrap(), Member::Ready(_)));
        let bytes = Value::Json(Arc::new("x".repeat(100_000).into()));
        assert!(matches!(spill.keep(bytes).unwrap(), Member::Ready(_)));
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_damaged_file_is_not_served() {
        let parent = tempfile::tempdir().unwrap();
        let spill = spill(parent.path());
        let member = spill.keep(long()).unwrap();
        let run = fs::read_dir(parent.path()).unwrap().next().unwrap().unwrap().path();
        fs::write(run.join("0"), "short").unwrap();
        assert!(member.read().unwrap_err().to_string().starts_with("what was spilled is damaged"));
    }

    #[test]
    fn folders_of_dead_processes_are_removed_and_others_are_not() {
        let parent = tempfile::tempdir().unwrap();
        let dead = parent.path().join("run-dead");
        fs::create_dir(&dead).unwrap();
        fs::write(dead.join("lock"), "").unwrap();
        let living = spill(parent.path());
        let member = living.keep(long()).unwrap();
        assert!(!dead.exists());
        let other = spill(parent.path()).keep(long()).unwrap();
        assert!(member.read().is_ok() && other.read().is_ok());
    }

    #[test]
    fn a_place_that_cannot_be_written_to_is_named() {
        let parent = tempfile::tempdir().unwrap();
        let file = parent.path().join("file");
        fs::write(&file, "").unwrap();
        let error = spill(&file).keep(long()).unwrap_err();
        assert!(error.to_string().starts_with("cannot spill into"), "{error}");
    }
}
