//! The commands that the README tells people to type.

use std::fs;

use super::hold;
use super::tree::root;
use crate::program::windlass;

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

#[test]
fn one_command_runs_all_tests() {
    let test = "cargo test --workspace";
    for file in ["README.md", ".ci/run", "docs/testing.md"] {
        assert!(read(file).contains(test), "`{test}` is the one command for all tests, and `{file}` does not name it");
    }
}

#[test]
fn the_graphs_of_the_readme_exist() {
    let readme = read("README.md");
    let named =
        readme.split([' ', '`', '\n', '(']).filter(|word| word.starts_with("graphs/") && word.ends_with(".yaml"));
    let missing: Vec<_> = named.filter(|path| !root().join(path).is_file()).map(str::to_owned).collect();
    hold("a newcomer types what the README says", &missing);
}

#[test]
fn the_commands_of_the_readme_exist() {
    let readme = read("README.md");
    let named = readme.lines().filter_map(|line| line.strip_prefix("| `windlass ")?.split([' ', '`']).next());
    let commands: Vec<_> = named.collect();
    assert!(commands.len() > 5, "the README lists no commands");
    let unknown = commands.into_iter().filter(|command| !has_help(command)).map(str::to_owned);
    hold("a newcomer types what the README says", &unknown.collect::<Vec<_>>());
}

#[test]
fn the_graph_of_the_readme_has_no_problems() {
    let readme = read("README.md");
    let graph = readme.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("graph.yaml"), graph).unwrap();
    windlass(folder.path(), &["check", "graph.yaml"]).ends_with(0);
}

fn has_help(command: &str) -> bool {
    let help = windlass(root(), &[command, "--help"]);
    help.code == Some(0) && help.out.contains(&format!("windlass {command}"))
}

#[test]
fn links_in_documents_lead_somewhere() {
    let mut broken = Vec::new();
    for file in super::tree::files(&["md"]) {
        let folder = root().join(&file.path).parent().unwrap().to_owned();
        let targets = file.text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
        let local = targets.filter(|target| !target.contains("://") && !target.is_empty());
        let gone = local.filter(|target| !folder.join(target).exists());
        broken.extend(gone.map(|target| format!("{}: {target}", file.path)));
    }
    hold("a link that leads nowhere costs every reader a search", &broken);
}
