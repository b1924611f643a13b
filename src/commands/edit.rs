//! `windlass edit`: opens the window.

use std::sync::Arc;

use windlass_editor::show;

use crate::cli::EditArgs;
use crate::commands::named_workspace;
use crate::exit::{Exit, Trouble};
use crate::packs;
use crate::panics::Panics;
use crate::window::Studio;

/// Shows the window until it is closed.
///
/// # Errors
/// Says what is missing on this machine to show one.
pub fn run(args: EditArgs, panics: &Panics) -> anyhow::Result<Exit> {
    let named = named_workspace(args.workspace.as_deref());
    let registry = match &args.graph {
        Some(graph) => packs::registry_beside(packs::beside(graph), named.as_deref())?,
        None => packs::registry()?,
    };
    let studio = Studio::new(registry, named, panics);
    let shown = show(Arc::new(studio), args.graph);
    shown.map(|()| Exit::Done).map_err(|error| {
        let trouble = Trouble::wrong(error.message);
        error.hint.into_iter().fold(trouble, Trouble::hint).into()
    })
}
