//! Lets only so many items through in a time.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use windlass_core::prelude::*;

/// How often a waiting firing looks whether the run is being stopped.
const LOOK: Duration = Duration::from_millis(50);

/// How many.
#[derive(Params)]
pub struct Settings {
    /// How many items go through in each time.
    #[param(default = 1, min = 1, max = 1000000)]
    count: u64,
    /// The time: `250ms`, `30s`, `5m`.
    #[param(default = "1s")]
    per: Duration,
}

/// What is let through.
#[derive(Inputs)]
pub struct In {
    /// Any value.
    #[port(unread, same = "T")]
    value: Value,
}

/// What was let through.
#[derive(Outputs)]
pub struct Out {
    /// The same value.
    #[port(same = "T")]
    value: Value,
}

/// `flow.rate_limit`
///
/// It remembers when the last items went through, or will.
pub struct RateLimit(Mutex<VecDeque<Instant>>);

impl Node for RateLimit {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "flow.rate_limit",
            "Rate limit",
            "Lets at most so many items through in any time of the given length, and hands them on unchanged; the first ones \
             go at once, others wait in the order in which they came. It counts all items of a run at this node, but not those \
             of other runs; what lies behind may be a little behind it, too.",
        )
        .search(&["throttle", "slow down", "per second", "quota", "requests"])
        .io()
        // An earlier run's result would let an item through without its turn.
        .reads()
        .sample(Sample::new().input("value", Value::Int(1)))
        .example(EXAMPLE)
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self(Mutex::new(VecDeque::new())))
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let turn = self.turn(Instant::now(), params.count, params.per);
        wait(turn, || ctx.check_cancelled()).await?;
        Ok(Out { value: inputs.value })
    }
}

async fn wait(turn: Instant, check_cancelled: impl Fn() -> Result<(), NodeError>) -> Result<(), NodeError> {
    while Instant::now() < turn {
        check_cancelled()?;
        sleep_until(turn.min(Instant::now() + LOOK)).await;
    }
    Ok(())
}

impl RateLimit {
    /// Takes the next turn: not before the one that lies `count` turns back is as long ago as the time is.
    fn turn(&self, now: Instant, count: u64, per: Duration) -> Instant {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while turns.len() as u64 > count {
            turns.pop_front();
        }
        let is_full = turns.len() as u64 == count;
        let free = turns.pop_front_if(|_| is_full).map_or(now, |turn| turn + per);
        // Turns are taken in order, also where the count of a wired parameter has changed.
        let turn = free.max(now).max(turns.back().copied().unwrap_or(now));
        turns.push_back(turn);
        turn
    }
}

const EXAMPLE: &str = r#"
jobs:
  kind: flow.constant
  params: { value: [1, 2, 3] }
each:
  kind: flow.each
  inputs: { values: jobs.value }
slow:
  kind: flow.rate_limit
  params: { count: 2, per: 100ms }
  inputs: { value: each.value }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;

    fn node() -> RateLimit {
        RateLimit(Mutex::new(VecDeque::new()))
    }

    #[test]
    fn no_time_of_the_length_has_more_than_the_count() {
        let (node, begun, minute) = (node(), Instant::now(), Duration::from_secs(60));
        let turns: Vec<_> = (0..7).map(|_| node.turn(begun, 3, minute).duration_since(begun).as_secs()).collect();
        assert_eq!(turns, [0, 0, 0, 60, 60, 60, 120]);
        let later = begun + Duration::from_secs(1_000);
        assert_eq!(node.turn(later, 3, minute), later, "who comes late waits for nobody");
        assert_eq!(node.turn(later + minute / 2, 3, minute), later + minute / 2);
    }

    #[test]
    fn a_count_that_changes_lets_nobody_overtake() {
        let (node, begun, minute) = (node(), Instant::now(), Duration::from_secs(60));
        let _ = [2; 4].map(|count| node.turn(begun, count, minute));
        assert_eq!(node.turn(begun, 9, minute), begun + minute);
    }

    /// The clock stands still but for what the node waits for, so an hour passes at once.
    #[tokio::test(start_paused = true)]
    async fn an_item_waits_for_its_turn() {
        let (node, begun, hour) = (node(), Instant::now(), Duration::from_secs(3_600));
        for passed in [0, 1, 2] {
            wait(node.turn(Instant::now(), 1, hour), || Ok(())).await.unwrap();
            assert_eq!(begun.elapsed(), hour * passed);
        }
        let gave = Harness::of::<RateLimit>().input("value", Value::Int(4)).fire_async().await.unwrap();
        assert_eq!(gave.get("value"), Ok(4));
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_ends_when_the_run_is_stopped() {
        let (begun, hour) = (Instant::now(), Duration::from_secs(3_600));
        let stopped = || if begun.elapsed() < hour / 2 { Ok(()) } else { Err(NodeError::cancelled()) };
        assert!(wait(begun + hour, stopped).await.is_err_and(|error| error.is_cancelled()));
        assert!(begun.elapsed() <= hour / 2 + LOOK);
    }

    #[test]
    fn what_is_no_rate_is_refused() {
        let cause = |name: &str, value: serde_json::Value| {
            let bench = Harness::of::<RateLimit>().input("value", Value::Int(1)).param(name, value);
            bench.fire().map(|_| ()).unwrap_err().to_string()
        };
        assert!(cause("count", 0.into()).starts_with("parameter `count`: expected"));
        assert!(cause("per", "soon".into()).contains("`soon` is not a duration"));
    }
}
