//! A graph that is open: its document, and all that the window knows about it beside.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use egui::{Pos2, Rect};
use windlass_core::doc::GraphDoc;
use windlass_core::problem::Severity;
use windlass_core::registry::Registry;

use crate::action::Selection;
use crate::canvas::Gesture;
use crate::canvas::live::Live;
use crate::canvas::scene::{Folds, Scene, SceneNode};
use crate::canvas::view::View;
use crate::checks::Checked;
use crate::document::Document;
use crate::document::recovery::Recovery;
use crate::document::scope;
use crate::face::Kinds;
use crate::graphs::Graphs;
use crate::running::Session;
use crate::running::path::{self, Looked};
use crate::saving::Underway;

/// A graph that is open.
pub struct Tab {
    /// Its number in this window.
    pub number: u64,
    /// The graph.
    pub document: Document,
    /// Keeps what was not saved; `None` for a document that nobody has touched and that has no file.
    pub recovery: Option<Recovery>,
    /// The file that the kept edits belong to.
    pub kept_for: Option<PathBuf>,
    /// Its saving, while that goes on.
    pub saving: Option<Underway>,
    /// The body that is shown, as the nodes that it lies in, outermost first; empty for the graph itself.
    pub scope: Vec<String>,
    /// How the other bodies were looked at last.
    outlooks: HashMap<Vec<String>, Outlook>,
    /// The tab and the node that this graph was opened from.
    pub came_from: Option<(u64, String)>,
    /// The graph as the canvas shows it.
    pub scene: Scene,
    /// The part of the canvas that is seen.
    pub view: View,
    /// Whether it is to be fitted as soon as the size of the canvas is known.
    pub wants_fit: bool,
    /// What is selected.
    pub selection: Selection,
    /// Nodes of which only the title is shown.
    pub collapsed: BTreeSet<String>,
    /// The heights that previews add to nodes.
    pub previews: HashMap<String, f32>,
    /// Raised whenever a node is collapsed or unfolded, or its preview takes another height.
    pub folds: u64,
    /// Raised whenever the scene is to be made anew for another reason than an edit.
    pub news: u64,
    /// What the pointer does.
    pub gesture: Gesture,
    /// The problems.
    pub checked: Checked,
    /// The worst problem of each node that is shown.
    pub worst: HashMap<String, Severity>,
    /// The revision that was last handed to the checker and to the recovery file.
    pub told: Option<u64>,
    /// The run of it that was started last.
    pub run: Option<Session>,
    /// What the run says, as the canvas shows it.
    pub live: Live,
    /// What is looked at among the items of the run.
    pub looked: Looked,
    /// Where the canvas was drawn last.
    pub window: Rect,
}

/// How a graph or a body is looked at.
struct Outlook {
    view: View,
    selection: Selection,
    collapsed: BTreeSet<String>,
}

impl Tab {
    /// Opens a document.
    pub fn new(number: u64, document: Document, recovery: Option<Recovery>) -> Self {
        Self {
            number,
            document,
            recovery,
            kept_for: None,
            saving: None,
            scope: Vec::new(),
            outlooks: HashMap::new(),
            came_from: None,
            scene: Scene::default(),
            view: View::default(),
            wants_fit: true,
            selection: Selection::default(),
            collapsed: BTreeSet::new(),
            previews: HashMap::new(),
            folds: 0,
            news: 0,
            gesture: Gesture::default(),
            checked: Checked::default(),
            worst: HashMap::new(),
            told: None,
            run: None,
            live: Live::default(),
            looked: Looked::default(),
            window: Rect::from_min_size(Pos2::ZERO, egui::vec2(800.0, 600.0)),
        }
    }

    /// Returns the graph that is shown: that of the file, or a body in it.
    pub fn doc(&self) -> &GraphDoc {
        let whole = self.document.doc();
        scope::inside(whole, &self.scope).unwrap_or(whole)
    }

