//! Takes a text apart into its lines.

use windlass_core::prelude::*;

/// Which lines.
#[derive(Params)]
pub struct Settings {
    /// What becomes of lines that hold white space alone.
    #[param(default = "keep")]
    blank: Blank,
}

/// What becomes of blank lines.
#[derive(Clone, Copy, Choice, PartialEq, Eq)]
pub enum Blank {
    /// They are lines as others.
    Keep,
    /// They are left out.
    Drop,
}

/// What is taken apart.
#[derive(Inputs)]
pub struct In {
    /// The text.
    #[port(constant)]
    text: Arc<str>,
}

/// One line.
#[derive(Outputs)]
pub struct Line {
    /// The line, without its end.
    text: String,
    /// Its number in the text, counted from 1; lines that are left out count.
    number: u64,
}

/// The lines.
#[derive(Outputs)]
pub struct Out {
    /// The lines.
    #[children]
    lines: Children<Line>,
}

/// `text.lines`
pub struct Lines;

impl Node for Lines {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "text.lines",
            "Lines",
            "Makes an item of each line of a text, in order. A line ends with LF, CR LF or CR; behind the last end there \
             is no further line.",
        )
        .search(&["split", "rows", "newline"])
        .cpu()
        .split(true)
        .sample(Sample::new().input("text", Value::text("a\nb\n")))
        .example(EXAMPLE)
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, _: &Ctx) -> Result<Out, NodeError> {
        let lines = Rest { text: inputs.text, at: 0, number: 0 };
        let lines = lines.filter(move |line| params.blank == Blank::Keep || !line.text.trim().is_empty());
        Ok(Out { lines: Children::indexed(lines.map(Ok)) })
    }
}

/// Finds one line after the other, so that a long text needs no memory for its lines.
struct Rest {
    text: Arc<str>,
    at: usize,
    number: u64,
}

impl Iterator for Rest {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        let rest = &self.text[self.at..];
        if rest.is_empty() {
            return None;
        }
        let end = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let length_of_end = if rest[end..].starts_with("\r\n") { 2 } else { 1 };
        let text = rest[..end].to_owned();
        self.at = (self.at + end + length_of_end).min(self.text.len());
        self.number += 1;
        Some(Line { text, number: self.number })
    }
}

const EXAMPLE: &str = r#"
read:
  kind: text.lines
  params: { text: "dunes\n\nnight\n", blank: drop }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;

    fn lines(text: &str, blank: &str) -> Vec<(String, i64)> {
        let gave = Harness::of::<Lines>().input("text", Value::text(text)).param("blank", blank).fire().unwrap();
        gave.children().iter().map(|child| (child.get("text").unwrap(), child.get("number").unwrap())).collect()
    }

    #[test]
    fn every_kind_of_end_ends_a_line() {
        let found = lines("a\nb\r\n\rc\n", "keep");
        assert_eq!(found, [("a".into(), 1), ("b".into(), 2), (String::new(), 3), ("c".into(), 4)]);
        assert_eq!(lines("", "keep"), []);
        assert_eq!(lines("\n", "keep"), [(String::new(), 1)]);
    }

    #[test]
    fn blank_lines_may_be_left_out_and_count() {
        assert_eq!(lines("é\n \t\n\nb", "drop"), [("é".into(), 1), ("b".into(), 4)]);
    }

    #[test]
    fn what_is_no_text_is_refused() {
        let error = Harness::of::<Lines>().input("text", Value::Int(1)).fire().map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "input `text`: expected `text`, found `int`: 1");
    }
}
