//! Checks a document against a JSON Schema.

use std::fmt::{self, Write};
use std::sync::{Mutex, PoisonError};

use jsonschema::{PatternOptions, ValidationError, Validator};
use serde_json::Value as Json;
use windlass_core::json;
use windlass_core::prelude::*;

use crate::shared::values;
use crate::validate_cost::{check_schema, looks};

/// The most values of a document: each may be wrong, and what is wrong is told all at once.
const MAX_VALUES: u64 = 1_000_000;

/// The most looks that are made to list all that is wrong: each may find something.
const MAX_LISTING_LOOKS: u64 = 1_000_000;

/// The most errors that are listed.
const MAX_ERRORS: usize = 1_000;

/// How many errors are said where the item fails.
const SAID: usize = 5;

/// The longest text of one error, in bytes: a message names the value that is wrong, whatever its size.
const MAX_MESSAGE_BYTES: usize = 400;

/// The largest compiled regular expression, in bytes.
const MAX_REGEX_BYTES: usize = 1 << 20;

/// What is done.
#[derive(Params)]
pub struct Settings {
    /// What becomes of a document that does not keep to the schema.
    #[param(default = "fail")]
    invalid: Invalid,
    /// Whether `format` is checked (`date-time`, `email`, `uri`, …); the standard leaves it open.
    #[param(default = true)]
    formats: bool,
}

/// What becomes of a document that does not keep to the schema.
#[derive(Clone, Copy, Choice)]
pub enum Invalid {
    /// The item fails, and says what is wrong.
    Fail,
    /// The item goes on: `valid` and `errors` tell.
    Report,
}

/// What is checked.
#[derive(Inputs)]
pub struct In {
    /// The document.
    #[port(constant)]
    json: Json,
    /// The schema, written in place or wired: draft 4, 6, 7, 2019-09 or 2020-12, as its `$schema` says, the last one
    /// without. A schema in a file comes through `json.parse`.
    #[port(constant)]
    schema: Json,
}

/// What was found.
#[derive(Outputs)]
pub struct Out {
    /// The document, where it keeps to the schema; it is skipped here where it does not.
    json: Gate<Json>,
    /// Whether it keeps to the schema.
    valid: bool,
    /// All that is wrong, at most 1,000: `place` and `rule` are JSON Pointers into document and schema, `message` says it.
    errors: Json,
}

/// `json.validate`
///
/// The compiled schema is kept from item to item, because mostly it is the same one.
pub struct Validate(Mutex<Option<Arc<Compiled>>>);

struct Compiled {
    schema: Json,
    formats: bool,
    validator: Validator,
}

impl Node for Validate {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        let schema = json!({ "type": "object", "required": ["a"] });
        About::new(
            "json.validate",
            "Validate JSON",
            "Checks a document against a JSON Schema, and lists all that is wrong with its place. Nothing is fetched: a \
             reference to another address is refused. Patterns take time that is linear in the text, and may not look \
             around. A schema has at most 200,000 values and 500 patterns, and a document is looked at 100 million times at most; \
             where definitions refer to each other so often that what is wrong would be found a million times, it is only said \
             that something is.",
        )
        .search(&["schema", "check", "json schema", "lint", "required"])
        .cpu()
        .sample(Sample::new().input("json", Value::from_constant(&json!({ "a": 1 }))).input("schema", Value::from_constant(&schema)))
        .example(EXAMPLE)
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self(Mutex::new(None)))
    }

    async fn fire(&self, params: Settings, inputs: In, _: &Ctx) -> Result<Out, NodeError> {
        let count = values(&inputs.json);
        if count > MAX_VALUES {
            let error = NodeError::new(format!("the document has {count} values, at most {MAX_VALUES} are checked"));
            return Err(error.permanent());
        }
        let compiled = self.compiled(inputs.schema, params.formats)?;
        let found = compiled.found(&inputs.json)?;
        match (found.is_empty(), params.invalid) {
            (false, Invalid::Fail) => Err(failure(&found)),
            (valid, _) => {
                let errors = found.into_iter().map(Found::into_json).collect();
                let json = if valid { Gate::Open(inputs.json) } else { Gate::Shut("not as the schema says".into()) };
                Ok(Out { json, valid, errors })
            }
        }
    }
}

