//! The state of the window, and one frame of it: what came in, drawing, and then the actions.

mod incoming;
mod opening;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Receiver;

use egui::{Context, Pos2, Ui};
use windlass_core::registry::Registry;

use crate::apply::files::Found;
use crate::beside::Beside;
use crate::checks::Checker;
use crate::dialogs::{Dialog, dialog_ui};
use crate::docked::Docked;
use crate::document::Document;
use crate::graphs::Graphs;
use crate::host::Host;
use crate::overlay::{Overlay, overlay_ui};
use crate::panes::Pane;
use crate::past::act::RunChoice;
use crate::past::inquired::Inquired;
use crate::past::item::ItemValue;
use crate::past::open::Opening;
use crate::past::{Listed, RunList};
use crate::picker::Picker;
use crate::recent::Recent;
use crate::remembered::{self, Remembered};
use crate::running::views::{self, Shows};
use crate::services::Orders;
use crate::start::Start;
use crate::tab::Tab;
use crate::theme::{Look, Theme, install_fonts};
use crate::told::Told;
use crate::{apply, commands, frame, saving};

/// How long something that is said stays, in seconds.
const SAID_SECONDS: f64 = 6.0;

/// The window.
pub struct Editor {
    pub(crate) host: Arc<dyn Host>,
    pub(crate) registry: Registry,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) current: usize,
    pub(crate) next_number: u64,
    pub(crate) theme: Theme,
    pub(crate) overlay: Option<Overlay>,
    pub(crate) dialog: Option<Dialog>,
    pub(crate) docked: Docked,
    /// The whole graph in a corner of the canvas.
    pub(crate) minimap: Panel,
    /// The dialog of the desktop, as far as it is known to have one.
    pub(crate) picker: Option<Arc<dyn Picker>>,
    pub(crate) start: Option<Start>,
    pub(crate) recent: Recent,
    pub(crate) remembered: Option<Remembered>,
    pub(crate) orders: Orders,
    /// Files that are being looked at, and where they are to be added.
    pub(crate) looking_at: Vec<(Beside<Vec<Found>>, Option<Pos2>)>,
    /// Whether the newest values are shown on nodes.
    pub(crate) previews: Panel,
    pub(crate) said: Option<(String, f64)>,
    pub(crate) may_close: bool,
    pub(crate) clipboard: Option<String>,
    pub(crate) graphs: Graphs,
    /// Told by sources of kinds, which are asked beside the window.
    learned: Arc<AtomicU64>,
    /// How much of it the scenes know.
    learned_by_scenes: u64,
    /// The runs of the workspace, as they were read last.
    pub(crate) listed: Arc<Listed>,
    pub(crate) run_choice: RunChoice,
    run_list: RunList,
    /// A run that is being looked up.
    pub(crate) opening: Option<Opening>,
    /// What the item gave that is looked at.
    pub(crate) item: Option<ItemValue>,
    /// How two runs differ.
    pub(crate) comparison: Option<Inquired>,
    /// What something was made of, or what became of it.
    pub(crate) lineage: Option<Inquired>,
    /// Where threads beside the window say something.
    pub(crate) told: Told,
    told_here: Receiver<String>,
    ctx: Context,
    checker: Checker,
    looked_at_disk: f64,
    /// The look that the desktop was given.
    dressed: Option<Look>,
    /// The title that the desktop was told.
    titled: String,
}

/// Whether something is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Panel {
    /// It is.
    Shown,
    /// It is not.
    Hidden,
}

impl Panel {
    /// Turns it.
    pub fn toggle(&mut self) {
        *self = if *self == Self::Shown { Self::Hidden } else { Self::Shown };
    }
}

impl Editor {
    /// Gives a window its fonts and colours, which it needs before its first frame.
    pub fn install(ctx: &Context) {
        install_fonts(ctx);
        Theme::of(Look::default()).install(ctx);
    }

