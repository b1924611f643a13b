//! The journal of the run of this process: what the run is, written before anything happens in it.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use windlass_core::node::explain_io;
use windlass_core::plan::Plan;
use windlass_store::Workspace;
use windlass_store::journal::{Began, Call, Journal, Record};

use crate::exit::Trouble;
use crate::origin::Origin;

/// Returns a name that no other run has, and that later runs come behind.
pub fn new_name() -> String {
    format!("{:x}-{:x}", now_unix_ms(), std::process::id())
}

/// What a journal keeps of what a run was made of.
pub struct Sources {
    /// The files of the graph and the tables of its rows, by their path as it stands in the journal.
    pub files: BTreeMap<PathBuf, Vec<u8>>,
    /// The files that matched each `--each name=GLOB`, as it was typed.
    pub matched: BTreeMap<String, Vec<PathBuf>>,
}

/// Begins a file of the journal of a run; `None` where there is no workspace, which the user has been told.
///
/// # Errors
/// It cannot be written, or another process works on the run.
pub fn begin(
    workspace: &Workspace,
    name: &str,
    plan: &Plan,
    sources: Sources,
    origin: &Origin,
) -> anyhow::Result<Option<Arc<Journal>>> {
    let refused = |error: io::Error| {
        if error.kind() == ErrorKind::ResourceBusy {
            return at_work(name);
        }
        let folder = workspace.home().unwrap_or(&plan.folder).join("runs");
        let error = explain_io("write", &folder.join(name), &error);
        let hint = "make room or give permission there, or name another folder with `--workspace DIR`";
        Trouble::store("the journal of the run cannot be begun").hint(hint).because(error)
    };
    let Some(journal) = workspace.runs().begin(name).map_err(refused)? else { return Ok(None) };
    if journal.number() != origin.past().map_or(0, |past| past.parts()) {
        // What it did is not in what was read of the run's past.
        return Err(at_work(name));
    }
    if let Some(past) = origin.past() {
        // Without a digest the next process that goes on reads all of the journal, which is as good, and slower.
        drop(past.keep_digest(&workspace.runs().of(&journal), &journal));
    }
    write_head(&journal, began(name, plan, &sources, origin), sources.files, origin).map_err(refused)?;
    Ok(Some(Arc::new(journal)))
}

fn at_work(name: &str) -> anyhow::Error {
    let hint = "`windlass runs` says how it stands";
    Trouble::store(format!("another process has begun to work on the run `{name}`")).hint(hint).into()
}

/// The files are kept once, by the process that began the run.
fn write_head(journal: &Journal, began: Began, files: BTreeMap<PathBuf, Vec<u8>>, origin: &Origin) -> io::Result<()> {
    journal.append(&Record::Began(Box::new(began)))?;
    for (path, content) in files.into_iter().filter(|_| origin.past().is_none()) {
        journal.append(&Record::GraphFile { path, content })?;
    }
    journal.commit_all()
}

fn began(name: &str, plan: &Plan, sources: &Sources, origin: &Origin) -> Began {
    let pins = plan.pins.iter().map(|pin| (pin.source.clone(), pin.hash.clone(), (*pin.listing).clone()));
    Began {
        run: name.to_owned(),
        unix_ms: now_unix_ms(),
        windlass: env!("CARGO_PKG_VERSION").to_owned(),
        host: host(),
        pid: std::process::id(),
        graph: plan.path.clone().unwrap_or_default(),
        call: without_secrets(origin.call(), plan),
        pins: pins.collect(),
        seed: Some(plan.seed),
        steps: plan.steps.iter().map(|step| step.name.clone()).collect(),
        retries: origin.retried().map(|(retried, _)| retried.run.clone()),
        matched: sources.matched.clone(),
    }
}

fn without_secrets(mut call: Call, plan: &Plan) -> Call {
    call.args.iter_mut().for_each(|arg| plan.secrets.hide_in(arg));
    call
}

fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    name.trim().to_owned()
}

/// Returns the time, in milliseconds since 1970-01-01 UTC.
pub fn now_unix_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
