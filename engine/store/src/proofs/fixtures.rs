//! Workspaces of each version that there was, as programs of that time left them, and a made-up older one: all of them open, and
//! tell what they were told. They lie in `tests/workspaces`, without their index, which is made anew.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{copy, made};
use crate::layout::{STEPS, Step, VERSION, migrate, read_version};
use crate::{Layout, Workspace};

/// What leads from the made-up version 0 to the first one: the ledger and the packs had other names.
const FROM_MADE_UP: [Step; 1] = [Step {
    to: 1,
    apply: |layout| {
        rename_unless_done(&layout.home().join("files.txt"), &layout.ledger())?;
        rename_unless_done(&layout.home().join("small"), &layout.packs())
    },
}];

fn rename_unless_done(from: &Path, to: &Path) -> io::Result<()> {
    if from.exists() { fs::rename(from, to) } else { Ok(()) }
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/workspaces")
}

/// Returns a copy of the workspace of a version, which may be changed.
fn workspace_of(version: u32) -> (tempfile::TempDir, Layout) {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join(".windlass");
    copy(&fixtures().join(version.to_string()), &home);
    (folder, Layout::new(&home))
}

/// Fails where anything of what was put into a workspace is not there.
fn has_everything(folder: &Path) {
    let workspace = Workspace::find(folder).unwrap().unwrap();
    let kept = made::kept_values(&workspace);
    assert_eq!(made::look(folder, &kept), made::Found { claims: 4, grants: 2, records: 19, values: 5 });
    let layout = workspace.layout().unwrap();
    assert_eq!(made::look_at_index(layout), 40);
    assert_eq!(read_version(&layout.version()).unwrap(), Some(VERSION));
}

#[test]
fn a_workspace_of_each_version_opens_and_tells_what_it_was_told() {
    let versions = 1..=VERSION;
    assert!(versions.clone().all(|version| fixtures().join(version.to_string()).is_dir()), "one is missing");
    for version in versions {
        let (folder, _) = workspace_of(version);
        has_everything(folder.path());
    }
}

#[test]
fn a_made_up_older_workspace_is_brought_up_to_date() {
    let (folder, layout) = workspace_of(0);
    let refused = Workspace::find(folder.path()).unwrap_err().to_string();
    assert!(refused.contains("version"), "no program ever wrote this version, and none guesses: {refused}");
    let steps: Vec<_> = FROM_MADE_UP.into_iter().chain(STEPS).collect();
    migrate(&layout, 0, &steps).unwrap();
    has_everything(folder.path());
}

/// Makes the workspace of the version that this program writes, and the made-up one:
/// `cargo test -p windlass-store --lib proofs::fixtures::make -- --ignored`. A version that was published stays as it is.
#[test]
#[ignore = "writes into the repository; run by hand when the version of the layout is raised"]
fn make() {
    let folder = tempfile::tempdir().unwrap();
    made::make(folder.path());
    let made = folder.path().join(".windlass");
    // It would keep the rest out of version control here too.
    fs::remove_file(made.join(".gitignore")).unwrap();
    let target = fixtures().join(VERSION.to_string());
    assert!(!target.exists(), "`{}` stands, and stays", target.display());
    copy(&made, &target);
    if VERSION == 1 {
        let older = fixtures().join("0");
        copy(&made, &older);
        fs::rename(older.join("written.jsonl"), older.join("files.txt")).unwrap();
        fs::rename(older.join("packs"), older.join("small")).unwrap();
        fs::write(older.join("version"), "0\n").unwrap();
    }
}
