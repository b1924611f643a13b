//! What drawing code asks for: pushed while a frame is drawn, applied in one place after it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use egui::Pos2;
use windlass_core::doc::edit::Edit;

use crate::canvas::hit::{PointRef, PortRef, WireRef};
use crate::canvas::view::View;
use crate::dialogs::Answer;
use crate::past::RunAct;
use crate::running::path::{Left, Opened};

/// Something to be done after the frame.
#[derive(Clone, Debug)]
pub enum Action {
    /// Performs a command of the table.
    Command(&'static str),
    /// Changes the document.
    Change(Change),
    /// Ends a row of changes that are undone together.
    Seal,
    /// Selects something.
    Select(Selection),
    /// Shows another part of the canvas.
    Look(View),
    /// Goes to a node by the name of its step: selects it and brings it into view.
    GoTo(String),
    /// Opens the palette.
    OpenPalette(PaletteAt),
    /// Adds a node of a kind, as the palette says.
    AddKind(String),
    /// Connects an output to an input; takes a wire away that was picked up there.
    Connect {
        /// The output.
        from: PortRef,
        /// The input.
        to: PortRef,
        /// The wire that was picked up.
        instead_of: Option<WireRef>,
    },
    /// Takes a wire away.
    Disconnect(WireRef),
    /// Puts a node into a wire.
    InsertOnWire {
        /// The node.
        node: String,
        /// The wire.
        wire: WireRef,
    },
    /// Puts nodes from the clipboard into the graph.
    Paste(String),
    /// Answers a question of the run.
    AnswerQuestion {
        /// The step that asks.
        step: String,
        /// The key of the item.
        key: String,
        /// The answer, as it was typed.
        typed: String,
    },
    /// Does something in the list of runs.
    Runs(RunAct),
    /// Has a service do something.
    Service {
        /// The service.
        service: String,
        /// What it is to do.
        action: String,
    },
    /// Looks at items of the run.
    Items(Looking),
    /// Says something for a moment.
    Say(String),
    /// Begins a graph from a template of the start page.
    NewFrom(usize),
    /// Names a graph no more among those that were opened lately.
    ForgetRecent(PathBuf),
    /// Opens a graph file.
    Open(PathBuf),
    /// Makes nodes of files that were chosen.
    AddFiles(Vec<PathBuf>),
    /// Writes the graph to a file.
    SaveTo(PathBuf),
    /// Shows what is inside of a node.
    Enter(String),
    /// Shows a body around the one that is shown, as the nodes that it lies in.
    ShowScope(Vec<String>),
    /// Shows another tab.
    ShowTab(usize),
    /// Answers a dialog.
    Answer(Answer),
    /// Closes what lies above the window: palette, dialog, help.
    CloseOverlay,
}

/// What is to be seen of the items of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Looking {
    /// Only those that left like this; all of them.
    Only(Option<Left>),
    /// The way of one; none.
    Open(Option<Opened>),
    /// The value of one on the way that is shown.
    See(Opened),
    /// The one whose way is shown is to be run again, by itself.
    Again,
}

/// A change of the document.
#[derive(Clone, Debug)]
pub struct Change {
    /// Its name, as undo says it: `move 3 nodes`.
    pub name: String,
    /// What changes.
    pub edit: Edit,
    /// What changes in the graph around the body that is shown.
    pub around: Option<Box<Edit>>,
    /// Changes with the same one in a row are undone together.
    pub thread: Option<String>,
    /// What is selected afterwards.
    pub select: Option<Selection>,
}

impl Change {
    /// Returns a change that is undone by itself.
    pub fn new(name: impl Into<String>, edit: Edit) -> Self {
        Self { name: name.into(), edit, around: None, thread: None, select: None }
    }

    /// Lets it be undone together with those before that have the same thread.
    #[must_use]
    pub fn in_thread(mut self, thread: impl Into<String>) -> Self {
        self.thread = Some(thread.into());
        self
    }

    /// Says what is selected afterwards.
    #[must_use]
    pub fn selecting(mut self, ids: impl IntoIterator<Item = String>) -> Self {
        self.select = Some(Selection::of(ids));
        self
    }
}

/// What is selected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Nodes.
    pub nodes: BTreeSet<String>,
    /// A wire.
    pub wire: Option<WireRef>,
    /// A point that a wire goes through.
    pub point: Option<PointRef>,
    /// A frame, by its place.
    pub frame: Option<usize>,
    /// A note, by its place.
    pub note: Option<usize>,
}

impl Selection {
    /// Selects nodes.
    pub fn of(ids: impl IntoIterator<Item = String>) -> Self {
        Self { nodes: ids.into_iter().collect(), ..Self::default() }
    }

    /// Returns the node, where it is just one.
    pub fn only_node(&self) -> Option<&str> {
        let mut nodes = self.nodes.iter();
        nodes.next().filter(|_| nodes.next().is_none()).map(String::as_str)
    }

    /// Returns whether nothing is selected.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Where the palette puts what is chosen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PaletteAt {
    /// On the canvas; in the middle of what is seen where nobody says.
    pub at: Option<Pos2>,
    /// At a port, which is connected.
    pub port: Option<PortRef>,
    /// The wire that was picked up at the port.
    pub instead_of: Option<WireRef>,
    /// Into a wire.
    pub wire: Option<WireRef>,
    /// In place of these nodes.
    pub replaces: Option<String>,
}
