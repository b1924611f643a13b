//! Each rule of the engine, broken on purpose, is caught by the random graphs: as a hang, or as a wrong result.

use std::time::Duration;

use windlass_runtime::{Rule, RunOptions};

use crate::generate::generate;
use crate::observe::{Course, Tells};
use crate::trial::{Bench, Trial};
use crate::{number, observe, quiet_panics};

/// Some broken rules hang in ways that the engine itself cannot see.
const PATIENCE: Duration = Duration::from_secs(5);

/// Graphs within which each rule must be caught.
const GRAPHS: u64 = 3_000;

const RULES: [Rule; 47] = [
    Rule::JoinKeepsCredit,
    Rule::CollectKeepsCredit,
    Rule::FilterDropsSilently,
    Rule::GroupWithoutChild,
    Rule::LeaseHeldWhileSending,
    Rule::CollectReturnsOuterTokens,
    Rule::CollectKeepsInnerTokens,
    Rule::JoinDropsRepeatedEarly,
    Rule::FailureWinsOverSkip,
    Rule::WindowIgnored,
    Rule::ReplaySendsTwice,
    Rule::LeaseNotClamped,
    Rule::IncompleteIgnored,
    Rule::EndBeforeLastChild,
    Rule::MembersDroppedApart,
    Rule::OpenMarkerDropped,
    Rule::FailureWinsOverOpen,
    Rule::OpenWinsOverSkip,
    Rule::OpenMemberLeftOut,
    Rule::MergePassesOpen,
    Rule::OrderPassesOpen,
    Rule::TakeForgetsOpen,
    Rule::PhaseNotParked,
    Rule::PhaseOfOwnTarget,
    Rule::ParkedSharesWindow,
    Rule::ParkedKeepsInnerTokens,
    Rule::ParkedReturnsOuterTokens,
    Rule::ParkedOutOfOrder,
    Rule::ReplayForgetsWhatCame,
    Rule::ReplayKeepsTokens,
    Rule::OrderKeepsCredit,
    Rule::OrderIgnored,
    Rule::StateOutlivesGroup,
    Rule::BatchKeepsTokens,
    Rule::PairKeepsTokens,
    Rule::PairDropsTogether,
    Rule::FailedChildBreaksGroup,
    Rule::TakeAlwaysCuts,
    Rule::FailuresAfterEnough,
    Rule::BreaksBeforeEnough,
    Rule::RoundKeepsToken,
    Rule::RoundsOverlap,
    Rule::RoundsForget,
    Rule::FailedRoundUnnoticed,
    Rule::TogetherWithoutCredits,
    Rule::FusedForgetsFate,
    Rule::BlockForgetsSkips,
];

#[test]
fn each_broken_rule_is_caught() {
    quiet_panics();
    let missed: Vec<_> = RULES.into_iter().filter(|rule| !is_caught(*rule)).collect();
    assert!(missed.is_empty(), "nothing noticed that these rules were broken: {missed:?}");
}

/// Runs graphs until one goes wrong.
fn is_caught(rule: Rule) -> bool {
    let first = number("SEED", 1);
    let bench = Bench::new(PATIENCE);
    for seed in first..first + GRAPHS {
        let options = RunOptions { broken: Some(rule), ..observe::options() };
        let tells = if rule == Rule::BlockForgetsSkips { Tells::Sums } else { Tells::EachItem };
        if let Trial::Wrong(report) = bench.run(&generate(seed), options, Course::straight(tells)) {
            println!("{rule:?} is caught by graph {seed}:\n{report}");
            return true;
        }
    }
    false
}
