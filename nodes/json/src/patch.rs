//! Changes a document as a patch says.

use json_patch::PatchOperation;
use serde_json::Value as Json;
use windlass_core::prelude::*;

use crate::shared::{check_depth, check_weight, depth, weight};

/// The most operations of a patch.
const MAX_OPERATIONS: usize = 10_000;

/// What is changed.
#[derive(Inputs)]
pub struct In {
    /// The document.
    #[port(constant)]
    json: Json,
    /// The operations, as `json.diff` gives them: `[{ op: add, path: /a, value: 1 }]`.
    #[port(constant)]
    patch: Json,
}

/// What came of it.
#[derive(Outputs)]
pub struct Out {
    /// The changed document.
    json: Json,
}

/// `json.patch`
pub struct Patch;

impl Node for Patch {
    type Params = ();
    type In = In;
    type Out = Out;

    fn about() -> About {
        let patch = windlass_core::json!([{ "op": "add", "path": "/b", "value": 2 }]);
        About::new(
            "json.patch",
            "Patch JSON",
            "Changes a document by the operations of a JSON Patch (RFC 6902): `add`, `remove`, `replace`, `move`, `copy` \
             and `test`, in order, all or none. At most 10,000 operations, and a result of at most 256 MiB in memory.",
        )
        .search(&["rfc 6902", "apply", "change", "update"])
        .cpu()
        .sample(Sample::new().input("json", sample()).input("patch", Value::from_constant(&patch)))
        .example(EXAMPLE)
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, (): (), inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let mut json = inputs.json;
        for (at, operation) in operations(inputs.patch)?.iter().enumerate() {
            ctx.check_cancelled()?;
            apply(&mut json, operation)
                .map_err(|error| error.within(format!("operation {at} of the patch")).permanent())?;
        }
        Ok(Out { json })
    }
}

fn operations(patch: Json) -> Result<Vec<PatchOperation>, NodeError> {
    let count = patch.as_array().map_or(0, Vec::len);
    if count > MAX_OPERATIONS {
        return Err(NodeError::new(format!("the patch has {count} operations, at most {MAX_OPERATIONS}")).permanent());
    }
    let read = serde_json::from_value::<json_patch::Patch>(patch);
    let read = read.map_err(|error| {
        let error = NodeError::because("this is not a JSON Patch", &error);
        error.hint("it is a list of operations: `[{ op: add, path: /a, value: 1 }]`").permanent()
    })?;
    Ok(read.0)
}

/// What `copy` makes is measured first: a few lines of it double a document many times.
fn apply(json: &mut Json, operation: &PatchOperation) -> Result<(), NodeError> {
    let more = match operation {
        PatchOperation::Copy(copy) => json.pointer(copy.from.as_str()),
        PatchOperation::Move(moved) => json.pointer(moved.from.as_str()),
        PatchOperation::Add(add) => Some(&add.value),
        PatchOperation::Replace(replace) => Some(&replace.value),
        PatchOperation::Remove(_) | PatchOperation::Test(_) => None,
    };
    if let Some(more) = more {
        check_depth(operation.path().count() + depth(more))?;
    }
    if let (PatchOperation::Copy(_), Some(more)) = (operation, more) {
        check_weight(weight(json) + weight(more))?;
    }
    json_patch::patch(json, std::slice::from_ref(operation))
        .map_err(|error| NodeError::new(format!("{} at `{}`", error.kind, error.path)))
}

fn sample() -> Value {
    Value::from_constant(&windlass_core::json!({ "a": 1 }))
}

const EXAMPLE: &str = r#"
renamed:
  kind: json.patch
  params:
    json: { name: dunes, size: 3 }
    patch: [{ op: test, path: /size, value: 3 }, { op: move, from: /name, path: /title }]
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::json;

    use super::*;

    fn patched(json: Json, patch: Json) -> Result<Json, NodeError> {
        let bench = Harness::of::<Patch>().input("json", Value::Json(Arc::new(json)));
        bench.input("patch", Value::Json(Arc::new(patch))).fire().and_then(|gave| gave.get("json"))
    }

    #[test]
    fn operations_do_what_the_appendix_of_the_rfc_says() {
        let add = json!([{ "op": "add", "path": "/foo/1", "value": "qux" }]);
        assert_eq!(patched(json!({ "foo": ["bar", "baz"] }), add), Ok(json!({ "foo": ["bar", "qux", "baz"] })));
        let moved = json!([{ "op": "move", "from": "/foo/waldo", "path": "/qux/thud" }]);
        assert_eq!(
            patched(json!({ "foo": { "waldo": "fred" }, "qux": {} }), moved),
            Ok(json!({ "foo": {}, "qux": { "thud": "fred" } }))
        );
        let some = json!([
            { "op": "test", "path": "/a", "value": 1 },
            { "op": "replace", "path": "/a", "value": 2 },
            { "op": "copy", "from": "/a", "path": "/b" },
            { "op": "remove", "path": "/a" },
        ]);
        assert_eq!(patched(json!({ "a": 1 }), some), Ok(json!({ "b": 2 })));
    }

    #[test]
    fn what_cannot_be_applied_fails_and_names_the_operation() {
        let cause = |patch: Json| patched(json!({ "a": 1 }), patch).unwrap_err().to_string();
        let said = cause(json!([{ "op": "remove", "path": "/a" }, { "op": "test", "path": "/b", "value": 2 }]));
        assert!(said.starts_with("operation 1 of the patch: ") && said.ends_with("at `/b`"), "{said}");
        assert!(cause(json!({ "op": "add" })).starts_with("this is not a JSON Patch"));
        let many = vec![json!({ "op": "test", "path": "", "value": 1 }); MAX_OPERATIONS + 1];
        assert_eq!(cause(many.into()), "the patch has 10001 operations, at most 10000");
    }

    #[test]
    fn a_document_that_is_copied_into_itself_does_not_fill_the_memory() {
        let wide = vec![json!({ "op": "copy", "from": "/a", "path": "/a/-" }); 60];
        let error = patched(json!({ "a": ["x".repeat(1 << 20)] }), wide.into()).unwrap_err().to_string();
        assert!(error.contains("larger than") && error.starts_with("operation 7 of"), "{error}");
        let deep = vec![json!({ "op": "copy", "from": "", "path": "/a" }); 200];
        let error = patched(json!({}), deep.into()).unwrap_err().to_string();
        assert!(error.contains("nested 128 deep"), "{error}");
    }
}