    /// Shows a body, as the nodes that it lies in; what is not there, and all in it, is not entered.
    pub fn show_scope(&mut self, mut wanted: Vec<String>) {
        wanted.truncate(scope::depth(self.document.doc(), &wanted));
        if wanted == self.scope {
            return;
        }
        let (selection, collapsed) = (std::mem::take(&mut self.selection), std::mem::take(&mut self.collapsed));
        let left = Outlook { view: self.view, selection, collapsed };
        self.outlooks.insert(std::mem::replace(&mut self.scope, wanted), left);
        match self.outlooks.remove(&self.scope) {
            Some(known) => (self.view, self.selection, self.collapsed) = (known.view, known.selection, known.collapsed),
            None => self.wants_fit = true,
        }
        self.gesture = Gesture::default();
        self.previews.clear();
        self.live.previews.clear();
        self.news += 1;
        self.look_again();
    }

    /// Returns how the graph itself is looked at, whatever body is shown, and which of its nodes are collapsed; no view
    /// where it is to be fitted.
    pub fn outlook(&self) -> (Option<View>, &BTreeSet<String>) {
        match self.outlooks.get(&Vec::new()).filter(|_| !self.scope.is_empty()) {
            Some(around) => (Some(around.view), &around.collapsed),
            None => ((!self.wants_fit).then_some(self.view), &self.collapsed),
        }
    }

    /// Brings what is said of the nodes up to date with checks and run.
    pub fn look_again(&mut self) {
        self.worst = self.checked.worst(&self.prefix());
        self.look_at_run();
    }

    /// Brings what is said of the nodes up to date with the run.
    pub fn look_at_run(&mut self) {
        let previews = std::mem::take(&mut self.live.previews);
        let live = self.run.as_ref().map(|run| run.live(&self.scene, &self.prefix()));
        let lit = path::lit(self);
        self.live = Live { previews, lit, ..live.unwrap_or_default() };
    }

    /// Returns what stands before the ids of the nodes that are shown, in the names of steps: nothing, or `outer/`.
    pub fn prefix(&self) -> String {
        self.scope.iter().map(|id| format!("{id}/")).collect()
    }

    /// Returns the name of the step of a node that is shown.
    pub fn step_name(&self, id: &str) -> String {
        format!("{}{id}", self.prefix())
    }

    /// Brings the scene up to date with the document.
    pub fn follow(&mut self, registry: &Registry, graphs: &Graphs) {
        self.show_scope(self.scope.clone());
        let revision = self.document.revision() + self.folds + self.news;
        let folder = self.document.path().and_then(Path::parent);
        let kinds = Kinds { registry, graphs, folder };
        let whole = self.document.doc();
        let doc = scope::inside(whole, &self.scope).unwrap_or(whole);
        let folds = Folds { collapsed: &self.collapsed, previews: &self.previews };
        self.scene.follow(doc, revision, &kinds, &folds);
        self.selection.nodes.retain(|id| self.scene.place(id).is_some());
    }

    /// Returns the nodes that are selected; all of them where none is.
    pub fn chosen(&self) -> impl Iterator<Item = &SceneNode> {
        let all = self.selection.nodes.is_empty();
        self.scene.nodes.iter().filter(move |node| all || self.selection.nodes.contains(&node.id))
    }

    /// Returns a place for something new: the middle of what is seen.
    pub fn middle(&self) -> Pos2 {
        self.view.to_canvas(self.window, self.window.center())
    }

    /// Returns the file.
    pub fn path(&self) -> Option<&Path> {
        self.document.path()
    }

    /// Returns where the graph lies, or lay when a run began that it is shown for.
    pub fn place(&self) -> Option<&Path> {
        self.document.doc().path.as_deref()
    }

    /// Returns its title, with a mark where it is not saved.
    pub fn title(&self) -> String {
        let mark = if self.document.is_changed() { "● " } else { "" };
        format!("{mark}{}", self.document.title())
    }

    /// Returns whether a run of it goes on in this window.
    pub fn is_running(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.is_ours() && run.is_active())
    }

    /// Returns whether nobody has done anything with it.
    pub fn is_untouched(&self) -> bool {
        self.path().is_none() && self.run.is_none() && self.document.history().is_empty() && !self.document.is_changed()
    }
}
