//! Replaces what is found in a text.

use regex::{Captures, Regex};
use windlass_core::prelude::*;

use crate::pattern::{self, Syntax};

/// The longest text that is made, in bytes.
const MAX_BYTES: usize = 64 << 20;

/// What is replaced.
#[derive(Params)]
pub struct Settings {
    /// What is looked for.
    #[param(static)]
    pattern: String,
    /// Whether that is a literal text or a regular expression.
    #[param(static, default = "literal")]
    syntax: Syntax,
    /// Whether upper and lower case are the same.
    #[param(static, default = false)]
    ignore_case: bool,
    /// What is put in its place. Where `pattern` is a regular expression, `$1` and `${name}` stand for its groups, `$0`
    /// for all that was found, `$$` for `$`.
    #[param(default = "")]
    with: String,
    /// How many are replaced at most, from the front; all where it is not given.
    #[param(default = null)]
    limit: Option<u64>,
}

/// What is changed.
#[derive(Inputs)]
pub struct In {
    /// The text.
    #[port(constant)]
    text: Arc<str>,
}

/// What came of it.
#[derive(Outputs)]
pub struct Out {
    /// The changed text.
    text: String,
    /// How many were replaced.
    count: u64,
}

/// `text.replace`
pub struct Replace {
    regex: Regex,
    is_literal: bool,
}

impl Node for Replace {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "text.replace",
            "Replace in text",
            "Replaces what is found: a literal text, or a regular expression with groups. The search takes time that is \
             linear in the text, whatever the expression, which may become 1 MiB large when it is compiled; the result \
             has at most 64 MiB.",
        )
        .search(&["substitute", "find", "regex", "sed", "remove"])
        .cpu()
        .sample(Sample::new().param("pattern", "l").param("with", "r").input("text", Value::text("hello")))
        .example(EXAMPLE)
    }

    fn open(statics: &Statics) -> Result<Self, NodeError> {
        let is_literal = statics.get("syntax").and_then(|syntax| syntax.as_str()) == Some("literal");
        Ok(Self { regex: pattern::compile(statics)?, is_literal })
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let limit = params.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        let (text, mut made, mut at, mut count) = (&*inputs.text, String::new(), 0, 0);
        for found in self.regex.captures_iter(text).take(limit) {
            ctx.check_cancelled()?;
            let Some(whole) = found.get(0) else { continue };
            check(made.len() + whole.start() - at)?;
            made.push_str(&text[at..whole.start()]);
            self.expand(&found, &params.with, &mut made)?;
            (at, count) = (whole.end(), count + 1);
        }
        check(made.len() + text.len() - at)?;
        made.push_str(&text[at..]);
        Ok(Out { text: made, count })
    }
}

impl Replace {
    /// Every `$` may stand for a text that is as long as the whole, so that the length is looked at after each.
    fn expand(&self, found: &Captures<'_>, with: &str, made: &mut String) -> Result<(), NodeError> {
        if self.is_literal {
            check(made.len() + with.len())?;
            made.push_str(with);
            return Ok(());
        }
        let mut rest = with;
        while !rest.is_empty() {
            let own = if rest.starts_with("$$") { 2 } else { rest.chars().next().map_or(0, char::len_utf8) };
            let (part, after) = rest.split_at(rest[own..].find('$').map_or(rest.len(), |at| own + at));
            found.expand(part, made);
            check(made.len())?;
            rest = after;
        }
        Ok(())
    }
}

fn check(bytes: usize) -> Result<(), NodeError> {
    if bytes <= MAX_BYTES {
        return Ok(());
    }
    Err(NodeError::new(format!("the result is longer than the {MAX_BYTES} bytes that are made at most")).permanent())
}

const EXAMPLE: &str = r#"
dates:
  kind: text.replace
  params:
    text: From 2026-03-01 to 2026-04-15.
    pattern: '(\d{4})-(\d\d)-(\d\d)'
    syntax: regex
    with: $3.$2.$1
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;

    fn bench(pattern: &str, with: &str, text: &str) -> Harness {
        Harness::of::<Replace>().param("pattern", pattern).param("with", with).input("text", Value::text(text))
    }

    fn replaced(bench: Harness) -> (String, i64) {
        let gave = bench.fire().unwrap();
        (gave.get("text").unwrap(), gave.get("count").unwrap())
    }

    #[test]
    fn a_literal_is_replaced_as_it_stands_there() {
        assert_eq!(replaced(bench("a.", "$1", "a.ab")), ("$1ab".into(), 1));
        assert_eq!(replaced(bench("A", "", "banana").param("ignore_case", true)), ("bnn".into(), 3));
        assert_eq!(replaced(bench("a", "o", "banana").param("limit", 2)), ("bonona".into(), 2));
        assert_eq!(replaced(bench("x", "y", "banana")), ("banana".into(), 0));
    }

    #[test]
    fn groups_of_an_expression_stand_in_the_replacement() {
        let swap = bench(r"(?<first>\w+) (\w+)", "$2, ${first} ($0) $$", "Ada Brandt");
        assert_eq!(replaced(swap.param("syntax", "regex")), ("Brandt, Ada (Ada Brandt) $".into(), 1));
        let odd = bench("(?<a>x)(y)?", "é$$$a$2$$${a}b$nobody$", "x");
        assert_eq!(replaced(odd.param("syntax", "regex")), ("é$x$xb$".into(), 1));
        assert_eq!(replaced(bench("", "-", "aé").param("syntax", "regex")), ("-a-é-".into(), 3));
    }

    #[test]
    fn results_are_bounded_and_wrong_expressions_refused() {
        let text = "x".repeat(1 << 16);
        let error = bench("x", &"y".repeat(1 << 11), &text).fire().map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "the result is longer than the 67108864 bytes that are made at most");
        let all = bench("(?s).*", &"$0".repeat(100_000), &"x".repeat(1 << 20)).param("syntax", "regex");
        let error = all.fire().map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "the result is longer than the 67108864 bytes that are made at most");
        let error = bench("(", "", "").param("syntax", "regex").open().unwrap_err();
        assert!(error.to_string().starts_with("parameter `pattern`: `(` is not"), "{error}");
    }
}
