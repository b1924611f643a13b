//! Gives many large texts as fast as they are taken.

use windlass_core::prelude::*;

/// Parameters.
#[derive(Params)]
pub struct FloodParams {
    /// Number of texts.
    #[param(default = 1000, min = 0)]
    count: u64,
    /// Size of each text in bytes.
    #[param(default = 1024, min = 0, unit = "bytes")]
    size: usize,
}

/// Outputs.
#[derive(Outputs)]
pub struct FloodOut {
    /// The texts.
    #[children]
    texts: Children<Text>,
}

/// One text.
#[derive(Outputs)]
pub struct Text {
    /// The text.
    out: String,
}

/// The node.
pub struct Flood;

impl Node for Flood {
    type Params = FloodParams;
    type In = ();
    type Out = FloodOut;

    fn about() -> About {
        About::new("fault.flood", "Flood", "Gives many large texts as fast as they are taken.").split(true)
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: FloodParams, (): (), _: &Ctx) -> Result<FloodOut, NodeError> {
        let texts = (0..params.count).map(move |_| Ok(Text { out: "~".repeat(params.size) }));
        Ok(FloodOut { texts: Children::indexed(texts) })
    }
}
