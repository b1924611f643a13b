//! What files are to the window: looked at beside it, because disks take their time.

use std::io::Read;
use std::path::{Path, PathBuf};

use windlass_core::registry::{Imported, Registry};

use crate::host::Host;

/// The ends of names of pictures.
const PICTURES: [&str; 8] = ["png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff"];
/// How much of a file is read to see whether it is a graph.
const HEAD_BYTES: u64 = 64 << 10;
/// The largest file that is looked at whole, in bytes.
const MOST_BYTES: u64 = 64 << 20;

/// A file that was looked at.
pub type Found = (PathBuf, What);

/// What a file is to the window.
pub enum What {
    /// A graph.
    Graph,
    /// Another program's file, and the graph that it becomes.
    Imported(Box<Result<Imported, String>>),
    /// A folder.
    Folder,
    /// A picture.
    Picture,
    /// Something else, or nothing.
    Other,
}

/// Looks at files. What other programs have put into one is looked for where it is the only one: many are to be worked on.
pub fn look(host: &dyn Host, registry: &Registry, paths: Vec<PathBuf>) -> Vec<Found> {
    let is_alone = paths.len() == 1;
    let look = |path: PathBuf| {
        let what = what(&path);
        let may_be_foreign = is_alone && matches!(what, What::Picture | What::Other);
        let imported = may_be_foreign.then(|| imported(host, registry, &path)).flatten();
        (path, imported.unwrap_or(what))
    };
    paths.into_iter().map(look).collect()
}

fn what(path: &Path) -> What {
    let end = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    match end.as_str() {
        _ if path.is_dir() => What::Folder,
        "yaml" | "yml" | "json" if is_graph(path) => What::Graph,
        end if PICTURES.contains(&end) => What::Picture,
        _ => What::Other,
    }
}

/// Returns whether a file says at its beginning that it is a graph.
fn is_graph(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(HEAD_BYTES).read_to_end(&mut head));
    let head = String::from_utf8_lossy(&head);
    let names_version = |line: &str| line.trim_start_matches(['{', ' ', '"']).trim_start().starts_with("windlass");
    read.is_ok() && head.lines().any(names_version)
}

/// Returns what becomes of another program's file, if one of the packs knows it.
fn imported(host: &dyn Host, registry: &Registry, path: &Path) -> Option<What> {
    let is_small = path.metadata().is_ok_and(|about| about.is_file() && about.len() <= MOST_BYTES);
    if registry.importers().is_empty() || !is_small {
        return None;
    }
    let content = host.load(path).ok()?;
    let name = path.file_name()?.to_string_lossy().into_owned();
    let importer = registry.importers().values().find(|importer| importer.knows(&name, &content))?;
    let in_words = |error: windlass_core::node::NodeError| match error.hint_text() {
        Some(hint) => format!("{error}\n{hint}"),
        None => error.to_string(),
    };
    Some(What::Imported(Box::new(importer.import(&name, &content).map_err(in_words))))
}
