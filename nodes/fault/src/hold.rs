//! Holds the lease on an object for a while, then writes a file as often as it is told; fails where the lease was lost.

use std::time::Duration;

use windlass_core::node::explain_io;
use windlass_core::prelude::*;

/// Parameters.
#[derive(Params)]
pub struct HoldParams {
    /// The object.
    #[param(default = "object")]
    object: String,
    /// How long it is held before the file is written, in milliseconds.
    #[param(default = 1, min = 0, unit = "ms")]
    hold_ms: u64,
    /// How long it is waited for, in milliseconds.
    #[param(default = 10_000, min = 0, unit = "ms")]
    patience_ms: u64,
    /// How often the file is written.
    #[param(default = 1, min = 0)]
    writes: u64,
    /// Path of the file.
    #[param(default = "{key}.txt")]
    path: OutPath,
}

/// Inputs.
#[derive(Inputs)]
pub struct HoldIn {
    /// What is written.
    value: i64,
}

/// Outputs.
#[derive(Outputs)]
pub struct HoldOut {
    /// The number of the lease.
    number: i64,
}

/// The node.
pub struct Hold;

impl Node for Hold {
    type Params = HoldParams;
    type In = HoldIn;
    type Out = HoldOut;

    fn about() -> About {
        About::new("fault.hold", "Hold", "Holds the lease on an object for a while, then writes a file.").writes().io()
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: HoldParams, inputs: HoldIn, ctx: &Ctx) -> Result<HoldOut, NodeError> {
        let lease = ctx.lease_on(&params.object, Duration::from_millis(params.patience_ms)).await?;
        tokio::time::sleep(Duration::from_millis(params.hold_ms)).await;
        for time in 0..params.writes {
            ctx.save(&params.path, IfExists::Overwrite, |out| {
                let written = writeln!(out, "{} {time}", inputs.value);
                written.map_err(|error| explain_io("write", params.path.as_path(), &error))
            })
            .await?;
        }
        Ok(HoldOut { number: i64::try_from(lease.number()).unwrap_or(i64::MAX) })
    }
}
