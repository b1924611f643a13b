//! What the kinds have in common that draw items by lot: a number for each, which depends on the item alone.

/// Returns a number from 0 to below 1 for an item: the same for the same key and the same parts, on every machine.
pub(crate) fn lot<'a>(key: &[u8; 32], parts: impl IntoIterator<Item = &'a str>) -> f64 {
    let mut hasher = blake3::Hasher::new_keyed(key);
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    let mut bytes = [0; 8];
    hasher.finalize_xof().fill(&mut bytes);
    unit(u64::from_le_bytes(bytes))
}

/// Returns random bits as a number from 0 to below 1, with the 53 bits that a float holds.
pub(crate) fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lots_are_even_and_depend_on_all_parts() {
        let lots: Vec<_> = (0..10_000).map(|at| lot(&[1; 32], [at.to_string().as_str()])).collect();
        let mean = lots.iter().sum::<f64>() / lots.len() as f64;
        assert!((mean - 0.5).abs() < 0.02 && lots.iter().all(|lot| (0.0..1.0).contains(lot)), "{mean}");
        assert_ne!(lot(&[1; 32], ["a", "b"]), lot(&[1; 32], ["ab"]));
        assert_ne!(lot(&[1; 32], ["a"]), lot(&[2; 32], ["a"]));
        assert!(unit(u64::MAX) < 1.0);
    }
}
