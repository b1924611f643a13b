//! The ordered events of a run, and the one fold of them that bars, window and replay are drawn from.

mod fold;
mod hide;
mod rows;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::service::ServiceState;

pub use fold::{RunState, StepState};
pub use rows::RowState;

/// Version of the schema of events; raised when a reader of the old one would go wrong.
pub const EVENTS_VERSION: u32 = 1;

/// One event of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// Place in the run's order, counted from 0 without gaps; a process that goes on with a run counts anew.
    pub seq: u64,
    /// Milliseconds since the run began.
    pub at_ms: u64,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum What {
    /// The run began, or a process begins to go on with it: it tells all of the run anew.
    RunStarted {
        /// Version of the schema of events.
        version: u32,
        /// Name of the run.
        run: String,
        /// Title of the graph.
        graph: String,
        /// Wall clock, milliseconds since 1970-01-01 UTC.
        unix_ms: u64,
        /// Root of all randomness.
        seed: u64,
        /// The steps, in an order in which each follows what feeds it.
        steps: Vec<StepInfo>,
    },
    /// A step has all inputs of an item together.
    Admitted {
        /// Step.
        step: usize,
        /// Key of the item.
        key: String,
    },
    /// A try of a firing began.
    Firing {
        /// Step.
        step: usize,
        /// Key of the item.
        key: String,
        /// Stable name of the item.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        name: String,
        /// Which try, counted from 1.
        attempt: u32,
    },
    /// What a firing came to before was found, and its code is not called.
    Recalled {
        /// Step.
        step: usize,
        /// Key of the item.
        key: String,
    },
    /// What a firing gave before is computed again, because it was not kept and somebody needs it.
    Recomputing {
        /// Step.
        step: usize,
        /// Key of the item.
        key: String,
    },
    /// A try failed and another one follows.
    Retrying {
        /// Step.
        step: usize,
        /// Key of the item.
        key: String,
        /// The try that failed, counted from 1.
        attempt: u32,
        /// Why.
        cause: String,
        /// Wait before the next one, in milliseconds.
        wait_ms: u64,
    },
    /// The code of a split came back with children, or with where to ask for them; they are let out as there is room.
    Splitting {
        /// The split.
        step: usize,
        /// Key of the group.
        key: String,
        /// How long the code ran, in milliseconds.
        took_ms: f64,
    },
    /// An item is left without a fate: its firing came back while the run is being stopped, or it depends on a question
    /// that nobody answered.
    LeftOpen {
        /// Step.
        step: usize,
        /// Key of the item.
        key: String,
    },
    /// A firing waits for the answer of a person; it has given its slot and its lease back.
    Asked {
        /// Step.
        step: usize,
        /// Key of the item.
        key: String,
        /// Stable name of the item.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        name: String,
        /// What it asks.
        question: String,
        /// Type of the answer, as graphs write it.
        answers: String,
    },
    /// A question was answered, and its firing goes on.
    Answered {
        /// Step.
        step: usize,
        /// Key of the item.
        key: String,
    },
    /// An item left a step.
    Done {
        /// Step.
        step: usize,
        /// Key of the item.
        key: String,
        /// Stable name of the item.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        name: String,
        /// How it left.
        fate: Fate,
        /// Time of the last try in milliseconds; absent where the node's code did not run, and for splits, whose
        /// time `splitting` tells. What is saved in the job of the step before it is told without its wait for the disk.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        took_ms: Option<f64>,
    },
    /// Items went through a light step, told together where nobody wants to be told of each. Those that failed are told
    /// by themselves too, with their fate, and counted here among the admitted ones alone.
    Counted {
        /// Step.
        step: usize,
        /// Items whose inputs came together.
        admitted: u64,
        /// Items that left with a value.
        emitted: u64,
        /// Items that left without one.
        skipped: u64,
        /// How long the code ran for them, in milliseconds.
        took_ms: f64,
    },
    /// A failure was taken up, by an `error` port or a `flow.fallback`.
    Handled {
        /// The step that failed.
        step: usize,
        /// Key of the item.
        key: String,
    },
    /// A split expects so many children in a group, before it has let them out.
    Expecting {
        /// The split.
        step: usize,
        /// Key of the group.
        key: String,
        /// Number of children that are expected.
        count: u64,
    },
    /// A split knows how many children a group has.
    Group {
        /// The split.
        step: usize,
        /// Key of the group.
        key: String,
        /// Number of its children.
        count: u64,
        /// Why there are none, or fewer than there should be.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cause: Option<String>,
    },
    /// A collect took a group whose failures it left out.
    Incomplete {
        /// The collect.
        step: usize,
        /// Key of the group.
        key: String,
        /// Members taken.
        taken: u64,
        /// Members that had failed.
        failed: u64,
    },
    /// A firing said how far it is.
    Progress {
        /// Step.
        step: usize,
        /// Key of the item.
        key: String,
        /// Share done, 0.0 to 1.0.
        share: f32,
    },
    /// A firing wrote a line to its item's log.
    Log {
        /// Step.
        step: usize,
        /// Key of the item.
        key: String,
        /// The line.
        line: String,
    },
    /// A file was to be written.
    Saved {
        /// Step.
        step: usize,
        /// Key of the item.
        key: String,
        /// Where the file stands.
        path: String,
        /// What happened to it: `written`, `unchanged`, `skipped`.
        outcome: String,
    },
    /// A graph output has a value.
    Output {
        /// Name of the output.
        name: String,
        /// Key of the item.
        key: String,
        /// The value: JSON as it is, media in a few words.
        value: serde_json::Value,
    },
    /// Code that did not come back in time was left behind; its thread was replaced.
    Abandoned {
        /// Step.
        step: usize,
        /// Key of the item.
        key: String,
        /// Threads left behind in this run so far.
        threads: u64,
    },
    /// Nothing new is started until further notice.
    Paused {
        /// Why.
        cause: String,
    },
    /// The run goes on.
    Resumed,
    /// The run is coming to an end before its time; firings under way finish.
    Stopping {
        /// Why.
        cause: String,
    },
    /// Kinds that are known only at run time are taken as their source described them when the plan was made.
    Pinned {
        /// The source: `comfy.nodes`.
        source: String,
        /// Hash of its listing.
        hash: String,
    },
    /// A service that nodes use is in another state than before.
    Service {
        /// The state.
        #[serde(flatten)]
        service: ServiceState,
    },
    /// Something that whoever runs the graph should know.
    Warning {
        /// What.
        text: String,
    },
    /// A step has seen all its items.
    StepFinished {
        /// Step.
        step: usize,
    },
    /// The run ended.
    RunFinished {
        /// How.
        outcome: Outcome,
        /// Why, where it did not simply come to its end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cause: Option<String>,
    },
}

