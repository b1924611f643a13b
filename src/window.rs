//! What the window is given by the program around it.

mod kept;
mod run;
mod taken;
mod templates;
#[cfg(test)]
mod tests;
mod told;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use windlass_core::registry::Registry;
use windlass_core::sections::Section;
use windlass_core::value::{Image, Value};
use windlass_editor::{Ask, Begun, Host, Inquiry, Refusal, Template};
use windlass_image::codecs::{Options, decode};
use windlass_runtime::Engine;
use windlass_store::runs::{Run, Runs};
use windlass_store::{Layout, Workspace, steering};

use crate::load::read_file;
use crate::machine::machine;
use crate::panics::Panics;
use crate::{commands, settings, steer};

/// The program around the window.
pub struct Studio {
    registry: Registry,
    panics: Panics,
    /// The workspace that the caller named.
    named: Option<PathBuf>,
    /// What the run did whose values were asked for last.
    past: kept::LastPast,
    /// Started with the first run.
    engine: Mutex<Option<Arc<Engine>>>,
}

impl Studio {
    /// Makes what the window is given.
    pub fn new(registry: Registry, named: Option<PathBuf>, panics: &Panics) -> Self {
        Self { registry, panics: panics.clone(), named, past: kept::LastPast::default(), engine: Mutex::default() }
    }

    /// Returns a place in the workspace of a graph, where there is one.
    fn of_workspace(&self, graph: Option<&Path>, place: fn(&Layout) -> PathBuf) -> Option<PathBuf> {
        let beside = graph.and_then(Path::parent)?;
        let found = Workspace::find_for_run(beside, self.named.as_deref()).ok().flatten()?;
        found.layout().map(place)
    }

    /// Returns the workspace of a graph, or of the current folder; none, where there is none yet.
    fn workspace(&self, graph: Option<&Path>) -> Result<Workspace, String> {
        let here = || std::env::current_dir().map_err(|_| "the current folder is gone".to_owned());
        let beside = graph.and_then(Path::parent).map_or_else(here, |beside| Ok(beside.to_owned()))?;
        let found = Workspace::find_for_run(&beside, self.named.as_deref());
        let found = found.map_err(|error| format!("{error}; {}", error.hint()))?;
        Ok(found.unwrap_or_else(Workspace::none))
    }

    fn engine(&self) -> anyhow::Result<Arc<Engine>> {
        let mut engine = self.engine.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(engine) = &*engine {
            return Ok(engine.clone());
        }
        let settings = settings::gather(None).settings;
        let jobs = settings.value("jobs").and_then(|jobs| u32::try_from(jobs).ok());
        let machine = machine(jobs, settings.value("memory"));
        let started = Engine::with_services(machine, self.registry.services());
        let started = Arc::new(started.context("cannot start the threads of the engine")?);
        *engine = Some(started.clone());
        Ok(started)
    }
}

impl Host for Studio {
    fn registry(&self) -> Registry {
        self.registry.clone()
    }

    fn load(&self, path: &Path) -> Result<Vec<u8>, String> {
        read_file(path).map_err(|error| error.causes().last().cloned().unwrap_or_default())
    }

    fn recovery_folder(&self, graph: Option<&Path>) -> PathBuf {
        self.of_workspace(graph, Layout::recovery).unwrap_or_else(|| of_person("recovery"))
    }

    fn window_file(&self, graph: Option<&Path>) -> PathBuf {
        self.of_workspace(graph, Layout::window).unwrap_or_else(|| of_person("window.json"))
    }

    fn recent_file(&self) -> PathBuf {
        of_person("recent.json")
    }

    fn templates(&self) -> Vec<Template> {
        templates::all()
    }

    fn act(&self, service: &str, action: &str) -> Result<(), String> {
        let engine = self.engine().map_err(|error| in_words(&error))?;
        let answer = engine.services().act(service, action).map_err(|error| error.to_string())?;
        let done = answer.blocking_recv().map_err(|_| "the service has ended".to_owned())?;
        done.map_err(|error| error.to_string())
    }

    fn picture(&self, bytes: &[u8]) -> Result<Image, String> {
        decode(bytes, &Options::default()).map(|decoded| decoded.image).map_err(|error| error.to_string())
    }

    fn runs(&self, graph: Option<&Path>) -> Result<Runs, String> {
        Ok(self.workspace(graph)?.runs())
    }

    fn steer(&self, run: &Run, what: steering::Ask) -> Result<(), String> {
        steer::ask(run, what).map(drop).map_err(|error| in_words(&error))
    }

    fn answer(&self, graph: Option<&Path>, run: &Run, item: (&str, &str), typed: &str) -> Result<(), String> {
        let workspace = self.workspace(graph)?;
        let home = workspace.home().ok_or("there is no workspace any more")?;
        commands::answered(home, &run.name, item, typed).map_err(|error| in_words(&error))
    }

    fn tell(&self, graph: Option<&Path>, about: &Inquiry) -> Result<Vec<Section>, String> {
        told::tell(&self.workspace(graph)?, about)
    }

    fn values(&self, graph: Option<&Path>, run: &str, item: (&str, &str)) -> Result<Vec<(String, Value)>, String> {
        self.past.values(&self.workspace(graph)?, self.registry.codecs(), run, item)
    }

    fn start(&self, ask: Ask) -> Result<Begun, Refusal> {
        run::start(self, ask)
    }
}

/// Returns an error with its causes, as one line.
fn in_words(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Returns a place in the folder of a person for what programs leave behind; a workspace is not made for edits alone.
fn of_person(name: &str) -> PathBuf {
    let var = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let state = var("XDG_STATE_HOME").or_else(|| Some(var("HOME")?.join(".local/state")));
    state.unwrap_or_else(std::env::temp_dir).join("windlass").join(name)
}
