//! Each event as a line of JSON, for programs.

use std::io::Write;

use windlass_core::event::Event;
use windlass_runtime::Watcher;

/// Writes events as lines. When the reader goes away, the run goes on untold.
pub struct Lines<W>(Option<W>);

impl<W: Write> Lines<W> {
    /// Writes to a stream.
    pub fn new(to: W) -> Self {
        Self(Some(to))
    }
}

impl<W: Write + Send> Watcher for Lines<W> {
    fn event(&mut self, event: &Event) {
        let Some(to) = &mut self.0 else { return };
        let Ok(mut line) = serde_json::to_vec(event) else { return };
        line.push(b'\n');
        if to.write_all(&line).and_then(|()| to.flush()).is_err() {
            self.0 = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

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

    struct Gone;

    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_reads_back_as_its_event() {
        let written = Shared::default();
        let event = Event { seq: 3, at_ms: 9, what: What::Warning { text: "two\nlines".into() } };
        Lines::new(written.clone()).event(&event);
        let bytes = written.0.lock().unwrap().clone();
        assert_eq!(bytes.iter().filter(|byte| **byte == b'\n').count(), 1);
        assert_eq!(serde_json::from_slice::<Event>(&bytes).unwrap(), event);
    }

    #[test]
    fn a_reader_that_goes_away_ends_nothing() {
        let mut lines = Lines::new(Gone);
        let event = Event { seq: 0, at_ms: 0, what: What::Resumed };
        lines.event(&event);
        lines.event(&event);
        assert!(lines.0.is_none());
    }
}
