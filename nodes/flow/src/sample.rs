//! Lets a random share of the items through.

use rand_chacha::rand_core::RngCore;
use windlass_core::prelude::*;

use crate::draw::unit;

/// How many.
#[derive(Params)]
pub struct Settings {
    /// The share of items that go through, on average.
    #[param(default = 0.1, min = 0.0, max = 1.0)]
    share: f64,
}

/// An item.
#[derive(Inputs)]
pub struct In {
    /// The item.
    #[port(unread, same = "T")]
    value: Value,
}

/// The same item.
#[derive(Outputs)]
pub struct Out {
    /// The item, where the lot fell on it.
    #[port(same = "T")]
    value: Gate<Value>,
}

/// `flow.sample`
pub struct Sampling;

impl Node for Sampling {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "flow.sample",
            "Sample",
            "Lets each item through with the same probability, and skips the others as `not drawn`. Whether an item is drawn \
             depends on the seed and its names alone: a new one changes nothing for the others, and a larger share draws all \
             that a smaller one has drawn. `flow.sample_group` draws an exact number.",
        )
        .search(&["random", "subset", "fraction", "percent", "bernoulli"])
        .seeded()
        .sample(Sample::new().param("share", 1.0).input("value", Value::Int(2)))
        .example(EXAMPLE)
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let is_drawn = unit(ctx.random().next_u64()) < params.share;
        Ok(Out { value: if is_drawn { Gate::Open(inputs.value) } else { Gate::Shut("not drawn".into()) } })
    }
}

const EXAMPLE: &str = r#"
find:
  kind: files.glob
  params: { folder: samples/photos, pattern: "*.jpg" }
some:
  kind: flow.sample
  params: { share: 0.5 }
  inputs: { value: find.file }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;

    fn drawn(share: f64) -> Vec<bool> {
        let seed = |at: u32| {
            let mut seed = [3; 32];
            seed[..4].copy_from_slice(&at.to_le_bytes());
            seed
        };
        let bench = Harness::of::<Sampling>().param("share", share).input("value", Value::Int(1));
        (0..2_000).map(|at| bench.clone().seed(seed(at)).fire().unwrap().value("value").is_some()).collect()
    }

    #[test]
    fn about_the_share_is_drawn_and_a_larger_one_draws_more() {
        let (few, many) = (drawn(0.2), drawn(0.5));
        let count = |drawn: &[bool]| drawn.iter().filter(|drawn| **drawn).count();
        assert!((300..500).contains(&count(&few)), "{}", count(&few));
        assert!(few.iter().zip(&many).all(|(few, many)| !few || *many));
        assert_eq!((count(&drawn(0.0)), count(&drawn(1.0))), (0, 2_000));
        assert_eq!(few, drawn(0.2), "the same seed draws the same");
    }

    #[test]
    fn what_is_not_drawn_is_skipped_and_no_share_is_more_than_all() {
        let bench = Harness::of::<Sampling>().input("value", Value::Int(1));
        assert_eq!(bench.clone().param("share", 0.0).fire().unwrap().skipped("value"), Some("not drawn"));
        let error = bench.param("share", 1.5).fire().map(|_| ()).unwrap_err();
        assert!(error.to_string().starts_with("parameter `share`: expected"), "{error}");
    }
}
