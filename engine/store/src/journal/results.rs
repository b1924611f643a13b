//! What came of firings, and what splits found, as records.

use std::path::PathBuf;

use blake3::Hash;
use serde::{Deserialize, Serialize};

use super::bytes::{Bytes, Wrong, put_bytes, put_number};
use super::record::{put_json, put_option, tagged, take_option};
use crate::artifacts::Stored;

const SKIP: u8 = 0;
const VALUE: u8 = 1;
const FAILED: u8 = 0;
const GAVE: u8 = 1;

/// What came of a firing.
#[derive(Clone, Debug, PartialEq)]
pub struct Result {
    /// The step.
    pub step: usize,
    /// Key of the item.
    pub key: String,
    /// What the firing depended on, as one number.
    pub fingerprint: Hash,
    /// What came on each input and wired parameter: its name, and what stands for the value.
    pub inputs: Vec<(String, Hash)>,
    /// How long the code ran, in microseconds.
    pub took_us: u64,
    /// What it gave, or why it failed.
    pub came: Came,
    /// Files that it put in place.
    pub wrote: Vec<Wrote>,
    /// Files that stood where it was to write, and that it left as they were.
    pub left: Vec<PathBuf>,
}

/// How a firing ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Came {
    /// It gave this, by port. A split has none for its children.
    Gave(Vec<(String, Given)>),
    /// It failed for good.
    Failed {
        /// Outermost cause first.
        causes: Vec<String>,
        /// What can be done about it.
        hint: Option<String>,
        /// How often it was tried.
        attempts: u32,
    },
}

/// What a firing gave on a port.
#[derive(Clone, Debug, PartialEq)]
pub enum Given {
    /// No value, and why.
    Skip(String),
    /// A value.
    Value(Kept),
}

/// A value that a firing gave.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// What stands for it in fingerprints.
    pub identity: Hash,
    /// Its type, as a graph writes it.
    pub ty: String,
    /// The memory that it takes, in bytes.
    pub size_bytes: u64,
    /// Where it is kept; `None`: nowhere, it is computed again where it is needed.
    pub stored: Option<Stored>,
}

/// A file that a firing put in place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wrote {
    /// Where.
    pub path: PathBuf,
    /// Hash of its content, in hexadecimal digits.
    pub content: String,
    /// Its size in bytes.
    pub size_bytes: u64,
}

/// A file that a firing left as it stood.
#[derive(Serialize, Deserialize)]
struct Left {
    left: PathBuf,
}

/// What a record says of a file.
#[derive(Deserialize)]
#[serde(untagged)]
enum Touched {
    Left(Left),
    Wrote(Wrote),
}

/// Children of a split, in order; they stand in front of all that happens to them. The group is whole once a result stands
/// under the same step and key.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// The split.
    pub step: usize,
    /// Key of the group.
    pub group: String,
    /// Place of the first of these children in the group.
    pub first: u64,
    /// The children.
    pub children: Vec<Child>,
}

/// A child of a split.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Child {
    /// Stable name; `None` where the place in the group is all there is.
    pub name: Option<String>,
    /// What it has, by port.
    pub ports: Vec<(String, Given)>,
    /// Why it could not be had, outermost cause first; empty where it could.
    pub failure: Vec<String>,
    /// The file that it is, where it is one on disk.
    pub file: Option<FileSeen>,
}

/// A file as it was when a source found it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSeen {
    /// Where it lies.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// When it was last written, nanoseconds since 1970-01-01 UTC.
    pub mtime_ns: i128,
    /// Its number on the disk.
    pub inode: u64,
}

type Read<T> = std::result::Result<T, Wrong>;

impl Result {
    /// Returns whether what the firing depended on was known.
    pub fn is_known(&self) -> bool {
        *self.fingerprint.as_bytes() != [0; blake3::OUT_LEN]
    }

