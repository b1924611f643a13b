//! How a node's author says what the kind is; ports and parameters come from the node's own types.

use crate::permission::Permission;
use crate::spec::{Carry, Cost, Needs, Purity, Sample, Shape, Spec, Tolerance};

/// The part of a [`Spec`] that is written by hand.
#[derive(Clone, Debug)]
pub struct About(Spec);

impl About {
    /// Starts with the kind's name (`image.resize`), its title and what it does.
    /// The rest is a light, pure map of version 1 until said otherwise.
    pub fn new(kind: &str, title: &str, doc: &str) -> Self {
        let category = kind.split('.').next().unwrap_or_default().to_owned();
        Self(Spec {
            kind: kind.into(),
            version: 1,
            title: title.into(),
            doc: doc.into(),
            category,
            search: Vec::new(),
            purity: Purity::default(),
            shape: Shape::default(),
            cost: Cost::default(),
            needs: Needs::default(),
            permissions: Vec::new(),
            seeded: false,
            slots: None,
            counts_open: false,
            tolerates: Tolerance::default(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            params: Vec::new(),
            samples: Vec::new(),
            examples: Vec::new(),
        })
    }

    /// Sets the version, to be raised when results change.
    #[must_use]
    pub fn version(mut self, version: u32) -> Self {
        self.0.version = version;
        self
    }

    /// Adds words that find the kind.
    #[must_use]
    pub fn search(mut self, words: &[&str]) -> Self {
        self.0.search.extend(words.iter().map(|word| (*word).to_owned()));
        self
    }

    /// Says that results depend on the world.
    #[must_use]
    pub fn reads(mut self) -> Self {
        self.0.purity = Purity::Reads;
        self
    }

    /// Says that it changes the world.
    #[must_use]
    pub fn writes(mut self) -> Self {
        self.0.purity = Purity::Writes;
        self
    }

    /// Says that it computes or blocks.
    #[must_use]
    pub fn cpu(mut self) -> Self {
        self.0.cost = Cost::Cpu;
        self
    }

    /// Says that it waits for something outside.
    #[must_use]
    pub fn io(mut self) -> Self {
        self.0.cost = Cost::Io;
        self
    }

    /// Says that it runs programs: those that the permission names, or any
    /// ([`Permission::process`](crate::permission::Permission::process)).
    #[must_use]
    pub fn process(mut self, permission: Permission) -> Self {
        self.0.cost = Cost::Process;
        self.permission(permission)
    }

    /// Says that it makes many of one.
    #[must_use]
    pub fn split(mut self, replayable: bool) -> Self {
        self.0.shape = Shape::Split { replayable };
        self
    }

    /// Says that it pairs the members of groups: ports that collect leave members out each for itself.
    #[must_use]
    pub fn pair(mut self) -> Self {
        self.0.shape = Shape::Pair;
        self
    }

    /// Says that it is fed in key order; [`crate::node::Ordered`] does.
    pub(crate) fn ordered(mut self) -> Self {
        self.0.shape = Shape::Ordered;
        self
    }

    /// Says that it has a body, and is called at the end of each round of it.
    #[must_use]
    pub fn rounds(mut self, carry: Carry) -> Self {
        self.0.shape = Shape::Rounds(carry);
        self
    }

    /// Says what one firing needs.
    #[must_use]
    pub fn needs(mut self, needs: Needs) -> Self {
        self.0.needs = needs;
        self
    }

    /// Says that it has to be allowed something. What depends on static parameters is added in
    /// [`crate::node::Node::shape`].
    #[must_use]
    pub fn permission(mut self, permission: Permission) -> Self {
        self.0.permissions.push(permission);
        self
    }

    /// Says that it draws random numbers.
    #[must_use]
    pub fn seeded(mut self) -> Self {
        self.0.seeded = true;
        self
    }

    /// Limits how many items fire at once.
    #[must_use]
    pub fn slots(mut self, slots: usize) -> Self {
        self.0.slots = Some(slots);
        self
    }

    /// Says that it is fed what follows items whose fate nobody knows, for a kind that is fed in order:
    /// [`Ctx::open_before`](crate::context::Ctx::open_before) is their number.
    #[must_use]
    pub fn counts_open(mut self) -> Self {
        self.0.counts_open = true;
        self
    }

    /// Says on which markers it fires.
    #[must_use]
    pub fn tolerates(mut self, tolerance: Tolerance) -> Self {
        self.0.tolerates = tolerance;
        self
    }

    /// Adds inputs that a test may fire it with.
    #[must_use]
    pub fn sample(mut self, sample: Sample) -> Self {
        self.0.samples.push(sample);
        self
    }

    /// Adds the `nodes:` of a graph that shows the kind at work, as YAML; the reference prints it, and a test runs it in a
    /// folder that holds the samples of `graphs/`.
    #[must_use]
    pub fn example(mut self, nodes: &str) -> Self {
        self.0.examples.push(nodes.trim().to_owned());
        self
    }

    pub(crate) fn into_spec(self) -> Spec {
        self.0
    }
}

/// For kinds that are made at run time, whose ports are added by hand.
impl From<About> for Spec {
    fn from(about: About) -> Self {
        about.into_spec()
    }
}
