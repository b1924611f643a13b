//! Files of sinks on a good disk, on a bad one, and after a kill.

mod workspace;

use std::fs;
use std::io::{ErrorKind, Write};
use std::sync::Mutex;

use futures_executor::block_on;

use super::*;
use crate::disk::DiskFile;
use crate::layout::Layout;

/// A folder with a workspace, and a run's files in it.
struct House {
    folder: tempfile::TempDir,
    files: OutputFiles,
}

fn run_in(folder: &Path, graph: &str) -> OutputFiles {
    let run = Workspace::for_run(folder, None).unwrap();
    OutputFiles::new(&run.workspace, run.ledger, &folder.join(graph))
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let files = run_in(folder.path(), "graph.yaml");
        Self { folder, files }
    }

    /// Starts another run of the same graph file.
    fn next_run(self) -> Self {
        self.next_run_of("graph.yaml")
    }

    fn next_run_of(self, graph: &str) -> Self {
        let files = run_in(self.folder.path(), graph);
        Self { files, ..self }
    }

    fn on(self, disk: impl Disk + 'static) -> Self {
        Self { files: self.files.with_disk(Arc::new(disk)), ..self }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("out").join(name)
    }

    fn save(&self, name: &str, if_exists: IfExists, text: &str) -> Result<Saved, NodeError> {
        self.save_as("save 0", name, if_exists, text)
    }

    fn save_as(&self, holder: &str, name: &str, if_exists: IfExists, text: &str) -> Result<Saved, NodeError> {
        let mut write = |out: &mut dyn Write| written(out, text.as_bytes());
        block_on(self.files.save(holder, &self.path(name), if_exists, &mut write))
    }

    fn outcome(&self, name: &str, if_exists: IfExists, text: &str) -> SaveOutcome {
        self.save(name, if_exists, text).unwrap().outcome
    }

    fn cause(&self, name: &str, if_exists: IfExists, text: &str) -> String {
        self.save(name, if_exists, text).unwrap_err().to_string()
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Puts a file there that no graph wrote.
    fn put_foreign(&self, name: &str, text: &str) {
        fs::create_dir_all(self.path("")).unwrap();
        fs::write(self.path(name), text).unwrap();
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path("")).into_iter().flatten().flatten();
        let mut names: Vec<_> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

fn written(out: &mut dyn Write, bytes: &[u8]) -> Result<(), NodeError> {
    out.write_all(bytes).map_err(|error| NodeError::because("cannot encode", &error))
}

#[test]
fn content_that_comes_in_pieces_of_any_size_is_written_as_it_came() {
    let house = House::new();
    let sizes = [1, 700_000, 700_000, 3 << 20, 0, 5, 1 << 20, 9];
    let pieces: Vec<_> = sizes.iter().zip(b'a'..).map(|(size, letter)| vec![letter; *size]).collect();
    let mut write = |out: &mut dyn Write| pieces.iter().try_for_each(|piece| written(out, piece));
    let saved = block_on(house.files.save("save 0", &house.path("a"), IfExists::Ours, &mut write)).unwrap();
    let whole = pieces.concat();
    assert_eq!(saved.content, Some((blake3::hash(&whole), whole.len() as u64)));
    assert!(house.read("a").as_bytes() == whole, "something else was written");
}

#[test]
fn a_file_that_appears_while_the_content_is_made_is_looked_at() {
    let house = House::new();
    let save = |if_exists, foreign: &str| {
        let mut write = |out: &mut dyn Write| {
            house.put_foreign("a", foreign);
            written(out, b"own")
        };
        let saved = block_on(house.files.save("save 0", &house.path("a"), if_exists, &mut write));
        fs::remove_file(house.path("a")).unwrap();
        saved.map(|saved| saved.outcome)
    };
    assert!(save(IfExists::Ours, "foreign").unwrap_err().to_string().contains("this graph has not written"));
    assert_eq!(save(IfExists::Ours, "own").unwrap(), SaveOutcome::Unchanged);
    assert_eq!(save(IfExists::Overwrite, "foreign").unwrap(), SaveOutcome::Written);
    assert!(house.names().is_empty());
}

#[test]
fn what_a_graph_wrote_it_may_replace() {
    let house = House::new();
    assert_eq!(house.outcome("a", IfExists::Ours, "one"), SaveOutcome::Written);
    let house = house.next_run();
    assert_eq!(house.outcome("a", IfExists::Ours, "one"), SaveOutcome::Unchanged);
    assert_eq!(house.outcome("a", IfExists::Ours, "two"), SaveOutcome::Written);
    assert_eq!(house.read("a"), "two");
    assert_eq!(house.names(), ["a"]);
}

#[test]
fn what_somebody_else_wrote_is_not_replaced() {
    let house = House::new();
    house.put_foreign("a", "foreign");
    assert!(house.cause("a", IfExists::Ours, "one").starts_with("a file stands there that this graph has not written"));
    house.outcome("b", IfExists::Ours, "one");
    house.put_foreign("b", "changed by hand");
    let house = house.next_run();
    assert!(house.save("b", IfExists::Ours, "two").unwrap_err().is_permanent());
    assert_eq!((house.read("a"), house.read("b")), ("foreign".into(), "changed by hand".into()));
}

#[test]
fn another_graph_file_is_somebody_else() {
    let house = House::new();
    house.outcome("a", IfExists::Ours, "one");
    let house = house.next_run_of("other.yaml");
    assert!(house.save("a", IfExists::Ours, "two").is_err());
    assert_eq!(house.outcome("a", IfExists::Overwrite, "two"), SaveOutcome::Written);
    let house = house.next_run_of("graph.yaml");
    assert!(house.save("a", IfExists::Ours, "three").is_err());
}

#[test]
fn what_stands_is_left_failed_or_passed_by_as_asked() {
    let house = House::new();
    house.put_foreign("a.txt", "foreign");
    assert_eq!(house.outcome("a.txt", IfExists::Skip, "new"), SaveOutcome::Skipped);
    assert!(house.cause("a.txt", IfExists::Fail, "new").starts_with("a file stands there already"));
    let saved = house.save("a.txt", IfExists::Rename, "new").unwrap();
    assert_eq!((saved.path, saved.outcome), (house.path("a~2.txt"), SaveOutcome::Written));
    assert_eq!(house.names(), ["a.txt", "a~2.txt"]);
    assert_eq!(house.outcome("a.txt", IfExists::Overwrite, "new"), SaveOutcome::Written);
    assert_eq!(house.read("a.txt"), "new");
}

#[test]
fn a_second_run_that_renames_does_not_multiply_what_it_wrote() {
    let house = House::new();
    house.put_foreign("a", "foreign");
    house.save("a", IfExists::Rename, "new").unwrap();
    let house = house.next_run();
    let saved = house.save("a", IfExists::Rename, "new").unwrap();
    assert_eq!((saved.path, saved.outcome), (house.path("a~2"), SaveOutcome::Unchanged));
    assert_eq!(house.save_as("save 1", "a~2", IfExists::Overwrite, "x").unwrap_err().causes().len(), 1);
}

#[test]
fn two_items_cannot_have_one_path() {
    let house = House::new();
    house.save_as("save 0", "a", IfExists::Overwrite, "one").unwrap();
    let error = house.save_as("save 1", "../out/a", IfExists::Overwrite, "two").unwrap_err();
    assert!(error.to_string().starts_with("`save 0` of this run writes the same file"), "{error}");
    assert_eq!(house.read("a"), "one");
    house.save_as("save 0", "a", IfExists::Ours, "a second try").unwrap();
}

#[test]
fn only_files_and_links_are_ever_replaced() {
    let house = House::new();
    fs::create_dir_all(house.path("folder")).unwrap();
    let all = [IfExists::Ours, IfExists::Overwrite, IfExists::Rename, IfExists::Skip, IfExists::Fail];
    for if_exists in all {
        assert!(house.cause("folder", if_exists, "x").starts_with("a folder has the name"));
    }
    std::os::unix::fs::symlink(house.path("elsewhere"), house.path("link")).unwrap();
    assert!(house.save("link", IfExists::Ours, "x").is_err());
    assert_eq!(house.outcome("link", IfExists::Overwrite, "x"), SaveOutcome::Written);
    assert!(!house.path("elsewhere").exists() && !house.path("link").is_symlink());
    assert!(house.cause("", IfExists::Ours, "x").starts_with("the path names no file"));
}

#[test]
fn a_node_that_fails_or_panics_leaves_nothing() {
    let house = House::new();
    let mut fail = |out: &mut dyn Write| {
        out.write_all(b"half").map_err(|error| NodeError::because("cannot encode", &error))?;
        Err(NodeError::new("no more"))
    };
    let failed = block_on(house.files.save("save 0", &house.path("a"), IfExists::Ours, &mut fail));
    assert_eq!(failed.unwrap_err().to_string(), "no more");
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        block_on(house.files.save("save 1", &house.path("b"), IfExists::Ours, &mut |_| panic!("on purpose")))
    }));
    assert!(panicked.is_err());
    assert!(house.names().is_empty());
    assert_eq!(house.outcome("a", IfExists::Ours, "whole"), SaveOutcome::Written);
}