impl Validate {
    fn compiled(&self, schema: Json, formats: bool) -> Result<Arc<Compiled>, NodeError> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(kept) = kept.filter(|kept| kept.formats == formats && kept.schema == schema) {
            return Ok(kept);
        }
        check_schema(&schema)?;
        let patterns = PatternOptions::regex().size_limit(MAX_REGEX_BYTES);
        let options = jsonschema::options().with_pattern_options(patterns).should_validate_formats(formats).offline();
        let validator = options.build(&schema).map_err(|error| {
            let Found { place, message, .. } = Found::of(error);
            let place = if place.is_empty() { String::new() } else { format!(" at `{place}`") };
            NodeError::new(format!("the schema cannot be used{place}: {message}")).permanent()
        })?;
        let compiled = Arc::new(Compiled { schema, formats, validator });
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(compiled.clone());
        Ok(compiled)
    }
}

impl Compiled {
    /// Returns what is wrong with a document.
    fn found(&self, json: &Json) -> Result<Vec<Found>, NodeError> {
        let looks = looks(&self.schema, json)?;
        if self.validator.is_valid(json) {
            return Ok(Vec::new());
        }
        if looks > MAX_LISTING_LOOKS {
            let message = "it does not keep to it; the schema leads to its parts in too many ways to list why".into();
            return Ok(vec![Found { place: String::new(), rule: String::new(), message }]);
        }
        Ok(self.validator.iter_errors(json).take(MAX_ERRORS).map(Found::of).collect())
    }
}

/// One thing that is wrong.
struct Found {
    place: String,
    rule: String,
    message: String,
}

impl Found {
    fn of(error: ValidationError<'_>) -> Self {
        let mut message = Short(String::new());
        // It is cut off where it is long enough.
        let is_whole = write!(message, "{error}").is_ok();
        let mut message = message.0;
        if !is_whole {
            message.push('…');
        }
        Self { place: error.instance_path().to_string(), rule: error.schema_path().to_string(), message }
    }

    fn into_json(self) -> Json {
        json!({ "place": self.place, "rule": self.rule, "message": self.message })
    }
}

fn failure(found: &[Found]) -> NodeError {
    let said = found.iter().take(SAID).map(|found| {
        let place = if found.place.is_empty() { String::new() } else { format!("`{}`: ", found.place) };
        format!("{place}{}", found.message)
    });
    let mut said = said.collect::<Vec<_>>().join("; ");
    if found.len() > SAID {
        let _ = write!(said, "; and {} more", found.len() - SAID);
    }
    let error = NodeError::new(format!("the document is not as the schema says: {said}"));
    error.hint("`invalid: report` lets such items go on, with all that is wrong").permanent()
}

/// A text that takes no more than it may.
struct Short(String);

impl Write for Short {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = text.floor_char_boundary(MAX_MESSAGE_BYTES - self.0.len());
        self.0.push_str(&text[..room]);
        if room == text.len() { Ok(()) } else { Err(fmt::Error) }
    }
}

