//! The compiled graph: flattened, typed, scoped, ordered.

mod model;

pub use model::*;
