//! Sends the members of a list on one by one.

use windlass_core::prelude::*;
use windlass_core::value::List;

/// The list.
#[derive(Inputs)]
pub struct In {
    /// The list whose members become items.
    #[port(same = "T", constant)]
    values: Arc<List>,
}

/// One member.
#[derive(Outputs)]
pub struct Member {
    /// The member.
    #[port(same = "T")]
    value: Value,
    /// Its place in the list, counted from 0.
    index: usize,
}

/// The members.
#[derive(Outputs)]
pub struct Out {
    /// The members.
    #[children]
    members: Children<Member>,
}

/// `flow.each`
pub struct Each;

impl Node for Each {
    type Params = ();
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new("flow.each", "Each", "Makes one item of each member of a list, in order.")
            .search(&["split", "explode", "for each", "unpack"])
            .split(true)
            .example(EXAMPLE)
            .sample(Sample::new().input("values", numbers()))
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, (): (), inputs: In, _: &Ctx) -> Result<Out, NodeError> {
        let (list, count) = (inputs.values.clone(), inputs.values.len());
        // A member that waits outside of memory is read when its turn has come, not before.
        let member = move |index: usize| Ok(Member { value: list.members()[index].read()?, index });
        Ok(Out { members: Children::indexed((0..count).map(member)) })
    }
}

fn numbers() -> Value {
    Value::List(Arc::new([1, 2, 3].map(Value::Int).into_iter().collect()))
}

const EXAMPLE: &str = r#"
numbers:
  kind: flow.constant
  params: { value: [3, 1, 4, 1, 5] }
each:
  kind: flow.each
  inputs: { values: numbers.value }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::json;

    use super::*;

    #[test]
    fn members_come_in_order_with_their_place() {
        let gave = Harness::of::<Each>().input("values", numbers()).fire().unwrap();
        let members: Vec<_> = gave.children().iter().map(|child| (child.get("index"), child.get("value"))).collect();
        assert_eq!(members, [(Ok(0), Ok(1)), (Ok(1), Ok(2)), (Ok(2), Ok(3))]);
    }

    #[test]
    fn an_empty_list_is_an_empty_group_and_no_list_is_refused() {
        let gave = Harness::of::<Each>().param("values", json!([])).fire().unwrap();
        assert!(gave.children().is_empty());
        let error = Harness::of::<Each>().param("values", 3).fire().map(|_| ()).unwrap_err();
        assert!(error.to_string().starts_with("input `values`: expected `list<"), "{error}");
    }
}
