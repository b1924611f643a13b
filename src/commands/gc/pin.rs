//! `windlass gc --pin` and `--unpin`: what is kept whatever its age.

use windlass_core::node::explain_io;
use windlass_store::gc::Gc;
use windlass_store::pins::{Pin, Pins};
use windlass_store::{Workspace, runs::FindError};

use crate::cli::GcArgs;
use crate::exit::{Exit, Trouble};
use crate::past;
use crate::terminal;

/// A value is not named by fewer digits: a run may be called alike.
const LEAST_DIGITS: usize = 8;

/// Pins, and takes pins away.
///
/// # Errors
/// Nothing is called so, or the disk refuses.
pub fn run(args: &GcArgs, workspace: &Workspace, gc: &Gc) -> anyhow::Result<Exit> {
    let pins = workspace.pins();
    let mut told = String::new();
    for name in &args.pin {
        let pin = meant(name, workspace, gc)?;
        let is_new = pins.add(&pin).map_err(|error| refused(&pins, &error))?;
        told.push_str(&format!("{} {}\n", words(&pin), if is_new { "is pinned" } else { "was pinned already" }));
    }
    for name in &args.unpin {
        let all = pins.all().map_err(|error| refused(&pins, &error))?;
        let Some(pin) = all.into_iter().find(|pin| begins_with(pin, name)) else {
            return Err(Trouble::wrong(format!("no pin begins with `{name}`")).hint("`windlass gc` lists them").into());
        };
        pins.remove(&pin).map_err(|error| refused(&pins, &error))?;
        told.push_str(&format!("{} is not pinned any more\n", words(&pin)));
    }
    terminal::print(&told)?;
    Ok(Exit::Done)
}

/// Returns a pin in words.
pub fn words(pin: &Pin) -> String {
    match pin {
        Pin::Run(name) => format!("the run `{name}`"),
        Pin::Value(hash) => format!("the value `{}`", &hash.to_hex()[..16]),
    }
}

/// Returns what somebody means: a run, else a value.
fn meant(name: &str, workspace: &Workspace, gc: &Gc) -> anyhow::Result<Pin> {
    match workspace.runs().find(Some(name)) {
        Ok(run) => return Ok(Pin::Run(run.name)),
        Err(FindError::None(_) | FindError::Empty) if is_hash(name) => {}
        Err(_) => return past::find(&workspace.runs(), Some(name)).map(|run| Pin::Run(run.name)),
    }
    let found = gc.values_like(&name.to_lowercase()).map_err(super::explained)?;
    match &found.into_iter().collect::<Vec<_>>()[..] {
        [] => Err(Trouble::wrong(format!("no run is called `{name}`, and none names such a value"))
            .hint("`windlass runs` lists the runs")
            .into()),
        [hash] => Ok(Pin::Value((*hash).into())),
        several => Err(Trouble::wrong(format!("{} values begin with `{name}`", several.len()))
            .hint("write more of its digits")
            .into()),
    }
}

fn is_hash(name: &str) -> bool {
    name.len() >= LEAST_DIGITS && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn begins_with(pin: &Pin, name: &str) -> bool {
    match pin {
        Pin::Run(run) => run.starts_with(name),
        Pin::Value(hash) => is_hash(name) && hash.to_hex().starts_with(&*name.to_lowercase()),
    }
}

fn refused(pins: &Pins, error: &std::io::Error) -> anyhow::Error {
    let folder = pins.folder().unwrap_or(std::path::Path::new("."));
    Trouble::store("the pin cannot be changed").because(explain_io("write into", folder, error))
}
