//! Fewer items than a graph has: only the first of each source.

use std::sync::Arc;

use super::Plan;
use crate::context::Ctx;
use crate::node::{ErasedNode, FireFuture};
use crate::value::Bag;

impl Plan {
    /// Lets each split that lies in no scope give its first `count` children at most: each file of a folder, each row of
    /// a table, but all parts of each.
    pub fn limit(&mut self, count: usize) {
        for step in self.steps.iter_mut().filter(|step| step.scope.is_empty() && step.spec.is_split()) {
            step.node = Arc::new(Limited { node: step.node.clone(), count });
        }
    }
}

/// A split that stops early.
struct Limited {
    node: Arc<dyn ErasedNode>,
    count: usize,
}

impl ErasedNode for Limited {
    fn fire<'a>(&'a self, bag: Bag, ctx: &'a Ctx) -> FireFuture<'a> {
        Box::pin(async move {
            let mut emission = self.node.fire(bag, ctx).await?;
            emission.children = emission.children.take().map(|children| children.first(self.count));
            Ok(emission)
        })
    }
}
