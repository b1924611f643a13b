//! What the kinds have in common that pair two sides.

use std::collections::{HashMap, HashSet};

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

/// Refuses more pairs than anybody can wait for.
pub fn check_count(pairs: usize, most: usize) -> Result<(), NodeError> {
    if pairs <= most {
        return Ok(());
    }
    let error = NodeError::new(format!("the two groups make {pairs} pairs, at most {most}"));
    Err(error.hint("leave items out first, with `flow.filter` or `flow.take`").permanent())
}

/// Reads a pair from both sides.
pub fn pair(left: &List, at: usize, right: &List, partner: usize) -> Result<Pair, NodeError> {
    Ok(Pair { left: left.members()[at].read()?, right: right.members()[partner].read()? })
}

/// Names that differ from each other: a name that is taken gets a number, `dunes~2`. Items of one group are told apart by
/// their names, and draw their random numbers by them.
#[derive(Default)]
pub struct Names {
    taken: HashSet<String>,
    /// The next number for a name that was wanted before.
    next: HashMap<String, u64>,
}

impl Names {
    /// Returns a name that nobody has, the wanted one if it is free.
    pub fn free(&mut self, wanted: &str) -> String {
        if self.taken.insert(wanted.to_owned()) {
            return wanted.to_owned();
        }
        let number = self.next.entry(wanted.to_owned()).or_insert(1);
        loop {
            *number += 1;
            let name = format!("{wanted}~{number}");
            if self.taken.insert(name.clone()) {
                return name;
            }
        }
    }
}

/// Returns a list of numbers, for samples.
pub fn numbers(of: &[i64]) -> Value {
    Value::List(Arc::new(of.iter().copied().map(Value::Int).collect()))
}
