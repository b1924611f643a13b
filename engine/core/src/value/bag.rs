//! Named values: what a firing is given, before its node's own struct is read from it.

use std::sync::Arc;

use super::Value;

/// Values by the name of their port or parameter; a variadic port is a list under one name.
#[derive(Clone, Debug, Default)]
pub struct Bag(Vec<(Arc<str>, Value)>);

impl Bag {
    /// Returns an empty bag.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a value under a name, in place of the one that may stand there.
    pub fn set(&mut self, name: impl Into<Arc<str>>, value: Value) {
        let name = name.into();
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, slot)) => *slot = value,
            None => self.0.push((name, value)),
        }
    }

    /// Returns the value under a name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| &**known == name).map(|(_, value)| value)
    }

    /// Takes the value under a name out of the bag.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        let at = self.0.iter().position(|(known, _)| &**known == name)?;
        Some(self.0.remove(at).1)
    }

    /// Returns names and values in the order in which they were set.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (&**name, value))
    }

    /// Returns the number of values.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether nothing is in the bag.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
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
