//! What a plan is made of.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use petgraph::graph::DiGraph;

use crate::doc::{Cache, Incomplete, OnError};
use crate::node::{ErasedNode, Statics};
use crate::permission::Permissions;
use crate::registry::Pin;
use crate::secret::Secrets;
use crate::spec::Spec;
use crate::types::Type;
use crate::value::Value;

/// Position of a step in [`Plan::steps`].
pub type StepId = usize;

/// A compiled graph. Steps stand in an order in which each follows what feeds it.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Title of the graph.
    pub name: String,
    /// File stem of the graph, `{graph}` in path templates.
    pub stem: String,
    /// Folder that relative paths of the graph are relative to.
    pub folder: PathBuf,
    /// Folder that relative paths are written under: that of the graph, or `--out`.
    pub out_folder: PathBuf,
    /// Path of the graph file, where it has one.
    pub path: Option<PathBuf>,
    /// Root of all randomness.
    pub seed: u64,
    /// The steps.
    pub steps: Vec<Step>,
    /// The same steps and wires as a graph; node weights are positions in `steps`, edge weights input positions.
    pub dag: DiGraph<StepId, usize>,
    /// What the caller gets.
    pub outputs: Vec<PlanOutput>,
    /// What sources of kinds said, for those kinds that are known only at run time: the record of what the plan means.
    pub pins: Vec<Pin>,
    /// What it takes from the environment; nothing that a run says may give it away.
    pub secrets: Secrets,
    /// What a caller may set.
    pub inputs: Vec<PlanInput>,
    /// The names of the rows that it runs under, by level; the first steps let them out.
    pub rows: Vec<Vec<String>>,
    /// What the graph asks to be allowed.
    pub permissions: Permissions,
}

/// One node in a plan.
#[derive(Clone)]
pub struct Step {
    /// Name, `outer/inner` inside subgraphs.
    pub name: String,
    /// Title for people.
    pub title: String,
    /// What its kind promises.
    pub spec: Arc<Spec>,
    /// The splits that it fires inside of, outermost first; a firing's key has as many places.
    pub scope: Vec<StepId>,
    /// Constants by parameter and port, defaults filled in, paths absolute.
    pub constants: Vec<(Arc<str>, Value)>,
    /// Those of the constants that are secrets, each with the environment variable that holds it: what identifies a
    /// firing is the name, never the value.
    pub secrets: Vec<(Arc<str>, String)>,
    /// Wires, in the order of the ports.
    pub inputs: Vec<StepInput>,
    /// How it is run.
    pub policy: StepPolicy,
    /// Static parameters.
    pub statics: Statics,
    /// The node itself, opened while planning so that a wrong expression is found before anything runs.
    pub node: Arc<dyn ErasedNode>,
    /// Type of each output port after variables are bound, in the order of the spec.
    pub output_types: Vec<Type>,
    /// The steps that it stands for, where a pass has made it of several. Their constants are its own, each as
    /// `step.parameter`.
    pub members: Vec<Arc<str>>,
    /// Constants that are the value of a graph input, each with its name.
    pub given: Vec<(Arc<str>, Arc<str>)>,
    /// How many of the outermost splits of its scope are those of a batch or a sweep.
    pub rows: usize,
    /// Whether something takes up its failures: its `error` port is wired.
    pub error_wired: bool,
    /// The part of a loop that it is.
    pub in_loop: Option<LoopPart>,
    /// How many times values on the way to it had to wait for a whole group, 0 for most steps.
    pub phase: usize,
}

/// Which part of a loop a step is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoopPart {
    /// Lets the rounds of an item out, one after the other; they are its children.
    Head {
        /// The step that gives what the last round gave, which has the name of the loop.
        result: StepId,
        /// What the end of a round hands to the next one.
        state: Vec<Arc<str>>,
    },
    /// Ends each round, and says whether another one follows.
    Round {
        /// The step that lets rounds out.
        head: StepId,
    },
    /// Gives what the last round gave.
    Result {
        /// The step that lets rounds out.
        head: StepId,
    },
}

