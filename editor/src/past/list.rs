//! The runs of a workspace, newest first, read beside the window while somebody looks at them.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use egui::Context;
use windlass_store::runs::{Run, Runs, Stand};

use super::tally::Tally;
use crate::host::Host;

/// How often it is looked what has changed, while somebody sees it.
const PACE: Duration = Duration::from_secs(1);
/// How long is read before what was found is shown.
const TURN: Duration = Duration::from_millis(150);
/// How many runs are listed at first, and how many more each time.
pub const PAGE: usize = 100;

/// The runs of a workspace.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listed {
    /// The last ones, newest first.
    pub rows: Vec<Row>,
    /// How many there are in all.
    pub total: usize,
    /// Why they cannot be read.
    pub trouble: Option<String>,
    /// Whether they were read at all.
    pub is_read: bool,
}

/// A run in the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// The file of its graph.
    pub graph: PathBuf,
    /// When it began, milliseconds since 1970-01-01 UTC.
    pub unix_ms: u64,
    /// The process that works on it, or did so last.
    pub pid: u32,
    /// The machine of that process.
    pub host: String,
    /// How it stands.
    pub stand: Stand,
    /// Why it is paused.
    pub paused: Option<String>,
    /// The run whose failed items it runs again.
    pub retries: Option<String>,
    /// What it has come to; `None` until its journal was read.
    pub figures: Option<Figures>,
}

/// What a run has come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Items that left a step without an error.
    pub done: u64,
    /// Items that failed.
    pub failed: u64,
    /// How long it took, or goes on for, in milliseconds.
    pub at_ms: u64,
}

/// Reads the runs on a thread of its own while they are looked at.
pub struct RunList {
    shared: Arc<Shared>,
}

struct Shared {
    asked: Mutex<Asked>,
    changed: Condvar,
    found: Mutex<Arc<Listed>>,
    has_news: AtomicBool,
}

/// What is to be listed.
#[derive(Clone, Debug, Default, PartialEq)]
struct Asked {
    /// A graph of the workspace.
    graph: Option<PathBuf>,
    is_seen: bool,
    most: usize,
    is_closed: bool,
}

impl RunList {
    /// Prepares the list; `ctx` is woken when it changes.
    pub fn start(ctx: &Context, host: Arc<dyn Host>) -> Self {
        let shared = Arc::new(Shared {
            asked: Mutex::default(),
            changed: Condvar::new(),
            found: Mutex::default(),
            has_news: AtomicBool::new(false),
        });
        let (reading, ctx) = (shared.clone(), ctx.clone());
        let read = move || reading.serve(&mut Reader::new(host), &ctx);
        // Without the thread nothing is listed, and everything else goes on.
        drop(std::thread::Builder::new().name("runs".into()).spawn(read));
        Self { shared }
    }

    /// Says whose runs are looked at, and how many; `None`: nobody looks.
    pub fn look(&self, of: Option<(Option<&Path>, usize)>) {
        let mut asked = self.shared.asked();
        let next = match of {
            Some((graph, most)) => Asked { graph: graph.map(Path::to_owned), is_seen: true, most, is_closed: false },
            None => Asked { is_seen: false, ..asked.clone() },
        };
        if *asked != next {
            *asked = next;
            self.shared.changed.notify_one();
        }
    }

