//! An own chooser of files, which needs nothing of the desktop.

use std::path::{Path, PathBuf};

use egui::{Key, Modifiers, ScrollArea, TextEdit, Ui};
use egui_material_icons::icons;

use super::Answer;
use crate::action::Action;
use crate::fields::named;
use crate::host::{Traced, Way};
use crate::past::RunAct;
use crate::picker::{Purpose, Wanted};
use crate::theme::Theme;

/// Entries of a folder that are listed at most.
const MOST: usize = 2_000;

/// A chooser while it is open.
pub struct Chooser {
    purpose: Purpose,
    folder: PathBuf,
    /// Folders first; read when the folder is entered.
    entries: Vec<(String, bool)>,
    trouble: Option<String>,
    name: String,
    /// The file that would be replaced, which has been asked about.
    replaces: Option<PathBuf>,
}

impl Chooser {
    /// Opens it.
    pub fn new(wanted: &Wanted) -> Self {
        let Wanted { purpose, folder, name } = wanted.clone();
        let mut chooser = Self { purpose, folder, entries: Vec::new(), trouble: None, name, replaces: None };
        chooser.read();
        chooser
    }

    fn read(&mut self) {
        self.replaces = None;
        let found = std::fs::read_dir(&self.folder);
        self.trouble = found.as_ref().err().map(|error| format!("The folder cannot be read: {error}"));
        let entries = found
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path().is_dir()));
        let matters = |(name, is_folder): &(String, bool)| !name.starts_with('.') && (*is_folder || self.lists(name));
        self.entries = entries.filter(matters).take(MOST).collect();
        self.entries.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    }

    fn lists(&self, name: &str) -> bool {
        match self.purpose {
            Purpose::Open | Purpose::Save => is_graph(name),
            Purpose::AddFiles | Purpose::Trace => true,
            Purpose::AddFolder => false,
        }
    }

    fn enter(&mut self, folder: PathBuf) {
        self.folder = folder;
        self.read();
    }

    /// Draws it.
    pub fn ui(&mut self, ui: &mut Ui, theme: &Theme, actions: &mut Vec<Action>) {
        ui.heading(self.purpose.title());
        let entered = ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
        ui.horizontal(|ui| {
            let up = ui.button(icons::ICON_ARROW_UPWARD.codepoint).on_hover_text("The folder above");
            named(ui, &up, "The folder above");
            if let Some(above) = self.folder.parent().filter(|_| up.clicked()).map(Path::to_owned) {
                self.enter(above);
            }
            ui.add(egui::Label::new(self.folder.display().to_string()).truncate());
        });
        let picked = self.entries_ui(ui);
        if let Some(trouble) = &self.trouble {
            ui.colored_label(theme.error, trouble);
        }
        let response = ui.add(TextEdit::singleline(&mut self.name).hint_text("File").desired_width(f32::INFINITY));
        named(ui, &response, "File");
        if !ui.ctx().text_edit_focused() {
            response.request_focus();
        }
        if let Some(path) = &self.replaces {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            ui.colored_label(theme.warning, format!("{name} is there already. Press the button again to replace it."));
        }
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            let word = match self.purpose {
                Purpose::Open => "Open",
                Purpose::Save => "Save",
                Purpose::AddFiles => "Add",
                Purpose::AddFolder => "Add this folder",
                Purpose::Trace => "Choose",
            };
            if ui.button(word).clicked() || entered || picked {
                self.choose(actions);
            }
            if ui.button("Cancel").clicked() {
                actions.push(Action::Answer(Answer::Close));
            }
        });
    }

    /// Draws what is in the folder; returns whether a file was chosen by a double click.
    fn entries_ui(&mut self, ui: &mut Ui) -> bool {
        let mut into = None;
        let mut picked = false;
        ScrollArea::vertical().max_height(280.0).min_scrolled_height(200.0).auto_shrink(false).show(ui, |ui| {
            for (name, is_folder) in &self.entries {
                let icon = match is_folder {
                    true => icons::ICON_FOLDER,
                    false if is_graph(name) => icons::ICON_ACCOUNT_TREE,
                    false => icons::ICON_DRAFT,
                };
                let text = format!("{}  {name}", icon.codepoint);
                let response = ui.selectable_label(self.name == *name, text);
                named(ui, &response, name);
                if response.clicked() && *is_folder {
                    into = Some(self.folder.join(name));
                } else if response.clicked() {
                    self.name.clone_from(name);
                    picked |= response.double_clicked();
                }
            }
        });
        into.into_iter().for_each(|folder| self.enter(folder));
        picked
    }

    fn choose(&mut self, actions: &mut Vec<Action>) {
        if self.name.trim().is_empty() && self.purpose != Purpose::AddFolder {
            return;
        }
        let mut path = self.folder.join(self.name.trim());
        if path.is_dir() && self.purpose != Purpose::AddFolder {
            self.name.clear();
            return self.enter(path);
        }
        match self.purpose {
            Purpose::Open => {
                actions.push(Action::Answer(Answer::Close));
                actions.push(Action::Open(path));
            }
            Purpose::AddFiles | Purpose::AddFolder | Purpose::Trace if !path.exists() => {
                self.trouble = Some(format!("There is no {} here", self.name.trim()));
            }
            Purpose::AddFiles | Purpose::AddFolder => actions.push(Action::AddFiles(vec![path])),
            Purpose::Trace => {
                actions.push(Action::Answer(Answer::Close));
                actions.push(Action::Runs(RunAct::Trace(Traced::File(path), Way::Up)));
            }
            Purpose::Save => {
                if path.extension().is_none() {
                    path.set_extension("yaml");
                }
                if path.exists() && self.replaces.as_ref() != Some(&path) {
                    self.replaces = Some(path);
                } else {
                    actions.push(Action::SaveTo(path));
                }
            }
        }
    }
}

fn is_graph(name: &str) -> bool {
    [".yaml", ".yml", ".json"].iter().any(|end| name.to_lowercase().ends_with(end))
}
