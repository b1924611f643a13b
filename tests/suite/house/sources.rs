//! What every source file has, and how long it may be.

use super::hold;
use super::tree::{Source, files};

/// Above this, a file without its tests is looked at again.
const FILE_LINES: usize = 450;

/// Above this, a file with its tests is looked at again: a node is read in one go.
const NODE_LINES: usize = 350;

/// Files that may be longer, each with the reason.
const LONGER: [(&str, &str); 0] = [];

/// Where people's files lie; spelled in two parts, so that this file does not find itself.
const MACHINE_PATHS: [&str; 5] = [
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
    concat!("/ro", "ot/"),
    concat!("/wo", "rk/"),
    concat!(":\\Us", "ers"),
];

/// Folders of people who do not exist, as tests invent them.
const INVENTED: [&str; 3] = [concat!("/ho", "me/ada"), concat!("/ho", "me/a/"), concat!("/ho", "me/me")];

fn sources() -> Vec<Source> {
    files(&["rs"])
}

fn is_node(file: &Source) -> bool {
    file.path.starts_with("nodes/") && file.text.contains("\nimpl Node for ")
}

#[test]
fn every_file_says_what_it_is_for() {
    let silent: Vec<_> =
        sources().into_iter().filter(|file| !file.text.starts_with("//! ")).map(|file| file.path).collect();
    hold("a file opens with one sentence of `//!`: what it is for, so that a reader knows whether to read on", &silent);
}

#[test]
fn files_are_short() {
    let mut long = Vec::new();
    for file in sources() {
        let (lines, limit) = match is_node(&file) {
            true => (file.text.lines().count(), NODE_LINES),
            false => (file.without_tests().count(), FILE_LINES),
        };
        if lines > limit && !LONGER.iter().any(|(path, _)| file.path == *path) {
            long.push(format!("{}: {lines} lines, at most {limit}", file.path));
        }
    }
    hold(
        "a long file hides two rooms: split it by what changes together, or list it in this test with the reason",
        &long,
    );
}

#[test]
fn no_file_knows_the_machine_it_was_written_on() {
    let mut found = Vec::new();
    for file in files(&["rs", "toml", "md", "yaml", "yml", "json", "sh", "py", "snap"]) {
        found.extend(
            file.text
                .lines()
                .filter(|line| knows_a_machine(line))
                .map(|line| format!("{}: {}", file.path, line.trim())),
        );
    }
    hold("a fresh clone lies anywhere: no path of somebody's machine stands in the repository", &found);
}

fn knows_a_machine(line: &str) -> bool {
    let invented = INVENTED.iter().fold(line.to_owned(), |line, path| line.replace(path, ""));
    MACHINE_PATHS.iter().any(|path| invented.contains(path))
}

#[test]
fn every_node_is_registered() {
    let nodes: Vec<_> = sources().into_iter().filter(is_node).collect();
    assert!(nodes.len() > 10, "only {} nodes were found: does this test look for the right thing?", nodes.len());
    let packs = sources();
    let forgotten = nodes.iter().filter(|node| !registered(node, &packs)).map(|node| node.path.clone());
    hold(
        "a node is one file and two lines of its pack: `mod x;` and `.kind::<x::X>()`",
        &forgotten.collect::<Vec<_>>(),
    );
}

fn registered(node: &Source, packs: &[Source]) -> bool {
    let Some(pack) = node.path.find("/src/").map(|at| format!("{}/src/lib.rs", &node.path[..at])) else { return false };
    let lib = packs.iter().find(|file| file.path == pack);
    let names = node.text.lines().filter_map(|line| line.strip_prefix("impl Node for ")?.split([' ', '{']).next());
    let is_named = |name: &str| {
        lib.is_some_and(|lib| lib.text.contains(&format!("::{name}>")) || lib.text.contains(&format!("<{name}>")))
    };
    names.into_iter().all(is_named)
}
