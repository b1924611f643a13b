//! What the pages of a Parquet column announce, read before anything is decompressed: a few bytes may announce gigabytes.
//!
//! The headers are Thrift structs in the compact protocol (parquet-format, `parquet.thrift`; thrift-compact-protocol.md).
//! Only three of their fields are read; all others are passed over, and their lengths are held to the bytes that there are.

use windlass_core::node::NodeError;

/// How deep the structs of a header may be nested; real ones are three deep.
const MAX_DEPTH: usize = 12;

/// What the pages of a chunk announce together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Announced {
    /// Bytes once decompressed.
    pub bytes: u64,
    /// Values, those of dictionaries included.
    pub values: u64,
}

/// Adds up what the pages of one column chunk announce.
///
/// # Errors
/// Refuses headers that are cut off or contradict the chunk's length.
pub(crate) fn announced(chunk: &[u8]) -> Result<Announced, NodeError> {
    let mut rest = chunk;
    let mut sum = Announced::default();
    while !rest.is_empty() {
        let mut header = Thrift(rest);
        let page = header.page().ok_or_else(|| NodeError::new("a page header is damaged").permanent())?;
        let size = usize::try_from(page.compressed).unwrap_or(usize::MAX);
        rest = header.0.get(size..).ok_or_else(|| NodeError::new("a page is longer than its column").permanent())?;
        sum.bytes = sum.bytes.saturating_add(u64::try_from(page.uncompressed).unwrap_or(u64::MAX));
        sum.values = sum.values.saturating_add(u64::try_from(page.values).unwrap_or(u64::MAX));
    }
    Ok(sum)
}

#[derive(Default)]
struct Page {
    uncompressed: i64,
    compressed: i64,
    values: i64,
}

/// Bytes that are read from the front.
struct Thrift<'a>(&'a [u8]);

impl Thrift<'_> {
    /// Reads a `PageHeader`; `None` where it is damaged.
    fn page(&mut self) -> Option<Page> {
        let mut page = Page::default();
        let mut field = 0;
        while let Some(kind) = self.field(&mut field)? {
            match (field, kind) {
                (2, 5) => page.uncompressed = self.int()?,
                (3, 5) => page.compressed = self.int()?,
                // The headers of data pages, of dictionaries and of data pages of version 2 begin with their values.
                (5 | 7 | 8, 12) => page.values = page.values.max(self.first_int()?),
                _ => self.skip(kind, 0)?,
            }
        }
        Some(page)
    }

    /// Reads a struct and returns its field 1.
    fn first_int(&mut self) -> Option<i64> {
        let (mut field, mut first) = (0, 0);
        while let Some(kind) = self.field(&mut field)? {
            match (field, kind) {
                (1, 5) => first = self.int()?,
                _ => self.skip(kind, 1)?,
            }
        }
        Some(first)
    }

    /// Reads the head of a field and returns its type; `Some(None)` at the end of the struct.
    fn field(&mut self, id: &mut i64) -> Option<Option<u8>> {
        let head = self.byte()?;
        if head == 0 {
            return Some(None);
        }
        *id = match head >> 4 {
            0 => self.int()?,
            step => id.checked_add(i64::from(step))?,
        };
        Some(Some(head & 15))
    }

    fn skip(&mut self, kind: u8, depth: usize) -> Option<()> {
        if depth > MAX_DEPTH {
            return None;
        }
        match kind {
            1 | 2 => Some(()),
            3 => self.byte().map(|_| ()),
            4..=6 => self.varint().map(|_| ()),
            7 => self.pass(8),
            8 => {
                let length = self.varint()?;
                self.pass(length)
            }
            9 | 10 => self.skip_list(depth),
            11 => self.skip_map(depth),
            12 => {
                let mut field = 0;
                while let Some(kind) = self.field(&mut field)? {
                    self.skip(kind, depth + 1)?;
                }
                Some(())
            }
            _ => None,
        }
    }

    fn skip_list(&mut self, depth: usize) -> Option<()> {
        let head = self.byte()?;
        let count = if head >> 4 == 15 { self.varint()? } else { u64::from(head >> 4) };
        (0..self.at_most(count)?).try_for_each(|_| self.skip_member(head & 15, depth))
    }

    fn skip_map(&mut self, depth: usize) -> Option<()> {
        let count = self.varint()?;
        if count == 0 {
            return Some(());
        }
        let kinds = self.byte()?;
        (0..self.at_most(count)?).try_for_each(|_| {
            self.skip_member(kinds >> 4, depth)?;
            self.skip_member(kinds & 15, depth)
        })
    }

    /// A truth value takes no byte as a field, and one as a member.
    fn skip_member(&mut self, kind: u8, depth: usize) -> Option<()> {
        if matches!(kind, 1 | 2) { self.byte().map(|_| ()) } else { self.skip(kind, depth + 1) }
    }

    /// Refuses a number of members that cannot follow: each takes a byte or more.
    fn at_most(&self, count: u64) -> Option<u64> {
        (count <= self.0.len() as u64).then_some(count)
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn pass(&mut self, count: u64) -> Option<()> {
        self.0 = self.0.get(usize::try_from(count).ok()?..)?;
        Some(())
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 127) << shift;
            if byte < 128 {
                return Some(value);
            }
        }
        None
    }

    /// Reads a zigzag number.
    fn int(&mut self) -> Option<i64> {
        let value = self.varint()?;
        Some((value >> 1) as i64 ^ -((value & 1) as i64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A data page of version 1: 300 bytes once decompressed, 2 bytes here, 7 values, with statistics.
    const HEADER: [u8; 17] = [0x15, 0, 0x15, 0xd8, 0x04, 0x15, 4, 0x2c, 0x15, 14, 0x15, 0, 0x1c, 0x18, 0, 0, 0];

    #[test]
    fn pages_are_added_up() {
        let page = [&HEADER[..], &[0, 9, 9]].concat();
        assert_eq!(announced(&page), Ok(Announced { bytes: 300, values: 7 }));
        assert_eq!(announced(&page.repeat(2)), Ok(Announced { bytes: 600, values: 14 }));
        assert_eq!(announced(&[]), Ok(Announced::default()));
    }

    #[test]
    fn no_bytes_make_it_fail_otherwise_than_in_words() {
        let page = [&HEADER[..], &[0, 9, 9]].concat();
        for cut in 1..page.len() {
            assert!(announced(&page[..cut]).is_err(), "{cut}");
        }
        assert!(announced(&[0x1c; 1000]).is_err());
        assert!(announced(&[0xff; 1000]).is_err());
        assert!(announced(&[0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x7f]).is_err());
    }
}
