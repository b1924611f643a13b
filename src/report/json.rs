//! Each event as a line of JSON, for programs.

use std::io::{self, ErrorKind, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use windlass_core::event::Event;
use windlass_runtime::Watcher;

use super::plain::held_up;
use crate::terminal::err_line;

/// Whether a stream takes no more lines, and why, if that was more than a reader going away.
#[derive(Clone, Default)]
pub struct Unwritten(Arc<Mutex<End>>);

#[derive(Default)]
struct End {
    has_come: bool,
    cause: Option<io::Error>,
}

impl Unwritten {
    /// Takes the cause out.
    pub fn take(&self) -> Option<io::Error> {
        self.end().cause.take()
    }

    /// Returns whether the stream takes no more lines.
    pub fn has_ended(&self) -> bool {
        self.end().has_come
    }

    fn note(&self, error: io::Error) {
        let mut end = self.end();
        end.has_come = true;
        end.cause = Some(error).filter(|error| error.kind() != ErrorKind::BrokenPipe);
    }

    fn end(&self) -> MutexGuard<'_, End> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes events as lines. When the stream takes no more, the run goes on untold.
pub struct Lines<W> {
    to: Option<W>,
    unwritten: Unwritten,
}

impl<W: Write> Lines<W> {
    /// Writes to a stream, and tells `unwritten` why it could not.
    pub fn new(to: W, unwritten: Unwritten) -> Self {
        Self { to: Some(to), unwritten }
    }
}

impl<W: Write + Send> Watcher for Lines<W> {
    fn event(&mut self, event: &Event) {
        let Some(to) = &mut self.to else { return };
        let Ok(mut line) = serde_json::to_vec(event) else { return };
        line.push(b'\n');
        let Err(error) = to.write_all(&line).and_then(|()| to.flush()) else { return };
        self.to = None;
        self.unwritten.note(error);
    }

    fn held_up(&mut self, cause: &str) {
        // An event that is not kept yet has no number.
        err_line(&held_up(cause));
    }
}

#[cfg(test)]
mod tests {
    use windlass_core::event::What;

    use super::*;

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    struct Broken(ErrorKind);

    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_reads_back_as_its_event() {
        let written = Shared::default();
        let event = Event { seq: 3, at_ms: 9, what: What::Warning { text: "two\nlines".into() } };
        Lines::new(written.clone(), Unwritten::default()).event(&event);
        let bytes = written.0.lock().unwrap().clone();
        assert_eq!(bytes.iter().filter(|byte| **byte == b'\n').count(), 1);
        assert_eq!(serde_json::from_slice::<Event>(&bytes).unwrap(), event);
    }

    /// Returns what is left to be said after two events on a stream that breaks in this way.
    fn unwritten(kind: ErrorKind) -> Option<ErrorKind> {
        let unwritten = Unwritten::default();
        let mut lines = Lines::new(Broken(kind), unwritten.clone());
        let event = Event { seq: 0, at_ms: 0, what: What::Resumed };
        lines.event(&event);
        lines.event(&event);
        assert!(lines.to.is_none() && unwritten.has_ended());
        unwritten.take().map(|error| error.kind())
    }

    #[test]
    fn a_reader_that_goes_away_is_no_trouble_and_a_full_disk_is() {
        assert_eq!(unwritten(ErrorKind::BrokenPipe), None);
        assert_eq!(unwritten(ErrorKind::StorageFull), Some(ErrorKind::StorageFull));
    }
}
