//! Files of firings that wait for a core: the disk reads them while others compute. They are files that are hashed to look for
//! what was given before, so nearly all that is fetched is read soon.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use windlass_core::value::{Bag, Value};
use windlass_store::read::fetch;

/// So many files of a firing are fetched at most.
const MOST_FILES: usize = 4;

/// So many firings in a row fetch nothing, at most, where it was in vain before.
const MOST_PASSED: u32 = 4;

/// The files of a run that firings are about to read.
#[derive(Default)]
pub struct Prefetch(Mutex<State>);

#[derive(Default)]
struct State {
    next: u64,
    /// By the order in which firings began to wait.
    waiting: BTreeMap<u64, Vec<PathBuf>>,
    pace: Pace,
}

/// How often files are fetched: ever more seldom, as long as the system holds them in its memory anyway.
#[derive(Default)]
struct Pace {
    /// How many firings still fetch nothing.
    passes: u32,
    /// How many will, the next time that fetching was in vain.
    next_passes: u32,
}

/// A firing that waits for a core and then reads files.
pub struct Reader {
    number: u64,
    folders: Vec<PathBuf>,
    prefetch: Arc<Prefetch>,
}

/// A firing that has its core and has read its files.
pub struct Begun {
    folders: Vec<PathBuf>,
    prefetch: Arc<Prefetch>,
}

impl Prefetch {
    /// Takes note of a firing that is about to wait for a core; `None`: it is given no file by itself. Lists are left out.
    pub fn reader(self: &Arc<Self>, bag: &Bag) -> Option<Reader> {
        let paths: Vec<_> = bag.iter().filter_map(|(_, value)| path(value)).take(MOST_FILES).collect();
        if paths.is_empty() {
            return None;
        }
        let folders = paths.iter().filter_map(|path| path.parent()).map(Path::to_owned).collect();
        let mut state = self.lock();
        let number = state.next;
        state.next += 1;
        state.waiting.insert(number, paths);
        Some(Reader { number, folders, prefetch: self.clone() })
    }

    /// Takes the files of the firing that has waited longest; none where that would probably be in vain.
    fn take(&self) -> Vec<PathBuf> {
        let mut state = self.lock();
        let waiting = state.waiting.pop_first();
        waiting.filter(|_| state.pace.is_turn()).map_or_else(Vec::new, |(_, paths)| paths)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reader {
    /// Says that it has its core.
    pub fn begin(mut self) -> Begun {
        Begun { folders: std::mem::take(&mut self.folders), prefetch: self.prefetch.clone() }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.prefetch.lock().waiting.remove(&self.number);
    }
}

impl Begun {
    /// Has the files read of one that waits, as this one is about to compute: nothing was found for it, so probably nothing will
    /// be for that one. Opening them is waited for, so they must lie beside files that this one could read.
    pub fn fetch_next(self) {
        let paths = self.next();
        if !paths.is_empty() {
            let asked = paths.iter().filter(|path| fetch(path)).count();
            self.prefetch.lock().pace.fetched(asked > 0);
        }
    }

    fn next(&self) -> Vec<PathBuf> {
        let mut paths = self.prefetch.take();
        paths.retain(|path| self.folders.iter().any(|folder| path.parent() == Some(folder)));
        paths
    }
}

impl Pace {
    /// Returns whether this firing fetches files.
    fn is_turn(&mut self) -> bool {
        let passes = self.passes > 0;
        self.passes = self.passes.saturating_sub(1);
        !passes
    }

    /// Takes note of whether the disk had anything to do.
    fn fetched(&mut self, was_asked: bool) {
        self.next_passes = if was_asked { 0 } else { (self.next_passes * 2).clamp(1, MOST_PASSED) };
        self.passes = self.next_passes;
    }
}

fn path(value: &Value) -> Option<PathBuf> {
    let Value::File(file) = value else { return None };
    file.path().map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use windlass_core::value::File;

    use super::*;

    fn bag(path: &str) -> Bag {
        Bag::from_iter([(Arc::from("file"), Value::File(Arc::new(File::on_disk(Path::new(path), "a", ""))))])
    }

    fn readers<const N: usize>(prefetch: &Arc<Prefetch>, paths: [&str; N]) -> [Reader; N] {
        paths.map(|path| prefetch.reader(&bag(path)).unwrap())
    }

    #[test]
    fn the_files_of_who_waits_longest_come_first_and_once() {
        let prefetch = Arc::new(Prefetch::default());
        let [a, b, c, d] = readers(&prefetch, ["/p/a", "/p/b", "/p/c", "/p/d"]);
        let (a, c) = (a.begin(), c.begin());
        assert_eq!(a.next(), [Path::new("/p/b")]);
        assert_eq!(c.next(), [Path::new("/p/d")], "who has begun reads by itself");
        drop((b, d));
        assert_eq!(a.next(), [] as [&Path; 0]);
    }

    #[test]
    fn who_does_not_wait_any_more_is_forgotten() {
        let prefetch = Arc::new(Prefetch::default());
        let [a, b] = readers(&prefetch, ["/p/a", "/p/b"]);
        drop(b);
        assert_eq!(a.begin().next(), [] as [&Path; 0]);
    }

    #[test]
    fn nobody_waits_for_the_disk_of_another() {
        let prefetch = Arc::new(Prefetch::default());
        let [a, _b, _c] = readers(&prefetch, ["/p/a", "/slow/b", "/p/c"]);
        let a = a.begin();
        assert_eq!(a.next(), [] as [&Path; 0]);
        assert_eq!(a.next(), [Path::new("/p/c")]);
    }

    #[test]
    fn fetching_in_vain_is_tried_ever_more_seldom() {
        let mut pace = Pace::default();
        let mut turns = |firings: usize, was_asked: bool| {
            let turns = (0..firings).filter(|_| pace.is_turn().then(|| pace.fetched(was_asked)).is_some());
            turns.collect::<Vec<_>>()
        };
        assert_eq!(turns(16, false), [0, 2, 5, 10, 15]);
        assert_eq!(turns(10, true), [4, 5, 6, 7, 8, 9], "as soon as it is not in vain, it is always tried");
    }

    #[test]
    fn who_is_given_no_file_on_disk_is_not_waited_for() {
        let prefetch = Arc::new(Prefetch::default());
        let in_memory = Value::File(Arc::new(File::in_memory(*b"a", "a", "")));
        let bag = Bag::from_iter([(Arc::from("file"), in_memory), (Arc::from("width"), Value::Absent)]);
        assert!(prefetch.reader(&bag).is_none());
    }
}