#[test]
fn the_longest_name_that_the_disk_allows_can_be_written() {
    let house = House::new();
    let name = "n".repeat(255);
    assert_eq!(house.outcome(&name, IfExists::Ours, "x"), SaveOutcome::Written);
    assert!(house.cause(&"n".repeat(256), IfExists::Ours, "x").contains("too long"));
}

/// What a bad disk does.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    DiesBeforeRename,
    FullWhileWriting,
    FullWhileSyncing,
    GoneBeforeRename,
    KilledBeforeRename,
}

struct BadDisk(Fault);

struct BadFile(Box<dyn DiskFile>, Fault);

impl Disk for BadDisk {
    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        RealDisk.make_folder(folder)
    }
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(BadFile(RealDisk.create(path)?, self.0)))
    }
    fn rename(&self, from: &Path, _: &Path, _: Put) -> io::Result<()> {
        assert!(self.0 != Fault::DiesBeforeRename, "on purpose");
        if self.0 == Fault::GoneBeforeRename {
            fs::remove_dir_all(from.parent().unwrap()).unwrap();
        }
        Err(ErrorKind::NotFound.into())
    }
    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        RealDisk.sync_folder(folder)
    }
    fn sync_whole(&self, _: &Path) -> io::Result<()> {
        Err(ErrorKind::StorageFull.into())
    }
}

