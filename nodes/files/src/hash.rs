//! Takes the hash of a file.

use md5::{Digest, Md5};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use windlass_core::prelude::*;

use crate::shared::content::each_piece;

/// Which hash.
#[derive(Params)]
pub struct Settings {
    /// The algorithm. MD5, SHA-1 and CRC-32 find accidents, and no forgeries: they are there for old lists of sums.
    #[param(default = "blake3")]
    algorithm: Algorithm,
}

/// An algorithm.
#[derive(Clone, Copy, Debug, Choice)]
pub enum Algorithm {
    /// BLAKE3, 256 bits.
    Blake3,
    /// SHA-256 (FIPS 180-4).
    Sha256,
    /// SHA-512 (FIPS 180-4).
    Sha512,
    /// SHA-1 (FIPS 180-4).
    Sha1,
    /// MD5 (RFC 1321).
    Md5,
    /// CRC-32, as zip, gzip and PNG have it (ISO 3309).
    Crc32,
}

/// The file.
#[derive(Inputs)]
pub struct In {
    /// The file.
    file: Arc<File>,
    /// The hash that it should have, in hexadecimal: the item fails where it is another one.
    #[port(constant, optional)]
    expected: Option<String>,
}

/// The hash.
#[derive(Outputs)]
pub struct Out {
    /// The hash, in hexadecimal with small letters.
    hash: String,
    /// How many bytes were read.
    size_bytes: u64,
}

/// `files.hash`
pub struct Hash;

impl Node for Hash {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "files.hash",
            "Hash file",
            "Takes the hash of a file's content, piece by piece, so that its size does not matter; or makes sure that it \
             is the one that is expected. A file that grows by more than 64 MiB while it is read is refused.",
        )
        .search(&["checksum", "digest", "fingerprint", "verify", "blake3", "sha256", "sha1", "md5", "crc32"])
        .cpu()
        .example(EXAMPLE)
        .sample(Sample::new().input("file", Value::File(Arc::new(File::in_memory(*b"hello", "a.txt", "text/plain")))))
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let (hash, size_bytes) = hashed(params.algorithm, &inputs.file, ctx)?;
        match inputs.expected {
            Some(expected) if !expected.trim().eq_ignore_ascii_case(&hash) => {
                let (name, expected) = (&inputs.file.name, expected.trim());
                let error = NodeError::new(format!("the hash is {hash}, not {expected}: `{name}`"));
                Err(error.hint("the file was changed, or the hash is one of another algorithm").permanent())
            }
            _ => Ok(Out { hash, size_bytes }),
        }
    }
}

fn hashed(algorithm: Algorithm, file: &File, ctx: &Ctx) -> Result<(String, u64), NodeError> {
    match algorithm {
        Algorithm::Blake3 => {
            let mut hasher = blake3::Hasher::new();
            let size_bytes = each_piece(ctx, file, |piece| {
                hasher.update(piece);
                Ok(())
            })?;
            Ok((hasher.finalize().to_hex().to_string(), size_bytes))
        }
        Algorithm::Crc32 => {
            let mut hasher = crc32fast::Hasher::new();
            let size_bytes = each_piece(ctx, file, |piece| {
                hasher.update(piece);
                Ok(())
            })?;
            Ok((format!("{:08x}", hasher.finalize()), size_bytes))
        }
        Algorithm::Sha256 => digested::<Sha256>(file, ctx),
        Algorithm::Sha512 => digested::<Sha512>(file, ctx),
        Algorithm::Sha1 => digested::<Sha1>(file, ctx),
        Algorithm::Md5 => digested::<Md5>(file, ctx),
    }
}

fn digested<D: Digest>(file: &File, ctx: &Ctx) -> Result<(String, u64), NodeError> {
    let mut hasher = D::new();
    let size_bytes = each_piece(ctx, file, |piece| {
        hasher.update(piece);
        Ok(())
    })?;
    Ok((hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect(), size_bytes))
}

const EXAMPLE: &str = r#"
find:
  kind: files.glob
  params: { folder: samples/photos, pattern: "*.jpg" }
hash:
  kind: files.hash
  params: { algorithm: sha256 }
  inputs: { file: find.file }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::value::IntoValue;

    use super::*;
    use crate::shared::spool::Spool;

    fn bench(content: &[u8]) -> Harness {
        Harness::of::<Hash>().input("file", Arc::new(File::in_memory(content, "a.bin", "x/y")).into_value())
    }

    /// The values are those of `b3sum`, `sha256sum`, `sha512sum`, `sha1sum`, `md5sum` and Python's `zlib.crc32` for `abc`.
    #[test]
    fn the_hashes_are_those_of_the_usual_tools() {
        for (algorithm, expected) in [
            ("blake3", "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85"),
            ("sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "sha512",
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
                 2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            ),
            ("sha1", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            ("md5", "900150983cd24fb0d6963f7d28e17f72"),
            ("crc32", "352441c2"),
        ] {
            let gave = bench(b"abc").param("algorithm", algorithm).fire().unwrap();
            assert_eq!(gave.get("hash"), Ok(expected.to_owned()), "{algorithm}");
            assert_eq!(gave.get("size_bytes"), Ok(3_u64));
        }
    }

    #[test]
    fn pieces_count_as_one_file() {
        let content: Vec<u8> = (0..300_000_u32).map(|at| (at >> 3) as u8).collect();
        let gave = bench(&content).fire().unwrap();
        assert_eq!(gave.get("hash"), Ok(blake3::hash(&content).to_hex().to_string()));
    }

    #[test]
    fn a_file_with_another_hash_fails() {
        let expects = |expected: &str| bench(b"abc").param("algorithm", "crc32").param("expected", expected).fire();
        assert!(expects(" 352441C2\n").is_ok());
        let error = expects("00000000").map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "the hash is 352441c2, not 00000000: `a.bin`");
        assert!(error.is_permanent() && error.hint_text().is_some());
    }

    #[test]
    fn a_file_without_an_end_is_refused_and_a_long_one_can_be_left() {
        let hashed = |spool: Spool| {
            let file = Arc::new(File::in_memory(*b"", "a.bin", "x/y"));
            let inputs = In { file, expected: None };
            spool.fire(async |ctx| Hash.fire(Settings { algorithm: Algorithm::Crc32 }, inputs, ctx).await)
        };
        let (gave, _) = hashed(Spool::new(9 << 20));
        assert_eq!(gave.map(|out| out.size_bytes), Ok(9 << 20));
        let (gave, _) = hashed(Spool::new(0).endless());
        let error = gave.map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "it grew by more than 64 MiB while it was read: `a.bin`");
        let (gave, seen) = hashed(Spool::new(u64::MAX).cancelled_after(1 << 20));
        assert!(gave.is_err_and(|error| error.is_cancelled()) && seen.read_bytes == 1 << 20);
    }
}
