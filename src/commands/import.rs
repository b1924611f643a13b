//! `windlass import`: another program's file becomes a graph; what stands already is never touched.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use windlass_core::doc;
use windlass_core::registry::{Importer, Registry};

use super::comfy::classes;
use super::named_workspace;
use super::new::create;
use crate::cli::ImportArgs;
use crate::exit::{Exit, Trouble};
use crate::load::read_file;
use crate::packs;
use crate::terminal::{err_line, print, printable};

/// Makes the graph.
///
/// # Errors
/// Says why the file cannot be read, or the graph not be made.
pub fn run(args: &ImportArgs) -> anyhow::Result<Exit> {
    let graph = args.to.clone().unwrap_or_else(|| beside(&args.file));
    let workspace = named_workspace(args.workspace.as_deref());
    let (registry, shelf) =
        packs::registry_knowing(packs::beside(&graph), workspace.as_deref(), args.object_info.clone())?;
    let content = read_file(&args.file).map_err(|error| Trouble::wrong(error.to_string()))?;
    let name = args.file.file_name().unwrap_or_default().to_string_lossy();
    let importer = importer(&registry, args, &name, &content)?;
    let imported = importer.import(&name, &content).map_err(|error| {
        Trouble::wrong(format!("`{}` cannot be imported: {error}", args.file.display()))
            .hint(error.hint_text().unwrap_or("is the file whole?"))
    })?;
    create(&graph, &doc::write_new(&imported.graph))?;
    imported.notes.iter().for_each(|note| err_line(&format!("note: {}", printable(note))));
    if importer.name() == "comfy" {
        classes::keep(&shelf, packs::beside(&graph), workspace.as_deref())?;
    }
    let made = printable(&graph.display().to_string());
    print(&format!("made {made}\nnext: windlass check {made}\n"))?;
    Ok(Exit::Done)
}

fn beside(file: &Path) -> PathBuf {
    file.with_extension("yaml")
}

fn importer<'a>(
    registry: &'a Registry,
    args: &ImportArgs,
    name: &str,
    content: &[u8],
) -> anyhow::Result<&'a Arc<dyn Importer>> {
    let all = registry.importers();
    let found = match &args.from {
        Some(format) => all.get(format),
        None => all.values().find(|importer| importer.knows(name, content)),
    };
    let names: Vec<_> = all.iter().map(|(name, importer)| format!("`{name}`: {}", importer.doc())).collect();
    let known = if names.is_empty() {
        "this program is built without packs that read other programs' files".to_owned()
    } else {
        format!("there are {}", names.join("; "))
    };
    let refused = || match &args.from {
        Some(format) => Trouble::wrong(format!("nothing imports `{format}`")),
        None => Trouble::wrong(format!("nothing knows what `{}` is", args.file.display())),
    };
    found.ok_or_else(|| refused().hint(known).into())
}
