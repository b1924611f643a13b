//! What the bridge to ComfyUI costs beside posting by hand: the same prompts, each with a picture of its own, on the same server that
//! is none, in turns.
//!
//! `cargo bench --bench bridge` posts 100 prompts of 20 ms one after the other, each with a picture of about 1 MiB, and then has the
//! program run them from a graph; three rounds. It ends with 1 where a prompt costs over 5 ms more in the median round, or more
//! than 1.05 times as much goes over the wire.

use std::error::Error;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;
use windlass_comfy::exchange::OutputFile;
use windlass_comfy::server::{Order, new_id, wait};
use windlass_comfy::{Address, ApiWorkflow, Server};
use windlass_comfy_fake::{Fake, State};
use windlass_core::value::{Channels, Image, Samples};
use windlass_image::codecs::{Encode, Format, encode};

const PROMPTS: usize = 100;
const TAKES: Duration = Duration::from_millis(20);
/// A picture of this side takes about 1 MiB.
const SIDE: u32 = 590;
const ROUNDS: usize = 3;
const MOST_MORE_MS: f64 = 5.0;
const MOST_TIMES: f64 = 1.05;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What a round cost.
struct Cost {
    ms: f64,
    bytes: f64,
}

fn main() -> Result<()> {
    let (mut more, mut times) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let folder = tempfile::tempdir()?;
        prepare(folder.path(), round)?;
        let (hand, bridge) =
            (measure(|fake| by_hand(folder.path(), fake))?, measure(|fake| bridge(folder.path(), fake))?);
        println!(
            "round {}: a prompt takes {:.2} ms and {:.0} bytes by hand, {:.2} ms and {:.0} bytes over the bridge",
            round + 1,
            hand.ms,
            hand.bytes,
            bridge.ms,
            bridge.bytes
        );
        more.push(bridge.ms - hand.ms);
        times.push(bridge.bytes / hand.bytes);
    }
    let (more, times) = (median(more), median(times));
    println!(
        "a prompt costs {more:.2} ms more, at most {MOST_MORE_MS}; the transfer is {times:.3} times, at most {MOST_TIMES}"
    );
    if more > MOST_MORE_MS || times > MOST_TIMES {
        return Err("the bridge costs more than it may".into());
    }
    Ok(())
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

/// Does all prompts on a new server; returns what one of them cost.
fn measure(run: impl FnOnce(&Fake) -> Result<()>) -> Result<Cost> {
    let fake = Fake::on_a_thread(State::taking(TAKES));
    let began = Instant::now();
    run(&fake)?;
    let ms = began.elapsed().as_secs_f64() * 1e3;
    let ran = fake.state().ran.values().filter(|times| **times == 1).count();
    if ran != PROMPTS || fake.state().ran.len() != PROMPTS {
        return Err(format!("{ran} of {PROMPTS} prompts were executed once").into());
    }
    let bytes = fake.state().bytes as f64;
    Ok(Cost { ms: ms / PROMPTS as f64, bytes: bytes / PROMPTS as f64 })
}

fn workflow(file: &str, seed: usize) -> serde_json::Value {
    json!({
        "1": { "class_type": "Noise", "inputs": { "seed": seed } },
        "2": { "class_type": "SaveImage", "inputs": { "images": ["1", 0], "filename_prefix": "x" } },
        "3": { "class_type": "LoadImage", "inputs": { "image": file } },
        "4": { "class_type": "PreviewAny", "inputs": { "source": ["3", 0] } },
    })
}

/// Writes the pictures, the workflow, and the graph.
fn prepare(folder: &Path, round: usize) -> Result<()> {
    std::fs::create_dir(folder.join("files"))?;
    for number in 0..PROMPTS {
        let picture = noise((number + round * PROMPTS) as u64)?;
        std::fs::write(folder.join(format!("files/{number:03}.png")), picture)?;
    }
    std::fs::write(folder.join("flow.json"), workflow("example.png", 7).to_string())?;
    let graph = "windlass: 1\nnodes:\n  find: { kind: files.glob, params: { folder: files, pattern: \"*\" } }\n  make:\n    kind: comfy.workflow\n    params: { workflow: flow.json, give: files }\n    inputs: { loadimage: find.file }\n";
    Ok(std::fs::write(folder.join("graph.yaml"), graph)?)
}

/// Makes a picture that nothing can make smaller, by a generator of Marsaglia (2003).
fn noise(seed: u64) -> Result<Vec<u8>> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    let samples = (0..SIDE * SIDE * 3).map(|_| next()).collect();
    let image = Image::new(SIDE, SIDE, Channels::Rgb, Samples::U8(samples))?;
    Ok(encode(&image, Encode { format: Format::Png, quality: 80 })?.bytes)
}

/// Hands files over, posts, waits and fetches, one prompt after the other over one socket.
fn by_hand(folder: &Path, fake: &Fake) -> Result<()> {
    let server = Server::at(Address::read(&fake.address())?)?;
    let all = async {
        let mut socket = Some(server.socket().await?);
        for number in 0..PROMPTS {
            let name = format!("{number:03}.png");
            let named = server.upload(&name, std::fs::read(folder.join("files").join(&name))?).await?;
            let (id, prompt) = (new_id(), ApiWorkflow::of(&workflow(&named, number))?);
            let order = Order { id: &id, workflow: &prompt, outputs: &[] };
            let ended = server.run_over(&mut socket, order, &mut |_| {}).await?;
            for file in ended.files.iter().flat_map(|(_, files)| files) {
                fetch(&server, file, folder).await?;
            }
        }
        Result::Ok(())
    };
    wait(all)?
}

async fn fetch(server: &Server, file: &OutputFile, folder: &Path) -> Result<()> {
    let bytes = server.file(file, 64 << 20).await?;
    Ok(std::fs::write(folder.join(&file.name), bytes)?)
}

/// Runs the graph.
fn bridge(folder: &Path, fake: &Fake) -> Result<()> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_windlass"));
    command.current_dir(folder).args(["run", "graph.yaml"]).env("WINDLASS_COMFY", fake.address());
    let ran = command.output()?;
    if !ran.status.success() {
        return Err(format!("the run did not succeed: {}", String::from_utf8_lossy(&ran.stderr)).into());
    }
    Ok(())
}
