//! The program is killed again and again at random moments in a batch, and goes on: each prompt is executed once by a server that
//! remembers it. `COMFY_KILLS`, `COMFY_ITEMS` and `SEED` change how often, how much, and the moments.

use std::process::Stdio;
use std::time::Duration;

use windlass_comfy_fake::State;

use super::faults::once;
use super::studio::{Studio, graph};

/// How long a prompt takes.
const TAKES: Duration = Duration::from_millis(15);

/// Returns a number of the environment, or the usual one.
pub fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |text| text.parse().unwrap())
}

/// Returns the numbers of a generator, one after the other (xorshift64, Marsaglia 2003).
fn below(state: &mut u64, end: u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state % end
}

/// Starts the run, or lets it go on, and kills it after a time; returns whether it had ended before.
fn killed(studio: &Studio, after: Duration) -> bool {
    let has_begun = studio.folder.path().join(".windlass/runs").read_dir().is_ok_and(|mut runs| runs.next().is_some());
    let args: &[&str] = if has_begun { &["resume"] } else { &["run", "graph.yaml"] };
    let mut child = studio.command(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(after);
    let has_ended = child.try_wait().unwrap().is_some();
    // One that has ended cannot be killed.
    let _ = child.kill();
    child.wait().unwrap();
    has_ended
}

/// Kills batches over seeds, as their graph makes them, until they were killed so often.
#[track_caller]
fn kill(kills: u64, items: u64, graph: &str) {
    let (mut left, mut seed) = (kills, number("SEED", 7));
    while left > 0 {
        let studio = Studio::new(vec![State::taking(TAKES), State::taking(TAKES)], items);
        std::fs::write(studio.folder.path().join("graph.yaml"), graph).unwrap();
        while left > 0 && !killed(&studio, Duration::from_millis(60 + below(&mut seed, 500))) {
            left -= 1;
        }
        let went_on = studio.windlass(&["resume"]);
        // What had come to its end cannot go on, and says so.
        assert!(matches!(went_on.code, Some(0 | 2)), "{went_on:?}");
        assert_eq!(studio.written(), once(items), "with {left} of {kills} kills to go");
        let mut executed = std::collections::BTreeMap::<u64, u32>::new();
        for fake in &studio.fakes {
            fake.state().made.iter().for_each(|(seed, times)| *executed.entry(*seed).or_default() += times);
        }
        let twice: Vec<_> = executed.iter().filter(|(_, times)| **times != 1).collect();
        assert!(twice.is_empty() && executed.len() as u64 == items, "executed not once: {twice:?}, {left} kills to go");
        println!("{items} prompts executed once each, {left} of {kills} kills to go");
    }
}

#[test]
fn a_batch_that_is_killed_at_random_moments_executes_each_prompt_once() {
    let items = number("COMFY_ITEMS", 40);
    kill(number("COMFY_KILLS", 5), items, &graph(items));
}

#[test]
fn islands_that_are_killed_at_random_moments_execute_each_prompt_once() {
    let items = number("COMFY_ITEMS", 40);
    let workflow =
        "make: { kind: comfy.workflow, params: { workflow: flow.json }, inputs: { noise_seed: each.value } }";
    let island = "make: { kind: comfy.Noise, inputs: { seed: each.value } }";
    let whole = graph(items);
    assert!(whole.contains(workflow) && whole.contains("make.saveimage"), "{whole}");
    let parts = whole.replace(workflow, island).replace("make.saveimage", "make.IMAGE");
    kill(number("COMFY_KILLS", 5).min(20), items, &parts);
}
