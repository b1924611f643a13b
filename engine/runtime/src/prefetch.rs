//! Files of firings that wait for a core: the disk reads them while others compute. They are files that are hashed to look for
//! what was given before, so nothing is fetched that would not be read.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use windlass_core::value::{Bag, Value};
use windlass_store::read::fetch;

/// The files of a run that firings are about to read.
#[derive(Default)]
pub struct Prefetch(Mutex<State>);

#[derive(Default)]
struct State {
    next: u64,
    /// By the order in which firings began to wait.
    waiting: BTreeMap<u64, Vec<PathBuf>>,
}

/// A firing that waits for a core and then reads files.
pub struct Reader {
    number: u64,
    prefetch: Arc<Prefetch>,
}

impl Prefetch {
    /// Takes note of a firing that is about to wait for a core; `None`: it is given no file.
    pub fn reader(self: &Arc<Self>, bag: &Bag) -> Option<Reader> {
        let paths: Vec<_> = bag.iter().filter_map(|(_, value)| path(value)).collect();
        if paths.is_empty() {
            return None;
        }
        let mut state = self.lock();
        let number = state.next;
        state.next += 1;
        state.waiting.insert(number, paths);
        Some(Reader { number, prefetch: self.clone() })
    }

    /// Takes the files of the firing that has waited longest.
    fn take(&self) -> Vec<PathBuf> {
        self.lock().waiting.pop_first().map_or_else(Vec::new, |(_, paths)| paths)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reader {
    /// Says that it has its core.
    pub fn begins(&self) {
        self.prefetch.lock().waiting.remove(&self.number);
    }

    /// Says that nothing was found and it computes, as the next one probably will: the files of that one are fetched meanwhile,
    /// for which nobody waits.
    pub fn computes(self) {
        self.prefetch.take().iter().for_each(|path| fetch(path));
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.begins();
    }
}

fn path(value: &Value) -> Option<PathBuf> {
    let Value::File(file) = value else { return None };
    file.path().map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use windlass_core::value::File;

    use super::*;

    fn bag(path: &str) -> Bag {
        Bag::from_iter([(Arc::from("file"), Value::File(Arc::new(File::on_disk(Path::new(path), "a", ""))))])
    }

    #[test]
    fn the_files_of_who_waits_longest_come_first_and_once() {
        let prefetch = Arc::new(Prefetch::default());
        let readers: Vec<_> = ["a", "b", "c"].map(|path| prefetch.reader(&bag(path))).into_iter().flatten().collect();
        assert_eq!(readers.len(), 3);
        assert_eq!(prefetch.take(), [Path::new("a")]);
        assert_eq!(prefetch.take(), [Path::new("b")]);
        drop(readers);
        assert_eq!(prefetch.take(), [] as [&Path; 0], "who has begun reads by itself");
    }

    #[test]
    fn who_is_given_no_file_on_disk_is_not_waited_for() {
        let prefetch = Arc::new(Prefetch::default());
        let in_memory = Value::File(Arc::new(File::in_memory(*b"a", "a", "")));
        let bag = Bag::from_iter([(Arc::from("file"), in_memory), (Arc::from("width"), Value::Absent)]);
        assert!(prefetch.reader(&bag).is_none());
    }
}
