//! The start page: graphs that were opened lately, templates, and samples. What it shows is looked up beside the window.

mod drawn;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};

use egui::Context;

pub use drawn::start_ui;

use crate::document::Document;
use crate::host::{Host, Template};
use crate::recent;

/// Samples that are shown at most.
const MOST_SAMPLES: usize = 40;
/// Folders above the current one that are searched for samples.
const MOST_ABOVE: usize = 4;
/// The folder that samples lie in.
const SAMPLES: &str = "graphs";

/// The start page while it is shown.
pub struct Start {
    found: Found,
    coming: Receiver<Found>,
    templates: Vec<Template>,
    /// Whether something on it has had the focus, so that keys work from the beginning.
    is_focused: bool,
}

/// What was looked up.
#[derive(Default)]
struct Found {
    recent: Vec<Known>,
    samples: Vec<Known>,
}

/// A graph file that the page offers.
struct Known {
    path: PathBuf,
    title: String,
    more: String,
    is_there: bool,
}

impl Start {
    /// Opens it, and begins to look up what it shows.
    pub fn new(host: &Arc<dyn Host>, ctx: &Context) -> Self {
        let (tell, coming) = sync_channel(1);
        let (file, wake) = (host.recent_file(), ctx.clone());
        let look_up = move || {
            // Who has closed the page meanwhile wants no answer.
            drop(tell.send(Found { recent: lately(&file), samples: samples() }));
            wake.request_repaint();
        };
        // Without the thread the page shows templates alone.
        drop(std::thread::Builder::new().name("start page".into()).spawn(look_up));
        Self { found: Found::default(), coming, templates: host.templates(), is_focused: false }
    }

    /// Takes over what was looked up.
    pub fn look(&mut self) {
        if let Ok(found) = self.coming.try_recv() {
            self.found = found;
        }
    }

    /// Returns a template.
    pub fn template(&self, at: usize) -> Option<&Template> {
        self.templates.get(at)
    }

    /// Names a graph no more.
    pub fn forget(&mut self, path: &Path) {
        self.found.recent.retain(|known| known.path != path);
    }
}

fn lately(file: &Path) -> Vec<Known> {
    let known = |path: PathBuf| {
        let title = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let more = path.parent().map(|folder| folder.display().to_string()).unwrap_or_default();
        let is_there = path.is_file();
        Known { path, title, more, is_there }
    };
    recent::read(file).into_iter().map(known).collect()
}

/// Returns the graphs of the nearest folder with samples, from the current one upwards.
fn samples() -> Vec<Known> {
    let Ok(here) = std::env::current_dir() else { return Vec::new() };
    let of_folder = |folder: &Path| {
        let entries = std::fs::read_dir(folder.join(SAMPLES)).into_iter().flatten().flatten();
        let mut paths: Vec<_> = entries.map(|entry| entry.path()).filter(|path| is_graph(path)).collect();
        paths.sort();
        paths.into_iter().take(MOST_SAMPLES).filter_map(sample).collect::<Vec<_>>()
    };
    let above = here.ancestors().take(MOST_ABOVE + 1).map(of_folder);
    above.into_iter().find(|found| !found.is_empty()).unwrap_or_default()
}

fn is_graph(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "yaml" || end == "yml") && path.is_file()
}

fn sample(path: PathBuf) -> Option<Known> {
    let document = Document::open(&path).ok()?;
    let title = document.doc().name.clone().unwrap_or_else(|| document.title());
    let more = document.doc().description.clone().unwrap_or_default();
    Some(Known { path, title, more, is_there: true })
}
