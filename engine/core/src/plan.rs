//! The compiled graph: flattened, typed, scoped, ordered.

pub mod print;

mod affected;
mod between;
mod build;
mod compare;
pub(crate) mod constant;
mod cut;
pub(crate) mod draft;
mod flatten;
mod fuse;
mod given;
mod limit;
mod model;
mod passes;
mod phases;
mod request;
mod rows;
pub(crate) mod secret;
mod until;
mod words;

pub use affected::Affected;
pub use compare::{Change, PlanDifference, StepDifference, difference};
pub(crate) use constant::Base;
pub(crate) use draft::{
    Constant, Draft, DraftLoop, DraftNode, DraftOutput, DraftWire, Feed, Gathered, LoopRole, Settled, Written,
    did_you_mean,
};
pub use model::*;
pub use passes::{PlanPass, Refused};
pub use request::{Compiled, Given, Mode, Request};
pub use rows::{Row, Rows};
pub use secret::Environment;

use crate::check;

/// Compiles a graph: gathers every problem, and gives a plan where none of them is an error.
pub fn compile(request: &Request<'_>) -> Compiled {
    let mut draft = flatten::flatten(request);
    given::set_params(&mut draft);
    check::kinds::resolve(&mut draft);
    check::types::check(&mut draft);
    check::names::check(&mut draft);
    check::constants::settle(&mut draft);
    check::cycles::break_up(&mut draft);
    check::wires::settle(&mut draft);
    check::ordered::check(&mut draft);
    check::loops::check(&mut draft);
    check::outputs::settle(&mut draft);
    check::sinks::check(&mut draft);
    check::policies::check(&mut draft);
    check::permissions::check(&mut draft);
    passes::apply(build::finish(draft), request)
}
