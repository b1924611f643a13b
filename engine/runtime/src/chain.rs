//! Chains: steps that compute on with what a step has just given, in the same job, while the value is warm in the caches of
//! the core. Everything else, from joins to fates, goes on as if each had fired by itself.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use windlass_core::context::{Cancel, Ctx, LetGo};
use windlass_core::key::Place;
use windlass_core::node::Outcome;
use windlass_core::plan::{OutputSource, Plan, Step, StepId, StepInput};
use windlass_core::spec::{Cost, Needs, Shape, Tolerance};
use windlass_core::value::Value;

use crate::doors::StepDoors;
use crate::lease::Share;
use crate::memory::Parcel;
use crate::recall::{Known, Recall, opened};
use crate::shared::Shared;
use crate::step::{Decision, Slot, decide, fill_paths};
use crate::suspended::{Polled, Suspended};
use crate::user_code::guarded;
use crate::worker::{Gave, Retry};

/// How many steps compute on in one job. What they give lies in each other, and a thread's stack has its end.
const LONGEST: usize = 32;

/// The steps that compute on with what a step gives, one after the other.
pub struct Chain {
    links: Vec<Link>,
}

/// For each step the one that does nothing but compute on with what it gives, and the port between them.
pub struct Followers(Vec<Option<(StepId, Arc<str>)>>);

struct Link {
    step: StepId,
    /// The port of the step before that feeds it.
    port: Arc<str>,
    doors: Arc<StepDoors>,
    recall: Option<Arc<Recall>>,
}

/// A firing that was done ahead, in the job of the step before.
#[derive(Debug)]
pub struct Computed {
    /// What came of it.
    pub polled: Polled,
    /// What one needs that failed, or that still may.
    pub retry: Retry,
    /// How long it ran.
    pub took: Duration,
    /// Whether firings of the step have taken notes.
    pub has_noted: bool,
    /// What one depends on that is not at its end.
    pub known: Option<Box<Known>>,
}

/// A computed firing on its way to its step. It is taken once.
#[derive(Clone, Debug)]
pub struct Handed(Arc<Mutex<Option<Box<Computed>>>>);

impl Handed {
    fn new(computed: Computed) -> Self {
        Self(Arc::new(Mutex::new(Some(Box::new(computed)))))
    }

    /// Takes it.
    pub fn take(&self) -> Option<Box<Computed>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// What a chain's first step hands on beside its value.
#[derive(Debug)]
pub struct Ahead {
    /// The port.
    pub port: Arc<str>,
    /// The firing of the step that the port feeds.
    pub handed: Handed,
    /// How long that and all behind it ran.
    pub took: Duration,
}

/// One item on its way through a chain.
pub struct Passage<'a> {
    /// The run.
    pub shared: &'a Arc<Shared>,
    /// The item.
    pub place: &'a Arc<Place>,
    /// Asks for an end.
    pub cancel: &'a Cancel,
    /// What was granted.
    pub share: &'a Share,
}

impl Chain {
    /// Returns the steps that compute on with what a step gives.
    pub fn of(shared: &Arc<Shared>, step: StepId) -> Self {
        let link =
            |(step, port)| Link { step, port, doors: Arc::new(doors(shared, step)), recall: shared.recall(step) };
        Self { links: shared.followers.behind(step).take(LONGEST).map(link).collect() }
    }

    /// Returns no steps.
    pub fn none() -> Self {
        Self { links: Vec::new() }
    }

    /// Lets what a step gave go on through the chain.
    pub fn go_on(&self, passage: &Passage<'_>, gave: &mut Gave) {
        pass(&self.links, passage, gave);
    }
}

fn doors(shared: &Arc<Shared>, step: StepId) -> StepDoors {
    StepDoors { shared: shared.clone(), step, has_noted: Arc::default() }
}

impl Followers {
    /// Finds them.
    pub fn of(plan: &Plan) -> Self {
        let mut readers = vec![Vec::new(); plan.steps.len()];
        for (to, target) in plan.steps.iter().enumerate() {
            target.inputs.iter().for_each(|wire| readers[wire.from].push((to, wire)));
        }
        let mut is_output = vec![false; plan.steps.len()];
        for output in &plan.outputs {
            if let OutputSource::Port { step, .. } = output.from {
                is_output[step] = true;
            }
        }
        let follower = |(from, readers): (StepId, Vec<(StepId, &StepInput)>)| match readers[..] {
            [(to, wire)] if !is_output[from] && follows(plan, (from, to), wire) => Some((to, wire.from_port.clone())),
            _ => None,
        };
        Self(readers.into_iter().enumerate().map(follower).collect())
    }

    fn behind(&self, step: StepId) -> impl Iterator<Item = (StepId, Arc<str>)> + '_ {
        let next = |step: StepId| self.0.get(step).cloned().flatten();
        std::iter::successors(next(step), move |(step, _)| next(*step))
    }
}

