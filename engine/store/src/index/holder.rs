//! Who has the index open: a file that is held as long as it is so, and says who holds it.
//!
//! A holder that died holds nothing, on this machine or another: its lock went with it, whatever the file says.

use std::fmt;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::IndexError;
use crate::checked;
use crate::disk::{Open, RealDisk, StoreDisk, StoreFile};
use crate::layout::Layout;

/// A process that has the index open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The machine.
    pub host: String,
    /// The process on it.
    pub pid: u32,
    /// Since when, in seconds since 1970.
    pub since_s: u64,
}

/// The right to open the index; given back when it is dropped.
pub(super) struct Held(#[expect(dead_code, reason = "its lock is held as long as it is open")] Box<dyn StoreFile>);

/// Takes the right, or says who has it.
pub(super) fn take(layout: &Layout) -> Result<Held, IndexError> {
    let path = layout.index_holder();
    match RealDisk.open(&path, Open::Write) {
        Ok(file) => {
            // Who holds it is told as well as can be; the lock alone counts.
            drop(write(&*file, &Holder::here()));
            Ok(Held(file))
        }
        Err(error) if error.kind() == ErrorKind::WouldBlock => Err(IndexError::Held(read(&path))),
        Err(error) => Err(IndexError::Disk(path, error)),
    }
}

/// Returns who has the right, if anybody.
pub(super) fn of(layout: &Layout) -> io::Result<Option<Holder>> {
    let path = layout.index_holder();
    match RealDisk.is_held(&path) {
        Ok(true) => Ok(Some(read(&path))),
        Ok(false) => Ok(None),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn write(file: &dyn StoreFile, holder: &Holder) -> io::Result<()> {
    let text = checked::to_bytes(holder)?;
    file.set_size(0)?;
    file.write_at(&text, 0)
}

/// Reads who holds it; a file that is just being written says nothing.
fn read(path: &Path) -> Holder {
    let said = RealDisk.read(path).ok().and_then(|bytes| checked::from_bytes(&bytes));
    said.unwrap_or(Holder { host: "unknown".into(), pid: 0, since_s: 0 })
}

impl Holder {
    /// Returns this process.
    pub(crate) fn here() -> Self {
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { host, pid: std::process::id(), since_s: since.as_secs() }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pid == 0 {
            return f.write_str("which does not say who it is");
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let for_s = now.as_secs().saturating_sub(self.since_s);
        write!(f, "process {} on `{}`, for {for_s} s", self.pid, self.host)
    }
}
