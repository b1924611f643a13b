//! Opening graphs: from files, from templates, and with the edits of an earlier time.

use std::path::{Path, PathBuf};

use crate::dialogs::Dialog;
use crate::document::recovery::Recovery;
use crate::document::{Document, OpenError};
use crate::editor::Editor;
use crate::fields::legible;
use crate::remembered;
use crate::start::Start;
use crate::tab::Tab;

impl Editor {
    /// Opens a graph file in a tab; one that is open already is shown.
    pub fn open(&mut self, path: &Path) {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        if let Some(open) = self.tabs.iter().position(|tab| tab.path() == Some(&path)) {
            (self.current, self.start) = (open, None);
            return;
        }
        match Document::open(&path) {
            Ok(document) => self.show_opened(document, &path),
            Err(error) => self.dialog = Some(refused(&path, error)),
        }
    }

    fn show_opened(&mut self, document: Document, path: &Path) {
        remembered::follow_first_graph(self, path);
        self.recent.opened(path);
        self.show_new(document);
        remembered::look_again(self);
        let recovery = self.recovery(Some(path), path);
        if recovery.is_open_elsewhere() {
            self.dialog = Some(Dialog::OpenElsewhere(path.to_owned()));
        } else if let Some(text) = recovery.found() {
            self.dialog = Some(Dialog::Recovered { path: path.to_owned(), text });
        }
        let tab = self.tab_mut();
        (tab.recovery, tab.kept_for) = (Some(recovery), Some(path.to_owned()));
    }

    /// Shows a document in a tab, in place of one that nobody has touched.
    pub(crate) fn show_new(&mut self, document: Document) {
        let untouched = self.tabs.len() == 1 && self.tabs[0].is_untouched();
        if untouched {
            self.tabs.clear();
        }
        self.start = None;
        self.add_tab(document);
    }

    /// Shows the start page.
    pub fn show_start_page(&mut self) {
        self.start = Some(Start::new(&self.host, &self.ctx));
    }

    /// Prepares to keep the edits of a graph, which is called by its path or by another name.
    pub(crate) fn recovery(&self, graph: Option<&Path>, name: &Path) -> Recovery {
        let ctx = self.ctx.clone();
        let (folder, of_person) = (self.host.recovery_folder(graph), self.host.recovery_folder(None));
        // A workspace may have come into being since edits were kept for want of one.
        let is_left_there = !Recovery::is_in_use(&folder, name) && Recovery::is_in_use(&of_person, name);
        let folder = if is_left_there { of_person } else { folder };
        Recovery::new(&folder, name, move || ctx.request_repaint())
    }

    /// Lets edits of graphs without a file be kept too, under names that no other window uses.
    pub(super) fn keep_what_has_no_file(&mut self) {
        let has_none =
            |tab: &Tab| tab.recovery.is_none() && tab.path().is_none() && tab.document.of_run_named().is_none();
        while let Some(at) = self.tabs.iter().position(has_none) {
            let names = (1..100).map(|number| PathBuf::from(format!("untitled-{number}.yaml")));
            let mut free = names.map(|name| (self.recovery(None, &name), name));
            let Some((recovery, path)) = free.find(|(recovery, _)| !recovery.is_open_elsewhere()) else { return };
            let found = recovery.found().filter(|_| self.tabs[at].is_untouched() && self.dialog.is_none());
            self.tabs[at].recovery = Some(recovery);
            if let Some(text) = found {
                self.dialog = Some(Dialog::Recovered { path, text });
            }
        }
    }
}

fn refused(path: &Path, error: OpenError) -> Dialog {
    let title = format!("{} cannot be opened", path.file_name().unwrap_or_default().to_string_lossy());
    let text = match error {
        OpenError::Unreadable(why, hint) => hint.map_or_else(|| why.clone(), |hint| format!("{why}\n{hint}")),
        OpenError::Broken(problems) => {
            let lines = problems.iter().take(12).map(|problem| match &problem.span {
                Some(span) => format!("Line {}: {}", span.line_column().0, legible(&problem.message)),
                None => legible(&problem.message),
            });
            lines.collect::<Vec<_>>().join("\n")
        }
    };
    Dialog::Message { title, text }
}
