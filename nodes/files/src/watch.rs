//! Waits for files in a folder.

use std::collections::{HashSet, VecDeque};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use windlass_core::json;
use windlass_core::prelude::*;

use crate::glob::{One, one};
use crate::listing::{Found, Hidden, LeftOut, Pattern, list};
use crate::shared::arrivals::Arrivals;
use crate::shared::ignoring::IgnoreFiles;

/// The longest time without a look at whether the run is being stopped.
const NAP: Duration = Duration::from_millis(50);

/// So many names are noted at once.
const NOTED_TOGETHER: usize = 1000;

/// What is waited for, and how long.
#[derive(Params)]
pub struct Settings {
    /// The folder that is watched.
    #[param(default = ".")]
    folder: PathBuf,
    /// Which paths below the folder are taken, as in `files.glob`: `*.jpg`, `**/*.{jpg,png}`.
    #[param(static, default = "*")]
    pattern: String,
    /// Whether what lies there at the start is taken, too.
    #[param(default = "take")]
    existing: Existing,
    /// The group ends when nothing has come, grown or changed for so long.
    #[param(default = "30s")]
    quiet_for: Duration,
    /// The group ends after so long, whatever comes; what is not complete by then is left out.
    #[param(default = null)]
    max_time: Option<Duration>,
    /// The group ends after so many files.
    #[param(default = null, min = 1)]
    limit: Option<u64>,
    /// A file is complete when its size and time have not changed for so long.
    #[param(default = "1s")]
    settle: Duration,
    /// How often the folder is looked at.
    #[param(default = "500ms")]
    every: Duration,
}

/// Whether what lies there at the start is taken.
#[derive(Clone, Copy, Choice)]
pub enum Existing {
    /// It comes first.
    Take,
    /// Only what comes later is taken.
    Leave,
}

/// The files.
#[derive(Outputs)]
pub struct Out {
    /// The files, as they come.
    #[children]
    files: Children<One>,
}

/// `files.watch`
pub struct Watch(Arc<Pattern>);

impl Node for Watch {
    type Params = Settings;
    type In = ();
    type Out = Out;

    fn about() -> About {
        About::new(
            "files.watch",
            "Watch folder",
            "Waits for files in a folder: each becomes an item as soon as it is complete, named by its relative path, \
             once. It ends when nothing has come for a while, or after a time, or a number of files. The folder is looked \
             at again and again, so that disks of the network and of containers are watched like others. A run that is \
             resumed goes on with what came meanwhile. The folder may have at most 10,000,000 paths that match.",
        )
        .search(&["inbox", "new files", "hot folder", "monitor", "wait", "inotify", "source"])
        .reads()
        .io()
        .split(true)
        .example(EXAMPLE)
        .sample(Sample::new().param("pattern", "*.toml").param("quiet_for", "1ms").param("settle", "1ms"))
    }

    fn open(statics: &Statics) -> Result<Self, NodeError> {
        Pattern::new(statics.text("pattern")?, false).map(Arc::new).map(Self)
    }

    async fn fire(&self, params: Settings, (): (), ctx: &Ctx) -> Result<Out, NodeError> {
        let mut watching = Watching::new(params, self.0.clone(), ctx.clone())?;
        // What is wrong with the folder at the start fails the firing, and not a group that has begun.
        watching.look()?;
        Ok(Out { files: Children::named(std::iter::from_fn(move || watching.next().transpose())) })
    }
}

/// A folder while it is watched.
struct Watching {
    params: Settings,
    pattern: Arc<Pattern>,
    ctx: Ctx,
    began: Instant,
    /// When something came or changed last.
    stirred: Instant,
    arrivals: Arrivals,
    ready: VecDeque<Found>,
    given: u64,
    /// Notes that were made for the case that the firing is tried again.
    notes: usize,
    warned: HashSet<String>,
}

impl Watching {
    /// Begins with what an earlier try of the firing gave, in the same order.
    fn new(params: Settings, pattern: Arc<Pattern>, ctx: Ctx) -> Result<Self, NodeError> {
        let now = Instant::now();
        let (arrivals, ready) = (Arrivals::default(), VecDeque::new());
        let (notes, warned) = (0, HashSet::new());
        let mut it = Self { params, pattern, ctx, began: now, stirred: now, arrivals, ready, given: 0, notes, warned };
        while let Some(note) = it.ctx.note(&note_name(it.notes)) {
            it.notes += 1;
            it.recall(&note);
        }
        if let (Existing::Leave, 0) = (it.params.existing, it.notes) {
            let left = it.list()?;
            it.note("left", left.iter().map(|found| &*found.name))?;
            it.arrivals.known.extend(left.into_iter().map(|found| found.name));
        }
        Ok(it)
    }

    fn recall(&mut self, note: &serde_json::Value) {
        let names = |kind: &str| note[kind].as_array().into_iter().flatten().filter_map(|name| name.as_str());
        self.arrivals.known.extend(names("left").chain(names("given")).map(str::to_owned));
        let found = |name: &str| Found { path: self.params.folder.join(name), name: name.to_owned() };
        self.ready.extend(names("given").map(found));
    }