    /// Takes over what was found since the last time.
    pub fn take(&self, into: &mut Arc<Listed>) {
        if self.shared.has_news.swap(false, Ordering::AcqRel) {
            into.clone_from(&self.shared.found.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }
}

impl Drop for RunList {
    fn drop(&mut self) {
        self.shared.asked().is_closed = true;
        self.shared.changed.notify_one();
    }
}

impl Shared {
    fn asked(&self) -> MutexGuard<'_, Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, reader: &mut Reader, ctx: &Context) {
        let mut is_late = false;
        while let Some(asked) = self.next(is_late) {
            let (listed, is_whole) = reader.read(&asked);
            is_late = !is_whole;
            let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
            if **found != listed {
                *found = Arc::new(listed);
                drop(found);
                self.has_news.store(true, Ordering::Release);
                ctx.request_repaint();
            }
        }
    }

    /// Waits until there is something to do: at once where something is left, after a while where somebody looks.
    fn next(&self, is_late: bool) -> Option<Asked> {
        let mut asked = self.asked();
        let before = asked.clone();
        let begun = Instant::now();
        loop {
            let is_due = asked.is_seen && (is_late || *asked != before || begun.elapsed() >= PACE);
            match () {
                () if asked.is_closed => return None,
                () if is_due => return Some(asked.clone()),
                () if asked.is_seen => {
                    let wait = PACE.saturating_sub(begun.elapsed());
                    asked = self.changed.wait_timeout(asked, wait).unwrap_or_else(PoisonError::into_inner).0;
                }
                () => asked = self.changed.wait(asked).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }
}

/// What was read already of the runs of a workspace.
struct Reader {
    host: Arc<dyn Host>,
    folder: Option<PathBuf>,
    known: HashMap<String, Known>,
}

/// A run as it was read last.
struct Known {
    sizes: Vec<u64>,
    row: Row,
    /// Counts what it has not said itself.
    tally: Option<Tally>,
}

impl Reader {
    fn new(host: Arc<dyn Host>) -> Self {
        Self { host, folder: None, known: HashMap::new() }
    }

    /// Reads what has changed. Returns whether that is all of it.
    fn read(&mut self, asked: &Asked) -> (Listed, bool) {
        let troubled = |trouble: String| Listed { trouble: Some(trouble), is_read: true, ..Listed::default() };
        let runs = match self.host.runs(asked.graph.as_deref()) {
            Ok(runs) => runs,
            Err(trouble) => return (troubled(trouble), true),
        };
        if self.folder.as_deref() != runs.folder() {
            (self.folder, self.known) = (runs.folder().map(Path::to_owned), HashMap::new());
        }
        match self.rows(&runs, asked.most) {
            Ok((rows, total, is_whole)) => (Listed { rows, total, trouble: None, is_read: true }, is_whole),
            Err(error) => (troubled(format!("the runs cannot be read: {error}")), true),
        }
    }

    fn rows(&mut self, runs: &Runs, most: usize) -> io::Result<(Vec<Row>, usize, bool)> {
        let (newest, total) = runs.newest(most)?;
        self.known.retain(|name, _| newest.iter().any(|run| run.name == *name));
        let late = Instant::now() + TURN;
        let mut is_whole = true;
        let mut rows = Vec::new();
        for run in &newest {
            // One that is deleted meanwhile, or that this program cannot read, is left out.
            let Ok((row, is_read)) = self.row(run, late) else { continue };
            is_whole &= is_read;
            rows.push(row);
        }
        Ok((rows, total, is_whole))
    }

    fn row(&mut self, run: &Run, late: Instant) -> io::Result<(Row, bool)> {
        let sizes = run.journal_sizes()?;
        let mut known = match self.known.remove(&run.name) {
            Some(known) if known.sizes == sizes && known.is_settled() => {
                let row = known.row.clone();
                self.known.insert(run.name.clone(), known);
                return Ok((row, true));
            }
            known => Known::read(run, sizes, known)?,
        };
        let is_read = known.count(run, late)?;
        let row = known.row.clone();
        self.known.insert(run.name.clone(), known);
        Ok((row, is_read))
    }
}

impl Known {
    fn read(run: &Run, sizes: Vec<u64>, before: Option<Self>) -> io::Result<Self> {
        let (began, tally) = match before {
            // Another process that goes on with the run says anew which one it is.
            Some(before) if before.sizes.len() == sizes.len() => (None, Some((before.row, before.tally))),
            _ => (Some(run.began()?.unwrap_or_default()), None),
        };
        let (stand, paused) = (run.stand()?, run.paused()?);
        let (row, tally) = match (began, tally) {
            (_, Some((row, tally))) => (Row { stand, paused, ..row }, tally),
            (began, None) => {
                let (began, last) = (began.unwrap_or_default(), run.last_began()?.unwrap_or_default());
                let (name, graph, unix_ms, retries) = (run.name.clone(), began.graph, began.unix_ms, began.retries);
                let (pid, host) = (last.pid, last.host);
                (Row { name, graph, unix_ms, pid, host, stand, paused, retries, figures: None }, None)
            }
        };
        Ok(Self { sizes, row, tally })
    }

    /// Returns whether nothing can change as long as the journal does not.
    fn is_settled(&self) -> bool {
        self.row.stand != Stand::GoesOn && self.row.figures.is_some() && self.tally.is_none()
    }

    /// Finds out what the run has come to. Returns whether that is all of it.
    fn count(&mut self, run: &Run, late: Instant) -> io::Result<bool> {
        if let Stand::Ended(ended) = &self.row.stand {
            let (done, failed, at_ms) = (ended.emitted + ended.skipped, ended.failed, ended.at_ms);
            (self.row.figures, self.tally) = (Some(Figures { done, failed, at_ms }), None);
            return Ok(true);
        }
        if Instant::now() >= late {
            return Ok(false);
        }
        let tally = self.tally.get_or_insert_with(|| Tally::new(run));
        let is_read = tally.read_on(late)?;
        let is_over = self.row.stand == Stand::Killed;
        if is_read || !is_over {
            self.row.figures = Some(tally.figures());
        }
        if is_read && is_over {
            self.tally = None;
        }
        Ok(is_read)
    }
}
