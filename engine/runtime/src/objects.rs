//! Leases on objects of the workspace, as firings hold them: looked at before each file that the firing writes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::time::Instant;
use windlass_core::context::{HeldObject, LeaseOn};
use windlass_core::key::Key;
use windlass_core::node::NodeError;
use windlass_core::plan::StepId;
use windlass_store::leases::{LOOK, Lease, LeaseError, Leases};

use crate::control::Control;

/// A firing: its step, and the key of its item.
type Firing = (StepId, Key);

/// The leases on objects that the firings of a run hold.
pub struct Objects {
    /// `None` where nobody shares anything.
    leases: Option<Arc<Leases>>,
    held: Mutex<HashMap<Firing, Vec<Weak<Object>>>>,
}

/// An object that a firing holds.
struct Object(Lease);

impl HeldObject for Object {
    fn number(&self) -> u64 {
        self.0.number()
    }

    fn check(&self) -> Result<(), NodeError> {
        self.0.check().map_err(|error| lost(&error))
    }
}

impl Objects {
    /// Returns the leases of a run whose workspace has these.
    pub fn new(leases: Option<Arc<Leases>>) -> Self {
        Self { leases, held: Mutex::default() }
    }

    /// Takes the lease on an object for a firing, whose name others are told. Who waits holds no thread.
    ///
    /// # Errors
    /// Somebody else holds it, the system refuses, or the run is being stopped.
    pub async fn take(
        &self,
        firing: Firing,
        (object, name): (&str, &str),
        patience: Duration,
        control: &Control,
    ) -> Result<LeaseOn, NodeError> {
        let Some(leases) = &self.leases else {
            let error =
                NodeError::new(format!("no lease on `{object}` can be taken: there is no workspace to share it in"));
            return Err(error.permanent());
        };
        let (end, mut taking) = (Instant::now() + patience, leases.taking(object, name));
        loop {
            if let Some(lease) = taking.take().map_err(|error| refused(&error))? {
                let object = Arc::new(Object(lease));
                self.note(firing, &object);
                return Ok(LeaseOn::new(object));
            }
            let now = Instant::now();
            if now >= end {
                return Err(refused(&taking.given_up()));
            }
            tokio::select! {
                biased;
                () = control.stopped() => return Err(NodeError::cancelled()),
                () = tokio::time::sleep(LOOK.min(end - now)) => {}
            }
        }
    }

    /// Makes sure that a firing has not lost what it holds.
    ///
    /// # Errors
    /// It has, or may have: it may write nothing.
    pub fn check(&self, step: StepId, key: &Key) -> Result<(), NodeError> {
        let held = {
            let all = self.held();
            if all.is_empty() {
                return Ok(());
            }
            all.get(&(step, key.clone())).cloned().unwrap_or_default()
        };
        held.iter().filter_map(Weak::upgrade).try_for_each(|object| object.check())
    }

    /// What was given back is forgotten, whosever it was.
    fn note(&self, firing: Firing, object: &Arc<Object>) {
        let mut held = self.held();
        held.retain(|_, objects| {
            objects.retain(|object| object.strong_count() > 0);
            !objects.is_empty()
        });
        held.entry(firing).or_default().push(Arc::downgrade(object));
    }

    fn held(&self) -> MutexGuard<'_, HashMap<Firing, Vec<Weak<Object>>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn refused(error: &LeaseError) -> NodeError {
    NodeError::because("the item cannot change what it wants to change", error)
}

fn lost(error: &LeaseError) -> NodeError {
    NodeError::because("the item may not be written any more", error)
        .hint("somebody else may have changed the same meanwhile; run it again to begin with what stands there now")
}
