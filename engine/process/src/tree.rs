//! The processes that a guard has below it: who they are, what they use, and how to end them.

use std::fs;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, kill_process, wait};

/// How long killed processes may take to vanish. Only ones that the kernel holds take any time worth speaking of.
pub(crate) const DYING: Duration = Duration::from_secs(5);

/// Names of processes that are told at most.
const NAMED: usize = 3;

/// Returns all living processes below this one. They come from the kernel's own list of children, process by process,
/// so that a process that changed its session or its group is found too.
pub(crate) fn descendants() -> Vec<Pid> {
    let mut found = Vec::new();
    let mut next = vec![rustix::process::getpid()];
    while let Some(pid) = next.pop() {
        for child in children(pid) {
            // A process may be moved up to the guard while it is looked at, and would be seen twice.
            if !found.contains(&child) {
                found.push(child);
                next.push(child);
            }
        }
    }
    found
}

fn children(pid: Pid) -> Vec<Pid> {
    let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else { return Vec::new() };
    let lists = tasks.flatten().filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    let numbers = |list: String| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<i32>>();
    lists.flat_map(numbers).filter_map(Pid::from_raw).collect()
}

/// Returns whether processes use more memory than `limit_bytes` together. Pages that they share are counted once, but
/// only where a first, quick count says that it may be too much.
pub(crate) fn use_more_than(pids: &[Pid], limit_bytes: u64) -> bool {
    let sum = |of: fn(Pid) -> Option<u64>| pids.iter().filter_map(|pid| of(*pid)).sum::<u64>();
    sum(resident_bytes) > limit_bytes && sum(own_bytes) > limit_bytes
}

fn resident_bytes(pid: Pid) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/statm")).ok()?;
    let pages: u64 = text.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}

fn own_bytes(pid: Pid) -> Option<u64> {
    let Ok(text) = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")) else { return resident_bytes(pid) };
    let kilobytes = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<u64>().ok()
    };
    Some((kilobytes("Pss:")? + kilobytes("SwapPss:").unwrap_or(0)) * 1024)
}

/// Returns the names of processes, for people.
pub(crate) fn names(pids: &[Pid]) -> String {
    let name = |pid: &Pid| fs::read_to_string(format!("/proc/{pid}/comm")).ok();
    let named = pids.iter().take(NAMED).filter_map(name).map(|name| format!("`{}`", name.trim_end()));
    let mut names: Vec<_> = named.collect();
    let more = pids.len().saturating_sub(NAMED);
    names.extend((more > 0).then(|| format!("{more} more")));
    names.join(", ")
}

/// Ends all processes below this one; returns whether they are gone.
pub(crate) fn kill_all() -> bool {
    let began = Instant::now();
    freeze_all();
    while began.elapsed() < DYING {
        for pid in descendants() {
            // One that is gone meanwhile needs no killing.
            let _ = kill_process(pid, Signal::KILL);
        }
        if reap_all(|_, _| ()) {
            return true;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    false
}

/// Stops all processes first, so that none can start another while they are killed one by one.
fn freeze_all() {
    let mut frozen = Vec::new();
    loop {
        let awake: Vec<_> = descendants().into_iter().filter(|pid| !frozen.contains(pid)).collect();
        if awake.is_empty() || frozen.len() > 100_000 {
            return;
        }
        for pid in awake {
            let _ = kill_process(pid, Signal::STOP);
            frozen.push(pid);
        }
    }
}

/// Takes note of all that have ended; returns whether there are no children any more.
pub(crate) fn reap_all(mut ended: impl FnMut(Pid, WaitStatus)) -> bool {
    loop {
        match wait(WaitOptions::NOHANG) {
            Ok(Some((pid, status))) => ended(pid, status),
            Ok(None) => return false,
            Err(error) => return error == rustix::io::Errno::CHILD,
        }
    }
}
