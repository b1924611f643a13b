//! Many groups of rows, each row normalised by the mean of its own group: memory for few and for many groups, and how
//! many groups had been read when the first row was done.
//!
//! `cargo bench --bench phases` runs 500 and 10,000 groups of 100 rows. It ends with 1 where memory grows with the number
//! of groups, or where the first row had to wait until the last group was read.

#[path = "../pictures/measure.rs"]
mod measure;

use std::error::Error;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value as Json;

/// How much more memory many groups may take than few.
const FLAT: f64 = 1.2;
/// How many groups the smaller folder has.
const FEW: usize = 500;
const ROWS: usize = 100;
/// Positions in the plan.
const ROWS_STEP: u64 = 1;
const NORMAL_STEP: u64 = 4;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let groups = match &args[..] {
        [] => 10_000,
        [flag, groups] if flag == "--groups" => groups.parse()?,
        _ => return Err("the flag is --groups N".into()),
    };
    let folder = tempfile::tempdir()?;
    let (few, many) = (tables(folder.path(), "few", FEW)?, tables(folder.path(), "many", groups)?);
    let read = groups_read_before_the_first_row(folder.path(), &few)?;
    println!("{read} of {FEW} groups were read when the first row was done");
    let few = measure::run(windlass(folder.path(), &few)?)?;
    let many = measure::run(windlass(folder.path(), &many)?)?;
    let growth = many.peak_mib / few.peak_mib;
    println!(
        "{groups} groups of {ROWS} rows in {:.1} s; peak memory {:.0} MiB, {:.0} MiB for {FEW} groups, growth {growth:.3}",
        many.took.as_secs_f64(),
        many.peak_mib,
        few.peak_mib
    );
    if read >= FEW || growth > FLAT {
        return Err(format!("aimed for fewer than {FEW} groups and a growth of at most {FLAT}").into());
    }
    Ok(())
}

/// Writes a folder of tables.
fn tables(folder: &Path, name: &str, groups: usize) -> Result<PathBuf> {
    let to = folder.join(name);
    std::fs::create_dir(&to)?;
    for group in 0..groups {
        let rows: String = (0..ROWS).map(|row| format!("{}\n", 1 + (group * 31 + row * 17) % 97)).collect();
        std::fs::write(to.join(format!("{group:06}.csv")), format!("value\n{rows}"))?;
    }
    Ok(to)
}

/// Returns the command of the program under test.
fn windlass(folder: &Path, tables: &Path) -> Result<Command> {
    let graph = folder.join("groups.yaml");
    std::fs::write(&graph, include_str!("groups.yaml"))?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_windlass"));
    command.arg("run").arg(graph).args(["--in", &format!("folder={}", tables.display()), "--quiet"]);
    Ok(command)
}

/// Counts the groups whose last row was let out before the first row came to its end.
fn groups_read_before_the_first_row(folder: &Path, tables: &Path) -> Result<usize> {
    let mut child = windlass(folder, tables)?.arg("--json").stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let said = child.stdout.take().ok_or("the program says nothing")?;
    let (mut read, mut first) = (0, None);
    for line in BufReader::new(said).lines() {
        let event: Json = serde_json::from_str(&line?)?;
        match (event["event"].as_str(), event["step"].as_u64()) {
            (Some("group"), Some(ROWS_STEP)) => read += 1,
            (Some("done"), Some(NORMAL_STEP)) => drop(first.get_or_insert(read)),
            _ => {}
        }
    }
    if !child.wait()?.success() {
        return Err("the run did not succeed".into());
    }
    first.ok_or_else(|| "no row was normalised".into())
}
