//! The children of a split, made one at a time as the window admits them.

use std::fmt;

use super::{Given, NodeError};

/// A child with its stable name; one that cannot be had fails by itself.
pub(super) type Made<T> = (Option<String>, Result<T, NodeError>);
type Source<T> = Box<dyn Iterator<Item = Result<Made<T>, NodeError>> + Send>;

/// The children of a split: a field of this type in a node's outputs opens a scope, and the ports of `T` are *many*.
///
/// The iterator is asked for the next child only when there is room for it. An error in the middle fails the firing.
pub struct Children<T>(Source<T>);

impl<T> Children<T> {
    /// Returns children with stable names (a relative path, a key column).
    pub fn named<I>(children: I) -> Self
    where
        I: IntoIterator<Item = Result<(String, T), NodeError>>,
        I::IntoIter: Send + 'static,
        T: 'static,
    {
        Self(Box::new(children.into_iter().map(|child| child.map(|(name, value)| (Some(name), Ok(value))))))
    }

    /// Returns children that are named by their index.
    pub fn indexed<I>(children: I) -> Self
    where
        I: IntoIterator<Item = Result<T, NodeError>>,
        I::IntoIter: Send + 'static,
        T: 'static,
    {
        Self(Box::new(children.into_iter().map(|child| child.map(|value| (None, Ok(value))))))
    }

    /// Returns children of which some fail: each such is one failed item, and the others stand.
    pub fn some_failing<I>(children: I) -> Self
    where
        I: IntoIterator<Item = Result<(String, Result<T, NodeError>), NodeError>>,
        I::IntoIter: Send + 'static,
        T: 'static,
    {
        Self(Box::new(children.into_iter().map(|child| child.map(|(name, value)| (Some(name), value)))))
    }

    pub(super) fn into_inner(self) -> Source<T> {
        self.0
    }
}

impl<T: 'static> Default for Children<T> {
    fn default() -> Self {
        Self(Box::new(std::iter::empty()))
    }
}

impl<T> fmt::Debug for Children<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Children(..)")
    }
}

/// One child, port by port; a port that is not named is skipped.
#[derive(Debug)]
pub struct Child {
    /// Stable name, where the split gives one.
    pub name: Option<String>,
    /// Values and skips by port.
    pub ports: Given,
    /// Why this child alone cannot be had.
    pub failure: Option<NodeError>,
}

/// Children as the engine asks for them.
pub struct ErasedChildren {
    pub(super) children: Box<dyn Iterator<Item = Result<Child, NodeError>> + Send>,
}

impl ErasedChildren {
    /// Returns children that are known.
    pub(crate) fn known(children: impl Iterator<Item = Child> + Send + 'static) -> Self {
        Self { children: Box::new(children.map(Ok)) }
    }

    /// Returns the first `count` children alone.
    #[must_use]
    pub fn first(self, count: usize) -> Self {
        Self { children: Box::new(self.children.take(count)) }
    }
}

impl Iterator for ErasedChildren {
    type Item = Result<Child, NodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.children.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.children.size_hint()
    }
}

impl fmt::Debug for ErasedChildren {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ErasedChildren(..)")
    }
}
