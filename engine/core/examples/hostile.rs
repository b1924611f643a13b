//! Prints what reading hostile graph files costs: `cargo run --release -p windlass-core --example hostile`.
//!
//! Each file is read by a process of its own, so that the memory of one does not hide that of another.

#[path = "../tests/wrong/hostile.rs"]
mod hostile;

use std::process::Command;
use std::time::Instant;

fn main() -> std::io::Result<()> {
    match std::env::args().nth(1).and_then(|number| number.parse().ok()) {
        Some(number) => read_one(number),
        None => read_all()?,
    }
    Ok(())
}

/// Reads one file and prints milliseconds and KiB, the file itself included.
fn read_one(number: usize) {
    let Some(file) = hostile::files().into_iter().nth(number) else { return };
    let start = Instant::now();
    let read = windlass_core::doc::read(file.name, &file.bytes, None);
    let took_ms = start.elapsed().as_millis();
    let is_expected = read.problems.first().is_some_and(|problem| problem.code == file.code);
    let size_kib = file.bytes.len() / 1024;
    println!(
        "{took_ms} {} {size_kib} {} {}",
        peak_kib(),
        if is_expected { file.code } else { "NOT-REFUSED" },
        file.name
    );
}

/// Returns the most memory that the process ever had, 0 where the system does not tell.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

fn read_all() -> std::io::Result<()> {
    println!("{:>7} {:>9} {:>9}  code, file", "ms", "peak KiB", "file KiB");
    let (mut most_ms, mut most_kib) = (0, 0);
    for number in 0..hostile::files().len() {
        let output = Command::new(std::env::current_exe()?).arg(number.to_string()).output()?;
        let line = String::from_utf8_lossy(&output.stdout);
        let mut words = line.splitn(4, ' ');
        let mut figure = || words.next().and_then(|word| word.parse::<u64>().ok()).unwrap_or_default();
        let (ms, kib, file_kib) = (figure(), figure(), figure());
        print!("{ms:>7} {kib:>9} {file_kib:>9}  {}", words.next().unwrap_or("died\n"));
        (most_ms, most_kib) = (most_ms.max(ms), most_kib.max(kib));
    }
    println!("most: {most_ms} ms, {} MiB", most_kib / 1024);
    Ok(())
}
