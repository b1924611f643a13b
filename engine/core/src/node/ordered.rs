//! Nodes that are fed in key order, and whose state the engine owns: it begins anew in each group.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;

use super::{Emission, ErasedNode, FireFuture, Inputs, Kind, NodeError, Outputs, Params, Statics};
use crate::about::About;
use crate::context::Ctx;
use crate::spec::{PortSpec, Spec};
use crate::value::Bag;

/// A kind that is fed the items of a group one after the other, in key order: running statistics, take, batch, unique.
///
/// A firing sees the state and says how it changes; the change is made once the firing has succeeded, so that a failed
/// one leaves no trace.
pub trait Ordered: Sized + Send + Sync + 'static {
    /// Parameters, read for each item; `()` for none.
    type Params: Params;
    /// Inputs of each item.
    type In: Inputs;
    /// What is given for each item; children go into a scope that takes the place of the group's.
    type Out: Outputs;
    /// What is given once for each group, after its last item, in the scope around it; `()` for nothing.
    type End: Outputs + Default;
    /// The state of a group. A copy is made only where code that came too late still holds the old one.
    type State: Clone + Default + Send + Sync + 'static;

    /// Says what the kind is. Cheap: it is called without constructing anything.
    fn about() -> About;

    /// Makes the node for given static parameters.
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

    /// Does the work for the next item of a group.
    ///
    /// # Errors
    /// Fails the item, and the item alone.
    fn fire(
        &self,
        state: &Self::State,
        params: Self::Params,
        inputs: Self::In,
        ctx: &Ctx,
    ) -> impl Future<Output = Result<Turn<Self::Out, Self::State>, NodeError>> + Send;

    /// Says what is given for a group that has ended.
    ///
    /// # Errors
    /// Fails what is given for the group.
    fn end(&self, _state: &Self::State, _ctx: &Ctx) -> Result<Self::End, NodeError> {
        Ok(Self::End::default())
    }
}

type Changing<S> = Box<dyn FnOnce(&mut S) + Send>;

/// What a firing of an ordered node gives, and how the state changes.
pub struct Turn<O, S> {
    out: O,
    change: Option<Changing<S>>,
    enough: bool,
    is_open: bool,
}

impl<O, S> Turn<O, S> {
    /// Gives something; the state stays.
    pub fn new(out: O) -> Self {
        Self { out, change: None, enough: false, is_open: false }
    }

    /// Says how the state changes.
    #[must_use]
    pub fn change(mut self, change: impl FnOnce(&mut S) + Send + 'static) -> Self {
        self.change = Some(Box::new(change));
        self
    }

    /// Says that no more of the group is wanted: whatever follows is skipped, and where nothing else needs it, the
    /// group ends here.
    #[must_use]
    pub fn enough(mut self) -> Self {
        self.enough = true;
        self
    }

    /// Says that what becomes of the item depends on earlier ones whose fate nobody knows: it is open too, and nothing of
    /// what is given is sent.
    #[must_use]
    pub fn open(mut self) -> Self {
        self.is_open = true;
        self
    }
}

/// The state of a group, whatever its type.
#[derive(Clone)]
pub struct State(Arc<dyn Any + Send + Sync>);

/// A change of the state of a group.
pub struct Change(Box<dyn FnOnce(State) -> State + Send>);

/// What an ordered node is fed.
#[derive(Clone, Debug)]
pub enum InOrder {
    /// The next item of a group.
    Item {
        /// The state of the group.
        state: State,
        /// How many items before it have a fate that nobody knows.
        open_before: u64,
    },
    /// The end of a group with this state.
    End(State),
}

impl State {
    fn new<S: Send + Sync + 'static>(state: S) -> Self {
        Self(Arc::new(state))
    }

    fn get<S: 'static>(&self) -> Result<&S, NodeError> {
        // The engine hands a state back to the node that made it.
        self.0.downcast_ref().ok_or_else(|| NodeError::new("the state is that of another node").permanent())
    }
}

impl Change {
    fn of<S: Clone + Default + Send + Sync + 'static>(change: Changing<S>) -> Self {
        Self(Box::new(move |state: State| {
            let mut shared = state.0.downcast::<S>().unwrap_or_default();
            change(Arc::make_mut(&mut shared));
            State(shared)
        }))
    }

    /// Makes the change. The closure is the node's own code, so that a caller guards it against panics.
    #[must_use]
    pub fn of_state(self, state: State) -> State {
        (self.0)(state)
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("State(..)")
    }
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Change(..)")
    }
}

/// Returns the kind that an author's type stands for.
pub fn ordered_kind_of<N: Ordered>() -> Arc<dyn Kind> {
    Arc::new(Typed::<N>(PhantomData))
}

struct Typed<N>(PhantomData<fn() -> N>);

impl<N: Ordered> Kind for Typed<N> {
    fn spec(&self, statics: &Statics) -> Result<Spec, NodeError> {
        let mut spec = N::about().ordered().into_spec();
        spec.params = N::Params::specs();
        spec.inputs = N::In::ports();
        spec.outputs = outputs::<N>();
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

/// Children may be given for an item and at the end; they are the same ports.
fn outputs<N: Ordered>() -> Vec<PortSpec> {
    let mut outputs = N::Out::ports();
    for port in N::End::ports() {
        if outputs.iter().all(|known| known.name != port.name) {
            outputs.push(PortSpec { at_end: !port.many, ..port });
        }
    }
    outputs
}

struct Opened<N>(N);

impl<N: Ordered> Opened<N> {
    async fn item(&self, state: &N::State, mut bag: Bag, ctx: &Ctx) -> Result<Emission, NodeError> {
        let params = N::Params::read(&mut bag)?;
        let inputs = N::In::read(&mut bag)?;
        let turn = self.0.fire(state, params, inputs, ctx).await?;
        let mut emission = Emission::default();
        turn.out.emit(&mut emission);
        emission.change = turn.change.map(Change::of);
        emission.enough = turn.enough;
        emission.is_open = turn.is_open;
        Ok(emission)
    }

    fn end(&self, state: &N::State, ctx: &Ctx) -> Result<Emission, NodeError> {
        let mut emission = Emission::default();
        self.0.end(state, ctx)?.emit(&mut emission);
        Ok(emission)
    }
}

impl<N: Ordered> ErasedNode for Opened<N> {
    fn fire<'a>(&'a self, bag: Bag, ctx: &'a Ctx) -> FireFuture<'a> {
        Box::pin(async move {
            match ctx.fed() {
                Some(InOrder::Item { state, .. }) => self.item(state.get()?, bag, ctx).await,
                Some(InOrder::End(state)) => self.end(state.get()?, ctx),
                None => self.item(&N::State::default(), bag, ctx).await,
            }
        })
    }

    fn begin(&self) -> Option<State> {
        Some(State::new(N::State::default()))
    }
}
