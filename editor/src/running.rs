//! A run that belongs to a graph in the window: how it is started, what is known of it, and how it is steered.

mod glimpses;
mod items;
mod logs;
pub mod path;
mod pressure;
mod speed;
mod tape;
mod telling;
mod times;
pub mod views;
mod watch;
mod words;

use std::cell::Cell;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use egui::Context;
use windlass_core::event::{Outcome, RunState, StepState};
use windlass_core::permission::Permission;
use windlass_runtime::{InUse, Run};
use windlass_store::runs::Run as KeptRun;

pub use glimpses::{Glimpses, Shown, Wanted};
use glimpses::{KeptItem, OfRun};
pub use items::{FateOf, Item};
pub use logs::Line;
pub use speed::Speed;
pub use tape::Head;
pub use telling::{Reached, Telling, Wish};
pub use watch::{Folded, Seen};

use pressure::Pressure;

use crate::canvas::live::{Live, NodeLive, Standing};
use crate::canvas::scene::Scene;
use crate::host::{Ask, Begun, Errand, Host, Refusal, Warned};
use crate::preview::Size;
use crate::words::{rate_in_words, time_in_words};

/// A run of a graph.
pub struct Session {
    source: Source,
    seen: Arc<Seen>,
    /// Previews of its newest values.
    pub glimpses: Glimpses,
    /// What is known of the run, as of the last look.
    pub folded: Folded,
    /// How far its journal was read, where it is told by that, as of the last look.
    reached: Option<Arc<Reached>>,
    /// What it is to do.
    pub errand: Errand,
    /// How full its wires are, as of the last look.
    pressure: Pressure,
    /// What it uses of the machine, as of the last look.
    in_use: Option<InUse>,
    /// The device beside the processor that each step asks for.
    devices: Vec<Option<String>>,
    /// What was asked of it before it began.
    wishes: Cell<Wishes>,
    warned: Warned,
}

/// What a person asked of a run that had not begun yet.
#[derive(Clone, Copy, Debug, Default)]
struct Wishes {
    pause: bool,
    stop: bool,
}

