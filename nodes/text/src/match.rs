//! Finds a pattern in a text, and takes its groups out.

use regex::{Captures, Regex};
use serde_json::{Map, Value as Json};
use windlass_core::json;
use windlass_core::prelude::*;

use crate::pattern::{self, Syntax};

/// The most matches that are listed.
const MAX_LISTED: usize = 100_000;

/// The most that all that is listed takes in memory, in bytes.
const MAX_BYTES: usize = 256 << 20;

/// About what a group takes beside its text and its name.
const PART_BYTES: usize = 96;

/// What is looked for.
#[derive(Params)]
pub struct Settings {
    /// What is looked for: `(?<year>\d{4})-(?<month>\d\d)`.
    #[param(static)]
    pattern: String,
    /// Whether that is a literal text or a regular expression.
    #[param(static, default = "regex")]
    syntax: Syntax,
    /// Whether upper and lower case are the same.
    #[param(static, default = false)]
    ignore_case: bool,
    /// What becomes of an item in which nothing is found.
    #[param(default = "skip")]
    missing: Missing,
}

/// What becomes of an item in which nothing is found.
#[derive(Clone, Copy, Choice)]
pub enum Missing {
    /// It is skipped on `text` and `groups`.
    Skip,
    /// It fails.
    Fail,
}

/// Where it is looked for.
#[derive(Inputs)]
pub struct In {
    /// The text.
    #[port(constant)]
    text: Arc<str>,
}

/// What was found.
#[derive(Outputs)]
pub struct Out {
    /// Whether anything was found.
    found: bool,
    /// The first thing that was found.
    text: Gate<String>,
    /// Its groups: an object by name, or by number where a group has no name; null for one that took no part.
    groups: Gate<Json>,
    /// All that was found, at most 100,000: `text`, `groups`, and `start` and `end` in bytes of UTF-8.
    matches: Json,
    /// How many there are.
    count: usize,
}

/// `text.match`
pub struct Match(Regex);

impl Node for Match {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "text.match",
            "Match text",
            "Finds a regular expression in a text, and gives what its groups have found. Takes time that is linear in the \
             text for each thing that is found, whatever the expression, and at most 256 MiB for what is found and its groups.",
        )
        .search(&["regex", "extract", "capture", "find", "grep", "parse"])
        .cpu()
        .sample(Sample::new().param("pattern", "(?<year>[0-9]{4})").input("text", Value::text("in 2026")))
        .example(EXAMPLE)
    }

    fn open(statics: &Statics) -> Result<Self, NodeError> {
        pattern::compile(statics).map(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let (mut listed, mut count, mut bytes) = (Vec::new(), 0, 0);
        for captures in self.0.captures_iter(&inputs.text) {
            ctx.check_cancelled()?;
            count += 1;
            if count <= MAX_LISTED {
                bytes += self.weight(&captures);
                check(bytes)?;
                listed.push(self.told(&captures));
            }
        }
        let first = listed
            .first()
            .map(|first| (first["text"].as_str().unwrap_or_default().to_owned(), first["groups"].clone()));
        let (text, groups) = match (first, params.missing) {
            (Some((text, groups)), _) => (Gate::Open(text), Gate::Open(groups)),
            (None, Missing::Skip) => (Gate::Shut("not found".into()), Gate::Shut("not found".into())),
            (None, Missing::Fail) => {
                let error = NodeError::new(format!("`{}` is not found in the text", self.0.as_str()));
                return Err(error.hint("`missing: skip` leaves such items out").permanent());
            }
        };
        Ok(Out { found: count > 0, text, groups, matches: listed.into(), count })
    }
}

/// Refuses what would fill the memory.
fn check(bytes: usize) -> Result<(), NodeError> {
    if bytes <= MAX_BYTES {
        return Ok(());
    }
    let error = NodeError::new(format!("what is found and its groups take more than {MAX_BYTES} bytes of memory"));
    Err(error
        .hint("use fewer groups, `(?:..)` for those that are not wanted, or take the text apart first")
        .permanent())
}

