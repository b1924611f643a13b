//! The children that a firing gives: taken apart, and asked for as there is room.

use windlass_core::node::{Cells, Child, Emission, ErasedChildren, Filled, NodeError};
use windlass_core::value::Value;

use super::{Gave, Retry};
use crate::memory::is_counted;
use crate::step::{Lot, Rest, chain};
use crate::user_code::guarded;

/// Takes the children apart: those of a split that can be replayed come as they are asked for, others are all made
/// before the first is let out.
///
/// # Errors
/// A child that cannot be made, where all are made at once; another try that gave other children than the first.
pub fn gather(mut emission: Emission, is_replayable: bool, retry: &Retry) -> Result<Gave, NodeError> {
    let Some(mut children) = emission.children.take() else {
        return Ok(Gave::of(emission));
    };
    if !is_replayable {
        return Ok(Gave { children: children.collect::<Result<_, _>>()?, ..Gave::of(emission) });
    }
    let mut names = 0;
    for _ in 0..retry.skip {
        let child = children.next().ok_or_else(differs)??;
        names = chain(names, child.name.as_deref());
    }
    if names != retry.names {
        return Err(differs());
    }
    Ok(Gave { stream: Some(children), ..Gave::of(emission) })
}

fn differs() -> NodeError {
    NodeError::new("another try gave other children than the first").permanent()
}

/// Asks for up to `count` children. Each lies in the lot as soon as it is made; an error of the code, or a panic, is said
/// behind those that were made before it.
pub fn pull(mut children: ErasedChildren, count: usize, lot: &Lot) -> (Vec<Child>, Rest) {
    for _ in 0..count {
        // Each call is guarded by itself, so that a panic loses no child that was made before it.
        match guarded(|| children.next().transpose()) {
            Ok(Some(child)) => lot.add(child),
            Ok(None) => return (lot.take(), Rest::End),
            Err(error) => return (lot.take(), Rest::BrokeOff(error)),
        }
    }
    (lot.take(), Rest::More(children))
}

/// Asks for up to `count` children that go out together, with what they give on a port; says which one has to go by
/// itself behind them, and what follows.
pub fn pull_row(mut children: ErasedChildren, port: &str, count: usize) -> (Cells, Option<Child>, Rest) {
    let mut cells = Cells::with_capacity(count);
    let fits = |value: &Value| !is_counted(value);
    let (other, rest) = match guarded(|| Ok(children.fill(port, count, fits, &mut cells))) {
        Ok(Filled::Full) => (None, Rest::More(children)),
        Ok(Filled::End) => (None, Rest::End),
        Ok(Filled::Other(child)) => (Some(child), Rest::More(children)),
        Ok(Filled::BrokeOff(error)) | Err(error) => (None, Rest::BrokeOff(error)),
    };
    (cells, other, rest)
}
