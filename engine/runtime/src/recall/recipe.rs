//! How a value is come by again: by the firing that gave it, with what that was given.

use std::sync::Arc;

use tokio::sync::Mutex;
use windlass_core::key::Place;
use windlass_core::plan::StepId;
use windlass_core::value::{Bag, Lazy, List, Member, Value};

/// The firing that gave a value.
pub struct Recipe {
    /// The step.
    pub step: StepId,
    /// The item.
    pub place: Arc<Place>,
    /// What it was given; large values are not there themselves.
    pub bag: Bag,
    /// The port that the value came on.
    pub port: Arc<str>,
    /// How long it takes to compute it again with all that is not kept of what it was given, in microseconds.
    pub cost_us: u64,
    /// Held by who computes it.
    pub turn: Mutex<()>,
}

impl Drop for Recipe {
    /// What it was given has recipes of its own, and so on back to the first step: they are taken apart one after the other, because
    /// one inside of the other they would need more stack than a thread has.
    fn drop(&mut self) {
        let mut rest: Vec<Value> = std::mem::take(&mut self.bag).into_own().collect();
        while let Some(value) = rest.pop() {
            match value {
                Value::Lazy(lazy) => {
                    let origin = Arc::into_inner(lazy).and_then(Lazy::into_origin);
                    let recipe = origin.and_then(|origin| origin.downcast::<Self>().ok()).and_then(Arc::into_inner);
                    rest.extend(recipe.into_iter().flat_map(|mut recipe| std::mem::take(&mut recipe.bag).into_own()));
                }
                Value::List(list) => {
                    let members = Arc::into_inner(list).into_iter().flat_map(List::into_members);
                    rest.extend(members.filter_map(|member| match member {
                        Member::Ready(value) => Some(value),
                        Member::Held(_) => None,
                    }));
                }
                _ => {}
            }
        }
    }
}

/// Returns how a value is come by again.
pub fn recipe(lazy: &Lazy) -> Option<Arc<Recipe>> {
    lazy.origin().and_then(|origin| origin.clone().downcast().ok())
}

#[cfg(test)]
mod tests {
    use windlass_core::types::Type;

    use super::*;

    #[test]
    fn a_value_from_a_long_row_of_steps_is_dropped() {
        let mut value = Value::Int(0);
        for step in 0..200_000 {
            // Every second one came in a group.
            let given = if step % 2 == 0 { value } else { Value::List(Arc::new([value].into_iter().collect())) };
            let bag = Bag::from_iter([("in", given)]);
            let place = Place::root();
            let recipe = Recipe { step, place, bag, port: "out".into(), cost_us: 0, turn: Mutex::default() };
            let origin: Arc<dyn std::any::Any + Send + Sync> = Arc::new(recipe);
            value = Value::Lazy(Arc::new(Lazy::new(blake3::hash(b"x"), Type::int(), 8, Some(origin))));
        }
        let Value::Lazy(last) = &value else { panic!("it stands for a value") };
        assert!(recipe(last).is_some_and(|recipe| recipe.step == 199_999));
        drop(value);
    }
}
