//! Who holds a lease, as it is told to others.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Longer names are cut.
const NAME_CHARS: usize = 100;

/// Somebody who holds a lease.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// What it calls itself: a run, or a person's window.
    pub name: String,
    /// The machine.
    pub host: String,
    /// The process on it.
    pub pid: u32,
    /// Which boot of the machine that is, where the system says so: no other machine and no other boot has the same.
    pub boot: Option<String>,
    /// Since when, in milliseconds since 1970-01-01 UTC, by its own clock.
    pub since_unix_ms: u64,
}

impl Holder {
    /// Returns this process.
    pub(super) fn here(name: &str, since_unix_ms: u64) -> Self {
        Self {
            name: name.chars().take(NAME_CHARS).collect(),
            host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
            pid: std::process::id(),
            boot: boot(),
            since_unix_ms,
        }
    }

    /// Returns whether it lives, or lived, in the present boot of this machine.
    pub(super) fn is_of_this_boot(&self) -> bool {
        self.boot.is_some() && self.boot == boot()
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self { pid: 0, .. } => f.write_str("somebody who does not say who it is"),
            Self { name, host, pid, .. } => write!(f, "`{name}` (process {pid} on {host})"),
        }
    }
}

fn boot() -> Option<String> {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().to_owned()).filter(|id| !id.is_empty())
}
