//! Puts a value into a document.

use serde_json::{Map, Value as Json};
use windlass_core::prelude::*;

use crate::shared::{array_index, check_depth, depth, pointer};

/// Where.
#[derive(Params)]
pub struct Settings {
    /// Where the value goes: a JSON Pointer (RFC 6901), `/size/width`. `-` is the place behind the last one of an array;
    /// an empty text replaces the whole document.
    path: String,
    /// What is done where the objects on the way are not there.
    #[param(default = "create")]
    missing: Missing,
}

/// What is done where the way does not lead so far.
#[derive(Clone, Copy, Choice, PartialEq, Eq)]
pub enum Missing {
    /// Objects are made.
    Create,
    /// The item fails; the last name may be new.
    Fail,
}

/// What is changed.
#[derive(Inputs)]
pub struct In {
    /// The document.
    #[port(constant)]
    json: Json,
    /// What is put there.
    #[port(constant)]
    value: Json,
}

/// What came of it.
#[derive(Outputs)]
pub struct Out {
    /// The changed document.
    json: Json,
}

/// `json.set`
pub struct Set;

impl Node for Set {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "json.set",
            "Set in JSON",
            "Puts a value at a place of a document: a new field, in the place of one that is there, or behind the last \
             one of an array.",
        )
        .search(&["json pointer", "assign", "insert", "field", "add"])
        .cpu()
        .sample(Sample::new().param("path", "/a/-").input("json", sample()).input("value", Value::Int(3)))
        .example(EXAMPLE)
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    fn check(params: &Settings) -> Result<(), NodeError> {
        way(params).map(drop)
    }

    async fn fire(&self, params: Settings, inputs: In, _: &Ctx) -> Result<Out, NodeError> {
        let mut json = inputs.json;
        let way = way(&params)?;
        check_depth(way.len() + depth(&inputs.value))?;
        let place = place(&mut json, &way, params.missing).map_err(|(at, why)| {
            NodeError::new(format!("nothing can be put at `{}`: `{}` {why}", params.path, written(&way[..at])))
                .permanent()
        })?;
        *place = inputs.value;
        Ok(Out { json })
    }
}

fn way(params: &Settings) -> Result<Vec<String>, NodeError> {
    pointer(&params.path).map_err(|error| error.within("parameter `path`"))
}

/// Returns the place that the way leads to, or how far it led and why no farther.
fn place<'a>(json: &'a mut Json, way: &[String], missing: Missing) -> Result<&'a mut Json, (usize, String)> {
    let mut here = json;
    for (at, part) in way.iter().enumerate() {
        let may_create = missing == Missing::Create || at + 1 == way.len();
        if here.is_null() && missing == Missing::Create {
            *here = Json::Object(Map::new());
        }
        let what = kind(here);
        here = match here {
            Json::Object(fields) if may_create || fields.contains_key(part) => {
                fields.entry(part.as_str()).or_insert(Json::Null)
            }
            Json::Object(_) => return Err((at, format!("has no field `{part}`"))),
            Json::Array(items) => {
                let (index, length) = (array_index(part), items.len());
                if part == "-" || index == Some(length) {
                    items.push(Json::Null);
                }
                let index = if part == "-" { Some(length) } else { index };
                index
                    .and_then(|index| items.get_mut(index))
                    .ok_or((at, format!("has {length} places, and no `{part}`")))?
            }
            _ => return Err((at, format!("is {what}, which has no parts"))),
        };
    }
    Ok(here)
}

fn kind(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "a truth value",
        Json::Number(_) => "a number",
        Json::String(_) => "a text",
        Json::Array(_) => "an array",
        Json::Object(_) => "an object",
    }
}

fn written(way: &[String]) -> String {
    way.iter().map(|part| format!("/{}", part.replace('~', "~0").replace('/', "~1"))).collect()
}

fn sample() -> Value {
    Value::from_constant(&windlass_core::json!({ "a": [1, 2] }))
}

const EXAMPLE: &str = r#"
tagged:
  kind: json.set
  params: { path: /tags/-, json: { name: dunes, tags: [sand] }, value: wind }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::json;

    use super::*;

    fn set(json: Json, path: &str) -> Result<Json, NodeError> {
        let bench = Harness::of::<Set>().param("path", path).param("json", json).param("value", 7);
        bench.fire().and_then(|gave| gave.get("json"))
    }

    #[test]
    fn values_are_replaced_added_and_put_behind() {
        assert_eq!(set(json!({ "a": 1 }), "/a"), Ok(json!({ "a": 7 })));
        assert_eq!(set(json!({ "a": 1 }), "/b/c"), Ok(json!({ "a": 1, "b": { "c": 7 } })));
        assert_eq!(set(json!([1, 2]), "/-"), Ok(json!([1, 2, 7])));
        assert_eq!(set(json!([1, 2]), "/2"), Ok(json!([1, 2, 7])));
        assert_eq!(set(json!([1, 2]), "/0"), Ok(json!([7, 2])));
        assert_eq!(set(json!({ "a": 1 }), ""), Ok(json!(7)));
        assert_eq!(set(json!({ "a": null }), "/a/b~1c"), Ok(json!({ "a": { "b/c": 7 } })));
    }

    #[test]
    fn what_leads_nowhere_fails_and_says_how_far_it_led() {
        let cause = |json: Json, path: &str| set(json, path).unwrap_err().to_string();
        assert_eq!(
            cause(json!({ "a": "x" }), "/a/b"),
            "nothing can be put at `/a/b`: `/a` is a text, which has no parts"
        );
        assert_eq!(cause(json!([1]), "/5"), "nothing can be put at `/5`: `` has 1 places, and no `5`");
        assert!(cause(json!([1]), "/01").ends_with("and no `01`"));
        let bench = Harness::of::<Set>().param("path", "/a/b").param("json", json!({})).param("value", 7);
        let error = bench.param("missing", "fail").fire().map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "nothing can be put at `/a/b`: `` has no field `a`");
        assert!(cause(json!({}), "a").starts_with("parameter `path`: `a` is not a JSON Pointer"));
        assert!(cause(json!({}), &"/a".repeat(200)).contains("nested 200 deep, at most 127"));
    }
}
