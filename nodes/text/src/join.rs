//! Puts the texts of a group together.

use windlass_core::prelude::*;

/// The longest text that is made, in bytes.
const MAX_BYTES: usize = 256 << 20;

/// What stands around and between them.
#[derive(Params)]
pub struct Settings {
    /// What stands between two texts.
    #[param(default = "\n")]
    separator: String,
    /// What stands before the last one, where there are several: ` and `. The separator, where it is not given.
    #[param(default = null)]
    last_separator: Option<String>,
    /// What stands before the first.
    #[param(default = "")]
    prefix: String,
    /// What stands behind the last.
    #[param(default = "")]
    suffix: String,
}

/// The group.
#[derive(Inputs)]
pub struct In {
    /// The texts of one group, in key order.
    texts: Collected<String>,
}

/// The whole.
#[derive(Outputs)]
pub struct Out {
    /// The texts, one behind the other. An empty group has prefix and suffix alone.
    text: String,
    /// How many there were.
    count: usize,
}

/// `text.join`
pub struct Join;

impl Node for Join {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "text.join",
            "Join texts",
            "Waits for a whole group of texts and puts them together in key order, with a separator between them; at \
             most 256 MiB. What was filtered or failed is left out.",
        )
        .search(&["concatenate", "implode", "combine", "lines", "collect"])
        .cpu()
        .sample(Sample::new().input("texts", Value::List(Arc::new(["a", "b"].map(Value::text).into_iter().collect()))))
        .example(EXAMPLE)
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let count = inputs.texts.len();
        let last_separator = params.last_separator.as_ref().unwrap_or(&params.separator);
        let mut text = params.prefix;
        for (at, member) in inputs.texts.iter().enumerate() {
            ctx.check_cancelled()?;
            let member = member.map_err(|error| error.within(format!("text {at} of the group")))?;
            let between = match at {
                0 => "",
                at if at + 1 == count => last_separator,
                _ => &params.separator,
            };
            push(&mut text, between)?;
            push(&mut text, &member)?;
        }
        push(&mut text, &params.suffix)?;
        Ok(Out { text, count })
    }
}

fn push(text: &mut String, more: &str) -> Result<(), NodeError> {
    if text.len() + more.len() > MAX_BYTES {
        let error = NodeError::new(format!("the texts make more than the {MAX_BYTES} bytes of one text at most"));
        return Err(error.hint("`flow.batch` before it makes several").permanent());
    }
    text.push_str(more);
    Ok(())
}

const EXAMPLE: &str = r#"
names:
  kind: text.split
  params: { text: "sand,salt,wind" }
sentence:
  kind: text.join
  params: { separator: ", ", last_separator: " and " }
  inputs: { texts: names.text }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::{Gave, Harness};

    use super::*;

    fn bench(texts: &[&str]) -> Harness {
        let list = texts.iter().map(Value::text).collect();
        Harness::of::<Join>().input("texts", Value::List(Arc::new(list)))
    }

    fn text(gave: Gave) -> String {
        gave.get("text").unwrap()
    }

    #[test]
    fn texts_are_joined_in_order() {
        assert_eq!(text(bench(&["a", "b", "c"]).fire().unwrap()), "a\nb\nc");
        let spoken = bench(&["a", "b", "c"]).param("separator", ", ").param("last_separator", " and ");
        assert_eq!(text(spoken.fire().unwrap()), "a, b and c");
        let around = |texts: &[&str]| text(bench(texts).param("prefix", "[").param("suffix", "]").fire().unwrap());
        assert_eq!((around(&["a"]), around(&[])), ("[a]".into(), "[]".into()));
        assert_eq!(bench(&["a", "b"]).fire().unwrap().get("count"), Ok(2));
    }

    #[test]
    fn the_whole_is_bounded_and_wrong_members_are_named() {
        let long = "x".repeat(MAX_BYTES / 2);
        let error = bench(&[&long, &long, "x"]).fire().map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("more than the 268435456 bytes"), "{error}");
        let list = [Value::text("a"), Value::Int(1)].into_iter().collect();
        let error = Harness::of::<Join>().input("texts", Value::List(Arc::new(list))).fire().map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("expected"), "{error}");
    }
}
