//! What a firing depends on, as one number.

use std::sync::Arc;

use blake3::Hash;
use windlass_core::context::OpenFile;
use windlass_core::identity::{HashFile, of_parts, of_value};
use windlass_core::key::Place;
use windlass_core::node::NodeError;
use windlass_core::plan::Step;
use windlass_core::seed::firing_seed;
use windlass_core::value::{Bag, File, FileContent, List, Member, Value};

use super::Recall;
use super::recipe::recipe;

/// Plain values beyond this many bytes are not held to compute something again.
const MOST_HELD_BYTES: u64 = 64 * 1024;

/// What is known of a firing before its code is called.
#[derive(Clone, Debug)]
pub struct Known {
    /// What it depends on.
    pub fingerprint: Hash,
    /// What came on its inputs and wired parameters.
    pub inputs: Vec<(String, Hash)>,
    /// What it was given, to be given again; `None` where that would hold too much memory.
    pub bag: Option<Bag>,
    /// How long it takes to have what it was given again, in microseconds.
    pub cost_us: u64,
}

/// Returns the part of a fingerprint that all firings of a step share: a result of one kind is never taken for that of
/// another one.
pub fn head(step: &Step) -> Hash {
    let version = step.spec.version.to_le_bytes();
    let device = if step.spec.needs.device { step.policy.device.to_string() } else { String::new() };
    let kind = of_parts("windlass kind 1", &[step.spec.kind.as_bytes(), &version, device.as_bytes()]);
    step.statics.iter().fold(kind, |head, (name, value)| {
        let file = step.statics.file(name).map(|file| blake3::hash(file));
        let file = file.as_ref().map_or(&[][..], |file| file.as_bytes());
        of_parts("windlass static 1", &[head.as_bytes(), name.as_bytes(), value.to_string().as_bytes(), file])
    })
}

impl Recall {
    /// Finds out what a firing depends on. Blocks where a file has to be read for that.
    ///
    /// # Errors
    /// A file or a value cannot be read: the code will say so better.
    pub fn know(&self, place: &Place, bag: &Bag) -> Result<Known, NodeError> {
        self.know_by(place, bag, &|file| self.memo.results.files.hash(file))
    }

    /// Does the same for a firing whose code is called next, on this thread: files are held for it until
    /// [`Recall::let_go`].
    ///
    /// # Errors
    /// A file or a value cannot be read.
    pub fn know_to_fire(&self, place: &Place, bag: &Bag) -> Result<Known, NodeError> {
        self.know_by(place, bag, &|file| self.memo.results.files.hash_to_use(file))
    }

    /// Opens a file that is given to the code of the step.
    ///
    /// # Errors
    /// Says why it cannot be read.
    pub fn open(&self, file: &File) -> Result<OpenFile, NodeError> {
        self.memo.results.files.open(file)
    }

    /// Forgets the files that are held for this thread.
    pub fn let_go(&self) {
        self.memo.results.files.let_go();
    }

    fn know_by(&self, place: &Place, bag: &Bag, hash_file: &HashFile<'_>) -> Result<Known, NodeError> {
        let mut named = Vec::new();
        for (name, value) in bag.iter() {
            let secret = self.plan().secrets.iter().find(|(known, _)| **known == *name);
            named.push(match secret {
                // What counts of a secret is its name, so that nothing of it gets around.
                Some((_, variable)) => (name, of_parts("windlass secret 1", &[variable.as_bytes()])),
                None => (name, of_value(value, &self.memo.codecs, hash_file)?),
            });
        }
        named.sort_unstable_by_key(|(name, _)| *name);
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.head.as_bytes());
        for (name, identity) in &named {
            hasher.update(&(name.len() as u64).to_le_bytes()).update(name.as_bytes()).update(identity.as_bytes());
        }
        let plan = self.plan();
        if plan.spec.seeded {
            hasher.update(&firing_seed(self.plan.seed, &plan.name, place));
        }
        let is_input = |name: &str| plan.inputs.iter().any(|input| *input.name == *name);
        let inputs = named.iter().filter(|(name, _)| is_input(name));
        Ok(Known {
            fingerprint: hasher.finalize(),
            inputs: inputs.map(|(name, identity)| ((*name).to_owned(), *identity)).collect(),
            bag: hollow(bag),
            cost_us: bag.iter().map(|(_, value)| cost_us(value)).sum(),
        })
    }
}

/// Returns whether something in a bag has to be read from a disk to be known.
pub fn has_file(bag: &Bag) -> bool {
    bag.iter().any(|(_, value)| is_on_disk(value))
}

fn is_on_disk(value: &Value) -> bool {
    match value {
        Value::File(file) => matches!(file.content, FileContent::Path(_)),
        Value::List(list) => list.members().iter().any(|member| match member {
            Member::Ready(value) => is_on_disk(value),
            Member::Held(_) => true,
        }),
        _ => false,
    }
}

/// Returns a bag without the memory of its large values; `None` where one of them cannot be come by again.
pub fn hollow(bag: &Bag) -> Option<Bag> {
    let hollow = |(name, value): (&str, &Value)| Some((Arc::<str>::from(name), hollow_value(value)?));
    bag.iter().map(hollow).collect::<Option<Vec<_>>>().map(Bag::from_iter)
}

fn hollow_value(value: &Value) -> Option<Value> {
    match value {
        Value::Lazy(lazy) => Some(Value::Lazy(Arc::new(lazy.hollow()))),
        // What waits in a collect goes along as it is, however many there are.
        Value::List(list) if list.members().iter().all(is_hollow) => Some(value.clone()),
        Value::List(list) => {
            let members = list.members().iter().map(hollow_member).collect::<Option<Vec<_>>>()?;
            Some(Value::List(Arc::new(List::new(members).named(list.names().to_vec()))))
        }
        small if small.size_bytes() <= MOST_HELD_BYTES => Some(small.clone()),
        _ => None,
    }
}

fn is_hollow(member: &Member) -> bool {
    matches!(member, Member::Held(held) if held.lazy().is_none())
}

fn hollow_member(member: &Member) -> Option<Member> {
    match member {
        Member::Ready(value) => hollow_value(value).map(Member::Ready),
        Member::Held(held) => match held.lazy() {
            Some(lazy) => Some(Member::Ready(Value::Lazy(Arc::new(lazy.hollow())))),
            None => Some(member.clone()),
        },
    }
}

/// Returns how long it takes to have a value again that is not kept, in microseconds.
fn cost_us(value: &Value) -> u64 {
    match value {
        Value::Lazy(lazy) if !lazy.is_kept() => recipe(lazy).map_or(0, |recipe| recipe.cost_us),
        _ => 0,
    }
}
