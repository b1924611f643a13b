//! What stands around a record: its length, and sums by which it is known to be whole and to stand where it was written.

/// Bytes in front of each record.
pub const HEAD_BYTES: usize = 12;

/// Bytes at the beginning of each file.
pub const FILE_HEAD_BYTES: usize = 16;

/// The longest record. The largest files of a graph that are read fit.
pub const MAX_RECORD_BYTES: usize = 128 << 20;

const MAGIC: &[u8; 8] = b"windlasj";

/// What stands in front of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Length of the record in bytes.
    pub length: usize,
    sum: u32,
}

impl Head {
    /// Reads a head that was written at this place; `None` where none was.
    pub fn read(bytes: &[u8], place: u64) -> Option<Self> {
        let (head, check) = bytes.get(..HEAD_BYTES)?.split_at(8);
        if crc_of_head(head, place).to_le_bytes() != check {
            return None;
        }
        let (length, sum) = head.split_at(4);
        let length = u32::from_le_bytes(length.try_into().ok()?) as usize;
        (length <= MAX_RECORD_BYTES).then_some(Self { length, sum: u32::from_le_bytes(sum.try_into().ok()?) })
    }

    /// Returns whether these are the bytes of the record.
    pub fn fits(&self, record: &[u8]) -> bool {
        record.len() == self.length && crc32fast::hash(record) == self.sum
    }
}

/// Adds a record that is to stand at this place.
pub fn put(record: &[u8], place: u64, out: &mut Vec<u8>) {
    let mut head = [0; 8];
    head[..4].copy_from_slice(&u32::try_from(record.len()).unwrap_or(u32::MAX).to_le_bytes());
    head[4..].copy_from_slice(&crc32fast::hash(record).to_le_bytes());
    out.extend(head);
    out.extend(crc_of_head(&head, place).to_le_bytes());
    out.extend(record);
}

/// Returns the beginning of a file.
pub fn file_head(version: u32) -> [u8; FILE_HEAD_BYTES] {
    let mut head = [0; FILE_HEAD_BYTES];
    head[..8].copy_from_slice(MAGIC);
    head[8..12].copy_from_slice(&version.to_le_bytes());
    let sum = crc32fast::hash(&head[..12]);
    head[12..].copy_from_slice(&sum.to_le_bytes());
    head
}

/// Returns the version that the beginning of a file says; `None` where it is damaged.
pub fn version(head: &[u8]) -> Option<u32> {
    let version = u32::from_le_bytes(head.get(8..12)?.try_into().ok()?);
    (head == file_head(version)).then_some(version)
}

/// With the place in it, a journal that stands in a record of another one is not taken for a part of that one.
fn crc_of_head(head: &[u8], place: u64) -> u32 {
    let mut sum = crc32fast::Hasher::new();
    sum.update(head);
    sum.update(&place.to_le_bytes());
    sum.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_known_at_its_place_alone() {
        let mut out = Vec::new();
        put(b"abc", 40, &mut out);
        let head = Head::read(&out, 40).unwrap();
        assert!(head.fits(b"abc") && !head.fits(b"abd") && !head.fits(b"ab"));
        assert_eq!(Head::read(&out, 41), None);
        assert_eq!(Head::read(&[0; 12], 0), None, "what was never written is no record");
    }

    #[test]
    fn the_head_of_a_file_says_its_version() {
        let mut head = file_head(3);
        assert_eq!(version(&head), Some(3));
        head[9] ^= 1;
        assert_eq!(version(&head), None);
    }
}
