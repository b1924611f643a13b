//! The two output streams: colours where they are wanted, text without control characters, and a reader that goes
//! away is no error.

use std::io::{self, IsTerminal, Write};

use crate::exit::Trouble;

const MIN_TEXT_COLUMNS: usize = 20;

/// Puts colours on words, or leaves them alone.
#[derive(Clone, Copy, Debug)]
pub struct Paint(bool);

impl Paint {
    /// Paints for standard output.
    pub fn stdout() -> Self {
        Self(io::stdout().is_terminal() && colours_wanted())
    }

    /// Paints for standard error.
    pub fn stderr() -> Self {
        Self(io::stderr().is_terminal() && colours_wanted())
    }

    /// Paints nothing.
    #[cfg(test)]
    pub fn off() -> Self {
        Self(false)
    }

    /// Returns whether there are colours.
    pub fn is_on(self) -> bool {
        self.0
    }

    /// Returns the text for what went wrong.
    pub fn red(self, text: &str) -> String {
        self.ansi("1;31", text)
    }

    /// Returns the text for what stands out.
    pub fn bold(self, text: &str) -> String {
        self.ansi("1", text)
    }

    /// Returns the text for what stands back.
    pub fn dim(self, text: &str) -> String {
        self.ansi("2", text)
    }

    fn ansi(self, code: &str, text: &str) -> String {
        if self.0 { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

fn colours_wanted() -> bool {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    set("NO_COLOR").is_none() && set("TERM").is_none_or(|term| term != "dumb")
}

/// Returns whether standard error can show bars that move.
pub fn can_draw() -> bool {
    io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Writes a line to standard error; that nobody reads it is no reason to end.
pub fn err_line(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Writes what a command is for to standard output. That the reader went away is no error.
///
/// # Errors
/// Says why standard output takes nothing.
pub fn print(text: &str) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Trouble::store("cannot write to standard output").because(error))
        }
        _ => Ok(()),
    }
}

/// Returns the text with control characters made visible, so that a file's name cannot steer the terminal.
pub fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if steers(c) && c != '\n' { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown
}

/// Returns a name as it can stand within a line: like [`printable`], with line feeds made visible, too.
pub fn one_line(name: &str) -> String {
    printable(name).replace('\n', "\\n")
}

/// Returns a text of possibly several lines as it can stand behind something: like [`printable`], with further lines indented, so that
/// none looks like one that the program says.
pub fn paragraph(text: &str) -> String {
    printable(text.trim_end()).replace('\n', "\n    ")
}

/// Returns whether a character steers a terminal, or turns the order round in which what follows is shown.
fn steers(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

/// Returns a path as a shell takes it.
pub fn as_typed(path: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "._-/".contains(c);
    if path.chars().all(plain) { path.to_owned() } else { format!("'{}'", path.replace('\'', r"'\''")) }
}

/// Returns at most `chars` characters of a text, with an ellipsis where some are missing.
pub fn shortened(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        None => text.to_owned(),
        Some(_) => {
            let kept: String = text.chars().take(chars.saturating_sub(1)).collect();
            format!("{kept}…")
        }
    }
}

/// Returns how many columns standard output has; `None` where it is no terminal, and lines stay whole for `grep`.
pub fn stdout_columns() -> Option<usize> {
    console::Term::stdout().size_checked().map(|(_, columns)| columns.into()).filter(|_| io::stdout().is_terminal())
}

/// Returns a text broken between words, so that with `indent` columns before each line it fits into `columns`; the
/// first line has its indent already.
pub fn wrapped(text: &str, indent: usize, columns: Option<usize>) -> String {
    let Some(room) = columns.map(|columns| columns.saturating_sub(indent).max(MIN_TEXT_COLUMNS)) else {
        return text.to_owned();
    };
    let mut broken = String::with_capacity(text.len());
    let mut used = 0;
    for word in text.split(' ') {
        let chars = word.chars().count();
        if used > 0 && used + 1 + chars > room {
            broken.push_str(&format!("\n{:indent$}", ""));
            used = 0;
        } else if used > 0 {
            broken.push(' ');
            used += 1;
        }
        broken.push_str(word);
        used += chars;
    }
    broken
}

/// Returns rows as a table, indented: the first column begins at the left, the last one is free text, numbers between them end
/// at the right.
pub fn table<const COLUMNS: usize>(rows: &[[String; COLUMNS]]) -> String {
    let width = |at: usize| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or_default();
    let widths: [usize; COLUMNS] = std::array::from_fn(width);
    let cell = |(at, text): (usize, &String)| match at {
        0 => format!("  {text:<width$}", width = widths[at]),
        at if at + 1 == COLUMNS => format!("  {text}"),
        at => format!("  {text:>width$}", width = widths[at]),
    };
    let line =
        |row: &[String; COLUMNS]| row.iter().enumerate().map(cell).collect::<String>().trim_end().to_owned() + "\n";
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown_not_obeyed() {
        assert_eq!(printable("a\x1b[2Jb\r.jpg"), "a\\u{1b}[2Jb\\r.jpg");
        assert_eq!(printable("Füße\n"), "Füße\n");
        assert_eq!(printable("gpj.\u{202e}a"), "gpj.\\u{202e}a");
        assert_eq!(paragraph("it said:\nfailed: b\n"), "it said:\n    failed: b");
        assert_eq!(one_line("a\nfailed: b"), "a\\nfailed: b");
    }

    #[test]
    fn long_texts_end_in_an_ellipsis() {
        assert_eq!(shortened("äöü", 3), "äöü");
        assert_eq!(shortened("äöüß", 3), "äö…");
    }

    #[test]
    fn long_texts_are_broken_between_words() {
        let text = "Reads a picture and turns it upright";
        assert_eq!(wrapped(text, 4, Some(24)), "Reads a picture and\n    turns it upright");
        assert_eq!(wrapped(text, 4, None), text);
        assert_eq!(wrapped("aVeryLongWordThatFitsNowhere", 4, Some(5)), "aVeryLongWordThatFitsNowhere");
    }
}
