//! What the kinds have in common that pair two sides.

use windlass_core::prelude::*;
use windlass_core::value::List;

/// Two groups.
#[derive(Inputs)]
pub struct Sides {
    /// The items of one group. Their order is that of the pairs.
    #[port(same = "L")]
    pub left: Collected<Value>,
    /// The items of the other group.
    #[port(same = "R")]
    pub right: Collected<Value>,
}

/// One pair.
#[derive(Outputs)]
pub struct Pair {
    /// The item of the left side.
    #[port(same = "L")]
    pub left: Value,
    /// The item of the right side.
    #[port(same = "R")]
    pub right: Value,
}

/// The pairs.
#[derive(Outputs)]
pub struct Pairs {
    /// The pairs.
    #[children]
    pub pairs: Children<Pair>,
}

/// A child by its name; one that has no partner fails by itself.
pub type Made<T> = Result<(String, Result<T, NodeError>), NodeError>;

/// Reads a pair from both sides.
pub fn pair(left: &List, at: usize, right: &List, partner: usize) -> Result<Pair, NodeError> {
    Ok(Pair { left: left.members()[at].read()?, right: right.members()[partner].read()? })
}

/// Returns a list of numbers, for samples.
pub fn numbers(of: &[i64]) -> Value {
    Value::List(Arc::new(of.iter().copied().map(Value::Int).collect()))
}