const EXAMPLE: &str = r#"
check:
  kind: json.validate
  params:
    json: { width: 640, name: dunes }
    schema:
      required: [width, height]
      properties: { width: { type: integer, minimum: 1 }, name: { pattern: "^[a-z]+$" } }
    invalid: report
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;

    fn bench(json: Json, schema: Json) -> Harness {
        let bench = Harness::of::<Validate>().input("json", Value::Json(Arc::new(json)));
        bench.input("schema", Value::Json(Arc::new(schema)))
    }

    #[track_caller]
    fn cause(json: Json, schema: Json) -> String {
        bench(json, schema).fire().map(|_| ()).unwrap_err().to_string()
    }

    fn schema() -> Json {
        json!({
            "required": ["width"],
            "properties": { "width": { "type": "integer", "minimum": 1 }, "tags": { "items": { "type": "string" } } },
        })
    }

    #[test]
    fn all_that_is_wrong_is_listed_with_its_place() {
        let wrong = json!({ "width": 0, "tags": ["a", 1, 2] });
        let gave = bench(wrong.clone(), schema()).param("invalid", "report").fire().unwrap();
        assert_eq!((gave.get("valid"), gave.skipped("json")), (Ok(false), Some("not as the schema says")));
        let errors: Vec<Json> = gave.get("errors").unwrap();
        let mut places: Vec<_> = errors.iter().map(|error| (error["place"].clone(), error["rule"].clone())).collect();
        places.sort_by_key(|(place, _)| place.to_string());
        let expected = [
            (json!("/tags/1"), json!("/properties/tags/items/type")),
            (json!("/tags/2"), json!("/properties/tags/items/type")),
            (json!("/width"), json!("/properties/width/minimum")),
        ];
        assert_eq!(places, expected);
        let said = cause(wrong, schema());
        assert!(said.contains("`/width`: 0 is less than the minimum of 1"), "{said}");
        assert_eq!(
            cause(json!({}), schema()),
            "the document is not as the schema says: \"width\" is a required property"
        );
    }

    #[test]
    fn what_keeps_to_the_schema_goes_on() {
        let gave = bench(json!({ "width": 3 }), schema()).fire().unwrap();
        assert_eq!((gave.get("json"), gave.get("valid")), (Ok(json!({ "width": 3 })), Ok(true)));
        let email = json!({ "format": "email" });
        assert!(bench(json!("x"), email.clone()).fire().is_err());
        assert!(bench(json!("x"), email).param("formats", false).fire().is_ok());
    }

    #[test]
    fn a_schema_fetches_nothing_and_does_not_backtrack() {
        let said = cause(json!(1), json!({ "$ref": "https://example.org/a.json" }));
        assert!(said.starts_with("the schema cannot be used"), "{said}");
        let said = cause(json!(1), json!({ "$ref": "file:///etc/hostname" }));
        assert!(said.starts_with("the schema cannot be used"), "{said}");
        assert!(cause(json!(1), json!({ "type": "nmber" })).contains("cannot be used at `/type`"));
        assert!(cause(json!("a"), json!({ "pattern": "(?=a)b" })).starts_with("the schema cannot be used"));
        assert!(bench(json!("a".repeat(100_000)), json!({ "pattern": "^(a+)+$" })).fire().is_ok());
    }

    /// Definitions that name the next one twice, so that there are so many ways to the last one: two to the power of `levels`.
    fn bomb(keyword: &str, levels: u32, last: Json) -> Json {
        let level = |at: u32| {
            let next = json!({ "$ref": format!("#/$defs/a{}", at + 1) });
            (format!("a{at}"), json!({ keyword: [next.clone(), next] }))
        };
        let mut definitions: serde_json::Map<String, Json> = (0..levels).map(level).collect();
        definitions.insert(format!("a{levels}"), last);
        json!({ "$defs": definitions, "$ref": "#/$defs/a0" })
    }

    #[test]
    fn definitions_that_multiply_end_soon_and_are_told_short() {
        for keyword in ["allOf", "anyOf", "oneOf"] {
            let said = cause(json!("x"), bomb(keyword, 60, json!({ "type": "string" })));
            assert_eq!(said, "checking the document takes more than 100 million looks at it", "{keyword}");
        }
        let said = cause(json!(1), bomb("allOf", 20, json!({ "type": "string" })));
        assert!(said.ends_with("the schema leads to its parts in too many ways to list why"), "{said}");
        assert!(bench(json!("x"), bomb("allOf", 20, json!({ "type": "string" }))).fire().is_ok());
        let twice = json!({ "properties": { "a": { "$ref": "#" } } });
        let inwards = json!({ "anyOf": [twice.clone(), twice], "type": "object" });
        let deep = (0..100).fold(json!(1), |inner, _| json!({ "a": inner }));
        assert!(cause(deep, inwards).starts_with("checking the document takes more than"));
    }

    #[test]
    fn definitions_that_lead_round_in_circles_end() {
        for schema in [
            json!({ "$ref": "#" }),
            json!({ "allOf": [{ "$ref": "#" }, { "$ref": "#" }] }),
            json!({ "$defs": { "a": { "$ref": "#/$defs/b" }, "b": { "$ref": "#/$defs/a" } }, "$ref": "#/$defs/a" }),
            json!({ "$schema": "http://json-schema.org/draft-07/schema#", "not": { "not": { "$ref": "#" } } }),
        ] {
            // Whether such a schema fits is left open by the standard; that it ends is not.
            let gave = bench(json!({ "a": [1] }), schema).param("invalid", "report").fire();
            assert!(gave.is_ok());
        }
        let chain = |at: u32| (format!("a{at}"), json!({ "$ref": format!("#/$defs/a{}", at + 1) }));
        let mut definitions: serde_json::Map<String, Json> = (0..5_000).map(chain).collect();
        definitions.insert("a5000".into(), json!(true));
        let said = cause(json!(1), json!({ "$defs": definitions, "$ref": "#/$defs/a0" }));
        assert!(said.contains("leads through more than 600 of its parts"), "{said}");
    }

    #[test]
    fn many_errors_about_large_values_stay_short() {
        let many = Json::from(vec!["x".repeat(10_000); 5_000]);
        let gave = bench(many, json!({ "items": { "type": "integer" } })).param("invalid", "report").fire().unwrap();
        let errors: Json = gave.get("errors").unwrap();
        assert_eq!(errors.as_array().map(Vec::len), Some(MAX_ERRORS));
        assert!(errors[0]["message"].as_str().is_some_and(|text| text.len() <= MAX_MESSAGE_BYTES + 3));
        assert!(cause(vec![0; 1_000_000].into(), json!({})).contains("has 1000001 values, at most 1000000"));
    }
}
