//! Nodes as the engine sees them: names and values.

use std::borrow::Cow;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use super::{Emission, Inputs, Node, NodeError, Outputs, Params, State, Statics};
use crate::context::Ctx;
use crate::spec::Spec;
use crate::value::{Bag, Value};

/// What a firing gives.
pub type Fired = Emission;

/// A firing under way.
pub type FireFuture<'a> = Pin<Box<dyn Future<Output = Result<Fired, NodeError>> + Send + 'a>>;

/// What leaves one port for one item.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// A value.
    Value(Value),
    /// Nothing, for this reason.
    Skip(Cow<'static, str>),
}

/// A registered kind.
pub trait Kind: Send + Sync {
    /// Returns what the kind promises for given static parameters.
    ///
    /// # Errors
    /// Says which static parameter is wrong.
    fn spec(&self, statics: &Statics) -> Result<Spec, NodeError>;
    /// Makes a node.
    ///
    /// # Errors
    /// Says which static parameter is wrong.
    fn open(&self, statics: &Statics) -> Result<Arc<dyn ErasedNode>, NodeError>;
    /// Reads parameters as a firing would, so that a constant that no type tells to be wrong is found before a run.
    ///
    /// # Errors
    /// Names the parameter that is wrong.
    fn check_params(&self, params: Bag) -> Result<(), NodeError>;
}

/// A node that can be fired.
pub trait ErasedNode: Send + Sync {
    /// Does the work for one item; `bag` holds parameters and inputs by name.
    fn fire<'a>(&'a self, bag: Bag, ctx: &'a Ctx) -> FireFuture<'a>;
    /// Returns the state with which a group begins; none for kinds that are not ordered.
    fn begin(&self) -> Option<State> {
        None
    }
}

/// Returns the kind that an author's type stands for.
pub fn kind_of<N: Node>() -> Arc<dyn Kind> {
    Arc::new(Typed::<N>(PhantomData))
}

struct Typed<N>(PhantomData<fn() -> N>);

impl<N: Node> Kind for Typed<N> {
    fn spec(&self, statics: &Statics) -> Result<Spec, NodeError> {
        let mut spec = N::about().into_spec();
        spec.params = N::Params::specs();
        spec.inputs = N::In::ports();
        spec.outputs = N::Out::ports();
        N::shape(&mut spec, statics)?;
        crate::template::add_ports(&mut spec, statics)?;
        Ok(spec)
    }

    fn open(&self, statics: &Statics) -> Result<Arc<dyn ErasedNode>, NodeError> {
        Ok(Arc::new(Opened(N::open(statics)?)))
    }

    fn check_params(&self, mut params: Bag) -> Result<(), NodeError> {
        N::Params::read(&mut params).map(drop)
    }
}

struct Opened<N>(N);

impl<N: Node> ErasedNode for Opened<N> {
    fn fire<'a>(&'a self, mut bag: Bag, ctx: &'a Ctx) -> FireFuture<'a> {
        Box::pin(async move {
            let params = N::Params::read(&mut bag)?;
            let inputs = N::In::read(&mut bag)?;
            let out = self.0.fire(params, inputs, ctx).await?;
            let mut emission = Emission::default();
            out.emit(&mut emission);
            Ok(emission)
        })
    }
}
