//! Any value as bytes and back: the types of core by themselves, those of packs by their codec.
//!
//! The bytes are kept across versions of the program: what a tag means never changes.

use std::sync::Arc;

use super::table_bytes::{read_table, write_table};
use super::{CodecError, Codecs, Failure, File, FileContent, List, Member, Record, Value};

/// How deep lists may be nested in bytes that are read.
const MAX_DEPTH: u32 = 64;

const ABSENT: u8 = 0;
const BOOL: u8 = 1;
const INT: u8 = 2;
const FLOAT: u8 = 3;
const TEXT: u8 = 4;
const JSON: u8 = 5;
const PATH: u8 = 6;
const FILE_ON_DISK: u8 = 7;
const FILE_IN_MEMORY: u8 = 8;
const LIST: u8 = 9;
const RECORD: u8 = 10;
const FAILURE: u8 = 11;
const BY_CODEC: u8 = 12;
const NAMED_LIST: u8 = 13;
const TABLE: u8 = 14;

impl Codecs {
    /// Returns a value as bytes, for [`Codecs::unpack`] of the same program: each part with its length, numbers in
    /// little endian.
    ///
    /// # Errors
    /// No codec knows the type; a path is not Unicode; a member of a list cannot be read.
    pub fn pack(&self, value: &Value) -> Result<Vec<u8>, CodecError> {
        let mut bytes = Vec::new();
        self.write(value, &mut bytes)?;
        Ok(bytes)
    }

    /// Reads a value back.
    ///
    /// # Errors
    /// Refuses bytes that [`Codecs::pack`] cannot have written; never panics.
    pub fn unpack(&self, bytes: &[u8]) -> Result<Value, CodecError> {
        let mut reader = Reader { rest: bytes, depth: 0 };
        let value = self.read(&mut reader)?;
        if reader.rest.is_empty() { Ok(value) } else { Err(wrong("bytes are left over")) }
    }

    fn write(&self, value: &Value, out: &mut Vec<u8>) -> Result<(), CodecError> {
        match value {
            Value::Absent => out.push(ABSENT),
            Value::Bool(flag) => out.extend([BOOL, u8::from(*flag)]),
            Value::Int(int) => tagged(INT, &int.to_le_bytes(), out),
            Value::Float(float) => tagged(FLOAT, &float.to_le_bytes(), out),
            Value::Text(text) => part(TEXT, text.as_bytes(), out),
            Value::Json(json) => part(JSON, json.to_string().as_bytes(), out),
            Value::Path(path) => part(PATH, unicode(path)?, out),
            Value::File(file) => write_file(file, out)?,
            Value::List(list) => self.write_list(list, out)?,
            Value::Record(record) => {
                part(RECORD, record.name.as_bytes(), out);
                sized(record.fields.to_string().as_bytes(), out);
            }
            Value::Failure(failure) => {
                let json = serde_json::to_vec(&**failure).map_err(|error| wrong(&error.to_string()))?;
                part(FAILURE, &json, out);
            }
            Value::Table(table) => {
                out.push(TABLE);
                write_table(table, out);
            }
            Value::Image(_) | Value::Custom(_) => self.write_by_codec(value, out)?,
            Value::Lazy(lazy) => self.write(&lazy.read().map_err(|error| wrong(&error.to_string()))?, out)?,
        }
        Ok(())
    }

    fn write_list(&self, list: &List, out: &mut Vec<u8>) -> Result<(), CodecError> {
        let names = list.names();
        if names.is_empty() {
            out.push(LIST);
        } else {
            tagged(NAMED_LIST, &(names.len() as u64).to_le_bytes(), out);
            names.iter().for_each(|name| sized(name.as_bytes(), out));
        }
        out.extend((list.len() as u64).to_le_bytes());
        for member in list.members() {
            let value = member.read().map_err(|error| wrong(&error.to_string()))?;
            self.write(&value, out)?;
        }
        Ok(())
    }

