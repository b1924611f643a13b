//! A run that belongs to a graph in the window: how it is started, what is known of it, and how it is steered.

mod glimpses;
mod items;
pub mod views;
mod watch;

use std::cell::Cell;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};

use egui::Context;
use windlass_core::event::{Outcome, RunState};
use windlass_core::permission::Permission;
use windlass_runtime::Run;

pub use glimpses::{Glimpses, Shown, Wanted};
pub use items::{FateOf, Item};
pub use watch::{Folded, Seen};

use crate::canvas::live::{Live, NodeLive, Standing};
use crate::canvas::scene::Scene;
use crate::host::{Ask, Begun, Host, Refusal};
use crate::preview::Size;
use crate::words::rate_in_words;

/// A run of a graph.
pub struct Session {
    begun: Beginning,
    seen: Arc<Seen>,
    /// Previews of its newest values.
    pub glimpses: Glimpses,
    /// What is known of the run, as of the last look.
    pub folded: Folded,
    /// Only what this node needs runs.
    pub until: Option<String>,
    /// What was asked of it before it began.
    wishes: Cell<Wishes>,
}

/// What a person asked of a run that had not begun yet.
#[derive(Clone, Copy, Debug, Default)]
struct Wishes {
    pause: bool,
    stop: bool,
}

enum Beginning {
    Starting(Receiver<Result<Begun, Refusal>>),
    Running(Run),
    Refused,
}

/// What has happened to a run since the last look.
pub enum News {
    /// Nothing.
    Nothing,
    /// There is more to be seen.
    More,
    /// It does not run.
    Refused(Refusal),
}

impl Session {
    /// Starts a run beside the window.
    pub fn start(
        ctx: &Context,
        host: Arc<dyn Host>,
        (graph, text): (std::path::PathBuf, String),
        until: Option<String>,
        granted: Vec<Permission>,
    ) -> Self {
        let seen = Arc::new(Seen::new(ctx.clone()));
        let glimpses = Glimpses::start(ctx.clone(), host.clone());
        let (watcher, peeks) = (Box::new(seen.watcher()), glimpses.peeks());
        let ask = Ask { graph, text, until: until.clone(), granted, watcher, peeks };
        let (tell, begun) = sync_channel(1);
        let wake = ctx.clone();
        let start = move || {
            // A window that was closed meanwhile wants no answer.
            drop(tell.send(host.start(ask)));
            wake.request_repaint();
        };
        // Without the thread the channel is closed, which is a refusal.
        drop(std::thread::Builder::new().name("start".into()).spawn(start));
        let begun = Beginning::Starting(begun);
        Self { begun, seen, glimpses, folded: Folded::default(), until, wishes: Cell::default() }
    }

    /// Looks what has happened.
    pub fn look(&mut self) -> News {
        if let Beginning::Starting(begun) = &self.begun {
            match begun.try_recv() {
                Ok(Ok(begun)) => self.begin(begun.run),
                Ok(Err(refusal)) => {
                    self.begun = Beginning::Refused;
                    return News::Refused(refusal);
                }
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => {
                    self.begun = Beginning::Refused;
                    return News::Refused(Refusal::Said("the run could not be started".into()));
                }
            }
        }
        if !self.seen.take(&mut self.folded) {
            return News::Nothing;
        }
        self.glimpses.look_again();
        News::More
    }

    fn begin(&mut self, run: Run) {
        self.begun = Beginning::Running(run);
        let wishes = self.wishes.take();
        if wishes.pause {
            self.pause();
        }
        if wishes.stop {
            self.stop();
        }
    }

    /// Returns the state of the run.
    pub fn state(&self) -> &RunState {
        &self.folded.state
    }

    /// Returns the step that stands for a node: its own, or the last one inside it.
    pub fn step_of(&self, node: &str) -> Option<usize> {
        let names = || self.state().steps.iter().map(|step| step.info.name.as_str());
        let is_inside = |name: &str| name.strip_prefix(node).is_some_and(|rest| rest.starts_with('/'));
        names().position(|name| name == node).or_else(|| names().rposition(is_inside))
    }

    /// Returns what a preview of a node is made of.
    pub fn wanted(&self, node: &str, size: Size) -> Option<Wanted> {
        let step = self.step_of(node)?;
        let file = self.folded.items.of(step).find_map(|item| item.file.clone()).map(Into::into);
        Some(Wanted { step, size, file })
    }

    /// Returns whether it goes on.
    pub fn is_active(&self) -> bool {
        !matches!(self.begun, Beginning::Refused) && self.state().ended.is_none()
    }

    /// Returns whether it was paused.
    pub fn is_paused(&self) -> bool {
        self.is_active() && (self.state().paused.is_some() || self.wishes.get().pause)
    }

    /// Starts nothing new until it is resumed.
    pub fn pause(&self) {
        match &self.begun {
            Beginning::Running(run) => drop(run.pause("paused in the window")),
            _ => self.wishes.set(Wishes { pause: true, ..self.wishes.get() }),
        }
    }

