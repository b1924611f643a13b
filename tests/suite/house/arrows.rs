//! Who may import whom, and which library is named where.

use super::hold;
use super::tree::{For, Package, files, packages};

/// What a room may see of ours, and what its tests may see beside that.
struct Room {
    folder: &'static str,
    sees: &'static [&'static str],
    tests_see: &'static [&'static str],
}

const ROOMS: [Room; 8] = [
    Room { folder: "engine/derive", sees: &[], tests_see: &[] },
    Room { folder: "engine/core", sees: &["windlass-derive"], tests_see: &[] },
    Room { folder: "engine/store", sees: &["windlass-core"], tests_see: &[] },
    Room { folder: "engine/process", sees: &[], tests_see: &["windlass-core", "windlass-fault", "windlass-runtime"] },
    Room {
        folder: "engine/runtime",
        sees: &["windlass-core", "windlass-process", "windlass-store"],
        tests_see: &["windlass-derive", "windlass-fault", "windlass-flow", "windlass-runtime"],
    },
    Room { folder: "nodes/comfy-fake", sees: &[], tests_see: &[] },
    Room { folder: "nodes/", sees: &["windlass-core"], tests_see: &["windlass-comfy-fake"] },
    Room {
        folder: "editor",
        sees: &["windlass-core", "windlass-store", "windlass-runtime"],
        tests_see: &["windlass-fault", "windlass-files", "windlass-flow", "windlass-image", "windlass-text"],
    },
];

/// A library that only some rooms may name, and why.
struct Kept {
    library: &'static str,
    rooms: &'static [&'static str],
    why: &'static str,
}

const KEPT: [Kept; 11] = [
    Kept { library: "kameo", rooms: &["engine/runtime"], why: "actors can be replaced without a tour of the house" },
    Kept { library: "tokio", rooms: &["engine/runtime", "nodes/"], why: "documents, plans and files know no executor" },
    Kept { library: "redb", rooms: &["engine/store"], why: "the index can be replaced without a tour of the house" },
    Kept {
        library: "rustix",
        rooms: &["engine/process", "engine/store"],
        why: "what is asked of the system for processes and for files stands in one room each",
    },
    Kept { library: "petgraph", rooms: &["engine/core"], why: "a plan is compiled in one room" },
    Kept { library: "minijinja", rooms: &["engine/core"], why: "there is one expression language, with one limit" },
    Kept { library: "granit-parser", rooms: &["engine/core"], why: "there is one reader of graph files" },
    Kept { library: "yaml-edit", rooms: &["engine/core"], why: "there is one writer of graph files" },
    Kept { library: "anyhow", rooms: &["."], why: "an error of a library says in its type what a caller can do" },
    Kept { library: "clap", rooms: &["."], why: "the command line is one room, and nobody imports it" },
    Kept { library: "egui", rooms: &["editor"], why: "deleting the window leaves a working product" },
];

/// What `engine/core` must not ask for, and why.
const WORLD: [(&str, &str); 9] = [
    ("std::fs", "it does no I/O: files come through a loader"),
    ("std::net", "it does no I/O"),
    ("std::process", "it does no I/O"),
    ("std::env", "it knows no process"),
    ("std::thread", "it starts nothing"),
    ("Instant::now", "it reads no clock"),
    ("SystemTime::now", "it reads no clock"),
    ("println!", "it prints nothing"),
    ("panic!", "it never panics, whatever the document"),
];

/// Files in which kameo may be named.
const KAMEO_FILES: usize = 6;

fn room_of(package: &Package) -> Option<&'static Room> {
    ROOMS.iter().find(|room| package.folder == room.folder || is_below(&package.folder, room.folder))
}

fn is_below(folder: &str, room: &str) -> bool {
    room.ends_with('/') && folder.starts_with(room)
}

fn ours(package: &Package, of: For) -> Vec<String> {
    package.dependencies(of).into_iter().filter(|name| name.starts_with("windlass-")).collect()
}

fn wrong_arrows(package: &Package) -> Vec<String> {
    let Some(room) = room_of(package) else {
        return vec![format!("`{}` is no room of the house: add it to the table in this file", package.folder)];
    };
    let program = ours(package, For::Program).into_iter().filter(|name| !room.sees.contains(&&**name));
    let may = |name: &String| room.sees.contains(&&**name) || room.tests_see.contains(&&**name);
    let tests = ours(package, For::Tests).into_iter().filter(|name| !may(name));
    program.chain(tests).map(|name| format!("`{}` must not see `{name}`", package.folder)).collect()
}

#[test]
fn arrows_point_downward_only() {
    let rooms = packages().into_iter().filter(|package| package.folder != "." && package.folder != "fuzz");
    let wrong: Vec<_> = rooms.flat_map(|package| wrong_arrows(&package)).collect();
    hold("a room sees only what lies below it, so that it can be read, tested and replaced without the rest", &wrong);
}

