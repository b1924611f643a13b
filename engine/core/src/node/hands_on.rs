//! A node of the planner's own: it hands its only input on, one value or a collected group.

use super::{Emission, ErasedNode, FireFuture, NodeError};
use crate::context::Ctx;
use crate::value::Bag;

/// Name of its input and of its output.
pub(crate) const HANDED: &str = "value";

/// Hands its input on.
pub(crate) struct HandsOn;

impl ErasedNode for HandsOn {
    fn fire<'a>(&'a self, mut bag: Bag, _: &'a Ctx) -> FireFuture<'a> {
        let value = bag.take(HANDED).ok_or_else(|| NodeError::new("nothing was handed on"));
        Box::pin(std::future::ready(value.map(|value| {
            let mut out = Emission::default();
            out.value(HANDED, value);
            out
        })))
    }
}
