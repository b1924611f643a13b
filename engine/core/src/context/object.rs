//! The lease on an object of the workspace: a document, a speaker, a scene that only one firing of all runs may change at a time.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use crate::node::NodeError;

/// A lease on an object, on its way.
pub type Leasing<'a> = Pin<Box<dyn Future<Output = Result<LeaseOn, NodeError>> + Send + 'a>>;

/// What an engine grants: the right to change an object, given back when it is dropped.
pub trait HeldObject: Send + Sync {
    /// Returns the number of the lease, greater than that of each earlier one on the object.
    fn number(&self) -> u64;
    /// Comes back where the lease is still held.
    ///
    /// # Errors
    /// It was lost, or may have been.
    fn check(&self) -> Result<(), NodeError>;
}

/// The lease on an object, as a firing holds it; given back when the last copy is dropped.
#[derive(Clone)]
pub struct LeaseOn(Arc<dyn HeldObject>);

impl LeaseOn {
    /// Wraps what an engine grants.
    pub fn new(held: Arc<dyn HeldObject>) -> Self {
        Self(held)
    }

    /// Returns the number of the lease, greater than that of each earlier one on the object: who writes it beside the content
    /// can refuse what has a lower one.
    pub fn number(&self) -> u64 {
        self.0.number()
    }

    /// Makes sure that the lease is still held; to be asked before a change that [`super::Ctx::save`] does not make.
    ///
    /// # Errors
    /// It was lost, or may have been: nothing may be changed.
    pub fn check(&self) -> Result<(), NodeError> {
        self.0.check()
    }
}

impl fmt::Debug for LeaseOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LeaseOn").field(&self.number()).finish()
    }
}
