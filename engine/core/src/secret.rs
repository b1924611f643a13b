//! Secrets: values that a graph takes from the environment, and how every text that leaves the program is kept clean
//! of them.
//!
//! A node may do anything with a text that it was given, so hiding looks at texts, not at where they come from: it
//! finds a secret as it is, as common notations spell it, in part, and cut off. What a node has encoded or encrypted
//! by itself is beyond it.

mod find;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde_json::Value as Json;

use find::Pattern;

/// The fewest characters that can be hidden without making everything else unreadable.
pub const MIN_CHARS: usize = 4;

/// The secrets of a run, by the name of the environment variable that holds each. Cloning is cheap.
#[derive(Clone, Default)]
pub struct Secrets(Arc<BTreeMap<String, Secret>>);

struct Secret {
    text: String,
    patterns: Vec<Pattern>,
}

/// Names alone are shown.
impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl<N: Into<String>, T: Into<String>> FromIterator<(N, T)> for Secrets {
    /// Takes secrets by name; those of less than [`MIN_CHARS`] characters cannot be hidden and are left out.
    fn from_iter<I: IntoIterator<Item = (N, T)>>(secrets: I) -> Self {
        let pairs = secrets.into_iter().map(|(name, text)| (name.into(), text.into()));
        let long = pairs.filter(|(_, text): &(String, String)| text.chars().count() >= MIN_CHARS);
        Self(Arc::new(long.map(|(name, text)| (name, Secret { patterns: find::patterns(&text), text })).collect()))
    }
}

impl Secrets {
    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the secret of that name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|secret| secret.text.as_str())
    }

    /// Returns whether a text gives a secret away.
    pub fn are_in(&self, text: &str) -> bool {
        self.0.values().any(|secret| !find::places(text, &secret.patterns).is_empty())
    }

    /// Returns the text with `[secret NAME]` in place of every secret and of every part of one.
    pub fn hide<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut hidden = Cow::Borrowed(text);
        for (name, secret) in self.0.iter() {
            let places = find::places(&hidden, &secret.patterns);
            if !places.is_empty() {
                hidden = Cow::Owned(find::replaced(&hidden, &places, &format!("[secret {name}]")));
            }
        }
        hidden
    }

    /// Hides secrets in a text in place.
    pub fn hide_in(&self, text: &mut String) {
        if let Cow::Owned(hidden) = self.hide(text) {
            *text = hidden;
        }
    }

    /// Hides secrets in all texts of a JSON value, in its names, and in numbers that spell one.
    pub fn hide_in_json(&self, json: &mut Json) {
        match json {
            _ if self.is_empty() => {}
            Json::String(text) => self.hide_in(text),
            Json::Array(items) => items.iter_mut().for_each(|item| self.hide_in_json(item)),
            Json::Object(fields) => {
                let old = std::mem::take(fields);
                fields.extend(old.into_iter().map(|(name, mut value)| {
                    self.hide_in_json(&mut value);
                    (self.hide(&name).into_owned(), value)
                }));
            }
            Json::Number(number) => {
                if let Cow::Owned(hidden) = self.hide(&number.to_string()) {
                    *json = Json::String(hidden);
                }
            }
            Json::Null | Json::Bool(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "sk-Zq/8\"x\nQ+long:part=77";

    fn secrets() -> Secrets {
        [("API_KEY", KEY), ("PIN", "4711x"), ("NOTHING", "abc")].into_iter().collect()
    }

    #[test]
    fn a_secret_is_hidden_however_it_is_spelled() {
        let json = serde_json::to_string(KEY).unwrap();
        let named = KEY.replace(['/', '\n'], "_");
        for text in [KEY.to_owned(), format!("{KEY:?}"), json, named, "sk-Zq%2F8%22x%0AQ%2Blong%3Apart%3D77".into()] {
            let hidden = secrets().hide(&text).into_owned();
            assert!(hidden.contains("[secret API_KEY]"), "{hidden}");
            assert!(!hidden.contains("Zq") && !hidden.contains("part"), "{hidden}");
        }
        assert_eq!(secrets().hide("the pin 4711x is wrong"), "the pin [secret PIN] is wrong");
    }

    #[test]
    fn a_part_of_a_secret_is_hidden_too() {
        assert_eq!(secrets().hide("got `Q+long:part=7`"), "got `[secret API_KEY]`");
        assert_eq!(secrets().hide("found sk-Zq/8…"), "found [secret API_KEY]…");
        assert_eq!(secrets().hide("found sk-Z"), "found [secret API_KEY]");
        assert_eq!(secrets().hide("pin 4711..."), "pin [secret PIN]...");
    }

    #[test]
    fn everything_else_stays_as_it_is() {
        for text in ["", "ä", "sk-", "abc", "nothing of it: part=7 long:", "4711 y"] {
            assert!(matches!(secrets().hide(text), Cow::Borrowed(_)), "{text}");
            assert!(!secrets().are_in(text));
        }
        assert!(matches!(Secrets::default().hide(KEY), Cow::Borrowed(_)));
    }

    #[test]
    fn data_is_hidden_in_names_values_and_numbers() {
        let secrets: Secrets = [("PORT", "48711")].into_iter().collect();
        let mut json = serde_json::json!({ "48711": [48711, "at 48711", true, 1] });
        secrets.hide_in_json(&mut json);
        assert_eq!(json, serde_json::json!({ "[secret PORT]": ["[secret PORT]", "at [secret PORT]", true, 1] }));
    }

    #[test]
    fn only_names_are_shown() {
        assert_eq!(format!("{:?}", secrets()), r#"{"API_KEY", "PIN"}"#);
    }
}
