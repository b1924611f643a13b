//! Values that are not there: read where they are kept, else computed again, what that needs first, each under its own lease.

use std::iter;
use std::pin::Pin;
use std::sync::Arc;

use tokio::task::JoinSet;
use windlass_core::node::{NodeError, Outcome, take_outcome};
use windlass_core::plan::Step;
use windlass_core::value::{Bag, Lazy, List, Member, Value};

use super::recipe::{Recipe, recipe};
use crate::compute::{self, Done, Terms};
use crate::lease::Share;
use crate::shared::Shared;
use crate::worker::{Firing, FiringResult, Retry, Worker};

/// Returns whether the code of a step has to wait before it can read a value.
pub fn is_away(step: &Step, name: &str, value: &Value) -> bool {
    let is_unread = || step.spec.input(name).is_some_and(|port| port.unread);
    match value {
        Value::Lazy(lazy) => !matches!(lazy.there(), Some(Member::Ready(_))) && !is_unread(),
        Value::List(list) => !is_unread() && gone(list).next().is_some(),
        _ => false,
    }
}

/// Returns a bag in which the code of a step finds values as they are, as far as they are in memory.
pub fn opened(step: &Step, mut bag: Bag) -> Bag {
    let lazy = bag.iter().filter_map(|(name, value)| Some((name.to_owned(), opened_value(step, name, value)?)));
    for (name, value) in lazy.collect::<Vec<_>>() {
        bag.set(name.as_str(), value);
    }
    bag
}

/// Returns a value as it is where it came with what stands for it, is in memory, and is looked at.
pub fn opened_value(step: &Step, name: &str, value: &Value) -> Option<Value> {
    let Value::Lazy(lazy) = value else { return None };
    let is_unread = step.spec.input(name).is_some_and(|port| port.unread);
    match lazy.there().filter(|_| !is_unread) {
        Some(Member::Ready(value)) => Some(value),
        _ => None,
    }
}

