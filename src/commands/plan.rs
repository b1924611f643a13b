//! `windlass plan`: shows the compiled graph as text, as a picture for Graphviz or Mermaid, or as JSON.

use windlass_core::plan::{Mode, Plan, print};

use crate::cli::PlanArgs;
use crate::exit::Exit;
use crate::load::load;
use crate::{packs, terminal};

/// Prints the plan.
///
/// # Errors
/// Says why standard output takes nothing.
pub fn run(args: &PlanArgs) -> anyhow::Result<Exit> {
    let registry = packs::registry_for(&args.graph, args.workspace.as_deref())?;
    let loaded = load(&args.graph, &args.changes, Mode::Check, &registry)?;
    match loaded.into_plan(&args.graph) {
        Err(exit) => Ok(exit),
        Ok(plan) => {
            terminal::print(&printed(&plan, args))?;
            Ok(Exit::Done)
        }
    }
}

fn printed(plan: &Plan, args: &PlanArgs) -> String {
    match args {
        PlanArgs { dot: true, .. } => print::dot(plan),
        PlanArgs { mermaid: true, .. } => print::mermaid(plan),
        PlanArgs { json: true, .. } => format!("{:#}\n", print::json(plan)),
        _ => print::text(plan),
    }
}
