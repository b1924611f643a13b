//! Archives as nobody should send them, byte by byte, for tests.

use flate2::write::{DeflateEncoder, GzEncoder};
use std::io::Write;
use tar::{EntryType, Header};

/// An entry of a zip archive, with whatever its headers say.
#[derive(Clone)]
pub struct ZipEntry {
    pub name: Vec<u8>,
    pub flags: u16,
    pub method: u16,
    pub data: Vec<u8>,
    pub crc32: u32,
    pub size: u32,
    pub mode: u32,
    /// Where the directory says that the entry begins; `None` for the truth.
    pub offset: Option<u32>,
}

/// A stored entry.
pub fn stored(name: impl AsRef<[u8]>, content: &[u8]) -> ZipEntry {
    ZipEntry {
        name: name.as_ref().to_vec(),
        flags: 0,
        method: 0,
        data: content.to_vec(),
        crc32: crc32fast::hash(content),
        size: content.len() as u32,
        mode: 0o100_644,
        offset: None,
    }
}

/// A deflated entry.
pub fn deflated(name: &str, content: &[u8]) -> ZipEntry {
    let mut packed = DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(content).unwrap();
    ZipEntry { method: 8, data: packed.finish().unwrap(), ..stored(name, content) }
}

/// Puts entries together (APPNOTE 4.3.6), without a look at what they say.
pub fn zip(entries: &[ZipEntry]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        let offset = entry.offset.unwrap_or(bytes.len() as u32);
        let mut common = Vec::new();
        for field in [20, entry.flags, entry.method, 0, 0x21] {
            common.extend(field.to_le_bytes());
        }
        for field in [entry.crc32, entry.data.len() as u32, entry.size] {
            common.extend(field.to_le_bytes());
        }
        common.extend((entry.name.len() as u16).to_le_bytes());
        if entry.offset.is_none() {
            bytes.extend([b"PK\x03\x04", &common[..], &[0; 2], &entry.name, &entry.data].concat());
        }
        // Made on Unix, without extra fields, comment, disk and internal attributes.
        directory.extend([b"PK\x01\x02", &[20, 3][..], &common, &[0; 8]].concat());
        directory.extend([(entry.mode << 16).to_le_bytes(), offset.to_le_bytes()].concat());
        directory.extend(&entry.name);
    }
    let (count, at) = ((entries.len() as u16).to_le_bytes(), (bytes.len() as u32).to_le_bytes());
    let size = (directory.len() as u32).to_le_bytes();
    bytes.extend(directory);
    bytes.extend([b"PK\x05\x06", &[0; 4][..], &count, &count, &size, &at, &[0; 2]].concat());
    bytes
}

/// The header of an entry of a tar archive, and its content, filled up.
pub fn taped(kind: EntryType, name: &[u8], content: &[u8]) -> Vec<u8> {
    let mut header = Header::new_gnu();
    header.as_old_mut().name[..name.len()].copy_from_slice(name);
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_size(content.len() as u64);
    header.set_cksum();
    let mut bytes = [header.as_bytes(), content].concat();
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

/// A tar archive of entries, with the mark at its end.
pub fn tape(entries: &[Vec<u8>]) -> Vec<u8> {
    [entries.concat(), vec![0; 1024]].concat()
}

/// The same with gzip.
pub fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}