    fn write_by_codec(&self, value: &Value, out: &mut Vec<u8>) -> Result<(), CodecError> {
        let name = value.type_of().to_string();
        let codec = self.get(&name).ok_or_else(|| no_codec(&name))?;
        part(BY_CODEC, name.as_bytes(), out);
        sized(&codec.encode(value)?, out);
        Ok(())
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<Value, CodecError> {
        Ok(match reader.byte()? {
            ABSENT => Value::Absent,
            BOOL => Value::Bool(reader.byte()? != 0),
            INT => Value::Int(i64::from_le_bytes(reader.array()?)),
            FLOAT => Value::Float(f64::from_le_bytes(reader.array()?)),
            TEXT => Value::text(reader.text()?),
            JSON => Value::Json(Arc::new(reader.json()?)),
            PATH => Value::path(reader.text()?),
            FILE_ON_DISK => reader.file_on_disk()?,
            FILE_IN_MEMORY => reader.file_in_memory()?,
            LIST => self.read_list(reader, Vec::new())?,
            NAMED_LIST => {
                let names = reader.names()?;
                self.read_list(reader, names)?
            }
            RECORD => Value::Record(Arc::new(Record { name: reader.text()?.into(), fields: reader.json()? })),
            FAILURE => Value::Failure(Arc::new(reader.json::<Failure>()?)),
            TABLE => Value::Table(Arc::new(read_table(reader)?)),
            BY_CODEC => self.read_by_codec(reader)?,
            other => return Err(wrong(&format!("no value begins with {other}"))),
        })
    }

    fn read_list(&self, reader: &mut Reader<'_>, names: Vec<Arc<str>>) -> Result<Value, CodecError> {
        let count = u64::from_le_bytes(reader.array()?);
        reader.depth += 1;
        if reader.depth > MAX_DEPTH {
            return Err(wrong("lists are nested too deep"));
        }
        let mut members = Vec::new();
        for _ in 0..count {
            members.push(Member::Ready(self.read(reader)?));
        }
        reader.depth -= 1;
        Ok(Value::List(Arc::new(List::new(members).named(names))))
    }

    fn read_by_codec(&self, reader: &mut Reader<'_>) -> Result<Value, CodecError> {
        let name = reader.text()?;
        self.get(name).ok_or_else(|| no_codec(name))?.decode(reader.sized()?)
    }
}

fn write_file(file: &File, out: &mut Vec<u8>) -> Result<(), CodecError> {
    let (tag, content) = match &file.content {
        FileContent::Path(path) => (FILE_ON_DISK, unicode(path)?),
        FileContent::Bytes(bytes) => (FILE_IN_MEMORY, &**bytes),
    };
    part(tag, file.name.as_bytes(), out);
    sized(file.media_type.as_bytes(), out);
    sized(content, out);
    Ok(())
}

fn unicode(path: &std::path::Path) -> Result<&[u8], CodecError> {
    path.to_str().map(str::as_bytes).ok_or_else(|| wrong("a path is not Unicode"))
}

fn tagged(tag: u8, bytes: &[u8], out: &mut Vec<u8>) {
    out.push(tag);
    out.extend(bytes);
}

fn part(tag: u8, bytes: &[u8], out: &mut Vec<u8>) {
    out.push(tag);
    sized(bytes, out);
}

pub(super) fn sized(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend((bytes.len() as u64).to_le_bytes());
    out.extend(bytes);
}

pub(super) struct Reader<'a> {
    rest: &'a [u8],
    depth: u32,
}