/// One wire into a step.
#[derive(Clone, Debug)]
pub struct StepInput {
    /// Port or parameter that it feeds.
    pub name: Arc<str>,
    /// Position in a variadic port; 0 otherwise.
    pub position: usize,
    /// Whether the port is variadic, so that its values make a list.
    pub variadic: bool,
    /// The step that feeds it.
    pub from: StepId,
    /// The port that feeds it; `error` for failures.
    pub from_port: Arc<str>,
    /// The splits that the values on the wire lie inside of, outermost first.
    pub scope: Vec<StepId>,
    /// Whether a whole group is taken as a list; the innermost split of `scope` is then closed.
    pub collect: bool,
    /// Type that each value (each member, where it collects) must have.
    pub ty: Type,
    /// Where the wire enters a phase: its items wait in a spill, and give back their tokens of all levels but the
    /// first so many.
    pub parks: Option<usize>,
    /// Where what feeds the wire runs once for several rows of a batch: it is handed out again under each.
    pub replays: Option<Replays>,
}

/// How what a wire brings is handed out again under each row of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replays {
    /// How many splits of the wire's scope lie around the rows.
    pub at: usize,
    /// How many splits the rows are.
    pub levels: usize,
}

impl Step {
    /// Returns whether it lets the rounds of a loop out.
    pub fn is_loop_head(&self) -> bool {
        matches!(self.in_loop, Some(LoopPart::Head { .. }))
    }
}

impl StepInput {
    /// Returns the splits that what the step takes in lies inside of: without the one that it closes.
    pub fn scope_inside(&self) -> &[StepId] {
        &self.scope[..self.scope.len() - usize::from(self.collect && !self.scope.is_empty())]
    }

    /// Returns how many splits the values lie inside of where the wire begins: without rows that it adds.
    pub fn depth_before(&self) -> usize {
        self.scope.len() - self.replays.map_or(0, |replays| replays.levels)
    }
}

/// How a step is run, with everything filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct StepPolicy {
    /// More tries after a failed one.
    pub retries: u32,
    /// Wait before the first retry; doubles with each.
    pub backoff: Duration,
    /// The longest wait.
    pub backoff_max: Duration,
    /// Limit for each try.
    pub timeout: Option<Duration>,
    /// What a failed item does to the run.
    pub on_error: OnError,
    /// What failures in a group do to a collect.
    pub incomplete: Incomplete,
    /// Items at once; `None`: as many as the machine has cores (one for each waiting connection of an `io` kind).
    pub slots: Option<usize>,
    /// Items waiting on each input edge; `None`: as many as the kind's cost makes sensible.
    pub queue: Option<usize>,
    /// Open children of a split.
    pub window: usize,
    /// Whether results are kept.
    pub cache: Cache,
    /// `auto`, `cpu`, `cuda:0`.
    pub device: String,
    /// Skip every item.
    pub mute: bool,
}

impl Default for StepPolicy {
    fn default() -> Self {
        Self {
            retries: 0,
            backoff: Duration::from_secs(1),
            backoff_max: Duration::from_secs(60),
            timeout: None,
            on_error: OnError::Continue,
            incomplete: Incomplete::Take,
            slots: None,
            queue: None,
            window: 64,
            cache: Cache::Auto,
            device: "auto".into(),
            mute: false,
        }
    }
}

/// A value that a caller may set.
#[derive(Clone, Debug)]
pub struct PlanInput {
    /// Name.
    pub name: Arc<str>,
    /// Type.
    pub ty: Type,
}

/// A value that the caller gets.
#[derive(Clone, Debug)]
pub struct PlanOutput {
    /// Name.
    pub name: String,
    /// Where it comes from.
    pub from: OutputSource,
    /// Type of each value.
    pub ty: Type,
    /// The splits that it lies inside of; not empty: it is *many*.
    pub scope: Vec<StepId>,
}

/// Where a graph output comes from.
#[derive(Clone, Debug)]
pub enum OutputSource {
    /// A step's port.
    Port {
        /// The step.
        step: StepId,
        /// Its port.
        port: Arc<str>,
    },
    /// A graph input handed through.
    Constant {
        /// Its value.
        value: Value,
        /// Its name; `None` for the default of a used graph's input.
        input: Option<Arc<str>>,
    },
}

impl std::fmt::Debug for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Step")
            .field("name", &self.name)
            .field("kind", &self.spec.kind)
            .field("scope", &self.scope)
            .field("inputs", &self.inputs)
            .finish_non_exhaustive()
    }
}
