//! Adds the node of `docs/nodes.md` to a copy of this pack, from the page's own text, and runs the copy's tests.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

#[test]
fn the_example_of_the_page_is_one_file_and_two_lines() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let page = fs::read_to_string(root.join("docs/nodes.md")).unwrap();
    let [node, lines] = rust_blocks(&page).try_into().unwrap_or_else(|_| panic!("the page has two blocks of Rust"));
    let copy = Copy::of(&root);
    copy.add_file("shout.rs", node);
    copy.add_lines(lines);

    let output = copy.test();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    for test in ["shout::tests::a_text_is_raised", "shout::tests::an_empty_text_fails_its_item"] {
        assert!(said.contains(&format!("{test} ... ok")), "{said}");
    }
    assert!(said.contains("every_kind_keeps_its_promises_and_every_file_is_registered ... ok"), "{said}");
}

fn rust_blocks(page: &str) -> Vec<&str> {
    let blocks = page.split("\n```rust\n").skip(1);
    blocks.filter_map(|rest| rest.split_once("```").map(|(block, _)| block)).collect()
}

/// A workspace of its own with a copy of this pack; everything else comes from the real one.
struct Copy {
    workspace: PathBuf,
    target: PathBuf,
}

impl Copy {
    fn of(root: &Path) -> Self {
        let target = target_folder(root);
        // Always the same place, so that a second run finds what the first has built.
        let copy = Self { workspace: target.join("newcomer"), target };
        let _ = fs::remove_dir_all(&copy.workspace);
        fs::create_dir_all(copy.pack().join("src")).unwrap();
        fs::write(copy.path("Cargo.toml"), workspace_manifest(root)).unwrap();
        fs::copy(root.join("Cargo.lock"), copy.path("Cargo.lock")).unwrap();
        fs::copy(root.join("nodes/text/Cargo.toml"), copy.pack().join("Cargo.toml")).unwrap();
        for file in fs::read_dir(root.join("nodes/text/src")).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), copy.pack().join("src").join(file.file_name())).unwrap();
        }
        copy
    }

    fn path(&self, name: &str) -> PathBuf {
        self.workspace.join(name)
    }

    fn pack(&self) -> PathBuf {
        self.path("text")
    }

    fn add_file(&self, name: &str, text: &str) {
        fs::write(self.pack().join("src").join(name), text).unwrap();
    }

    /// The first line goes before the first `use` of the pack, the second behind `Pack::new`.
    fn add_lines(&self, lines: &str) {
        let [module, kind] = lines.lines().collect::<Vec<_>>().try_into().unwrap();
        let path = self.pack().join("src/lib.rs");
        let lib = fs::read_to_string(&path).unwrap();
        let lib = lib.replacen("\nuse ", &format!("\n{module}\n\nuse "), 1);
        let lib = lib.replacen("Pack::new(\"text\")", &format!("Pack::new(\"text\")\n{kind}\n"), 1);
        fs::write(&path, lib).unwrap();
    }

    /// The target folder is the real one, so that dependencies need not be built again.
    fn test(&self) -> Output {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["test", "--offline", "--lib"]).current_dir(self.pack()).env("CARGO_TARGET_DIR", &self.target);
        // What the test runner sets for this crate is not meant for the copy.
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CARGO_PKG_")) {
            cargo.env_remove(name);
        }
        cargo.output().unwrap()
    }
}

/// The executable of a test lies in `target/<profile>/deps`.
fn target_folder(root: &Path) -> PathBuf {
    let deps = std::env::current_exe().ok().and_then(|exe| exe.ancestors().nth(3).map(Path::to_path_buf));
    deps.unwrap_or_else(|| root.join("target"))
}

/// The workspace's own manifest without its root package, with one member, and with paths that lead back.
fn workspace_manifest(root: &Path) -> String {
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let workspace = manifest.split("\n[package]\n").next().unwrap();
    let lines = workspace.lines().map(|line| match line {
        line if line.starts_with("members = ") => "members = [\"text\"]".to_owned(),
        line => line.replace("path = \"", &format!("path = \"{}/", root.display())),
    });
    // Seen from the copy these are dependencies, and would be built again with the settings of dependencies.
    let own = ["core", "derive"].map(|name| format!("[profile.dev.package.windlass-{name}]\nopt-level = 0\n"));
    lines.chain(own).collect::<Vec<_>>().join("\n")
}
