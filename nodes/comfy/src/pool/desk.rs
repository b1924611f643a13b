//! The desk where work waits for a server: first come, first served, but for what a server has loaded already.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;
use windlass_core::node::NodeError;

use super::member::{Member, Members};
use super::now;
use crate::server::ServerError;

/// How many of those who wait a free server chooses from, and how often one is passed over at most.
const CHOICE: usize = 16;

/// How long a server whose worker is dead is left alone, unless it is seen to be restarted.
const DEAD_FOR: Duration = Duration::from_secs(300);

/// What work asks of a server.
#[derive(Clone, Debug, Default)]
pub struct Wants {
    /// The models that it loads, by file name: where they are loaded, it is quicker.
    pub models: BTreeSet<String>,
    /// Tags that the server must have.
    pub tags: Vec<String>,
    /// The one server that will do, because it has the prompt already.
    pub only: Option<usize>,
    /// Servers that will not do.
    pub not: BTreeSet<usize>,
}

/// How a server is.
#[derive(Clone, Debug)]
pub enum Standing {
    /// Nobody has looked.
    Unseen,
    /// It answers.
    Up,
    /// It does not.
    Down {
        /// Since when.
        since: Instant,
        /// Whether it answered before.
        was_up: bool,
        /// What came instead.
        why: ServerError,
    },
    /// It takes prompts and runs none.
    Dead {
        /// Since when.
        since: Instant,
    },
}

/// Where work waits for servers.
pub struct Desk {
    members: Members,
    state: Mutex<State>,
}

struct State {
    seats: Vec<Seat>,
    waiting: VecDeque<Waiting>,
}

/// What the desk knows of a server.
struct Seat {
    standing: Standing,
    busy: bool,
    models: BTreeSet<String>,
    given: u64,
}

struct Waiting {
    wants: Wants,
    passed: usize,
    tell: oneshot::Sender<Turn>,
}

/// The right to give a server a prompt; dropping it lets the next one have it.
pub struct Turn {
    desk: Option<Arc<Desk>>,
    member: Arc<Member>,
    at: usize,
}

impl Desk {
    pub(super) fn new(members: Vec<Member>) -> Arc<Self> {
        let seat = |_: &Member| Seat { standing: Standing::Unseen, busy: false, models: BTreeSet::new(), given: 0 };
        let seats = members.iter().map(seat).collect();
        let state = Mutex::new(State { seats, waiting: VecDeque::new() });
        Arc::new(Self { members: members.into_iter().map(Arc::new).collect(), state })
    }

    pub(super) fn members(&self) -> &[Arc<Member>] {
        &self.members
    }

    pub(super) fn standing(&self, at: usize) -> Standing {
        self.state().seats[at].standing.clone()
    }

    pub(super) fn is_busy(&self, at: usize) -> bool {
        self.state().seats[at].busy
    }

    pub(super) fn given(&self, at: usize) -> u64 {
        self.state().seats[at].given
    }

    pub(super) fn waiting(&self) -> usize {
        self.state().waiting.iter().filter(|waiting| !waiting.tell.is_closed()).count()
    }

    /// Waits in line.
    pub(super) fn wait(self: &Arc<Self>, wants: Wants) -> oneshot::Receiver<Turn> {
        let (tell, told) = oneshot::channel();
        self.state().waiting.push_back(Waiting { wants, passed: 0, tell });
        self.deal();
        told
    }

    /// Takes note that a server answers.
    pub(super) fn seen(self: &Arc<Self>, at: usize) {
        let is_back = {
            let standing = &mut self.state().seats[at].standing;
            match standing {
                Standing::Dead { since } if since.elapsed() < DEAD_FOR => return,
                Standing::Up => return,
                _ => matches!(std::mem::replace(standing, Standing::Up), Standing::Down { was_up: true, .. }),
            }
        };
        if is_back {
            self.forget(at);
        }
        self.deal();
    }

    /// Takes note that a server does not answer.
    pub(super) fn lost(&self, at: usize, why: ServerError) {
        let standing = &mut self.state().seats[at].standing;
        let (since, was_up) = match standing {
            Standing::Down { since, was_up, .. } => (*since, *was_up),
            Standing::Unseen => (now(), false),
            Standing::Up | Standing::Dead { .. } => (now(), true),
        };
        *standing = Standing::Down { since, was_up, why };
    }

    /// Forgets what a server has not any more that was restarted.
    fn forget(&self, at: usize) {
        self.members[at].forget();
        self.state().seats[at].models.clear();
    }

