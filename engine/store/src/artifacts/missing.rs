//! Why a kept value cannot be had, or a value cannot be kept.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use blake3::Hash;
use windlass_core::value::CodecError;

/// Why a kept value cannot be had; whoever can make it again does, as if it had never been kept.
#[derive(Debug, thiserror::Error)]
pub enum Missing {
    /// It is not there.
    #[error("the kept value `{}` is not there", short(hash))]
    Gone {
        /// Hash of its bytes.
        hash: Hash,
    },
    /// Its bytes are not those that were kept. It was set aside where that was possible.
    #[error("the kept value `{}` is damaged, and is not used: `{}`", short(hash), path.display())]
    Damaged {
        /// Hash of the bytes that were kept.
        hash: Hash,
        /// The damaged file.
        path: PathBuf,
    },
    /// The disk refuses.
    #[error("the kept value `{}` cannot be read: `{}`", short(hash), path.display())]
    Unreadable {
        /// Hash of its bytes.
        hash: Hash,
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        cause: io::Error,
    },
    /// The bytes are whole, and this program cannot read them.
    #[error("a kept value cannot be read by this program")]
    Unknown(#[source] CodecError),
}

/// Why a value cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum CannotKeep {
    /// It cannot be made into bytes.
    #[error("the value cannot be kept")]
    Value(#[source] CodecError),
    /// A member of a list cannot be read.
    #[error("a member of the list cannot be read")]
    Member(#[source] windlass_core::node::NodeError),
    /// The disk refuses.
    #[error("cannot write to `{}`", path.display())]
    Disk {
        /// Where.
        path: PathBuf,
        /// Why not.
        #[source]
        cause: io::Error,
    },
}

impl CannotKeep {
    /// Returns whether it could be kept if there were room on the disk.
    pub fn is_disk_full(&self) -> bool {
        let full = [ErrorKind::StorageFull, ErrorKind::QuotaExceeded];
        matches!(self, Self::Disk { cause, .. } if full.contains(&cause.kind()))
    }

    /// Returns the error of the disk, where it is one.
    pub fn into_io(self) -> io::Error {
        match self {
            Self::Disk { cause, .. } => cause,
            other => io::Error::other(other),
        }
    }

    pub(super) fn disk(path: &Path, cause: io::Error) -> Self {
        Self::Disk { path: path.to_owned(), cause }
    }
}

fn short(hash: &Hash) -> String {
    hash.to_hex()[..16].to_owned()
}
