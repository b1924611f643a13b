//! The peak of a process's memory, as `/proc` tells it, so on Linux alone.

use crate::support::Result;

/// Returns the largest share of memory that this process has had so far, in bytes.
///
/// # Errors
/// It is not told here.
pub fn bytes() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no peak is told here")?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib << 10)
}
