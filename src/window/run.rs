//! Running the graph of a window: the same way as `windlass run`, in the same workspace.

use std::sync::Arc;

use anyhow::Context;
use windlass_core::permission::Permissions;
use windlass_core::plan::Mode;
use windlass_core::problem::{Severity, render};
use windlass_core::registry::Registry;
use windlass_editor::{Ask, Begun, Refusal, Warned};
use windlass_runtime::{Engine, Peeks, Run, RunOptions, Watcher};
use windlass_store::settings::Gathered;
use windlass_store::{Settings, Workspace};

use crate::batch::Batch;
use crate::exit::without_workspace;
use crate::go::{Prepared, begin};
use crate::journal::{self, Sources};
use crate::load::{Loaded, load_varying};
use crate::origin::Origin;
use crate::warnings::Warnings;
use crate::window::{Studio, in_words};
use crate::{commands, earlier, grant, settings};

/// Starts a run.
pub fn start(studio: &Studio, ask: Ask) -> Result<Begun, Refusal> {
    let origin = Origin::window(ask.graph.clone(), ask.text.into_bytes());
    let args = earlier::run_args(origin.call().args).map_err(|error| said(&error))?;
    let registry = studio.registry.anew();
    let batch = Batch::read(&args, &origin).map_err(|problem| Refusal::Problems(vec![*problem]))?;
    let loaded = load_varying(&ask.graph, (&args.changes, &batch.columns()), Mode::Run, &registry, &origin);
    let Loaded { plan, problems, content, files } = loaded;
    let mut plan = plan.ok_or(Refusal::Problems(problems))?;
    studio.panics.hide(&plan.secrets);
    if let Some(node) = &ask.until {
        plan.until(node).map_err(|problem| Refusal::Problems(vec![*problem]))?;
    }
    commands::shape(&mut plan, batch, &args).map_err(|problem| Refusal::Problems(vec![*problem]))?;
    let opened = Workspace::for_run(&plan.folder, studio.named.as_deref());
    let opened = opened.map_err(|error| said(&without_workspace(error)))?;
    let warned = Warned::default();
    let warnings = Warnings::Gathered(warned.clone());
    opened.notices.iter().for_each(|notice| warnings.say(notice));
    let settings = settings_of(&opened.workspace, &warnings)?;
    let flags: Permissions = ask.granted.into_iter().collect();
    let mut granted = flags.clone();
    opened.workspace.grants().of(&content, &plan.permissions).iter().for_each(|known| granted.add(known.clone()));
    let missing: Vec<_> = granted.missing(&plan.permissions).into_iter().cloned().collect();
    if !missing.is_empty() {
        return Err(Refusal::Asks(missing));
    }
    grant::remember(&plan.permissions, &flags, &content, &opened.workspace, &warnings);
    let name = journal::new_name();
    let sources = Sources { files, matched: Default::default() };
    let journal = journal::begin(&opened.workspace, &name, &plan, sources, &origin).map_err(|error| said(&error))?;
    let cache_bytes = settings.value("cache_size");
    let prepared =
        Prepared { name, plan, opened, granted, journal, past: None, is_fresh: false, cache_bytes, warnings };
    let engine = studio.engine().map_err(|error| said(&error))?;
    go(prepared, &engine, &registry, (ask.watcher, ask.peeks))
        .map(|run| Begun { run, warned })
        .map_err(|error| said(&error))
}

/// Returns the settings; nothing runs with wrong ones, as on the command line.
fn settings_of(workspace: &Workspace, warnings: &Warnings) -> Result<Settings, Refusal> {
    let Gathered { settings, problems } = settings::gather(Some(workspace));
    let (wrong, rest): (Vec<_>, Vec<_>) = problems.into_iter().partition(|problem| problem.severity == Severity::Error);
    rest.iter().for_each(|problem| warnings.say(render(problem, false).trim_end()));
    if wrong.is_empty() { Ok(settings) } else { Err(Refusal::Problems(wrong)) }
}

fn go(
    prepared: Prepared,
    engine: &Arc<Engine>,
    registry: &Registry,
    (watcher, peeks): (Box<dyn Watcher>, Arc<Peeks>),
) -> anyhow::Result<Run> {
    let files = prepared.files();
    let going = begin(prepared, files, engine, registry, |options| RunOptions {
        watchers: std::iter::once(watcher).chain(options.watchers).collect(),
        peeks: Some(peeks),
        ..options
    })?;
    let run = going.run.clone();
    // The engine lives as long as any of its runs.
    let engine = engine.clone();
    let wait = move || {
        let _engine = engine;
        going.end();
    };
    std::thread::Builder::new().name("run".into()).spawn(wait).context("cannot start the thread that waits")?;
    Ok(run)
}

fn said(error: &anyhow::Error) -> Refusal {
    Refusal::Said(in_words(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_settings_keep_the_graph_from_running() {
        let folder = tempfile::tempdir().unwrap();
        let workspace = Workspace::for_run(folder.path(), None).unwrap().workspace;
        let warned = Warned::default();
        let settings = |text: &str| {
            std::fs::write(folder.path().join(".windlass/settings.toml"), text).unwrap();
            settings_of(&workspace, &Warnings::Gathered(warned.clone()))
        };
        assert!(matches!(settings("jobs = \"many\"\n"), Err(Refusal::Problems(problems)) if problems.len() == 1));
        assert!(warned.lock().unwrap().is_empty());
        assert!(settings("cache_size = \"1GiB\"\n").is_ok());
    }
}
