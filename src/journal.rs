//! The journal of the run of this process: what the run is, written before anything happens in it.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use windlass_core::node::explain_io;
use windlass_core::plan::Plan;
use windlass_store::Workspace;
use windlass_store::journal::{Began, Call, Journal, Record};

use crate::exit::Trouble;

/// Returns a name that no other run has, and that later runs come behind.
pub fn new_name() -> String {
    format!("{:x}-{:x}", now_unix_ms(), std::process::id())
}

/// Begins the journal of a run; `None` where there is no workspace, which the user has been told.
///
/// # Errors
/// It cannot be written.
pub fn begin(
    workspace: &Workspace,
    name: &str,
    plan: &Plan,
    files: BTreeMap<PathBuf, Vec<u8>>,
) -> anyhow::Result<Option<Arc<Journal>>> {
    let refused = |error: io::Error| {
        let folder = workspace.home().unwrap_or(&plan.folder).join("runs");
        let error = explain_io("write", &folder.join(name), &error);
        let hint = "make room or give permission there, or name another folder with `--workspace DIR`";
        Trouble::store("the journal of the run cannot be begun").hint(hint).because(error)
    };
    let Some(journal) = workspace.runs().begin(name).map_err(refused)? else { return Ok(None) };
    write_head(&journal, name, plan, files).map_err(refused)?;
    Ok(Some(Arc::new(journal)))
}

fn write_head(journal: &Journal, name: &str, plan: &Plan, files: BTreeMap<PathBuf, Vec<u8>>) -> io::Result<()> {
    journal.append(&Record::Began(Box::new(began(name, plan))))?;
    for (path, content) in files {
        journal.append(&Record::GraphFile { path, content })?;
    }
    journal.commit_all()
}

fn began(name: &str, plan: &Plan) -> Began {
    let pins = plan.pins.iter().map(|pin| (pin.source.clone(), pin.hash.clone(), (*pin.listing).clone()));
    Began {
        run: name.to_owned(),
        unix_ms: now_unix_ms(),
        windlass: env!("CARGO_PKG_VERSION").to_owned(),
        host: host(),
        pid: std::process::id(),
        graph: plan.path.clone().unwrap_or_default(),
        call: call(plan),
        pins: pins.collect(),
        seed: Some(plan.seed),
        steps: plan.steps.iter().map(|step| step.name.clone()).collect(),
        matched: BTreeMap::new(),
    }
}

/// Returns how the program was called, without the secrets of the graph.
fn call(plan: &Plan) -> Call {
    let typed = std::env::args_os().skip(1);
    let args = typed.map(|arg| plan.secrets.hide(&arg.to_string_lossy()).into_owned());
    Call { folder: std::env::current_dir().unwrap_or_default(), args: args.collect() }
}

fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    name.trim().to_owned()
}

fn now_unix_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
