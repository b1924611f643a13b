//! Asking something of a run of another process, beside the window: it may take seconds to answer.

use std::sync::Arc;

use egui::Context;
use windlass_store::runs::Run;
use windlass_store::steering::Ask;

use crate::host::Host;
use crate::told::Told;

/// Asks it; what becomes of it is said.
pub fn ask(ctx: &Context, host: &Arc<dyn Host>, run: &Run, what: Ask, told: &Told) {
    let (host, run, told, ctx) = (host.clone(), run.clone(), told.clone(), ctx.clone());
    let ask = move || {
        if let Some(words) = host.steer(&run, what).err() {
            told.say(words);
            ctx.request_repaint();
        }
    };
    // Without the thread the run goes on as it did, which is seen.
    drop(std::thread::Builder::new().name("ask".into()).spawn(ask));
}
