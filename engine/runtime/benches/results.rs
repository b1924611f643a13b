//! What remembering costs: journal, values and index on a real disk, beside the same runs without them.
//!
//! | Measured | Aim |
//! | --- | --- |
//! | 100,000 items through ten light steps, for each firing | at most 20 µs |
//! | steps of 200 µs of work, beside the same run without a store | at most 1.1 times as long |
//! | 100,000 firings whose results are found | at most 2 s |
//! | a run of 100,000 items that was cut off half-way, until it fires its first new item | at most 1 s |
//! | opening an index with 1,000,000 results after a clean close, and after a kill | at most 200 ms, and 2 s |
//! | the memory of each such opening, in a process of its own | at most 400 MB |
//!
//! `cargo bench -p windlass-runtime --bench results` prints each figure, and the bytes on the disk for each item; it ends with 1
//! where an aim is missed. `-- --records N` changes the size of the index, `--rounds N` how often runs are compared, and `--only
//! index` measures the index alone. Memory is told on Linux alone.

mod peak;
mod support;

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use support::{Result, Unwritten};
use windlass_core::event::{Event, Outcome, RunState, What};
use windlass_core::plan::Plan;
use windlass_core::prelude::*;
use windlass_core::registry::Pack;
use windlass_core::value::Codecs;
use windlass_runtime::{Engine, Machine, Results, RunOptions, Watcher};
use windlass_store::file_hashes::FileHashes;
use windlass_store::journal::{Came, Record, Result as Firing};
use windlass_store::runs::Runs;
use windlass_store::{Artifacts, Cache, Layout, Past, RealDisk};

const ITEMS: u32 = 100_000;
const LIGHT: u32 = 10;
const WORKED: u32 = 5_000;
/// Results of the last half second before a kill: an index is brought to the disk that often.
const UNSEEN: u64 = 50_000;

/// Parameters.
#[derive(Params)]
struct WorkParams {
    /// How long it computes, in microseconds.
    #[param(default = 0)]
    busy_us: u64,
}

/// Inputs.
#[derive(Inputs)]
struct WorkIn {
    /// A number.
    value: i64,
}

/// Outputs.
#[derive(Outputs)]
struct WorkOut {
    /// The one that follows.
    out: i64,
}

/// Computes for a while.
struct Work;

impl Node for Work {
    type Params = WorkParams;
    type In = WorkIn;
    type Out = WorkOut;

    fn about() -> About {
        About::new("bench.work", "Work", "Computes for a while.").cpu()
    }

    fn open(_: &Statics) -> std::result::Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: WorkParams, inputs: WorkIn, _: &Ctx) -> std::result::Result<WorkOut, NodeError> {
        let began = Instant::now();
        while began.elapsed() < Duration::from_micros(params.busy_us) {
            std::hint::spin_loop();
        }
        Ok(WorkOut { out: inputs.value.wrapping_add(1) })
    }
}

/// A workspace on the disk.
struct Place {
    _folder: Option<tempfile::TempDir>,
    layout: Layout,
    runs: Runs,
}

impl Place {
    fn new() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let place = Self::at(folder.path());
        Ok(Self { _folder: Some(folder), ..place })
    }

    fn at(folder: &Path) -> Self {
        let layout = Layout::new(folder);
        let runs = Runs::new(Arc::new(RealDisk), Some(layout.runs()));
        Self { _folder: None, layout, runs }
    }

    /// Returns options for a run that remembers.
    fn options(&self, name: &str) -> Result<(RunOptions, Arc<Cache>)> {
        let past = self.runs.find(Some(name)).ok().map(|run| Past::read(&run)).transpose()?;
        let journal = self.runs.begin(name)?.ok_or("no journal")?;
        let cache = Arc::new(Cache::open(&self.layout, &self.runs)?.cache);
        let artifacts = Artifacts::open(Arc::new(RealDisk), &self.layout, Codecs::default());
        let files = Arc::new(FileHashes::with_cache(Some(cache.clone())));
        let results = Results { artifacts, files, cache: Some(cache.clone()), is_fresh: false };
        let past = past.map(|(past, _)| Arc::new(past));
        let journal = Some(Arc::new(journal));
        let options =
            RunOptions { journal, past, results: Some(results), ..RunOptions::new(name, Arc::new(Unwritten)) };
        Ok((options, cache))
    }

    /// Runs a plan to its end, and closes what it remembered in.
    fn run(&self, engine: &Engine, plan: &Arc<Plan>, name: &str) -> Result<(Duration, RunState)> {
        let began = Instant::now();
        let (options, cache) = self.options(name)?;
        let state = engine.start(plan.clone(), options)?.wait();
        cache.finish(&self.runs.find(Some(name)).map_err(|error| error.to_string())?)?;
        Ok((began.elapsed(), state))
    }

    fn bytes(&self) -> u64 {
        bytes_below(self.layout.home())
    }
}

