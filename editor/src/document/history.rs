//! What was done to a document and can be undone, by name and without limit.

use windlass_core::doc::edit::{Edit, EditError};

/// What can be undone and done again.
#[derive(Default)]
pub struct History {
    done: Vec<Step>,
    undone: Vec<Step>,
    /// Number of the present state; each state that was ever made has its own.
    state: u64,
    /// The last number given.
    last: u64,
    /// The state that the file says.
    saved: u64,
}

/// A change, as what takes it back.
struct Step {
    name: String,
    back: Edit,
    /// State that taking it back leads to.
    leads_to: u64,
    /// Changes with the same one are taken back together.
    thread: Option<String>,
}

impl History {
    /// Notes a change by what takes it back.
    pub(super) fn did(&mut self, name: &str, back: Edit, thread: Option<&str>) {
        let before = self.state;
        self.last += 1;
        self.state = self.last;
        self.undone.clear();
        if let Some(last) = self.done.last_mut().filter(|last| thread.is_some() && last.thread.as_deref() == thread) {
            let earlier = std::mem::replace(&mut last.back, back);
            let both = match (std::mem::replace(&mut last.back, Edit::Compound(Vec::new())), earlier) {
                (Edit::Compound(mut all), earlier) => {
                    all.push(earlier);
                    Edit::Compound(all)
                }
                (one, earlier) if replaces(&earlier, &one) => earlier,
                (one, earlier) => Edit::Compound(vec![one, earlier]),
            };
            last.back = both;
            return;
        }
        self.done.push(Step { name: name.to_owned(), back, leads_to: before, thread: thread.map(str::to_owned) });
    }

    /// Notes that the document was replaced whole: what was done before cannot be undone any more.
    pub(super) fn replaced(&mut self) {
        self.done.clear();
        self.undone.clear();
        self.last += 1;
        self.state = self.last;
    }

    /// Ends a row of changes that are undone together.
    pub(super) fn seal(&mut self) {
        if let Some(last) = self.done.last_mut() {
            last.thread = None;
        }
    }

    pub(super) fn undo(&mut self, apply: impl FnOnce(&Edit) -> Result<Edit, EditError>) -> Option<String> {
        let step = self.done.pop()?;
        let (step, name) = self.turn(step, apply)?;
        self.undone.push(step);
        Some(name)
    }

    pub(super) fn redo(&mut self, apply: impl FnOnce(&Edit) -> Result<Edit, EditError>) -> Option<String> {
        let step = self.undone.pop()?;
        let (step, name) = self.turn(step, apply)?;
        self.done.push(step);
        Some(name)
    }

    /// Applies what takes a step back; returns what takes that back.
    fn turn(&mut self, step: Step, apply: impl FnOnce(&Edit) -> Result<Edit, EditError>) -> Option<(Step, String)> {
        let back = apply(&step.back).ok()?;
        let leads_to = std::mem::replace(&mut self.state, step.leads_to);
        let name = step.name.clone();
        Some((Step { name: step.name, back, leads_to, thread: None }, name))
    }

    /// Returns the number of the present state.
    pub(super) fn state(&self) -> u64 {
        self.state
    }

    /// Notes that the file says a state.
    pub(super) fn saved(&mut self, state: u64) {
        self.saved = state;
    }

    /// Returns whether the file says something else.
    pub fn is_changed(&self) -> bool {
        self.saved != self.state
    }

    /// Returns the name of what would be undone.
    pub fn undo_name(&self) -> Option<&str> {
        self.done.last().map(|step| step.name.as_str())
    }

    /// Returns the name of what would be done again.
    pub fn redo_name(&self) -> Option<&str> {
        self.undone.last().map(|step| step.name.as_str())
    }

    /// Returns where the change lies that would be undone: the nodes whose bodies it lies in.
    pub fn undo_place(&self) -> Vec<String> {
        self.done.last().map(|step| step.back.place()).unwrap_or_default()
    }

    /// Returns where the change lies that would be done again.
    pub fn redo_place(&self) -> Vec<String> {
        self.undone.last().map(|step| step.back.place()).unwrap_or_default()
    }

    /// Returns how many changes can be undone.
    pub fn len(&self) -> usize {
        self.done.len()
    }

    /// Returns whether nothing can be undone.
    pub fn is_empty(&self) -> bool {
        self.done.is_empty()
    }
}

/// Tells that taking `earlier` back makes taking `later` back needless: both set the same value.
fn replaces(earlier: &Edit, later: &Edit) -> bool {
    match (earlier, later) {
        (Edit::InBody { node, edit }, Edit::InBody { node: other, edit: same }) => {
            node == other && replaces(edit, same)
        }
        (Edit::SetParam { node, name, .. }, Edit::SetParam { node: other, name: same, .. }) => {
            node == other && name == same
        }
        (Edit::SetTitle { node, .. }, Edit::SetTitle { node: other, .. }) => node == other,
        (Edit::SetNotes(_), Edit::SetNotes(_)) | (Edit::SetFrames(_), Edit::SetFrames(_)) => true,
        _ => false,
    }
}
