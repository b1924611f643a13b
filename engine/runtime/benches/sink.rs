//! The memory of many items through a sink that is slow: a source that could make them all at once, a light node, and a
//! node that waits for a millisecond, with 64 slots.
//!
//! `cargo bench --bench sink` prints the peak of memory after a tenth of the items and at the end, and ends with 1 where it
//! is too high or grows; `-- --items N` changes the run. The peak is read from `/proc`, on Linux alone.

mod peak;
mod support;

use std::sync::Arc;
use std::time::Duration;

use support::{Result, Unwritten, plan};
use windlass_runtime::{Engine, Machine, Run, RunOptions};

/// Memory that is enough, in bytes.
const ENOUGH: u64 = 150 << 20;
/// How many times the peak of the first tenth the whole may need: the same, but for what an allocator rounds up.
const FLAT: f64 = 1.1;
/// How often the run is looked at.
const LOOK: Duration = Duration::from_millis(20);

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let items = match &args[..] {
        [] => 1_000_000,
        [flag, value] if flag == "--items" => value.parse::<u64>()?.max(10),
        _ => return Err("the flag is --items N".into()),
    };
    let text = format!(
        "windlass: 1\nnodes:\n  source: {{ kind: fault.split, params: {{ count: {items} }} }}\n  \
         light: {{ kind: fault.next, inputs: {{ value: source.out }} }}\n  \
         sink: {{ kind: fault.wait, inputs: {{ value: light.out }}, params: {{ wait_ms: 1 }}, policy: {{ slots: 64 }} }}\n"
    );
    let engine = Engine::new(Machine { cores: 2, memory_bytes: 64 << 20, devices: Vec::new() })?;
    let run = engine.start(plan(&text, [windlass_fault::pack()])?, RunOptions::new("sink", Arc::new(Unwritten)))?;
    while emitted(&run) < items / 10 && run.state().ended.is_none() {
        std::thread::sleep(LOOK);
    }
    let tenth = peak::bytes()?;
    run.wait();
    let (whole, came) = (peak::bytes()?, emitted(&run));
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    println!("{came} items: peak {:.1} MiB after a tenth, {:.1} MiB at the end", mib(tenth), mib(whole));
    println!("aimed for at most {:.0} MiB, and at most {FLAT} times the tenth", mib(ENOUGH));
    let is_good = came == items && whole <= ENOUGH && whole as f64 <= tenth as f64 * FLAT;
    if is_good { Ok(()) } else { Err("the aim is missed".into()) }
}

fn emitted(run: &Run) -> u64 {
    run.state().steps.last().map_or(0, |step| step.emitted)
}
