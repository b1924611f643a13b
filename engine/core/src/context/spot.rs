//! The item that a firing is for: its place, made when somebody asks where many items go through a step together.

use std::sync::{Arc, OnceLock};

use crate::key::Place;

/// The item that a firing is for.
#[derive(Clone)]
pub(super) enum Spot {
    /// One by itself.
    Known(Arc<Place>),
    /// A child without a name of its own. Most code never asks where its item stands.
    Child { group: Arc<Place>, index: u64, place: OnceLock<Arc<Place>> },
}

impl Spot {
    /// Returns the child of a group, whose place is made when somebody asks.
    pub fn child(group: Arc<Place>, index: u64) -> Self {
        Self::Child { group, index, place: OnceLock::new() }
    }

    /// Returns the place.
    pub fn place(&self) -> &Arc<Place> {
        match self {
            Self::Known(place) => place,
            Self::Child { group, index, place } => place.get_or_init(|| group.child(*index, None)),
        }
    }

    /// Makes it another child of the same group.
    #[inline]
    pub fn go_to(&mut self, to: u64) {
        if let Self::Child { index, place, .. } = self {
            *index = to;
            place.take();
        }
    }

    /// Makes it another item, and gives back the place that it had.
    pub fn swap(&mut self, place: &mut Arc<Place>) {
        match self {
            Self::Known(own) => std::mem::swap(own, place),
            Self::Child { .. } => *self = Self::Known(place.clone()),
        }
    }
}
