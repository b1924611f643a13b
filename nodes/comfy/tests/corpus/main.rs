//! Published workflows. They lie in the folder that `WINDLASS_COMFY_CORPUS` names; `benches/comfy-corpus.sh` runs this.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod converted;
mod graphs;
mod published;
