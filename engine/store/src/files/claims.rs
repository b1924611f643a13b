//! Who writes which file in this run: the first to ask has it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Mutex, MutexGuard, PoisonError};

use windlass_core::node::NodeError;

use super::target::Target;

/// The holders by path. A path is kept as a hash, so that a million files need no more than a hundred megabytes.
#[derive(Default)]
pub(super) struct Claims(Mutex<HashMap<[u8; 16], Box<str>>>);

impl Claims {
    /// Takes the path for a holder, who may have it already from an earlier try.
    ///
    /// # Errors
    /// Another item has it.
    pub(super) fn take(&self, target: &Target, holder: &str) -> Result<(), NodeError> {
        match self.holders().entry(short(target)) {
            Entry::Vacant(free) => {
                free.insert(holder.into());
                Ok(())
            }
            Entry::Occupied(held) if &**held.get() == holder => Ok(()),
            Entry::Occupied(held) => Err(taken(held.get(), target)),
        }
    }

    /// Gives a name back that turned out to be in use, unless it is the one that the item asked for.
    pub(super) fn give_back(&self, beside: &Target, asked: &Target) {
        if beside.real() != asked.real() {
            self.holders().remove(&short(beside));
        }
    }

    fn holders(&self) -> MutexGuard<'_, HashMap<[u8; 16], Box<str>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn short(target: &Target) -> [u8; 16] {
    let mut short = [0; 16];
    short.copy_from_slice(&blake3::hash(target.real().as_os_str().as_encoded_bytes()).as_bytes()[..16]);
    short
}

fn taken(holder: &str, target: &Target) -> NodeError {
    NodeError::new(format!("`{holder}` of this run writes the same file: `{}`", target.shown().display()))
        .hint("let the path vary from item to item, for example with `{stem}` or `{key}`")
        .permanent()
}
