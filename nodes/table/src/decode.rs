//! Text of any encoding as UTF-8, piece by piece, with an error at the first byte that does not belong.

use std::io::{Error, ErrorKind, Read, Result};
use std::ops::Range;

use encoding_rs::{Decoder, DecoderResult, Encoding};

const RAW_BYTES: usize = 8192;

/// Reads bytes of an encoding and gives UTF-8; a byte order mark wins over the encoding and is left out.
pub(crate) struct Utf8Reader {
    inner: Box<dyn Read + Send>,
    decoder: Decoder,
    raw: Box<[u8]>,
    waiting: Range<usize>,
    text: String,
    taken: usize,
    offset: u64,
    state: State,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Reading,
    LastBytes,
    Done,
}

impl Utf8Reader {
    pub(crate) fn new(inner: Box<dyn Read + Send>, encoding: &'static Encoding) -> Self {
        Self {
            inner,
            decoder: encoding.new_decoder(),
            raw: vec![0; RAW_BYTES].into(),
            waiting: 0..0,
            text: String::with_capacity(RAW_BYTES * 3),
            taken: 0,
            offset: 0,
            state: State::Reading,
        }
    }

    fn fill(&mut self) -> Result<()> {
        if self.waiting.is_empty() && self.state == State::Reading {
            self.waiting = 0..self.inner.read(&mut self.raw)?;
            if self.waiting.is_empty() {
                self.state = State::LastBytes;
            }
        }
        self.decode()
    }

    fn decode(&mut self) -> Result<()> {
        self.text.clear();
        self.taken = 0;
        let (raw, last) = (&self.raw[self.waiting.clone()], self.state == State::LastBytes);
        let (result, read) = self.decoder.decode_to_string_without_replacement(raw, &mut self.text, last);
        self.waiting.start += read;
        self.offset += read as u64;
        match result {
            DecoderResult::InputEmpty if last => self.state = State::Done,
            DecoderResult::InputEmpty | DecoderResult::OutputFull => {}
            DecoderResult::Malformed(length, after) => {
                let at = self.offset.saturating_sub(u64::from(length) + u64::from(after));
                let name = self.decoder.encoding().name();
                return Err(Error::new(ErrorKind::InvalidData, format!("byte {at} is not {name}")));
            }
        }
        Ok(())
    }
}

impl Read for Utf8Reader {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        while self.taken == self.text.len() && self.state != State::Done {
            self.fill()?;
        }
        let ready = &self.text.as_bytes()[self.taken..];
        let count = ready.len().min(buffer.len());
        buffer[..count].copy_from_slice(&ready[..count]);
        self.taken += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte at a time, so that every letter is torn.
    struct Drops(std::io::Cursor<Vec<u8>>);

    impl Read for Drops {
        fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
            let end = buffer.len().min(1);
            self.0.read(&mut buffer[..end])
        }
    }

    fn decode(bytes: &[u8], label: &str) -> Result<String> {
        let encoding = Encoding::for_label(label.as_bytes()).unwrap();
        let drops = Drops(std::io::Cursor::new(bytes.to_vec()));
        std::io::read_to_string(Utf8Reader::new(Box::new(drops), encoding))
    }

    #[test]
    fn torn_letters_and_marks_are_decoded() {
        assert_eq!(decode("\u{feff}né €".as_bytes(), "utf-8").unwrap(), "né €");
        assert_eq!(decode(b"\xFF\xFEa\0\xE9\0", "utf-8").unwrap(), "aé");
        assert_eq!(decode(b"caf\xE9", "windows-1252").unwrap(), "café");
        assert_eq!(decode("x".repeat(50_000).as_bytes(), "utf-8").unwrap().len(), 50_000);
    }

    #[test]
    fn the_wrong_byte_is_named() {
        assert_eq!(decode(b"ab\xFFcd", "utf-8").unwrap_err().to_string(), "byte 2 is not UTF-8");
        assert_eq!(decode(b"ab\xC3", "utf-8").unwrap_err().to_string(), "byte 2 is not UTF-8");
    }
}