impl<'a> Reader<'a> {
    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], CodecError> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or_else(|| wrong("bytes are missing"))?;
        self.rest = rest;
        Ok(taken)
    }

    pub(super) fn byte(&mut self) -> Result<u8, CodecError> {
        Ok(self.take(1)?[0])
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], CodecError> {
        self.take(N)?.try_into().map_err(|_| wrong("bytes are missing"))
    }

    fn sized(&mut self) -> Result<&'a [u8], CodecError> {
        let size = u64::from_le_bytes(self.array()?);
        self.take(usize::try_from(size).map_err(|_| wrong("bytes are missing"))?)
    }

    pub(super) fn text(&mut self) -> Result<&'a str, CodecError> {
        std::str::from_utf8(self.sized()?).map_err(|error| wrong(&error.to_string()))
    }

    fn names(&mut self) -> Result<Vec<Arc<str>>, CodecError> {
        let count = u64::from_le_bytes(self.array()?);
        let mut names = Vec::new();
        for _ in 0..count {
            names.push(self.text()?.into());
        }
        Ok(names)
    }

    pub(super) fn json<T: serde::de::DeserializeOwned>(&mut self) -> Result<T, CodecError> {
        serde_json::from_slice(self.sized()?).map_err(|error| wrong(&error.to_string()))
    }

    fn file_on_disk(&mut self) -> Result<Value, CodecError> {
        let (name, media_type, path) = (self.text()?, self.text()?, self.text()?);
        Ok(Value::File(Arc::new(File::on_disk(path, name, media_type))))
    }

    fn file_in_memory(&mut self) -> Result<Value, CodecError> {
        let (name, media_type, bytes) = (self.text()?, self.text()?, self.sized()?);
        Ok(Value::File(Arc::new(File::in_memory(bytes, name, media_type))))
    }
}

pub(super) fn wrong(cause: &str) -> CodecError {
    CodecError { type_name: "value".into(), cause: cause.to_owned() }
}

fn no_codec(type_name: &str) -> CodecError {
    CodecError { type_name: type_name.to_owned(), cause: "its pack brings no codec".into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> Vec<Value> {
        let file = File::in_memory(*b"abc", "a.txt", "text/plain");
        let row = serde_json::json!({ "name": "Ada", "born": 1815 });
        vec![
            Value::Absent,
            Value::Bool(true),
            Value::Int(-7),
            Value::Float(f64::INFINITY),
            Value::text("ß"),
            Value::Json(Arc::new(row.clone())),
            Value::path("/a/b"),
            Value::File(Arc::new(file)),
            Value::File(Arc::new(File::on_disk("/x", "x", "image/png"))),
            Value::Record(Arc::new(Record { name: "Person".into(), fields: row })),
        ]
    }

    #[test]
    fn what_is_packed_is_unpacked_alike() {
        let codecs = Codecs::default();
        let list: List = values().into_iter().collect();
        let named = list.clone().named((0..list.len()).map(|at| format!("name {at}").into()).collect());
        for list in [list, named] {
            let list = Value::List(Arc::new(list));
            let bytes = codecs.pack(&list).unwrap();
            let again = codecs.unpack(&bytes).unwrap();
            assert_eq!(format!("{list:?}"), format!("{again:?}"));
        }
    }

    #[test]
    fn each_number_in_json_comes_back_to_the_last_bit() {
        let codecs = Codecs::default();
        let mut bits = 1_u64;
        for _ in 0..20_000 {
            bits = bits.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            let number = f64::from_bits(bits);
            let Some(json) = serde_json::Number::from_f64(number) else { continue };
            let value = Value::Json(Arc::new(json.into()));
            let again = codecs.unpack(&codecs.pack(&value).unwrap()).unwrap();
            assert!(matches!(&again, Value::Json(json) if json.as_f64().map(f64::to_bits) == Some(bits)), "{number}");
        }
    }

    #[test]
    fn every_cut_is_refused() {
        let codecs = Codecs::default();
        let bytes = codecs.pack(&Value::List(Arc::new(values().into_iter().collect()))).unwrap();
        for end in 0..bytes.len() {
            assert!(codecs.unpack(&bytes[..end]).is_err(), "cut at {end}");
        }
        assert!(codecs.unpack(&[LIST, 255, 255, 255, 255, 255, 255, 255, 255]).is_err());
    }
}
