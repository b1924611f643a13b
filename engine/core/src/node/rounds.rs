//! What a loop is made of beside its body: a head that lets rounds out, the kind's own code at the end of each round,
//! and a result that takes what the last round gave. Their ports have names that no port of a graph can have.

use super::{Emission, ErasedNode, FireFuture, NodeError};
use crate::value::{Bag, Value};

/// Port on which the head gives the number of the round, counted from 0.
pub const ROUND: &str = "(round)";
/// Port on which the end of a round says `true` where another one follows.
pub const AGAIN: &str = "(again)";
/// Port on which the end of the last round says why the item fails: it has run out of rounds.
pub const SPENT: &str = "(spent)";
/// Input on which the end of a round gets the failure that it takes up.
pub const FAILURE: &str = "failure";

/// The head of a loop. The engine lets the rounds out by itself.
pub(crate) struct LoopHead;

impl ErasedNode for LoopHead {
    fn fire<'a>(&'a self, _: Bag, _: &'a crate::context::Ctx) -> FireFuture<'a> {
        Box::pin(std::future::ready(Ok(Emission::default())))
    }
}

/// The result of a loop: on each port the last value that the end of a round gave.
pub(crate) struct LoopResult {
    /// The output ports.
    pub ports: Vec<String>,
}

impl ErasedNode for LoopResult {
    fn fire<'a>(&'a self, bag: Bag, _: &'a crate::context::Ctx) -> FireFuture<'a> {
        Box::pin(std::future::ready(self.last(&bag)))
    }
}

impl LoopResult {
    fn last(&self, bag: &Bag) -> Result<Emission, NodeError> {
        if let Some(Value::Text(why)) = last_value(bag, SPENT)? {
            return Err(NodeError::new(&*why).hint("`max` of the loop says how many rounds it may have").permanent());
        }
        let mut out = Emission::default();
        for port in &self.ports {
            match last_value(bag, port)? {
                Some(value) => out.value(port.clone(), value),
                None => out.skip(port.clone(), "the last round gave nothing here"),
            }
        }
        Ok(out)
    }
}

fn last_value(bag: &Bag, port: &str) -> Result<Option<Value>, NodeError> {
    match bag.get(port) {
        Some(Value::List(list)) => list.members().last().map(|member| member.read()).transpose(),
        _ => Ok(None),
    }
}
