//! Servers that are none, to try things out without ComfyUI: `windlass-comfy-fake 3 100` starts three of which each prompt takes
//! 100 ms, prints their addresses with commas between them, and runs until its input ends.

use std::io::Read;
use std::time::Duration;

use windlass_comfy_fake::{Fake, State};

fn main() {
    let numbers: Vec<u64> = std::env::args().skip(1).filter_map(|number| number.parse().ok()).collect();
    let (count, takes) = (numbers.first().copied().unwrap_or(1), numbers.get(1).copied().unwrap_or(100));
    let start = |_| Fake::on_a_thread(State::taking(Duration::from_millis(takes)));
    let fakes: Vec<Fake> = (0..count).map(start).collect();
    println!("{}", fakes.iter().map(Fake::address).collect::<Vec<_>>().join(","));
    // Who started it ends it by closing its input.
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}