impl Write for BadFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.1 {
            Fault::FullWhileWriting => Err(ErrorKind::StorageFull.into()),
            _ => self.0.write(bytes),
        }
    }
    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl DiskFile for BadFile {
    fn sync(&self) -> io::Result<()> {
        match self.1 {
            Fault::FullWhileSyncing => Err(ErrorKind::StorageFull.into()),
            _ => self.0.sync(),
        }
    }
}

#[test]
fn a_full_disk_is_told_apart_and_harms_nothing() {
    let house = House::new();
    house.outcome("a", IfExists::Ours, "one");
    let mut house = house.next_run();
    for fault in [Fault::FullWhileWriting, Fault::FullWhileSyncing] {
        house = house.on(BadDisk(fault));
        // Larger than any buffer, so that the writer itself meets the refusal.
        let error = house.save("a", IfExists::Ours, &"two".repeat(1 << 20)).unwrap_err();
        assert!(error.is_disk_full(), "{error}");
        assert!(error.to_string().ends_with("the disk is full"), "{error}");
    }
    assert_eq!((house.read("a"), house.names()), ("one".into(), vec!["a".into()]));
    let house = house.on(RealDisk);
    assert_eq!(house.outcome("a", IfExists::Ours, "two"), SaveOutcome::Written);
}

#[test]
fn a_disk_that_dies_of_a_bug_fails_the_item_and_holds_nobody_up() {
    let house = House::new().on(BadDisk(Fault::DiesBeforeRename));
    assert!(house.cause("a", IfExists::Ours, "one").contains("died of a bug"));
    assert!(house.cause("b", IfExists::Ours, "one").contains("died of a bug"));
    assert!(house.names().is_empty());
}

#[test]
fn a_folder_that_vanishes_fails_the_item_and_is_made_again_for_the_next() {
    let house = House::new().on(BadDisk(Fault::GoneBeforeRename));
    assert!(house.cause("a", IfExists::Ours, "one").contains("its folder is gone"));
    let house = house.on(RealDisk);
    assert_eq!(house.outcome("b", IfExists::Ours, "two"), SaveOutcome::Written);
}

#[test]
fn after_a_kill_both_the_old_and_the_claimed_content_are_ours() {
    let house = House::new();
    house.outcome("a", IfExists::Ours, "old");
    let house = house.next_run().on(BadDisk(Fault::KilledBeforeRename));
    assert!(house.save("a", IfExists::Ours, "claimed").is_err());
    let house = house.next_run();
    assert_eq!(house.read("a"), "old");
    assert_eq!(house.outcome("a", IfExists::Ours, "new"), SaveOutcome::Written);
    // The other way round: the name was given, and the process ended before it could say so.
    let house = house.next_run().on(BadDisk(Fault::KilledBeforeRename));
    assert!(house.save("a", IfExists::Ours, "claimed").is_err());
    fs::write(house.path("a"), "claimed").unwrap();
    let house = house.next_run();
    assert_eq!(house.outcome("a", IfExists::Ours, "claimed"), SaveOutcome::Unchanged);
}

