//! Fills the path templates of a firing in, and lets no secret into a path.

use std::path::{Path, PathBuf};

use windlass_core::key::Place;
use windlass_core::node::NodeError;
use windlass_core::plan::{Plan, Step};
use windlass_core::secret::Secrets;
use windlass_core::template::{Fill, PathTemplate};
use windlass_core::value::{Bag, Value};

use crate::shared::Shared;

/// Fills the path templates of a firing's parameters in.
///
/// # Errors
/// Says what is wrong with a template, or what it asks for in vain.
pub fn fill_paths(shared: &Shared, step: &Step, place: &Place, bag: &mut Bag) -> Result<(), NodeError> {
    let plan = &shared.plan;
    for param in step.spec.params.iter().filter(|param| param.is_path_template) {
        let Some(Value::Text(text)) = bag.get(&param.name).cloned() else { continue };
        let template = PathTemplate::parse(&text).map_err(|error| NodeError::new(error.to_string()).permanent())?;
        let key = &place.key().inside(step.rows);
        let name = if key.depth() == 0 { plan.stem.as_str() } else { place.name() };
        let fill = Fill { graph: &plan.stem, run: &shared.name, key, name, custom: bag };
        let filled = template.fill(&fill).map_err(|error| NodeError::new(error.to_string()).permanent())?;
        refuse_secrets(&plan.secrets, &template, &filled, bag)?;
        bag.set(param.name.as_str(), Value::path(out_folder(plan, step, place).join(filled)));
    }
    Ok(())
}

/// Returns the folder that relative paths of an item are written under: in a batch each row has its own.
fn out_folder(plan: &Plan, step: &Step, place: &Place) -> PathBuf {
    let rows = place.names().into_iter().take(step.rows);
    rows.fold(plan.out_folder.clone(), |folder, row| folder.join(row))
}

/// A path is shown to everybody, and what stands in it is changed until no search finds it.
fn refuse_secrets(secrets: &Secrets, template: &PathTemplate, filled: &Path, bag: &Bag) -> Result<(), NodeError> {
    let tells = |name: &&str| {
        let json = bag.get(name).and_then(Value::to_json);
        json.is_some_and(|json| secrets.are_in(json.as_str().unwrap_or(&json.to_string())))
    };
    if secrets.is_empty() {
        return Ok(());
    }
    let refused = |what: &str| {
        let error = NodeError::new(format!("{what} holds a secret, and paths are seen by everybody"));
        Err(error.hint("name the file after something else").permanent())
    };
    match template.placeholders().into_iter().find(tells) {
        Some(name) => refused(&format!("what stands for `{{{name}}}`")),
        None if secrets.are_in(&filled.display().to_string()) => refused("the path"),
        None => Ok(()),
    }
}
