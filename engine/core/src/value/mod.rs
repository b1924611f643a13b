//! What an item carries: small data inline, media as shared memory.

mod bag;
mod codec;
mod convert;
pub mod difference;
mod failure;
mod file;
mod image;
mod json;
mod lazy;
mod list;
mod packed;
mod summary;
mod table;
mod table_bytes;

use std::path::Path;
use std::sync::Arc;

pub use bag::{Bag, Constants};
pub use codec::{Codec, CodecError, Codecs};
pub use convert::{FromValue, HasType, IntoValue, unread_members};
pub use failure::{Attempt, Failure};
pub use file::{File, FileContent};
pub use image::{AlphaMode, Channels, Image, ImageError, SampleType, Samples};
pub use lazy::Lazy;
pub use list::{Collected, Held, List, Member};
pub use table::{Cells, Column, Table, TableError};

use crate::types::Type;

/// One value on a wire. Cloning is cheap: everything large is shared.
#[derive(Clone, Debug)]
pub enum Value {
    /// The value of a `T?` that is not there.
    Absent,
    /// `bool`.
    Bool(bool),
    /// `int`.
    Int(i64),
    /// `float`; may be any IEEE 754 double.
    Float(f64),
    /// `text`.
    Text(Arc<str>),
    /// `json`: any JSON value.
    Json(Arc<serde_json::Value>),
    /// `path`: absolute once a run has begun.
    Path(Arc<Path>),
    /// `file`, `audio`, `video`: content with a name and a media type.
    File(Arc<File>),
    /// `image`: decoded samples.
    Image(Arc<Image>),
    /// `table`: named columns in memory.
    Table(Arc<Table>),
    /// `list<T>`.
    List(Arc<List>),
    /// What an `error` port gives.
    Failure(Arc<Failure>),
    /// A record of a domain, by the name of its type.
    Record(Arc<Record>),
    /// A value of a type that a pack brings.
    Custom(Arc<dyn Custom>),
    /// A large value with what stands for it, which the engine makes and takes apart.
    Lazy(Arc<Lazy>),
}

/// A record of a domain: JSON that keeps to the schema published under its name.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Name of the type, `Transcript`.
    pub name: Arc<str>,
    /// The fields.
    pub fields: serde_json::Value,
}

/// A value of a type that core does not know; its pack registers a [`Codec`] for it.
pub trait Custom: std::fmt::Debug + Send + Sync + 'static {
    /// Returns the name of the type, as a graph writes it.
    fn type_name(&self) -> &str;
    /// Returns the memory that the value holds, in bytes.
    fn size_bytes(&self) -> u64;
    /// Returns the value itself, for its own pack to take apart.
    fn as_any(&self) -> &(dyn std::any::Any + Send + Sync);
}

impl Value {
    /// Returns the narrowest type without ranges that the value has.
    pub fn type_of(&self) -> Type {
        match self {
            Self::Absent => Type::Absent,
            Self::Bool(_) => Type::Bool,
            Self::Int(_) => Type::int(),
            Self::Float(_) => Type::float(),
            Self::Text(_) => Type::text(),
            Self::Json(_) => Type::Json,
            Self::Path(_) => Type::Path,
            Self::File(file) => file.type_of(),
            Self::Image(_) => Type::Image,
            Self::Table(_) => Type::Table,
            Self::List(list) => list.type_of(),
            Self::Failure(_) => Type::Failure,
            Self::Record(record) => Type::Named(record.name.clone()),
            Self::Custom(value) => Type::named(value.type_name()),
            Self::Lazy(lazy) => lazy.type_of().clone(),
        }
    }

    /// Returns the memory that the value holds in bytes, shared parts counted in full.
    pub fn size_bytes(&self) -> u64 {
        let inline = size_of::<Self>() as u64;
        inline
            + match self {
                Self::Text(text) => text.len() as u64,
                Self::Path(path) => path.as_os_str().len() as u64,
                Self::Json(json) => json::size_bytes(json),
                Self::Record(record) => json::size_bytes(&record.fields),
                Self::File(file) => file.size_in_memory_bytes(),
                Self::Image(image) => image.size_bytes(),
                Self::Table(table) => table.size_bytes(),
                Self::List(list) => list.size_bytes(),
                Self::Failure(failure) => failure.size_bytes(),
                Self::Custom(value) => value.size_bytes(),
                Self::Lazy(lazy) => lazy.size_bytes(),
                Self::Absent | Self::Bool(_) | Self::Int(_) | Self::Float(_) => 0,
            }
    }

    /// Returns the memory that the value takes where it is in memory, in bytes.
    pub fn whole_bytes(&self) -> u64 {
        match self {
            Self::Lazy(lazy) => lazy.whole_bytes(),
            value => value.size_bytes(),
        }
    }

    /// Returns the value in a few words, at most 80 characters: `image 640×480 rgb8`, `file a.jpg image/jpeg`.
    pub fn summary(&self) -> String {
        summary::summary(self)
    }

    /// Returns a text value.
    pub fn text(text: impl AsRef<str>) -> Self {
        Self::Text(text.as_ref().into())
    }

    /// Returns a path value.
    pub fn path(path: impl AsRef<Path>) -> Self {
        Self::Path(path.as_ref().into())
    }
}
