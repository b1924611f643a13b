//! What the machine has, for the defaults of `--jobs` and `--memory`.

use std::fs;
use std::thread::available_parallelism;

use windlass_runtime::Machine;

/// Assumed where the system does not say what is available: small enough for any machine that builds this.
const UNKNOWN_AVAILABLE_BYTES: u64 = 4 << 30;
const LEAST_MEMORY_BYTES: u64 = 64 << 20;

/// Returns what the engine may use: all cores and half of the available memory where the caller does not say.
pub fn machine(jobs: Option<u32>, memory_bytes: Option<u64>) -> Machine {
    Machine {
        cores: jobs.unwrap_or_else(cores),
        memory_bytes: memory_bytes.unwrap_or_else(|| (available_bytes() / 2).max(LEAST_MEMORY_BYTES)),
        devices: Vec::new(),
    }
}

fn cores() -> u32 {
    available_parallelism().map_or(1, |cores| cores.get().try_into().unwrap_or(u32::MAX))
}

fn available_bytes() -> u64 {
    let free = fs::read_to_string("/proc/meminfo").ok().and_then(|text| meminfo_available_bytes(&text));
    let group = fs::read_to_string("/sys/fs/cgroup/memory.max").ok().and_then(|text| text.trim().parse().ok());
    free.into_iter().chain(group).min().unwrap_or(UNKNOWN_AVAILABLE_BYTES)
}

/// Reads `MemAvailable` out of the text of Linux' `/proc/meminfo`, which counts in KiB.
fn meminfo_available_bytes(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn available_memory_is_read() {
        let text = "MemTotal:       16307728 kB\nMemAvailable:    1024 kB\n";
        assert_eq!(meminfo_available_bytes(text), Some(1 << 20));
        assert_eq!(meminfo_available_bytes("MemAvailable: much\n"), None);
    }

    #[test]
    fn what_the_caller_says_counts() {
        let machine = machine(Some(3), Some(5));
        assert_eq!((machine.cores, machine.memory_bytes), (3, 5));
    }
}
