//! Counts what a text is made of.

use std::path::PathBuf;

use unicode_segmentation::UnicodeSegmentation;
use windlass_core::prelude::*;

use crate::tokens::{Tokenizer, estimate};

/// How many words are looked at between two looks at whether the run is being stopped.
const LOOK: usize = 1 << 16;

/// What tokens are.
#[derive(Params)]
pub struct Settings {
    /// The tokenizer of a language model, by whose rules tokens are counted: a file `tokenizer.json`, as Hugging Face keeps
    /// them beside models. Without it they are estimated alone.
    #[param(static, default = null)]
    tokenizer: Option<PathBuf>,
}

/// What is counted.
#[derive(Inputs)]
pub struct In {
    /// The text.
    #[port(constant)]
    text: Arc<str>,
}

/// How much there is of it.
#[derive(Outputs)]
pub struct Out {
    /// Characters as people see them: grapheme clusters of Unicode (UAX #29).
    characters: usize,
    /// Code points of Unicode.
    code_points: usize,
    /// Bytes of UTF-8.
    bytes: usize,
    /// Words of Unicode (UAX #29); where words are written without spaces, as in Chinese, each character counts as one.
    words: usize,
    /// Lines; an end of line at the end begins no further one.
    lines: usize,
    /// An estimate of a language model's tokens: a quarter of the characters, and one for each of Chinese, Japanese and
    /// Korean. It is a rule of thumb for English, off by more for other languages and for code, and no count.
    tokens_estimate: usize,
    /// The tokens that the given tokenizer makes, without those that it puts around a text; skipped, where none is given.
    tokens: Gate<usize>,
}

/// `text.count`
pub struct Count(Option<Tokenizer>);

impl Node for Count {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "text.count",
            "Count text",
            "Counts characters, words, lines and bytes of a text as Unicode defines them, and the tokens that a language \
             model makes of it: exactly, where its tokenizer is given, for texts of at most 8 MiB; else by an estimate.",
        )
        .search(&["length", "words", "characters", "lines", "tokens", "statistics"])
        .cpu()
        .sample(Sample::new().input("text", Value::text("Two words.")))
        .example(EXAMPLE)
    }

    fn open(statics: &Statics) -> Result<Self, NodeError> {
        let tokenizer = statics.file("tokenizer").map(|content| Tokenizer::read(content)).transpose();
        tokenizer.map(Self).map_err(|error| error.within("parameter `tokenizer`"))
    }

    async fn fire(&self, _: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let text = &*inputs.text;
        let mut words = 0;
        for _ in text.unicode_words() {
            words += 1;
            if words % LOOK == 0 {
                ctx.check_cancelled()?;
            }
        }
        let ends = text.matches('\n').count() + text.matches('\r').count() - text.matches("\r\n").count();
        let open_line = !text.is_empty() && !text.ends_with(['\n', '\r']);
        let tokens = match &self.0 {
            Some(tokenizer) => Gate::Open(tokenizer.count(text)?),
            None => Gate::Shut("no tokenizer is given".into()),
        };
        Ok(Out {
            characters: text.graphemes(true).count(),
            code_points: text.chars().count(),
            bytes: text.len(),
            words,
            lines: ends + usize::from(open_line),
            tokens_estimate: estimate(text),
            tokens,
        })
    }
}

const EXAMPLE: &str = r#"
size:
  kind: text.count
  params: { text: "Wind over sand.\nThe harbour after ten." }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;

    fn counted(text: &str) -> [i64; 6] {
        let gave = Harness::of::<Count>().input("text", Value::text(text)).fire().unwrap();
        ["characters", "code_points", "bytes", "words", "lines", "tokens_estimate"].map(|port| gave.get(port).unwrap())
    }

    #[test]
    fn characters_are_those_that_people_see() {
        assert_eq!(counted("e\u{301} 👩‍👩‍👧"), [3, 8, 22, 1, 1, 2]);
        assert_eq!(counted(""), [0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn words_and_lines_are_counted() {
        assert_eq!(counted("Don't stop, 3.5 miles.\r\nGo\r\n\n")[3..5], [5, 3]);
        assert_eq!(counted("a\nb")[4], 2);
        assert_eq!(counted("\r\r\n")[4], 2);
    }

    #[test]
    fn tokens_are_estimated() {
        assert_eq!(counted("Wind over sand, and the harbour after ten.")[5], 11);
        assert_eq!(counted("海辺の夜")[5], 4);
        let gave = Harness::of::<Count>().input("text", Value::text("a")).fire().unwrap();
        assert_eq!(gave.skipped("tokens"), Some("no tokenizer is given"));
    }

    #[test]
    fn texts_that_are_hard_to_take_apart_take_no_longer_than_others() {
        const COUNT: usize = 200_000;
        let hard = [
            "\u{1f1e9}",
            "\u{200d}",
            "\u{300}",
            "\u{1f469}\u{200d}",
            "\u{915}\u{94d}",
            "\u{915}\u{94d}\u{300}",
            "1,",
            "a:",
            "a'",
            "\u{ad}",
            "\u{200d}\u{1f469}",
            "a\u{200d}:",
            "\r",
            "\u{600}",
        ];
        for piece in hard {
            assert_eq!(counted(&piece.repeat(COUNT))[1], (piece.chars().count() * COUNT) as i64, "{piece:?}");
            counted(&format!("a:{}", piece.repeat(COUNT)));
            counted(&format!("\u{1f469}{}\u{1f469}", piece.repeat(COUNT)));
        }
    }

    #[test]
    fn what_is_no_tokenizer_is_refused_before_anything_runs() {
        let statics = Statics::new().with_file("tokenizer", Arc::from(*b"{}"));
        let error = Count::open(&statics).map(|_| ()).unwrap_err();
        assert!(error.to_string().starts_with("parameter `tokenizer`: the file is no tokenizer"), "{error}");
    }

    #[test]
    fn what_is_no_text_is_refused() {
        let error = Harness::of::<Count>().input("text", Value::Int(1)).fire().map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "input `text`: expected `text`, found `int`: 1");
    }
}
