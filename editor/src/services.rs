//! What a person has services do: asked beside the window, and said when it was not done.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use egui::Context;

use crate::host::Host;

/// Refusals that may wait to be said.
const BACKLOG: usize = 16;

/// What services were asked to do.
pub struct Orders {
    tell: SyncSender<String>,
    refused: Receiver<String>,
}

impl Default for Orders {
    fn default() -> Self {
        let (tell, refused) = sync_channel(BACKLOG);
        Self { tell, refused }
    }
}

impl Orders {
    /// Has a service do something.
    pub fn act(&self, ctx: &Context, host: &Arc<dyn Host>, service: String, action: String) {
        let (ctx, host, tell) = (ctx.clone(), host.clone(), self.tell.clone());
        let order = move || {
            if let Err(why) = host.act(&service, &action) {
                // Where so many wait to be said, one more says nothing new.
                let _ = tell.try_send(format!("{service} did not {action}: {why}"));
            }
            ctx.request_repaint();
        };
        if std::thread::Builder::new().name("service".into()).spawn(order).is_err() {
            let _ = self.tell.try_send("the system starts no more threads".into());
        }
    }

    /// Returns what was not done, and why.
    pub fn refused(&self) -> Option<String> {
        self.refused.try_recv().ok()
    }
}