    /// Lets it go on.
    pub fn resume(&self) {
        match &self.begun {
            Beginning::Running(run) => drop(run.resume()),
            _ => self.wishes.set(Wishes { pause: false, ..self.wishes.get() }),
        }
    }

    /// Ends it: what is under way finishes, the rest stays open.
    pub fn stop(&self) {
        match &self.begun {
            Beginning::Running(run) => run.interrupt("stopped in the window"),
            _ => self.wishes.set(Wishes { stop: true, ..self.wishes.get() }),
        }
    }

    /// Answers a question of a step.
    ///
    /// # Errors
    /// Says what is wrong with the answer.
    pub fn answer(&self, step: &str, key: &str, typed: &str) -> Result<(), String> {
        let Beginning::Running(run) = &self.begun else { return Err("the run has ended".into()) };
        let key = key.parse().map_err(|_| format!("`{key}` is no key"))?;
        run.answer(step, &key, typed).map_err(|error| error.to_string())
    }

    /// Returns the run in one sentence.
    pub fn in_words(&self) -> String {
        let state = self.state();
        let failed = state.unhandled();
        let failures = if failed == 0 { String::new() } else { format!(", {failed} failed") };
        match (&state.ended, &state.paused) {
            _ if matches!(self.begun, Beginning::Refused) => "Not started".into(),
            (Some((Outcome::Finished, _)), _) => format!("Finished in {}{failures}", seconds(state.at_ms)),
            (Some((Outcome::Waiting, _)), _) => "Waits for answers".into(),
            (Some((Outcome::Interrupted, _)), _) => format!("Stopped{failures}; `windlass resume` does the rest"),
            (Some((_, cause)), _) => format!("Ended{failures}: {}", cause.as_deref().unwrap_or("before its time")),
            (None, Some(cause)) => format!("Paused: {cause}"),
            (None, None) if state.stopping.is_some() => "Stopping: what is under way finishes".into(),
            (None, None) if state.run.is_empty() => "Starting…".into(),
            (None, None) => format!("Runs for {}{failures}", seconds(state.at_ms)),
        }
    }

    /// Returns what the canvas shows of it.
    /// `prefix` stands before the ids of the nodes in the names of their steps: nothing, or `outer/`.
    pub fn live(&self, scene: &Scene, prefix: &str) -> Live {
        let state = self.state();
        let mut nodes = vec![None; scene.nodes.len()];
        for (at, step) in state.steps.iter().enumerate() {
            // Steps of a used graph or a body belong to the node that holds them; the first says how it stands.
            let Some(inner) = step.info.name.strip_prefix(prefix) else { continue };
            let own = inner.split('/').next().unwrap_or_default();
            let Some(place) = scene.place(own) else { continue };
            let known: &mut Option<NodeLive> = &mut nodes[place];
            let live = self.node(at);
            if known.as_ref().is_none_or(|known| rank(known.standing) < rank(live.standing)) {
                *known = Some(live);
            }
        }
        Live { nodes, ..Live::default() }
    }

    fn node(&self, at: usize) -> NodeLive {
        let (state, step) = (self.state(), &self.state().steps[at]);
        let (done, total) = (step.done(), state.total(at));
        let standing = match () {
            () if !step.questions.is_empty() => Standing::Asking,
            () if step.failed > step.handled => Standing::Failed,
            () if step.finished => Standing::Done,
            () if step.admitted > 0 || !step.running.is_empty() => Standing::Running,
            () => Standing::Waiting,
        };
        let share = total.filter(|total| *total > 0).map(|total| done as f32 / total as f32);
        let under_way = step.running.values().flatten().copied().reduce(f32::max);
        NodeLive { standing, share: share.or(under_way), words: self.words(at, done, total) }
    }

    fn words(&self, at: usize, done: u64, total: Option<u64>) -> String {
        let step = &self.state().steps[at];
        let mut words = match total {
            Some(total) if total != done => format!("{done} of {total}"),
            _ => done.to_string(),
        };
        if step.failed > 0 {
            words.push_str(&format!(" · {} failed", step.failed));
        }
        if step.skipped > 0 {
            words.push_str(&format!(" · {} skipped", step.skipped));
        }
        match self.folded.rates.get(at).copied().unwrap_or_default() {
            rate if rate >= 0.1 && self.is_active() && !step.finished => {
                words.push_str(&format!(" · {}", rate_in_words(rate)))
            }
            _ if step.recalled > 0 => words.push_str(&format!(" · {} known", step.recalled)),
            _ => {}
        }
        words
    }
}

/// Returns how much a standing matters.
fn rank(standing: Standing) -> u8 {
    match standing {
        Standing::Done => 0,
        Standing::Waiting => 1,
        Standing::Running => 2,
        Standing::Failed => 3,
        Standing::Asking => 4,
    }
}

/// Returns a time in words.
pub fn seconds(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{:.1} s", ms as f64 / 1_000.0),
        _ => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1_000),
    }
}
