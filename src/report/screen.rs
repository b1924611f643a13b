//! The terminal that bars are drawn on, with room left for the `^C` that it echoes.
//!
//! The bars are drawn upwards from where the cursor was left. They leave it at the right edge, where the echo would
//! push it into the next line: each line would then be taken away one too low, and the topmost would stay for ever.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use console::Term;
use indicatif::TermLike;

const ECHO_COLUMNS: usize = 2;

/// Standard error as bars draw on it.
#[derive(Debug)]
pub struct Screen {
    term: Term,
    /// Columns of the line so far that are to be filled with spaces, if it is not the last one.
    unfilled: Mutex<usize>,
    ends_in_bar: Arc<AtomicBool>,
}

impl Screen {
    /// Returns the terminal behind standard error. `ends_in_bar` is to hold once the last line is always a bar: below a
    /// line of text, the next one begins where the cursor was left.
    pub fn stderr(ends_in_bar: Arc<AtomicBool>) -> Self {
        Self { term: Term::buffered_stderr(), unfilled: Mutex::new(0), ends_in_bar }
    }

    fn unfilled(&self) -> MutexGuard<'_, usize> {
        self.unfilled.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fills the line but for some columns, which are left where no more follows.
    fn fill(&self, kept: usize) -> io::Result<()> {
        let columns = std::mem::take(&mut *self.unfilled());
        self.term.write_str(&" ".repeat(columns.saturating_sub(kept)))
    }
}

impl TermLike for Screen {
    fn width(&self) -> u16 {
        self.term.size().1
    }

    fn height(&self) -> u16 {
        self.term.size().0
    }

    fn move_cursor_up(&self, lines: usize) -> io::Result<()> {
        self.term.move_cursor_up(lines)
    }

    fn move_cursor_down(&self, lines: usize) -> io::Result<()> {
        self.term.move_cursor_down(lines)
    }

    fn move_cursor_right(&self, columns: usize) -> io::Result<()> {
        self.term.move_cursor_right(columns)
    }

    fn move_cursor_left(&self, columns: usize) -> io::Result<()> {
        self.term.move_cursor_left(columns)
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.fill(0)?;
        self.term.write_line(text)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.fill(0)?;
        if text.chars().all(|c| c == ' ') {
            *self.unfilled() = text.len();
            return Ok(());
        }
        self.term.write_str(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.term.clear_line()
    }

    fn flush(&self) -> io::Result<()> {
        let kept = if self.ends_in_bar.load(Ordering::Relaxed) { ECHO_COLUMNS } else { 0 };
        self.fill(kept)?;
        self.term.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(ends_in_bar: bool) -> String {
        let file = tempfile::NamedTempFile::new().unwrap();
        let term = Term::read_write_pair(file.reopen().unwrap(), file.reopen().unwrap());
        let screen = Screen { term, unfilled: Mutex::new(0), ends_in_bar: Arc::new(ends_in_bar.into()) };
        for text in ["find 1/1", "    ", "2s", "          "] {
            screen.write_str(text).unwrap();
        }
        screen.flush().unwrap();
        std::fs::read_to_string(file.path()).unwrap()
    }

    #[test]
    fn the_last_bar_leaves_room_for_the_echo_of_ctrl_c() {
        assert_eq!(drawn(true), "find 1/1    2s        ");
        assert_eq!(drawn(false), "find 1/1    2s          ");
    }
}
