//! Feeds an ordered node a whole group, as the engine would.

use std::sync::Arc;

use super::doors::Bench;
use super::gave::Gave;
use super::{Harness, bag, block_on};
use crate::context::{Ctx, Lease};
use crate::key::Place;
use crate::node::{ErasedNode, InOrder, NodeError, State};
use crate::spec::Spec;
use crate::value::{Bag, IntoValue};

/// What an ordered node gave for a group.
pub struct GaveGroup {
    /// What it gave for each item, up to the one after which it wanted no more.
    pub items: Vec<Result<Gave, NodeError>>,
    /// What it gave at the end.
    pub end: Gave,
}

impl Harness {
    /// Feeds the node a group: an item for each value, which comes over a wire to `port`.
    ///
    /// # Errors
    /// Says what keeps the node from being fed at all, and what goes wrong at the end of the group.
    pub fn fire_group<V: IntoValue>(
        &self,
        port: &str,
        values: impl IntoIterator<Item = V>,
    ) -> Result<GaveGroup, NodeError> {
        let (spec, statics) = bag::spec(&*self.kind, &self.params)?;
        let node = self.kind.open(&statics)?;
        let begin = node.begin().ok_or_else(|| NodeError::new(format!("`{}` is not fed in order", spec.kind)))?;
        let mut feeding = Feeding { bench: self, spec, node, state: begin, index: 0 };
        let mut items = Vec::new();
        for value in values {
            let inputs = [&self.inputs[..], &[(port.to_owned(), value.into_value())]].concat();
            let bag = bag::fill(&feeding.spec, &self.params, &inputs)?;
            let (gave, enough) = feeding.item(bag);
            items.push(gave);
            if enough {
                break;
            }
        }
        let end = InOrder::End(feeding.state.clone());
        Ok(GaveGroup { items, end: feeding.fire(Bag::new(), end)?.0 })
    }
}

struct Feeding<'a> {
    bench: &'a Harness,
    spec: Spec,
    node: Arc<dyn ErasedNode>,
    state: State,
    index: u64,
}

/// What becomes of the state, and whether no more is wanted.
type After = (Option<State>, bool);

impl Feeding<'_> {
    fn item(&mut self, bag: Bag) -> (Result<Gave, NodeError>, bool) {
        let fired = self.fire(bag, InOrder::Item { state: self.state.clone(), open_before: 0 });
        self.index += 1;
        match fired {
            Ok((gave, (state, enough))) => {
                self.state = state.unwrap_or_else(|| self.state.clone());
                (Ok(gave), enough)
            }
            Err(error) => (Err(error), false),
        }
    }

    fn fire(&self, bag: Bag, fed: InOrder) -> Result<(Gave, After), NodeError> {
        let doors = Arc::new(Bench::new(self.bench.folder.clone()));
        let place = Place::root().child(self.index, Some(&self.bench.item));
        let ctx = Ctx::new(place, self.bench.cancel.clone(), Lease::default(), self.bench.seed, doors.clone());
        let mut emission = block_on(self.node.fire(bag, &ctx.in_order(Some(fed))))?;
        let state = emission.change.take().map(|change| change.of_state(self.state.clone()));
        let enough = emission.enough;
        Ok((Gave::gather(&self.spec, emission, &doors)?, (state, enough)))
    }
}
