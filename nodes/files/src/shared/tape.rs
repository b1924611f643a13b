//! Reads tar archives from front to back: headers by the crate `tar`, everything that grows by our own bounds.
//!
//! The crate's own iterator borrows its archive and reads extended headers without a bound, so it is not used. Nothing is
//! ever unpacked to the disk here.

use std::io::{BufReader, Read};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::MultiGzDecoder;
use tar::{EntryType, Header, PaxExtensions};
use windlass_core::context::ReadSeek;
use windlass_core::node::explain_io;
use windlass_core::prelude::*;

use super::encodings::NameEncoding;
use super::unpacking::{Bounds, Meter, Trouble};

const BLOCK_BYTES: usize = 512;

/// So much is read at once.
const PIECE_BYTES: usize = 1 << 16;

/// The most that an extended header may hold: a name, times, attributes.
const MAX_EXTENSION_BYTES: u64 = 1 << 20;

/// The most extended headers for one entry; programs write three at most.
const MAX_EXTENSIONS: u32 = 16;

/// The largest window of a zstd stream that is decoded, as its logarithm: 128 MiB.
const MAX_WINDOW_LOG: u32 = 27;

/// A tar archive, packed or not.
pub struct Tape {
    reader: Box<dyn Read + Send>,
    /// How much of the file has been read, in bytes.
    packed_bytes: Arc<AtomicU64>,
    meter: Meter,
    names: NameEncoding,
    ctx: Ctx,
    entries: u64,
    /// What is left of the present entry's content, and of the last block that it fills in part.
    left_bytes: u64,
    padding_bytes: u64,
    /// What is read goes through here.
    piece: Vec<u8>,
}

/// One entry.
pub struct Entry {
    /// Its name, as the archive has it.
    pub name: String,
    /// What it is.
    pub kind: Kind,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// Anything else, in words.
    Special(&'static str),
}

impl Tape {
    /// Opens an archive; its first bytes tell how it is packed.
    ///
    /// # Errors
    /// It cannot be read, or is packed in a way that is not known.
    pub fn open(ctx: &Ctx, file: &File, names: NameEncoding, bounds: Bounds) -> Result<Self, NodeError> {
        let cannot_read = |error| explain_io("read", Path::new(&file.name), &error);
        let mut disk = ctx.open(file)?.reader;
        let mut head = Vec::new();
        disk.by_ref().take(6).read_to_end(&mut head).map_err(cannot_read)?;
        disk.rewind().map_err(cannot_read)?;
        let packed_bytes = Arc::new(AtomicU64::new(0));
        let counted = Counted { disk, bytes: packed_bytes.clone() };
        let reader: Box<dyn Read + Send> = match head[..] {
            [0x1f, 0x8b, ..] => Box::new(MultiGzDecoder::new(counted)),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => {
                let mut decoder = zstd::stream::read::Decoder::new(counted).map_err(cannot_read)?;
                decoder.window_log_max(MAX_WINDOW_LOG).map_err(cannot_read)?;
                Box::new(decoder)
            }
            [b'B', b'Z', b'h', ..] => return Err(not_read("bzip2")),
            [0xfd, b'7', b'z', b'X', b'Z', ..] => return Err(not_read("xz")),
            _ => Box::new(BufReader::with_capacity(PIECE_BYTES, counted)),
        };
        let (meter, ctx, piece) = (Meter::new(bounds), ctx.clone(), vec![0; PIECE_BYTES]);
        Ok(Self { reader, packed_bytes, meter, names, ctx, entries: 0, left_bytes: 0, padding_bytes: 0, piece })
    }

    /// Goes on to the next entry; what was not read of the one before is passed over.
    ///
    /// # Errors
    /// The archive is cut off or damaged, or breaks a bound.
    pub fn next_entry(&mut self) -> Result<Option<Entry>, NodeError> {
        let (mut long_name, mut pax) = (None, Vec::new());
        for _ in 0..MAX_EXTENSIONS {
            self.pass_over()?;
            let Some(header) = self.header()? else { return Ok(None) };
            let size_bytes = header.entry_size().map_err(|error| self.damaged(&error))?;
            self.begin(size_bytes);
            match header.entry_type() {
                EntryType::GNULongName => long_name = Some(self.extension()?),
                EntryType::XHeader => pax = self.extension()?,
                EntryType::GNULongLink | EntryType::XGlobalHeader => self.pass_over()?,
                _ => return self.entry(&header, long_name, &pax).map(Some),
            }
        }
        Err(NodeError::new(format!("an entry has more than {MAX_EXTENSIONS} headers")).permanent())
    }

    /// Reads the content of the present entry.
    ///
    /// # Errors
    /// It is too large; or the archive is cut off, damaged, or breaks a bound.
    pub fn content(&mut self) -> Result<Vec<u8>, Trouble> {
        self.meter.check_entry(self.left_bytes).map_err(Trouble::Entry)?;
        self.rest().map_err(Trouble::Archive)
    }

    fn begin(&mut self, size_bytes: u64) {
        self.left_bytes = size_bytes;
        self.padding_bytes = size_bytes.wrapping_neg() % BLOCK_BYTES as u64;
    }

    fn entry(&mut self, header: &Header, long_name: Option<Vec<u8>>, pax: &[u8]) -> Result<Entry, NodeError> {
        self.entries += 1;
        self.meter.count(1)?;
        let extended = Extended::read(pax).map_err(|error| self.damaged(&error))?;
        if let Some(size_bytes) = extended.size_bytes {
            self.begin(size_bytes);
        }
        let name = match (long_name, extended.path) {
            (Some(long), _) => self.names.read(long.split(|byte| *byte == 0).next().unwrap_or_default()),
            (None, Some(path)) => path,
            (None, None) => self.names.read(&header.path_bytes()),
        };
        let kind = if extended.is_sparse { Kind::Special("a sparse file") } else { kind(header.entry_type(), &name) };
        Ok(Entry { name, kind })
    }