/// Where what is known of a run comes from.
enum Source {
    /// It is being started.
    Starting(Receiver<Result<Begun, Refusal>>),
    /// It is a run of this window.
    Running(Run),
    /// It did not start.
    Refused,
    /// Its journal: it is over, or a run of another process.
    Journal(Telling),
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
        (graph, text): (std::path::PathBuf, Option<String>),
        errand: Errand,
        granted: Vec<Permission>,
    ) -> Self {
        let seen = Arc::new(Seen::new(ctx.clone()));
        let glimpses = Glimpses::start(ctx.clone(), host.clone(), None);
        let (watcher, peeks) = (Box::new(seen.watcher()), glimpses.peeks());
        let ask = Ask { graph, text, errand: errand.clone(), granted, watcher, peeks };
        let (tell, begun) = sync_channel(1);
        let wake = ctx.clone();
        let start = move || {
            // A window that was closed meanwhile wants no answer.
            drop(tell.send(host.start(ask)));
            wake.request_repaint();
        };
        // Without the thread the channel is closed, which is a refusal.
        drop(std::thread::Builder::new().name("start".into()).spawn(start));
        Self::of(Source::Starting(begun), (seen, glimpses), errand)
    }

    /// Begins to read the journal of a run, beside the window.
    pub fn of_journal(ctx: &Context, host: Arc<dyn Host>, run: KeptRun, graph: PathBuf) -> Self {
        let seen = Arc::new(Seen::new(ctx.clone()));
        let glimpses = Glimpses::start(ctx.clone(), host, Some(OfRun { run: run.name.clone(), graph }));
        let telling = Telling::start(ctx, run, seen.clone());
        Self { reached: Some(Arc::default()), ..Self::of(Source::Journal(telling), (seen, glimpses), Errand::Whole) }
    }

    fn of(source: Source, (seen, glimpses): (Arc<Seen>, Glimpses), errand: Errand) -> Self {
        Self {
            source,
            seen,
            glimpses,
            folded: Folded::default(),
            reached: None,
            errand,
            pressure: Pressure::default(),
            in_use: None,
            devices: Vec::new(),
            wishes: Cell::default(),
            warned: Warned::default(),
        }
    }

    /// Looks what has happened.
    pub fn look(&mut self) -> News {
        if let Source::Starting(begun) = &self.source {
            match begun.try_recv() {
                Ok(Ok(begun)) => self.begin(begun),
                Ok(Err(refusal)) => {
                    self.source = Source::Refused;
                    return News::Refused(refusal);
                }
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => {
                    self.source = Source::Refused;
                    return News::Refused(Refusal::Said("the run could not be started".into()));
                }
            }
        }
        let has_moved = self.look_at_journal();
        if !self.seen.take(&mut self.folded) {
            return if has_moved { News::More } else { News::Nothing };
        }
        self.glimpses.look_again();
        self.measure();
        News::More
    }

    fn look_at_journal(&mut self) -> bool {
        let Source::Journal(telling) = &self.source else { return false };
        let reached = Some(telling.reached());
        let has_moved = self.reached != reached;
        self.reached = reached;
        has_moved
    }

    /// Looks how full the wires are.
    fn measure(&mut self) {
        let Source::Running(run) = &self.source else { return };
        self.pressure.sample(run.gauges(), Instant::now());
        self.in_use = Some(run.in_use());
        let known = self.devices.len();
        self.devices.extend((known..self.folded.state.steps.len()).map(|step| run.device(step)));
    }

    /// Returns what it uses of the machine; `None` where that is another process.
    pub fn in_use(&self) -> Option<&InUse> {
        self.in_use.as_ref()
    }

    /// Says which node holds the run back, where one does.
    pub fn bottleneck(&self) -> Option<String> {
        let goes_on = self.is_active() && !self.is_paused() && self.state().stopping.is_none();
        goes_on.then(|| self.pressure.bottleneck(self.state(), &self.folded.rates))?
    }

    fn begin(&mut self, begun: Begun) {
        self.warned = begun.warned;
        self.source = Source::Running(begun.run);
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

    /// Returns what a node gave last, as far as somebody wanted to see it.
    pub fn shown(&self, node: &str) -> Option<Arc<Shown>> {
        let step = self.step_of(node)?;
        self.glimpses.of(step, Size::Whole).or_else(|| self.glimpses.of(step, Size::Small))
    }

    /// Returns what a preview of a node is made of.
    pub fn wanted(&self, node: &str, size: Size) -> Option<Wanted> {
        let step = self.step_of(node)?;
        let file = self.folded.items.of(step).find_map(|item| item.file.clone()).map(Into::into);
        let newest = || self.folded.items.of(step).find(|item| item.fate == FateOf::Emitted);
        let item = if self.is_ours() { None } else { newest() };
        let file = item.map_or(file, |item| item.file.clone().map(Into::into));
        let name = || self.state().steps[step].info.name.clone();
        let item = item.map(|item| KeptItem { step: name(), key: item.key.clone(), name: item.name.clone() });
        Some(Wanted { step, size, file, item })
    }

    /// Returns whether it goes on, in this process or in another one.
    pub fn is_active(&self) -> bool {
        match &self.source {
            Source::Refused => false,
            Source::Starting(_) | Source::Running(_) => self.state().ended.is_none(),
            Source::Journal(_) => self.reached().is_some_and(|reached| reached.head == Head::GoesOn && reached.is_read),
        }
    }

    /// Returns whether it is a run of this window.
    pub fn is_ours(&self) -> bool {
        !matches!(self.source, Source::Journal(_))
    }

    /// Returns the run in its workspace, where it is told by its journal.
    pub fn kept(&self) -> Option<&KeptRun> {
        match &self.source {
            Source::Journal(telling) => Some(telling.run()),
            _ => None,
        }
    }

    /// Returns its name.
    pub fn name(&self) -> &str {
        self.kept().map_or(&self.state().run, |run| &run.name)
    }

    /// Returns how far its journal was read, where it is told by that.
    pub fn reached(&self) -> Option<&Reached> {
        self.reached.as_deref()
    }

    /// Says which moment of it is to be shown, where it is told by its journal.
    pub fn wish(&self, wish: Wish) {
        if let Source::Journal(telling) = &self.source {
            telling.wish(wish);
        }
    }

    /// Returns what goes wrong beside the run, in the workspace.
    pub fn warned(&self) -> Vec<String> {
        self.warned.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns whether it is over, and its end is what is shown.
    pub fn is_over(&self) -> bool {
        match self.reached() {
            Some(reached) => {
                reached.is_read && reached.is_newest() && matches!(reached.head, Head::Ended | Head::Killed)
            }
            None => self.state().ended.is_some(),
        }
    }

    /// Returns whether something is missing that can be done later.
    pub fn can_resume(&self) -> bool {
        self.is_over() && !matches!(self.state().ended, Some((Outcome::Finished, _)))
    }

    /// Returns whether something failed that can be run again.
    pub fn can_retry(&self) -> bool {
        self.is_over() && self.state().unhandled() > 0
    }

    /// Returns whether it was paused.
    pub fn is_paused(&self) -> bool {
        self.is_active() && (self.state().paused.is_some() || self.wishes.get().pause)
    }

    /// Starts nothing new until it is resumed.
    pub fn pause(&self) {
        match &self.source {
            Source::Running(run) => drop(run.pause("paused in the window")),
            _ => self.wishes.set(Wishes { pause: true, ..self.wishes.get() }),
        }
    }

    /// Lets it go on.
    pub fn resume(&self) {
        match &self.source {
            Source::Running(run) => drop(run.resume()),
            _ => self.wishes.set(Wishes { pause: false, ..self.wishes.get() }),
        }
    }

    /// Ends it: what is under way finishes, the rest stays open.
    pub fn stop(&self) {
        match &self.source {
            Source::Running(run) => run.interrupt("stopped in the window"),
            _ => self.wishes.set(Wishes { stop: true, ..self.wishes.get() }),
        }
    }

    /// Answers a question of a step.
    ///
    /// # Errors
    /// Says what is wrong with the answer.
    pub fn answer(&self, step: &str, key: &str, typed: &str) -> Result<(), String> {
        let Source::Running(run) = &self.source else { return Err("the run does not go on in this window".into()) };
        let key = key.parse().map_err(|_| format!("`{key}` is no key"))?;
        run.answer(step, &key, typed).map_err(|error| error.to_string())
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
            let aside = NodeLive { words: String::new(), more: String::new(), ..live.clone() };
            if known.as_ref().is_none_or(|known| rank(known.standing) < rank(live.standing)) {
                *known = Some(live);
            }
            // Nodes that run as one stand alike; its figures are at the one whose name it has.
            let members = step.info.members.iter().filter_map(|member| scene.place(member.strip_prefix(prefix)?));
            for member in members {
                nodes[member].get_or_insert_with(|| aside.clone());
            }
        }
        Live { nodes, wires: self.pressure.wires(scene, prefix, state), ..Live::default() }
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
        let under_way = under_way(step);
        NodeLive { standing, share: share.or(under_way), words: self.words(at, done, total), more: self.more(at) }
    }

    /// Returns whether the moment that is shown is one in which something happened.
    fn is_moving(&self) -> bool {
        self.is_active() || self.reached().is_some_and(|reached| !reached.is_newest())
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
        if let Some(share) = under_way(step).filter(|_| !step.finished) {
            words.push_str(&format!(" · {:.0} %", share * 100.0));
        }
        match self.folded.rates.get(at).copied().unwrap_or_default() {
            rate if rate >= 0.1 && self.is_moving() && !step.finished => {
                words.push_str(&format!(" · {}", rate_in_words(rate)))
            }
            _ => {}
        }
        words
    }

    /// Returns how long items take, how many were known before, and where they are computed.
    fn more(&self, at: usize) -> String {
        let step = &self.state().steps[at];
        let mut parts = Vec::new();
        if let Some(spread) = self.folded.spreads.get(at).copied().flatten() {
            let [p50, p95] = [spread.p50_ms, spread.p95_ms].map(time_in_words);
            parts.push(format!("p50 {p50} · p95 {p95}"));
        } else if step.busy_ms > 0.0 && step.done() > 0 {
            parts.push(format!("{} each", time_in_words(step.busy_ms / step.done() as f64)));
        }
        if step.recalled > 0 {
            parts.push(format!("{:.0} % known", 100.0 * step.recalled as f64 / step.done().max(step.recalled) as f64));
        }
        parts.extend(self.devices.get(at).cloned().flatten());
        parts.join(" · ")
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

/// Returns how much is done of the item of a step that is done the most, of those that say it.
fn under_way(step: &StepState) -> Option<f32> {
    step.running.values().flatten().copied().reduce(f32::max)
}
