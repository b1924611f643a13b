//! The cost of a hop: many items of eight bytes through ten light nodes, fused and each for itself, beside the same items
//! through ten tasks with raw tokio channels between them, on as many threads.
//!
//! `cargo bench --bench hops` prints the nanoseconds of a hop of all three, in alternating rounds, and the medians of the
//! ratios. It ends with 1 where a hop costs more than twice as much as a send over a channel, or a quarter of it where the
//! nodes are fused; `-- --items N --rounds N` changes the run.

mod support;

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use support::{Result, Unwritten};
use tokio::sync::mpsc;
use windlass_core::plan::Plan;
use windlass_runtime::{Engine, Machine, RunOptions};

/// How many light nodes an item goes through.
const NODES: u32 = 10;
/// Room on a channel, in messages.
const BOUND: usize = 64;
/// How many times as much as a send a hop may cost.
const ENOUGH: f64 = 2.0;
/// The same where the nodes are fused.
const ENOUGH_FUSED: f64 = 0.25;

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let (mut items, mut rounds) = (1_000_000, 5);
    for pair in args.chunks(2) {
        match pair {
            [flag, value] if flag == "--items" => items = value.parse::<u32>()?.max(1),
            [flag, value] if flag == "--rounds" => rounds = value.parse::<u32>()?.max(1),
            _ => return Err("flags are --items N, --rounds N".into()),
        }
    }
    let engine = Engine::new(Machine { cores: 2, memory_bytes: 64 << 20, devices: Vec::new() })?;
    let plan = plan(items)?;
    let (mut unfused, mut fused) = (Vec::new(), Vec::new());
    for round in 1..=rounds {
        let all = [hops(&engine, &plan, items, false)?, hops(&engine, &plan, items, true)?, sends(items)?];
        let [hop, fused_hop, send] = all.map(|took| took.as_nanos() as f64 / f64::from(items) / f64::from(NODES));
        println!("round {round}: hop {hop:.0} ns, fused {fused_hop:.0} ns, send {send:.0} ns");
        unfused.push(hop / send);
        fused.push(fused_hop / send);
    }
    let are_good = [judge("hop", unfused, ENOUGH), judge("fused hop", fused, ENOUGH_FUSED)];
    if are_good.contains(&false) { Err("a hop costs too much".into()) } else { Ok(()) }
}

/// Prints the median of ratios beside the aim, and returns whether it is reached.
fn judge(what: &str, mut ratios: Vec<f64>, enough: f64) -> bool {
    ratios.sort_by(f64::total_cmp);
    let median = ratios[ratios.len() / 2];
    println!("{what}: {median:.2} sends, aimed for at most {enough}");
    median <= enough
}

/// Compiles a split and a row of light nodes behind it.
fn plan(items: u32) -> Result<Arc<Plan>> {
    let mut text = format!("windlass: 1\nnodes:\n  n0: {{ kind: fault.split, params: {{ count: {items} }} }}\n");
    for number in 1..=NODES {
        writeln!(text, "  n{number}: {{ kind: fault.next, inputs: {{ value: n{}.out }} }}", number - 1)?;
    }
    support::plan(&text, [windlass_fault::pack()])
}

fn hops(engine: &Engine, plan: &Arc<Plan>, items: u32, fuses: bool) -> Result<Duration> {
    let began = Instant::now();
    let options = RunOptions { fuses, ..RunOptions::new("hops", Arc::new(Unwritten)) };
    let state = engine.start(plan.clone(), options)?.wait();
    let took = began.elapsed();
    let last = state.steps.last().ok_or("no step")?;
    if last.emitted == u64::from(items) {
        Ok(took)
    } else {
        Err(format!("{} items came through: {:?}", last.emitted, state.ended).into())
    }
}

/// Sends the items over as many channels as there are light nodes, a task between each two.
fn sends(items: u32) -> Result<Duration> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build()?;
    let began = Instant::now();
    let came = runtime.block_on(async {
        let (first, mut last) = mpsc::channel::<i64>(BOUND);
        runtime.spawn(async move {
            for item in 0..items {
                let _ = first.send(i64::from(item)).await;
            }
        });
        for _ in 1..NODES {
            let (to, from) = mpsc::channel(BOUND);
            let mut before = std::mem::replace(&mut last, from);
            runtime.spawn(async move {
                while let Some(item) = before.recv().await {
                    let _ = to.send(item).await;
                }
            });
        }
        let count = runtime.spawn(async move {
            let mut count = 0;
            while last.recv().await.is_some() {
                count += 1;
            }
            count
        });
        count.await
    })?;
    if came == items { Ok(began.elapsed()) } else { Err(format!("{came} items came through").into()) }
}
