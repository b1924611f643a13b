//! Published workflows, against what the front end of ComfyUI itself made of them. They lie in the folder that
//! `WINDLASS_COMFY_CORPUS` names; `benches/comfy-corpus.sh` runs this.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;
use windlass_comfy::{ApiWorkflow, Converted, Definitions, Workflow, convert};

/// Fields in which the front end writes a random address or the time.
const AT_RANDOM: [(&str, &str); 2] = [("LoadAudio", "audioUI"), ("Load3D", "image")];

struct Corpus {
    folder: PathBuf,
    definitions: Definitions,
    /// Names, and whether the export is to be matched exactly.
    names: Vec<(String, bool)>,
}

impl Corpus {
    fn open() -> Self {
        let folder = std::env::var_os("WINDLASS_COMFY_CORPUS").expect("`WINDLASS_COMFY_CORPUS` names the corpus");
        let folder = Path::new(&folder).join("templates");
        let definitions = Definitions::read(&read(&folder.join("object_info.json"))).unwrap();
        let index: Value = serde_json::from_slice(&read(&folder.join("index.json"))).unwrap();
        let name = |entry: &Value| (entry["name"].as_str().unwrap().to_owned(), entry["gold"].as_bool().unwrap());
        let names: Vec<_> = index.as_array().unwrap().iter().map(name).collect();
        assert!(!names.is_empty());
        Self { folder, definitions, names }
    }

    fn convert(&self, name: &str) -> Converted {
        let workflow = Workflow::read(&read(&self.folder.join(format!("{name}.json"))));
        convert(&workflow.unwrap_or_else(|error| panic!("{name}: {error}")), &self.definitions)
    }

    /// Returns what the front end made of a workflow, without classes that it did not know.
    fn exported(&self, name: &str) -> Option<ApiWorkflow> {
        ApiWorkflow::read(&read(&self.folder.join(format!("api/{name}.api.json")))).ok()
    }
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Returns what differs, line by line.
fn differences(ours: &ApiWorkflow, theirs: &ApiWorkflow) -> Vec<String> {
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

#[test]
#[ignore = "needs the corpus; `benches/comfy-corpus.sh` runs it"]
fn gold_workflows_convert_to_what_the_front_end_exports() {
    let corpus = Corpus::open();
    let mut wrong = Vec::new();
    let gold: Vec<_> = corpus.names.iter().filter(|(_, gold)| *gold).collect();
    for (name, _) in &gold {
        let made = corpus.convert(name);
        let found = differences(&made.workflow, &corpus.exported(name).unwrap());
        for doubt in &made.findings {
            println!("{name}: {doubt}");
        }
        if !found.is_empty() || !made.is_whole() {
            wrong.push(format!("{name}:\n  {}\n  {:?}", found.join("\n  "), made.findings));
        }
    }
    println!("{} of {} gold workflows are the same", gold.len() - wrong.len(), gold.len());
    assert!(!gold.is_empty() && wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
#[ignore = "needs the corpus; `benches/comfy-corpus.sh` runs it"]
fn other_workflows_are_the_same_or_refused_by_node_and_reason() {
    let corpus = Corpus::open();
    let (mut same, mut refused, mut doubted, mut silent) = (0, 0, 0, Vec::new());
    let others: Vec<_> = corpus.names.iter().filter(|(_, gold)| !*gold).collect();
    for (name, _) in &others {
        let made = corpus.convert(name);
        assert!(made.findings.iter().all(|finding| !finding.node.is_empty() && !finding.why.is_empty()));
        let found = corpus.exported(name).map(|theirs| differences(&made.workflow, &theirs));
        match found {
            _ if !made.is_whole() => refused += 1,
            Some(found) if found.is_empty() => same += 1,
            _ if !made.findings.is_empty() => doubted += 1,
            found => silent.push(format!("{name}: {}", found.unwrap_or_default().join("; "))),
        }
    }
    println!(
        "{same} of {} other workflows are the same, {refused} are refused, {doubted} differ where it is said",
        others.len()
    );
    assert!(silent.is_empty(), "these differ without a word:\n{}", silent.join("\n"));
}
