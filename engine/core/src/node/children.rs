//! The children of a split, made one at a time as the window admits them.

use std::fmt;

use super::{Cells, Emission, Given, NodeError, Outcome, Outputs, take_outcome};
use crate::value::Value;

/// A child with its stable name; one that cannot be had fails by itself.
type Made<T> = (Option<String>, Result<T, NodeError>);
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

    fn into_inner(self) -> Source<T> {
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
pub struct ErasedChildren(Box<dyn Make>);

/// How asking for a row of children ended.
#[derive(Debug)]
pub enum Filled {
    /// There may be more.
    Full,
    /// There are no more.
    End,
    /// One came that is not for a row: it has a name, failed, or is too large.
    Other(Child),
    /// The next one could not be made.
    BrokeOff(NodeError),
}

/// Makes children, one at a time or in rows.
trait Make: Send {
    fn next(&mut self) -> Option<Result<Child, NodeError>>;
    fn size_hint(&self) -> (usize, Option<usize>);

    fn fill(&mut self, row: &mut Filling<'_>) -> Filled {
        while row.cells.len() < row.count {
            match self.next() {
                None => return Filled::End,
                Some(Err(error)) => return Filled::BrokeOff(error),
                Some(Ok(mut child)) if child.name.is_none() && child.failure.is_none() => {
                    if let Some(other) = row.put(take_outcome(&mut child.ports, row.port)) {
                        return Filled::Other(other);
                    }
                }
                Some(Ok(other)) => return Filled::Other(other),
            }
        }
        Filled::Full
    }
}

/// A row that children are made for.
struct Filling<'a> {
    port: &'a str,
    count: usize,
    fits: fn(&Value) -> bool,
    cells: &'a mut Cells,
}

impl Filling<'_> {
    /// Puts what a child gives into the row, or hands the child back that is too large for it.
    fn put(&mut self, given: Outcome) -> Option<Child> {
        match given {
            Outcome::Value(value) if !(self.fits)(&value) => {
                let ports = Given::from_iter([(self.port.to_owned().into(), Outcome::Value(value))]);
                Some(Child { name: None, ports, failure: None })
            }
            given => {
                self.cells.push(Some(given));
                None
            }
        }
    }
}

struct Plain<I>(I);

impl<I: Iterator<Item = Result<Child, NodeError>> + Send> Make for Plain<I> {
    fn next(&mut self) -> Option<Result<Child, NodeError>> {
        self.0.next()
    }
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

struct Typed<T> {
    source: Source<T>,
    emission: Emission,
}

impl<T: Outputs> Make for Typed<T> {
    fn next(&mut self) -> Option<Result<Child, NodeError>> {
        Some(self.source.next()?.map(child))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.source.size_hint()
    }

    fn fill(&mut self, row: &mut Filling<'_>) -> Filled {
        while row.cells.len() < row.count {
            match self.source.next() {
                None => return Filled::End,
                Some(Err(error)) => return Filled::BrokeOff(error),
                Some(Ok((None, Ok(out)))) => {
                    let given = out.give_one(row.port, &mut self.emission);
                    if let Some(other) = row.put(given) {
                        return Filled::Other(other);
                    }
                }
                Some(Ok(made)) => return Filled::Other(child(made)),
            }
        }
        Filled::Full
    }
}

fn child<T: Outputs>((name, out): Made<T>) -> Child {
    let mut emission = Emission::default();
    let failure = out.map(|out| out.emit(&mut emission)).err();
    Child { name, ports: emission.ports, failure }
}

impl ErasedChildren {
    /// Returns children that are known.
    pub fn known(children: impl Iterator<Item = Child> + Send + 'static) -> Self {
        Self(Box::new(Plain(children.map(Ok))))
    }

    /// Returns these children, and then others.
    #[must_use]
    pub fn before(self, others: Self) -> Self {
        Self(Box::new(Plain(self.chain(others))))
    }

    /// Returns the children that a node's author makes.
    pub(super) fn typed<T: Outputs + 'static>(children: Children<T>) -> Self {
        Self(Box::new(Typed { source: children.into_inner(), emission: Emission::default() }))
    }

    /// Returns the first `count` children alone.
    #[must_use]
    pub fn first(self, count: usize) -> Self {
        Self(Box::new(Plain(self.take(count))))
    }

    /// Fills a row with what the next children give on one port, until there are `count` cells. Values that do not fit
    /// are not for a row.
    pub fn fill(&mut self, port: &str, count: usize, fits: fn(&Value) -> bool, cells: &mut Cells) -> Filled {
        self.0.fill(&mut Filling { port, count, fits, cells })
    }
}

impl Iterator for ErasedChildren {
    type Item = Result<Child, NodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl fmt::Debug for ErasedChildren {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ErasedChildren(..)")
    }
}