#[test]
fn nobody_imports_the_command_line() {
    let sees = |package: &Package| package.dependencies(For::Program).contains(&"windlass".to_owned());
    let wrong: Vec<_> = packages().into_iter().filter(sees).map(|package| package.folder).collect();
    hold("the root package assembles everything and is imported by nobody", &wrong);
}

#[test]
fn libraries_stay_in_their_rooms() {
    let mut wrong = Vec::new();
    for package in packages() {
        let named = package.dependencies(For::Program);
        let may =
            |kept: &Kept| kept.rooms.iter().any(|room| package.folder == *room || is_below(&package.folder, room));
        let strayed = KEPT.iter().filter(|kept| named.iter().any(|name| name == kept.library) && !may(kept));
        wrong.extend(strayed.map(|kept| format!("`{}` in `{}`: {}", kept.library, package.folder, kept.why)));
    }
    hold("some libraries are named in one room alone", &wrong);
}

#[test]
fn actors_are_named_in_a_handful_of_files() {
    let runtime = files(&["rs"]).into_iter().filter(|file| file.path.starts_with("engine/runtime/src"));
    let naming: Vec<_> = runtime.filter(|file| file.code().any(|line| line.contains("kameo::"))).collect();
    assert!(!naming.is_empty(), "no file names kameo: does this test look for the right thing?");
    let names: Vec<_> = naming.iter().map(|file| file.path.clone()).collect();
    let too_many = if names.len() > KAMEO_FILES { &names[..] } else { &[] };
    hold("kameo is named in a handful of files, so that it can be replaced without a tour of the house", too_many);
}

#[test]
fn the_index_is_named_in_one_file() {
    let naming = files(&["rs"]).into_iter().filter(|file| file.code().any(|line| line.contains("redb::")));
    let naming: Vec<_> = naming.map(|file| file.path).filter(|path| !path.starts_with("tests/suite/house")).collect();
    assert_eq!(naming, ["engine/store/src/index/db.rs"], "redb is named in one file, so that it can be replaced");
}

#[test]
fn core_asks_the_world_for_nothing() {
    let mut wrong = Vec::new();
    let core = |path: &str| path.starts_with("engine/core/src") && !path.starts_with("engine/core/src/harness");
    for file in files(&["rs"]).into_iter().filter(|file| core(&file.path) && !file.is_test()) {
        for (word, why) in WORLD {
            if file.code().any(|line| line.contains(word)) {
                wrong.push(format!("`{word}` in {}: {why}", file.path));
            }
        }
    }
    hold("core is pure data and pure functions, so that the window, a test and a server use the same", &wrong);
}

/// Files in which something remains for a whole thread or process, each with the reason.
const REMAINING: [(&str, &str); 2] = [
    ("engine/runtime/src/user_code.rs", "a panic hook is told by the thread whether a node's code was running"),
    ("engine/core/src/expr/language.rs", "the language is a constant, made when it is first asked for"),
];

#[test]
fn nothing_is_process_wide() {
    let mut wrong = Vec::new();
    for file in files(&["rs"]).into_iter().filter(|file| !file.is_test()) {
        let may = REMAINING.iter().any(|(path, _)| file.path == *path);
        let state = file.code().filter(|line| is_process_wide(line) && !may);
        wrong.extend(state.map(|line| format!("{}: {}", file.path, line.trim())));
    }
    hold("there is no process-wide state: the registry is passed in, the engine is owned, two runs never meet", &wrong);
}

/// Returns whether a line declares a static that can change.
fn is_process_wide(line: &str) -> bool {
    let line = line.trim_start();
    let line = ["pub ", "pub(crate) ", "pub(super) "].iter().find_map(|word| line.strip_prefix(word)).unwrap_or(line);
    let cells = ["Mutex<", "RwLock<", "Atomic", "OnceLock<", "LazyLock<", "Cell<"];
    let changes = cells.iter().any(|cell| line.contains(cell));
    line.starts_with("thread_local!") || line.starts_with("static mut ") || (line.starts_with("static ") && changes)
}

#[test]
fn state_is_told_from_constants() {
    assert!(is_process_wide("pub static NEXT: AtomicU64 = AtomicU64::new(0);"));
    assert!(is_process_wide("pub(super) static NAMES: LazyLock<Vec<u8>> = LazyLock::new(Vec::new);"));
    assert!(is_process_wide("    thread_local! {"));
    assert!(!is_process_wide("static NAMES: [&str; 2] = [\"a\", \"b\"];"));
    assert!(!is_process_wide("    steps: OnceLock<Vec<Step>>,"));
}
