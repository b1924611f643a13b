//! Bytes made fewer: zstd at its fastest level, where that is worth it.

use windlass_core::value::CodecError;

use super::wrong;

/// Above this, less room on disk costs more time than it saves (`docs/decisions/kept-values.md`).
const LEVEL: i32 = 1;

/// Fewer bytes are not worth the trouble.
const LEAST_BYTES: usize = 200;

/// How much of large content is tried first.
const PROBE_BYTES: usize = 64 << 10;

/// No value may claim to be larger, so that damaged bytes cannot ask for any amount of memory.
const MOST_BYTES: u64 = 1 << 36;

/// Returns the bytes made fewer, unless less than an eighth would be saved.
pub(super) fn squeeze(bytes: &[u8]) -> Option<Vec<u8>> {
    if bytes.len() < LEAST_BYTES {
        return None;
    }
    let probe = &bytes[..bytes.len().min(PROBE_BYTES)];
    let squeezed = zstd::bulk::compress(probe, LEVEL).ok().filter(|squeezed| is_worth_it(squeezed, probe))?;
    if probe.len() == bytes.len() {
        return Some(squeezed);
    }
    zstd::bulk::compress(bytes, LEVEL).ok().filter(|squeezed| is_worth_it(squeezed, bytes))
}

/// Returns the bytes made fewer, whether or not that saves any.
pub(super) fn squeeze_anyway(bytes: &[u8]) -> Result<Vec<u8>, CodecError> {
    zstd::bulk::compress(bytes, LEVEL).map_err(|error| wrong(&error.to_string()))
}

/// Returns the bytes as they were, `size` of them.
pub(super) fn unsqueeze(bytes: &[u8], size_bytes: u64) -> Result<Vec<u8>, CodecError> {
    let said = zstd::zstd_safe::get_frame_content_size(bytes).ok().flatten();
    // What the bytes say of themselves has to agree before any memory is asked for.
    if said != Some(size_bytes) || size_bytes > MOST_BYTES {
        return Err(wrong("it says two sizes"));
    }
    let size = usize::try_from(size_bytes).map_err(|_| wrong("it is larger than memory"))?;
    let whole = zstd::bulk::decompress(bytes, size).map_err(|error| wrong(&error.to_string()))?;
    if whole.len() == size { Ok(whole) } else { Err(wrong("bytes are missing")) }
}

fn is_worth_it(squeezed: &[u8], bytes: &[u8]) -> bool {
    squeezed.len() < bytes.len() - bytes.len() / 8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_fewer_comes_back_and_damage_is_refused() {
        let bytes = b"again and ".repeat(50_000);
        let squeezed = squeeze(&bytes).unwrap();
        assert!(squeezed.len() < bytes.len() / 100);
        assert_eq!(unsqueeze(&squeezed, bytes.len() as u64).unwrap(), bytes);
        assert!(unsqueeze(&squeezed, bytes.len() as u64 - 1).is_err());
        assert!(unsqueeze(&squeezed[..squeezed.len() - 1], bytes.len() as u64).is_err());
        assert!(unsqueeze(b"", 0).is_err() && unsqueeze(&[255; 20], 1 << 60).is_err());
    }

    #[test]
    fn what_has_no_pattern_is_left_as_it_is() {
        let mut bytes = vec![0; 100_000];
        blake3::Hasher::new().finalize_xof().fill(&mut bytes);
        assert_eq!(squeeze(&bytes), None);
        assert_eq!(squeeze(b"short"), None);
    }
}
