//! Runs a body once, and takes up its failure.

use windlass_core::node::{Emission, FAILURE};
use windlass_core::prelude::*;
use windlass_core::spec::{Carry, Tolerance};
use windlass_core::types::Type;

use crate::rounds;

/// `flow.try`
pub struct Try;

impl Node for Try {
    type Params = ();
    type In = Bag;
    type Out = Emission;

    fn about() -> About {
        About::new(
            "flow.try",
            "Try",
            "Runs its body for each item. Where something in it fails that an output depends on, the failure counts as \
             handled: the outputs are skipped, and `failure` has it as a value; else `failure` is skipped. The inputs of \
             the body are the inputs of the node, its outputs the outputs of the node.",
        )
        .search(&["catch", "error", "rescue", "container", "group"])
        .rounds(Carry::Nothing)
        .tolerates(Tolerance::AsInput)
        .example(EXAMPLE)
        .sample(Sample::new())
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    fn shape(spec: &mut Spec, _: &Statics) -> Result<(), NodeError> {
        spec.outputs.push(PortSpec::new(FAILURE, Type::Failure, "The failure, where the body failed."));
        Ok(())
    }

    async fn fire(&self, (): (), outputs: Bag, _: &Ctx) -> Result<Emission, NodeError> {
        let mut out = Emission::default();
        match outputs.get(FAILURE) {
            Some(Value::Failure(failure)) => out.value(FAILURE, Value::Failure(failure.clone())),
            _ => rounds::give(&mut out, &outputs),
        }
        Ok(out)
    }
}

const EXAMPLE: &str = r#"
file:
  kind: files.open
  params: { path: samples/mixed/empty.jpg }
careful:
  kind: flow.try
  inputs: { file: file.file }
  body:
    inputs: { file: { type: file } }
    outputs: { image: open.image }
    nodes:
      open:
        kind: image.open
        inputs: { file: $file }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;

    #[test]
    fn a_body_without_a_failure_gives_none() {
        assert_eq!(Harness::of::<Try>().fire().unwrap().skipped(FAILURE), Some("nothing was given"));
    }

    #[test]
    fn a_failure_of_the_body_is_given_as_a_value_and_nothing_else_is() {
        let failure = windlass_core::value::Failure {
            step: "open".into(),
            key: "0".into(),
            names: Vec::new(),
            causes: vec!["the file is empty".into()],
            hint: None,
            attempts: Vec::new(),
            inputs: Vec::new(),
        };
        let bench = Harness::of::<Try>().input("n", Value::Int(1)).input(FAILURE, Value::Failure(Arc::new(failure)));
        let gave = bench.fire().unwrap();
        assert!(matches!(gave.value(FAILURE), Some(Value::Failure(failure)) if failure.cause() == "the file is empty"));
        assert_eq!(gave.skipped("n"), Some("nothing was given"));
    }

    #[test]
    fn what_it_does_not_know_is_refused() {
        let error = Harness::of::<Try>().param("until", "n > 1").fire().map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "`flow.try` has no port or parameter `until`");
    }
}
