//! Takes white space away.

use windlass_core::prelude::*;

/// The most bytes of characters to take away: each letter at an end is looked for among them.
const MAX_CHARACTERS_BYTES: usize = 4096;

/// What is taken away.
#[derive(Params)]
pub struct Settings {
    /// Where.
    #[param(default = "both")]
    sides: Sides,
    /// The characters that are taken away; white space, where it is not given.
    #[param(default = null)]
    characters: Option<String>,
    /// What becomes of white space inside the text.
    #[param(default = "keep")]
    inside: Inside,
}

/// Where a text is trimmed.
#[derive(Clone, Copy, Choice)]
pub enum Sides {
    /// At both ends.
    Both,
    /// At its start.
    Start,
    /// At its end.
    End,
    /// Nowhere.
    None,
}

/// What becomes of white space inside a text.
#[derive(Clone, Copy, Choice, PartialEq, Eq)]
pub enum Inside {
    /// It stays.
    Keep,
    /// Each run of it becomes one space.
    Collapse,
}

/// What is trimmed.
#[derive(Inputs)]
pub struct In {
    /// The text.
    #[port(constant)]
    text: Arc<str>,
}

/// What is left.
#[derive(Outputs)]
pub struct Out {
    /// The text without what was taken away.
    text: String,
}

/// `text.trim`
pub struct Trim;

impl Node for Trim {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "text.trim",
            "Trim text",
            "Takes white space (that of Unicode), or other characters, away from the ends of a text, and makes one space \
             of several.",
        )
        .search(&["strip", "whitespace", "spaces", "squeeze", "normalize"])
        .cpu()
        .sample(Sample::new().input("text", Value::text("  a  ")))
        .example(EXAMPLE)
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, _: &Ctx) -> Result<Out, NodeError> {
        let wanted = params.characters.as_deref().map_or(0, str::len);
        if wanted > MAX_CHARACTERS_BYTES {
            let said = format!("parameter `characters` has {wanted} bytes, at most {MAX_CHARACTERS_BYTES}");
            return Err(NodeError::new(said)
                .hint("`text.replace` takes away what an expression describes")
                .permanent());
        }
        let goes = |letter: char| match &params.characters {
            Some(characters) => characters.contains(letter),
            None => letter.is_whitespace(),
        };
        let text = match params.sides {
            Sides::Both => inputs.text.trim_matches(goes),
            Sides::Start => inputs.text.trim_start_matches(goes),
            Sides::End => inputs.text.trim_end_matches(goes),
            Sides::None => &inputs.text,
        };
        Ok(Out { text: if params.inside == Inside::Collapse { collapsed(text) } else { text.to_owned() } })
    }
}

fn collapsed(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter.is_whitespace() {
            true if made.ends_with(' ') => {}
            true => made.push(' '),
            false => made.push(letter),
        }
    }
    made
}

const EXAMPLE: &str = r#"
clean:
  kind: text.trim
  params: { text: "  sand   and\tsalt \n", inside: collapse }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;

    fn trimmed(text: &str, params: &[(&str, &str)]) -> String {
        let bench = Harness::of::<Trim>().input("text", Value::text(text));
        let bench = params.iter().fold(bench, |bench, (name, value)| bench.param(name, *value));
        bench.fire().unwrap().get("text").unwrap()
    }

    #[test]
    fn the_ends_lose_white_space_or_other_characters() {
        assert_eq!(trimmed("\u{a0}\t a b\n", &[]), "a b");
        assert_eq!(trimmed(" a ", &[("sides", "start")]), "a ");
        assert_eq!(trimmed(" a ", &[("sides", "end")]), " a");
        assert_eq!(trimmed("--[é]--", &[("characters", "-[]")]), "é");
        assert_eq!(trimmed("", &[]), "");
    }

    #[test]
    fn white_space_inside_becomes_one_space() {
        assert_eq!(trimmed(" a \t\n b ", &[("inside", "collapse")]), "a b");
        assert_eq!(trimmed(" a  b ", &[("inside", "collapse"), ("sides", "none")]), " a b ");
    }

    #[test]
    fn an_unknown_choice_is_refused_with_those_there_are() {
        let error = Harness::of::<Trim>().param("text", "a").param("sides", "left").fire().map(|_| ()).unwrap_err();
        assert!(error.to_string().starts_with("parameter `sides`: expected"), "{error}");
        let many = Harness::of::<Trim>().param("text", "a").param("characters", "x".repeat(4_097));
        let error = many.fire().map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "parameter `characters` has 4097 bytes, at most 4096");
    }
}