/// Returns whether a step does nothing but compute on with what the only wire to it brings.
fn follows(plan: &Plan, (from, to): (StepId, StepId), wire: &StepInput) -> bool {
    let (from, target) = (&plan.steps[from], &plan.steps[to]);
    let is_straight = target.inputs.len() == 1
        && !wire.collect
        && !wire.variadic
        && wire.parks.is_none()
        && wire.scope == target.scope
        && target.scope == from.scope
        && from.spec.output(&wire.from_port).is_some()
        && target.spec.tolerates == Tolerance::Nothing
        && target.policy.slots.is_none()
        && target.spec.slots.is_none();
    is_straight && !from.error_wired && computes(from) && computes(target)
}

/// Returns whether a step's firings are one try each, of one core, without a limit on time.
fn computes(step: &Step) -> bool {
    let Step { spec, policy, .. } = step;
    spec.shape == Shape::Map
        && spec.cost == Cost::Cpu
        && step.in_loop.is_none()
        && spec.needs == Needs::default()
        && policy.retries == 0
        && policy.timeout.is_none()
        && !policy.mute
}

fn pass(links: &[Link], passage: &Passage<'_>, gave: &mut Gave) {
    let Some((link, rest)) = links.split_first() else { return };
    let mut ports = gave.emission.ports.iter_mut();
    let Some((_, Outcome::Value(value))) = ports.find(|(name, _)| **name == *link.port) else { return };
    let Some(mut computed) = link.fire(passage, value.clone()) else { return };
    show(link, passage, value);
    let mut took = computed.took;
    if matches!(computed.polled, Polled::Came(Ok(_))) || computed.retry.has_let_go() {
        // Nobody needs the value any more, and its memory is warm for the next one.
        *value = Value::Absent;
    }
    if let Polled::Came(Ok(next)) = &mut computed.polled {
        pass(rest, passage, next);
        took += next.ahead.as_ref().map_or(Duration::ZERO, |ahead| ahead.took);
    }
    gave.ahead = Some(Ahead { port: link.port.clone(), handed: Handed::new(computed), took });
}

/// Shows what is handed on to whoever looks at the run: the step that gave it sends it without its value.
fn show(link: &Link, passage: &Passage<'_>, value: &Value) {
    let Some(peeks) = &passage.shared.peeks else { return };
    let from = passage.shared.plan.steps[link.step].inputs.first().map(|input| input.from);
    from.into_iter().for_each(|from| peeks.given(from, &link.port, passage.place, value));
    peeks.was_given(link.step, passage.place, value);
}

impl Link {
    /// Fires the step; `None`: it has to fire by itself, because it asks a person, or
    /// because the disk or the run stands still.
    fn fire(&self, passage: &Passage<'_>, value: Value) -> Option<Computed> {
        let Passage { shared, place, cancel, share } = *passage;
        let step = &shared.plan.steps[self.step];
        let slot = Slot::Value(Parcel::uncounted(value));
        let Decision::Fire(fire) = decide(&shared.plan, step, &[slot], shared.broken) else { return None };
        let mut bag = fire.bag;
        fill_paths(shared, step, place, &mut bag).ok()?;
        let known = self.recall.as_ref().and_then(|recall| recall.know(place, &bag).ok()).map(Box::new);
        if self.recall.as_ref().is_some_and(|recall| recall.find(place, known.as_deref()).is_some()) {
            return None;
        }
        let seed = windlass_core::seed::firing_seed(shared.plan.seed, &step.name, place);
        let ctx = Ctx::new(place.clone(), cancel.clone(), share.seen_by_node(), seed, self.doors.clone());
        let let_go = LetGo::offered();
        let ctx = ctx.letting_go(let_go.clone());
        let (node, given) = (step.node.clone(), opened(step, bag.clone()));
        let began = Instant::now();
        let code = async move { node.fire(given, &ctx).await.map(Gave::of) };
        let polled = guarded(|| Ok(Suspended::begin(code))).unwrap_or_else(|panic| Polled::Came(Err(panic)));
        let took = began.elapsed();
        let has_noted = self.doors.has_noted.load(Ordering::Acquire);
        let retry = match &polled {
            Polled::Came(Err(error)) if error.is_cancelled() || error.is_disk_full() => return None,
            Polled::Came(Err(error)) if error.question().is_some() => return None,
            Polled::Came(Ok(_)) => Retry::default(),
            Polled::Waits(_) if let_go.is_set() => Retry::without(step, &bag),
            Polled::Came(Err(_)) | Polled::Waits(_) => Retry::first(bag),
        };
        let mut polled = match polled {
            Polled::Waits(code) if retry.has_let_go() => Polled::Waits(code.ending(took)),
            polled => polled,
        };
        self.keep(place, known.as_deref(), &mut polled, took);
        Some(Computed { polled, retry, took, has_noted, known })
    }

    /// Records what came of the firing, unless it is not at its end.
    fn keep(&self, place: &Arc<Place>, known: Option<&Known>, polled: &mut Polled, took: Duration) {
        let Some(recall) = &self.recall else { return };
        match polled {
            Polled::Came(Ok(gave)) => {
                recall.keep(place, known, gave, took);
                gave.is_kept = true;
            }
            Polled::Came(Err(error)) => recall.keep_failure(place, known, error, 1, took),
            Polled::Waits(_) => {}
        }
    }
}