    /// Makes a window with an empty graph. `ctx` is woken when something happens beside the window.
    pub fn new(ctx: &Context, host: Arc<dyn Host>) -> Self {
        let theme = Theme::of(Look::default());
        let wake = ctx.clone();
        let registry = host.registry();
        let (told, told_here) = Told::new();
        let run_list = RunList::start(ctx, host.clone());
        let checker = Checker::start(host.clone(), move || wake.request_repaint());
        let recent = Recent::new(host.recent_file());
        let wake = ctx.clone();
        let graphs = Graphs::start(host.clone(), move || wake.request_repaint());
        let learned = ask_sources(&registry, ctx);
        let mut editor = Self {
            host,
            registry,
            tabs: Vec::new(),
            current: 0,
            next_number: 0,
            theme,
            overlay: None,
            dialog: None,
            docked: Docked::default(),
            minimap: Panel::Shown,
            picker: None,
            start: None,
            recent,
            remembered: None,
            orders: Orders::default(),
            looking_at: Vec::new(),
            previews: Panel::Shown,
            said: None,
            may_close: false,
            clipboard: None,
            graphs,
            learned,
            learned_by_scenes: 0,
            listed: Arc::default(),
            run_choice: RunChoice::default(),
            run_list,
            opening: None,
            item: None,
            comparison: None,
            lineage: None,
            told,
            told_here,
            ctx: ctx.clone(),
            checker,
            looked_at_disk: 0.0,
            dressed: None,
            titled: String::new(),
        };
        let kept = editor.host.window_file(None);
        remembered::take_over(&mut editor, kept);
        editor.add_tab(Document::default());
        editor
    }

    /// Lets another one ask for files than the window itself.
    pub fn ask_with(&mut self, picker: Arc<dyn Picker>) {
        self.picker = Some(picker);
    }

    /// Adds a tab, and shows it.
    pub(crate) fn add_tab(&mut self, document: Document) {
        self.next_number += 1;
        let mut tab = Tab::new(self.next_number, document, None);
        tab.follow(&self.registry, &self.graphs);
        self.tabs.push(tab);
        self.current = self.tabs.len() - 1;
    }

    /// Returns the tab that is shown.
    pub fn tab(&self) -> &Tab {
        &self.tabs[self.current]
    }

    /// Returns the tab that is shown.
    pub(crate) fn tab_mut(&mut self) -> &mut Tab {
        &mut self.tabs[self.current]
    }

    /// Shows the middle of the graph at a zoom.
    pub fn show_middle(&mut self, zoom: f32) {
        let tab = self.tab_mut();
        let factor = zoom / tab.view.zoom;
        tab.view = tab.view.zoomed(tab.window, tab.window.center(), factor);
    }

    /// Returns the title of the window.
    pub fn title(&self) -> String {
        format!("{} – Windlass", self.tab().title())
    }

    /// Returns whether a graph is being saved.
    pub fn is_saving(&self) -> bool {
        self.tabs.iter().any(|tab| tab.saving.is_some())
    }

    /// Returns whether files that were dropped or chosen are being looked at.
    pub fn is_looking_at_files(&self) -> bool {
        !self.looking_at.is_empty()
    }

    /// Returns what was said last.
    pub fn said(&self) -> Option<&str> {
        self.said.as_ref().map(|(text, _)| text.as_str())
    }

    /// Returns which look the window has.
    pub fn look(&self) -> Look {
        self.theme.look
    }

    /// Returns the text that was copied last.
    pub fn copied(&self) -> Option<&str> {
        self.clipboard.as_deref()
    }

    /// Says something for a moment.
    pub(crate) fn say(&mut self, text: impl Into<String>) {
        self.said = Some((text.into(), f64::INFINITY));
    }

