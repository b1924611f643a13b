//! Keys of many items: each place is told, or may be any.

use std::collections::{BTreeMap, BTreeSet};

use windlass_core::key::Key;
use windlass_core::plan::{Replays, StepId};

/// Keys of items of one step. They take little where nobody knows them one by one: `*/0` stands for the first child of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys {
    /// By which places are told; the others stand as 0.
    by_shape: BTreeMap<Vec<bool>, BTreeSet<Vec<u64>>>,
}

impl Keys {
    /// Returns the key of one item.
    pub fn of(key: &Key) -> Self {
        std::iter::once(key.clone()).collect()
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_shape.is_empty()
    }

    /// Returns how many they are; `None` where some are not known one by one.
    pub fn count(&self) -> Option<u64> {
        let counts = self.by_shape.iter().map(|(shape, keys)| shape.iter().all(|told| *told).then_some(keys.len()));
        counts.sum::<Option<usize>>().map(|count| count as u64)
    }

    /// Returns the key, where it is one.
    pub fn only(&self) -> Option<Key> {
        let (shape, keys) = self.by_shape.first_key_value().filter(|_| self.by_shape.len() == 1)?;
        let only = keys.first().filter(|_| keys.len() == 1 && shape.iter().all(|told| *told))?;
        Some(only.iter().fold(Key::root(), |key, place| key.child(*place)))
    }

    /// Returns the keys, in order, as far as they are known one by one; `*` stands for a place that is not.
    pub fn texts(&self) -> impl Iterator<Item = String> {
        self.by_shape.iter().flat_map(|(shape, keys)| keys.iter().map(|key| text(shape, key)))
    }

    /// Returns whether a key is among them.
    pub fn contains(&self, key: &Key) -> bool {
        let fits = |(shape, keys): (&Vec<bool>, &BTreeSet<Vec<u64>>)| {
            shape.len() == key.depth() && keys.contains(&masked(key.places(), shape))
        };
        self.by_shape.iter().any(fits)
    }

    /// Returns whether one of them may be the child at this place of its group.
    pub fn has_last(&self, place: u64) -> bool {
        let ends = |(shape, keys): (&Vec<bool>, &BTreeSet<Vec<u64>>)| {
            !keys.is_empty()
                && shape.last().is_some_and(|told| !told || keys.iter().any(|key| key.last() == Some(&place)))
        };
        self.by_shape.iter().any(ends)
    }

    /// Adds others.
    pub fn extend(&mut self, others: Self) {
        for (shape, keys) in others.by_shape {
            self.by_shape.entry(shape).or_default().extend(keys);
        }
    }

    /// Returns the keys that items of one scope have in another one: the places of the splits around both stay, those of the
    /// others may be any.
    pub(super) fn carried(&self, from: &[StepId], to: &[StepId]) -> Self {
        let common = from.iter().zip(to).take_while(|(one, other)| one == other).count();
        self.each(|places| {
            places.truncate(common);
            places.resize(to.len(), None);
        })
    }

    /// Returns the keys without the places of rows under which a value is handed out again.
    pub(super) fn without(&self, replays: Option<Replays>) -> Self {
        let Some(replays) = replays else { return self.clone() };
        self.each(|places| drop(places.drain(replays.at..replays.at + replays.levels)))
    }

    /// Returns the keys under all rows under which a value is handed out again.
    pub(super) fn with(&self, replays: Option<Replays>) -> Self {
        let Some(replays) = replays else { return self.clone() };
        let rows = || std::iter::repeat_n(None, replays.levels);
        self.each(|places| drop(places.splice(replays.at..replays.at, rows())))
    }

    fn each(&self, change: impl Fn(&mut Vec<Option<u64>>)) -> Self {
        let mut changed = Self::default();
        for (shape, keys) in &self.by_shape {
            for key in keys {
                let mut places: Vec<_> = shape.iter().zip(key).map(|(told, place)| told.then_some(*place)).collect();
                change(&mut places);
                changed.insert(&places);
            }
        }
        changed
    }

    fn insert(&mut self, places: &[Option<u64>]) {
        let shape = places.iter().map(Option::is_some).collect();
        let key = places.iter().map(|place| place.unwrap_or_default()).collect();
        self.by_shape.entry(shape).or_default().insert(key);
    }
}

impl FromIterator<Key> for Keys {
    fn from_iter<T: IntoIterator<Item = Key>>(keys: T) -> Self {
        let mut all = Self::default();
        for key in keys {
            let places: Vec<_> = key.places().iter().map(|place| Some(*place)).collect();
            all.insert(&places);
        }
        all
    }
}

fn masked(places: &[u64], shape: &[bool]) -> Vec<u64> {
    places.iter().zip(shape).map(|(place, told)| if *told { *place } else { 0 }).collect()
}

fn text(shape: &[bool], key: &[u64]) -> String {
    let places = shape.iter().zip(key).map(|(told, place)| if *told { place.to_string() } else { "*".into() });
    places.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(texts: &[&str]) -> Keys {
        texts.iter().map(|text| text.parse::<Key>().unwrap()).collect()
    }

    fn texts(keys: &Keys) -> Vec<String> {
        keys.texts().collect()
    }

    #[test]
    fn places_of_splits_around_both_steps_stay() {
        let one = keys(&["3/1"]);
        assert_eq!(texts(&one.carried(&[0, 4], &[0, 4])), ["3/1"]);
        assert_eq!(texts(&one.carried(&[0, 4], &[0])), ["3"]);
        assert_eq!(texts(&one.carried(&[0, 4], &[0, 7, 9])), ["3/*/*"]);
        assert_eq!(texts(&one.carried(&[0, 4], &[])), [""]);
        assert_eq!(texts(&keys(&["3/1", "3/2", "4/0"]).carried(&[0, 4], &[0])), ["3", "4"]);
    }

    #[test]
    fn a_place_that_is_not_told_may_be_any() {
        let any = keys(&["3/1"]).carried(&[0, 4], &[0, 7]);
        let has = |key: &str| any.contains(&key.parse().unwrap());
        assert!(has("3/0") && has("3/99"));
        assert!(!has("4/0") && !has("3") && !has("3/0/0"));
        assert!(any.has_last(7) && keys(&["3/1"]).has_last(1) && !keys(&["3/1"]).has_last(3));
        assert_eq!((any.count(), any.only()), (None, None));
        assert_eq!((keys(&["1", "2"]).count(), keys(&["1"]).only()), (Some(2), Some("1".parse().unwrap())));
        assert_eq!((Keys::default().count(), Keys::default().only()), (Some(0), None));
    }

    #[test]
    fn rows_are_put_in_and_left_out() {
        let replays = Some(Replays { at: 1, levels: 2 });
        let under = keys(&["5/7"]).with(replays);
        assert_eq!(texts(&under), ["5/*/*/7"]);
        assert_eq!(texts(&under.without(replays)), ["5/7"]);
        assert_eq!(keys(&["5/7"]).with(None), keys(&["5/7"]));
    }
}