    /// Returns the record as bytes, for an index.
    pub fn to_bytes(&self) -> Vec<u8> {
        written(|out| self.write(out))
    }

    /// Reads what [`Result::to_bytes`] gave; `None`: these bytes are no result.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        whole(bytes, Self::read)
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        put_number(self.step as u64, out);
        put_bytes(self.key.as_bytes(), out);
        out.extend(self.fingerprint.as_bytes());
        put_number(self.inputs.len() as u64, out);
        for (name, identity) in &self.inputs {
            put_bytes(name.as_bytes(), out);
            out.extend(identity.as_bytes());
        }
        put_number(self.took_us, out);
        self.came.write(out);
        put_number((self.wrote.len() + self.left.len()) as u64, out);
        self.wrote.iter().for_each(|wrote| put_json(wrote, out));
        self.left.iter().for_each(|left| put_json(&Left { left: left.clone() }, out));
    }

    pub(super) fn read(bytes: &mut Bytes<'_>) -> Read<Self> {
        let (step, key, fingerprint) = (bytes.count()?, bytes.text()?, take_hash(bytes)?);
        let inputs = (0..bytes.number()?).map(|_| Ok((bytes.text()?, take_hash(bytes)?))).collect::<Read<_>>()?;
        let (took_us, came) = (bytes.number()?, Came::read(bytes)?);
        let (mut wrote, mut left) = (Vec::new(), Vec::new());
        for _ in 0..bytes.number()? {
            match bytes.json()? {
                Touched::Left(file) => left.push(file.left),
                Touched::Wrote(file) => wrote.push(file),
            }
        }
        Ok(Self { step, key, fingerprint, inputs, took_us, came, wrote, left })
    }
}

impl Came {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Gave(ports) => tagged(GAVE, out, |out| put_ports(ports, out)),
            Self::Failed { causes, hint, attempts } => {
                tagged(FAILED, out, |out| put_json(&(causes, hint, attempts), out));
            }
        }
    }

    fn read(bytes: &mut Bytes<'_>) -> Read<Self> {
        match bytes.byte()? {
            GAVE => take_ports(bytes).map(Self::Gave),
            FAILED => {
                let (causes, hint, attempts) = bytes.json()?;
                Ok(Self::Failed { causes, hint, attempts })
            }
            other => Err(Wrong(format!("no firing ends with {other}"))),
        }
    }
}

impl Given {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Skip(reason) => tagged(SKIP, out, |out| put_bytes(reason.as_bytes(), out)),
            Self::Value(kept) => tagged(VALUE, out, |out| kept.write(out)),
        }
    }

    fn read(bytes: &mut Bytes<'_>) -> Read<Self> {
        match bytes.byte()? {
            SKIP => bytes.text().map(Self::Skip),
            VALUE => Kept::read(bytes).map(Self::Value),
            other => Err(Wrong(format!("nothing is given with {other}"))),
        }
    }
}

impl Kept {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.identity.as_bytes());
        put_bytes(self.ty.as_bytes(), out);
        put_number(self.size_bytes, out);
        put_option(self.stored.as_ref(), out, Stored::write);
    }

    fn read(bytes: &mut Bytes<'_>) -> Read<Self> {
        let (identity, ty, size_bytes) = (take_hash(bytes)?, bytes.text()?, bytes.number()?);
        Ok(Self { identity, ty, size_bytes, stored: take_option(bytes, take_stored)? })
    }
}

impl Listed {
    /// Returns the record as bytes, for whoever keeps many of them.
    pub fn to_bytes(&self) -> Vec<u8> {
        written(|out| self.write(out))
    }

    /// Reads what [`Listed::to_bytes`] gave; `None`: these bytes are no listing.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        whole(bytes, Self::read)
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        put_number(self.step as u64, out);
        put_bytes(self.group.as_bytes(), out);
        put_number(self.first, out);
        put_number(self.children.len() as u64, out);
        self.children.iter().for_each(|child| child.write(out));
    }

    pub(super) fn read(bytes: &mut Bytes<'_>) -> Read<Self> {
        let (step, group, first) = (bytes.count()?, bytes.text()?, bytes.number()?);
        let children = (0..bytes.number()?).map(|_| Child::read(bytes)).collect::<Read<_>>()?;
        Ok(Self { step, group, first, children })
    }
}

