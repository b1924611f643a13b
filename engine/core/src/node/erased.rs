//! Nodes as the engine sees them: names and values.

use std::borrow::Cow;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::{Emission, Inputs, Node, NodeError, Outputs, Params, Row, State, Statics, take_outcome};
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
    /// Reads parameters as a firing would and checks them, so that a constant that no type tells to be wrong is found
    /// before a run.
    ///
    /// # Errors
    /// Names the parameter that is wrong.
    fn check_params(&self, params: Bag) -> Result<(), NodeError>;
}

/// A node that can be fired.
pub trait ErasedNode: Send + Sync {
    /// Does the work for one item; `bag` holds parameters and inputs by name.
    fn fire<'a>(&'a self, bag: Bag, ctx: &'a Ctx) -> FireFuture<'a>;
    /// Does the work for one item at once, and adds what it gives to `emission`; `None` where the code wants to wait, and
    /// has to be fired again by who can wait. What is read from the bag is taken out of it.
    fn fire_now(&self, bag: &mut Bag, ctx: &Ctx, emission: &mut Emission) -> Option<Result<(), NodeError>> {
        let mut fired = self.fire(std::mem::take(bag), ctx);
        let result = at_once(fired.as_mut())?;
        Some(result.map(|given| *emission = given))
    }
    /// Does the work for siblings, one after the other; stops behind the last one, or where one fails or wants to wait
    /// (`None`), which is then where the row stands.
    fn fire_row(&self, row: &mut Row<'_>) -> Option<Result<(), NodeError>> {
        while row.next() {
            row.bag.set(row.single.input.clone(), row.value().clone());
            row.emission.ports.clear();
            if let Err(error) = self.fire_now(row.bag, row.ctx, row.emission)? {
                return Some(Err(error));
            }
            let given = take_outcome(&mut row.emission.ports, &row.single.output);
            row.put(given);
        }
        Some(Ok(()))
    }
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
        N::check(&N::Params::read(&mut params)?)
    }
}

struct Opened<N>(N);

impl<N: Node> ErasedNode for Opened<N> {
    fn fire<'a>(&'a self, mut bag: Bag, ctx: &'a Ctx) -> FireFuture<'a> {
        Box::pin(async move {
            let mut emission = Emission::default();
            fire(&self.0, &mut bag, ctx, &mut emission).await?;
            Ok(emission)
        })
    }

    fn fire_now(&self, bag: &mut Bag, ctx: &Ctx, emission: &mut Emission) -> Option<Result<(), NodeError>> {
        at_once(std::pin::pin!(fire(&self.0, bag, ctx, emission)))
    }

    fn fire_row(&self, row: &mut Row<'_>) -> Option<Result<(), NodeError>> {
        while row.next() {
            let (params, inputs) = match row.read() {
                Ok(read) => read,
                Err(error) => return Some(Err(error)),
            };
            let fired = at_once(std::pin::pin!(self.0.fire(params, inputs, row.ctx)))?;
            match fired {
                Ok(out) => {
                    let given = out.give_one(&row.single.output, row.emission);
                    row.put(given);
                }
                Err(error) => return Some(Err(error)),
            }
        }
        Some(Ok(()))
    }
}

async fn fire<N: Node>(node: &N, bag: &mut Bag, ctx: &Ctx, emission: &mut Emission) -> Result<(), NodeError> {
    let params = N::Params::read(bag)?;
    let inputs = N::In::read(bag)?;
    node.fire(params, inputs, ctx).await?.emit(emission);
    Ok(())
}

/// Returns what a future gives that does not wait.
fn at_once<T>(future: Pin<&mut (impl Future<Output = T> + ?Sized)>) -> Option<T> {
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(given) => Some(given),
        Poll::Pending => None,
    }
}
