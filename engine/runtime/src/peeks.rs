//! The newest values that steps gave, for whoever looks at a run while it goes on: nothing is copied, and nothing is done
//! where nobody looks.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use windlass_core::key::{Key, Place};
use windlass_core::plan::StepId;
use windlass_core::secret::Secrets;
use windlass_core::types::Type;
use windlass_core::value::Value;

/// Bytes that all newest values of a run may hold beyond the time that the run itself needs them.
const HELD_BYTES: u64 = 256 << 20;
/// Firings of a step whose pictures are kept until they give something.
const BEGUN: usize = 8;
/// Numbers that are kept of each step.
const NUMBERS: usize = 512;

/// The newest values of a run's steps. It is made before the run, so that nothing of a short one is missed.
#[derive(Default)]
pub struct Peeks {
    steps: OnceLock<Box<[Mutex<Newest>]>>,
    secrets: OnceLock<Secrets>,
    held: AtomicU64,
}

/// A value that a step gave.
#[derive(Clone, Debug)]
pub struct Glimpse {
    /// The port.
    pub port: String,
    /// The item.
    pub place: Arc<Place>,
    /// The value; `None` where it and the others are too large to be held beside the run.
    pub value: Option<Value>,
    /// What it takes, in bytes.
    pub bytes: u64,
}

#[derive(Default)]
struct Newest {
    /// Raised with everything that can be seen.
    changes: u64,
    /// What a firing shows while it goes on.
    under_way: Option<Glimpse>,
    ports: Vec<Glimpse>,
    /// What firings under way were given, the newest first.
    begun: VecDeque<Glimpse>,
    /// What the firing was given that gave the newest value.
    before: Option<Glimpse>,
    numbers: VecDeque<f64>,
}

impl Peeks {
    /// Makes room for the steps of a run. Only the first run counts.
    pub fn begin(&self, steps: usize, secrets: &Secrets) {
        let _ = self.secrets.set(secrets.clone());
        let _ = self.steps.set((0..steps).map(|_| Mutex::default()).collect());
    }

    /// Takes the newest value of a step in, in place of the one before.
    pub fn given(&self, step: StepId, port: &str, place: &Arc<Place>, value: &Value) {
        let Some(mut newest) = self.step(step) else { return };
        newest.changes += 1;
        let known = newest.ports.iter().position(|known| known.port == port);
        let at = known.unwrap_or(newest.ports.len());
        if let Some(number) = number(value).filter(|_| at == 0) {
            newest.numbers.truncate(NUMBERS - 1);
            newest.numbers.push_front(number);
        }
        let before = known.map_or(0, |at| newest.ports[at].held());
        let bytes = value.size_bytes();
        let value = self.hold(before, bytes).then(|| value.clone());
        let glimpse = Glimpse { port: String::new(), place: place.clone(), value, bytes };
        let old = match newest.ports.get_mut(at) {
            Some(known) => {
                let port = std::mem::take(&mut known.port);
                Some(std::mem::replace(known, Glimpse { port, ..glimpse }))
            }
            None => {
                newest.ports.push(Glimpse { port: port.to_owned(), ..glimpse });
                None
            }
        };
        let mut before = None;
        if let Some(at) = newest.begun.iter().position(|begun| begun.place.key() == place.key()) {
            let begun = newest.begun.remove(at);
            before = std::mem::replace(&mut newest.before, begun);
        }
        // Who gives a large value back takes its time.
        drop(newest);
        drop(old);
        self.let_go(before);
    }

    /// Returns how often what is seen of a step has changed: whoever looks again knows by it whether there is something newer.
    pub fn count(&self, step: StepId) -> u64 {
        self.step(step).map_or(0, |newest| newest.changes)
    }

    /// Takes in what a firing shows while it goes on, in place of what one showed before.
    pub fn under_way(&self, step: StepId, place: &Arc<Place>, value: &Value) {
        let Some(mut newest) = self.step(step) else { return };
        newest.changes += 1;
        let bytes = value.size_bytes();
        let value = self.hold(newest.under_way.as_ref().map_or(0, Glimpse::held), bytes).then(|| value.clone());
        let old = newest.under_way.replace(Glimpse { port: String::new(), place: place.clone(), value, bytes });
        drop(newest);
        drop(old);
    }

    /// Shows no more what a firing showed while it went on.
    pub fn over(&self, step: StepId, key: &Key) {
        let Some(mut newest) = self.step(step) else { return };
        let Some(old) = newest.under_way.take_if(|shown| shown.place.key() == key) else { return };
        newest.changes += 1;
        drop(newest);
        self.let_go([old]);
    }

    /// Returns what a firing of a step shows while it goes on.
    pub fn shown(&self, step: StepId) -> Option<Glimpse> {
        self.step(step)?.under_way.clone()
    }

    /// Returns the newest value of each port of a step that gave any.
    pub fn newest(&self, step: StepId) -> Vec<Glimpse> {
        self.step(step).map(|newest| newest.ports.clone()).unwrap_or_default()
    }

    /// Takes in what a firing was given, where that can be compared with what it gives: a picture.
    pub fn was_given(&self, step: StepId, place: &Arc<Place>, given: &Value) {
        let Some(mut newest) = self.step(step).filter(|_| given.type_of() == Type::Image) else { return };
        let bytes = given.size_bytes();
        let value = self.hold(0, bytes).then(|| given.clone());
        newest.begun.push_front(Glimpse { port: String::new(), place: place.clone(), value, bytes });
        let kept = newest.begun.len().min(BEGUN);
        let old = newest.begun.split_off(kept);
        drop(newest);
        self.let_go(old);
    }

