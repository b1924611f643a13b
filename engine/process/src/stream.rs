//! One of a program's two outputs as it comes: pieces of bounded size, counted against a limit.

use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;

/// The largest piece that is handed on at once, in bytes.
const PIECE_BYTES: usize = 64 * 1024;

/// An output of a program.
pub(crate) struct Stream {
    /// Absent once it has ended.
    pub(crate) pipe: Option<File>,
    buffer: Vec<u8>,
    left_bytes: u64,
}

/// What came.
pub(crate) enum Piece<'a> {
    /// Bytes.
    Bytes(&'a [u8]),
    /// More than is allowed.
    TooMuch,
    /// The end, or nothing.
    Nothing,
}

impl Stream {
    pub(crate) fn new(pipe: OwnedFd, limit_bytes: u64) -> Self {
        Self { pipe: Some(pipe.into()), buffer: vec![0; PIECE_BYTES], left_bytes: limit_bytes }
    }

    /// Reads what is there; blocks if nothing is.
    pub(crate) fn read(&mut self) -> Piece<'_> {
        let Some(pipe) = &mut self.pipe else { return Piece::Nothing };
        match pipe.read(&mut self.buffer) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => Piece::Nothing,
            Ok(0) | Err(_) => {
                self.pipe = None;
                Piece::Nothing
            }
            Ok(count) => match self.left_bytes.checked_sub(count as u64) {
                Some(left) => {
                    self.left_bytes = left;
                    Piece::Bytes(&self.buffer[..count])
                }
                None => Piece::TooMuch,
            },
        }
    }
}
