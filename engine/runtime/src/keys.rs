//! Tables by key. Keys are small numbers that the engine itself gives out, so that nobody can make them collide on
//! purpose, and a hash of a few instructions will do.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A table by key.
pub type KeyMap<K, V> = HashMap<K, V, BuildHasherDefault<KeyHasher>>;

/// Odd, with bits all over: 2 to the power of 64, divided by the golden ratio.
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;

/// Hashes keys.
#[derive(Clone, Copy, Default)]
pub struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(size_of::<u64>()) {
            let mut word = [0; size_of::<u64>()];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(SPREAD);
    }

    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::hash::Hash;

    use windlass_core::key::Key;

    use super::*;

    #[test]
    fn keys_of_neighbours_are_told_apart() {
        let hash = |key: Key| {
            let mut hasher = KeyHasher::default();
            key.hash(&mut hasher);
            hasher.finish()
        };
        let keys = (0..100).flat_map(|outer| (0..100).map(move |inner| Key::root().child(outer).child(inner)));
        assert_eq!(keys.map(hash).collect::<HashSet<_>>().len(), 10_000);
    }
}
