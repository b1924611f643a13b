//! The cost of a hop: many items of eight bytes through ten light nodes, beside the same items through ten tasks with raw
//! tokio channels between them, on as many threads.
//!
//! `cargo bench --bench hops` prints the nanoseconds of a hop of both, in alternating rounds, and the median of the ratios. It
//! ends with 1 where a hop costs more than twice as much as a send over a channel; `-- --items N --rounds N` changes the run.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use windlass_core::context::{Content, Files, IfExists, Saving};
use windlass_core::doc::{self, NoFiles};
use windlass_core::node::NodeError;
use windlass_core::plan::{Plan, Request, compile};
use windlass_core::problem::render;
use windlass_core::registry::Registry;
use windlass_runtime::{Engine, Machine, RunOptions};

/// How many light nodes an item goes through.
const NODES: u32 = 10;
/// Room on a channel, in messages.
const BOUND: usize = 64;
/// How many times as much as a send a hop may cost.
const ENOUGH: f64 = 2.0;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

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
    let mut ratios = Vec::new();
    for round in 1..=rounds {
        let (hop, send) = (hops(&engine, &plan, items)?, sends(items)?);
        let per = |took: Duration| took.as_nanos() as f64 / f64::from(items) / f64::from(NODES);
        let ratio = per(hop) / per(send);
        println!("round {round}: hop {:.0} ns, send {:.0} ns, ratio {ratio:.2}", per(hop), per(send));
        ratios.push(ratio);
    }
    ratios.sort_by(f64::total_cmp);
    let median = ratios[ratios.len() / 2];
    println!("median ratio {median:.2}");
    if median > ENOUGH { Err(format!("aimed for at most {ENOUGH}").into()) } else { Ok(()) }
}

/// Compiles a split and a row of light nodes behind it.
fn plan(items: u32) -> Result<Arc<Plan>> {
    let mut text = format!("windlass: 1\nnodes:\n  n0: {{ kind: fault.split, params: {{ count: {items} }} }}\n");
    for number in 1..=NODES {
        writeln!(text, "  n{number}: {{ kind: fault.add, inputs: {{ value: n{}.out }} }}", number - 1)?;
    }
    let registry = Registry::new([windlass_fault::pack()]).map_err(|problem| format!("{problem:?}"))?;
    let doc = doc::read("hops.yaml", text.as_bytes(), None).doc.ok_or("the graph cannot be read")?;
    let compiled = compile(&Request::new(&doc, &registry, &NoFiles));
    let problems: String = compiled.problems.iter().map(|problem| render(problem, false)).collect();
    Ok(Arc::new(compiled.plan.ok_or(problems)?))
}

fn hops(engine: &Engine, plan: &Arc<Plan>, items: u32) -> Result<Duration> {
    let began = Instant::now();
    let state = engine.start(plan.clone(), RunOptions::new("hops", Arc::new(Unwritten)))?.wait();
    let took = began.elapsed();
    let last = state.steps.last().ok_or("no step")?;
    if last.emitted == u64::from(items) { Ok(took) } else { Err(format!("{} items came through", last.emitted).into()) }
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

/// Files that are never written.
struct Unwritten;

impl Files for Unwritten {
    fn save<'a>(&'a self, _: &'a str, _: &'a Path, _: IfExists, _: &'a mut Content<'_>) -> Saving<'a> {
        Box::pin(async { Err(NodeError::new("nothing is written here")) })
    }

    fn abandon(&self) {}
}
