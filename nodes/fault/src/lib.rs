//! The fault kit: nodes that misbehave on purpose, and plain ones whose results a test can foretell.
//!
//! Every value is a small whole number made by [`numbers::mix`]. Deliberately absent: anything that a graph of a
//! person would use; the command line does not know this pack.

mod children;
pub mod numbers;
mod tries;

mod add;
mod ask;
mod compute;
mod crash;
mod fallback;
mod filter;
mod flood;
mod gather;
mod hang;
mod hold;
mod join;
mod lease;
mod light;
mod merge;
mod next;
mod pair;
mod panic;
mod program;
mod rescue;
mod say;
mod silent;
mod split;
mod split_whole;
mod stall;
mod stream;
mod sum;
mod sums;
mod swell;
mod switch;
mod tally;
mod tell;
mod wait;
mod weigh;

use windlass_core::prelude::Pack;

/// Returns the pack.
pub fn pack() -> Pack {
    Pack::new("fault")
        .kind::<add::Add>()
        .kind::<ask::Ask>()
        .kind::<compute::Compute>()
        .kind::<crash::Crash>()
        .kind::<fallback::Fallback>()
        .kind::<filter::Filter>()
        .kind::<flood::Flood>()
        .kind::<gather::Gather>()
        .kind::<hang::Hang>()
        .kind::<hold::Hold>()
        .kind::<join::Join>()
        .kind::<lease::Lease>()
        .kind::<light::Light>()
        .kind::<merge::Merge>()
        .kind::<next::Next>()
        .kind::<pair::Pair>()
        .kind::<panic::Panic>()
        .kind::<program::Program>()
        .kind::<rescue::Rescue>()
        .kind::<say::Say>()
        .kind::<silent::Silent>()
        .kind::<split::Split>()
        .kind::<split_whole::SplitWhole>()
        .kind::<stall::Stall>()
        .kind::<stream::Stream>()
        .kind::<sum::Sum>()
        .kind::<sums::Sums>()
        .kind::<swell::Swell>()
        .kind::<switch::Switch>()
        .ordered::<tally::Tally>()
        .kind::<tell::Tell>()
        .kind::<wait::Wait>()
        .kind::<weigh::Weigh>()
}