    /// Returns why no server will ever do, as far as anybody can tell.
    pub(super) fn hopeless(&self, wants: &Wants, patience: Duration) -> Option<NodeError> {
        let state = self.state();
        let allowed: Vec<_> = (0..state.seats.len()).filter(|at| self.is_allowed(wants, *at)).collect();
        let lost = |at: &usize| match &state.seats[*at].standing {
            Standing::Unseen | Standing::Up => None,
            // Whether it ever answered does not matter to who knows that it has the prompt.
            Standing::Down { since, was_up, .. } if (*was_up || wants.only.is_some()) && since.elapsed() < patience => {
                None
            }
            Standing::Down { why, .. } => Some(why.to_string()),
            Standing::Dead { .. } => {
                Some(format!("{} takes prompts and runs none: its worker is dead", self.members[*at].name()))
            }
        };
        let causes = allowed.iter().map(lost).collect::<Option<Vec<_>>>()?;
        Some(match causes.is_empty() {
            true => NodeError::new("no server of the settings has what the work needs"),
            false => NodeError::new(causes.join("; "))
                .hint("start ComfyUI, or name other servers in the settings (`docs/settings.md`)"),
        })
    }

    fn is_allowed(&self, wants: &Wants, at: usize) -> bool {
        let tags = &self.members[at].setting().tags;
        wants.only.is_none_or(|only| only == at)
            && !wants.not.contains(&at)
            && wants.tags.iter().all(|tag| tags.contains(tag))
    }

    /// Gives free servers to those who wait.
    fn deal(self: &Arc<Self>) {
        let mut state = self.state();
        state.waiting.retain(|waiting| !waiting.tell.is_closed());
        while let Some((waiting, at)) = self.pair(&state) {
            state.waiting.iter_mut().take(waiting).for_each(|passed| passed.passed += 1);
            let Some(Waiting { wants, tell, .. }) = state.waiting.remove(waiting) else { return };
            let turn = Turn { desk: Some(self.clone()), member: self.members[at].clone(), at };
            match tell.send(turn) {
                Ok(()) => {
                    let seat = &mut state.seats[at];
                    (seat.busy, seat.given) = (true, seat.given + 1);
                    seat.models = wants.models;
                }
                // Dropping it would ask for the lock that is held here.
                Err(mut unwanted) => drop(unwanted.desk.take()),
            }
        }
    }

    /// Returns who gets which server next.
    fn pair(&self, state: &State) -> Option<(usize, usize)> {
        let free: Vec<usize> = (0..state.seats.len()).filter(|at| state.seats[*at].is_free()).collect();
        let is_patient = state.waiting.front().is_some_and(|first| first.passed < CHOICE);
        let has_loaded = |wants: &Wants, at: usize| !wants.models.is_empty() && state.seats[at].models == wants.models;
        let near = state.waiting.iter().take(if is_patient { CHOICE } else { 1 }).enumerate();
        let quick = near.clone().find_map(|(waiting, one)| {
            let at = free.iter().find(|at| has_loaded(&one.wants, **at) && self.is_allowed(&one.wants, **at))?;
            Some((waiting, *at))
        });
        let share = |at: usize| state.seats[at].given as f64 / f64::from(self.members[at].setting().weight.max(1));
        quick.or_else(|| {
            state.waiting.iter().enumerate().find_map(|(waiting, one)| {
                let fits = free.iter().copied().filter(|at| self.is_allowed(&one.wants, *at));
                let order = |at: &usize| (!state.seats[*at].models.is_empty(), share(*at));
                let best = fits
                    .min_by(|one, other| order(one).partial_cmp(&order(other)).unwrap_or(std::cmp::Ordering::Equal));
                best.map(|at| (waiting, at))
            })
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    fn is_free(&self) -> bool {
        !self.busy && matches!(self.standing, Standing::Unseen | Standing::Up)
    }
}

impl Turn {
    /// Returns the server.
    pub fn member(&self) -> &Arc<Member> {
        &self.member
    }

    /// Returns which of the pool it is.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Takes note that the server is there.
    pub fn is_there(&self) {
        self.desk.iter().for_each(|desk| desk.seen(self.at));
    }

    /// Takes note that the server is gone.
    pub fn is_gone(&self, why: ServerError) {
        self.desk.iter().for_each(|desk| desk.lost(self.at, why.clone()));
    }

    /// Takes note that the server was restarted.
    pub fn was_restarted(&self) {
        self.desk.iter().for_each(|desk| desk.forget(self.at));
    }

    /// Takes note that the server runs nothing any more.
    pub fn is_dead(&self) {
        self.desk.iter().for_each(|desk| desk.state().seats[self.at].standing = Standing::Dead { since: now() });
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(desk) = self.desk.take() else { return };
        desk.state().seats[self.at].busy = false;
        desk.deal();
    }
}
