//! Lists, whose members may wait outside of memory until they are read.

use std::marker::PhantomData;
use std::sync::Arc;

use super::{FromValue, Lazy, Value};
use crate::node::NodeError;
use crate::types::Type;

/// A list of values in order.
#[derive(Clone, Debug, Default)]
pub struct List {
    members: Vec<Member>,
    /// The stable names of the items that the members were, where they are known.
    names: Vec<Arc<str>>,
}

/// One member of a list.
#[derive(Clone, Debug)]
pub enum Member {
    /// In memory.
    Ready(Value),
    /// Outside of memory; read when asked for.
    Held(Arc<dyn Held>),
}

/// A value that waits outside of memory.
pub trait Held: std::fmt::Debug + Send + Sync {
    /// Reads the value.
    ///
    /// # Errors
    /// Says why it cannot be read back.
    fn read(&self) -> Result<Value, NodeError>;
    /// Returns the type of the value.
    fn type_of(&self) -> Type;
    /// Returns the value where it says itself where it comes from.
    fn lazy(&self) -> Option<&Arc<Lazy>> {
        None
    }
}

impl Member {
    /// Returns the value, read if it has to be.
    ///
    /// # Errors
    /// Says why a held value cannot be read back.
    pub fn read(&self) -> Result<Value, NodeError> {
        match self {
            Self::Ready(value) => value.clone().resolved(),
            Self::Held(held) => held.read()?.resolved(),
        }
    }
}

impl List {
    /// Makes a list of its members.
    pub fn new(members: Vec<Member>) -> Self {
        Self { members, names: Vec::new() }
    }

    /// Says what the items were called that the members were; one name for each.
    #[must_use]
    pub fn named(mut self, names: Vec<Arc<str>>) -> Self {
        self.names = names;
        self
    }

    /// Returns the stable name of the item that a member was, its place in the list where none is known.
    pub fn name(&self, index: usize) -> Arc<str> {
        self.names.get(index).cloned().unwrap_or_else(|| index.to_string().into())
    }

    /// Returns what the items were called that the members were; empty where that is not known.
    pub fn names(&self) -> &[Arc<str>] {
        &self.names
    }

    /// Returns the members.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// Returns the members themselves.
    pub fn into_members(self) -> Vec<Member> {
        self.members
    }

    /// Returns the number of members.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Returns whether the list has no members.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    pub(super) fn type_of(&self) -> Type {
        let types = self.members.iter().map(|member| match member {
            Member::Ready(value) => value.type_of(),
            Member::Held(held) => held.type_of(),
        });
        Type::list(Type::union(types))
    }

    pub(super) fn size_bytes(&self) -> u64 {
        let size = |member: &Member| match member {
            Member::Ready(value) => value.size_bytes(),
            Member::Held(_) => size_of::<Member>() as u64,
        };
        self.members.iter().map(size).sum()
    }
}

impl FromIterator<Value> for List {
    fn from_iter<I: IntoIterator<Item = Value>>(values: I) -> Self {
        Self::new(values.into_iter().map(Member::Ready).collect())
    }
}

/// A list as a node's input: its members are read one at a time, so that a large group need not fit in memory.
///
/// As the type of an input port it makes the port *collect*: it takes a whole group in key order and closes its scope.
#[derive(Clone, Debug)]
pub struct Collected<T> {
    list: Arc<List>,
    of: PhantomData<fn() -> T>,
}

impl<T: FromValue> Collected<T> {
    /// Wraps a list.
    pub fn new(list: Arc<List>) -> Self {
        Self { list, of: PhantomData }
    }

    /// Returns the number of members.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Returns whether the group is empty.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Reads the members one at a time, in key order.
    pub fn iter(&self) -> impl Iterator<Item = Result<T, NodeError>> {
        self.list.members().iter().map(|member| T::from_value(member.read()?))
    }

    /// Returns the list itself.
    pub fn list(&self) -> &Arc<List> {
        &self.list
    }
}