    /// Reads the next header; `None` at the end.
    fn header(&mut self) -> Result<Option<Header>, NodeError> {
        let mut header = Header::new_old();
        let block = header.as_mut_bytes();
        let mut filled = 0;
        while filled < BLOCK_BYTES {
            match self.some(&mut block[filled..])? {
                0 if filled == 0 => {
                    self.ctx.log("warning: the archive has no mark at its end, and may be cut off");
                    return Ok(None);
                }
                0 => return Err(cut_off()),
                read => filled += read,
            }
        }
        if block.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        let sum = header.as_bytes().iter().enumerate().map(|(at, byte)| match at {
            // The sum is made as if its own field held spaces.
            148..156 => 32,
            _ => u32::from(*byte),
        });
        match header.cksum() {
            Ok(expected) if expected == sum.sum::<u32>() => Ok(Some(header)),
            _ if self.entries == 0 => {
                let error = NodeError::new("this is no tar archive");
                Err(error.hint("plain, gzip and zstd are read; a zip archive is for `files.unzip`").permanent())
            }
            _ => Err(self.damaged(&std::io::Error::other("the sum of a header is wrong"))),
        }
    }

    fn extension(&mut self) -> Result<Vec<u8>, NodeError> {
        if self.left_bytes > MAX_EXTENSION_BYTES {
            let error = format!("an extended header is larger than {MAX_EXTENSION_BYTES} bytes");
            return Err(NodeError::new(error).permanent());
        }
        self.rest()
    }

    /// Reads what is left of the content. Memory grows with what comes, not with what was announced.
    fn rest(&mut self) -> Result<Vec<u8>, NodeError> {
        let mut bytes = Vec::new();
        while self.left_bytes > 0 {
            let read = self.advance()?;
            bytes.extend_from_slice(&self.piece[..read]);
        }
        Ok(bytes)
    }

    fn pass_over(&mut self) -> Result<(), NodeError> {
        while self.left_bytes > 0 {
            self.advance()?;
        }
        self.left_bytes = std::mem::take(&mut self.padding_bytes);
        while self.left_bytes > 0 {
            self.advance()?;
        }
        Ok(())
    }

    /// Reads a piece of what is left.
    fn advance(&mut self) -> Result<usize, NodeError> {
        let mut piece = std::mem::take(&mut self.piece);
        let most = usize::try_from(self.left_bytes).unwrap_or(usize::MAX).min(piece.len());
        let read = self.some(&mut piece[..most]);
        self.piece = piece;
        match read? {
            0 => Err(cut_off()),
            read => {
                self.left_bytes -= read as u64;
                Ok(read)
            }
        }
    }

    /// Reads some bytes; none at the end.
    fn some(&mut self, buffer: &mut [u8]) -> Result<usize, NodeError> {
        self.ctx.check_cancelled()?;
        let read = self.reader.read(buffer).map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => cut_off(),
            _ => self.damaged(&error),
        })?;
        self.meter.unpacked(read as u64)?;
        self.meter.check_ratio(self.packed_bytes.load(Ordering::Relaxed), self.meter.total_bytes())?;
        Ok(read)
    }

    fn damaged(&self, cause: &std::io::Error) -> NodeError {
        NodeError::because(format!("it is damaged behind entry {}", self.entries), cause).permanent()
    }
}

fn cut_off() -> NodeError {
    NodeError::new("it is cut off").permanent()
}

fn not_read(packing: &str) -> NodeError {
    let error = NodeError::new(format!("it is packed with {packing}, which is not read"));
    error.hint("unpack it, or pack it with gzip or zstd").permanent()
}

fn kind(entry: EntryType, name: &str) -> Kind {
    match entry {
        // Before 1988 a folder was a file whose name ends in a slash.
        EntryType::Regular | EntryType::Continuous if name.ends_with('/') => Kind::Folder,
        EntryType::Regular | EntryType::Continuous => Kind::File,
        EntryType::Directory => Kind::Folder,
        EntryType::Symlink => Kind::Special("a symbolic link"),
        EntryType::Link => Kind::Special("a hard link"),
        EntryType::Char | EntryType::Block => Kind::Special("a device"),
        EntryType::Fifo => Kind::Special("a named pipe"),
        EntryType::GNUSparse => Kind::Special("a sparse file"),
        _ => Kind::Special("an entry of an unknown kind"),
    }
}

/// What counts of a pax header (POSIX.1-2001, `pax`).
#[derive(Default)]
struct Extended {
    path: Option<String>,
    size_bytes: Option<u64>,
    is_sparse: bool,
}

impl Extended {
    fn read(pax: &[u8]) -> std::io::Result<Self> {
        let mut extended = Self::default();
        for record in PaxExtensions::new(pax) {
            let record = record?;
            match record.key_bytes() {
                b"path" => extended.path = Some(super::encodings::escaped(record.value_bytes())),
                b"size" => {
                    let size = record.value().ok().and_then(|size| size.parse().ok());
                    extended.size_bytes = Some(size.ok_or_else(|| std::io::Error::other("a size is no number"))?);
                }
                key => extended.is_sparse |= key.starts_with(b"GNU.sparse."),
            }
        }
        Ok(extended)
    }
}

/// Counts what is read of the file itself.
struct Counted {
    disk: Box<dyn ReadSeek>,
    bytes: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.disk.read(buffer)?;
        self.bytes.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
