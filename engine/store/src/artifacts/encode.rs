//! Values as bytes and back: what is large and can stand by itself is kept by itself, and named by its hash.
//!
//! | First byte | What follows |
//! | --- | --- |
//! | 0 | the value, as core packs it |
//! | 1 | size of 8 bytes, then one of the other forms, squeezed |
//! | 2 | a picture |
//! | 3 | a list: names if any, and for each member where it is kept |
//! | 4 | a file in memory: name, media type, where its content is kept |
//!
//! The content of a file is kept as it is, so that its address is the hash of the file.

use std::fmt;
use std::sync::Arc;

use windlass_core::node::NodeError;
use windlass_core::types::Type;
use windlass_core::value::{CodecError, File, FileContent, Held, List, Member, Value};

use super::squeeze::{squeeze, unsqueeze};
use super::stored::take;
use super::{Artifacts, CannotKeep, Missing, Stored, pictures, wrong};

const PACKED: u8 = 0;
const SQUEEZED: u8 = 1;
const PICTURE: u8 = 2;
const LIST: u8 = 3;
const FILE: u8 = 4;

/// Lists and files of at most so many bytes in memory are kept whole.
const WHOLE_BYTES: u64 = 4096;

/// How deep lists may be nested in bytes that are read at once.
const MAX_DEPTH: u32 = 64;

/// What a kept value consists of beside its own bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// Members of a list: values, which may have parts themselves.
    pub values: Vec<Stored>,
    /// The content of a file: bytes.
    pub content: Option<Stored>,
}

/// Returns a value as bytes; keeps what is kept by itself.
pub(super) fn encode(value: &Value, artifacts: &Artifacts) -> Result<Vec<u8>, CannotKeep> {
    let mut bytes = Vec::new();
    match value {
        Value::Image(image) => {
            bytes.push(PICTURE);
            // Its samples are squeezed already.
            return pictures::write(image, &mut bytes).map(|()| bytes).map_err(CannotKeep::Value);
        }
        Value::List(list) if is_large(value, list) => write_list(list, artifacts, &mut bytes)?,
        Value::File(file) if value.size_bytes() > WHOLE_BYTES => write_file(file, artifacts, &mut bytes)?,
        _ => {
            bytes.push(PACKED);
            bytes.extend(artifacts.codecs().pack(value).map_err(CannotKeep::Value)?);
        }
    }
    Ok(squeezed(bytes))
}

/// Reads a value back.
pub(super) fn decode(bytes: &[u8], artifacts: &Artifacts) -> Result<Value, Missing> {
    let Some((SQUEEZED, mut rest)) = bytes.split_first().map(|(form, rest)| (*form, rest)) else {
        return decode_whole(bytes, artifacts, 0);
    };
    let size = take(&mut rest).map(u64::from_le_bytes).ok_or_else(cut_off)?;
    decode_whole(&unsqueeze(rest, size).map_err(Missing::Unknown)?, artifacts, 0)
}

/// Returns whether bytes that begin so have no parts that are kept by themselves.
pub(super) fn is_alone(form: u8) -> bool {
    matches!(form, PACKED | PICTURE)
}

/// Returns where the parts of a value are kept that are kept by themselves.
pub(super) fn parts(bytes: &[u8]) -> Result<Parts, CodecError> {
    let (mut bytes, whole) = (bytes, unsqueezed(bytes)?);
    if let Some(whole) = &whole {
        bytes = whole;
    }
    match bytes.split_first() {
        Some((&LIST, mut rest)) => {
            let members = read_members(&mut rest)?.1;
            Ok(Parts { values: members.into_iter().map(|member| member.stored).collect(), content: None })
        }
        Some((&FILE, mut rest)) => Ok(Parts { values: Vec::new(), content: Some(read_file(&mut rest)?.2) }),
        _ => Ok(Parts::default()),
    }
}

fn unsqueezed(bytes: &[u8]) -> Result<Option<Vec<u8>>, CodecError> {
    let Some((&SQUEEZED, mut rest)) = bytes.split_first() else { return Ok(None) };
    let size = take(&mut rest).map(u64::from_le_bytes).ok_or_else(|| wrong("bytes are missing"))?;
    unsqueeze(rest, size).map(Some)
}

fn squeezed(bytes: Vec<u8>) -> Vec<u8> {
    let Some(fewer) = squeeze(&bytes) else { return bytes };
    let mut out = vec![SQUEEZED];
    out.extend((bytes.len() as u64).to_le_bytes());
    out.extend(fewer);
    out
}

/// Members that wait outside of memory are kept one by one, however little memory the list itself takes.
fn is_large(value: &Value, list: &List) -> bool {
    value.size_bytes() > WHOLE_BYTES || list.members().iter().any(|member| matches!(member, Member::Held(_)))
}

fn write_list(list: &List, artifacts: &Artifacts, out: &mut Vec<u8>) -> Result<(), CannotKeep> {
    out.push(LIST);
    out.extend((list.names().len() as u64).to_le_bytes());
    list.names().iter().for_each(|name| sized(name.as_bytes(), out));
    out.extend((list.len() as u64).to_le_bytes());
    for member in list.members() {
        let value = member.read().map_err(CannotKeep::Member)?;
        let stored = artifacts.put(&value)?;
        stored.write(out);
        if !matches!(stored, Stored::Inline(_)) {
            sized(value.type_of().to_string().as_bytes(), out);
        }
    }
    Ok(())
}

