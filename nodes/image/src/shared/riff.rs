//! The container of WebP (RFC 9649, section 2): chunks of a name, a length and a content.

use std::ops::Range;

/// Flags of the chunk `VP8X`.
pub const ANIMATED: u8 = 0b10;
/// Some pixel may be transparent.
pub const ALPHA: u8 = 0b1_0000;
/// There is a colour profile.
pub const PROFILE: u8 = 0b10_0000;

/// Flags of the chunk `ANMF`: the frame replaces what lies there.
pub const NOT_BLENDED: u8 = 0b10;
/// Its place becomes transparent before the next frame.
pub const DISPOSED: u8 = 0b1;

/// What stands before the first chunk of a file, in bytes.
const FILE_HEAD_BYTES: usize = 12;
const CHUNK_HEAD_BYTES: usize = 8;

/// A chunk in the bytes of a file.
pub struct Chunk {
    /// Its name.
    pub name: [u8; 4],
    /// Where its content lies.
    pub content: Range<usize>,
}

/// The most chunks of a file that are read; each takes more memory than its few bytes.
const MAX_CHUNKS: usize = 1 << 20;

/// Why a file cannot be taken apart.
#[derive(Debug, PartialEq, Eq)]
pub enum Broken {
    /// It is shorter than it says.
    CutOff,
    /// It has more chunks than are read.
    TooMany,
}

/// Returns a file without what stands behind its end.
///
/// # Errors
/// It is shorter than its head says.
pub fn whole(bytes: &[u8]) -> Result<&[u8], Broken> {
    let length = bytes.get(4..CHUNK_HEAD_BYTES).map(number).ok_or(Broken::CutOff)? as usize;
    bytes.get(..CHUNK_HEAD_BYTES.saturating_add(length)).ok_or(Broken::CutOff)
}

/// Returns the chunks of a file.
///
/// # Errors
/// The file ends before its last chunk does, or has too many of them.
pub fn chunks(bytes: &[u8]) -> Result<Vec<Chunk>, Broken> {
    let mut found = Vec::new();
    let mut at = FILE_HEAD_BYTES;
    while let Some(&[a, b, c, d, ref length @ ..]) = bytes.get(at..at + CHUNK_HEAD_BYTES) {
        let length = number(length) as usize;
        let start = at + CHUNK_HEAD_BYTES;
        let end = start.checked_add(length).filter(|end| *end <= bytes.len()).ok_or(Broken::CutOff)?;
        if found.len() == MAX_CHUNKS {
            return Err(Broken::TooMany);
        }
        found.push(Chunk { name: [a, b, c, d], content: start..end });
        // The content is filled up to an even length.
        at = end + length % 2;
    }
    Ok(found)
}

/// Reads a number of up to four bytes, the least first.
pub fn number(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

/// Returns the content of the chunk `VP8X`.
pub fn head(flags: u8, width: u32, height: u32) -> [u8; 10] {
    let ([a, b, c, _], [d, e, f, _]) = ((width - 1).to_le_bytes(), (height - 1).to_le_bytes());
    [flags, 0, 0, 0, a, b, c, d, e, f]
}

/// Appends a chunk.
pub fn put(chunks: &mut Vec<u8>, name: &[u8; 4], content: &[u8]) {
    chunks.extend_from_slice(name);
    chunks.extend_from_slice(&(content.len() as u32).to_le_bytes());
    chunks.extend_from_slice(content);
    chunks.extend_from_slice(&[0][..content.len() % 2]);
}

/// Returns a file of these chunks.
pub fn file(chunks: &[u8]) -> Vec<u8> {
    let mut file = file_head(chunks.len()).to_vec();
    file.extend_from_slice(chunks);
    file
}

/// Returns what stands before chunks of this length.
pub fn file_head(length: usize) -> [u8; FILE_HEAD_BYTES] {
    let [a, b, c, d] = (length as u32 + 4).to_le_bytes();
    [b'R', b'I', b'F', b'F', a, b, c, d, b'W', b'E', b'B', b'P']
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_is_found_and_a_cut_is_seen() {
        let mut chunks_of = Vec::new();
        put(&mut chunks_of, b"ABCD", &[1, 2, 3]);
        put(&mut chunks_of, b"EFGH", &[4]);
        let file = file(&chunks_of);
        let found = chunks(&file).unwrap();
        assert_eq!((found[0].name, &file[found[1].content.clone()]), (*b"ABCD", &[4][..]));
        assert_eq!(number(&file[4..8]) as usize, file.len() - 8);
        assert_eq!(chunks(&file[..file.len() - 2]).map(|_| ()), Err(Broken::CutOff));
        assert_eq!(
            (whole(&file[..file.len() - 1]), whole(&[&file[..], b"more"].concat())),
            (Err(Broken::CutOff), Ok(&file[..]))
        );
    }

    #[test]
    fn a_file_of_crumbs_is_refused() {
        let crumbs = file(&b"CRUM\0\0\0\0".repeat(MAX_CHUNKS + 1));
        assert_eq!(chunks(&crumbs).map(|_| ()), Err(Broken::TooMany));
        assert_eq!(chunks(&crumbs[..crumbs.len() - 8]).map(|found| found.len()), Ok(MAX_CHUNKS));
    }

    #[test]
    fn sides_and_flags_stand_in_the_head() {
        let head = head(ALPHA, 1, 65_537);
        assert_eq!((head[0], number(&head[4..7]), number(&head[7..10])), (ALPHA, 0, 65_536));
    }
}
