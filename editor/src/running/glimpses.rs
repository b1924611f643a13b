//! Previews of the newest values of a run: made on a thread of their own, for the nodes that are seen alone, at most ten times
//! a second, and kept by what they show.

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use egui::Context;
use windlass_core::value::{FileContent, Value};
use windlass_runtime::{Glimpse, Peeks};

use crate::host::Host;
use crate::preview::{MOST_BYTES, Preview, Size, Source, file_at, make};
use crate::words::sentence;

/// How long it takes at least from one look at the newest values to the next.
const PACE: Duration = Duration::from_millis(100);
/// Previews of nodes that are out of view again which are kept.
const KEPT: usize = 256;
/// Files whose previews are kept by their content.
const FILES: usize = 128;
/// The port that every kind has.
const ERROR_PORT: &str = "error";

/// The previews of a run. Dropping it ends its thread.
pub struct Glimpses {
    peeks: Arc<Peeks>,
    desk: Arc<Desk>,
}

/// Of what a preview is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The step.
    pub step: usize,
    /// How large.
    pub size: Size,
    /// The file that the step wrote last, where it gives no value.
    pub file: Option<PathBuf>,
    /// The newest item, where values come from what the run kept.
    pub item: Option<KeptItem>,
}

/// An item whose value is read from what its run kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptItem {
    /// Its step.
    pub step: String,
    /// Its key.
    pub key: String,
    /// Its stable name.
    pub name: String,
}

/// A run whose values are read from what it kept.
#[derive(Clone, Debug)]
pub struct OfRun {
    /// Its name.
    pub run: String,
    /// Its graph, which says where its workspace is.
    pub graph: PathBuf,
}

/// A preview, and what it shows.
pub struct Shown {
    /// The port; empty for a file that was written.
    pub port: String,
    /// The key of the item.
    pub key: String,
    /// Its stable name.
    pub name: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// All ports that gave values, each with its newest in a few words.
    pub ports: Vec<(String, String)>,
    /// The preview.
    pub preview: Arc<dyn Preview>,
    /// What it was made of.
    made_of: MadeOf,
}

/// How many values the step had given, the file that it wrote last, the key of its newest item.
type MadeOf = (u64, Option<PathBuf>, Option<String>);

#[derive(Default)]
struct Desk {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    wanted: Vec<Wanted>,
    shown: HashMap<(usize, Size), Arc<Shown>>,
    /// Raised with each look at the run that found something.
    has_news: bool,
    is_closed: bool,
}

impl Glimpses {
    /// Begins with nothing. The values come through [`Glimpses::peeks`].
    /// Those of a run in another process, or of the past, are read from what it kept.
    pub fn start(ctx: Context, host: Arc<dyn Host>, kept: Option<OfRun>) -> Self {
        let (peeks, desk) = (Arc::new(Peeks::default()), Arc::new(Desk::default()));
        let maker = Maker { peeks: peeks.clone(), desk: desk.clone(), ctx, host, kept, files: VecDeque::new() };
        // Without the thread there are no previews, and everything else goes on.
        drop(std::thread::Builder::new().name("previews".into()).spawn(|| maker.work()));
        Self { peeks, desk }
    }

    /// Returns what a run has to show its values to.
    pub fn peeks(&self) -> Arc<Peeks> {
        self.peeks.clone()
    }

    /// Says which previews are wanted from now on.
    pub fn want(&self, wanted: Vec<Wanted>) {
        let mut state = self.desk.lock();
        if state.wanted != wanted {
            state.wanted = wanted;
            state.has_news = true;
            self.desk.changed.notify_one();
        }
    }

    /// Says that there may be newer values.
    pub fn look_again(&self) {
        self.desk.lock().has_news = true;
        self.desk.changed.notify_one();
    }

    /// Returns the preview of a step, as far as there is one.
    pub fn of(&self, step: usize, size: Size) -> Option<Arc<Shown>> {
        self.desk.lock().shown.get(&(step, size)).cloned()
    }
}

impl Drop for Glimpses {
    fn drop(&mut self) {
        self.desk.lock().is_closed = true;
        self.desk.changed.notify_one();
    }
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until there is something to look at; `None` at the end.
    fn next(&self) -> Option<Vec<Wanted>> {
        let mut state = self.lock();
        while !state.has_news && !state.is_closed {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.has_news = false;
        (!state.is_closed).then(|| state.wanted.clone())
    }
}

/// Makes previews.
struct Maker {
    peeks: Arc<Peeks>,
    desk: Arc<Desk>,
    ctx: Context,
    host: Arc<dyn Host>,
    kept: Option<OfRun>,
    /// Previews of files, by the hash of their content.
    files: VecDeque<([u8; 32], Size, Arc<dyn Preview>)>,
}

impl Maker {
    fn work(mut self) {
        while let Some(wanted) = self.desk.next() {
            let began = Instant::now();
            for wanted in &wanted {
                self.look(wanted);
            }
            self.forget(&wanted);
            std::thread::sleep(PACE.saturating_sub(began.elapsed()));
        }
    }

    /// Makes one preview, where there is something newer to be shown.
    fn look(&mut self, wanted: &Wanted) {
        let key = wanted.item.as_ref().map(|item| item.key.clone());
        let made_of = (self.peeks.count(wanted.step), wanted.file.clone(), key);
        let at = (wanted.step, wanted.size);
        if self.desk.lock().shown.get(&at).is_some_and(|shown| shown.made_of == made_of) {
            return;
        }
        if let Some(shown) = self.shown(wanted, made_of) {
            self.desk.lock().shown.insert(at, Arc::new(shown));
            self.ctx.request_repaint();
        }
    }

