//! Asking for files: by the desktop's own dialog where it has one, else by a chooser of the window. The desktop is asked on a
//! thread of its own, for the answer takes as long as the person does.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::time::{Duration, Instant};

use egui::Context;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// What it is for.
    pub purpose: Purpose,
    /// Where the dialog begins.
    pub folder: PathBuf,
    /// A name that is proposed; may be empty.
    pub name: String,
}

/// What files are chosen for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A graph, to be opened.
    Open,
    /// A graph, to be written.
    Save,
    /// Files that become nodes.
    AddFiles,
    /// A folder that becomes a node.
    AddFolder,
    /// A file that runs are asked about.
    Trace,
}

impl Purpose {
    /// Returns what a dialog is called.
    pub fn title(self) -> &'static str {
        match self {
            Self::Open => "Open a graph",
            Self::Save => "Save the graph as",
            Self::AddFiles => "Add files",
            Self::AddFolder => "Add a folder",
            Self::Trace => "Choose a file that a run made or took",
        }
    }
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Picked {
    /// These were chosen.
    Paths(Vec<PathBuf>),
    /// Nothing was.
    Nothing,
    /// There is no such dialog on this desktop.
    NotThere,
}

/// Asks a person for files.
pub trait Picker: Send + Sync + 'static {
    /// Asks, and waits for the answer; never called where the window is drawn.
    fn pick(&self, wanted: &Wanted) -> Picked;
}

/// The dialog of the desktop: its portal, else `zenity`.
pub struct DesktopPicker;

/// Nobody sees a dialog and dismisses it in so short a time: where an answer comes sooner, there was none.
const TOO_SOON: Duration = Duration::from_millis(120);

impl Picker for DesktopPicker {
    fn pick(&self, wanted: &Wanted) -> Picked {
        let begun = Instant::now();
        let dialog = rfd::FileDialog::new().set_title(wanted.purpose.title()).set_directory(&wanted.folder);
        let graphs = || dialog.clone().add_filter("Graphs", &["yaml", "yml", "json"]);
        let picked = match wanted.purpose {
            Purpose::Open => graphs().pick_file().map(|path| vec![path]),
            Purpose::Save => graphs().set_file_name(&wanted.name).save_file().map(|path| vec![path]),
            Purpose::AddFiles => dialog.pick_files(),
            Purpose::Trace => dialog.pick_file().map(|path| vec![path]),
            Purpose::AddFolder => dialog.pick_folder().map(|path| vec![path]),
        };
        match picked.filter(|paths| !paths.is_empty()) {
            Some(paths) => Picked::Paths(paths),
            None if begun.elapsed() < TOO_SOON => Picked::NotThere,
            None => Picked::Nothing,
        }
    }
}

/// A dialog of the desktop that is open.
pub struct Waiting {
    /// What was asked for.
    pub wanted: Wanted,
    answer: Receiver<Picked>,
}

impl Waiting {
    /// Asks beside the window.
    pub fn start(picker: Arc<dyn Picker>, wanted: Wanted, ctx: &Context) -> Self {
        let (tell, answer) = sync_channel(1);
        let (asked, wake) = (wanted.clone(), ctx.clone());
        let ask = move || {
            // Who waits no longer wants no answer.
            drop(tell.send(picker.pick(&asked)));
            wake.request_repaint();
        };
        // Without the thread the channel is closed, which says the same as a desktop without a dialog.
        drop(std::thread::Builder::new().name("file dialog".into()).spawn(ask));
        Self { wanted, answer }
    }

    /// Returns the answer, once there is one.
    pub fn look(&self) -> Option<Picked> {
        match self.answer.try_recv() {
            Ok(picked) => Some(picked),
            Err(TryRecvError::Disconnected) => Some(Picked::NotThere),
            Err(TryRecvError::Empty) => None,
        }
    }
}
