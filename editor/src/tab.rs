//! A graph that is open: its document, and all that the window knows about it beside.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use egui::{Pos2, Rect};
use windlass_core::registry::Registry;

use crate::action::Selection;
use crate::canvas::Gesture;
use crate::canvas::live::Live;
use crate::canvas::scene::{Folds, Scene, SceneNode};
use crate::canvas::view::View;
use crate::checks::Checked;
use crate::document::Document;
use crate::document::recovery::Recovery;
use crate::running::Session;

/// A graph that is open.
pub struct Tab {
    /// Its number in this window.
    pub number: u64,
    /// The graph.
    pub document: Document,
    /// Keeps what was not saved; `None` for a document that nobody has touched and that has no file.
    pub recovery: Option<Recovery>,
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
    /// What the pointer does.
    pub gesture: Gesture,
    /// The problems.
    pub checked: Checked,
    /// The revision that was last handed to the checker and to the recovery file.
    pub told: Option<u64>,
    /// The run of it that was started last.
    pub run: Option<Session>,
    /// What the run says, as the canvas shows it.
    pub live: Live,
    /// Where the canvas was drawn last.
    pub window: Rect,
}

impl Tab {
    /// Opens a document.
    pub fn new(number: u64, document: Document, recovery: Option<Recovery>) -> Self {
        Self {
            number,
            document,
            recovery,
            scene: Scene::default(),
            view: View::default(),
            wants_fit: true,
            selection: Selection::default(),
            collapsed: BTreeSet::new(),
            previews: HashMap::new(),
            folds: 0,
            gesture: Gesture::default(),
            checked: Checked::default(),
            told: None,
            run: None,
            live: Live::default(),
            window: Rect::from_min_size(Pos2::ZERO, egui::vec2(800.0, 600.0)),
        }
    }

    /// Brings the scene up to date with the document.
    pub fn follow(&mut self, registry: &Registry) {
        let revision = self.document.revision() + self.folds;
        let folds = Folds { collapsed: &self.collapsed, previews: &self.previews };
        self.scene.follow(self.document.doc(), revision, registry, &folds);
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

    /// Returns its title, with a mark where it is not saved.
    pub fn title(&self) -> String {
        let mark = if self.document.is_changed() { "● " } else { "" };
        format!("{mark}{}", self.document.title())
    }

    /// Returns whether a run of it goes on.
    pub fn is_running(&self) -> bool {
        self.run.as_ref().is_some_and(Session::is_active)
    }

    /// Returns whether nobody has done anything with it.
    pub fn is_untouched(&self) -> bool {
        self.path().is_none() && self.document.history().is_empty() && !self.document.is_changed()
    }
}