    fn shown(&mut self, wanted: &Wanted, made_of: MadeOf) -> Option<Shown> {
        let mut given = self.peeks.newest(wanted.step);
        if let Some(under_way) = self.peeks.shown(wanted.step) {
            given.insert(0, under_way);
        }
        let ports = given.iter().map(|glimpse| (glimpse.port.clone(), self.words(glimpse))).collect();
        let Some(glimpse) = given.into_iter().find(|glimpse| glimpse.port != ERROR_PORT) else {
            if let Some((of, item)) = self.kept.clone().zip(wanted.item.as_ref()) {
                return self.of_kept(wanted, &of, item, made_of);
            }
            let path = wanted.file.as_ref()?;
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let preview = self.preview(wanted, &file_at(path), None);
            let bytes = path.metadata().map(|about| about.len()).unwrap_or_default();
            return Some(Shown { port: String::new(), key: String::new(), name, bytes, ports, preview, made_of });
        };
        let value = glimpse.value.unwrap_or_else(|| Value::text("too large to be held beside the run"));
        let value = match value.resolved() {
            Ok(value) => value,
            // In a panel it is said; on a node it would be in the way.
            Err(_) if wanted.size == Size::Small => return None,
            Err(_) => Value::text("It was known, and not kept: it is computed again where it is needed"),
        };
        let before = self.peeks.before(wanted.step, glimpse.place.key()).and_then(|value| value.resolved().ok());
        let preview = self.preview(wanted, &value, before.as_ref());
        let (key, name) = (glimpse.place.key().to_string(), glimpse.place.name().to_owned());
        Some(Shown { port: glimpse.port, key, name, bytes: glimpse.bytes, ports, preview, made_of })
    }

    /// Shows what an item gave, as far as its run kept that; else the file that was written for it, or why there is nothing.
    fn of_kept(&mut self, wanted: &Wanted, of: &OfRun, item: &KeptItem, made_of: MadeOf) -> Option<Shown> {
        let found = self.host.values(Some(&of.graph), &of.run, (&item.step, &item.key));
        let file = wanted.file.as_ref().filter(|_| wanted.item.is_some());
        let mut values = match (found, file) {
            (Ok(values), _) => values,
            (Err(_), Some(path)) => vec![(String::new(), file_at(path))],
            // In a panel it is said; on a node it would be in the way.
            (Err(_), None) if wanted.size == Size::Small => return None,
            (Err(why), None) => vec![(String::new(), Value::text(sentence(&why)))],
        };
        let ports = values.iter().map(|(port, value)| (port.clone(), value.summary())).collect();
        values.truncate(1);
        let (port, value) = values.pop().unwrap_or_else(|| (String::new(), Value::text("")));
        let (bytes, preview) = (value.size_bytes(), self.preview(wanted, &value, None));
        Some(Shown { port, key: item.key.clone(), name: item.name.clone(), bytes, ports, preview, made_of })
    }

    fn words(&self, glimpse: &Glimpse) -> String {
        let mut words = glimpse.value.as_ref().map_or_else(|| "too large to be held".into(), Value::summary);
        self.peeks.hide(&mut words);
        words
    }

    /// Makes the preview of a value; that of a file is made once for its content.
    fn preview(&mut self, wanted: &Wanted, value: &Value, before: Option<&Value>) -> Arc<dyn Preview> {
        let hash = content_hash(value);
        let known =
            hash.and_then(|hash| self.files.iter().find(|(known, size, _)| (*known, *size) == (hash, wanted.size)));
        if let Some((.., preview)) = known {
            return preview.clone();
        }
        let numbers = self.peeks.numbers(wanted.step);
        let hide = |text: &mut String| self.peeks.hide(text);
        let (ctx, host) = (&self.ctx, &*self.host);
        let preview = make(&Source { value, before, numbers: &numbers, size: wanted.size, ctx, host, hide: &hide });
        if let Some(hash) = hash {
            self.files.push_front((hash, wanted.size, preview.clone()));
            self.files.truncate(FILES);
        }
        preview
    }

    /// Lets go of what nobody looks at, beyond some.
    fn forget(&self, wanted: &[Wanted]) {
        let is_wanted = |at: &(usize, Size)| wanted.iter().any(|wanted| (wanted.step, wanted.size) == *at);
        let mut room = KEPT;
        self.desk.lock().shown.retain(|at, _| {
            is_wanted(at) || {
                let is_kept = at.1 == Size::Small && room > 0;
                room -= usize::from(is_kept);
                is_kept
            }
        });
    }
}

/// Returns what tells one content of a picture's file from another. Other files are quickly shown, and may be large.
fn content_hash(value: &Value) -> Option<[u8; 32]> {
    let Value::File(file) = value else { return None };
    if !file.media_type.starts_with("image/") {
        return None;
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update(file.media_type.as_bytes());
    match &file.content {
        FileContent::Bytes(bytes) => drop(hasher.update(bytes)),
        FileContent::Path(path) => {
            // Opening a pipe would wait for who writes it, and what is too large to be shown need not be told apart.
            std::fs::metadata(path).ok().filter(|about| about.is_file() && about.len() <= MOST_BYTES)?;
            hasher.update_reader(std::fs::File::open(path).ok()?).ok()?;
        }
    }
    Some(*hasher.finalize().as_bytes())
}
