//! Files that would stand among those of a workspace.

use super::*;

fn files_of(graph: &Path, workspace: Option<&Path>) -> OutputFiles {
    let run = Workspace::for_run(graph.parent().unwrap(), workspace).unwrap();
    OutputFiles::new(&run.workspace, run.ledger, graph)
}

fn save(files: &OutputFiles, path: &Path) -> Result<SaveOutcome, String> {
    let mut write = |out: &mut dyn Write| written(out, b"x");
    let saved = block_on(files.save(&path.display().to_string(), path, IfExists::Overwrite, &mut write));
    saved.map(|saved| saved.outcome).map_err(|error| error.to_string())
}

#[track_caller]
fn assert_refused(said: Result<SaveOutcome, String>) {
    assert!(said.as_ref().is_err_and(|cause| cause.starts_with("this belongs to a workspace")), "{said:?}");
}

#[test]
fn what_a_workspace_holds_is_written_by_no_graph() {
    let house = House::new();
    let all = [IfExists::Ours, IfExists::Overwrite, IfExists::Rename, IfExists::Skip, IfExists::Fail];
    fs::create_dir_all(house.path("")).unwrap();
    std::os::unix::fs::symlink(house.folder.path().join(".windlass"), house.path("linked")).unwrap();
    let before = files_below(house.folder.path());
    let into = ["../.windlass/version", "../.windlass/new/a", "linked/grants/a", "linked/new/a", "new/../linked/new/a"];
    for path in into.into_iter().chain(["../other/.windlass/a", "../.windlass", "../other/.windlass"]) {
        for if_exists in all {
            let cause = house.cause(path, if_exists, "x");
            assert!(cause.starts_with("this belongs to a workspace"), "{path}: {cause}");
        }
    }
    assert_eq!(files_below(house.folder.path()), before, "no folder was made, either");
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        found.push(entry.path());
        if entry.file_type().unwrap().is_dir() {
            found.extend(files_below(&entry.path()));
        }
    }
    found.sort();
    found
}

#[test]
fn a_workspace_may_stand_in_a_folder_that_is_written_to() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let [graph, elsewhere] = [&folder, &other].map(|folder| folder.path().join("graph.yaml"));
    let files = files_of(&graph, Some(folder.path()));
    assert_eq!(save(&files, &folder.path().join("out/a")), Ok(SaveOutcome::Written));
    assert_eq!(save(&files, &folder.path().join("out/version")), Ok(SaveOutcome::Written));
    assert_refused(save(&files, &folder.path().join("grants/a")));
    // The same for the graphs of others.
    let files = files_of(&elsewhere, None);
    assert_eq!(save(&files, &folder.path().join("out/runs/a")), Ok(SaveOutcome::Written));
    assert_refused(save(&files, &folder.path().join("grants/a")));
}

#[test]
fn a_folder_that_only_has_the_name_is_like_any_but_becomes_no_workspace() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join(".windlass");
    fs::create_dir_all(home.join("project")).unwrap();
    let files = files_of(&home.join("project/graph.yaml"), Some(&folder.path().join("kept")));
    assert_eq!(save(&files, &home.join("project/out/a")), Ok(SaveOutcome::Written));
    assert_refused(save(&files, &home.join("version")));
    assert_refused(save(&files, &home.join("grants/a")));
}

/// The table in `layout.rs` is what people read.
#[test]
fn the_entries_of_a_workspace_are_those_of_its_table() {
    let names = |line: &'static str| {
        let cell = line.strip_prefix("/// | `").and_then(|line| line.split('|').next());
        cell.into_iter().flat_map(|cell| cell.split(", ")).map(|name| name.trim().trim_matches('`')).collect::<Vec<_>>()
    };
    let table = include_str!("../../layout.rs").lines().flat_map(names);
    let mut told: Vec<_> = table.map(|name| name.split('/').next().unwrap_or(name).to_owned()).collect();
    told.sort();
    told.dedup();
    let mut entries: Vec<_> = Layout::entries().into_iter().map(|name| name.into_string().unwrap()).collect();
    entries.sort();
    assert_eq!(entries, told);
}
