//! `windlass schema`: prints the JSON Schemas of graph files and of events.

use anyhow::Context;
use windlass_core::doc;
use windlass_core::event::Event;

use crate::cli::{SchemaArgs, SchemaOf};
use crate::exit::Exit;
use crate::terminal;

/// Prints a schema.
///
/// # Errors
/// Says why standard output takes nothing.
pub fn run(args: &SchemaArgs) -> anyhow::Result<Exit> {
    let schema = match args.of {
        SchemaOf::Graph => doc::schema(),
        SchemaOf::Events => serde_json::to_value(schemars::schema_for!(Event)).context("events have no schema")?,
    };
    terminal::print(&format!("{schema:#}\n"))?;
    Ok(Exit::Done)
}
