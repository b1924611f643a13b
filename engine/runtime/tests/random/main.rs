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
mod ordered;
mod pairs;
mod reference;
mod remember;
mod rows;
mod show;
mod sketch;
mod trial;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use windlass_runtime::RunOptions;

use generate::generate;
use observe::{Course, Happens, Tells};
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
    run_all(number("RANDOM_GRAPHS", GRAPHS), |_| (observe::options(), Course::straight(Tells::EachItem)));
}

#[test]
fn runs_whose_light_steps_are_counted_come_to_the_same_sums() {
    run_all(number("RANDOM_GRAPHS", GRAPHS) / 3, |_| (observe::options(), Course::straight(Tells::Sums)));
}

#[test]
fn runs_without_fused_steps_end_no_other_way() {
    let options = || RunOptions { fuses: false, ..observe::options() };
    run_all(number("RANDOM_GRAPHS", GRAPHS) / 4, |seed| (options(), Course::straight(tells(seed))));
}

#[test]
fn runs_that_are_paused_end_no_other_way() {
    let course = |seed| Course { happens: Happens::Pauses, tells: tells(seed) };
    run_all(number("RANDOM_GRAPHS", GRAPHS) / 4, |seed| (observe::options(), course(seed)));
}

#[test]
fn runs_that_are_stopped_end_and_did_nothing_wrong() {
    let after = |seed: u64| Duration::from_micros(seed % 40 * 50);
    let course = |seed| Course { happens: Happens::Stop(after(seed)), tells: tells(seed) };
    run_all(number("RANDOM_GRAPHS", GRAPHS) / 4, |seed| (observe::options(), course(seed)));
}

#[test]
fn runs_that_fail_fast_stop_at_the_first_failure() {
    let options = || RunOptions { fail_fast: Some(true), ..observe::options() };
    run_all(number("RANDOM_GRAPHS", GRAPHS) / 4, |seed| (options(), Course::straight(tells(seed))));
}

#[test]
fn runs_that_remember_end_no_other_way() {
    let options = || remember::Remembered::new().options();
    run_all(number("RANDOM_GRAPHS", GRAPHS) / 6, |seed| (options(), Course::straight(tells(seed))));
}

#[test]
fn runs_that_go_on_after_a_stop_come_to_the_same_end() {
    let after = |seed: u64| Duration::from_micros(seed % 40 * 100);
    let stopped = |seed| Course { happens: Happens::Stop(after(seed)), tells: Tells::EachItem };
    run_each(number("RANDOM_GRAPHS", GRAPHS) / 6, |bench, seed| {
        bench.resume(&generate(seed), stopped(seed), Course::straight(Tells::EachItem))
    });
}

/// Every second run tells of each item, the others count those of light steps.
fn tells(seed: u64) -> Tells {
    if seed.is_multiple_of(2) { Tells::EachItem } else { Tells::Sums }
}

/// Runs so many graphs, several side by side.
fn run_all(count: u64, how: impl Fn(u64) -> (RunOptions, Course) + Sync) {
    run_each(count, |bench, seed| {
        let (options, course) = how(seed);
        bench.run(&generate(seed), options, course)
    });
}

/// Tries so many graphs, several side by side.
fn run_each(count: u64, how: impl Fn(&Bench, u64) -> Trial + Sync) {
    quiet_panics();
    let first = number("SEED", 1);
    let (bench, items) = (Bench::new(PATIENCE), AtomicU64::new(0));
    let (next, reports) = (AtomicU64::new(first), Mutex::new(Vec::new()));
    let work = || {
        while reports.lock().unwrap().len() < MOST_REPORTS {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed - first >= count {
                break;
            }
            // A graph that makes the generator or the reference panic is to be found again too.
            let trial = catch_unwind(AssertUnwindSafe(|| how(&bench, seed)));
            match trial.unwrap_or_else(|_| Trial::Wrong(format!("seed {seed} made the test panic"))) {
                Trial::Right(count) => drop(items.fetch_add(count as u64, Ordering::Relaxed)),
                Trial::TooLarge => {}
                Trial::Wrong(report) => reports.lock().unwrap().push(report),
            }
        }
    };
    std::thread::scope(|scope| (0..AT_ONCE).for_each(|_| drop(scope.spawn(work))));
    let reports = reports.into_inner().unwrap();
    assert!(reports.is_empty(), "{} graphs went wrong:\n{}", reports.len(), reports.join("\n"));
    let items = items.into_inner();
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