fn write_file(file: &File, artifacts: &Artifacts, out: &mut Vec<u8>) -> Result<(), CannotKeep> {
    let FileContent::Bytes(content) = &file.content else {
        out.push(PACKED);
        let packed = artifacts.codecs().pack(&Value::File(Arc::new(file.clone()))).map_err(CannotKeep::Value)?;
        out.extend(packed);
        return Ok(());
    };
    out.push(FILE);
    sized(file.name.as_bytes(), out);
    sized(file.media_type.as_bytes(), out);
    artifacts.put_bytes(content)?.write(out);
    Ok(())
}

fn decode_whole(bytes: &[u8], artifacts: &Artifacts, depth: u32) -> Result<Value, Missing> {
    let (form, mut rest) = bytes.split_first().ok_or_else(cut_off)?;
    match *form {
        PACKED => artifacts.codecs().unpack(rest).map_err(Missing::Unknown),
        PICTURE => pictures::read(rest).map_err(Missing::Unknown),
        LIST => list(&mut rest, artifacts, depth + 1),
        FILE => {
            let (name, media_type, content) = read_file(&mut rest).map_err(Missing::Unknown)?;
            Ok(Value::File(Arc::new(File::in_memory(artifacts.bytes(&content)?, name, media_type))))
        }
        other => Err(Missing::Unknown(wrong(&format!("no kept value begins with {other}")))),
    }
}

fn list(bytes: &mut &[u8], artifacts: &Artifacts, depth: u32) -> Result<Value, Missing> {
    if depth > MAX_DEPTH {
        return Err(Missing::Unknown(wrong("lists are nested too deep")));
    }
    let (names, stored) = read_members(bytes).map_err(Missing::Unknown)?;
    let mut members = Vec::with_capacity(stored.len());
    for member in stored {
        members.push(match &member.stored {
            Stored::Inline(bytes) => Member::Ready(decode_inline(bytes, artifacts, depth)?),
            kept if artifacts.contains(kept) => {
                Member::Held(Arc::new(HeldMember { member, artifacts: artifacts.clone() }))
            }
            gone => return Err(Missing::Gone { hash: gone.hash() }),
        });
    }
    Ok(Value::List(Arc::new(List::new(members).named(names))))
}

fn decode_inline(bytes: &[u8], artifacts: &Artifacts, depth: u32) -> Result<Value, Missing> {
    let whole = unsqueezed(bytes).map_err(Missing::Unknown)?;
    decode_whole(whole.as_deref().unwrap_or(bytes), artifacts, depth)
}

struct KeptMember {
    stored: Stored,
    /// Of a member that is kept by itself.
    ty: Option<Type>,
}

type Members = (Vec<Arc<str>>, Vec<KeptMember>);

fn read_members(bytes: &mut &[u8]) -> Result<Members, CodecError> {
    let mut names = Vec::new();
    for _ in 0..count(bytes)? {
        names.push(text(bytes)?.into());
    }
    let mut members = Vec::new();
    for _ in 0..count(bytes)? {
        let stored = Stored::read(bytes).ok_or_else(|| wrong("a member is cut off"))?;
        let ty = match stored {
            Stored::Inline(_) => None,
            _ => Some(text(bytes)?.parse().map_err(|_| wrong("a member has no known type"))?),
        };
        members.push(KeptMember { stored, ty });
    }
    if bytes.is_empty() { Ok((names, members)) } else { Err(wrong("bytes are left over")) }
}

fn read_file(bytes: &mut &[u8]) -> Result<(String, String, Stored), CodecError> {
    let (name, media_type) = (text(bytes)?.to_owned(), text(bytes)?.to_owned());
    let content = Stored::read(bytes).ok_or_else(|| wrong("its content is cut off"))?;
    if bytes.is_empty() { Ok((name, media_type, content)) } else { Err(wrong("bytes are left over")) }
}

fn sized(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend((bytes.len() as u64).to_le_bytes());
    out.extend(bytes);
}

fn count(bytes: &mut &[u8]) -> Result<u64, CodecError> {
    take(bytes).map(u64::from_le_bytes).ok_or_else(|| wrong("bytes are missing"))
}

fn text<'a>(bytes: &mut &'a [u8]) -> Result<&'a str, CodecError> {
    let size = usize::try_from(count(bytes)?).unwrap_or(usize::MAX);
    let (text, rest) = bytes.split_at_checked(size).ok_or_else(|| wrong("bytes are missing"))?;
    *bytes = rest;
    std::str::from_utf8(text).map_err(|error| wrong(&error.to_string()))
}

fn cut_off() -> Missing {
    Missing::Unknown(wrong("bytes are missing"))
}

/// A kept value, read when it is asked for.
struct HeldMember {
    member: KeptMember,
    artifacts: Artifacts,
}

/// Returns a kept value that is read when it is asked for.
pub(super) fn held(stored: Stored, ty: Type, artifacts: &Artifacts) -> Arc<dyn Held> {
    Arc::new(HeldMember { member: KeptMember { stored, ty: Some(ty) }, artifacts: artifacts.clone() })
}

impl Held for HeldMember {
    fn read(&self) -> Result<Value, NodeError> {
        let read = self.artifacts.get(&self.member.stored);
        read.map_err(|missing| NodeError::because("a kept value cannot be had", &missing))
    }

    fn type_of(&self) -> Type {
        self.member.ty.clone().unwrap_or(Type::Any)
    }
}

impl fmt::Debug for HeldMember {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HeldMember({})", self.type_of())
    }
}
