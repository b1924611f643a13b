//! Whether an EXIF block may be read: how many fields it has and what they hold is counted before any of it is kept.
//!
//! Fields name their values by offset. A block of a megabyte could name 80,000 values of a megabyte each, all in the same
//! place.

/// The most fields of a block; cameras write some hundred.
const MAX_FIELDS: usize = 4096;

/// What fields may hold beyond the block itself, in bytes.
const SLACK_BYTES: u64 = 64 << 10;

/// Tags of the fields that lead to further lists of fields: EXIF, GPS, interoperability.
const POINTERS: [u16; 3] = [0x8769, 0x8825, 0xA005];

/// Sizes of the types of values by their numbers, in bytes (TIFF 6.0, page 15).
const TYPE_BYTES: [u64; 13] = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8];

/// Checks a block from its TIFF header on. What cannot be read at all is left to the reader.
pub(super) fn check(block: &[u8]) -> Result<(), &'static str> {
    let Some(tiff) = Tiff::of(block) else { return Ok(()) };
    let mut lists: Vec<usize> = tiff.u32(4).into_iter().collect();
    let (mut fields, mut held) = (0, 0_u64);
    while let Some(at) = lists.pop() {
        let count = tiff.u16(at).unwrap_or(0) as usize;
        // Empty lists count too, or a chain of them would have no end.
        fields += count + 1;
        if fields > MAX_FIELDS {
            return Err("it has more fields than are read");
        }
        for field in (0..count).map(|index| at + 2 + index * 12) {
            let (Some(tag), Some(kind), Some(values)) = (tiff.u16(field), tiff.u16(field + 2), tiff.u32(field + 4))
            else {
                break;
            };
            held += TYPE_BYTES.get(kind as usize).copied().unwrap_or(0) * values as u64;
            lists.extend(tiff.u32(field + 8).filter(|_| POINTERS.contains(&(tag as u16))));
        }
        if held > block.len() as u64 + SLACK_BYTES {
            return Err("its fields hold more than the block itself");
        }
        lists.extend(tiff.u32(at + 2 + count * 12).filter(|next| *next != 0));
    }
    Ok(())
}

struct Tiff<'a> {
    block: &'a [u8],
    little_endian: bool,
}

impl<'a> Tiff<'a> {
    fn of(block: &'a [u8]) -> Option<Self> {
        match block.get(..2)? {
            b"II" => Some(Self { block, little_endian: true }),
            b"MM" => Some(Self { block, little_endian: false }),
            _ => None,
        }
    }

    fn u16(&self, at: usize) -> Option<u32> {
        let bytes = <[u8; 2]>::try_from(self.block.get(at..at.checked_add(2)?)?).ok()?;
        Some(if self.little_endian { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) }.into())
    }

    fn u32(&self, at: usize) -> Option<usize> {
        let bytes = <[u8; 4]>::try_from(self.block.get(at..at.checked_add(4)?)?).ok()?;
        Some(if self.little_endian { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) } as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A block whose fields all name the same bytes.
    fn block(fields: u16, bytes_each: u32, next: u32) -> Vec<u8> {
        let mut block = [b"II*\0\x08\0\0\0", &fields.to_le_bytes()[..]].concat();
        for tag in 0..fields {
            block.extend(tag.to_le_bytes());
            block.extend(7_u16.to_le_bytes());
            block.extend([bytes_each.to_le_bytes(), 8_u32.to_le_bytes()].concat());
        }
        block.extend(next.to_le_bytes());
        block
    }

    #[test]
    fn values_that_lie_on_each_other_are_refused() {
        assert_eq!(check(&block(50, 10, 0)), Ok(()));
        assert_eq!(check(&block(4000, 48_000, 0)), Err("its fields hold more than the block itself"));
    }

    #[test]
    fn lists_without_end_are_refused() {
        assert_eq!(check(&block(5, 1, 8)), Err("it has more fields than are read"));
        assert_eq!(check(&block(0, 0, 8)), Err("it has more fields than are read"));
        assert_eq!(check(&block(5000, 1, 0)), Err("it has more fields than are read"));
    }

    #[test]
    fn what_is_no_block_is_left_to_the_reader() {
        assert_eq!((check(b""), check(b"II"), check(b"nonsense")), (Ok(()), Ok(()), Ok(())));
    }
}
