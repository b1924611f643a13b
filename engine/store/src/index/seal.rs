//! Values with a seal: a value that is not the one that was put under a key is known for that.

use super::Table;

const SEAL_BYTES: usize = 8;

/// Returns a value with its seal.
pub(super) fn sealed(table: Table, key: &[u8], value: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(SEAL_BYTES + value.len());
    sealed.extend(seal(table.0, key, value));
    sealed.extend(value);
    sealed
}

/// Returns the value behind its seal; `None` where it does not fit.
pub(super) fn unsealed<'a>(table: Table, key: &[u8], bytes: &'a [u8]) -> Option<&'a [u8]> {
    unsealed_in(table.0, key, bytes)
}

/// Does what [`unsealed`] does, in the table of this name.
pub(super) fn unsealed_in<'a>(table: &str, key: &[u8], bytes: &'a [u8]) -> Option<&'a [u8]> {
    let (found, value) = bytes.split_first_chunk::<SEAL_BYTES>()?;
    (*found == seal(table, key, value)).then_some(value)
}

fn seal(table: &str, key: &[u8], value: &[u8]) -> [u8; SEAL_BYTES] {
    let mut hasher = blake3::Hasher::new();
    for part in [table.as_bytes(), key] {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.update(value);
    let mut seal = [0; SEAL_BYTES];
    hasher.finalize_xof().fill(&mut seal);
    seal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_fits_its_own_place_alone() {
        let table = Table::new("a");
        let bytes = sealed(table, b"key", b"value");
        assert_eq!(unsealed(table, b"key", &bytes), Some(&b"value"[..]));
        assert_eq!(unsealed(table, b"other", &bytes), None);
        assert_eq!(unsealed(Table::new("b"), b"key", &bytes), None);
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert_eq!(unsealed(table, b"key", &changed), None);
            assert_eq!(unsealed(table, b"key", &bytes[..at]), None);
        }
    }
}
