//! The directory of a zip archive: looked through and bounded before anything is unpacked.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use windlass_core::context::ReadSeek;
use windlass_core::prelude::*;
use zip::read::{Config, OwnedZipFileEntry};
use zip::result::ZipError;
use zip::unstable::read::ZipIterable;

use super::encodings::{NameEncoding, escaped};
use super::unpacking::Meter;

/// The largest directory that is read, in bytes: names, comments and extra fields of all entries.
const MAX_DIRECTORY_BYTES: u64 = 256 << 20;

/// The fixed part of a local header (APPNOTE 4.3.7), in bytes.
const LOCAL_HEADER_BYTES: u64 = 30;

/// The flag of an entry whose name is UTF-8 (APPNOTE 4.4.4, bit 11).
pub const IS_UTF8: u16 = 1 << 11;

/// What the kinds of entries are in the upper bits of a Unix mode.
const KIND_BITS: u32 = 0o170_000;

/// Returns the entries in the order of the directory.
///
/// # Errors
/// This is no zip archive, it is cut off, has too many entries, or entries that overlap: a bomb makes much of little by
/// having entries share what they unpack.
pub fn directory<R: Read + Seek>(reader: R, meter: &mut Meter, ctx: &Ctx) -> Result<Vec<OwnedZipFileEntry>, NodeError> {
    let mut archive = ZipIterable::try_new(reader, Config::default()).map_err(|error| explain(&error))?;
    meter.count(archive.len() as u64)?;
    let mut entries: Vec<OwnedZipFileEntry> = Vec::new();
    for entry in archive.files().map_err(|error| explain(&error))? {
        ctx.check_cancelled()?;
        let entry = OwnedZipFileEntry::from(entry.map_err(|error| explain(&error))?);
        let first = entries.first().unwrap_or(&entry).central_header_start();
        if entry.central_header_start().saturating_sub(first) > MAX_DIRECTORY_BYTES {
            let error = format!("the directory of the archive is larger than {} MiB", MAX_DIRECTORY_BYTES >> 20);
            return Err(NodeError::new(error).permanent());
        }
        entries.push(entry);
    }
    check_apart(&entries)?;
    Ok(entries)
}

/// Makes sure that no two entries lie in the same bytes, and none in the directory.
fn check_apart(entries: &[OwnedZipFileEntry]) -> Result<(), NodeError> {
    let end = |entry: &OwnedZipFileEntry| {
        let header_bytes = LOCAL_HEADER_BYTES + entry.name_raw().len() as u64;
        entry.header_start().saturating_add(header_bytes).saturating_add(entry.compressed_size())
    };
    let mut places: Vec<_> = entries.iter().map(|entry| (entry.header_start(), end(entry))).collect();
    places.sort_unstable();
    let directory = entries.first().map_or(u64::MAX, OwnedZipFileEntry::central_header_start);
    let next = places.iter().skip(1).map(|(start, _)| *start).chain([directory]);
    if places.iter().zip(next).any(|((_, end), next)| *end > next) {
        let error = NodeError::new("its entries overlap, as those of bombs do, or it was put together wrongly");
        return Err(error.hint("repack it with a program that you trust").permanent());
    }
    Ok(())
}

/// Says what is wrong with an archive.
pub fn explain(error: &ZipError) -> NodeError {
    match error {
        ZipError::Io(cause) if cause.kind() == io::ErrorKind::UnexpectedEof => {
            NodeError::new("it is cut off").permanent()
        }
        ZipError::Io(cause) if cause.raw_os_error().is_some() => NodeError::because("it cannot be read", cause),
        ZipError::CompressionMethodNotSupported(method) => not_unpacked(*method),
        error => NodeError::because("this is no zip archive, or it is cut off or damaged", error).permanent(),
    }
}

fn not_unpacked(method: u16) -> NodeError {
    // The numbers are those of APPNOTE 4.4.5.
    let name = match method {
        1 => "shrink",
        2..=5 => "reduce",
        6 => "implode",
        12 => "bzip2",
        14 => "LZMA",
        95 => "xz",
        96..=98 => "a method for media or PPMd",
        _ => "an unknown method",
    };
    let error = NodeError::new(format!("it is packed with {name} (method {method}), which is not unpacked"));
    error.hint("stored, deflate, deflate64 and zstd are unpacked").permanent()
}

/// Returns the name of an entry; `None` for the encoding of those that are not marked as UTF-8 stands for UTF-8 where they
/// are that, else code page 437.
pub fn name(entry: &OwnedZipFileEntry, names: Option<NameEncoding>) -> String {
    let bytes = entry.name_raw();
    match names {
        _ if entry.flags().as_u16() & IS_UTF8 != 0 => escaped(bytes),
        Some(names) => names.read(bytes),
        None if std::str::from_utf8(bytes).is_ok() => escaped(bytes),
        None => NameEncoding::Cp437.read(bytes),
    }
}

/// What an entry is, where it is neither a file nor a folder, in words.
pub fn special(entry: &OwnedZipFileEntry) -> Option<&'static str> {
    match entry.unix_mode().unwrap_or_default() & KIND_BITS {
        0 | 0o100_000 | 0o040_000 => None,
        0o120_000 => Some("a symbolic link"),
        _ => Some("a device, a pipe or a socket"),
    }
}

/// A buffered reader that keeps its buffer where it is sent to a place nearby, as when a directory is read entry by entry.
pub struct Nearby {
    inner: BufReader<Box<dyn ReadSeek>>,
    at: u64,
}

impl Nearby {
    /// Reads from the start.
    pub fn new(reader: Box<dyn ReadSeek>) -> Self {
        Self { inner: BufReader::with_capacity(1 << 16, reader), at: 0 }
    }
}

impl Read for Nearby {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for Nearby {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let away = match to {
            SeekFrom::Start(to) => i64::try_from(i128::from(to) - i128::from(self.at)).ok(),
            SeekFrom::Current(away) => Some(away),
            SeekFrom::End(_) => None,
        };
        match away {
            Some(away) => {
                self.inner.seek_relative(away)?;
                self.at = self.at.saturating_add_signed(away);
            }
            None => self.at = self.inner.seek(to)?,
        }
        Ok(self.at)
    }
}
