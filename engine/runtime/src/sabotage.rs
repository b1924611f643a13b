//! Rules that a test may break on purpose, to see that breaking them is noticed.
//!
//! Without the feature `sabotage` no rule can be broken, and the checks vanish from the program.

/// A rule of the engine, named by how it is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// A join keeps the credits of what it parks.
    JoinKeepsCredit,
    /// A collect keeps the credits of what it waits with.
    CollectKeepsCredit,
    /// A filter drops its item without a marker.
    FilterDropsSilently,
    /// The window may leave an open group without a child.
    GroupWithoutChild,
    /// A lease is held while its results wait to be sent.
    LeaseHeldWhileSending,
    /// A collect gives back the tokens of the scopes around its group.
    CollectReturnsOuterTokens,
    /// A collect keeps the tokens of what it waits with.
    CollectKeepsInnerTokens,
    /// A join lets a repeated value go after its first use.
    JoinDropsRepeatedEarly,
    /// A failure wins over a skip in a join.
    FailureWinsOverSkip,
    /// A split admits children beyond its window.
    WindowIgnored,
    /// A split that fires again sends its first children a second time.
    ReplaySendsTwice,
    /// A request larger than the machine is not clamped.
    LeaseNotClamped,
    /// `incomplete: fail` is ignored.
    IncompleteIgnored,
    /// The end of a group leaves before its last child, and does not count it.
    EndBeforeLastChild,
    /// The collecting ports of a node drop members apart from each other.
    MembersDroppedApart,
    /// An open marker is dropped.
    OpenMarkerDropped,
    /// A failure wins over an open marker in a join.
    FailureWinsOverOpen,
    /// An open marker wins over a skip in a join.
    OpenWinsOverSkip,
    /// A collect leaves open members out, as if they were skipped.
    OpenMemberLeftOut,
    /// A merge takes a value although an open input stands before it.
    MergePassesOpen,
    /// What follows an open item of an ordered step is fed to its node.
    OrderPassesOpen,
    /// A take does not count open items as possible values.
    TakeForgetsOpen,
    /// A wire that enters a phase does not park.
    PhaseNotParked,
    /// A wire that enters a phase counts only the values that its own target waits for.
    PhaseOfOwnTarget,
    /// What is parked comes out under the windows that it came through.
    ParkedSharesWindow,
    /// What is parked keeps its tokens.
    ParkedKeepsInnerTokens,
    /// What is parked gives its outer tokens back too.
    ParkedReturnsOuterTokens,
    /// What is parked comes out in any order.
    ParkedOutOfOrder,
    /// What runs once is not handed out under rows that open after it came.
    ReplayForgetsWhatCame,
    /// What is kept for all rows keeps the tokens of its own levels.
    ReplayKeepsTokens,
    /// An ordered step keeps the credits of what waits for its turn.
    OrderKeepsCredit,
    /// An ordered step is fed its items as they come.
    OrderIgnored,
    /// The state of an ordered step does not begin anew in each group.
    StateOutlivesGroup,
    /// A batch keeps the tokens of what it was fed.
    BatchKeepsTokens,
    /// A pairing keeps the tokens of what it waits with.
    PairKeepsTokens,
    /// The sides of a pairing drop members together.
    PairDropsTogether,
    /// A child that cannot be had breaks its group.
    FailedChildBreaksGroup,
    /// A take always ends its group.
    TakeAlwaysCuts,
    /// Failures that come after a take has enough stay failures.
    FailuresAfterEnough,
    /// A group that breaks off is broken, although a take may still find that it has enough.
    BreaksBeforeEnough,
    /// A loop keeps the token of a round while the next one waits to be let out.
    RoundKeepsToken,
    /// A loop lets the next round out while the one before it is still open.
    RoundsOverlap,
    /// Each round of a loop begins with what the first one began with.
    RoundsForget,
    /// A round that failed ends no loop.
    FailedRoundUnnoticed,
    /// Messages that came together do not give their credits back.
    TogetherWithoutCredits,
    /// Where light steps are fused, one in their midst gives no fate to an item that it only hands on.
    FusedForgetsFate,
    /// Where siblings go through light steps together, those that are skipped are forgotten.
    BlockForgetsSkips,
}

/// The rule that this run breaks, if any.
#[derive(Clone, Copy, Debug, Default)]
pub struct Broken {
    #[cfg(feature = "sabotage")]
    rule: Option<Rule>,
}

impl Broken {
    /// Returns a run that breaks a rule.
    #[cfg(feature = "sabotage")]
    pub fn new(rule: Option<Rule>) -> Self {
        Self { rule }
    }

    /// Returns whether a rule is broken in this run.
    #[cfg(feature = "sabotage")]
    pub fn is(self, rule: Rule) -> bool {
        self.rule == Some(rule)
    }

    /// Returns `false`: no rule is broken.
    #[cfg(not(feature = "sabotage"))]
    pub fn is(self, _: Rule) -> bool {
        false
    }
}
