//! Proofs about a workspace as a whole: one with a little of everything is damaged, old, moved, cut off, and looked at again.

mod elsewhere;
mod fixtures;
mod flipped;
pub(crate) mod made;
mod power;