    /// Notes names before they count, so that another try gives the same children first.
    fn note<'a>(&mut self, kind: &str, names: impl Iterator<Item = &'a str>) -> Result<(), NodeError> {
        let names: Vec<_> = names.collect();
        // A note says that the start has been seen, even if nothing lay there.
        let chunks = if names.is_empty() { vec![&names[..]] } else { names.chunks(NOTED_TOGETHER).collect() };
        for chunk in chunks {
            self.ctx.put_note(&note_name(self.notes), json!({ kind: chunk }))?;
            self.notes += 1;
        }
        Ok(())
    }

    fn next(&mut self) -> Result<Option<(String, One)>, NodeError> {
        loop {
            if self.params.limit.is_some_and(|limit| self.given >= limit) {
                return Ok(None);
            }
            if let Some(found) = self.ready.pop_front() {
                self.given += 1;
                return Ok(Some(one(found)));
            }
            if self.is_over() {
                return Ok(None);
            }
            self.wait()?;
            self.look()?;
        }
    }

    fn is_over(&self) -> bool {
        let is_quiet = self.stirred.elapsed() >= self.params.quiet_for && !self.arrivals.are_growing();
        is_quiet || self.params.max_time.is_some_and(|most| self.began.elapsed() >= most)
    }

    fn wait(&self) -> Result<(), NodeError> {
        let until = Instant::now() + self.params.every.max(Duration::from_millis(1));
        loop {
            self.ctx.check_cancelled()?;
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            std::thread::sleep(left.min(NAP));
        }
    }

    fn look(&mut self) -> Result<(), NodeError> {
        let (found, now) = (self.list()?, Instant::now());
        let seen = self.arrivals.see(found, now, self.params.settle);
        if seen.stirred {
            self.stirred = now;
        }
        if !seen.complete.is_empty() {
            self.note("given", seen.complete.iter().map(|found| &*found.name))?;
            self.ready.extend(seen.complete);
        }
        Ok(())
    }

    fn list(&mut self) -> Result<Vec<Found>, NodeError> {
        let out = LeftOut { hidden: Hidden::Left, ignore_files: IgnoreFiles::Unheeded, exclude: "" };
        let listed = list(&self.params.folder, &self.pattern, &out, &self.ctx)?;
        for line in listed.warnings {
            if !self.warned.contains(&line) {
                self.ctx.log(&line);
                self.warned.insert(line);
            }
        }
        Ok(listed.found)
    }
}

fn note_name(number: usize) -> String {
    format!("found {number}")
}

const EXAMPLE: &str = r#"
watch:
  kind: files.watch
  params: { folder: samples/photos, pattern: "*.jpg", quiet_for: 500ms, settle: 100ms, every: 100ms }
copy:
  kind: files.copy
  params: { path: "out/seen/{name}" }
  inputs: { file: watch.file }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::{Gave, Harness};

    use super::*;

    fn bench(folder: &tempfile::TempDir) -> Harness {
        let bench = Harness::of::<Watch>().param("folder", folder.path().to_str().unwrap()).param("every", "1ms");
        bench.param("quiet_for", "30ms").param("settle", "2ms")
    }

    fn names(gave: &Gave) -> Vec<&str> {
        gave.children().iter().filter_map(|child| child.name()).collect()
    }

    #[test]
    fn what_lies_there_is_taken_or_left() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.txt", "a.txt", ".hidden.txt", "c.jpg"] {
            std::fs::write(folder.path().join(name), name).unwrap();
        }
        let gave = bench(&folder).param("pattern", "*.txt").fire().unwrap();
        assert_eq!(names(&gave), ["a.txt", "b.txt"]);
        let path: PathBuf = gave.children()[0].get("path").unwrap();
        assert_eq!(path, folder.path().join("a.txt"));
        assert!(bench(&folder).param("existing", "leave").fire().unwrap().children().is_empty());
    }

    #[test]
    fn what_comes_later_is_an_item_and_the_limit_ends_the_group() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("old"), "x").unwrap();
        let (path, over) = (folder.path().to_owned(), windlass_core::context::Cancel::default());
        let until = over.clone();
        let writer = std::thread::Builder::new().name("writer".into()).spawn(move || {
            for number in (0..).take_while(|_| !until.is_cancelled()) {
                std::fs::write(path.join(format!("new {number}")), "x").unwrap();
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        let bench = bench(&folder).param("existing", "leave").param("limit", 3).param("quiet_for", "1m");
        let gave = bench.fire();
        over.cancel();
        writer.unwrap().join().unwrap();
        let gave = gave.unwrap();
        assert_eq!(gave.children().len(), 3);
        assert!(names(&gave).iter().all(|name| name.starts_with("new ")), "{:?}", names(&gave));
    }

    #[test]
    fn a_folder_that_is_not_there_fails_and_a_run_that_is_stopped_ends() {
        let folder = tempfile::tempdir().unwrap();
        let gone = bench(&folder).param("folder", folder.path().join("gone").to_str().unwrap());
        assert!(gone.fire().map(|_| ()).unwrap_err().to_string().starts_with("there is no such folder"));
        let bench = bench(&folder).param("quiet_for", "10m");
        let cancel = bench.cancel();
        let stopper = std::thread::Builder::new().name("stopper".into()).spawn(move || {
            std::thread::sleep(Duration::from_millis(20));
            cancel.cancel();
        });
        assert!(bench.fire().is_err_and(|error| error.is_cancelled()));
        stopper.unwrap().join().unwrap();
    }
}
