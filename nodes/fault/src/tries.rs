//! Counts the tries of each item, so that a node can fail the first few.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use rand_chacha::rand_core::RngCore;
use windlass_core::prelude::*;

/// The tries that a node has seen, by item.
#[derive(Debug, Default)]
pub struct Tries(Mutex<HashMap<u64, i64>>);

impl Tries {
    /// Counts one more try of the context's item and returns its number, from 1. Items are told apart by their seed.
    pub fn next(&self, ctx: &Ctx) -> i64 {
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = tries.entry(ctx.random().next_u64()).or_insert(0);
        *count += 1;
        *count
    }
}
