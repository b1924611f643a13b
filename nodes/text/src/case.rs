//! Writes a text in upper or lower case, or as the names of programs are written.

use heck::{ToKebabCase, ToLowerCamelCase, ToShoutySnakeCase, ToSnakeCase, ToUpperCamelCase};
use unicode_segmentation::UnicodeSegmentation;
use windlass_core::prelude::*;

/// How it is written.
#[derive(Params)]
pub struct Settings {
    /// The case.
    #[param(default = "lower")]
    to: To,
}

/// How a text is written.
#[derive(Clone, Copy, Choice)]
pub enum To {
    /// `ALL LETTERS RAISED`.
    Upper,
    /// `all letters lowered`.
    Lower,
    /// `Each Word Raised`, all else lowered.
    Title,
    /// `The first letter raised`, all else lowered.
    Sentence,
    /// `words_of_a_name`.
    Snake,
    /// `words-of-a-name`.
    Kebab,
    /// `wordsOfAName`.
    Camel,
    /// `WordsOfAName`.
    Pascal,
    /// `WORDS_OF_A_NAME`.
    Constant,
}

/// What is written.
#[derive(Inputs)]
pub struct In {
    /// The text.
    #[port(constant)]
    text: Arc<str>,
}

/// What was written.
#[derive(Outputs)]
pub struct Out {
    /// The text in that case.
    text: String,
}

/// `text.case`
pub struct Case;

impl Node for Case {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "text.case",
            "Change case",
            "Writes a text in upper, lower, title or sentence case by the rules of Unicode that hold in all languages, or \
             makes a name of it (`snake_case`, `kebab-case`, `camelCase`), which loses what is neither letter nor digit. \
             Words are those of Unicode (UAX #29).",
        )
        .search(&["upper", "lower", "capitalize", "title", "snake", "kebab", "camel", "slug"])
        .cpu()
        .sample(Sample::new().input("text", Value::text("Grüße AUS Lund")))
        .example(EXAMPLE)
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, _: &Ctx) -> Result<Out, NodeError> {
        let text = &*inputs.text;
        let text = match params.to {
            To::Upper => text.to_uppercase(),
            To::Lower => text.to_lowercase(),
            To::Title => text.split_word_bounds().map(raised).collect(),
            To::Sentence => sentence(text),
            To::Snake => text.to_snake_case(),
            To::Kebab => text.to_kebab_case(),
            To::Camel => text.to_lower_camel_case(),
            To::Pascal => text.to_upper_camel_case(),
            To::Constant => text.to_shouty_snake_case(),
        };
        Ok(Out { text })
    }
}

/// Raises the first letter of a word and lowers the others; what stands before it stays.
fn raised(word: &str) -> String {
    let Some((at, first)) = word.char_indices().find(|(_, letter)| letter.is_alphanumeric()) else {
        return word.to_owned();
    };
    let rest = word[at + first.len_utf8()..].to_lowercase();
    let mut upper: Vec<char> = first.to_uppercase().collect();
    // One letter that becomes several, as ß, is raised in its first alone.
    let more: String = upper.split_off(1).into_iter().flat_map(char::to_lowercase).collect();
    format!("{}{}{more}{rest}", &word[..at], upper.into_iter().collect::<String>())
}

fn sentence(text: &str) -> String {
    let Some((at, word)) = text.unicode_word_indices().next() else { return text.to_owned() };
    let end = at + word.len();
    format!("{}{}{}", &text[..at], raised(word), text[end..].to_lowercase())
}

const EXAMPLE: &str = r#"
name:
  kind: text.case
  params: { text: Wind over sand, to: kebab }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;

    fn cased(text: &str, to: &str) -> String {
        let bench = Harness::of::<Case>().input("text", Value::text(text)).param("to", to);
        bench.fire().unwrap().get("text").unwrap()
    }

    #[test]
    fn letters_are_raised_and_lowered_as_unicode_says() {
        assert_eq!(cased("Straße ὈΔΥΣΣΕΎΣ", "upper"), "STRASSE ὈΔΥΣΣΕΎΣ");
        assert_eq!(cased("ὈΔΥΣΣΕΎΣ", "lower"), "ὀδυσσεύς", "a sigma at the end of a word has a form of its own");
        assert_eq!(cased("don't PANIC: ärger, 2nd\ntry", "title"), "Don't Panic: Ärger, 2nd\nTry");
        assert_eq!(cased("ßen", "title"), "Ssen");
        assert_eq!(cased("  «hello THERE. Bob", "sentence"), "  «Hello there. bob");
        assert_eq!(cased("", "title"), "");
    }

    #[test]
    fn names_are_made_of_words() {
        let names =
            ["snake", "kebab", "camel", "pascal", "constant"].map(|to| cased("XMLHttp request, großer Test", to));
        let expected = [
            "xml_http_request_großer_test",
            "xml-http-request-großer-test",
            "xmlHttpRequestGroßerTest",
            "XmlHttpRequestGroßerTest",
            "XML_HTTP_REQUEST_GROSSER_TEST",
        ];
        assert_eq!(names, expected);
    }

    #[test]
    fn a_long_text_grows_by_little() {
        let text = "\u{fb03}\u{149}".repeat(50_000);
        for to in ["upper", "title", "sentence", "snake", "camel", "constant"] {
            let made = cased(&text, to);
            assert!(made.len() <= 4 * text.len(), "{to}: {} bytes of {}", made.len(), text.len());
        }
    }

    #[test]
    fn an_unknown_case_is_refused() {
        let error = Harness::of::<Case>().param("text", "a").param("to", "uper").fire().map(|_| ()).unwrap_err();
        assert!(error.to_string().starts_with("parameter `to`: expected"), "{error}");
    }
}
