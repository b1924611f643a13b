//! Content with a name and a media type, on disk or in memory.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::types::Type;

/// A file: where it lies or what it holds, what it is called, what it is.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    /// Name relative to where it was found, with `/` between folders; `{stem}` and its like come from it.
    pub name: String,
    /// Media type, `image/jpeg`; `application/octet-stream` where unknown.
    pub media_type: String,
    /// The content.
    pub content: FileContent,
}

/// Where the bytes of a [`File`] are.
#[derive(Clone, Debug, PartialEq)]
pub enum FileContent {
    /// On disk, by absolute path.
    Path(PathBuf),
    /// In memory.
    Bytes(Arc<[u8]>),
}

impl File {
    /// Returns a file on disk. `name` is relative to the folder in which it was found.
    pub fn on_disk(path: impl Into<PathBuf>, name: impl Into<String>, media_type: impl Into<String>) -> Self {
        Self { name: name.into(), media_type: media_type.into(), content: FileContent::Path(path.into()) }
    }

    /// Returns a file in memory.
    pub fn in_memory(bytes: impl Into<Arc<[u8]>>, name: impl Into<String>, media_type: impl Into<String>) -> Self {
        Self { name: name.into(), media_type: media_type.into(), content: FileContent::Bytes(bytes.into()) }
    }

    /// Returns the path of a file on disk.
    pub fn path(&self) -> Option<&Path> {
        match &self.content {
            FileContent::Path(path) => Some(path),
            FileContent::Bytes(_) => None,
        }
    }

    /// Returns the type that the media type stands for: `audio`, `video`, else `file`.
    pub fn type_of(&self) -> Type {
        match self.media_type.split('/').next() {
            Some("audio") => Type::Audio,
            Some("video") => Type::Video,
            _ => Type::File,
        }
    }

    pub(super) fn size_in_memory_bytes(&self) -> u64 {
        let content = match &self.content {
            FileContent::Path(path) => path.as_os_str().len(),
            FileContent::Bytes(bytes) => bytes.len(),
        };
        (content + self.name.len() + self.media_type.len()) as u64
    }
}
