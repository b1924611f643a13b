//! `windlass nodes`: the kinds that there are, or the reference of one, printed from their specs.

mod json;
mod markdown;
mod pages;
mod text;

use windlass_core::problem::nearest;
use windlass_core::registry::Registry;
use windlass_core::spec::Spec;

use super::named_workspace;
use crate::cli::NodesArgs;
use crate::exit::{Exit, Trouble};
use crate::terminal::Paint;
use crate::{packs, terminal};

const MAX_SUGGESTED: usize = 5;

/// Prints the list, or the reference.
///
/// # Errors
/// Suggests kinds where the one that was asked for is not known.
pub fn run(args: &NodesArgs) -> anyhow::Result<Exit> {
    let here = std::env::current_dir().unwrap_or_default();
    let registry = packs::registry_beside(&here, named_workspace(args.workspace.as_deref()).as_deref())?;
    let specs = match &args.kind {
        None => all(&registry),
        Some(name) => asked_for(&registry, name)?,
    };
    match &args.pages {
        Some(folder) => pages::write(&specs, folder)?,
        None => terminal::print(&printed(&specs, args))?,
    }
    Ok(Exit::Done)
}

fn printed(specs: &[Spec], args: &NodesArgs) -> String {
    let sheet = text::Sheet { paint: Paint::stdout(), columns: terminal::stdout_columns() };
    match (args, specs) {
        (NodesArgs { json: true, .. }, _) => format!("{:#}\n", json::list(specs)),
        (NodesArgs { markdown: true, .. }, _) => markdown::reference(specs, |_| None),
        (NodesArgs { kind: Some(kind), .. }, [spec]) if spec.kind == *kind => text::reference(spec, sheet),
        _ => text::list(specs, sheet),
    }
}

fn all(registry: &Registry) -> Vec<Spec> {
    registry.names().filter_map(|name| registry.spec(name)).collect()
}

fn asked_for(registry: &Registry, name: &str) -> anyhow::Result<Vec<Spec>> {
    if let Some(spec) = registry.spec(name) {
        return Ok(vec![spec]);
    }
    let specs = all(registry);
    let of_category: Vec<_> = specs.iter().filter(|spec| spec.category == name).cloned().collect();
    if !of_category.is_empty() {
        return Ok(of_category);
    }
    Err(Trouble::wrong(format!("no kind of node is called `{name}`")).hint(suggestion(&specs, name)).into())
}

fn suggestion(specs: &[Spec], name: &str) -> String {
    let found: Vec<_> = specs.iter().filter(|spec| is_about(spec, name)).map(|spec| spec.kind.as_str()).collect();
    let names = specs.iter().flat_map(|spec| [spec.kind.as_str(), spec.category.as_str()]);
    match (nearest(name, names), &found[..]) {
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, []) => "`windlass nodes` lists all kinds".into(),
        (None, found) => {
            let shown: Vec<_> = found.iter().take(MAX_SUGGESTED).map(|kind| format!("`{kind}`")).collect();
            format!("did you mean {}?", shown.join(" or "))
        }
    }
}

/// Returns whether somebody who types `word` may be looking for this kind.
fn is_about(spec: &Spec, word: &str) -> bool {
    let word = word.to_lowercase();
    let words = [&spec.kind, &spec.title].into_iter().chain(&spec.search);
    words.into_iter().any(|known| known.to_lowercase().contains(&word))
}
