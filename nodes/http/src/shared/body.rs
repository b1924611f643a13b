//! The body of an answer: read piece by piece, unpacked on the way, never beyond its limit.

use std::io::{self, Write};

use flate2::write::MultiGzDecoder;
use reqwest::Response;
use reqwest::header::CONTENT_ENCODING;
use windlass_core::node::NodeError;

/// Reads a body of at most `limit_bytes`, packed and unpacked.
///
/// # Errors
/// It is larger, is packed in a way that is not read, is broken, or ends before it should.
pub(crate) async fn read(mut response: Response, limit_bytes: u64) -> Result<Vec<u8>, NodeError> {
    if response.content_length().is_some_and(|length| length > limit_bytes) {
        return Err(too_large(limit_bytes));
    }
    let coding = response.headers().get(CONTENT_ENCODING).map_or(&b""[..], |value| value.as_bytes());
    let mut body = Body::new(coding, limit_bytes)?;
    while let Some(piece) = response.chunk().await.map_err(|error| cut_off(&error))? {
        body.take(&piece)?;
    }
    body.finish()
}

fn cut_off(error: &reqwest::Error) -> NodeError {
    let cause = super::refused::innermost(error);
    NodeError::new(cause).within("the body of its answer broke off")
}

fn too_large(limit_bytes: u64) -> NodeError {
    NodeError::new(format!("its answer is larger than the {limit_bytes} bytes that are read at most"))
        .hint("raise `size`")
        .permanent()
}

/// A body on its way in.
struct Body {
    form: Form,
    limit_bytes: u64,
    came_bytes: u64,
}

enum Form {
    Plain(Bounded),
    Gzip(Box<MultiGzDecoder<Bounded>>),
}

impl Body {
    fn new(coding: &[u8], limit_bytes: u64) -> Result<Self, NodeError> {
        let room = Bounded { bytes: Vec::new(), limit_bytes, is_full: false };
        let form = match coding.trim_ascii().to_ascii_lowercase().as_slice() {
            b"" | b"identity" => Form::Plain(room),
            b"gzip" | b"x-gzip" => Form::Gzip(Box::new(MultiGzDecoder::new(room))),
            other => {
                let said = format!("its answer is packed as `{}`, which is not read", String::from_utf8_lossy(other));
                return Err(NodeError::new(said).hint("leave `Accept-Encoding` out of `headers`").permanent());
            }
        };
        Ok(Self { form, limit_bytes, came_bytes: 0 })
    }

    fn take(&mut self, piece: &[u8]) -> Result<(), NodeError> {
        self.came_bytes += piece.len() as u64;
        if self.came_bytes > self.limit_bytes {
            return Err(too_large(self.limit_bytes));
        }
        match &mut self.form {
            Form::Plain(room) => room.write_all(piece).map_err(|_| too_large(self.limit_bytes)),
            Form::Gzip(decoder) => match decoder.write_all(piece) {
                Err(_) if decoder.get_ref().is_full => Err(too_large(self.limit_bytes)),
                result => result.map_err(|error| broken(&error)),
            },
        }
    }

    fn finish(self) -> Result<Vec<u8>, NodeError> {
        match self.form {
            Form::Plain(room) => Ok(room.bytes),
            // What says that nothing has changed has no body, however it would be packed.
            Form::Gzip(_) if self.came_bytes == 0 => Ok(Vec::new()),
            Form::Gzip(decoder) => decoder.finish().map(|room| room.bytes).map_err(|error| broken(&error)),
        }
    }
}

fn broken(error: &io::Error) -> NodeError {
    NodeError::because("its answer is no whole gzip", error)
}

/// Bytes up to a limit.
struct Bounded {
    bytes: Vec<u8>,
    limit_bytes: u64,
    is_full: bool,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if (self.bytes.len() + bytes.len()) as u64 > self.limit_bytes {
            self.is_full = true;
            return Err(io::Error::other("too large"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn unpack(coding: &str, bytes: &[u8], piece: usize) -> Result<Vec<u8>, String> {
        let mut body = Body::new(coding.as_bytes(), 1000).map_err(|error| error.to_string())?;
        let taken = bytes.chunks(piece).try_for_each(|piece| body.take(piece));
        taken.and_then(|()| body.finish()).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_packed_is_unpacked_in_any_pieces() {
        let text = b"some text that repeats, some text that repeats".repeat(9);
        for piece in [1, 7, 1000] {
            assert_eq!(unpack("GZIP", &packed(&text), piece).unwrap(), text);
            assert_eq!(unpack("identity", &text, piece).unwrap(), text);
        }
        assert_eq!(unpack("gzip", b"", 1), Ok(Vec::new()));
    }

    #[test]
    fn what_is_broken_or_too_large_is_refused() {
        let good = packed(b"a text");
        let mut wrong_sum = good.clone();
        wrong_sum[good.len() - 6] ^= 1;
        for bad in [&good[..good.len() - 1], &good[..12], &good[..3], b"no gzip at all", &wrong_sum] {
            let error = unpack("gzip", bad, 5).unwrap_err();
            assert!(error.starts_with("its answer is no whole gzip"), "{error}");
        }
        let bomb = packed(&vec![0; 10_000_000]);
        assert!(unpack("gzip", &bomb[..900], 900).unwrap_err().contains("larger than the 1000 bytes"));
        assert!(unpack("", &[0; 1001], 100).unwrap_err().contains("larger than the 1000 bytes"));
        assert!(unpack("br", b"x", 1).unwrap_err().contains("packed as `br`"));
    }
}
