//! Graphs that are wrong on purpose: the program refuses each with exit code 2 and an explanation, and never breaks.

use std::fs;
use std::path::PathBuf;

use crate::program::{repository, windlass};

/// Returns the files directly in the families of `tests/wrong`; what lies deeper are parts that they use.
fn wrong_graphs() -> Vec<PathBuf> {
    let families = fs::read_dir(repository().join("tests/wrong")).unwrap().map(|entry| entry.unwrap().path());
    let entries = families.filter(|path| path.is_dir()).flat_map(|family| fs::read_dir(family).unwrap());
    let mut graphs: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|is| is != "txt"))
        .collect();
    graphs.sort();
    graphs
}

#[test]
fn every_wrong_graph_is_explained_and_nothing_runs() {
    let folder = tempfile::tempdir().unwrap();
    let graphs = wrong_graphs();
    assert!(graphs.len() >= 200, "only {} graphs", graphs.len());
    for graph in graphs {
        let name = graph.to_str().unwrap();
        let ran = windlass(folder.path(), &["run", name, "--out", folder.path().to_str().unwrap()]);
        assert_eq!(ran.code, Some(2), "{name}:\n{}", ran.err);
        assert!(ran.err.starts_with("error") || ran.err.starts_with("warning"), "{name}:\n{}", ran.err);
        let file = graph.file_name().unwrap().to_str().unwrap();
        assert!(ran.err.contains(&format!("{file}:")), "{name} is explained without a place:\n{}", ran.err);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was written");
}

#[test]
fn each_wrong_use_of_a_kind_gives_the_one_finding_that_it_names() {
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(repository().join("tests/wrong/kinds")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let expected = text.lines().next().and_then(|line| line.strip_prefix("# expect: ")).unwrap();
        let ran = windlass(folder.path(), &["check", path.to_str().unwrap()]);
        let found: Vec<_> = ran.out.lines().filter_map(|line| line.strip_prefix("error[")?.split(']').next()).collect();
        assert_eq!(found, [expected], "{}:\n{}", path.display(), ran.out);
    }
}

#[test]
fn a_word_where_a_list_is_wanted_says_how_the_list_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let graph = repository().join("tests/wrong/kinds/plot-column-without-its-list.yaml");
    let ran = windlass(folder.path(), &["check", graph.to_str().unwrap()]).ends_with(2);
    assert!(ran.out.contains("`y`: expected `list<text>`, found `\"total\"`"), "{}", ran.out);
    assert!(ran.out.contains("hint: write a list: `y: [total]`"), "{}", ran.out);
}
