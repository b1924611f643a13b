//! What runs were asked about, and what they told: read beside the window, and kept while somebody looks at it.

use std::path::PathBuf;
use std::sync::Arc;

use egui::Context;
use windlass_core::sections::{Line, Pair, Section};

use crate::beside::{Beside, Work};
use crate::fields::legible;
use crate::host::{Host, Inquiry};
use crate::preview::{Preview, Size, Source, make};

/// What runs were asked, and what they told.
pub struct Inquired {
    /// What they were asked.
    pub asked: Inquiry,
    reading: Option<Beside<Result<Vec<Section>, String>>>,
    /// What they told, once they have.
    pub told: Option<Result<Vec<Row>, String>>,
    opening: Option<Beside<Option<Arc<dyn Preview>>>>,
    /// The row whose values are looked at, and how they look: `None` where one of them is gone.
    pub seen: Option<(usize, Looked)>,
}

/// Two values that are looked at.
#[derive(Clone)]
pub enum Looked {
    /// They are being read.
    Reading,
    /// One of them is gone.
    Gone,
    /// Both, to be compared.
    Seen(Arc<dyn Preview>),
}

/// A row of what was told.
#[derive(Clone, Debug)]
pub enum Row {
    /// The title of a section.
    Title(String),
    /// A line.
    Line(Line),
}

impl Inquired {
    /// Asks the runs of a graph's workspace.
    pub fn ask(ctx: &Context, host: Arc<dyn Host>, graph: Option<PathBuf>, asked: Inquiry) -> Self {
        let about = asked.clone();
        let read = move || host.tell(graph.as_deref(), &about);
        let reading = Some(Beside::start(ctx, "ask-runs", read));
        Self { asked, reading, told: None, opening: None, seen: None }
    }

    /// Takes over what was read since the last time.
    pub fn look(&mut self) {
        match self.reading.as_ref().map(Beside::look) {
            None | Some(Work::GoesOn) => {}
            Some(Work::Done(told)) => (self.reading, self.told) = (None, Some(told.map(rows))),
            Some(Work::Lost) => (self.reading, self.told) = (None, Some(Err("the runs could not be read".into()))),
        }
        let opened = match self.opening.as_ref().map(Beside::look) {
            None | Some(Work::GoesOn) => return,
            Some(Work::Done(Some(preview))) => Looked::Seen(preview),
            Some(Work::Done(None) | Work::Lost) => Looked::Gone,
        };
        self.opening = None;
        self.seen.iter_mut().for_each(|(_, seen)| *seen = opened.clone());
    }

    /// Looks at the values of a row; nothing any more where there are none.
    pub fn open(&mut self, ctx: &Context, host: &Arc<dyn Host>, row: usize) {
        let pair = self.told.as_ref().and_then(|told| told.as_ref().ok()?.get(row)?.pair());
        self.opening = pair.map(|pair| {
            let (host, drawing) = (host.clone(), ctx.clone());
            Beside::start(ctx, "compare-values", move || preview(&pair, &*host, &drawing))
        });
        self.seen = self.opening.as_ref().map(|_| (row, Looked::Reading));
    }
}

fn preview(pair: &Pair, host: &dyn Host, ctx: &Context) -> Option<Arc<dyn Preview>> {
    let (old, new) = pair.read()?;
    let (numbers, size) = (&[], Size::Whole);
    // Pictures are compared, and they have no words that could give a secret away.
    let hide = &|_: &mut String| {};
    Some(make(&Source { value: &new, before: Some(&old), numbers, size, ctx, host, hide }))
}

fn rows(sections: Vec<Section>) -> Vec<Row> {
    let section = |(at, Section { title, lines }): (usize, Section)| {
        let title = (at > 0).then_some(Row::Title(title));
        title.into_iter().chain(lines.into_iter().map(|line| Row::Line(Line { text: legible(&line.text), ..line })))
    };
    sections.into_iter().enumerate().flat_map(section).collect()
}

impl Row {
    /// Returns the values that can be looked at.
    pub fn pair(&self) -> Option<Pair> {
        match self {
            Self::Title(_) => None,
            Self::Line(line) => line.pair.clone(),
        }
    }
}
