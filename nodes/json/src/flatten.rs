//! Makes a nested document flat.

use serde_json::{Map, Value as Json};
use windlass_core::prelude::*;

use crate::shared::{OWN_WEIGHT, check_separator, check_weight};

/// How names are made.
#[derive(Params)]
pub struct Settings {
    /// What stands between the parts of a name: `.` makes `size.width` and `tags.0`.
    #[param(default = ".")]
    separator: String,
}

/// What is made flat.
#[derive(Inputs)]
pub struct In {
    /// The document: an object or an array.
    #[port(constant)]
    json: Json,
}

/// What came of it.
#[derive(Outputs)]
pub struct Out {
    /// One object with a field for each value that has no parts; empty objects and arrays stay as they are.
    json: Json,
    /// How many fields it has.
    count: usize,
}

/// `json.flatten`
pub struct Flatten;

impl Node for Flatten {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "json.flatten",
            "Flatten JSON",
            "Makes one flat object of a nested document, as a row of a table is: `{ size: { width: 1 } }` becomes \
             `{ size.width: 1 }`. `json.unflatten` makes it nested again.",
        )
        .search(&["flat", "columns", "row", "dotted"])
        .cpu()
        .sample(Sample::new().input("json", Value::from_constant(&windlass_core::json!({ "a": { "b": [1, 2] } }))))
        .example(EXAMPLE)
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    fn check(params: &Settings) -> Result<(), NodeError> {
        check_separator(&params.separator)
    }

    async fn fire(&self, params: Settings, inputs: In, _: &Ctx) -> Result<Out, NodeError> {
        check_separator(&params.separator)?;
        if !inputs.json.is_object() && !inputs.json.is_array() {
            return Err(
                NodeError::new("only an object or an array can be made flat, this is a plain value").permanent()
            );
        }
        let mut flat = Flat { fields: Map::new(), separator: &params.separator, name: String::new(), weight: 0 };
        match inputs.json {
            Json::Object(fields) if fields.is_empty() => {}
            Json::Array(items) if items.is_empty() => {}
            json => flat.add(json, 0)?,
        }
        Ok(Out { count: flat.fields.len(), json: Json::Object(flat.fields) })
    }
}

struct Flat<'a> {
    fields: Map<String, Json>,
    separator: &'a str,
    /// What the value is called that is looked at; there is one such text, however deep it lies.
    name: String,
    weight: u64,
}

impl Flat<'_> {
    /// Adds what stands under the name, so many levels below the document.
    fn add(&mut self, json: Json, level: usize) -> Result<(), NodeError> {
        match json {
            Json::Object(fields) if !fields.is_empty() => {
                fields.into_iter().try_for_each(|(part, value)| self.inside(&part, value, level))
            }
            Json::Array(items) if !items.is_empty() => {
                items.into_iter().enumerate().try_for_each(|(at, value)| self.inside(&at.to_string(), value, level))
            }
            plain => self.put(self.name.clone(), plain),
        }
    }

    fn inside(&mut self, part: &str, value: Json, level: usize) -> Result<(), NodeError> {
        let length = self.name.len();
        self.name.push_str(if level == 0 { "" } else { self.separator });
        self.name.push_str(part);
        self.add(value, level + 1)?;
        self.name.truncate(length);
        Ok(())
    }

    /// Names repeat what stands above them, so they can be far larger than the document.
    fn put(&mut self, name: String, value: Json) -> Result<(), NodeError> {
        self.weight += OWN_WEIGHT + name.len() as u64;
        check_weight(self.weight)?;
        if self.fields.contains_key(&name) {
            let error = NodeError::new(format!("two values would have the name `{name}`"));
            return Err(error.hint("set `separator` to something that no name holds").permanent());
        }
        self.fields.insert(name, value);
        Ok(())
    }
}

const EXAMPLE: &str = r#"
row:
  kind: json.flatten
  params: { json: { name: dunes, size: { width: 640, height: 480 }, tags: [sand, wind] } }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::json;

    use super::*;

    fn flat(json: Json) -> Result<Json, NodeError> {
        Harness::of::<Flatten>().input("json", Value::Json(Arc::new(json))).fire().and_then(|gave| gave.get("json"))
    }

    #[test]
    fn values_have_names_that_say_where_they_were() {
        let json = json!({ "a": { "b": [1, { "c": null }], "d": {} }, "e": [] });
        assert_eq!(flat(json), Ok(json!({ "a.b.0": 1, "a.b.1.c": null, "a.d": {}, "e": [] })));
        assert_eq!(flat(json!([1, [2]])), Ok(json!({ "0": 1, "1.0": 2 })));
        assert_eq!(flat(json!({})), Ok(json!({})));
        assert_eq!(flat(json!({ "": { "": {}, "a": 1 } })), Ok(json!({ ".": {}, ".a": 1 })), "an empty name is one");
    }

    #[test]
    fn what_would_be_lost_is_refused() {
        let error = flat(json!({ "a": { "b": 1 }, "a.b": 2 })).unwrap_err();
        assert_eq!(error.to_string(), "two values would have the name `a.b`");
        assert_eq!(error.hint_text(), Some("set `separator` to something that no name holds"));
        assert!(flat(json!(1)).unwrap_err().to_string().contains("this is a plain value"));
        let error = Harness::of::<Flatten>().param("separator", "").param("json", json!([1])).fire().map(|_| ());
        assert_eq!(error.unwrap_err().to_string(), "parameter `separator` must not be empty");
    }

    #[test]
    fn long_names_do_not_fill_the_memory() {
        let json = json!({ "x".repeat(1 << 20): vec![0; 400] });
        assert!(flat(json).unwrap_err().to_string().contains("larger than the 268435456 bytes"));
    }
}