    /// Draws one frame, and does what was asked for in it.
    pub fn ui(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx().clone();
        if self.dressed != Some(self.theme.look) {
            self.dressed = Some(self.theme.look);
            self.theme.install(&ctx);
        }
        self.take_in(&ctx);
        let mut actions = Vec::new();
        commands::keys::pressed(&ctx, self, &mut actions);
        frame::frame_ui(ui, self, &mut actions);
        overlay_ui(ui, self, &mut actions);
        dialog_ui(ui, self, &mut actions);
        frame::hovering_ui(&ctx, &self.theme);
        for action in actions {
            apply::apply(self, &ctx, action);
        }
        self.follow(&ctx);
    }

    /// Shows the panel of the run.
    pub(crate) fn show_run_panel(&mut self) {
        self.docked.show(Pane::Run);
    }

    fn ask_before_closing(&mut self, ctx: &Context) {
        if !ctx.input(|input| input.viewport().close_requested()) || self.may_close {
            return;
        }
        if saving::close_afterwards(self) {
            ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
            return;
        }
        if let Some(running) = self.tabs.iter().position(Tab::is_running) {
            ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
            self.current = running;
            self.dialog = Some(Dialog::RunGoesOn);
            return;
        }
        if let Some(unsaved) = self.tabs.iter().position(|tab| tab.document.is_changed()) {
            ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
            self.current = unsaved;
            self.dialog = Some(Dialog::Unsaved { closes: crate::dialogs::Closes::Window });
        }
    }

    /// Brings everything up to date with the documents, and hands them to those who look after them.
    fn follow(&mut self, ctx: &Context) {
        if ctx.input(|input| !input.pointer.any_down()) && !ctx.text_edit_focused() {
            self.tab_mut().document.seal();
        }
        self.keep_what_has_no_file();
        let whole = if self.docked.is_in_front(Pane::Preview) { Panel::Shown } else { Panel::Hidden };
        let shows = Shows { nodes: self.previews, whole };
        views::follow(self.tab_mut(), shows);
        self.look_at_item(ctx);
        let is_seen = self.docked.is_in_front(Pane::Runs);
        self.run_list.look(is_seen.then(|| (self.tab().place(), self.run_choice.most)));
        for tab in &mut self.tabs {
            tab.follow(&self.registry, &self.graphs);
            let revision = tab.document.revision();
            if tab.told == Some(revision) {
                continue;
            }
            tab.told = Some(revision);
            tab.look_again();
            self.graphs.ask(tab.document.doc());
            self.checker.check(tab.number, revision, tab.document.doc().clone());
            match &tab.recovery {
                Some(recovery) if tab.document.is_changed() => recovery.keep(tab.document.doc()),
                Some(recovery) if revision > 0 => recovery.forget(),
                _ => {}
            }
            ctx.request_repaint();
        }
        remembered::follow(self, ctx);
        let title = self.title();
        if self.titled != title {
            ctx.send_viewport_cmd(egui::ViewportCommand::Title(title.clone()));
            self.titled = title;
        }
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        remembered::leave(self);
    }
}

/// Asks the sources of kinds beside the window; what they tell is raised by one when they have answered.
fn ask_sources(registry: &Registry, ctx: &Context) -> Arc<AtomicU64> {
    let learned = Arc::new(AtomicU64::new(0));
    let (registry, told, wake) = (registry.clone(), learned.clone(), ctx.clone());
    let ask = move || {
        // A source that does not answer is said by the checker where a graph needs it.
        drop(registry.ask_all());
        told.fetch_add(1, Ordering::Release);
        wake.request_repaint();
    };
    // Without the thread only the kinds of the program itself are offered.
    drop(std::thread::Builder::new().name("kinds".into()).spawn(ask));
    learned
}

/// Returns where a chooser begins: the folder of the graph, else the current one.
pub(crate) fn folder_of(tab: &Tab) -> PathBuf {
    let folder = tab.place().and_then(Path::parent).map(Path::to_owned);
    folder.or_else(|| std::env::current_dir().ok()).unwrap_or_default()
}

impl eframe::App for Editor {
    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        Self::ui(self, ui);
    }
}
