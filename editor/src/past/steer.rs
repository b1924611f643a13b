//! Asking something of a run of another process, beside the window: it may take seconds to answer.

use std::sync::Arc;

use egui::Context;
use windlass_store::runs::Run;
use windlass_store::steering::Ask;

use crate::editor::Editor;
use crate::host::Host;
use crate::told::Told;

/// Asks it; what becomes of it is said.
pub fn ask(ctx: &Context, host: &Arc<dyn Host>, run: &Run, what: Ask, told: &Told) {
    let run = run.clone();
    beside(ctx, host, told, move |host| host.steer(&run, what));
}

/// Answers what it asks about an item of a step.
pub fn answer(editor: &Editor, ctx: &Context, run: &Run, (step, key): (String, String), typed: String) {
    let (run, graph) = (run.clone(), editor.tab().place().map(ToOwned::to_owned));
    let answer = move |host: &dyn Host| host.answer(graph.as_deref(), &run, (&step, &key), &typed);
    beside(ctx, &editor.host, &editor.told, answer);
}

fn beside(
    ctx: &Context,
    host: &Arc<dyn Host>,
    told: &Told,
    ask: impl FnOnce(&dyn Host) -> Result<(), String> + Send + 'static,
) {
    let (host, told, ctx) = (host.clone(), told.clone(), ctx.clone());
    let ask = move || {
        if let Some(words) = ask(&*host).err() {
            told.say(words);
            ctx.request_repaint();
        }
    };
    // Without the thread the run goes on as it did, which is seen.
    drop(std::thread::Builder::new().name("ask".into()).spawn(ask));
}
