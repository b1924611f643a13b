//! `--sweep name=a,b,c`: values one after the other.

use std::collections::HashSet;
use std::path::Path;
use std::str::FromStr;

use serde_json::Value as Json;
use windlass_core::plan::{Given, Row, Rows};
use windlass_core::problem::Problem;

/// `--sweep`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// A graph input, or `node.param`.
    target: String,
    /// The values as typed.
    values: Vec<String>,
}

impl FromStr for Sweep {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let error = || "write it like `size=32,64` or `node.param=32,64`".to_owned();
        let (target, list) = text.split_once('=').filter(|(target, _)| !target.is_empty()).ok_or_else(error)?;
        let values = match as_json_list(list) {
            Some(values) => values,
            None if list.split(',').any(str::is_empty) => {
                return Err(format!("a value is empty; {}", r#"an empty text is written `["", "other"]`"#));
            }
            None => list.split(',').map(str::to_owned).collect(),
        };
        Ok(Self { target: target.into(), values })
    }
}

/// Returns the members of a list like `["a, b", "c"]`.
fn as_json_list(text: &str) -> Option<Vec<String>> {
    let Ok(Json::Array(members)) = serde_json::from_str(text) else { return None };
    let member = |member: Json| match member {
        Json::String(text) => text,
        other => other.to_string(),
    };
    Some(members.into_iter().map(member).collect())
}

impl Sweep {
    /// Returns a row for each value.
    pub(super) fn rows(&self, here: &Path) -> Result<Rows, Box<Problem>> {
        let name = format!("--sweep {}", self.target);
        let mut seen = HashSet::new();
        if let Some(value) = self.values.iter().find(|value| !seen.insert(*value)) {
            let message = format!("`{name}` has the value `{value}` twice");
            return Err(Box::new(Problem::error("repeated-value", message).hint("leave one of them out")));
        }
        let row = |value: &String| Row { name: value.clone(), values: vec![Given::Text(value.clone())], place: None };
        let rows = self.values.iter().map(row).collect();
        Ok(Rows { name, columns: vec![self.target.clone()], rows, folder: here.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sweep(text: &str) -> (String, Vec<String>) {
        let Sweep { target, values } = text.parse().unwrap();
        (target, values)
    }

    #[test]
    fn values_stand_between_commas_or_in_a_list() {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert_eq!(sweep("size=32,64"), ("size".into(), words(&["32", "64"])));
        assert_eq!(sweep("a/b.text=x=1,y"), ("a/b.text".into(), words(&["x=1", "y"])));
        assert_eq!(sweep(r#"word=["a, b", "", 3]"#), ("word".into(), words(&["a, b", "", "3"])));
        for wrong in ["size", "=1", "size=", "size=1,,2", "size=1,"] {
            assert!(wrong.parse::<Sweep>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_value_that_stands_twice_is_refused() {
        let rows = "size=32,64,32".parse::<Sweep>().unwrap().rows(Path::new("/"));
        assert_eq!(rows.unwrap_err().message, "`--sweep size` has the value `32` twice");
    }
}
