//! The pack `flow`: nodes that steer items and leave what they carry alone.
//!
//! Deliberately absent: whatever looks inside media, and how rounds of a body are run, which the engine knows.

mod ask;
mod assert;
mod batch;
mod collect;
mod constant;
mod cross;
mod delay;
mod draw;
mod each;
mod fallback;
mod filter;
mod group_by;
mod r#if;
mod join;
mod merge;
mod numbers;
mod order;
mod pairs;
mod priority;
mod probe;
mod rate_limit;
mod reduce;
mod repeat;
mod retry_until;
mod rounds;
mod running;
mod sample;
mod sample_group;
mod shared;
mod sort;
mod split_sets;
mod switch;
mod take;
mod r#try;
mod unique;
mod window;
mod zip;

use windlass_core::registry::Pack;

/// Returns the pack.
pub fn pack() -> Pack {
    Pack::new("flow")
        .kind::<ask::Ask>()
        .kind::<assert::Assert>()
        .ordered::<batch::Batch>()
        .kind::<collect::Collect>()
        .kind::<constant::Constant>()
        .kind::<cross::Cross>()
        .kind::<delay::Delay>()
        .kind::<each::Each>()
        .kind::<fallback::Fallback>()
        .kind::<filter::Filter>()
        .kind::<group_by::GroupBy>()
        .kind::<r#if::If>()
        .kind::<join::Join>()
        .kind::<merge::Merge>()
        .kind::<priority::Priority>()
        .kind::<probe::Probe>()
        .kind::<rate_limit::RateLimit>()
        .ordered::<reduce::Reduce>()
        .kind::<repeat::Repeat>()
        .kind::<retry_until::RetryUntil>()
        .ordered::<running::Running>()
        .kind::<sample::Sampling>()
        .kind::<sample_group::SampleGroup>()
        .kind::<sort::Sort>()
        .kind::<split_sets::SplitSets>()
        .kind::<switch::Switch>()
        .ordered::<take::Take>()
        .kind::<r#try::Try>()
        .ordered::<unique::Unique>()
        .ordered::<window::Window>()
        .kind::<zip::Zip>()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use windlass_core::harness::{compliance, unregistered};
    use windlass_core::registry::Registry;

    #[test]
    fn every_kind_keeps_its_promises_and_every_file_is_registered() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let _entered = runtime.enter();
        assert_eq!(compliance(&Registry::new([super::pack()]).unwrap()), [""; 0]);
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        assert_eq!(unregistered(&source).unwrap(), [""; 0]);
    }
}
