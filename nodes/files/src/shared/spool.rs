//! A disk with one long file of zeros, which sees how far reading is ahead of writing, for tests.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use windlass_core::context::{Cancel, Content, Ctx, Doors, IfExists, Lease, OpenFile, SaveOutcome, Saved, Saving};
use windlass_core::key::Place;
use windlass_core::node::NodeError;
use windlass_core::permission::Permission;
use windlass_core::value::{File, Value};

/// What was seen.
#[derive(Default)]
pub struct Seen {
    /// Bytes that were read.
    pub read_bytes: u64,
    /// Bytes that were written, whether or not it was to the end.
    pub written_bytes: u64,
    /// The most bytes that were read and not yet written.
    pub ahead_bytes: u64,
    /// The most bytes that were written at once.
    pub at_once_bytes: u64,
    /// Whether a file was written to the end.
    pub is_saved: bool,
}

/// The disk. Whatever is opened is its file.
pub struct Spool {
    said_bytes: u64,
    left_bytes: u64,
    cancel: Cancel,
    cancel_after_bytes: u64,
    seen: Arc<Mutex<Seen>>,
}

impl Spool {
    /// A file that says how large it is.
    pub fn new(size_bytes: u64) -> Self {
        let (cancel, seen) = (Cancel::default(), Arc::default());
        Self { said_bytes: size_bytes, left_bytes: size_bytes, cancel, cancel_after_bytes: u64::MAX, seen }
    }

    /// It goes on for ever.
    pub fn endless(self) -> Self {
        Self { left_bytes: u64::MAX, ..self }
    }

    /// The firing should end once so much was read.
    pub fn cancelled_after(self, bytes: u64) -> Self {
        Self { cancel_after_bytes: bytes, ..self }
    }

    /// Fires something with this disk; returns what it gave, and what was seen.
    pub fn fire<T>(self, fire: impl AsyncFnOnce(&Ctx) -> T) -> (T, Seen) {
        let (cancel, seen) = (self.cancel.clone(), self.seen.clone());
        let ctx = Ctx::new(Place::root(), cancel, Lease::default(), [0; 32], Arc::new(self));
        let Poll::Ready(gave) = pin!(fire(&ctx)).poll(&mut Context::from_waker(Waker::noop())) else {
            panic!("nothing here is waited for");
        };
        let seen = std::mem::take(&mut *locked(&seen));
        (gave, seen)
    }
}

fn locked(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap()
}

impl Doors for Spool {
    fn save<'a>(&'a self, _: &'a Place, path: &'a Path, _: IfExists, content: &'a mut Content<'_>) -> Saving<'a> {
        let saved = content(&mut Sink(self.seen.clone())).map(|()| {
            locked(&self.seen).is_saved = true;
            Saved { path: path.to_path_buf(), outcome: SaveOutcome::Written, content: None }
        });
        Box::pin(std::future::ready(saved))
    }

    fn open(&self, _: &File) -> Result<OpenFile, NodeError> {
        let (left_bytes, seen) = (self.left_bytes, self.seen.clone());
        let cancel = (self.cancel.clone(), self.cancel_after_bytes);
        Ok(OpenFile { size_bytes: self.said_bytes, reader: Box::new(Source { left_bytes, cancel, seen }) })
    }

    fn allows(&self, _: &Permission) -> bool {
        true
    }

    fn progress(&self, _: &Place, _: f32) {}

    fn preview(&self, _: &Arc<Place>, _: Value) {}

    fn log(&self, _: &Place, _: &str) {}
}

struct Source {
    left_bytes: u64,
    cancel: (Cancel, u64),
    seen: Arc<Mutex<Seen>>,
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = buffer.len().min(usize::try_from(self.left_bytes).unwrap_or(usize::MAX));
        buffer[..read].fill(0);
        self.left_bytes -= read as u64;
        let mut seen = locked(&self.seen);
        seen.read_bytes += read as u64;
        seen.ahead_bytes = seen.ahead_bytes.max(seen.read_bytes.saturating_sub(seen.written_bytes));
        if seen.read_bytes >= self.cancel.1 {
            self.cancel.0.cancel();
        }
        Ok(read)
    }
}

impl Seek for Source {
    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

struct Sink(Arc<Mutex<Seen>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut seen = locked(&self.0);
        seen.written_bytes += bytes.len() as u64;
        seen.at_once_bytes = seen.at_once_bytes.max(bytes.len() as u64);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
