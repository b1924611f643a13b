//! A window that is killed, or whose disk is full: a second process of this program has it, and is ended without a word.
#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use egui_kittest::kittest::Queryable;
use tempfile::TempDir;

use super::GRAPH;
use super::driven::Window;

/// Says to the other process what it does; the folder is its current one.
const PART: &str = "WINDLASS_TEST_PART";
/// Edits that are made before the window is killed.
const EDITS: usize = 6;
/// Windows that are killed while they save.
const KILLS: u64 = 5;
/// How old edits may be that are gone.
const LOST: Duration = Duration::from_secs(2);

fn folder_with(graph: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("graph.yaml"), graph).unwrap();
    folder
}

/// Returns how another process of this program plays a part, as a shell says it.
fn playing(part: &str, folder: &Path, before: &str) -> Command {
    let mut command = Command::new("sh");
    let exe = std::env::current_exe().unwrap();
    command.arg("-c").arg(format!("{before} exec {exe:?} --exact killed::other_process --ignored --nocapture"));
    command.current_dir(folder).env(PART, part).env("RUST_BACKTRACE", "0");
    command
}

struct Other {
    process: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Other {
    fn start(part: &str, folder: &Path) -> Self {
        let mut process = playing(part, folder, "").stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { process, lines }
    }

    /// Waits until it has said something.
    #[track_caller]
    fn wait_for(&mut self, said: &str) {
        let found = self.lines.by_ref().map_while(Result::ok).any(|line| line == said);
        assert!(found, "the other process never said `{said}`");
    }

    /// Kills it; returns what it had said until then.
    fn kill(mut self) -> Vec<String> {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.lines.map_while(Result::ok).collect()
    }
}

fn title(window: &Window) -> String {
    window.doc_node("thumb").title.clone().unwrap_or_default()
}

fn retitle(window: &mut Window, title: &str) {
    window.click_node("thumb");
    window.command("retitle");
    window.retype(title);
    window.enter();
}

#[test]
#[ignore = "what the other process of the tests here does"]
fn other_process() {
    let mut window = Window::in_folder(&*std::env::current_dir().unwrap());
    match std::env::var(PART).unwrap_or_default().as_str() {
        "edit" => (1..=EDITS).for_each(|round| edit(&mut window, round)),
        "save" => (1..1_000).for_each(|round| save(&mut window, round)),
        _ => return full(&mut window),
    }
    std::thread::sleep(Duration::from_secs(600));
}

fn edit(window: &mut Window, round: usize) {
    retitle(window, &format!("round {round}"));
    println!("edited {round}");
}

fn save(window: &mut Window, round: usize) {
    retitle(window, &format!("round {round}"));
    println!("saving {round}");
    window.command("save");
    println!("saved {round}");
}

/// Nothing can be written that is longer than the limit which the shell has set.
fn full(window: &mut Window) {
    retitle(window, "round 1");
    super::running::until(window, "it is said", |window| {
        window.harness.query_by_label_contains("unsaved edits are not being kept").is_some()
    });
    window.command("save");
    assert!(window.harness.query_by_label("The graph was not saved").is_some());
    assert!(window.editor().tab().document.is_changed());
    println!("all of it was said");
}

#[test]
fn a_window_that_is_killed_between_edit_and_save_loses_two_seconds_at_most() {
    let folder = folder_with(GRAPH);
    let mut other = Other::start("edit", folder.path());
    other.wait_for(&format!("edited {EDITS}"));
    std::thread::sleep(LOST);
    other.kill();
    assert_eq!(fs::read_to_string(folder.path().join("graph.yaml")).unwrap(), GRAPH, "nobody has saved");
    let mut window = Window::in_folder(folder);
    window.click("Take them over");
    assert_eq!(title(&window), format!("round {EDITS}"));
    window.command("save");
    assert!(window.file().contains("# A comment that stays.") && window.file().contains("and this one"));
}

#[test]
fn a_window_that_is_killed_while_it_saves_leaves_the_old_file_or_the_new_one() {
    let mut clean = Window::open(GRAPH);
    retitle(&mut clean, "round 1");
    clean.command("save");
    let saved = clean.file();
    for kill in 0..KILLS {
        let folder = folder_with(GRAPH);
        let mut other = Other::start("save", folder.path());
        other.wait_for(&format!("saving {}", 2 + kill));
        std::thread::sleep(Duration::from_millis(kill * 2));
        let said = other.kill();
        let least = said.iter().filter_map(|line| line.strip_prefix("saved ")?.parse().ok()).max().unwrap_or(1 + kill);
        let window = Window::in_folder(folder);
        let round: u64 = title(&window).strip_prefix("round ").unwrap().parse().unwrap();
        assert!(round >= least, "{round} is older than {least}, which was saved");
        assert_eq!(window.file(), saved.replace("round 1", &format!("round {round}")), "kill {kill}");
    }
}

#[test]
fn a_disk_that_takes_no_more_is_said_and_leaves_the_file_whole() {
    let long = GRAPH.replacen("nodes:\n", &format!("description: {}\nnodes:\n", "long ".repeat(4_000).trim()), 1);
    let folder = folder_with(&long);
    // The limit is 4 KiB; who writes more is told so, and goes on.
    let output = playing("full", folder.path(), "trap '' XFSZ; ulimit -f 8;").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("all of it was said"), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(fs::read_to_string(folder.path().join("graph.yaml")).unwrap(), long);
    assert!(!folder.path().join(".graph.yaml.unfinished").exists(), "nothing half-written stays");
}
