//! A folder of pictures, decoded, scaled and encoded: Windlass against a plain rayon program with the same codecs.
//!
//! `cargo bench --bench pictures` makes 2,000 JPEGs of 1024 by 1024 pixels, lets the programs work on them in alternating
//! rounds, and prints every rate, the medians of the ratios, and the peak memory for 200 and for all. Beside the plain program
//! there is one that calls the functions of the nodes without the engine: its ratio is what the engine itself costs.
//! It ends with 1 where the ratio to either is below 0.95, or where memory grows with the number of pictures.

mod make;
mod measure;
mod plain;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

use plain::Program;

/// The lowest ratio of rates that is good enough.
const ENOUGH: f64 = 0.95;
/// How much more memory all pictures may take than the first few.
const FLAT: f64 = 1.2;
/// How often memory is measured; the largest peak counts.
const MEMORY_RUNS: usize = 3;
/// How many pictures the smaller folder has.
const FEW: usize = 200;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What the caller asks for: `--folder DIR --pictures N --rounds N`.
struct Args {
    folder: PathBuf,
    pictures: usize,
    rounds: usize,
}

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    if let [flag, from, to] = &args[..]
        && let Some(program) = Program::of(flag)
    {
        return program.run(Path::new(from), Path::new(to));
    }
    let args = Args::read(&args)?;
    let pictures = make::folders(&args.folder, args.pictures, FEW)?;
    if args.out().exists() {
        std::fs::remove_dir_all(args.out())?;
    }
    std::fs::create_dir_all(args.out())?;
    println!("{} pictures of {:.0} kB each", args.pictures, pictures.mean_bytes / 1000.0);
    let [plain, bare] = rates(&args, &pictures.all)?;
    let growth = memory(&args, &pictures)?;
    let aims = [
        (plain >= ENOUGH, format!("{plain:.3} of the rate of the plain program, aimed for {ENOUGH}")),
        (bare >= ENOUGH, format!("{bare:.3} of the rate of the functions without the engine, aimed for {ENOUGH}")),
        (growth <= FLAT, format!("memory grows by {growth:.3}, aimed for {FLAT} at most")),
    ];
    let missed: Vec<_> = aims.into_iter().filter(|(is_reached, _)| !is_reached).map(|(_, figure)| figure).collect();
    if missed.is_empty() { Ok(()) } else { Err(format!("missed: {}", missed.join("; ")).into()) }
}

impl Args {
    fn read(args: &[String]) -> Result<Self> {
        let folder = std::env::temp_dir().join("windlass-bench-pictures");
        let mut read = Self { folder, pictures: 2000, rounds: 5 };
        for pair in args.chunks(2) {
            match pair {
                [flag, value] if flag == "--folder" => read.folder = value.into(),
                [flag, value] if flag == "--pictures" => read.pictures = value.parse()?,
                [flag, value] if flag == "--rounds" => read.rounds = value.parse::<usize>()?.max(1),
                _ => return Err("flags are --folder DIR, --pictures N, --rounds N".into()),
            }
        }
        Ok(read)
    }

    /// Returns the folder that all runs write to, each into a folder of its own.
    fn out(&self) -> PathBuf {
        self.folder.join("out")
    }
}

/// Prints the rates of alternating rounds and returns the median ratios to the plain program and to the functions of the nodes.
fn rates(args: &Args, from: &Path) -> Result<[f64; 2]> {
    let mut ratios = [Vec::new(), Vec::new()];
    for round in 1..=args.rounds {
        let mut rates = [0.0; 3];
        // The order changes from round to round, because what a program leaves behind is found by the next.
        for turn in 0..rates.len() {
            let turn = if round % 2 == 0 { rates.len() - turn } else { turn };
            let which = (round + turn) % rates.len();
            let command = match which {
                0 => windlass(args, from)?,
                1 => rayon(args, from, Program::Plain)?,
                _ => rayon(args, from, Program::Bare)?,
            };
            rates[which] = args.pictures as f64 / measure::run(command)?.took.as_secs_f64();
        }
        let [windlass, plain, bare] = rates;
        println!(
            "round {round}: windlass {windlass:.1}/s, plain {plain:.1}/s, ratio {:.3}; without the engine {bare:.1}/s, ratio {:.3}",
            windlass / plain,
            windlass / bare
        );
        ratios[0].push(windlass / plain);
        ratios[1].push(windlass / bare);
    }
    let [plain, bare] = ratios.map(median);
    println!("median ratio {plain:.3}; to the same functions without the engine {bare:.3}");
    Ok([plain, bare])
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Prints the peak memory for few and for all pictures and returns how it grows.
fn memory(args: &Args, pictures: &make::Folders) -> Result<f64> {
    let peaks = |from: &Path| -> Result<f64> {
        let peaks = (0..MEMORY_RUNS).map(|_| Ok(measure::run(windlass(args, from)?)?.peak_mib));
        Ok(peaks.collect::<Result<Vec<_>>>()?.into_iter().fold(0.0, f64::max))
    };
    let (few, all) = (peaks(&pictures.few)?, peaks(&pictures.all)?);
    let baseline = measure::run(rayon(args, &pictures.all, Program::Plain)?)?.peak_mib;
    let growth = all / few;
    println!(
        "peak memory: windlass {few:.0} MiB for {FEW}, {all:.0} MiB for {}, growth {growth:.3}; plain {baseline:.0} MiB",
        args.pictures
    );
    Ok(growth)
}

/// Returns the command of the program under test, with an empty folder to write to, which is its workspace as well.
fn windlass(args: &Args, from: &Path) -> Result<Command> {
    let to = empty(args, "windlass")?;
    let graph = to.join("pictures.yaml");
    std::fs::write(&graph, include_str!("pictures.yaml"))?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_windlass"));
    let folder = format!("folder={}", from.display());
    command.arg("run").arg(graph).args(["--in", &folder, "--quiet", "--out"]).arg(to.join("out"));
    // A workspace further up would know the results of an earlier run.
    command.arg("--workspace").arg(to.join(".windlass"));
    Ok(command)
}

fn rayon(args: &Args, from: &Path, program: Program) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(program.flag()).arg(from).arg(empty(args, "plain")?);
    Ok(command)
}

/// Makes a folder to write to. What the run before has left to be written is on the disk when this returns, so that nobody's
/// writing counts as another's.
fn empty(args: &Args, name: &str) -> Result<PathBuf> {
    let folder = tempfile::Builder::new().prefix(name).tempdir_in(args.out())?.keep();
    rustix::fs::sync();
    Ok(folder)
}
