//! The flag that long code looks at: whether its firing should come to an end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Set when the firing should come to an end.
#[derive(Clone, Debug, Default)]
pub struct Cancel {
    own: Arc<AtomicBool>,
    around: Option<Arc<AtomicBool>>,
}

impl Cancel {
    /// Asks for an end.
    pub fn cancel(&self) {
        self.own.store(true, Ordering::Release);
    }

    /// Returns one that is also set when this one is.
    #[must_use]
    pub fn inner(&self) -> Self {
        Self { own: Arc::default(), around: Some(self.own.clone()) }
    }

    /// Returns whether an end was asked for.
    pub fn is_cancelled(&self) -> bool {
        self.own.load(Ordering::Acquire) || self.around.as_ref().is_some_and(|around| around.load(Ordering::Acquire))
    }
}