    /// Returns what the firing of an item was given, as long as it is the newest one.
    pub fn before(&self, step: StepId, key: &Key) -> Option<Value> {
        let newest = self.step(step)?;
        newest.before.as_ref().filter(|before| before.place.key() == key)?.value.clone()
    }

    /// Returns the newest numbers that a step gave on its first port, oldest first; at most 512. Items that travel together leave one.
    pub fn numbers(&self, step: StepId) -> Vec<f64> {
        self.step(step).map(|newest| newest.numbers.iter().rev().copied().collect()).unwrap_or_default()
    }

    /// Takes secrets out of a text that is made of a value, as they are taken out of events.
    pub fn hide(&self, text: &mut String) {
        if let Some(secrets) = self.secrets.get().filter(|secrets| !secrets.is_empty()) {
            secrets.hide_in(text);
        }
    }

    /// Counts a value instead of the one before, if there is room.
    fn hold(&self, before: u64, bytes: u64) -> bool {
        let others = self.held.load(Ordering::Relaxed).saturating_sub(before);
        let fits = others.saturating_add(bytes) <= HELD_BYTES;
        self.held.fetch_sub(before, Ordering::Relaxed);
        if fits {
            self.held.fetch_add(bytes, Ordering::Relaxed);
        }
        fits
    }

    /// Gives back what was held.
    fn let_go(&self, old: impl IntoIterator<Item = Glimpse>) {
        for glimpse in old {
            self.held.fetch_sub(glimpse.held(), Ordering::Relaxed);
        }
    }

    fn step(&self, step: StepId) -> Option<MutexGuard<'_, Newest>> {
        let newest = self.steps.get()?.get(step)?;
        Some(newest.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Glimpse {
    fn held(&self) -> u64 {
        if self.value.is_some() { self.bytes } else { 0 }
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(int) => Some(*int as f64),
        Value::Float(float) => Some(*float).filter(|float| float.is_finite()),
        Value::Json(json) => json.as_f64(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use windlass_core::value::{Channels, Image, Samples};

    fn peeks() -> Peeks {
        let peeks = Peeks::default();
        peeks.begin(2, &Secrets::default());
        peeks
    }

    #[test]
    fn the_newest_of_each_port_is_seen_and_nothing_before_the_run() {
        let peeks = Peeks::default();
        peeks.given(0, "value", &Place::root(), &Value::Int(1));
        assert!(peeks.newest(0).is_empty() && peeks.count(0) == 0);
        peeks.begin(1, &Secrets::default());
        for (port, number) in [("a", 1), ("b", 2), ("a", 3)] {
            peeks.given(0, port, &Place::root().child(number, None), &Value::Int(number as i64));
        }
        let seen: Vec<_> = peeks.newest(0).into_iter().map(|seen| (seen.port, seen.place.key().to_string())).collect();
        assert_eq!(seen, [("a".to_owned(), "3".to_owned()), ("b".to_owned(), "2".to_owned())]);
        assert_eq!((peeks.count(0), peeks.numbers(0)), (3, vec![1.0, 3.0]));
        peeks.given(7, "a", &Place::root(), &Value::Int(1));
    }

    #[test]
    fn what_a_firing_was_given_is_found_with_what_it_gave() {
        let peeks = peeks();
        let picture = |grey| Image::new(1, 1, Channels::Gray, Samples::U8(vec![grey])).map(Arc::new).map(Value::Image);
        let place = |at| Place::root().child(at, None);
        for at in 0..3 {
            picture(at as u8).iter().for_each(|picture| peeks.was_given(0, &place(at), picture));
        }
        for at in [2, 0, 1] {
            peeks.given(0, "image", &place(at), &Value::Absent);
            let before = peeks.before(0, place(at).key());
            assert!(matches!(before, Some(Value::Image(image)) if *image.samples() == Samples::U8(vec![at as u8])));
        }
        assert!(peeks.before(0, place(2).key()).is_none(), "it is not the newest any more");
        (0..100).for_each(|at| picture(1).iter().for_each(|picture| peeks.was_given(0, &place(at), picture)));
        assert!(peeks.held.load(Ordering::Relaxed) < 2_000, "what never gives anything is let go");
    }

    #[test]
    fn what_a_firing_shows_is_seen_until_it_is_over() {
        let peeks = peeks();
        let place = |at| Place::root().child(at, None);
        peeks.under_way(0, &place(1), &Value::text("half of it"));
        peeks.under_way(0, &place(2), &Value::text("a third"));
        peeks.over(0, place(1).key());
        let shown = peeks.shown(0).unwrap();
        assert_eq!((shown.place.key(), shown.value.unwrap().summary()), (place(2).key(), "\"a third\"".to_owned()));
        peeks.over(0, place(2).key());
        assert!(peeks.shown(0).is_none() && peeks.newest(0).is_empty());
        assert_eq!((peeks.count(0), peeks.held.load(Ordering::Relaxed)), (3, 0));
    }

    #[test]
    fn what_is_held_stays_within_its_bytes() {
        let peeks = peeks();
        let side = 1 << 13;
        let large = |step| {
            let samples = Samples::U8(vec![0; side * side * 3]);
            let image = Image::new(side as u32, side as u32, Channels::Rgb, samples).map(Arc::new);
            let image = image.map(Value::Image);
            image.iter().for_each(|image| peeks.given(step, "image", &Place::root(), image));
        };
        large(0);
        large(1);
        let held: Vec<_> = (0..2).flat_map(|step| peeks.newest(step)).map(|seen| seen.value.is_some()).collect();
        assert_eq!(held, [true, false]);
        peeks.given(0, "image", &Place::root(), &Value::Absent);
        large(1);
        assert!(peeks.newest(1).iter().all(|seen| seen.value.is_some()), "there is room again");
    }
}
