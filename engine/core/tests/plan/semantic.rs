//! Graphs that are wrong on purpose: each names in its first line the finding that it must give.

use std::path::{Path, PathBuf};

use windlass_core::doc::{self, Loader};
use windlass_core::plan::{Request, compile};
use windlass_core::problem::{Problem, Severity, render};

use super::pack;

struct Disk;

impl Loader for Disk {
    fn load(&self, path: &Path) -> Result<Vec<u8>, String> {
        std::fs::read(path).map_err(|error| error.kind().to_string())
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/wrong/semantic").canonicalize().unwrap()
}

fn errors(path: &Path, text: &str) -> Vec<Problem> {
    let name = path.file_name().unwrap().to_string_lossy();
    let read = doc::read(&name, text.as_bytes(), Some(path));
    let mut problems = read.problems;
    if let Some(graph) = &read.doc {
        let registry = pack::registry();
        let mut request = Request::new(graph, &registry, &Disk);
        request.caller_folder = folder();
        let compiled = compile(&request);
        assert!(compiled.plan.is_none(), "{name} compiles");
        problems.extend(compiled.problems);
    }
    problems.retain(|problem| problem.severity == Severity::Error);
    problems
}

/// Says what is wrong with the findings of one file.
fn complaint(path: &Path) -> Option<String> {
    let text = std::fs::read_to_string(path).unwrap();
    let name = path.file_name().unwrap().to_string_lossy();
    let Some(expected) = text.lines().next().and_then(|line| line.strip_prefix("# expect: ")) else {
        return Some(format!("{name} does not say what it expects"));
    };
    let problems = errors(path, &text);
    let shown = || problems.iter().map(|problem| render(problem, false)).collect::<Vec<_>>().join("\n");
    let found: Vec<_> = problems.iter().map(|problem| problem.code).collect();
    if found != [expected] {
        return Some(format!("{name}: expected {expected} alone, found {found:?}\n{}", shown()));
    }
    problems[0].span.is_none().then(|| format!("{name}: the finding has no place"))
}

fn files() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(|path| path.is_file()).collect();
    files.sort();
    files
}

#[test]
fn each_wrong_graph_gives_the_one_finding_that_it_names() {
    let complaints: Vec<_> = files().iter().filter_map(|path| complaint(path)).collect();
    assert!(files().len() >= 95, "only {} files", files().len());
    assert!(complaints.is_empty(), "{}", complaints.join("\n\n"));
}
