//! Items that go through a step together: siblings without names of their own, each with one value for the only input.

use std::sync::Arc;

use super::{Emission, Inputs, NodeError, Outcome, Params};
use crate::context::Ctx;
use crate::key::Place;
use crate::value::{Bag, Constants, Value};

/// What stands for each of some siblings: a value, why there is none, or nothing where the item has gone a way of its own.
pub type Cells = Vec<Option<Outcome>>;

/// The wires of a step that has one input and one output, and what it is fired with beside.
pub struct Single {
    /// Name of the input.
    pub input: Arc<str>,
    /// Name of the output.
    pub output: Arc<str>,
    /// Everything else that the code reads.
    pub constants: Constants,
}

/// Siblings that are fired one after the other. What an item gives takes the place of what it brought.
pub struct Row<'a> {
    /// The step's wires.
    pub single: &'a Single,
    pub(crate) bag: &'a mut Bag,
    pub(crate) ctx: &'a mut Ctx,
    pub(crate) emission: &'a mut Emission,
    cells: &'a mut [Option<Outcome>],
    first: u64,
    at: usize,
}

impl<'a> Row<'a> {
    /// Makes a row of the children of `group` from the one with the index `first` on. The first `at` cells are passed
    /// over. Bag, context and emission belong to the step, and are used for all of them.
    pub fn new(
        single: &'a Single,
        (bag, ctx, emission): (&'a mut Bag, &'a mut Ctx, &'a mut Emission),
        (group, first): (&Arc<Place>, u64),
        (cells, at): (&'a mut [Option<Outcome>], usize),
    ) -> Self {
        ctx.enter_group(group.clone());
        Self { single, bag, ctx, emission, cells, first, at }
    }

    /// Returns the place among the cells of the item that was fired last; behind the last one, their number.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Goes to the next item that has a value, and makes everything ready for it; returns `false` behind the last one.
    #[inline]
    pub(crate) fn next(&mut self) -> bool {
        while let Some(cell) = self.cells.get(self.at) {
            if let Some(Outcome::Value(_)) = cell {
                self.ctx.go_to_child(self.first + self.at as u64);
                if !self.bag.is_as_shared() && !self.bag.renew() {
                    *self.bag = Bag::sharing(&self.single.constants);
                }
                return true;
            }
            self.at += 1;
        }
        false
    }

    /// Returns the value of the item. It stays where it is, for whoever fires the item again.
    #[inline]
    pub(crate) fn value(&self) -> &Value {
        value_of(self.cells, self.at)
    }

    /// Reads what the code is fired with.
    #[inline]
    pub(crate) fn read<P: Params, I: Inputs>(&mut self) -> Result<(P, I), NodeError> {
        let params = P::read(self.bag)?;
        let inputs = I::read_one(&self.single.input, value_of(self.cells, self.at), self.bag)?;
        Ok((params, inputs))
    }

    /// Puts what the item gave in the place of what it brought.
    #[inline]
    pub(crate) fn put(&mut self, given: Outcome) {
        if let Some(cell) = self.cells.get_mut(self.at) {
            *cell = Some(given);
        }
        self.at += 1;
    }
}

#[inline]
fn value_of(cells: &[Option<Outcome>], at: usize) -> &Value {
    match cells.get(at) {
        Some(Some(Outcome::Value(value))) => value,
        _ => &Value::Absent,
    }
}