#[test]
fn what_a_dead_process_left_is_removed_when_the_folder_is_written_to() {
    let house = House::new();
    house.put_foreign(".a.windlass-0123.tmp", "half");
    house.put_foreign(".a.tmp", "not of this program");
    house.outcome("b", IfExists::Ours, "x");
    assert_eq!(house.names(), [".a.tmp", "b"]);
}

#[test]
fn what_was_begun_is_removed_when_the_process_is_about_to_end() {
    let house = House::new();
    let seen = Mutex::new(Vec::new());
    let mut write = |out: &mut dyn Write| {
        // More than is gathered in memory, so that something stands on the disk.
        out.write_all(&vec![0; 4 << 20]).unwrap();
        seen.lock().unwrap().extend(house.names());
        house.files.abandon();
        Ok(())
    };
    let error = block_on(house.files.save("save 0", &house.path("a"), IfExists::Ours, &mut write)).unwrap_err();
    assert!(error.is_cancelled());
    assert_eq!(seen.into_inner().unwrap().len(), 1);
    assert!(house.names().is_empty());
    assert!(house.save_as("save 1", "b", IfExists::Ours, "x").unwrap_err().is_cancelled());
}

#[test]
fn a_folder_that_was_moved_still_knows_its_files() {
    let house = House::new();
    house.outcome("a", IfExists::Ours, "one");
    let moved = tempfile::tempdir().unwrap();
    let home = moved.path().join("project");
    fs::rename(house.folder.path(), &home).unwrap();
    let files = run_in(&home, "graph.yaml");
    let mut write = |out: &mut dyn Write| out.write_all(b"two").map_err(|e| NodeError::because("x", &e));
    let saved = block_on(files.save("save 0", &home.join("out/a"), IfExists::Ours, &mut write)).unwrap();
    assert_eq!(saved.outcome, SaveOutcome::Written);
}

#[test]
fn many_threads_write_many_files() {
    let house = House::new();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let house = &house;
            scope.spawn(move || {
                for file in 0..20 {
                    let (holder, name) = (format!("save {thread}/{file}"), format!("{thread}/{file}"));
                    house.save_as(&holder, &name, IfExists::Ours, &name).unwrap();
                }
            });
        }
    });
    let house = house.next_run();
    assert_eq!(house.outcome("7/19", IfExists::Ours, "changed"), SaveOutcome::Written);
    assert_eq!(house.read("0/0"), "0/0");
}

/// A disk that takes its time to sync a file, so that others finish meanwhile, and refuses one of them.
struct PickyDisk;

struct PickyFile(Box<dyn DiskFile>, bool);

impl Disk for PickyDisk {
    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        RealDisk.make_folder(folder)
    }
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let is_refused = path.to_str().unwrap().contains(".refused.");
        Ok(Box::new(PickyFile(RealDisk.create(path)?, is_refused)))
    }
    fn rename(&self, from: &Path, to: &Path, put: Put) -> io::Result<()> {
        RealDisk.rename(from, to, put)
    }
    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        RealDisk.sync_folder(folder)
    }
    fn sync_whole(&self, _: &Path) -> io::Result<()> {
        Err(ErrorKind::Unsupported.into())
    }
}

impl Write for PickyFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl DiskFile for PickyFile {
    fn sync(&self) -> io::Result<()> {
        std::thread::sleep(std::time::Duration::from_millis(2));
        if self.1 { Err(ErrorKind::StorageFull.into()) } else { self.0.sync() }
    }
}

#[test]
fn of_files_that_are_finished_together_only_the_refused_one_fails() {
    let house = House::new().on(PickyDisk);
    let mut names: Vec<_> = (0..40).map(|number| format!("file-{number}")).collect();
    names.push("refused".into());
    let save = |name: &String| house.save_as(name, name, IfExists::Ours, name).map(|saved| saved.outcome);
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let saves: Vec<_> = names.iter().map(|name| scope.spawn(move || save(name))).collect();
        saves.into_iter().map(|save| save.join().unwrap()).collect()
    });
    assert!(outcomes[40].as_ref().is_err_and(NodeError::is_disk_full));
    assert!(outcomes[..40].iter().all(|outcome| outcome.as_ref().is_ok_and(|o| *o == SaveOutcome::Written)));
    assert!(names[..40].iter().all(|name| house.read(name) == *name));
    assert_eq!(house.names().len(), 40);
}
