//! What is told in sections of lines: how two runs differ, where a value comes from. Terminal and window show the same.

use std::fmt;
use std::sync::Arc;

use crate::value::Value;

/// A section of what is told.
#[derive(Clone, Debug, Default)]
pub struct Section {
    /// Its title; empty where it goes on without one.
    pub title: String,
    /// What it says.
    pub lines: Vec<Line>,
}

/// A line of a section.
#[derive(Clone, Debug, Default)]
pub struct Line {
    /// How far it is indented, in steps.
    pub depth: usize,
    /// Whether it is about what is gone or new.
    pub mark: Mark,
    /// What it says, without indentation and mark.
    pub text: String,
    /// The step of the plan that it is about.
    pub step: Option<String>,
    /// What it is about, to be looked at.
    pub pair: Option<Pair>,
}

/// Whether something is gone or new.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mark {
    /// Neither.
    #[default]
    None,
    /// It was there once.
    Gone,
    /// It is there now.
    Added,
}

/// Two values, the old one and the new one, which are read when somebody wants to look at them.
#[derive(Clone)]
pub struct Pair(Arc<Read>);

type Read = dyn Fn() -> Option<(Value, Value)> + Send + Sync;

impl Pair {
    /// Says how the two are read.
    pub fn new(read: impl Fn() -> Option<(Value, Value)> + Send + Sync + 'static) -> Self {
        Self(Arc::new(read))
    }

    /// Reads them; `None` where one is gone. Takes its time.
    pub fn read(&self) -> Option<(Value, Value)> {
        (self.0)()
    }
}

impl fmt::Debug for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pair")
    }
}

impl Section {
    /// Returns a section.
    pub fn new(title: impl Into<String>, lines: Vec<Line>) -> Self {
        Self { title: title.into(), lines }
    }
}

impl Line {
    /// Returns a line that is not indented.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// Returns a line about what is gone.
    pub fn gone(text: impl Into<String>) -> Self {
        Self { mark: Mark::Gone, ..Self::new(text) }
    }

    /// Returns a line about what is new.
    pub fn added(text: impl Into<String>) -> Self {
        Self { mark: Mark::Added, ..Self::new(text) }
    }

    /// Indents it by so many steps more.
    #[must_use]
    pub fn deeper(mut self, by: usize) -> Self {
        self.depth += by;
        self
    }

    /// Says which step it is about.
    #[must_use]
    pub fn about(mut self, step: impl Into<String>) -> Self {
        self.step = Some(step.into());
        self
    }

    /// Says what can be looked at.
    #[must_use]
    pub fn showing(mut self, pair: Option<Pair>) -> Self {
        self.pair = pair;
        self
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match self.mark {
            Mark::None => "",
            Mark::Gone => "- ",
            Mark::Added => "+ ",
        };
        write!(f, "{:indent$}{mark}{}", "", self.text, indent = 2 * self.depth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_indented_and_marked() {
        assert_eq!(Line::gone("a.png").deeper(1).deeper(1).to_string(), "    - a.png");
        assert_eq!(Line::added("b").to_string(), "+ b");
        assert_eq!(Line::new("c").about("step").to_string(), "c");
    }

    #[test]
    fn values_are_read_when_they_are_wanted() {
        let pair = Pair::new(|| Some((Value::Int(1), Value::Int(2))));
        assert!(matches!(pair.read(), Some((Value::Int(1), Value::Int(2)))));
    }
}
