//! What a kind of node promises: static data that palette, inspector, checker and help use without running it.

use serde_json::Value as Json;

use crate::permission::Permission;
use crate::types::Type;
use crate::value::Value;

/// The output port that every kind has.
const ERROR_PORT: &str = "error";

/// Everything that is known about a kind for given static parameters.
#[derive(Clone, Debug)]
pub struct Spec {
    /// Name of the kind, `image.resize`.
    pub kind: String,
    /// Version of what it does; it counts in fingerprints.
    pub version: u32,
    /// Title for people, `Resize`.
    pub title: String,
    /// One or more sentences: what it does.
    pub doc: String,
    /// Where the palette lists it.
    pub category: String,
    /// More words that find it.
    pub search: Vec<String>,
    /// What its results depend on.
    pub purity: Purity,
    /// How many items a firing takes and gives.
    pub shape: Shape,
    /// How it uses the machine, and so where its code runs.
    pub cost: Cost,
    /// What one firing needs.
    pub needs: Needs,
    /// What it has to be allowed.
    pub permissions: Vec<Permission>,
    /// Whether it draws random numbers, so that the seed counts.
    pub seeded: bool,
    /// How many items may fire at once; `None`: as many as the machine has cores.
    pub slots: Option<usize>,
    /// Whether an ordered kind is fed what follows items whose fate nobody knows, with their number. What follows is open
    /// for all others.
    pub counts_open: bool,
    /// Which inputs let it fire although one of them was skipped or failed.
    pub tolerates: Tolerance,
    /// Input ports.
    pub inputs: Vec<PortSpec>,
    /// Output ports, without `error`, which every kind has.
    pub outputs: Vec<PortSpec>,
    /// Parameters.
    pub params: Vec<ParamSpec>,
    /// Inputs that a test may fire it with.
    pub samples: Vec<Sample>,
    /// What stands under `nodes:` in graphs that show the kind at work.
    pub examples: Vec<String>,
}

/// What the results of a kind depend on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purity {
    /// On inputs, parameters and seed alone.
    #[default]
    Pure,
    /// Also on the world: a folder, a server, the clock.
    Reads,
    /// It changes the world.
    Writes,
}

/// How many items a firing takes and gives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// One item in, one out. A node whose ports collect is a map over groups.
    #[default]
    Map,
    /// One item in, many out.
    Split {
        /// Whether firing again gives the same children again, so that they may leave before the firing has ended.
        replayable: bool,
    },
    /// Whole groups in, side by side, many out; firing again gives the same children again. Ports that collect leave
    /// members out each for itself.
    Pair,
    /// One item after the other, in key order, with a state that begins anew in each group.
    Ordered,
    /// One item in, one out, by rounds of a body. The kind's code is called at the end of each round, with the outputs of
    /// the body; what it gives on [`crate::node::AGAIN`] says whether another round follows.
    Rounds(Carry),
}

/// What a round of a body begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carry {
    /// What stands under equal names in the body's inputs and outputs comes from the round before.
    State,
    /// The same as the round before.
    Nothing,
}

/// How a kind uses the machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cost {
    /// Microseconds: runs where its inputs are joined, never waits.
    #[default]
    Light,
    /// Computes, or blocks: runs on the compute pool.
    Cpu,
    /// Waits for something outside: asynchronous, takes no core.
    Io,
    /// Runs a program and waits for it: the program takes a core, and is killed when the firing ends.
    Process,
}

/// What one firing needs beyond its inputs; all is granted at once or waited for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Processor cores; 0 is counted as 1 for a kind that computes.
    pub cores: u32,
    /// Memory in bytes.
    pub memory_bytes: u64,
    /// Whether it runs on the device that the policy names.
    pub device: bool,
}

/// Which markers a node fires on instead of being skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tolerance {
    /// None: a skipped or failed input skips the firing.
    #[default]
    Nothing,
    /// Skips: fires if any input has a value (`flow.merge`). A failure counts only where no input has a value.
    Skips,
    /// Skips and failures: fires if any input has a value, and failures before it count as handled (`flow.fallback`).
    Failures,
    /// Failures alone, which count as handled: the code gets the first one as the input `failure`.
    AsInput,
}

