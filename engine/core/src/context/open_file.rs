//! The content of a file that an item carries, open to be read.

use std::any::Any;
use std::io::{Cursor, Read, Seek};
use std::path::Path;
use std::sync::Arc;

use crate::node::{NodeError, explain_io};

/// The content of a file, to be read from its start.
pub struct OpenFile {
    /// Size when it was opened, in bytes.
    pub size_bytes: u64,
    /// The bytes.
    pub reader: Box<dyn ReadSeek>,
}

/// Bytes that can be read from any place on: formats with a directory at their end need it.
pub trait ReadSeek: Read + Seek + Send {
    /// Returns it as what it is.
    fn as_any(&mut self) -> &mut dyn Any;
}

impl<T: Read + Seek + Send + 'static> ReadSeek for T {
    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

impl OpenFile {
    /// Returns bytes in memory as an open file.
    pub fn in_memory(bytes: Arc<[u8]>) -> Self {
        Self { size_bytes: bytes.len() as u64, reader: Box::new(Cursor::new(bytes)) }
    }

    /// Reads everything, if it is at most `limit_bytes`; `name` is for the error.
    ///
    /// # Errors
    /// Refuses what is larger, also a file that grows while it is read, and says why a disk cannot be read.
    pub fn read_all(mut self, name: &str, limit_bytes: u64) -> Result<Vec<u8>, NodeError> {
        let too_large = || {
            NodeError::new(format!("larger than the {limit_bytes} bytes that are read at most: `{name}`")).permanent()
        };
        if self.size_bytes > limit_bytes {
            return Err(too_large());
        }
        if let Some(bytes) = given(&mut *self.reader) {
            return if bytes.len() as u64 > limit_bytes { Err(too_large()) } else { Ok(bytes) };
        }
        let mut bytes = Vec::with_capacity(usize::try_from(self.size_bytes).unwrap_or_default());
        let read = self.reader.take(limit_bytes.saturating_add(1)).read_to_end(&mut bytes);
        read.map_err(|error| explain_io("read", Path::new(name), &error))?;
        if bytes.len() as u64 > limit_bytes { Err(too_large()) } else { Ok(bytes) }
    }
}

/// Takes everything that nobody has read yet, where it lies in memory that nobody else needs.
fn given(reader: &mut dyn ReadSeek) -> Option<Vec<u8>> {
    let memory: &mut Cursor<Vec<u8>> = reader.as_any().downcast_mut()?;
    (memory.position() == 0).then(|| std::mem::take(memory.get_mut()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(bytes: &[u8]) -> OpenFile {
        OpenFile { size_bytes: bytes.len() as u64, reader: Box::new(Cursor::new(bytes.to_vec())) }
    }

    #[test]
    fn what_lies_in_memory_is_given_away_and_not_copied() {
        let bytes = vec![7; 100];
        let place = bytes.as_ptr();
        let file = OpenFile { size_bytes: 100, reader: Box::new(Cursor::new(bytes)) };
        let read = file.read_all("a", 100).unwrap();
        assert_eq!((read.as_ptr(), read.len()), (place, 100));
    }

    #[test]
    fn what_was_read_already_is_not_given_again() {
        let mut file = open(b"abc");
        file.reader.read_exact(&mut [0]).unwrap();
        assert_eq!(file.read_all("a", 9).unwrap(), b"bc");
    }

    #[test]
    fn what_is_larger_than_it_may_be_is_refused() {
        let grown = OpenFile { size_bytes: 1, ..open(b"abc") };
        for file in [open(b"abc"), grown, OpenFile::in_memory(Arc::from(*b"abc"))] {
            assert!(file.read_all("a", 2).unwrap_err().to_string().starts_with("larger than the 2 bytes"));
        }
    }
}
