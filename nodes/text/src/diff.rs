//! Says how two texts differ.

use serde_json::Value as Json;
use similar::{ChangeTag, DiffOp, TextDiff};
use windlass_core::json;
use windlass_core::prelude::*;

/// The most pieces that are compared, beside those that both texts begin and end with: time grows with their square.
const MAX_PIECES: usize = 40_000;

/// How they are compared.
#[derive(Params)]
pub struct Settings {
    /// The pieces that are compared.
    #[param(default = "lines")]
    by: By,
    /// How many equal lines stand around each change.
    #[param(default = 3, max = 1000)]
    context: u16,
    /// What the first text is called in the head.
    #[param(default = "before")]
    before_name: String,
    /// What the second text is called there.
    #[param(default = "after")]
    after_name: String,
}

/// The pieces that are compared.
#[derive(Clone, Copy, Choice)]
pub enum By {
    /// Lines.
    Lines,
    /// Words of Unicode, and what stands between them.
    Words,
    /// Characters as people see them.
    Characters,
}

/// What is compared.
#[derive(Inputs)]
pub struct In {
    /// The text as it was.
    #[port(constant)]
    before: Arc<str>,
    /// The text as it is.
    #[port(constant)]
    after: Arc<str>,
}

/// How they differ.
#[derive(Outputs)]
pub struct Out {
    /// The unified diff of the lines, as `diff -u` and `git` write it and `patch` reads it; empty for equal texts, and where
    /// other pieces are compared.
    unified: String,
    /// All edits in order, those of neighbouring pieces as one: `change` (`equal`, `delete` or `insert`) and `text`.
    edits: Json,
    /// How alike they are, 0 to 1: twice the equal pieces by all pieces, as in Python's `difflib`.
    ratio: f64,
    /// Whether they are equal.
    equal: bool,
}

/// `text.diff`
pub struct Diff;

impl Node for Diff {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "text.diff",
            "Compare texts",
            "Says how one text becomes another, by the fewest edits (Myers, 1986), as a unified diff and as a list. At \
             most 40,000 lines, or as many bytes of words and characters, that lie between what both begin and end with.",
        )
        .search(&["difference", "compare", "changes", "patch", "unified", "similarity"])
        .cpu()
        .sample(Sample::new().input("before", Value::text("a\nb\n")).input("after", Value::text("a\nc\n")))
        .example(EXAMPLE)
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, _: &Ctx) -> Result<Out, NodeError> {
        let (before, after) = (&*inputs.before, &*inputs.after);
        check(before, after, params.by)?;
        let diff = match params.by {
            By::Lines => TextDiff::from_lines(before, after),
            By::Words => TextDiff::from_unicode_words(before, after),
            By::Characters => TextDiff::from_graphemes(before, after),
        };
        let unified = match params.by {
            By::Lines if before != after => diff
                .unified_diff()
                .context_radius(params.context.into())
                .header(&params.before_name, &params.after_name)
                .to_string(),
            _ => String::new(),
        };
        Ok(Out { unified, edits: edits(&diff), ratio: ratio(&diff), equal: before == after })
    }
}

/// Counts the pieces between the common beginning and the common end, roughly: a line, a word or a character each.
fn check(before: &str, after: &str, by: By) -> Result<(), NodeError> {
    let same = before.bytes().zip(after.bytes()).take_while(|(one, other)| one == other).count();
    let (before, after) = (&before.as_bytes()[same..], &after.as_bytes()[same..]);
    let same = before.iter().rev().zip(after.iter().rev()).take_while(|(one, other)| one == other).count();
    let pieces = |text: &[u8]| match by {
        By::Lines => text.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count(),
        By::Words | By::Characters => text.len(),
    };
    let (before, after) = (pieces(&before[..before.len() - same]), pieces(&after[..after.len() - same]));
    if before + after <= MAX_PIECES {
        return Ok(());
    }
    let error =
        NodeError::new(format!("{} pieces differ or lie between differences, at most {MAX_PIECES}", before + after));
    Err(error.hint("compare by lines, or take the texts apart first").permanent())
}

fn ratio<'a>(diff: &TextDiff<'a, 'a, 'a, str>) -> f64 {
    let equal: usize = diff.ops().iter().map(|op| if let DiffOp::Equal { len, .. } = op { *len } else { 0 }).sum();
    let whole = diff.old_slices().len() + diff.new_slices().len();
    if whole == 0 { 1.0 } else { 2.0 * equal as f64 / whole as f64 }
}

fn edits<'a>(diff: &TextDiff<'a, 'a, 'a, str>) -> Json {
    let mut edits: Vec<(ChangeTag, String)> = Vec::new();
    for change in diff.iter_all_changes() {
        match edits.last_mut() {
            Some((tag, text)) if *tag == change.tag() => text.push_str(change.value()),
            _ => edits.push((change.tag(), change.value().to_owned())),
        }
    }
    edits.into_iter().map(|(tag, text)| json!({ "change": name(tag), "text": text })).collect()
}

fn name(tag: ChangeTag) -> &'static str {
    match tag {
        ChangeTag::Equal => "equal",
        ChangeTag::Delete => "delete",
        ChangeTag::Insert => "insert",
    }
}

const EXAMPLE: &str = r#"
changes:
  kind: text.diff
  params: { before: "sand\nsalt\nwind\n", after: "sand\nstone\nwind\n" }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::{Gave, Harness};

    use super::*;

    fn bench(before: &str, after: &str) -> Harness {
        Harness::of::<Diff>().input("before", Value::text(before)).input("after", Value::text(after))
    }

    fn unified(gave: &Gave) -> String {
        gave.get("unified").unwrap()
    }

    #[test]
    fn lines_are_compared_as_diff_does() {
        let gave = bench("a\nb\nc\nd\ne\n", "a\nb\nx\nd\ne").param("context", 1).fire().unwrap();
        let expected = "--- before\n+++ after\n@@ -2,4 +2,4 @@\n b\n-c\n+x\n d\n-e\n+e\n\\ No newline at end of file\n";
        assert_eq!(unified(&gave), expected);
        assert_eq!((gave.get("equal"), gave.get("ratio")), (Ok(false), Ok(0.6)));
        let gave = bench("a\n", "a\n").fire().unwrap();
        assert_eq!((unified(&gave), gave.get("equal"), gave.get("ratio")), (String::new(), Ok(true), Ok(1.0)));
    }

    #[test]
    fn edits_are_listed_and_lead_from_one_to_the_other() {
        let gave = bench("the old sea", "the new sea").param("by", "words").fire().unwrap();
        let expected = json!([
            { "change": "equal", "text": "the " }, { "change": "delete", "text": "old" },
            { "change": "insert", "text": "new" }, { "change": "equal", "text": " sea" },
        ]);
        assert_eq!(gave.get("edits"), Ok(expected));
        let gave = bench("né", "nè").param("by", "characters").fire().unwrap();
        assert_eq!(gave.get::<Json>("edits").unwrap()[1], json!({ "change": "delete", "text": "é" }));
    }

    #[test]
    fn texts_that_would_take_for_ever_are_refused_and_long_ones_with_few_changes_are_not() {
        let all = |offset: u32| (0..30_000).map(|line| format!("{}\n", line + offset)).collect::<String>();
        let error = bench(&all(0), &all(100_000)).fire().map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "59998 pieces differ or lie between differences, at most 40000");
        assert!(error.is_permanent() && error.hint_text().is_some());
        let changed = all(0).replace("\n15000\n", "\nx\n");
        assert!(unified(&bench(&all(0), &changed).fire().unwrap()).contains("-15000\n+x\n"));
    }
}
