//! What an item gave, read from what its run kept, and shown while somebody looks at it.

use std::path::PathBuf;
use std::sync::Arc;

use egui::Context;
use windlass_core::value::Value;

use crate::beside::{Beside, Work};
use crate::host::Host;
use crate::preview::{Preview, Size, Source, make};
use crate::running::path::Opened;

/// What an item gave.
pub struct ItemValue {
    run: String,
    of: Opened,
    reading: Option<Beside<Found>>,
    /// By port, once it is read; or why there is nothing to be seen.
    pub found: Option<Found>,
}

/// What was found of an item, by port.
pub type Found = Result<Vec<(String, Arc<dyn Preview>)>, String>;

impl ItemValue {
    /// Reads what an item of a run gave.
    pub fn read(ctx: &Context, host: Arc<dyn Host>, graph: Option<PathBuf>, (run, of): (String, Opened)) -> Self {
        let (name, (step, key), drawing) = (run.clone(), of.clone(), ctx.clone());
        let read = move || {
            let values = host.values(graph.as_deref(), &name, (&step, &key))?;
            Ok(values.into_iter().map(|(port, value)| (port, preview(&value, &*host, &drawing))).collect())
        };
        Self { run, of, reading: Some(Beside::start(ctx, "item", read)), found: None }
    }

    /// Returns whether it is about this item.
    pub fn is_of(&self, run: &str, of: &Opened) -> bool {
        self.run == run && self.of == *of
    }

    /// Takes over what was read.
    pub fn look(&mut self) {
        self.found = match self.reading.as_ref().map(Beside::look) {
            None | Some(Work::GoesOn) => return,
            Some(Work::Done(found)) => Some(found),
            Some(Work::Lost) => Some(Err("it could not be read".into())),
        };
        self.reading = None;
    }
}

fn preview(value: &Value, host: &dyn Host, ctx: &Context) -> Arc<dyn Preview> {
    // What gives a secret away is never kept.
    let hide = &|_: &mut String| {};
    make(&Source { value, before: None, numbers: &[], size: Size::Whole, ctx, host, hide })
}
