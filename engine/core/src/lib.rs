//! What a graph is, what a node promises and what happened: pure data and pure functions.
//!
//! Deliberately absent: I/O (files come through [`doc::Loader`]), clocks, tokio, kameo, redb, egui.

pub mod about;
pub mod check;
pub mod context;
pub mod doc;
pub mod event;
pub mod expr;
pub mod figures;
pub mod harness;
pub mod identity;
pub mod key;
pub mod node;
pub mod permission;
pub mod plan;
pub mod problem;
pub mod registry;
pub mod secret;
pub mod sections;
pub mod seed;
pub mod service;
pub mod spec;
pub mod template;
pub mod types;
pub mod units;
pub mod value;

extern crate self as windlass_core;

pub use serde_json::json;

/// What the file of a node needs, in one line.
pub mod prelude {
    pub use crate::about::About;
    pub use crate::context::{Ctx, IfExists, OutPath, Saved};
    pub use crate::node::{Children, Gate, Inputs, Node, NodeError, Ordered, Outputs, Params, Statics, Turn};
    pub use crate::registry::Pack;
    pub use crate::spec::{PortSpec, Sample, Spec};
    pub use crate::value::{Bag, Collected, File, Image, Table, Value};
    pub use std::sync::Arc;
    pub use windlass_derive::{Choice, Inputs, Outputs, Params};
}
