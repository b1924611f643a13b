//! From a document to text: its parts in the order of the format, as clean YAML or JSON.

mod notation;
mod parts;
mod yaml;

pub(super) use notation::{Notation, Quotes};
pub(super) use parts::parts;
pub(super) use yaml::{entry as yaml_entry, literal as yaml_literal, value_after_colon as yaml_value};

use super::GraphDoc;

/// Returns a document as clean YAML, for a file that does not exist yet.
pub fn write_new(doc: &GraphDoc) -> String {
    Notation::Yaml.whole(&parts(doc))
}

/// Returns a document as JSON with two spaces a level.
pub fn write_new_json(doc: &GraphDoc) -> String {
    Notation::Json.whole(&parts(doc))
}
