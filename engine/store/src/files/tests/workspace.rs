//! Files that would stand among those of the workspace.

use super::*;

#[test]
fn what_a_workspace_holds_is_written_by_no_graph() {
    let house = House::new();
    let all = [IfExists::Ours, IfExists::Overwrite, IfExists::Rename, IfExists::Skip, IfExists::Fail];
    std::fs::create_dir_all(house.path("")).unwrap();
    std::os::unix::fs::symlink(house.folder.path().join(".windlass"), house.path("linked")).unwrap();
    for path in
        ["../.windlass/version", "../.windlass/new/a", "linked/grants/a", "../other/.windlass/a", "../.windlass"]
    {
        for if_exists in all {
            let cause = house.cause(path, if_exists, "x");
            assert!(cause.starts_with("this belongs to the workspace"), "{path}: {cause}");
        }
    }
    assert!(!house.path("../.windlass/new").exists() && !house.path("../other").exists(), "no folder was made");
}

#[test]
fn a_workspace_may_stand_in_a_folder_that_is_written_to() {
    let folder = tempfile::tempdir().unwrap();
    let run = Workspace::for_run(folder.path(), Some(folder.path())).unwrap();
    let files = OutputFiles::new(&run.workspace, run.ledger, &folder.path().join("graph.yaml"));
    let save = |name: &str| {
        let mut write = |out: &mut dyn Write| written(out, b"x");
        block_on(files.save(name, &folder.path().join(name), IfExists::Overwrite, &mut write))
    };
    assert_eq!(save("out/a").unwrap().outcome, SaveOutcome::Written);
    let cause = save("grants/a").unwrap_err().to_string();
    assert!(cause.starts_with("this belongs to the workspace"), "{cause}");
}

#[test]
fn every_place_of_a_workspace_is_its_own() {
    let layout = Layout::new(Path::new("/w"));
    let hash = blake3::hash(b"x");
    for place in [layout.settings(), layout.ledger(), layout.version(), layout.window(), layout.comfy_classes()] {
        assert!(layout.owns(&place), "{}", place.display());
    }
    for place in [layout.blob(&hash), layout.pack(1), layout.grants().join("a"), layout.spill().join("run/a")] {
        assert!(layout.owns(&place), "{}", place.display());
    }
    assert!(!layout.owns(Path::new("/w/out")) && !layout.owns(Path::new("/w")) && !layout.owns(Path::new("/runs")));
}
