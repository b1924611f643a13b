//! What splits find that depend on the world: journalled before it is let out, and told again to a run that goes on.

use windlass_core::key::Place;
use windlass_core::node::{Child, ErasedChildren, NodeError, Outcome};
use windlass_core::spec::Purity;
use windlass_core::value::Value;
use windlass_store::journal::{Came, Child as Found, FileSeen, Given, Kept, Listed, Record, Result as Firing};

use super::Recall;
use super::keep::UNKNOWN;

/// The children of a group that earlier processes of the run found.
pub struct Lists {
    /// The children.
    pub children: ErasedChildren,
    /// How many they are.
    pub count: u64,
    /// Their names, as one number.
    pub names: u64,
    /// Whether there are no more.
    pub is_whole: bool,
}

impl Recall {
    /// Returns whether what the step finds is journalled: another firing need not find the same.
    pub fn lists(&self) -> bool {
        self.plan().spec.is_split() && self.plan().spec.purity != Purity::Pure
    }

    /// Returns what earlier processes of the run found for a group; `None` where nothing or not all can be told.
    pub fn listed(&self, group: &Place) -> Option<Lists> {
        let past = self.memo.past.clone().filter(|_| self.lists())?;
        let (step, key) = (self.plan().name.clone(), group.key().to_string());
        let listing = past.listing(&step, &key)?;
        let mut names = 0;
        for found in listing.from(0) {
            names = crate::step::chain(names, found.name.as_deref());
            self.can_tell(&found).then_some(())?;
        }
        let (count, is_whole, memo) = (listing.len(), listing.is_whole(), self.memo.clone());
        let mut next = 0;
        // Read in lots, so that a long listing need not be in memory at once.
        let lots = std::iter::from_fn(move || {
            let lot: Vec<_> = past.listing(&step, &key)?.from(next).take(LOT).collect();
            next += lot.len() as u64;
            (!lot.is_empty()).then_some(lot)
        });
        let children = ErasedChildren::known(lots.flatten().map(move |found| memo.child(found)));
        Some(Lists { children, count, names, is_whole })
    }

    fn can_tell(&self, found: &Found) -> bool {
        let is_there = |given: &Given| match given {
            Given::Skip(_) => true,
            Given::Value(kept) => kept.stored.as_ref().is_some_and(|stored| self.memo.artifacts().contains(stored)),
        };
        found.ports.iter().all(|(_, given)| is_there(given))
    }

    /// Journals children before they are let out.
    pub fn list(&self, group: &Place, first: u64, children: &[Child]) {
        if children.is_empty() {
            return;
        }
        let children = children.iter().map(|child| self.found(child)).collect();
        let listed = Listed { step: self.step, group: group.key().to_string(), first, children };
        self.memo.append(&Record::Listed(listed));
    }

    /// Journals that there are no more children.
    pub fn list_end(&self, group: &Place) {
        let (step, key, came) = (self.step, group.key().to_string(), Came::Gave(Vec::new()));
        let end = Firing {
            step,
            key,
            fingerprint: UNKNOWN,
            inputs: Vec::new(),
            took_us: 0,
            came,
            wrote: Vec::new(),
            left: Vec::new(),
        };
        self.memo.append(&Record::Result(end));
    }

    fn found(&self, child: &Child) -> Found {
        let given = |(port, outcome): &(std::borrow::Cow<'static, str>, Outcome)| {
            let given = match outcome {
                Outcome::Skip(reason) => Given::Skip(reason.to_string()),
                Outcome::Value(value) => Given::Value(self.listed_value(port, value)),
            };
            (port.to_string(), given)
        };
        let failure = child.failure.as_ref().map(|error| error.causes().to_vec()).unwrap_or_default();
        Found {
            name: child.name.clone(),
            ports: child.ports.iter().map(given).collect(),
            failure,
            file: child.ports.iter().find_map(|(_, outcome)| file_of(outcome)),
        }
    }

    fn listed_value(&self, port: &str, value: &Value) -> Kept {
        let is_small = value.size_bytes() < MOST_LISTED_BYTES;
        let stored = is_small.then(|| self.put(value)).flatten();
        let identity = self.identity(None, port, value, false);
        Kept { identity, ty: value.type_of().to_string(), size_bytes: value.size_bytes(), stored }
    }
}

/// Children that are read at once.
const LOT: usize = 256;

/// Larger values of children are not kept where they are let out: that would hold the step up.
const MOST_LISTED_BYTES: u64 = 16 * 1024;

impl super::Memo {
    /// Returns a child as it was found; a file that is another one now fails.
    fn child(&self, found: Found) -> Child {
        let changed =
            found.file.filter(|seen| FileSeen::now(&seen.path).as_ref() != Some(seen)).map(|seen| changed(&seen));
        let failure = match found.failure.is_empty() {
            true => changed,
            false => Some(NodeError::told(&found.failure, None)),
        };
        let mut ports = windlass_core::node::Given::new();
        for (port, given) in found.ports {
            let outcome = match given {
                Given::Skip(reason) => Outcome::Skip(reason.into()),
                Given::Value(kept) => match kept.stored.map(|stored| self.artifacts().get(&stored)) {
                    Some(Ok(value)) => Outcome::Value(value),
                    Some(Err(missing)) => {
                        let error = NodeError::because("what the run had found is lost", &missing);
                        return Child { name: found.name, ports, failure: Some(error) };
                    }
                    None => Outcome::Skip("no value".into()),
                },
            };
            ports.push((port.into(), outcome));
        }
        Child { name: found.name, ports, failure }
    }
}

fn changed(seen: &FileSeen) -> NodeError {
    let what = if seen.path.exists() { "has changed" } else { "is gone" };
    NodeError::new(format!("the file {what} since the run began: `{}`", seen.path.display()))
        .hint("begin a new run to take the folder as it is now")
        .permanent()
}

fn file_of(outcome: &Outcome) -> Option<FileSeen> {
    match outcome {
        Outcome::Value(Value::File(file)) => FileSeen::now(file.path()?),
        _ => None,
    }
}
