//! The end of a round: whether another one follows, and what goes on.

use windlass_core::expr::Expr;
use windlass_core::node::{AGAIN, Emission, ROUND, SPENT};
use windlass_core::prelude::*;
use windlass_core::types::Type;

use crate::shared;

/// What comes after a round.
pub(crate) enum Next {
    /// Nothing: its outputs are those of the loop.
    Done,
    /// Another round, as long as there may be one. The text says why, for an item that runs out of rounds.
    Again(String),
}

/// Returns the condition that ends a loop, where one is given.
pub(crate) fn until(statics: &Statics) -> Result<Option<Expr>, NodeError> {
    match statics.get("until").and_then(|text| text.as_str()) {
        Some(_) => shared::expression(statics, "until").map(Some),
        None => Ok(None),
    }
}

/// Adds a port for each name that the condition uses, so that the body has to have such an output.
pub(crate) fn add_inputs(spec: &mut Spec, until: Option<&Expr>) -> Result<(), NodeError> {
    for name in until.into_iter().flat_map(Expr::names) {
        if spec.param(name).is_some() {
            return Err(NodeError::new(format!("`until` cannot use `{name}`, which is a parameter of this node")));
        }
        spec.inputs.push(PortSpec::new(name, Type::Any, "An output of the body, which `until` asks for."));
    }
    Ok(())
}

/// Returns the number of the round, counted from 1.
pub(crate) fn number(outputs: &Bag) -> u64 {
    match outputs.get(ROUND) {
        Some(Value::Int(round)) => u64::try_from(*round).unwrap_or_default().saturating_add(1),
        _ => 1,
    }
}

/// Returns what leaves the end of a round.
pub(crate) fn end(outputs: &Bag, max: u64, next: Next) -> Emission {
    let mut out = Emission::default();
    match next {
        Next::Again(_) if number(outputs) < max => out.value(AGAIN, Value::Bool(true)),
        Next::Again(why) => out.value(SPENT, Value::text(why)),
        Next::Done => give(&mut out, outputs),
    }
    out
}

/// Gives the outputs of the body.
pub(crate) fn give(out: &mut Emission, outputs: &Bag) {
    for (name, value) in outputs.iter().filter(|(name, _)| *name != ROUND) {
        out.value(name.to_owned(), value.clone());
    }
}
