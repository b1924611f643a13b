//! Holds every item back for a while.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use windlass_core::prelude::*;

/// How often a waiting firing looks whether the run is being stopped.
const LOOK: Duration = Duration::from_millis(50);

/// How long.
#[derive(Params)]
pub struct Settings {
    /// How long each item is held back: `250ms`, `30s`, `5m`.
    #[param(default = "1s")]
    duration: Duration,
}

/// What is held back.
#[derive(Inputs)]
pub struct In {
    /// Any value.
    #[port(unread, same = "T")]
    value: Value,
}

/// What was held back.
#[derive(Outputs)]
pub struct Out {
    /// The same value.
    #[port(same = "T")]
    value: Value,
}

/// `flow.delay`
pub struct Delay;

impl Node for Delay {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new("flow.delay", "Delay", "Holds each item back for a while and hands it on unchanged.")
            .search(&["wait", "sleep", "pause", "throttle"])
            .io()
            .example(EXAMPLE)
            .sample(Sample::new().param("duration", "0ms").input("value", Value::Int(1)))
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let end = Instant::now() + params.duration;
        while Instant::now() < end {
            ctx.check_cancelled()?;
            sleep_until(end.min(Instant::now() + LOOK)).await;
        }
        Ok(Out { value: inputs.value })
    }
}

const EXAMPLE: &str = r#"
numbers:
  kind: flow.constant
  params: { value: [3, 1, 4, 1, 5] }
each:
  kind: flow.each
  inputs: { values: numbers.value }
later:
  kind: flow.delay
  params: { duration: 10ms }
  inputs: { value: each.value }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;

    fn bench(duration: &str) -> Harness {
        Harness::of::<Delay>().param("duration", duration).input("value", Value::Int(4))
    }

    /// The clock stands still but for what the node waits for, so an hour passes at once.
    #[tokio::test(start_paused = true)]
    async fn the_value_comes_through_after_the_time() {
        let begun = Instant::now();
        let gave = bench("1h").fire_async().await.unwrap();
        assert_eq!(gave.get::<i64>("value"), Ok(4));
        assert_eq!(begun.elapsed().as_secs(), 3600);
    }

    #[tokio::test]
    async fn a_long_wait_ends_when_the_run_is_stopped() {
        let bench = bench("24h");
        let cancel = bench.cancel();
        let firing = tokio::spawn(async move { bench.fire_async().await.map(|_| ()) });
        cancel.cancel();
        assert!(firing.await.unwrap().is_err_and(|error| error.is_cancelled()));
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for duration in ["soon", "-1s", "99999999h", "NaNs", "1e300s"] {
            let error = bench(duration).fire().map(|_| ()).unwrap_err();
            assert!(error.to_string().contains(&format!("`{duration}` is not a duration")), "{error}");
        }
    }
}
