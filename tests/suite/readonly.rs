//! A workspace on a disk that cannot be written to: what is remembered is told, and what would change it is refused in words.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::program::{Ran, WORDS, command, files_below, start, windlass};

/// Makes a folder read-only for one program alone, in a namespace of its own.
const READ_ONLY: &str = r#"
mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && cd "$0" || exit 98
if (: >probe) 2>/dev/null; then exit 99; fi
exec "$@""#;

/// Runs the program where everything in `folder` is on a disk that cannot be written to.
fn windlass_read_only(folder: &Path, args: &[&str]) -> Ran {
    let program = command(folder, args);
    let mut inside = Command::new("unshare");
    inside.args(["--mount", "--map-root-user", "sh", "-c", READ_ONLY]).arg(folder);
    inside.arg(program.get_program()).args(program.get_args()).env("HOME", folder);
    let ran = start(inside).wait();
    assert!(
        !ran.err.contains("unshare:") && !matches!(ran.code, Some(98 | 99)),
        "no read-only disk can be had here: {}",
        ran.err
    );
    ran
}

#[test]
fn a_workspace_on_a_read_only_disk_is_read_and_otherwise_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("graph.yaml"), WORDS).unwrap();
    windlass(folder.path(), &["run", "graph.yaml", "--quiet"]).ends_with(0);
    let before = (files_below(folder.path()), files_below(&folder.path().join(".windlass")));
    let read = |args: &[&str]| windlass_read_only(folder.path(), args);
    assert_eq!(read(&["runs", "--json"]).ends_with(0).json_lines().len(), 1);
    assert!(read(&["show"]).ends_with(0).out.contains("written: 2 files"));
    read(&["replay"]).ends_with(0).says("Words finished");
    read(&["check", "graph.yaml"]).ends_with(0);
    let told = read(&["doctor"]).ends_with(4);
    assert!(told.out.contains("cannot write into"), "{}", told.out);
    let elsewhere = tempfile::tempdir().unwrap();
    let out = elsewhere.path().to_str().unwrap();
    read(&["run", "graph.yaml", "--out", out]).ends_with(0).says("going on without a workspace");
    assert_eq!(files_below(elsewhere.path()).len(), 2);
    read(&["run", "graph.yaml"]).ends_with(1).says("it lies on a file system that can only be read").says("hint:");
    read(&["run", "graph.yaml", "--workspace", ".windlass"]).ends_with(4).says("the workspace cannot be used");
    assert_eq!((files_below(folder.path()), files_below(&folder.path().join(".windlass"))), before);
    windlass(folder.path(), &["run", "graph.yaml", "--quiet"]).ends_with(0);
}
