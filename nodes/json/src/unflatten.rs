//! Makes a flat object nested again.

use indexmap::IndexMap;
use serde_json::Value as Json;
use windlass_core::prelude::*;

use crate::shared::{array_index, check_depth, check_separator, check_weight, depth};

/// About what an object takes without its fields, in bytes: names of two letters make one each.
const OBJECT_WEIGHT: u64 = 256;

/// How names are taken apart.
#[derive(Params)]
pub struct Settings {
    /// What stands between the parts of a name.
    #[param(default = ".")]
    separator: String,
}

/// What is made nested.
#[derive(Inputs)]
pub struct In {
    /// The flat object.
    #[port(constant)]
    json: Json,
}

/// What came of it.
#[derive(Outputs)]
pub struct Out {
    /// The nested document. Parts that are called `0`, `1`, `2`, … without a gap become an array.
    json: Json,
}

/// `json.unflatten`
pub struct Unflatten;

impl Node for Unflatten {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "json.unflatten",
            "Unflatten JSON",
            "Makes a nested document of a flat object, such as the row of a table: `{ size.width: 1 }` becomes \
             `{ size: { width: 1 } }`. What `json.flatten` has made becomes what it was. A result of at most 256 MiB in memory.",
        )
        .search(&["nest", "columns", "row", "dotted"])
        .cpu()
        .sample(Sample::new().input("json", Value::from_constant(&windlass_core::json!({ "a.b.0": 1, "a.b.1": 2 }))))
        .example(EXAMPLE)
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    fn check(params: &Settings) -> Result<(), NodeError> {
        check_separator(&params.separator)
    }

    async fn fire(&self, params: Settings, inputs: In, _: &Ctx) -> Result<Out, NodeError> {
        let Json::Object(fields) = inputs.json else {
            return Err(NodeError::new("only an object can be made nested").permanent());
        };
        check_separator(&params.separator)?;
        let mut root = Parts::new();
        let mut weight = 0;
        for (name, value) in fields {
            let above = name.matches(&params.separator).count();
            check_depth(1 + above + depth(&value))?;
            weight += above as u64 * OBJECT_WEIGHT + name.len() as u64;
            check_weight(weight)?;
            put(&mut root, &name, &params.separator, value)?;
        }
        Ok(Out { json: nested(root) })
    }
}

type Parts = IndexMap<String, Part>;

/// What stands under a name.
enum Part {
    Value(Json),
    Inner(Parts),
}

fn put(root: &mut Parts, name: &str, separator: &str, value: Json) -> Result<(), NodeError> {
    let twice =
        || NodeError::new(format!("`{name}` cannot be nested: a part of its name is a value already")).permanent();
    let (way, last) = match name.rsplit_once(separator) {
        Some((way, last)) => (Some(way), last),
        None => (None, name),
    };
    let mut here = root;
    for part in way.into_iter().flat_map(|way| way.split(separator)) {
        here = match here.entry(part.to_owned()).or_insert_with(|| Part::Inner(Parts::new())) {
            Part::Inner(parts) => parts,
            Part::Value(_) => return Err(twice()),
        };
    }
    match here.contains_key(last) {
        true => Err(twice()),
        false => {
            here.insert(last.to_owned(), Part::Value(value));
            Ok(())
        }
    }
}

fn nested(parts: Parts) -> Json {
    let mut places = vec![false; parts.len()];
    parts
        .keys()
        .filter_map(|name| array_index(name))
        .for_each(|at| places.iter_mut().skip(at).take(1).for_each(|place| *place = true));
    let is_array = !parts.is_empty() && places.iter().all(|is_there| *is_there);
    let mut named: Vec<_> = parts.into_iter().map(|(name, part)| (name, part.into_json())).collect();
    if !is_array {
        return Json::Object(named.into_iter().collect());
    }
    named.sort_by_key(|(name, _)| array_index(name));
    named.into_iter().map(|(_, json)| json).collect()
}

impl Part {
    fn into_json(self) -> Json {
        match self {
            Self::Value(json) => json,
            Self::Inner(parts) => nested(parts),
        }
    }
}

const EXAMPLE: &str = r#"
nested:
  kind: json.unflatten
  params: { json: { name: dunes, size.width: 640, size.height: 480, tags.0: sand } }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::json;

    use super::*;

    fn made(json: Json) -> Result<Json, NodeError> {
        Harness::of::<Unflatten>().input("json", Value::Json(Arc::new(json))).fire().and_then(|gave| gave.get("json"))
    }

    #[test]
    fn what_was_made_flat_becomes_what_it_was() {
        let deep = json!({ "a": { "b": [1, { "c": null }], "d": {} }, "e": [], "f": [[2]], "": { "": 3 } });
        let flat: Json = Harness::of::<crate::flatten::Flatten>()
            .input("json", Value::Json(Arc::new(deep.clone())))
            .fire()
            .and_then(|gave| gave.get("json"))
            .unwrap();
        assert_eq!(made(flat), Ok(deep));
    }

    #[test]
    fn numbers_without_a_gap_are_an_array_in_any_order() {
        assert_eq!(made(json!({ "a.1": "y", "a.0": "x" })), Ok(json!({ "a": ["x", "y"] })));
        assert_eq!(made(json!({ "a.0": "x", "a.2": "y" })), Ok(json!({ "a": { "0": "x", "2": "y" } })));
        assert_eq!(made(json!({ "a": { "0": 1 } })), Ok(json!({ "a": { "0": 1 } })), "what was a value stays one");
        assert_eq!(made(json!({})), Ok(json!({})));
    }

    #[test]
    fn short_names_do_not_fill_the_memory() {
        let parts = "a.".repeat(120);
        let json = (0..10_000).map(|at| (format!("{at}.{parts}x"), Json::Null)).collect();
        assert!(made(Json::Object(json)).unwrap_err().to_string().contains("larger than the 268435456 bytes"));
    }

    #[test]
    fn what_cannot_be_nested_is_refused() {
        let cause = |json: Json| made(json).unwrap_err().to_string();
        assert_eq!(cause(json!({ "a": 1, "a.b": 2 })), "`a.b` cannot be nested: a part of its name is a value already");
        assert!(cause(json!({ "a.b": 2, "a": 1 })).starts_with("`a` cannot be nested"));
        assert!(cause(json!([1])).contains("only an object"));
        assert!(cause(json!({ "a.".repeat(100_000): 1 })).contains("at most 127"));
    }
}
