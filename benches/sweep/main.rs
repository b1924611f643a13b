//! A sweep over a folder of pictures: how often each picture was opened, as the events of the run tell it.
//!
//! `cargo bench --bench sweep` makes 500 pictures and goes through four widths with the saved graph `sweep`. It ends with 1
//! unless each picture was opened once, and made smaller once for each width.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::process::Command;

use serde_json::Value as Json;
use windlass_core::value::{Channels, Image, Samples};
use windlass_image::codecs::{Encode, Format, encode};

const PICTURES: usize = 500;
const WIDTHS: [&str; 4] = ["16", "24", "32", "40"];

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let pictures = folder.path().join("pictures");
    std::fs::create_dir(&pictures)?;
    (0..PICTURES).try_for_each(|number| picture(&pictures, number))?;
    let events = events(folder.path(), &pictures)?;
    let (opened, made) = (firings(&events, "open"), firings(&events, "small"));
    let times = |counts: &BTreeMap<String, usize>| counts.values().sum::<usize>();
    println!(
        "{} pictures, {} widths: {} opened, {} times in all; {} made smaller, {} times in all",
        PICTURES,
        WIDTHS.len(),
        opened.len(),
        times(&opened),
        made.len(),
        times(&made)
    );
    let each =
        |counts: &BTreeMap<String, usize>, times| counts.len() == PICTURES && counts.values().all(|n| *n == times);
    if !each(&opened, 1) || !each(&made, WIDTHS.len()) {
        return Err("aimed for each picture opened once, and made smaller once for each width".into());
    }
    Ok(())
}

/// Makes a small picture of its own colour.
fn picture(folder: &Path, number: usize) -> Result<()> {
    const SIDE: u32 = 64;
    let colour = [number as u8, (number / 256) as u8 * 90, 128];
    let samples = colour.repeat((SIDE * SIDE) as usize);
    let image = Image::new(SIDE, SIDE, Channels::Rgb, Samples::U8(samples))?;
    let encoded = encode(&image, Encode { format: Format::Jpeg, quality: 80 })?;
    Ok(std::fs::write(folder.join(format!("{number:03}.jpg")), &encoded.bytes)?)
}

/// Runs the sweep and returns its events.
fn events(folder: &Path, pictures: &Path) -> Result<Vec<Json>> {
    let graph = Path::new(env!("CARGO_MANIFEST_DIR")).join("graphs/sweep.yaml");
    let mut command = Command::new(env!("CARGO_BIN_EXE_windlass"));
    command.arg("run").arg(graph).args(["--sweep", &format!("width={}", WIDTHS.join(",")), "--json"]);
    command.arg("--in").arg(format!("folder={}", pictures.display()));
    command.arg("--out").arg(folder.join("made")).arg("--workspace").arg(folder.join("workspace"));
    let ran = command.output()?;
    if !ran.status.success() {
        return Err(format!("the run did not succeed: {}", String::from_utf8_lossy(&ran.stderr)).into());
    }
    let lines = ran.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    Ok(lines.map(serde_json::from_slice).collect::<std::result::Result<_, _>>()?)
}

/// Returns how often a step fired for each item, by the item's name.
fn firings(events: &[Json], step: &str) -> BTreeMap<String, usize> {
    let steps = events.iter().find_map(|event| event["steps"].as_array());
    let id = steps.and_then(|steps| steps.iter().position(|info| info["name"] == step));
    let mut counts = BTreeMap::new();
    for event in
        events.iter().filter(|event| event["event"] == "firing" && event["step"].as_u64() == id.map(|id| id as u64))
    {
        *counts.entry(event["name"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
    }
    counts
}
