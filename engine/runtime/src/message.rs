//! What travels on edges.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use windlass_core::key::{Key, Place};
use windlass_core::plan::StepId;
use windlass_core::value::Failure;

use crate::credits::{Permit, Token};
use crate::memory::Parcel;

/// One message on an edge.
pub struct Message {
    /// The item, or for an end the group.
    pub place: Arc<Place>,
    /// The open child that the item or group belongs to.
    pub token: Option<Arc<Token>>,
    /// What it says.
    pub body: Body,
    /// The room that it takes on the edge; ends take none.
    pub credit: Option<Permit>,
}

impl Message {
    /// Returns the bytes that are counted for what it brings; 0 for small values and what is none.
    pub fn counted_bytes(&self) -> u64 {
        if let Body::Value(parcel) = &self.body { parcel.counted_bytes() } else { 0 }
    }
}

/// What a message says.
#[derive(Clone)]
pub enum Body {
    /// The item has this value.
    Value(Parcel),
    /// The item will have no value.
    Marker(Marker),
    /// The group has this many children.
    End {
        /// Number of children that were sent.
        count: u64,
        /// Why there are none, or fewer than there should be.
        cause: Option<Marker>,
    },
}

/// Why an item has no value.
#[derive(Clone)]
pub enum Marker {
    /// It was filtered, or its branch was not taken.
    Skip(Arc<str>),
    /// It failed, here or further up.
    Failure(Arc<Failed>),
    /// Nobody knows yet: it depends on a question that was not answered.
    Open(Arc<str>),
}

/// A failed item, as all its markers share it.
pub struct Failed {
    /// The step that failed.
    pub step: StepId,
    /// Key of the item.
    pub key: Key,
    /// What is known about it.
    pub failure: Arc<Failure>,
    handled: AtomicBool,
}

impl Failed {
    /// Makes the marker's content; `handled` says that its `error` port is wired.
    pub fn new(step: StepId, key: Key, failure: Arc<Failure>, handled: bool) -> Arc<Self> {
        Arc::new(Self { step, key, failure, handled: AtomicBool::new(handled) })
    }

    /// Takes the failure up; returns whether nobody had done so before.
    pub fn take_up(&self) -> bool {
        !self.handled.swap(true, Ordering::AcqRel)
    }
}

impl Marker {
    /// Returns the reason in words, for an item that is skipped because of it.
    pub fn reason(&self) -> String {
        match self {
            Self::Skip(reason) | Self::Open(reason) => reason.to_string(),
            Self::Failure(failed) => format!("`{}` failed", failed.failure.step),
        }
    }
}
