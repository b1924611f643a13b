//! Says how one document becomes another.

use serde_json::Value as Json;
use windlass_core::prelude::*;

use crate::shared::{OWN_WEIGHT, check_weight, weight};

/// What is compared.
#[derive(Inputs)]
pub struct In {
    /// The document as it was.
    #[port(constant)]
    before: Json,
    /// The document as it is.
    #[port(constant)]
    after: Json,
}

/// How they differ.
#[derive(Outputs)]
pub struct Out {
    /// The JSON Patch that makes `after` of `before`, as `json.patch` takes it; an empty list for equal ones.
    patch: Json,
    /// Whether they are equal; the order of fields does not count.
    equal: bool,
    /// How many operations the patch has.
    count: usize,
}

/// `json.diff`
pub struct Diff;

impl Node for Diff {
    type Params = ();
    type In = In;
    type Out = Out;

    fn about() -> About {
        let (one, other) = (windlass_core::json!({ "a": 1, "b": [2] }), windlass_core::json!({ "a": 3, "b": [2, 4] }));
        About::new(
            "json.diff",
            "Compare JSON",
            "Says by which operations (JSON Patch, RFC 6902) one document becomes another. Arrays are compared place by \
             place, so that a value that was put in front changes all that follow. A patch of at most 256 MiB in memory.",
        )
        .search(&["compare", "changes", "rfc 6902", "equal"])
        .cpu()
        .sample(Sample::new().input("before", Value::from_constant(&one)).input("after", Value::from_constant(&other)))
        .example(EXAMPLE)
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, (): (), inputs: In, _: &Ctx) -> Result<Out, NodeError> {
        check_weight(heaviest(&inputs.before, &inputs.after, 0))?;
        let operations = json_patch::diff(&inputs.before, &inputs.after);
        let (equal, count) = (operations.0.is_empty(), operations.0.len());
        let patch = serde_json::to_value(operations);
        let patch = patch.map_err(|error| NodeError::because("the patch cannot be written", &error))?;
        Ok(Out { patch, equal, count })
    }
}

/// Returns the most that the patch takes: an operation repeats the names of all that its place lies in, so that a patch can be
/// far larger than the documents.
fn heaviest(before: &Json, after: &Json, above: u64) -> u64 {
    // Its own fields, and what the escapes of its names add at most.
    let operation = |with: u64| 8 * OWN_WEIGHT + 2 * above + with;
    let mut sum = 0;
    match (before, after) {
        (Json::Object(before), Json::Object(after)) => {
            for (name, one) in before {
                let above = above + 1 + name.len() as u64;
                sum += match after.get(name) {
                    Some(other) => heaviest(one, other, above),
                    None => operation(name.len() as u64),
                };
            }
            let new = after.iter().filter(|(name, _)| !before.contains_key(*name));
            sum += new.map(|(name, value)| operation(2 * name.len() as u64 + weight(value))).sum::<u64>();
        }
        (Json::Array(before), Json::Array(after)) => {
            sum += before.iter().zip(after).map(|(one, other)| heaviest(one, other, above + 8)).sum::<u64>();
            sum += before.len().saturating_sub(after.len()) as u64 * operation(0);
            sum += after.iter().skip(before.len()).map(|value| operation(weight(value))).sum::<u64>();
        }
        (one, other) if one == other => {}
        (_, other) => sum += operation(weight(other)),
    }
    sum
}

const EXAMPLE: &str = r#"
changes:
  kind: json.diff
  params: { before: { width: 640, tags: [sea] }, after: { width: 1280, tags: [sea, night] } }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::{Gave, Harness};
    use windlass_core::json;

    use super::*;

    fn compared(before: Json, after: Json) -> Gave {
        let bench = Harness::of::<Diff>().input("before", Value::Json(Arc::new(before)));
        bench.input("after", Value::Json(Arc::new(after))).fire().unwrap()
    }

    #[test]
    fn the_patch_leads_from_one_to_the_other() {
        let cases = [
            (json!({ "a": 1, "b": [1, 2] }), json!({ "b": [2, 3, 4], "c/d~": null })),
            (json!([1, 2, 3]), json!([])),
            (json!(1), json!({ "a": [] })),
            (json!({ "a": { "b": { "c": 1 } } }), json!({ "a": { "b": { "c": 2 } } })),
        ];
        for (before, after) in cases {
            let patch: Json = compared(before.clone(), after.clone()).get("patch").unwrap();
            let mut made = before;
            json_patch::patch(&mut made, &serde_json::from_value::<json_patch::Patch>(patch).unwrap()).unwrap();
            assert_eq!(made, after);
        }
    }

    #[test]
    fn equal_documents_have_an_empty_patch() {
        let gave = compared(json!({ "a": 1, "b": 2 }), json!({ "b": 2, "a": 1 }));
        assert_eq!((gave.get("equal"), gave.get("count"), gave.get("patch")), (Ok(true), Ok(0), Ok(json!([]))));
        let gave = compared(json!({ "a": 1 }), json!({ "a": 2 }));
        assert_eq!(gave.get("patch"), Ok(json!([{ "op": "replace", "path": "/a", "value": 2 }])));
    }

    #[test]
    fn long_names_do_not_fill_the_memory() {
        let nested = |value: u8| json!({ "x".repeat(1 << 20): vec![value; 400] });
        let bench = Harness::of::<Diff>().input("before", Value::Json(Arc::new(nested(1))));
        let error = bench.input("after", Value::Json(Arc::new(nested(2)))).fire().map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("larger than the 268435456 bytes"), "{error}");
        assert_eq!(compared(nested(1), nested(1)).get("equal"), Ok(true));
    }

    #[test]
    fn what_is_no_json_is_refused() {
        let error = Harness::of::<Diff>().input("before", Value::Float(f64::NAN)).param("after", 1).fire();
        assert!(error.map(|_| ()).unwrap_err().to_string().starts_with("input `before`: expected `json`"));
    }
}
