//! Takes a text apart at a separator.

use regex::Regex;
use windlass_core::prelude::*;

use crate::pattern::{self, Syntax};

/// Where it is taken apart.
#[derive(Params)]
pub struct Settings {
    /// What stands between the parts: `, `, or as a regular expression `[,;]\s*`.
    #[param(static, default = ",")]
    pattern: String,
    /// Whether that is a literal text or a regular expression.
    #[param(static, default = "literal")]
    syntax: Syntax,
    /// Whether upper and lower case are the same.
    #[param(static, default = false)]
    ignore_case: bool,
    /// The most parts: the last one has all that is left.
    #[param(default = null, min = 1)]
    limit: Option<u64>,
    /// What becomes of parts without a letter in them; white space is one.
    #[param(default = "keep")]
    empty: Empty,
}

/// What becomes of empty parts.
#[derive(Clone, Copy, Choice, PartialEq, Eq)]
pub enum Empty {
    /// They are parts as others.
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

/// One part.
#[derive(Outputs)]
pub struct Part {
    /// The part.
    text: String,
    /// Its place among the parts, counted from 0.
    index: usize,
}

/// The parts.
#[derive(Outputs)]
pub struct Out {
    /// The parts.
    #[children]
    parts: Children<Part>,
}

/// `text.split`
pub struct Split(Regex);

impl Node for Split {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "text.split",
            "Split text",
            "Makes an item of each part of a text between separators, in order. Takes time that is linear in the text, \
             whatever the expression.",
        )
        .search(&["separator", "explode", "tokens", "csv", "regex"])
        .cpu()
        .split(true)
        .sample(Sample::new().input("text", Value::text("a,b")))
        .example(EXAMPLE)
    }

    fn open(statics: &Statics) -> Result<Self, NodeError> {
        let regex = pattern::compile(statics)?;
        pattern::refuse_empty(&regex)?;
        Ok(Self(regex))
    }

    async fn fire(&self, params: Settings, inputs: In, _: &Ctx) -> Result<Out, NodeError> {
        let parts = Parts { text: inputs.text, regex: self.0.clone(), at: Some(0), left: params.limit };
        let parts = parts.filter(move |part| params.empty == Empty::Keep || !part.is_empty());
        Ok(Out { parts: Children::indexed(parts.enumerate().map(|(index, text)| Ok(Part { text, index }))) })
    }
}

/// Finds one part after the other, so that a long text needs no memory for its parts.
struct Parts {
    text: Arc<str>,
    regex: Regex,
    /// Where the next part begins; nowhere after the last one.
    at: Option<usize>,
    left: Option<u64>,
}

impl Iterator for Parts {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let begin = self.at.take()?;
        let is_last = self.left == Some(1);
        self.left = self.left.map(|left| left - 1);
        let found = if is_last { None } else { self.regex.find_at(&self.text, begin) };
        self.at = found.map(|found| found.end());
        Some(self.text[begin..found.map_or(self.text.len(), |found| found.start())].to_owned())
    }
}

const EXAMPLE: &str = r#"
tags:
  kind: text.split
  params: { text: "sea; night ;calm", pattern: '\s*;\s*', syntax: regex }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;

    fn bench(text: &str, pattern: &str) -> Harness {
        Harness::of::<Split>().input("text", Value::text(text)).param("pattern", pattern)
    }

    fn parts(bench: Harness) -> Vec<String> {
        bench.fire().unwrap().children().iter().map(|child| child.get("text").unwrap()).collect()
    }

    #[test]
    fn parts_stand_between_separators() {
        assert_eq!(parts(bench("a, b,, c", ",")), ["a", " b", "", " c"]);
        assert_eq!(parts(bench("a1b22c", r"\d+").param("syntax", "regex")), ["a", "b", "c"]);
        assert_eq!(parts(bench("1 AND 2 and 3", " and ").param("ignore_case", true)), ["1", "2", "3"]);
        assert_eq!(parts(bench("", ",")), [""]);
        assert_eq!(parts(bench("é—ü—", "—")), ["é", "ü", ""]);
    }

    #[test]
    fn parts_may_be_few_and_empty_ones_left_out() {
        assert_eq!(parts(bench("a: b: c", ": ").param("limit", 2)), ["a", "b: c"]);
        assert_eq!(parts(bench("a: b", ": ").param("limit", 1)), ["a: b"]);
        let gave = bench(",a,,b,", ",").param("empty", "drop").fire().unwrap();
        let indexes: Vec<i64> = gave.children().iter().map(|child| child.get("index").unwrap()).collect();
        assert_eq!(indexes, [0, 1]);
    }

    #[test]
    fn a_separator_that_is_nothing_is_refused() {
        for (pattern, syntax) in [("", "literal"), (r"\s*", "regex")] {
            let error = bench("a", pattern).param("syntax", syntax).open().unwrap_err();
            assert!(error.to_string().contains("found in the empty text"), "{error}");
            assert!(error.hint_text().is_some());
        }
        let error = bench("a", "[").param("syntax", "regex").open().unwrap_err();
        assert!(error.to_string().contains("`[` is not a regular expression"), "{error}");
    }
}
