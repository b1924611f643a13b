//! Random graphs against a sequential reference: nothing hangs, nothing is lost, doubled or wrong.
//!
//! `RANDOM_GRAPHS` says how many graphs, `SEED` where they start; a report names the seed that repeats its graph alone.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[cfg(feature = "sabotage")]
mod broken;
mod compare;
mod dice;
mod generate;
mod observe;
mod reference;
mod show;
mod sketch;
mod trial;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use trial::{Bench, Trial};

/// A run without events for so long counts as hung.
const PATIENCE: Duration = Duration::from_secs(60);

/// Graphs in the suite; `benches/random.sh` runs more.
const GRAPHS: u64 = 3_000;
/// Graphs that run side by side on one engine.
const AT_ONCE: usize = 4;
/// Reports that are worth reading.
const MOST_REPORTS: usize = 3;

#[test]
fn random_graphs_end_as_the_reference_says() {
    quiet_panics();
    let (first, count) = (number("SEED", 1), number("RANDOM_GRAPHS", GRAPHS));
    let bench = Bench::new(PATIENCE);
    let (next, items) = (AtomicU64::new(first), AtomicUsize::new(0));
    let reports = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while reports.lock().unwrap().len() < MOST_REPORTS {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed - first >= count {
                        break;
                    }
                    match bench.run(&generate::generate(seed), observe::options()) {
                        Trial::Right(count) => drop(items.fetch_add(count, Ordering::Relaxed)),
                        Trial::TooLarge => {}
                        Trial::Wrong(report) => reports.lock().unwrap().push(report),
                    }
                }
            });
        }
    });
    let reports = reports.into_inner().unwrap();
    assert!(reports.is_empty(), "{} graphs went wrong:\n{}", reports.len(), reports.join("\n"));
    let items = items.into_inner() as u64;
    assert!(items > count, "{items} items in {count} graphs tell nothing");
    println!("{count} graphs with {items} items from seed {first}");
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// Keeps the panics of the fault kit, which are many and meant, out of the output.
fn quiet_panics() {
    let loud = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let text = info.payload_as_str().unwrap_or_default();
        if !text.starts_with("fault kit:") {
            loud(info);
        }
    }));
}
