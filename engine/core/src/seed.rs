//! The seed of each firing: from the run's seed, the node and the stable names of the item, so that a new file in a
//! folder changes no other item's random numbers.

use std::sync::Arc;

use crate::key::Place;

/// Where a firing's random numbers come from.
#[derive(Clone, Debug)]
pub enum Seed {
    /// This seed.
    Fixed([u8; 32]),
    /// The seed of a step's firing, worked out when it is asked for.
    OfStep {
        /// Root of all randomness.
        run_seed: u64,
        /// Name of the step.
        step: Arc<str>,
    },
}

impl Seed {
    /// Returns the seed for the item at a place.
    pub fn at(&self, place: &Place) -> [u8; 32] {
        match self {
            Self::Fixed(seed) => *seed,
            Self::OfStep { run_seed, step } => firing_seed(*run_seed, step, place),
        }
    }
}

impl From<[u8; 32]> for Seed {
    fn from(seed: [u8; 32]) -> Self {
        Self::Fixed(seed)
    }
}

/// Returns the seed of a firing of step `step` for the item at `place`.
pub fn firing_seed(run_seed: u64, step: &str, place: &Place) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key("windlass firing seed 1");
    hasher.update(&run_seed.to_le_bytes());
    for part in std::iter::once(step).chain(place.names()) {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    *hasher.finalize().as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Place;

    #[test]
    fn the_index_of_a_named_item_does_not_count() {
        let root = Place::root();
        let seed = |index, name: &str| firing_seed(7, "noise", &root.child(index, Some(name)));
        assert_eq!(seed(0, "b.jpg"), seed(1, "b.jpg"));
        assert_ne!(seed(0, "a.jpg"), seed(0, "b.jpg"));
        assert_ne!(firing_seed(7, "noise", &root), firing_seed(8, "noise", &root));
    }
}