impl Child {
    fn write(&self, out: &mut Vec<u8>) {
        put_option(self.name.as_deref(), out, |name, out| put_bytes(name.as_bytes(), out));
        put_ports(&self.ports, out);
        put_json(&self.failure, out);
        put_option(self.file.as_ref(), out, put_json);
    }

    fn read(bytes: &mut Bytes<'_>) -> Read<Self> {
        Ok(Self {
            name: take_option(bytes, Bytes::text)?,
            ports: take_ports(bytes)?,
            failure: bytes.json()?,
            file: take_option(bytes, Bytes::json)?,
        })
    }
}

fn written(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&mut bytes);
    bytes
}

/// Reads something that all of the bytes are.
fn whole<T>(bytes: &[u8], read: impl FnOnce(&mut Bytes<'_>) -> Read<T>) -> Option<T> {
    let mut bytes = Bytes(bytes);
    read(&mut bytes).and_then(|read| bytes.end().map(|()| read)).ok()
}

fn put_ports(ports: &[(String, Given)], out: &mut Vec<u8>) {
    put_number(ports.len() as u64, out);
    for (port, given) in ports {
        put_bytes(port.as_bytes(), out);
        given.write(out);
    }
}

fn take_ports(bytes: &mut Bytes<'_>) -> Read<Vec<(String, Given)>> {
    (0..bytes.number()?).map(|_| Ok((bytes.text()?, Given::read(bytes)?))).collect()
}

fn take_stored(bytes: &mut Bytes<'_>) -> Read<Stored> {
    Stored::read(&mut bytes.0).ok_or_else(|| Wrong("no place of a value stands here".into()))
}

fn take_hash(bytes: &mut Bytes<'_>) -> Read<Hash> {
    let hash = bytes.take(blake3::OUT_LEN)?;
    Hash::from_slice(hash).map_err(|_| Wrong::missing())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A firing that gave something, one that failed, and children.
    pub fn samples() -> (Result, Result, Listed) {
        let identity = blake3::hash(b"x");
        let kept = [Some(Stored::Inline((*b"ab").into())), Some(Stored::Blob { hash: identity, size_bytes: 9 }), None];
        let value = |stored| Given::Value(Kept { identity, ty: "image".into(), size_bytes: 9, stored });
        let ports: Vec<_> = ["a", "b", "c"].map(String::from).into_iter().zip(kept.map(value)).collect();
        let file = FileSeen { path: "/p/a.jpg".into(), size: 3, mtime_ns: -1, inode: 4 };
        let child = Child { name: Some("a.jpg".into()), ports: ports.clone(), failure: vec![], file: Some(file) };
        let wrote = Wrote { path: "/o/a.jpg".into(), content: identity.to_hex().to_string(), size_bytes: 3 };
        let skip = ("d".to_owned(), Given::Skip("filtered".into()));
        let gave = Result {
            step: 2,
            key: "3/0".into(),
            fingerprint: identity,
            inputs: vec![("image".into(), identity)],
            took_us: 1500,
            came: Came::Gave(ports.into_iter().chain([skip]).collect()),
            wrote: vec![wrote],
            left: vec!["/o/b.jpg".into(), "/o/c.jpg".into()],
        };
        let came = Came::Failed { causes: vec!["broken".into()], hint: Some("mend it".into()), attempts: 3 };
        let failed = Result { inputs: vec![], wrote: vec![], left: vec![], came, ..gave.clone() };
        (gave, failed, Listed { step: 0, group: String::new(), first: 64, children: vec![child, Child::default()] })
    }
}
