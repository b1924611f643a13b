//! Runs a program to its end and takes its time and its peak memory (`VmHWM` of `proc(5)`, so on Linux alone).

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Result;

/// How often the memory of a running program is looked at. The peak never falls, so only the very end can be missed.
const EVERY: Duration = Duration::from_millis(10);

/// What one run of a program took.
pub struct Measured {
    /// From start to end.
    pub took: Duration,
    /// The most memory that it had resident.
    pub peak_mib: f64,
}

/// Runs a program that must succeed.
pub fn run(mut command: Command) -> Result<Measured> {
    let said = tempfile::NamedTempFile::new()?;
    let began = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(said.reopen()?).spawn()?;
    let mut peak_mib = 0.0;
    loop {
        peak_mib = peak(child.id()).unwrap_or(0.0).max(peak_mib);
        if let Some(status) = child.try_wait()? {
            let took = began.elapsed();
            if status.success() {
                return Ok(Measured { took, peak_mib });
            }
            return Err(format!("{status}: {}", std::fs::read_to_string(said.path())?).into());
        }
        std::thread::sleep(EVERY);
    }
}

fn peak(process: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}
