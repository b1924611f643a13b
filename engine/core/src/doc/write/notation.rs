//! Values as YAML or JSON, on one line or on several; how a person wrote them decides about quotes.

use serde_json::Value as Json;

use super::yaml;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::doc) enum Notation {
    /// YAML.
    Yaml,
    /// JSON.
    Json,
}

/// Which quotes a text gets where the choice is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::doc) enum Quotes {
    /// None where it is safe, else double ones.
    Fewest,
    /// Single ones where that is possible.
    Single,
    /// Double ones.
    Double,
}

impl Notation {
    /// Returns a whole file.
    pub(in crate::doc) fn whole(self, value: &Json) -> String {
        match self {
            Self::Yaml => yaml::file(value),
            Self::Json => self.lines(value, 0) + "\n",
        }
    }

    /// Returns a value on one line.
    pub(in crate::doc) fn line(self, value: &Json) -> String {
        match value {
            Json::Object(fields) if fields.is_empty() => "{}".to_owned(),
            Json::Object(fields) => {
                let fields: Vec<_> = fields.iter().map(|(key, value)| self.entry(key, value)).collect();
                let (open, close) = if self == Self::Yaml { ("{ ", " }") } else { ("{", "}") };
                format!("{open}{}{close}", fields.join(", "))
            }
            Json::Array(members) => {
                let members: Vec<_> = members.iter().map(|member| self.line(member)).collect();
                format!("[{}]", members.join(", "))
            }
            Json::String(text) => self.text(text, Quotes::Fewest),
            scalar => scalar.to_string(),
        }
    }

    /// Returns an entry of a mapping on one line.
    pub(in crate::doc) fn entry(self, key: &str, value: &Json) -> String {
        format!("{}: {}", self.text(key, Quotes::Fewest), self.line(value))
    }

    /// Returns a value that may take several lines; those after the first are indented by at least `indent`.
    pub(in crate::doc) fn lines(self, value: &Json, indent: usize) -> String {
        if self == Self::Yaml {
            return self.line(value);
        }
        let inner = " ".repeat(indent + 2);
        let (open, close, parts): (_, _, Vec<_>) = match value {
            Json::Object(fields) if !fields.is_empty() => {
                let field = |(key, value): (&String, &Json)| {
                    format!("{}: {}", self.text(key, Quotes::Double), self.lines(value, indent + 2))
                };
                ('{', '}', fields.iter().map(field).collect())
            }
            Json::Array(members) if members.iter().any(|member| member.is_object() || member.is_array()) => {
                ('[', ']', members.iter().map(|member| self.lines(member, indent + 2)).collect())
            }
            other => return self.line(other),
        };
        let parts = parts.join(&format!(",\n{inner}"));
        format!("{open}\n{inner}{parts}\n{}{close}", " ".repeat(indent))
    }

    /// Returns a text on one line.
    pub(in crate::doc) fn text(self, text: &str, quotes: Quotes) -> String {
        match (self, quotes) {
            (Self::Yaml, Quotes::Fewest) if yaml::is_plain(text) => text.to_owned(),
            (Self::Yaml, Quotes::Single) if text.chars().all(yaml::is_printable) => {
                format!("'{}'", text.replace('\'', "''"))
            }
            _ => yaml::double_quoted(text),
        }
    }
}
