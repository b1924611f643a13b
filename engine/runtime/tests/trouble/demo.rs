//! The pack `demo`: it has one of everything that a pack can hand over.

pub mod point;
pub mod remote;
pub mod server;
pub mod sums;

use std::sync::Arc;

use windlass_core::json;
use windlass_core::prelude::*;
use windlass_core::registry::TypeInfo;

use remote::{Remote, Source, Together};
use server::{Server, Trouble};

/// Returns the pack with a server that makes this trouble.
pub fn pack(trouble: Arc<Trouble>) -> Pack {
    Pack::new("demo").kind::<Ask>().kind::<Lost>().service(Server(trouble))
}

/// Returns the pack with a server that lists these kinds, and all else that it can hand over.
pub fn whole(remote: &Arc<Remote>) -> Pack {
    let person = TypeInfo::record("Person", "Somebody with a name.", json!({ "type": "object", "required": ["name"] }));
    pack(Arc::default())
        .kind::<point::MakePoint>()
        .kind::<point::SumPoints>()
        .source(Source(remote.clone()))
        .ty(TypeInfo::custom("A place on a plane.", point::PointCodec))
        .ty(person)
        .pass(Together(remote.clone()))
        .importer(sums::Sums)
        .exporter(sums::Sums)
}

/// Inputs.
#[derive(Inputs)]
pub struct AskIn {
    /// A number.
    #[port(constant)]
    value: i64,
}

/// Outputs.
#[derive(Outputs)]
pub struct AskOut {
    /// What the server makes of it.
    out: i64,
}

/// Asks the server of the pack to double a number.
pub struct Ask;

impl Node for Ask {
    type Params = ();
    type In = AskIn;
    type Out = AskOut;

    fn about() -> About {
        About::new("demo.ask", "Ask", "Asks the server of the pack to double a number.").io()
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, (): (), inputs: AskIn, ctx: &Ctx) -> Result<AskOut, NodeError> {
        let server = ctx.service::<server::Started>("server").await?;
        server.double(inputs.value).map(|out| AskOut { out })
    }
}

/// Asks a service that nobody brings.
pub struct Lost;

impl Node for Lost {
    type Params = ();
    type In = AskIn;
    type Out = AskOut;

    fn about() -> About {
        About::new("demo.lost", "Lost", "Asks a service that nobody brings.").io()
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, (): (), inputs: AskIn, ctx: &Ctx) -> Result<AskOut, NodeError> {
        ctx.service::<server::Started>("nobody").await.map(|_| AskOut { out: inputs.value })
    }
}