/// A step as events know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StepInfo {
    /// Name, `outer/inner` inside subgraphs.
    pub name: String,
    /// Title for people.
    pub title: String,
    /// Kind.
    pub kind: String,
    /// The splits that it fires inside of, outermost first.
    pub scope: Vec<usize>,
    /// The names of the rows that it lets out, where it is a batch or a sweep.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<String>,
    /// The nodes that it stands for, where it was made of several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<String>,
}

/// How an item left a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "fate", rename_all = "snake_case")]
pub enum Fate {
    /// With a value on a port.
    Emitted,
    /// Without one.
    Skipped {
        /// Why.
        reason: String,
    },
    /// With an error.
    Failed {
        /// What went wrong, outermost first.
        causes: Vec<String>,
        /// What to do.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hint: Option<String>,
        /// Number of tries.
        attempts: u32,
    },
}

impl Outcome {
    /// Returns how the run ended, in words that follow its name: `finished`.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Waiting => "waits for answers",
            Self::Interrupted => "interrupted",
            Self::Stopped => "stopped at a failed item",
            Self::DiskFull => "ended because the disk was full",
            Self::NotKept => "ended because nothing could be kept",
            Self::Bug => "ended by a bug of windlass",
        }
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// All items have their fate.
    Finished,
    /// All but those that depend on a question which nobody answered.
    Waiting,
    /// Stopped before that, by a person.
    Interrupted,
    /// Stopped before that, by a failed item under `on_error: stop` or `--fail-fast`.
    Stopped,
    /// Stopped before that, because the disk is full.
    DiskFull,
    /// Stopped before that, because what happened could not be kept.
    NotKept,
    /// Stopped before that, by a bug of ours.
    Bug,
}
