//! The state of the window, and one frame of it: what came in, drawing, and then the actions.

mod opening;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Receiver;

use egui::{Context, Ui};
use windlass_core::registry::Registry;

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
use crate::past::open::{self, Opening};
use crate::past::{Listed, RunList};
use crate::picker::Picker;
use crate::recent::Recent;
use crate::remembered::{self, Remembered};
use crate::running::News;
use crate::running::views::{self, Shows};
use crate::services::Orders;
use crate::start::Start;
use crate::tab::Tab;
use crate::theme::{Look, Theme, install_fonts};
use crate::told::Told;
use crate::{apply, commands, dialogs, frame, saving};

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

    /// Takes in what came from beside the window.
    fn take_in(&mut self, ctx: &Context) {
        for (number, checked) in self.checker.found() {
            if let Some(tab) = self.tabs.iter_mut().find(|tab| tab.number == number) {
                tab.checked = checked;
                tab.worst = tab.checked.worst(&tab.prefix());
            }
        }
        self.learn();
        self.look_at_runs();
        if let Some(why) = self.orders.refused() {
            self.say(why);
        }
        self.run_list.take(&mut self.listed);
        self.show_opened_run(ctx);
        self.comparison.iter_mut().chain(&mut self.lineage).for_each(Inquired::look);
        if let Ok(words) = self.told_here.try_recv() {
            self.say(words);
        }
        let now = ctx.input(|input| input.time);
        if let Some((_, until)) = &mut self.said {
            *until = until.min(now + SAID_SECONDS);
            if now >= *until {
                self.said = None;
            } else {
                ctx.request_repaint_after(std::time::Duration::from_secs_f64(*until - now));
            }
        }
        self.look_at_disk(ctx, now);
        saving::look(self, ctx);
        dialogs::files::look(self, ctx);
        self.take_what_was_dropped(ctx);
        self.ask_before_closing(ctx);
    }

    /// Takes files that were dropped onto the window, where the pointer was if that is known.
    fn take_what_was_dropped(&mut self, ctx: &Context) {
        let dropped = ctx
            .input(|input| input.raw.dropped_files.iter().map(|file| file.path().to_owned()).collect::<Vec<PathBuf>>());
        if dropped.is_empty() {
            return;
        }
        if self.dialog.is_some() {
            return self.say("Answer the question first, and drop the files again");
        }
        let tab = self.tab();
        let pointer = ctx.input(|input| input.pointer.latest_pos()).filter(|at| tab.window.contains(*at));
        let at = pointer.map(|at| tab.view.to_canvas(tab.window, at));
        apply::files::add_files(self, &dropped, at);
    }

    /// Lets the scenes follow what was learned beside the window about kinds and graph files.
    fn learn(&mut self) {
        let learned = self.learned.load(Ordering::Acquire);
        if self.graphs.take_in() || learned != self.learned_by_scenes {
            self.learned_by_scenes = learned;
            self.tabs.iter_mut().for_each(|tab| tab.news += 1);
        }
    }

    /// Shows a run that was looked up.
    fn show_opened_run(&mut self, ctx: &Context) {
        let Some(found) = self.opening.as_ref().and_then(Opening::found) else { return };
        self.opening = None;
        match found {
            Ok(opened) => open::show(self, ctx, opened),
            Err(why) => self.say(format!("The run cannot be shown: {why}")),
        }
    }

    /// Shows the panel of the run.
    pub(crate) fn show_run_panel(&mut self) {
        self.docked.show(Pane::Run);
    }

    /// Takes over what has happened in runs.
    fn look_at_runs(&mut self) {
        for tab in &mut self.tabs {
            let Some(run) = &mut tab.run else { continue };
            match run.look() {
                News::Nothing => {}
                News::More => tab.look_at_run(),
                News::Refused(refusal) => {
                    let errand = run.errand.clone();
                    tab.run = None;
                    self.dialog = Some(Dialog::of_refusal(refusal, errand));
                }
            }
        }
    }

    /// Looks whether the graph was changed on the disk, when the window is looked at again.
    fn look_at_disk(&mut self, ctx: &Context, now: f64) {
        let is_seen = ctx.input(|input| input.focused);
        let is_saving = self.tab().saving.is_some();
        if !is_seen || is_saving || now - self.looked_at_disk < 1.0 || self.dialog.is_some() {
            return;
        }
        self.looked_at_disk = now;
        if self.tab().document.is_changed_on_disk() {
            self.dialog = Some(Dialog::ChangedOnDisk);
        }
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
