//! A run that is taken up again: its past, and how it was called.

use std::path::Path;
use std::sync::Arc;

use clap::Parser;
use windlass_core::plan::{Mode, Plan};
use windlass_core::problem::{Problem, Severity};
use windlass_core::registry::Registry;
use windlass_store::journal::Began;
use windlass_store::runs::Run;
use windlass_store::{Past, Workspace};

use crate::batch::Batch;
use crate::cli::{Cli, Command, Manner, RunArgs};
use crate::commands::shape;
use crate::exit::Trouble;
use crate::load::load_varying;
use crate::origin::{Origin, folder_of};
use crate::past::unreadable;
use crate::terminal::{err_line, printable};

/// A run that is taken up again.
#[derive(Clone)]
pub struct Earlier {
    /// What was done for it.
    pub past: Arc<Past>,
    /// What it is.
    pub began: Began,
    /// How it was called.
    pub call: RunArgs,
}

/// Reads what there is of a run to go on with, and says what of it is damaged.
///
/// # Errors
/// The journal cannot be read, says too little, or speaks of another place.
pub fn read(run: &Run) -> anyhow::Result<Earlier> {
    let (past, damage) = Past::read(run).map_err(|error| unreadable(run, &error))?;
    damage.iter().for_each(|damage| err_line(&format!("warning: {}", printable(damage))));
    let began = past.began().ok_or_else(|| nameless(run))?;
    if let Some(old) = began.retries.as_ref().filter(|_| !past.has_started()) {
        return Err(half_begun(run, old));
    }
    let folder = folder_of(&began.graph);
    if !folder.is_dir() {
        return Err(elsewhere(run, &folder));
    }
    Earlier::of(past)
}

impl Earlier {
    /// Makes out how a run was called.
    ///
    /// # Errors
    /// This program does not understand it, or a secret of it is not in the environment.
    pub fn of(past: Past) -> anyhow::Result<Self> {
        let began = past.began().cloned().unwrap_or_default();
        let call = called(&began)?;
        Ok(Self { past: Arc::new(past), began, call })
    }

    /// Plans the graph as the run did; `None` where this program makes something else of it.
    pub fn plan(&self, registry: &Registry) -> Option<Plan> {
        self.planned(registry).ok()
    }

    /// Plans the graph as the run did.
    ///
    /// # Errors
    /// Says why this program makes no plan of it.
    pub fn planned(&self, registry: &Registry) -> anyhow::Result<Plan> {
        let told = |problem: &Problem| anyhow::anyhow!("{}", problem.message);
        let origin = Origin::journal(self.clone());
        let registry = origin.pinned(registry.clone())?;
        let batch = Batch::read(&self.call, &origin).map_err(|problem| told(&problem))?;
        let changes = (&self.call.changes, &batch.columns());
        let loaded = load_varying(&self.call.graph, changes, Mode::Run, &registry, &origin);
        let error = loaded.problems.iter().find(|problem| problem.severity == Severity::Error);
        let mut plan = loaded.plan.ok_or_else(|| error.map_or_else(|| anyhow::anyhow!("it makes no plan"), told))?;
        shape(&mut plan, batch, &self.call).map_err(|problem| told(&problem))?;
        Ok(plan)
    }

    /// Returns what is to be run, as it was called, in the workspace that remembers it.
    #[cfg(feature = "window")]
    pub fn again(&self, workspace: &Workspace) -> RunArgs {
        self.asked(&self.call.manner, workspace)
    }

    /// Returns what is to be run: what was typed when the run began, carried out as is asked now.
    pub fn asked(&self, manner: &Manner, workspace: &Workspace) -> RunArgs {
        let mut manner = manner.clone().behind(&self.call.manner);
        manner.workspace = workspace.home().map(Path::to_owned);
        RunArgs { manner, dry_run: false, ..self.call.clone() }
    }
}

/// Returns the error of a command that takes a run up which another process works on.
pub fn goes_on(run: &Run) -> anyhow::Error {
    let who = match run.last_began() {
        Ok(Some(began)) => format!("process {} on {}", began.pid, began.host),
        Ok(None) | Err(_) => "another process".to_owned(),
    };
    Trouble::store(format!("the run `{}` goes on: {who} works on it", run.name)).into()
}

fn nameless(run: &Run) -> anyhow::Error {
    Trouble::store(format!("the journal of the run `{}` does not say any more what the run is", run.name))
        .hint("run the graph anew; files that this run wrote are known to be its own")
        .into()
}

/// Not all of what the old run had come to may have been handed over.
fn half_begun(run: &Run, old: &str) -> anyhow::Error {
    let message = format!("the run `{}` was killed before it could take over what the run `{old}` came to", run.name);
    Trouble::wrong(message).hint(format!("`windlass retry {old}` begins it again")).into()
}

fn elsewhere(run: &Run, folder: &Path) -> anyhow::Error {
    let message = format!("the folder of the graph of the run `{}` is not here: `{}`", run.name, folder.display());
    Trouble::wrong(message).hint("a run goes on where it began; run the graph anew elsewhere").into()
}

/// Reads the arguments of `windlass run`, as they stand behind the name of the program.
///
/// # Errors
/// They are none.
#[cfg(feature = "window")]
pub fn run_args(args: Vec<String>) -> anyhow::Result<RunArgs> {
    match Cli::try_parse_from(std::iter::once("windlass".to_owned()).chain(args)) {
        Ok(Cli { command: Command::Run(args) }) => Ok(*args),
        Ok(_) | Err(_) => Err(Trouble::wrong("the graph cannot be run by this name").into()),
    }
}

fn called(began: &Began) -> anyhow::Result<RunArgs> {
    let not_understood = || {
        let typed = began.call.args.join(" ");
        let message = format!("this program does not understand how the run was called: windlass {typed}");
        Trouble::wrong(message).hint(format!("it was begun with windlass {}", began.windlass))
    };
    let args = began.call.args.iter().map(|arg| with_secrets(arg)).collect::<anyhow::Result<Vec<_>>>()?;
    match Cli::try_parse_from(std::iter::once("windlass".to_owned()).chain(args)) {
        Ok(Cli { command: Command::Run(args) }) => Ok(*args),
        Ok(_) | Err(_) => Err(not_understood().into()),
    }
}

/// Puts secrets back that a journal never says.
fn with_secrets(arg: &str) -> anyhow::Result<String> {
    const HIDDEN: &str = "[secret ";
    let (mut text, mut rest) = (String::new(), arg);
    while let Some((before, behind)) = rest.split_once(HIDDEN) {
        let Some((name, after)) = behind.split_once(']') else { break };
        let secret = std::env::var(name).map_err(|_| {
            Trouble::wrong(format!("the run was called with the secret `{name}`, which is not in the environment now"))
                .hint("set it, and type the same again")
        })?;
        text.extend([before, secret.as_str()]);
        rest = after;
    }
    Ok(text + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_of_a_call_is_taken_from_the_environment_again() {
        assert_eq!(with_secrets("word=[1, 2]").unwrap(), "word=[1, 2]");
        assert_eq!(with_secrets("[secret half").unwrap(), "[secret half");
        let path = std::env::var("PATH").unwrap();
        assert_eq!(with_secrets("a[secret PATH]b").unwrap(), format!("a{path}b"));
        let error = with_secrets("key=[secret NOBODY_HAS_SET_THIS]").unwrap_err().to_string();
        assert!(error.contains("`NOBODY_HAS_SET_THIS`"), "{error}");
    }
}