fn bytes_below(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let size = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(it) if it.is_dir() => bytes_below(&entry.path()),
        Ok(it) => it.len(),
        Err(_) => 0,
    };
    entries.map(size).sum()
}

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let (mut records, mut rounds, mut is_index_alone) = (1_000_000, 5, false);
    for pair in args.chunks(2) {
        match pair {
            [flag, value] if flag == "--records" => records = value.parse::<u64>()?,
            [flag, value] if flag == "--rounds" => rounds = value.parse::<usize>()?.max(1),
            [flag, value] if flag == "--only" && value == "index" => is_index_alone = true,
            [flag, folder] if flag == "--open" => return open_here(Path::new(folder)),
            _ => return Err("flags are --records N, --rounds N, --only index".into()),
        }
    }
    if is_index_alone {
        return if opened(records)? { Ok(()) } else { Err("an index costs too much".into()) };
    }
    let engine = Engine::new(Machine { cores: 2, memory_bytes: 256 << 20, devices: Vec::new() })?;
    let all = [light(&engine)?, work(&engine, rounds)?, cached(&engine)?, resumed(&engine)?, opened(records)?];
    if all.contains(&false) { Err("remembering costs too much".into()) } else { Ok(()) }
}

fn plan(text: &str) -> Result<Arc<Plan>> {
    support::plan(text, [windlass_fault::pack(), Pack::new("bench").kind::<Work>()])
}

/// Returns a source, light steps behind it, and one that computes.
fn rows(items: u32, light: u32, busy_us: Option<u32>) -> Result<Arc<Plan>> {
    let mut text = format!("windlass: 1\nnodes:\n  n0: {{ kind: fault.split, params: {{ count: {items} }} }}\n");
    for number in 1..=light {
        writeln!(text, "  n{number}: {{ kind: fault.next, inputs: {{ value: n{}.out }} }}", number - 1)?;
    }
    if let Some(busy) = busy_us {
        writeln!(
            text,
            "  work: {{ kind: bench.work, params: {{ busy_us: {busy} }}, inputs: {{ value: n{light}.out }} }}"
        )?;
    }
    plan(&text)
}

/// Prints a figure beside its aim, and returns whether it is reached.
fn judge(what: &str, figure: f64, aim: f64, unit: &str) -> bool {
    println!("{what}: {figure:.2} {unit}, aimed for at most {aim}");
    figure <= aim
}

fn light(engine: &Engine) -> Result<bool> {
    let (place, plan) = (Place::new()?, rows(ITEMS, LIGHT, None)?);
    let plain = Instant::now();
    engine.start(plan.clone(), RunOptions::new("plain", Arc::new(Unwritten)))?.wait();
    let plain = plain.elapsed();
    let (took, _) = place.run(engine, &plan, "light")?;
    let firings = f64::from(ITEMS * LIGHT);
    println!("the same without a store: {:.2} µs a firing", plain.as_micros() as f64 / firings);
    println!("on the disk: {:.0} bytes an item", place.bytes() as f64 / f64::from(ITEMS));
    Ok(judge("ten light steps", took.as_micros() as f64 / firings, 20.0, "µs a firing"))
}

fn work(engine: &Engine, rounds: usize) -> Result<bool> {
    let plan = rows(WORKED, 0, Some(200))?;
    let mut ratios = Vec::new();
    for round in 1..=rounds {
        let began = Instant::now();
        engine.start(plan.clone(), RunOptions::new("plain", Arc::new(Unwritten)))?.wait();
        let plain = began.elapsed();
        let place = Place::new()?;
        let (took, _) = place.run(engine, &plan, "work")?;
        let ratio = took.as_secs_f64() / plain.as_secs_f64();
        let bytes = place.bytes() as f64 / f64::from(WORKED);
        println!(
            "round {round}: {} ms, plain {} ms, ratio {ratio:.3}; {bytes:.0} bytes an item on the disk",
            took.as_millis(),
            plain.as_millis()
        );
        ratios.push(ratio);
    }
    ratios.sort_by(f64::total_cmp);
    Ok(judge("steps of 200 µs", ratios[ratios.len() / 2], 1.1, "times the run without a store"))
}

fn cached(engine: &Engine) -> Result<bool> {
    let (place, plan) = (Place::new()?, rows(ITEMS, 0, Some(0))?);
    let (first, _) = place.run(engine, &plan, "a")?;
    let (took, state) = place.run(engine, &plan, "b")?;
    let found = state.steps.last().map_or(0, |step| step.recalled);
    println!("{found} of {ITEMS} firings were found; the first run took {} ms", first.as_millis());
    Ok(judge("found firings", took.as_secs_f64(), 2.0, "s") && found == u64::from(ITEMS))
}

/// Sees when the last step first fires.
struct FirstFiring {
    step: usize,
    began: Instant,
    fired: Arc<Mutex<Option<Duration>>>,
    done: Arc<AtomicU64>,
}

impl Watcher for FirstFiring {
    fn event(&mut self, event: &Event) {
        match event.what {
            What::Firing { step, .. } if step == self.step => {
                let mut fired = self.fired.lock().unwrap_or_else(PoisonError::into_inner);
                fired.get_or_insert(self.began.elapsed());
            }
            What::Done { step, .. } if step == self.step => drop(self.done.fetch_add(1, Ordering::Relaxed)),
            _ => {}
        }
    }

