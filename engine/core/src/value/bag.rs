//! Named values: what a firing is given, before its node's own struct is read from it.

use std::sync::Arc;

use smallvec::SmallVec;

use super::Value;

/// Values by name that the bags of all firings of a step share.
pub type Constants = Arc<[(Arc<str>, Value)]>;

/// Shared values beyond so many are copied into each bag.
const MOST_SHARED: usize = u64::BITS as usize;

/// Values by the name of their port or parameter; a variadic port is a list under one name.
#[derive(Clone, Debug, Default)]
pub struct Bag {
    /// A value that was taken leaves its name, so that filling the bag again needs no memory.
    own: SmallVec<[(Arc<str>, Option<Value>); 2]>,
    shared: Option<Constants>,
    /// The shared values that were taken or replaced, a bit for each.
    gone: u64,
}

impl Bag {
    /// Returns an empty bag.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns a bag with values that it shares with others.
    pub fn sharing(constants: &Constants) -> Self {
        let beyond = constants.iter().skip(MOST_SHARED).map(|(name, value)| (name.clone(), Some(value.clone())));
        Self { own: beyond.collect(), shared: Some(constants.clone()), gone: 0 }
    }

    /// Returns whether bags share all of the constants, and copy none.
    pub fn shares_all(constants: &Constants) -> bool {
        constants.len() <= MOST_SHARED
    }

    /// Makes the bag of one firing that of the next, which differs in one value alone; returns `false` where that cannot
    /// be done, because other values were the bag's own too.
    pub fn again(&mut self, name: &str, value: Value) -> bool {
        match &mut self.own[..] {
            [(known, slot)] if **known == *name && self.shared.is_some() => *slot = Some(value),
            _ => return false,
        }
        self.gone = self.shared_at(name).map_or(0, |at| 1 << at);
        true
    }

    /// Returns whether the bag holds exactly the values that it shares.
    #[inline]
    pub fn is_as_shared(&self) -> bool {
        self.gone == 0 && self.own.is_empty() && self.shared.is_some()
    }

    /// Gives everything back that was taken out of the shared values, and drops the bag's own value; returns `false`
    /// where that cannot be done, because it has several, or shares none.
    pub fn renew(&mut self) -> bool {
        match &mut self.own[..] {
            _ if self.shared.is_none() => return false,
            [] => {}
            [(_, slot)] => *slot = None,
            _ => return false,
        }
        self.gone = 0;
        true
    }

    /// Puts a value under a name, in place of the one that may stand there.
    pub fn set(&mut self, name: impl Into<Arc<str>>, value: Value) {
        let name = name.into();
        self.gone |= self.shared_at(&name).map_or(0, |at| 1 << at);
        match self.own.iter_mut().find(|(known, _)| *known == name) {
            Some((_, slot)) => *slot = Some(value),
            None => self.own.push((name, Some(value))),
        }
    }

    /// Returns the value under a name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let own = self.own.iter().find(|(known, _)| **known == *name).and_then(|(_, value)| value.as_ref());
        own.or_else(|| self.shared_value(self.shared_at(name)?))
    }

    /// Takes the value under a name out of the bag.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        let own = self.own.iter_mut().find(|(known, _)| **known == *name).and_then(|(_, value)| value.take());
        own.or_else(|| {
            let at = self.shared_at(name)?;
            let value = self.shared_value(at)?.clone();
            self.gone |= 1 << at;
            Some(value)
        })
    }

    /// Returns names and values: the shared ones, then the bag's own in the order in which they were set.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        let shared = self.shared.iter().flat_map(|shared| shared.iter().take(MOST_SHARED)).enumerate();
        let shared = shared.filter(|(at, _)| self.gone >> at & 1 == 0).map(|(_, (name, value))| (&**name, value));
        shared.chain(self.own.iter().filter_map(|(name, value)| Some((&**name, value.as_ref()?))))
    }

    /// Returns the values that are the bag's own.
    pub fn into_own(self) -> impl Iterator<Item = Value> {
        self.own.into_iter().filter_map(|(_, value)| value)
    }

    /// Returns the number of values.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Returns whether nothing is in the bag.
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    fn shared_at(&self, name: &str) -> Option<usize> {
        self.shared.as_ref()?.iter().take(MOST_SHARED).position(|(known, _)| **known == *name)
    }

    fn shared_value(&self, at: usize) -> Option<&Value> {
        (self.gone >> at & 1 == 0).then_some(&self.shared.as_ref()?[at].1)
    }
}

impl<N: Into<Arc<str>>> FromIterator<(N, Value)> for Bag {
    fn from_iter<I: IntoIterator<Item = (N, Value)>>(values: I) -> Self {
        let mut bag = Self::new();
        for (name, value) in values {
            bag.set(name, value);
        }
        bag
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(bag: &Bag) -> Vec<(&str, i64)> {
        let number = |value: &Value| if let Value::Int(number) = value { *number } else { -1 };
        bag.iter().map(|(name, value)| (name, number(value))).collect()
    }

    #[test]
    fn a_bag_with_shared_values_is_one_with_its_own() {
        let constants: Constants = (0..70).map(|at| (at.to_string().into(), Value::Int(at))).collect();
        let (mut sharing, mut plain) = (Bag::sharing(&constants), constants.iter().cloned().collect::<Bag>());
        for bag in [&mut sharing, &mut plain] {
            assert!(bag.take("3").is_some() && bag.take("3").is_none() && bag.take("66").is_some());
            bag.set("4", Value::Int(100));
            bag.set("value", Value::Int(7));
            assert_eq!(bag.len(), 69);
        }
        let sorted = |bag| {
            let mut all = numbers(bag);
            all.sort_unstable();
            all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Vec<_>>()
        };
        assert_eq!(sorted(&sharing), sorted(&plain));
    }

    #[test]
    fn a_bag_is_filled_again() {
        let constants: Constants = [("salt".into(), Value::Int(1)), ("value".into(), Value::Int(2))].into();
        let mut bag = Bag::sharing(&constants);
        assert!(!bag.again("value", Value::Int(3)), "it has no value of its own yet");
        bag.set("value", Value::Int(3));
        let _ = (bag.take("salt"), bag.take("value"));
        assert!(bag.is_empty());
        assert!(bag.again("value", Value::Int(4)));
        assert_eq!(numbers(&bag), [("salt", 1), ("value", 4)]);
        assert!(bag.renew());
        assert_eq!(numbers(&bag), [("salt", 1), ("value", 2)]);
        bag.set("value", Value::Int(4));
        bag.set("other", Value::Int(5));
        assert!(!bag.again("value", Value::Int(6)), "another firing need not have the other value");
        assert!(!bag.renew(), "which of them were there at first is not known");
        assert!(!Bag::new().renew());
    }
}
