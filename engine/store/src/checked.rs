//! Small files of one JSON value with a sum over it, for what processes leave each other: whatever is not whole says nothing.

use std::io;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Digits of the sum.
const SUM_DIGITS: usize = 16;

/// Returns the bytes of such a file: the value on one line, its sum on the next.
pub(crate) fn to_bytes<T: Serialize + ?Sized>(value: &T) -> io::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec(value)?;
    let sum = sum_of(&bytes);
    bytes.push(b'\n');
    bytes.extend(sum.as_bytes());
    bytes.push(b'\n');
    Ok(bytes)
}

/// Reads such a file; `None` where it is not as it was written. Blanks behind it are room for more.
pub(crate) fn from_bytes<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let room = bytes.iter().rev().take_while(|byte| **byte == b' ').count();
    let bytes = &bytes[..bytes.len() - room];
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let (json, rest) = bytes.split_at(end);
    let is_whole = rest == format!("\n{}\n", sum_of(json)).as_bytes();
    is_whole.then(|| serde_json::from_slice(json).ok()).flatten()
}

fn sum_of(json: &[u8]) -> String {
    blake3::hash(json).to_hex()[..SUM_DIGITS].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_comes_back_and_nothing_else() {
        let bytes = to_bytes(&("line\nfeed", 7)).unwrap();
        assert_eq!(from_bytes(&bytes), Some(("line\nfeed".to_owned(), 7)));
        assert_eq!(from_bytes(&[&bytes[..], b"   "].concat()), Some(("line\nfeed".to_owned(), 7)));
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 0x04;
            assert_eq!(from_bytes::<(String, i32)>(&changed), None, "byte {at}");
            assert_eq!(from_bytes::<(String, i32)>(&bytes[..at]), None, "cut at {at}");
        }
    }
}
