//! Path templates: `out/{parent}/{stem}.jpg`.
//!
//! What is filled in can never lead out of the folders that the author wrote: no `..`, no absolute path, no separator.

mod fill;
mod parse;
mod ports;

use std::path::PathBuf;

pub(crate) use ports::add_ports;

pub use fill::Fill;
pub use parse::BUILT_IN;

/// A path with placeholders in braces; `{{` and `}}` stand for braces themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathTemplate {
    components: Vec<Vec<Part>>,
}

/// A piece of a component.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    Placeholder(String),
}

/// Why a text is no path template, or why one cannot be filled in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// The text is no template.
    #[error("`{text}` is not a path template: {cause}")]
    Syntax {
        /// The text.
        text: String,
        /// What is wrong.
        cause: String,
    },
    /// A placeholder has no value.
    #[error("`{{{name}}}` has nothing to stand for: {cause}")]
    Empty {
        /// The placeholder.
        name: String,
        /// Why.
        cause: &'static str,
    },
    /// A value would lead somewhere that the author of the template did not write.
    #[error("`{{{name}}}` cannot be `{value}`: {cause}")]
    Refused {
        /// The placeholder.
        name: String,
        /// Its value, cut short.
        value: String,
        /// Why.
        cause: &'static str,
    },
    /// The filled template names no file.
    #[error("the path would hold the part `{part}`, which {cause}")]
    Part {
        /// The part, cut short.
        part: String,
        /// Why.
        cause: &'static str,
    },
}

impl PathTemplate {
    /// Reads a template.
    ///
    /// # Errors
    /// Names a brace without its partner, a placeholder that is no name, and a template that names a folder.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        parse::parse(text)
    }

    /// Returns the placeholders that are not built in, in the order of first mention.
    pub fn placeholders(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for name in self.names().filter(|name| !BUILT_IN.contains(name)) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// Returns whether a built-in placeholder differs from item to item by itself; `{parent}` and `{ext}` do not.
    pub fn varies(&self) -> bool {
        self.names().any(|name| ["key", "index", "name", "stem"].contains(&name))
    }

    /// Returns a placeholder that has nothing to stand for in a node that runs once.
    pub fn needs_item(&self) -> Option<&str> {
        self.names().find(|name| ["key", "index", "name", "stem"].contains(name))
    }

    /// Fills the placeholders in; the path is relative where the template is.
    ///
    /// # Errors
    /// Names the placeholder whose value is missing, empty or would lead elsewhere.
    pub fn fill(&self, fill: &Fill<'_>) -> Result<PathBuf, TemplateError> {
        fill::fill(&self.components, fill)
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.components.iter().flatten().filter_map(|part| match part {
            Part::Placeholder(name) => Some(name.as_str()),
            Part::Literal(_) => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Key;
    use crate::value::{Bag, Value};

    #[track_caller]
    fn filled(template: &str, name: &str, custom: &[(&str, Value)]) -> Result<String, String> {
        let custom: Bag = custom.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let key = Key::root().child(3).child(0);
        let fill = Fill { graph: "sheet", run: "calm-owl", key: &key, name, custom: &custom };
        let path = PathTemplate::parse(template).and_then(|template| template.fill(&fill));
        path.map(|path| path.display().to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn built_in_placeholders_are_filled_in() {
        let path = filled("../out/{graph}/{run}/{key}-{index}/{parent}/{stem}_{name}.{ext}", "a/b/c.d.png", &[]);
        assert_eq!(path.as_deref(), Ok("../out/sheet/calm-owl/3-0-0/a/b/c.d_c.d.png.png"));
    }

    #[test]
    fn doubled_braces_are_braces() {
        assert_eq!(filled("{{{stem}}}.txt", "a.b", &[]).as_deref(), Ok("{a}.txt"));
    }

    #[test]
    fn an_item_without_folder_has_no_parent() {
        assert_eq!(filled("out/{parent}/{stem}.jpg", "c.png", &[]).as_deref(), Ok("out/c.jpg"));
        assert_eq!(filled("{parent}/{stem}.jpg", "c.png", &[]).as_deref(), Ok("c.jpg"));
        assert_eq!(filled("{parent}//{stem}.jpg", "c.png", &[]).as_deref(), Ok("c.jpg"), "it stays relative");
        assert_eq!(filled("//out//{parent}//{stem}.jpg", "c.png", &[]).as_deref(), Ok("/out/c.jpg"));
        assert!(filled("out/{parent}", "c.png", &[]).is_err());
    }

    #[test]
    fn values_have_no_separators() {
        let custom = [("who", Value::text("Ada/../../Lovelace\n"))];
        assert_eq!(filled("{who}.txt", "0", &custom).as_deref(), Ok("Ada_.._.._Lovelace_.txt"));
    }

    #[test]
    fn no_value_leads_elsewhere() {
        for name in ["../a.png", "a/../../b.png", "/etc/passwd", "a//b.png", "a\0b.png"] {
            assert!(filled("out/{parent}/{stem}.png", name, &[]).is_err(), "{name:?}");
        }
        let dots = [("a", Value::text(".")), ("b", Value::text("."))];
        assert!(filled("{a}{b}/x", "0", &dots).is_err());
        assert!(filled("{a}/x", "0", &dots).is_err());
        let long = [("a", Value::text("x".repeat(300)))];
        assert!(filled("{a}.txt", "0", &long).is_err());
        assert!(filled("{a}.txt", "0", &[]).is_err());
        assert!(filled("{a}.txt", "0", &[("a", Value::Absent)]).is_err());
    }

    #[test]
    fn what_is_no_template_is_refused() {
        for text in ["", "out/", "{", "a}", "{}", "{a b}", "{a{b}}", "a/{b", "out/..", "a\0"] {
            assert!(PathTemplate::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn custom_placeholders_are_listed_once() {
        let template = PathTemplate::parse("{who}/{stem}/{what}-{who}.txt").unwrap();
        assert_eq!(template.placeholders(), ["who", "what"]);
        assert!(template.varies());
        assert!(!PathTemplate::parse("{parent}/{ext}/{graph}").unwrap().varies());
    }
}