impl Match {
    /// Returns about how many bytes it takes to tell what was found: groups may hold each other, and each has its text.
    fn weight(&self, captures: &Captures<'_>) -> usize {
        let names = self.0.capture_names().map(|name| name.map_or(0, str::len));
        let texts = captures.iter().map(|group| group.map_or(0, |group| group.len()));
        names.zip(texts).map(|(name, text)| PART_BYTES + name + text).sum::<usize>() + 4 * PART_BYTES
    }

    fn told(&self, captures: &Captures<'_>) -> Json {
        let whole = captures.get(0);
        let groups: Map<String, Json> = self
            .0
            .capture_names()
            .enumerate()
            .skip(1)
            .map(|(number, name)| {
                let text = captures.get(number).map_or(Json::Null, |group| group.as_str().into());
                (name.map_or_else(|| number.to_string(), str::to_owned), text)
            })
            .collect();
        json!({
            "text": whole.map_or("", |whole| whole.as_str()),
            "groups": groups,
            "start": whole.map(|whole| whole.start()),
            "end": whole.map(|whole| whole.end()),
        })
    }
}

const EXAMPLE: &str = r#"
date:
  kind: text.match
  params: { text: IMG_20260315_dunes.jpg, pattern: '(?<year>\d{4})(?<month>\d\d)(?<day>\d\d)' }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;

    fn bench(pattern: &str, text: &str) -> Harness {
        Harness::of::<Match>().param("pattern", pattern).input("text", Value::text(text))
    }

    #[test]
    fn groups_are_called_by_name_or_number() {
        let gave = bench(r"(?<name>\w+)@(\w+)(x)?", "é, ada@lund and bela@porto").fire().unwrap();
        assert_eq!((gave.get("found"), gave.get("count")), (Ok(true), Ok(2)));
        assert_eq!(gave.get("text"), Ok("ada@lund".to_owned()));
        assert_eq!(gave.get("groups"), Ok(json!({ "name": "ada", "2": "lund", "3": null })));
        let matches: Json = gave.get("matches").unwrap();
        assert_eq!(matches[0]["start"], 4);
        assert_eq!(
            matches[1],
            json!({
                "text": "bela@porto", "groups": { "name": "bela", "2": "porto", "3": null }, "start": 17, "end": 27,
            })
        );
    }

    #[test]
    fn what_is_not_found_is_skipped_or_fails() {
        let gave = bench("x", "abc").fire().unwrap();
        assert_eq!(
            (gave.get("found"), gave.skipped("text"), gave.get("matches")),
            (Ok(false), Some("not found"), Ok(json!([])))
        );
        let error = bench("x+", "abc").param("missing", "fail").fire().map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "`x+` is not found in the text");
        assert!(error.is_permanent());
    }

    #[test]
    fn groups_that_hold_each_other_do_not_fill_the_memory() {
        let nested = format!("{}(?s).*{}", "(".repeat(60), ")".repeat(60));
        let error = bench(&nested, &"x".repeat(8 << 20)).fire().map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "what is found and its groups take more than 268435456 bytes of memory");
        assert!(error.is_permanent() && error.hint_text().is_some());
        let error = bench(&"()".repeat(500), &"x".repeat(20_000)).fire().map(|_| ()).unwrap_err();
        assert!(error.to_string().starts_with("what is found and its groups take more than"), "{error}");
    }

    #[test]
    fn wrong_expressions_are_refused_and_long_lists_cut() {
        assert!(bench("[z-a]", "").open().unwrap_err().to_string().contains("`[z-a]` is not a regular expression"));
        let gave = bench("a", &"a".repeat(MAX_LISTED + 5)).fire().unwrap();
        assert_eq!(gave.get("count"), Ok(MAX_LISTED as i64 + 5));
        assert_eq!(gave.get::<Json>("matches").unwrap().as_array().map(Vec::len), Some(MAX_LISTED));
    }
}