/// Puts what the code of a step is given to where it can read it.
///
/// # Errors
/// A value can neither be read nor computed again; or the run is being stopped.
pub async fn ready(shared: &Arc<Shared>, step: &Step, bag: &mut Bag) -> Result<(), NodeError> {
    let lazy: Vec<_> = bag.iter().filter(|(_, value)| matches!(value, Value::Lazy(_) | Value::List(_))).collect();
    let lazy: Vec<_> = lazy.into_iter().map(|(name, value)| (name.to_owned(), value.clone())).collect();
    for (name, value) in lazy {
        if step.spec.input(&name).is_some_and(|port| port.unread) {
            continue;
        }
        match value {
            Value::Lazy(lazy) => bag.set(name.as_str(), have(shared, &lazy).await?),
            Value::List(list) => {
                for lazy in gone(&list) {
                    be_there(shared, lazy).await?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Returns the members of a list that are not there, and those of the lists in it.
fn gone(list: &List) -> Box<dyn Iterator<Item = &Arc<Lazy>> + Send + '_> {
    Box::new(list.members().iter().flat_map(|member| match member {
        Member::Ready(Value::Lazy(lazy)) => gone_one(lazy),
        Member::Ready(Value::List(list)) => gone(list),
        Member::Ready(_) => Box::new(iter::empty()),
        Member::Held(held) => held.lazy().map_or_else(|| Box::new(iter::empty()) as _, gone_one),
    }))
}

fn gone_one(lazy: &Arc<Lazy>) -> Box<dyn Iterator<Item = &Arc<Lazy>> + Send + '_> {
    Box::new(lazy.there().is_none().then_some(lazy).into_iter())
}

/// Returns a value, read or computed again.
async fn have(shared: &Arc<Shared>, lazy: &Arc<Lazy>) -> Result<Value, NodeError> {
    match lazy.there() {
        Some(Member::Ready(value)) => Ok(value),
        Some(there) => match off_the_actors(shared, move || there.read()).await {
            Err(error) if !error.is_cancelled() && recipe(lazy).is_some() => again(shared, lazy).await,
            read => read,
        },
        None => again(shared, lazy).await,
    }
}

/// Brings a member of a list to where it can be read; it waits there like any collected value.
async fn be_there(shared: &Arc<Shared>, lazy: &Arc<Lazy>) -> Result<(), NodeError> {
    let value = again(shared, lazy).await?;
    let (lazy, keeper) = (lazy.clone(), shared.clone());
    let put = move || {
        let member = keeper.keeper.in_memory(&value).unwrap_or_else(|| keeper.keeper.on_disk(value));
        lazy.put(member);
        Ok(())
    };
    off_the_actors(shared, put).await
}

/// Computes a value again. Where several want it, it is computed once, and waits in memory for those that are on their way.
async fn again(shared: &Arc<Shared>, lazy: &Arc<Lazy>) -> Result<Value, NodeError> {
    let Some(recipe) = recipe(lazy) else {
        return Err(NodeError::new(format!("`{}` is not kept any more", lazy.type_of())).permanent());
    };
    let _turn = recipe.turn.lock().await;
    if let Some(Ok(value)) = lazy.there().map(|there| there.read()) {
        return Ok(value);
    }
    let value = fire_again(shared, recipe.clone()).await?;
    lazy.put(shared.memory.hold(value.clone()));
    Ok(value)
}

/// What a firing needs may have to be computed again, too, and what that needs, through as many steps as there are: hence the task,
/// which has a stack of its own.
fn fire_again(
    shared: &Arc<Shared>,
    recipe: Arc<Recipe>,
) -> Pin<Box<dyn Future<Output = Result<Value, NodeError>> + Send + '_>> {
    let firing = fired_again(shared.clone(), recipe);
    Box::pin(async move {
        // Whoever does not wait any more takes the task away, too.
        let mut task = JoinSet::new();
        task.spawn_on(firing, &shared.handle);
        match task.join_next().await {
            Some(Ok(fired)) => fired,
            Some(Err(error)) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Some(Err(_)) | None => Err(NodeError::cancelled()),
        }
    })
}

async fn fired_again(shared: Arc<Shared>, recipe: Arc<Recipe>) -> Result<Value, NodeError> {
    let shared = &shared;
    let worker = Worker::alone(shared, recipe.step);
    let firing = Firing::again(recipe.step, recipe.place.clone(), Retry::first(recipe.bag.clone()));
    let name = &shared.plan.steps[recipe.step].name;
    match worker.fire(firing, None).await.result {
        FiringResult::Gave(mut gave) => match take_outcome(&mut gave.emission.ports, &recipe.port) {
            Outcome::Value(Value::Lazy(inner)) => have(shared, &inner).await,
            Outcome::Value(value) => Ok(value),
            Outcome::Skip(reason) => Err(differs(name, &reason)),
        },
        FiringResult::Failed(error) => Err(error.within(format!("`{name}` cannot give again what it gave before"))),
        FiringResult::Open | FiringResult::Unknown => Err(NodeError::cancelled()),
        FiringResult::Asks(..) => Err(differs(name, "it asks a person")),
    }
}

fn differs(step: &str, how: &str) -> NodeError {
    let error = NodeError::new(format!("`{step}` does not give again what it gave before: {how}"));
    error.hint("its kind is said to be pure; `cache: always` in its policy keeps what it gives").permanent()
}

/// Does something that may block, where no actor waits for it.
async fn off_the_actors<T: Send + 'static>(
    shared: &Arc<Shared>,
    job: impl FnOnce() -> Result<T, NodeError> + Send + 'static,
) -> Result<T, NodeError> {
    let terms = Terms { share: Share::default(), depth: 0, timeout: None, is_under_way: true };
    match compute::run(shared, terms, |_| job()).await {
        Done::Came { result, .. } => result,
        Done::Late { .. } | Done::Withdrawn => Err(NodeError::cancelled()),
    }
}
