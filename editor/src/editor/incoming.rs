//! What came from beside the window since the last frame: from the checker, runs, the disk, dialogs, the desktop.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use egui::Context;

use super::{Editor, SAID_SECONDS};
use crate::dialogs::Dialog;
use crate::past::inquired::Inquired;
use crate::past::item::ItemValue;
use crate::past::open::{self, Opening};
use crate::running::News;
use crate::{apply, dialogs, saving};

impl Editor {
    /// Takes in what came from beside the window.
    pub(super) fn take_in(&mut self, ctx: &Context) {
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
        self.item.iter_mut().for_each(ItemValue::look);
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
        apply::files::take_in(self);
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
        apply::files::look_at(self, ctx, dropped, at);
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

    /// Reads what the item gave that is looked at.
    pub(super) fn look_at_item(&mut self, ctx: &Context) {
        let tab = self.tab();
        let Some((run, seen)) = tab.run.as_ref().zip(tab.looked.seen.as_ref()) else {
            self.item = None;
            return;
        };
        if !self.item.as_ref().is_some_and(|item| item.is_of(run.name(), seen)) {
            let graph = tab.place().map(Path::to_owned);
            let of = (run.name().to_owned(), seen.clone());
            self.item = Some(ItemValue::read(ctx, self.host.clone(), graph, of));
        }
    }
}
