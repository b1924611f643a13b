//! A kind with as many places as there are servers.

use std::sync::Arc;

use windlass_core::node::{ErasedNode, Kind, Node, NodeError, Statics, kind_of};
use windlass_core::spec::Spec;
use windlass_core::value::Bag;

/// A kind of which so many items fire at once as the pool has room for.
pub struct Slots {
    kind: Arc<dyn Kind>,
    slots: usize,
}

impl Slots {
    /// Limits the kind that an author's type stands for.
    pub fn of<N: Node>(slots: usize) -> Arc<dyn Kind> {
        Arc::new(Self { kind: kind_of::<N>(), slots })
    }
}

impl Kind for Slots {
    fn spec(&self, statics: &Statics) -> Result<Spec, NodeError> {
        Ok(Spec { slots: Some(self.slots), ..self.kind.spec(statics)? })
    }

    fn open(&self, statics: &Statics) -> Result<Arc<dyn ErasedNode>, NodeError> {
        self.kind.open(statics)
    }

    fn check_params(&self, params: Bag) -> Result<(), NodeError> {
        self.kind.check_params(params)
    }
}
