//! The pack `flow`: nodes that steer items and leave what they carry alone.
//!
//! Deliberately absent: whatever looks inside media, and how rounds of a body are run, which the engine knows.

mod ask;
mod batch;
mod collect;
mod constant;
mod cross;
mod delay;
mod each;
mod fallback;
mod filter;
mod r#if;
mod join;
mod merge;
mod pairs;
mod probe;
mod reduce;
mod repeat;
mod retry_until;
mod rounds;
mod running;
mod shared;
mod switch;
mod take;
mod r#try;
mod unique;
mod zip;

use windlass_core::registry::Pack;

/// Returns the pack.
pub fn pack() -> Pack {
    Pack::new("flow")
        .kind::<ask::Ask>()
        .ordered::<batch::Batch>()
        .kind::<collect::Collect>()
        .kind::<constant::Constant>()
        .kind::<cross::Cross>()
        .kind::<delay::Delay>()
        .kind::<each::Each>()
        .kind::<fallback::Fallback>()
        .kind::<filter::Filter>()
        .kind::<r#if::If>()
        .kind::<join::Join>()
        .kind::<merge::Merge>()
        .kind::<probe::Probe>()
        .ordered::<reduce::Reduce>()
        .kind::<repeat::Repeat>()
        .kind::<retry_until::RetryUntil>()
        .ordered::<running::Running>()
        .kind::<switch::Switch>()
        .ordered::<take::Take>()
        .kind::<r#try::Try>()
        .ordered::<unique::Unique>()
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
