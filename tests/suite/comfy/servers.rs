//! A batch over three servers of which one dies and one is restarted: each picture is made and written once. `COMFY_PROMPTS` and
//! `COMFY_TAKES_MS` change how many, and how long each takes; the share of the servers' time that was used is printed.

use std::time::{Duration, Instant};

use windlass_comfy_fake::State;

use super::faults::once;
use super::kills::number;
use super::studio::Studio;
use crate::program::{start, wait_until};

/// How long the server is away that is restarted.
const AWAY: Duration = Duration::from_millis(300);

#[test]
fn of_three_servers_one_may_die_and_one_restart() {
    let (prompts, takes) = (number("COMFY_PROMPTS", 60), Duration::from_millis(number("COMFY_TAKES_MS", 20)));
    let studio = Studio::new(vec![State::taking(takes), State::taking(takes), State::taking(takes)], prompts);
    let made = |at: usize| studio.fakes[at].state().ran.len() as u64;
    let began = Instant::now();
    let running = start(studio.command(&["run", "graph.yaml"]));
    wait_until("a quarter of the prompts", || (0..3).all(|at| made(at) >= prompts / 12));
    studio.fakes[0].die();
    let died = began.elapsed();
    wait_until("more prompts", || made(1) >= prompts / 6);
    studio.fakes[1].restart(AWAY);
    running.wait().ends_with(0);
    let all = began.elapsed();
    assert_eq!(studio.written(), once(prompts));
    assert!(made(1) > prompts / 6, "the server that was restarted works again");
    println!("made by each: {:?}", [made(0), made(1), made(2)]);
    let alive = died + (all - AWAY) + all;
    // Timers of servers take a little longer than they are set to.
    let used = studio.fakes.iter().map(|fake| fake.state().worked.as_secs_f64()).sum::<f64>();
    println!(
        "{prompts} prompts of {takes:?} in {:.2} s: {:.2} server-seconds alive for {used:.2} s of work, {:.3} times",
        all.as_secs_f64(),
        alive.as_secs_f64(),
        alive.as_secs_f64() / used
    );
}
