//! What a file is like from outside, which tells it from what it was before without reading it.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use blake3::Hasher;

/// A change so short ago may not show in the time of the last change.
const MOMENT: Duration = Duration::from_secs(2);

/// What a file was like takes so many bytes.
const SEEN_BYTES: usize = 48;

/// Half a hash: a path takes more room, and this many bits are never the same by chance.
pub(crate) type Number = [u8; 16];

/// What tells a file from what it was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// In bytes.
    pub(crate) size: u64,
    /// Time of the last change, in nanoseconds since 1970.
    pub(crate) mtime_ns: i128,
    /// Its number on the disk.
    pub(crate) inode: u64,
    /// Time of the last change of its entry, which no program can choose, in nanoseconds since 1970.
    pub(crate) ctime_ns: i128,
}

impl Seen {
    /// Returns what a file is like.
    pub(crate) fn of(metadata: &Metadata) -> Self {
        let nanos = |seconds: i64, nanos: i64| i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
        let mtime_ns = nanos(metadata.mtime(), metadata.mtime_nsec());
        let ctime_ns = nanos(metadata.ctime(), metadata.ctime_nsec());
        Self { size: metadata.len(), mtime_ns, inode: metadata.ino(), ctime_ns }
    }

    /// Returns it as it is kept: four numbers one after the other, little-endian.
    pub(crate) fn to_bytes(self) -> [u8; SEEN_BYTES] {
        let mut bytes = [0; SEEN_BYTES];
        bytes[..8].copy_from_slice(&self.size.to_le_bytes());
        bytes[8..24].copy_from_slice(&self.mtime_ns.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.inode.to_le_bytes());
        bytes[32..].copy_from_slice(&self.ctime_ns.to_le_bytes());
        bytes
    }

    /// Reads what [`Seen::to_bytes`] gave.
    pub(crate) fn from_bytes(bytes: [u8; SEEN_BYTES]) -> Self {
        let (mut size, mut mtime_ns, mut inode, mut ctime_ns) = ([0; 8], [0; 16], [0; 8], [0; 16]);
        size.copy_from_slice(&bytes[..8]);
        mtime_ns.copy_from_slice(&bytes[8..24]);
        inode.copy_from_slice(&bytes[24..32]);
        ctime_ns.copy_from_slice(&bytes[32..]);
        Self {
            size: u64::from_le_bytes(size),
            mtime_ns: i128::from_le_bytes(mtime_ns),
            inode: u64::from_le_bytes(inode),
            ctime_ns: i128::from_le_bytes(ctime_ns),
        }
    }

    /// Returns what stands for a file that is like this.
    pub(crate) fn number(self, path: &Path) -> Number {
        let mut hasher = Hasher::new();
        hasher.update(&self.to_bytes()).update(path.as_os_str().as_encoded_bytes());
        let mut number = Number::default();
        hasher.finalize_xof().fill(&mut number);
        number
    }

    /// Returns whether a change from now on would show.
    pub(crate) fn is_settled(&self) -> bool {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i128::try_from(now.saturating_sub(MOMENT).as_nanos()).is_ok_and(|past| self.mtime_ns < past)
    }
}
