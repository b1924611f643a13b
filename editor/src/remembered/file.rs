//! The file in which a window remembers: JSON with a version, read with care and written whole.

use std::collections::BTreeSet;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use windlass_store::{Disk as _, RealDisk, whole};

use crate::docked::Part;
use crate::theme::Look;

/// The version of the file; a newer one is left alone.
const VERSION: u64 = 1;
/// Graphs of which something is remembered.
pub const MOST_GRAPHS: usize = 200;
/// Bytes that the file may have.
const MOST_BYTES: u64 = 16 << 20;

/// What the file says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Kept {
    version: u64,
    pub look: Look,
    pub hides_minimap: bool,
    pub panes: Option<Part>,
    /// The newest first.
    pub graphs: Vec<GraphKept>,
}

/// What it says of a graph.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct GraphKept {
    pub path: PathBuf,
    /// What is in the left top corner, and the zoom; none where the graph is fitted.
    pub view: Option<[f32; 3]>,
    pub collapsed: BTreeSet<String>,
}

/// Why a file says nothing.
pub struct Trouble {
    /// It is by a newer program, which knows more of it.
    pub is_newer: bool,
    /// In words.
    pub text: String,
}

impl Kept {
    /// Returns what is to be written.
    pub fn new(look: Look, hides_minimap: bool, panes: Part, graphs: Vec<GraphKept>) -> Self {
        Self { version: VERSION, look, hides_minimap, panes: Some(panes), graphs }
    }
}

/// Reads a file; one that is not there says nothing, and that is no trouble.
pub fn read(file: &Path) -> (Kept, Option<Trouble>) {
    let text = match text_of(file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return (Kept::default(), None),
        Err(error) => {
            let text = format!("The layout of the window cannot be read from {}: {error}", file.display());
            return (Kept::default(), Some(Trouble { is_newer: false, text }));
        }
    };
    match of_text(&text) {
        Ok(kept) => (kept, None),
        Err(true) => {
            let text = format!("{} is by a newer Windlass: the layout is the usual one, and not kept", file.display());
            (Kept::default(), Some(Trouble { is_newer: true, text }))
        }
        Err(false) => (Kept::default(), Some(Trouble { is_newer: false, text: damaged(file) })),
    }
}

/// Says that a file is damaged.
pub fn damaged(file: &Path) -> String {
    format!("{} is damaged: the layout is the usual one", file.display())
}

fn text_of(file: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    std::fs::File::open(file)?.take(MOST_BYTES).read_to_string(&mut text)?;
    Ok(text)
}

/// Returns what a text says; `Err` whether it is by a newer program.
fn of_text(text: &str) -> Result<Kept, bool> {
    let json: serde_json::Value = serde_json::from_str(text).map_err(|_| false)?;
    let version = json.get("version").and_then(serde_json::Value::as_u64).ok_or(false)?;
    if version > VERSION {
        return Err(true);
    }
    serde_json::from_value(json).map_err(|_| false)
}

/// Writes a file whole. Nobody is told where that cannot be done: what is lost is where panes were.
pub fn write(file: &Path, kept: &Kept) {
    let Ok(bytes) = serde_json::to_vec_pretty(kept) else { return };
    if RealDisk.make_folder(file.parent().unwrap_or(file)).is_ok() {
        drop(whole::write_whole(&RealDisk, file, &bytes));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deep/window.json");
        let graph =
            GraphKept { path: "/a/b.yaml".into(), view: Some([1.5, -2.0, 0.7]), collapsed: ["x".into()].into() };
        let kept = Kept::new(Look::Light, true, Part::default(), vec![graph]);
        write(&file, &kept);
        let (read, trouble) = read(&file);
        assert!(trouble.is_none() && read == kept, "{read:?}");
    }

    #[test]
    fn what_cannot_be_understood_gives_the_usual_layout_and_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("window.json");
        for (text, is_newer) in
            [("{", false), ("[]", false), ("{\"version\": 1, \"look\": 7}", false), ("{\"version\": 2}", true)]
        {
            std::fs::write(&file, text).unwrap();
            let (kept, trouble) = read(&file);
            assert!(kept == Kept::default() && trouble.is_some_and(|trouble| trouble.is_newer == is_newer), "{text}");
        }
    }
}
