//! Sends each item into one of three sets, by lot.

use windlass_core::expr::Expr;
use windlass_core::node::Emission;
use windlass_core::prelude::*;

use crate::draw::lot;
use crate::shared;

/// The sets.
const SETS: [(&str, &str); 3] = [
    ("train", "The item, where it is of the set that a model is trained with."),
    ("validation", "The item, where it is of the set that settings are chosen by."),
    ("test", "The item, where it is of the set that the result is judged by."),
];

/// How large the sets are.
#[derive(Params)]
pub struct Settings {
    /// The share of the first set; only how the three are to each other counts.
    #[param(default = 0.8, min = 0.0, max = 1000000.0)]
    train_share: f64,
    /// The share of the second set.
    #[param(default = 0.1, min = 0.0, max = 1000000.0)]
    validation_share: f64,
    /// The share of the third set.
    #[param(default = 0.1, min = 0.0, max = 1000000.0)]
    test_share: f64,
    /// Expression over `value`, `name` (of the item), and whatever else it names, which becomes a port. Items for which it
    /// gives the same come into the same set: `value.patient` keeps all pictures of a person together.
    #[param(static, default = "name")]
    by: String,
    /// Another number makes other sets. The seed of the run does not count, so that no run tests with what another one has
    /// trained with.
    #[param(default = 0)]
    lot: i64,
}

/// `flow.split_sets`
pub struct SplitSets(Expr);

impl Node for SplitSets {
    type Params = Settings;
    type In = Bag;
    type Out = Emission;

    fn about() -> About {
        About::new(
            "flow.split_sets",
            "Split into sets",
            "Sends each item on through `train`, `validation` or `test`, by lot and in the given shares; the other two are \
             skipped. Which set it is depends on the item's key alone: a new item moves no other one, and where a share grows, \
             only what it takes from its neighbours moves.",
        )
        .search(&["train", "test", "validation", "holdout", "dataset", "random", "machine learning"])
        .sample(Sample::new().input("value", Value::Int(2)))
        .example(EXAMPLE)
    }

    fn open(statics: &Statics) -> Result<Self, NodeError> {
        shared::expression(statics, "by").map(Self)
    }

    fn shape(spec: &mut Spec, statics: &Statics) -> Result<(), NodeError> {
        let expr = statics.get("by").map(|_| shared::expression(statics, "by")).transpose()?;
        shared::add_inputs(spec, &expr)?;
        SETS.iter().for_each(|(set, doc)| shared::add_output(spec, set, doc));
        Ok(())
    }

    async fn fire(&self, params: Settings, inputs: Bag, ctx: &Ctx) -> Result<Emission, NodeError> {
        let mut scene = shared::scene(inputs, ctx);
        let key = shared::json_text(&self.0.eval(&scene)?)?;
        let set = params.set_of(&key)?;
        let mut out = Emission::default();
        for (_, (name, _)) in SETS.iter().enumerate().filter(|(at, _)| *at != set) {
            out.skip(*name, "in another set");
        }
        out.value(SETS[set].0, shared::item(&mut scene)?);
        Ok(out)
    }
}

impl Settings {
    fn set_of(&self, key: &str) -> Result<usize, NodeError> {
        let whole = self.train_share + self.validation_share + self.test_share;
        if whole <= 0.0 {
            let error = NodeError::new("all three shares are 0, so that no set can take the item");
            return Err(error.hint("give one of `train_share`, `validation_share` and `test_share`").permanent());
        }
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.lot.to_le_bytes());
        let drawn = lot(&seed, ["windlass sets 1", key]) * whole;
        let bounds = [self.train_share, self.train_share + self.validation_share];
        // Rounding may let a lot fall upon the end of the last set that takes any.
        let last = if self.test_share > 0.0 { 2 } else { usize::from(self.validation_share > 0.0) };
        Ok(bounds.iter().position(|bound| drawn < *bound).unwrap_or(last))
    }
}

const EXAMPLE: &str = r#"
find:
  kind: files.glob
  params: { folder: samples/photos, pattern: "*.jpg" }
sets:
  kind: flow.split_sets
  params: { train_share: 0.6, validation_share: 0.2, test_share: 0.2 }
  inputs: { value: find.file }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::json;

    use super::*;

    fn set(bench: &Harness, name: &str) -> &'static str {
        let gave = bench.clone().item(name).fire().unwrap();
        let sets: Vec<_> = SETS.iter().map(|(set, _)| *set).filter(|set| gave.value(set).is_some()).collect();
        assert_eq!(sets.len(), 1, "an item is in one set");
        sets[0]
    }

    fn bench(shares: [f64; 3]) -> Harness {
        let bench = Harness::of::<SplitSets>().input("value", Value::Int(1));
        let shares = ["train_share", "validation_share", "test_share"].into_iter().zip(shares);
        shares.fold(bench, |bench, (name, share)| bench.param(name, share))
    }

    #[test]
    fn sets_have_their_shares_and_depend_on_the_name_alone() {
        let bench = bench([8.0, 1.0, 1.0]);
        let sets: Vec<_> = (0..2_000).map(|at| set(&bench, &at.to_string())).collect();
        let count = |of: &str| sets.iter().filter(|set| **set == of).count();
        assert!((1_500..1_700).contains(&count("train")), "{}", count("train"));
        assert!((140..260).contains(&count("validation")) && (140..260).contains(&count("test")));
        let other_seed = bench.clone().seed([9; 32]);
        assert!((0..50).all(|at| set(&other_seed, &at.to_string()) == sets[at]));
        let other_lot = bench.param("lot", 1);
        assert!((0..200).any(|at| set(&other_lot, &at.to_string()) != sets[at]));
    }

    #[test]
    fn what_has_the_same_key_is_in_the_same_set() {
        let of = |person: i64, name: &str| {
            let row = Value::from_constant(&json!({ "person": person }));
            set(&Harness::of::<SplitSets>().param("by", "value.person").input("value", row), name)
        };
        assert!((0..50).all(|person| of(person, "a") == of(person, "b")));
    }

    #[test]
    fn a_set_may_be_empty_but_not_all() {
        assert!((0..50).all(|at| set(&bench([0.0, 1.0, 0.0]), &at.to_string()) == "validation"));
        let error = bench([0.0; 3]).fire().map(|_| ()).unwrap_err();
        assert!(error.to_string().starts_with("all three shares are 0"), "{error}");
        assert!(error.is_permanent() && error.hint_text().is_some());
    }
}
