//! `windlass export`: a graph becomes another program's file; what stands already is never touched.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::absolute;

use windlass_core::doc;
use windlass_core::problem::render;

use crate::cli::ExportArgs;
use crate::exit::{Exit, Trouble};
use crate::load::read_file;
use crate::packs;
use crate::terminal::{Paint, err_line, print, printable};

/// Makes the file.
///
/// # Errors
/// Says why the graph cannot be read, or the file not be made.
pub fn run(args: &ExportArgs) -> anyhow::Result<Exit> {
    let registry = packs::registry_for(&args.graph, args.workspace.as_deref())?;
    let format = if args.comfy { "comfy" } else { args.to.as_deref().unwrap_or_default() };
    let Some(exporter) = registry.exporters().get(format) else {
        let names: Vec<_> = registry.exporters().keys().map(|name| format!("`{name}`")).collect();
        let known = if names.is_empty() {
            "this program is built without packs that write other programs' files".to_owned()
        } else {
            format!("there are {}", names.join(", "))
        };
        return Err(Trouble::wrong(format!("nothing exports to `{format}`")).hint(known).into());
    };
    let bytes = read_file(&args.graph).map_err(|error| Trouble::wrong(error.to_string()))?;
    let full = absolute(&args.graph).unwrap_or_else(|_| args.graph.clone());
    let read = doc::read(&args.graph.display().to_string(), &bytes, Some(&full));
    read.problems.iter().for_each(|problem| err_line(render(problem, Paint::stderr().is_on()).trim_end()));
    let Some(graph) = read.doc.filter(|_| read.problems.is_empty()) else { return Ok(Exit::Wrong) };
    let exported = exporter.export(&graph).map_err(|error| {
        Trouble::wrong(format!("`{}` cannot be exported: {error}", args.graph.display()))
            .hint(error.hint_text().unwrap_or("leave out what the other program has no place for"))
    })?;
    let path = args.out.clone().unwrap_or_else(|| args.graph.with_extension(exporter.ending()));
    let made = OpenOptions::new().write(true).create_new(true).open(&path);
    let written = made.and_then(|mut file| file.write_all(&exported.content));
    written.map_err(|error| {
        Trouble::wrong(format!("cannot make `{}`", path.display()))
            .hint("choose another name with `--out`")
            .because(error)
    })?;
    exported.notes.iter().for_each(|note| err_line(&format!("note: {}", printable(note))));
    print(&format!("made {}\n", printable(&path.display().to_string())))?;
    Ok(Exit::Done)
}
