//! Where a kept value is: in the record itself, in a pack, or in a file of its own.

use std::sync::Arc;

use blake3::Hash;

/// Bytes of a value that stand in the record itself, at most.
pub(super) const INLINE_BYTES: usize = 256;

const INLINE: u8 = 0;
const PACKED: u8 = 1;
const BLOB: u8 = 2;

/// Where a kept value is. Small, and free of the value itself unless that is small too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stored {
    /// These are its bytes.
    Inline(Arc<[u8]>),
    /// Its bytes lie in a pack.
    Packed(Place),
    /// Its bytes are a file of their own.
    Blob {
        /// Hash of the bytes.
        hash: Hash,
        /// Number of bytes.
        size_bytes: u64,
    },
}

/// A place in a pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Hash of the bytes.
    pub hash: Hash,
    /// Number of bytes.
    pub size_bytes: u32,
    /// Which pack.
    pub pack: u64,
    /// Where its entry begins, in bytes from the start of the pack.
    pub at: u64,
}

impl Place {
    /// Returns how many bytes of its pack it takes.
    pub fn takes_bytes(&self) -> u64 {
        super::packs::ENTRY_BYTES as u64 + u64::from(self.size_bytes)
    }
}

impl Stored {
    /// Returns the number of bytes that the value takes on disk; those of its members, where they are kept by themselves,
    /// are not counted.
    pub fn size_bytes(&self) -> u64 {
        match self {
            Self::Inline(bytes) => bytes.len() as u64,
            Self::Packed(place) => u64::from(place.size_bytes),
            Self::Blob { size_bytes, .. } => *size_bytes,
        }
    }

    /// Returns the hash of the bytes, which is their address.
    pub fn hash(&self) -> Hash {
        match self {
            Self::Inline(bytes) => blake3::hash(bytes),
            Self::Packed(Place { hash, .. }) | Self::Blob { hash, .. } => *hash,
        }
    }

    /// Appends this to a record; [`Stored::read`] reads it back. Numbers are little endian.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Inline(bytes) => {
                out.push(INLINE);
                out.extend((bytes.len() as u32).to_le_bytes());
                out.extend(&**bytes);
            }
            Self::Packed(place) => {
                out.push(PACKED);
                out.extend(place.hash.as_bytes());
                out.extend(place.size_bytes.to_le_bytes());
                out.extend(place.pack.to_le_bytes());
                out.extend(place.at.to_le_bytes());
            }
            Self::Blob { hash, size_bytes } => {
                out.push(BLOB);
                out.extend(hash.as_bytes());
                out.extend(size_bytes.to_le_bytes());
            }
        }
    }

    /// Reads one from the start of a record, and takes its bytes off; `None` where none was written.
    pub fn read(record: &mut &[u8]) -> Option<Self> {
        Some(match take::<1>(record)?[0] {
            INLINE => {
                let length = u32::from_le_bytes(take(record)?) as usize;
                let (bytes, rest) = record.split_at_checked(length)?;
                *record = rest;
                Self::Inline(bytes.into())
            }
            PACKED => Self::Packed(Place {
                hash: Hash::from_bytes(take(record)?),
                size_bytes: u32::from_le_bytes(take(record)?),
                pack: u64::from_le_bytes(take(record)?),
                at: u64::from_le_bytes(take(record)?),
            }),
            BLOB => Self::Blob { hash: Hash::from_bytes(take(record)?), size_bytes: u64::from_le_bytes(take(record)?) },
            _ => return None,
        })
    }
}

/// Takes so many bytes off.
pub(super) fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_is_read_back_and_no_cut_of_it() {
        let hash = blake3::hash(b"x");
        let forms = [
            Stored::Inline((*b"abc").into()),
            Stored::Packed(Place { hash, size_bytes: 7, pack: u64::MAX, at: 9 }),
            Stored::Blob { hash, size_bytes: 1 << 40 },
        ];
        for stored in forms {
            let mut bytes = Vec::new();
            stored.write(&mut bytes);
            for end in 0..bytes.len() {
                assert_eq!(Stored::read(&mut &bytes[..end]), None);
            }
            bytes.push(99);
            let mut record = &bytes[..];
            assert_eq!(Stored::read(&mut record), Some(stored));
            assert_eq!(record, [99]);
            assert_eq!(Stored::read(&mut record), None);
        }
    }
}
