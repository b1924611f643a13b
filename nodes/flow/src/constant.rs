//! Gives one value that stands in the graph.

use windlass_core::prelude::*;
use windlass_core::types::Type;
use windlass_core::{json, value::IntoValue};

/// What the graph says.
#[derive(Params)]
pub struct Settings {
    /// The value: a text, a number, a truth value, a list, or any JSON.
    #[param(static, default = "")]
    value: serde_json::Value,
    /// The type of the output, `float` or `list<int>`; without it the value's own type.
    #[param(static, default = null)]
    r#type: Option<String>,
}

/// `flow.constant`
pub struct Constant(Value);

impl Node for Constant {
    type Params = Settings;
    type In = ();
    type Out = windlass_core::node::Emission;

    fn about() -> About {
        About::new("flow.constant", "Constant", "Gives one value that stands in the graph.")
            .search(&["value", "number", "text", "literal"])
            .example(EXAMPLE)
            .sample(Sample::new().param("value", 7))
            .sample(Sample::new().param("value", json!([1, 2])).param("type", "list<float>"))
    }

    fn open(statics: &Statics) -> Result<Self, NodeError> {
        constant(statics).map(|(value, _)| Self(value))
    }

    fn shape(spec: &mut Spec, statics: &Statics) -> Result<(), NodeError> {
        let (_, ty) = constant(statics)?;
        spec.outputs.push(PortSpec::new("value", ty, "The value."));
        Ok(())
    }

    async fn fire(&self, _: Settings, (): (), _: &Ctx) -> Result<Self::Out, NodeError> {
        let mut out = Self::Out::default();
        out.value("value", self.0.clone());
        Ok(out)
    }
}

fn constant(statics: &Statics) -> Result<(Value, Type), NodeError> {
    let json = statics.get("value").cloned().unwrap_or_else(|| "".into());
    let value = Value::from_constant(&json);
    match statics.get("type").and_then(serde_json::Value::as_str) {
        None => Ok((value.clone(), value.type_of())),
        Some(text) => {
            let ty: Type = text.parse().map_err(|error| NodeError::because("parameter `type`", &error))?;
            Ok((typed(json, value, &ty)?, ty))
        }
    }
}

/// Returns the value in the form that the type asks for.
fn typed(json: serde_json::Value, value: Value, ty: &Type) -> Result<Value, NodeError> {
    if !ty.admits(&value) {
        let found = value.type_of();
        return Err(NodeError::new(format!("parameter `value` is `{found}`, but `type` says `{ty}`")));
    }
    match (ty, value) {
        (Type::Json, _) => Ok(json.into_value()),
        (Type::Float(..), Value::Int(int)) => Ok(Value::Float(int as f64)),
        (Type::Path, Value::Text(text)) if std::path::Path::new(&*text).is_absolute() => Ok(Value::path(&*text)),
        (Type::Path, _) => Err(NodeError::new("a constant path must be absolute")
            .hint("declare a graph input of type `path`: its default is relative to the graph file")),
        (_, value) => Ok(value),
    }
}

const EXAMPLE: &str = r#"
size:
  kind: flow.constant
  params: { value: 256 }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;

    #[test]
    fn the_output_has_the_type_of_the_value() {
        let bench = Harness::of::<Constant>().param("value", 7);
        assert_eq!(bench.spec().unwrap().output("value").map(|port| port.ty.clone()), Some(Type::int()));
        assert_eq!(bench.fire().unwrap().get::<i64>("value"), Ok(7));
    }

    #[test]
    fn the_type_can_be_said() {
        let bench = Harness::of::<Constant>().param("value", 7).param("type", "float");
        assert!(matches!(bench.fire().unwrap().value("value"), Some(Value::Float(_))));
        let bench = Harness::of::<Constant>().param("value", "a").param("type", "json");
        assert!(matches!(bench.fire().unwrap().value("value"), Some(Value::Json(_))));
    }

    #[test]
    fn a_value_of_another_type_is_refused_before_anything_runs() {
        let cause = |value: &str, ty: &str| {
            let bench = Harness::of::<Constant>().param("value", value).param("type", ty);
            bench.open().err().map(|error| error.to_string()).unwrap_or_default()
        };
        assert_eq!(cause("a", "int"), "parameter `value` is `text`, but `type` says `int`");
        assert!(cause("a", "itn").contains("did you mean `int`?"));
        assert_eq!(cause("a/b", "path"), "a constant path must be absolute");
    }
}
