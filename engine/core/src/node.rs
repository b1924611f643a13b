//! The contract of a node: one trait for authors, an erased one for the engine, one implementation between.

mod children;
mod erased;
mod error;
mod explain;
mod hands_on;
mod ordered;
mod ports;
mod rounds;
mod row;
mod statics;

use std::future::Future;

pub use children::{Child, Children, ErasedChildren, Filled};
pub use erased::{ErasedNode, FireFuture, Fired, Kind, Outcome, kind_of};
pub use error::NodeError;
pub use explain::explain_io;
pub(crate) use hands_on::{HANDED, HandsOn};
pub use ordered::{Change, InOrder, Ordered, State, Turn, ordered_kind_of};
pub use ports::{Emission, Gate, Given, Inputs, Outputs, ParamValue, Params, take_outcome};
pub use rounds::{AGAIN, FAILURE, ROUND, SPENT};
pub(crate) use rounds::{LoopHead, LoopResult};
pub use row::{Cells, Row, Single};
pub use statics::Statics;

use crate::about::About;
use crate::context::Ctx;
use crate::spec::Spec;

/// A kind of node. Sources have no inputs and sinks no outputs; neither is a trait of its own.
pub trait Node: Sized + Send + Sync + 'static {
    /// Parameters, read for each firing; `()` for none.
    type Params: Params;
    /// Inputs; `()` for none, [`crate::value::Bag`] for ports that only [`Node::shape`] knows.
    type In: Inputs;
    /// Outputs; `()` for none, [`Emission`] for ports that only [`Node::shape`] knows.
    type Out: Outputs;

    /// Says what the kind is. Cheap: it is called without constructing anything.
    fn about() -> About;

    /// Makes the node for given static parameters: expressions are compiled here, tables are built here.
    ///
    /// # Errors
    /// Says which parameter is wrong; nothing has run then.
    fn open(statics: &Statics) -> Result<Self, NodeError>;

    /// Adds the ports that static parameters shape.
    ///
    /// # Errors
    /// Says which parameter is wrong.
    fn shape(_spec: &mut Spec, _statics: &Statics) -> Result<(), NodeError> {
        Ok(())
    }

    /// Refuses parameters that can never work, before anything runs; called where all of them are constants. A path
    /// template still has its placeholders.
    ///
    /// # Errors
    /// Says which parameter is wrong.
    fn check(_params: &Self::Params) -> Result<(), NodeError> {
        Ok(())
    }

    /// Does the work for one item. Light nodes never wait; nodes that compute may block their thread.
    ///
    /// # Errors
    /// Fails the item, and the item alone.
    fn fire(
        &self,
        params: Self::Params,
        inputs: Self::In,
        ctx: &Ctx,
    ) -> impl Future<Output = Result<Self::Out, NodeError>> + Send;
}
