//! Merges one document into another.

use serde_json::{Map, Value as Json};
use windlass_core::prelude::*;

use crate::shared::{MAX_WEIGHT, check_weight_up_to, weight};

/// How they are merged.
#[derive(Params)]
pub struct Settings {
    /// What a null means.
    #[param(default = "patch")]
    how: How,
    /// What becomes of two arrays, where nulls are plain values; a patch always replaces them.
    #[param(default = "replace")]
    arrays: Arrays,
}

/// What a null in the second document means.
#[derive(Clone, Copy, Choice, PartialEq, Eq)]
pub enum How {
    /// The field is removed, as in a merge patch of RFC 7396.
    Patch,
    /// The field becomes null: all else is a deep merge.
    Deep,
}

/// What becomes of two arrays.
#[derive(Clone, Copy, Choice, PartialEq, Eq)]
pub enum Arrays {
    /// The second one stands.
    Replace,
    /// The second one follows the first.
    Append,
}

/// What is merged.
#[derive(Inputs)]
pub struct In {
    /// The document.
    #[port(constant)]
    json: Json,
    /// What is merged into it: its fields win, objects are merged field by field.
    #[port(constant)]
    with: Json,
}

/// What came of it.
#[derive(Outputs)]
pub struct Out {
    /// The merged document.
    json: Json,
}

/// `json.merge`
pub struct Merge;

impl Node for Merge {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        let (one, other) = (windlass_core::json!({ "a": 1, "b": 2 }), windlass_core::json!({ "b": null, "c": 3 }));
        About::new(
            "json.merge",
            "Merge JSON",
            "Merges a document into another, field by field: as a merge patch (RFC 7396), in which a null removes a \
             field, or as a deep merge, in which it is a value. Both together may take at most 256 MiB of memory.",
        )
        .search(&["merge patch", "deep merge", "combine", "override", "defaults", "rfc 7396"])
        .cpu()
        .sample(Sample::new().input("json", Value::from_constant(&one)).input("with", Value::from_constant(&other)))
        .example(EXAMPLE)
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, _: &Ctx) -> Result<Out, NodeError> {
        merge(inputs, &params, MAX_WEIGHT)
    }
}

fn merge(inputs: In, params: &Settings, max_weight: u64) -> Result<Out, NodeError> {
    let In { mut json, with } = inputs;
    let within = check_weight_up_to(max_weight, weight(&json).saturating_add(weight(&with)));
    within.map_err(|error| error.hint("merge the parts that differ, taken out with `json.get`"))?;
    match params.how {
        How::Patch => json_patch::merge(&mut json, &with),
        How::Deep => deep(&mut json, with, params.arrays),
    }
    Ok(Out { json })
}

fn deep(json: &mut Json, with: Json, arrays: Arrays) {
    match (json, with) {
        (Json::Object(fields), Json::Object(others)) => fields_of(fields, others, arrays),
        (Json::Array(items), Json::Array(others)) if arrays == Arrays::Append => items.extend(others),
        (json, with) => *json = with,
    }
}

fn fields_of(fields: &mut Map<String, Json>, others: Map<String, Json>, arrays: Arrays) {
    for (name, with) in others {
        match fields.get_mut(&name) {
            Some(json) => deep(json, with, arrays),
            None => drop(fields.insert(name, with)),
        }
    }
}

const EXAMPLE: &str = r#"
settings:
  kind: json.merge
  params:
    json: { size: { width: 640, height: 480 }, draft: true }
    with: { size: { width: 1280 }, draft: null }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::json;

    use super::*;

    fn merged(how: &str, arrays: &str, json: Json, with: Json) -> Json {
        let bench = Harness::of::<Merge>().param("how", how).param("arrays", arrays);
        let bench = bench.input("json", Value::Json(Arc::new(json))).input("with", Value::Json(Arc::new(with)));
        bench.fire().unwrap().get("json").unwrap()
    }

    #[test]
    fn a_patch_does_what_the_cases_of_the_rfc_say() {
        let cases = [
            (json!({ "a": "b" }), json!({ "b": "c" }), json!({ "a": "b", "b": "c" })),
            (json!({ "a": "b", "b": "c" }), json!({ "a": null }), json!({ "b": "c" })),
            (json!({ "a": ["b"] }), json!({ "a": "c" }), json!({ "a": "c" })),
            (json!({ "a": { "b": "c" } }), json!({ "a": { "b": "d", "c": null } }), json!({ "a": { "b": "d" } })),
            (json!(["a", "b"]), json!(["c"]), json!(["c"])),
            (json!({ "e": null }), json!({ "a": 1 }), json!({ "e": null, "a": 1 })),
            (json!({}), json!({ "a": { "bb": { "ccc": null } } }), json!({ "a": { "bb": {} } })),
            (json!([1, 2]), json!({ "a": "b", "c": null }), json!({ "a": "b" })),
        ];
        for (json, with, expected) in cases {
            assert_eq!(merged("patch", "append", json.clone(), with.clone()), expected, "{json} with {with}");
        }
    }

    #[test]
    fn a_deep_merge_keeps_nulls_and_may_append() {
        let (json, with) = (json!({ "a": { "b": [1] }, "c": 1 }), json!({ "a": { "b": [2] }, "c": null }));
        assert_eq!(merged("deep", "append", json.clone(), with.clone()), json!({ "a": { "b": [1, 2] }, "c": null }));
        assert_eq!(merged("deep", "replace", json, with), json!({ "a": { "b": [2] }, "c": null }));
    }

    #[test]
    fn documents_that_are_too_large_together_are_refused_before_they_are_merged() {
        let list = json!({ "a": vec![json!({ "text": "x".repeat(1000) }); 50] });
        let both = 2 * weight(&list);
        for (how, arrays) in [(How::Patch, Arrays::Replace), (How::Deep, Arrays::Append)] {
            let inputs = || In { json: list.clone(), with: list.clone() };
            let merged = |most| merge(inputs(), &Settings { how, arrays }, most).map(|out| weight(&out.json));
            let error = merged(both - 1).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("the result is larger than the {} bytes that are made at most", both - 1)
            );
            assert!(error.is_permanent() && error.hint_text().is_some());
            assert!(merged(both).is_ok_and(|weight| weight <= both));
        }
    }

    #[test]
    fn what_is_no_json_is_refused() {
        let image = Value::File(Arc::new(File::in_memory(*b"", "a", "text/plain")));
        let error = Harness::of::<Merge>().input("json", image).param("with", 1).fire().map(|_| ()).unwrap_err();
        assert!(error.to_string().starts_with("input `json`: expected `json`"), "{error}");
    }
}