/// A port.
#[derive(Clone, Debug)]
pub struct PortSpec {
    /// Name, unique among the kind's inputs and parameters, or among its outputs.
    pub name: String,
    /// One sentence for help and inspector.
    pub doc: String,
    /// Type; `list<T>` for a collecting port, `T` for each reference of a variadic one.
    pub ty: Type,
    /// Input: need not be wired. The value is then absent.
    pub optional: bool,
    /// Input: a constant in `params` may stand for a wire.
    pub constant: bool,
    /// Input: takes a whole group in key order and closes its scope.
    pub collect: bool,
    /// Input: takes a list of references, in order.
    pub variadic: bool,
    /// Input: the code hands the value on and does not look at it.
    pub unread: bool,
    /// Output: one value for each child of a split.
    pub many: bool,
    /// Output of an ordered kind: one value for a whole group, after its last item, in the scope around it.
    pub at_end: bool,
}

impl PortSpec {
    /// Returns a plain port.
    pub fn new(name: impl Into<String>, ty: Type, doc: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            doc: doc.into(),
            ty,
            optional: false,
            constant: false,
            collect: false,
            variadic: false,
            unread: false,
            many: false,
            at_end: false,
        }
    }
}

/// A parameter.
#[derive(Clone, Debug)]
pub struct ParamSpec {
    /// Name, unique among the kind's inputs and parameters.
    pub name: String,
    /// One or more sentences for help and inspector.
    pub doc: String,
    /// Type.
    pub ty: Type,
    /// Value where the graph gives none; `None`: the graph must give one.
    pub default: Option<Json>,
    /// Shapes the node, so it is set once for a run: by a constant or a graph input.
    pub is_static: bool,
    /// A path template: its placeholders are filled in for each item, unknown ones become ports.
    pub is_path_template: bool,
    /// Unit for people: `px`, `dB`; empty where there is none.
    pub unit: String,
}

/// One firing that a test can do.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    /// Parameters that differ from the default.
    pub params: Vec<(String, Json)>,
    /// Inputs by port.
    pub inputs: Vec<(String, Value)>,
}

impl Sample {
    /// Returns a sample with defaults and no inputs.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a parameter.
    #[must_use]
    pub fn param(mut self, name: &str, value: impl Into<Json>) -> Self {
        self.params.push((name.to_owned(), value.into()));
        self
    }

    /// Sets an input.
    #[must_use]
    pub fn input(mut self, name: &str, value: Value) -> Self {
        self.inputs.push((name.to_owned(), value));
        self
    }
}

impl Spec {
    /// Returns the input port of that name.
    pub fn input(&self, name: &str) -> Option<&PortSpec> {
        self.inputs.iter().find(|port| port.name == name)
    }

    /// Returns the output port of that name; not `error`.
    pub fn output(&self, name: &str) -> Option<&PortSpec> {
        self.outputs.iter().find(|port| port.name == name)
    }

    /// Returns the parameter of that name.
    pub fn param(&self, name: &str) -> Option<&ParamSpec> {
        self.params.iter().find(|param| param.name == name)
    }

    /// Returns what rounds begin with, for a kind that has a body.
    pub fn rounds(&self) -> Option<Carry> {
        match self.shape {
            Shape::Rounds(carry) => Some(carry),
            Shape::Map | Shape::Split { .. } | Shape::Ordered | Shape::Pair => None,
        }
    }

    /// Returns whether each firing opens a group of its own.
    pub fn is_split(&self) -> bool {
        matches!(self.shape, Shape::Split { .. } | Shape::Pair)
    }

    /// Returns whether it pairs the members of groups that lie side by side.
    pub fn is_pairing(&self) -> bool {
        self.shape == Shape::Pair
    }

    /// Returns whether it is fed in key order, with a state of its own in each group.
    pub fn is_ordered(&self) -> bool {
        self.shape == Shape::Ordered
    }

    /// Returns whether values of some ports lie in a scope of its own.
    pub fn opens_scope(&self) -> bool {
        self.outputs.iter().any(|port| port.many)
    }

    /// Returns whether an ordered kind fires once more when a group has ended.
    pub fn fires_at_end(&self) -> bool {
        self.is_ordered() && self.outputs.iter().any(|port| port.many || port.at_end)
    }

    /// Returns whether values of an output port wait for a whole group, as those of a node whose input collects do: an
    /// ordered kind gives some at the end, and whether a split fails is known once its last child is out.
    pub fn waits_for_group(&self, output: &str) -> bool {
        let at_end = self.output(output).is_some_and(|port| port.at_end);
        at_end || (self.is_split() && output == ERROR_PORT)
    }
}
