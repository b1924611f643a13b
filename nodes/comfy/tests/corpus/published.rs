//! Published workflows, in the folder that `WINDLASS_COMFY_CORPUS` names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use windlass_comfy::{ApiWorkflow, Definitions, PoolSettings, Shelf, pack};
use windlass_core::registry::Registry;

/// Fields in which the front end writes a random address or the time.
const AT_RANDOM: [(&str, &str); 2] = [("LoadAudio", "audioUI"), ("Load3D", "image")];

pub struct Corpus {
    pub folder: PathBuf,
    pub definitions: Definitions,
    /// Names, and whether the export is to be matched exactly.
    pub names: Vec<(String, bool)>,
}

impl Corpus {
    pub fn open() -> Self {
        let folder = std::env::var_os("WINDLASS_COMFY_CORPUS").expect("`WINDLASS_COMFY_CORPUS` names the corpus");
        let folder = Path::new(&folder).join("templates");
        let definitions = Definitions::read(&read(&folder.join("object_info.json"))).unwrap();
        let index: Value = serde_json::from_slice(&read(&folder.join("index.json"))).unwrap();
        let name = |entry: &Value| (entry["name"].as_str().unwrap().to_owned(), entry["gold"].as_bool().unwrap());
        let names: Vec<_> = index.as_array().unwrap().iter().map(name).collect();
        assert!(!names.is_empty());
        Self { folder, definitions, names }
    }

    pub fn file(&self, name: &str) -> Vec<u8> {
        read(&self.folder.join(name))
    }

    pub fn registry(&self) -> Registry {
        let shelf = Shelf::new(Some(self.folder.join("object_info.json")), None, Vec::new());
        Registry::new([pack(PoolSettings::of(Vec::new()), Arc::new(shelf))]).unwrap()
    }

    /// Knows the kinds, and leaves plans as they are.
    pub fn registry_without_islands(&self) -> Registry {
        let shelf = Shelf::new(Some(self.folder.join("object_info.json")), None, Vec::new());
        Registry::new([pack(PoolSettings::of(Vec::new()), Arc::new(shelf)).without_passes()]).unwrap()
    }
}

pub fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Returns what differs, line by line.
pub fn differences(ours: &ApiWorkflow, theirs: &ApiWorkflow) -> Vec<String> {
    let (ours, theirs) = (lines(ours), lines(theirs));
    let missing =
        theirs.iter().filter(|(at, value)| ours.get(*at) != Some(value)).map(|(at, value)| format!("- {at}: {value}"));
    let more =
        ours.iter().filter(|(at, value)| theirs.get(*at) != Some(value)).map(|(at, value)| format!("+ {at}: {value}"));
    missing.chain(more).collect()
}

fn lines(workflow: &ApiWorkflow) -> BTreeMap<String, String> {
    let mut lines = BTreeMap::new();
    for (id, node) in &workflow.nodes {
        lines.insert(id.clone(), node.class.clone());
        let inputs = node.inputs.iter().filter(|(name, _)| !AT_RANDOM.contains(&(node.class.as_str(), name.as_str())));
        lines.extend(inputs.map(|(name, value)| (format!("{id}.{name}"), number_as_number(value))));
    }
    lines
}

/// Writes a value so that `1` and `1.0` are the same, as they are to the front end.
fn number_as_number(value: &Value) -> String {
    value.as_f64().map_or_else(|| value.to_string(), |number| number.to_string())
}