    fn wants_each_item(&self) -> bool {
        false
    }
}

fn resumed(engine: &Engine) -> Result<bool> {
    let (place, plan) = (Place::new()?, rows(ITEMS, LIGHT, Some(0))?);
    let step = plan.steps.len() - 1;
    let watch = || {
        let (fired, done) = (Arc::<Mutex<Option<Duration>>>::default(), Arc::<AtomicU64>::default());
        let watcher = FirstFiring { step, began: Instant::now(), fired: fired.clone(), done: done.clone() };
        (Box::new(watcher) as Box<dyn Watcher>, fired, done)
    };
    {
        let (options, _cache) = place.options("a")?;
        let (watcher, _, done) = watch();
        let run = engine.start(plan.clone(), RunOptions { watchers: vec![watcher], ..options })?;
        while done.load(Ordering::Relaxed) < u64::from(ITEMS) / 2 {
            std::thread::sleep(Duration::from_millis(1));
        }
        run.stop(Outcome::Interrupted, "half-way");
        run.wait();
    }
    // What is dropped with the run is dropped by its last thread.
    std::thread::sleep(Duration::from_millis(500));
    let (watcher, fired, _) = watch();
    let (options, _cache) = place.options("a")?;
    let state = engine.start(plan.clone(), RunOptions { watchers: vec![watcher], ..options })?.wait();
    let found = state.steps.last().map_or(0, |step| step.recalled);
    let fired = fired.lock().unwrap_or_else(PoisonError::into_inner).ok_or("nothing new was fired")?;
    println!("{found} of {ITEMS} results were found in the journal");
    Ok(judge("first new item", fired.as_secs_f64(), 1.0, "s"))
}

fn opened(records: u64) -> Result<bool> {
    let place = Place::new()?;
    write(&place, "a", 0..records)?;
    opened_apart(&place, "reading a journal of that many results that the index had not seen")?;
    opened_apart(&place, "the first opening after that")?;
    let clean = opened_apart(&place, "opening after a clean close")?;
    write(&place, "b", records..records + UNSEEN)?;
    // Who is killed leaves no marker of a clean shutdown, so that all of it is read.
    std::fs::remove_file(place.layout.index().join("clean"))?;
    let killed = opened_apart(&place, "opening after a kill")?;
    println!("on the disk: {:.0} bytes of index a result", bytes_below(&place.layout.index()) as f64 / records as f64);
    let judged = [
        judge(&format!("an index with {records} results"), clean.ms, 200.0, "ms"),
        judge("its memory", clean.megabytes, 400.0, "MB"),
        judge(&format!("the same, of which {UNSEEN} were not in it"), killed.ms / 1000.0, 2.0, "s"),
        judge("its memory", killed.megabytes, 400.0, "MB"),
    ];
    Ok(!judged.contains(&false))
}

/// What opening an index took.
struct Opening {
    ms: f64,
    /// The peak of the process that did it.
    megabytes: f64,
}

/// Opens the index in a process of its own, as `windlass` does.
fn opened_apart(place: &Place, what: &str) -> Result<Opening> {
    let said = Command::new(std::env::current_exe()?).arg("--open").arg(place.layout.home()).output()?;
    let text = String::from_utf8(said.stdout)?;
    let figures = text.split_whitespace().map(str::parse).collect::<std::result::Result<Vec<f64>, _>>()?;
    let [ms, peak] = figures[..] else {
        return Err(format!("the index was not opened: {}", String::from_utf8_lossy(&said.stderr)).into());
    };
    let megabytes = peak / 1e6;
    println!("{what}: {ms:.0} ms, {megabytes:.0} MB");
    Ok(Opening { ms, megabytes })
}

/// Opens the index in a folder, and prints the time in milliseconds and the peak of the memory in bytes.
fn open_here(folder: &Path) -> Result<()> {
    let place = Place::at(folder);
    let began = Instant::now();
    let _cache = Cache::open(&place.layout, &place.runs)?.cache;
    println!("{} {}", began.elapsed().as_secs_f64() * 1000.0, peak::bytes()?);
    Ok(())
}

/// Writes the journal of a run with these results.
fn write(place: &Place, run: &str, numbers: std::ops::Range<u64>) -> Result<()> {
    let journal = place.runs.begin(run)?.ok_or("no journal")?;
    for number in numbers {
        let fingerprint = *windlass_core::identity::of_parts("bench", &[&number.to_le_bytes()]).as_bytes();
        let (key, came) = (number.to_string(), Came::Gave(Vec::new()));
        let (inputs, wrote) = (Vec::new(), Vec::new());
        let result =
            Firing { step: 1, key, fingerprint: fingerprint.into(), inputs, took_us: 1, came, wrote, left: Vec::new() };
        journal.append(&Record::Result(result))?;
        if number % 10_000 == 0 {
            journal.commit_all()?;
        }
    }
    Ok(journal.commit_all()?)
}
