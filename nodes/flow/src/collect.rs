//! Gathers a whole group into a list.

use windlass_core::prelude::*;
use windlass_core::value::List;

/// The group.
#[derive(Inputs)]
pub struct In {
    /// The items of one group, in key order.
    #[port(unread, same = "T")]
    values: Collected<Value>,
}

/// The list.
#[derive(Outputs)]
pub struct Out {
    /// The values of the group, in key order.
    #[port(same = "T")]
    values: Arc<List>,
    /// How many there are.
    count: usize,
}

/// `flow.collect`
pub struct Collect;

impl Node for Collect {
    type Params = ();
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "flow.collect",
            "Collect",
            "Waits for a whole group and gives its values as one list, in key order; filtered items are left out.",
        )
        .search(&["gather", "list", "group", "join"])
        .example(EXAMPLE)
        .sample(Sample::new().input("values", Value::List(Arc::default())))
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, (): (), inputs: In, _: &Ctx) -> Result<Out, NodeError> {
        Ok(Out { count: inputs.values.len(), values: inputs.values.list().clone() })
    }
}

const EXAMPLE: &str = r#"
numbers:
  kind: flow.constant
  params: { value: [3, 1, 4, 1, 5] }
each:
  kind: flow.each
  inputs: { values: numbers.value }
all:
  kind: flow.collect
  inputs: { values: each.value }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::types::Type;

    use super::*;

    #[test]
    fn the_list_has_the_type_of_its_members() {
        let spec = Harness::of::<Collect>().spec().unwrap();
        let list = Type::list(Type::var("T"));
        assert_eq!(spec.input("values").map(|port| (port.ty.clone(), port.collect)), Some((list.clone(), true)));
        assert_eq!(spec.output("values").map(|port| port.ty.clone()), Some(list));
    }

    #[test]
    fn an_empty_group_is_an_empty_list() {
        let gave = Harness::of::<Collect>().input("values", Value::List(Arc::default())).fire().unwrap();
        assert_eq!(gave.get::<Vec<i64>>("values"), Ok(vec![]));
        assert_eq!(gave.get::<i64>("count"), Ok(0));
    }

    #[test]
    fn what_is_no_group_is_refused() {
        let error = Harness::of::<Collect>().input("values", Value::Int(3)).fire().map(|_| ()).unwrap_err();
        assert!(error.to_string().starts_with("input `values`: expected `list<"), "{error}");
        let error = Harness::of::<Collect>().fire().map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "input `values` is not wired");
    }
}
