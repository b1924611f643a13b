//! Which of the files that come into a folder are complete: those that have stopped changing.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant, SystemTime};

use crate::listing::Found;

/// The files that came, and which of them are complete.
#[derive(Default)]
pub struct Arrivals {
    /// Those that were given, or are not to be.
    pub known: HashSet<String>,
    /// Those that are not complete yet: what they are like, and since when.
    growing: HashMap<String, (State, Instant)>,
}

type State = (u64, Option<SystemTime>);

/// What one look at the folder came to.
pub struct Seen {
    /// The files that are complete now.
    pub complete: Vec<Found>,
    /// Whether something came or changed.
    pub stirred: bool,
}

impl Arrivals {
    /// Returns whether some are not complete yet.
    pub fn are_growing(&self) -> bool {
        !self.growing.is_empty()
    }

    /// Takes a look at what lies in the folder.
    pub fn see(&mut self, found: Vec<Found>, now: Instant, settle: Duration) -> Seen {
        let (mut growing, mut seen) = (HashMap::new(), Seen { complete: Vec::new(), stirred: false });
        for found in found {
            if self.known.contains(&found.name) {
                continue;
            }
            let state = found.path.metadata().map_or((0, None), |metadata| (metadata.len(), metadata.modified().ok()));
            let since = match self.growing.get(&found.name) {
                Some((before, since)) if *before == state => *since,
                _ => {
                    seen.stirred = true;
                    now
                }
            };
            if now.saturating_duration_since(since) >= settle {
                self.known.insert(found.name.clone());
                seen.complete.push(found);
            } else {
                growing.insert(found.name, (state, since));
            }
        }
        // What is not there any more is forgotten, and may come again.
        self.growing = growing;
        seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_complete_when_it_has_not_changed_for_a_while() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let begin = Instant::now();
        let mut arrivals = Arrivals::default();
        let mut see = |content: &str, ms: u64| {
            std::fs::write(&path, content).unwrap();
            let then = SystemTime::UNIX_EPOCH + Duration::from_secs(content.len() as u64);
            std::fs::File::options().write(true).open(&path).unwrap().set_modified(then).unwrap();
            let found = vec![Found { path: path.clone(), name: "a".into() }];
            let seen = arrivals.see(found, begin + Duration::from_millis(ms), Duration::from_millis(100));
            (seen.complete.len(), seen.stirred)
        };
        assert_eq!(see("x", 0), (0, true));
        assert_eq!(see("x", 99), (0, false));
        assert_eq!(see("xy", 150), (0, true), "it grew");
        assert_eq!(see("xy", 249), (0, false));
        assert_eq!(see("xy", 250), (1, false));
        assert_eq!(see("xyz", 900), (0, false), "an item comes once");
    }
}
