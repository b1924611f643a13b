//! The desk where work waits for a server: first come, first served, but for what a server has loaded already.

use std::cmp::Ordering;
use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedMutexGuard, RwLock, oneshot};
use tokio::time::{Instant, sleep};
use windlass_core::node::NodeError;

use super::member::{Member, Members};
use super::now;
use crate::server::ServerError;

/// How many of those who wait a free server chooses from, and how often one is passed over at most.
const CHOICE: usize = 16;

/// How many have a turn at a server: what one makes ready while the other runs is time that the server is not idle.
const HOLDERS: usize = 2;

/// How often who waits for a server looks whether another one is idle.
const LOOK_EVERY: Duration = Duration::from_millis(100);

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
    /// Held by what is still to be said to servers when nobody waits for it any more.
    errands: Arc<RwLock<()>>,
}

struct State {
    seats: Vec<Seat>,
    waiting: VecDeque<Waiting>,
}

/// What the desk knows of a server.
struct Seat {
    standing: Standing,
    /// Who has a turn there: one whose prompt runs, and one who makes the next one ready.
    holders: usize,
    models: BTreeSet<String>,
    given: u64,
}

struct Waiting {
    wants: Wants,
    passed: usize,
    tell: oneshot::Sender<Turn>,
}

/// The right to make a prompt ready for a server, and to run it there once nobody else's runs; dropping it lets the next one have it.
pub struct Turn {
    desk: Option<Arc<Desk>>,
    member: Arc<Member>,
    at: usize,
    wants: Wants,
}

impl Desk {
    pub(super) fn new(members: Vec<Member>) -> Arc<Self> {
        let seat = |_: &Member| Seat { standing: Standing::Unseen, holders: 0, models: BTreeSet::new(), given: 0 };
        let seats = members.iter().map(seat).collect();
        let state = Mutex::new(State { seats, waiting: VecDeque::new() });
        Arc::new(Self { members: members.into_iter().map(Arc::new).collect(), state, errands: Arc::default() })
    }

    pub(super) fn members(&self) -> &[Arc<Member>] {
        &self.members
    }

    pub(super) fn standing(&self, at: usize) -> Standing {
        self.state().seats[at].standing.clone()
    }

    pub(super) fn is_busy(&self, at: usize) -> bool {
        self.state().seats[at].holders > 0
    }

    pub(super) fn given(&self, at: usize) -> u64 {
        self.state().seats[at].given
    }

    pub(super) fn waiting(&self) -> usize {
        self.state().waiting.iter().filter(|waiting| !waiting.tell.is_closed()).count()
    }

    /// Waits until servers have been told what they were still to be told.
    pub(super) async fn errands_done(&self) {
        drop(self.errands.write().await);
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
            let member = self.members[at].clone();
            let turn = Turn { desk: Some(self.clone()), member, at, wants: wants.clone() };
            match tell.send(turn) {
                Ok(()) => {
                    let seat = &mut state.seats[at];
                    (seat.holders, seat.given) = (seat.holders + 1, seat.given + 1);
                    seat.models = wants.models;
                }
                // Dropping it would ask for the lock that is held here.
                Err(mut unwanted) => drop(unwanted.desk.take()),
            }
        }
    }

    /// Returns who gets which server next: those that do nothing are given out before those that run something.
    fn pair(&self, state: &State) -> Option<(usize, usize)> {
        let free = |holders: usize| {
            let seats = state.seats.iter().enumerate();
            seats
                .filter(move |(_, seat)| seat.is_free() && seat.holders == holders)
                .map(|(at, _)| at)
                .collect::<Vec<_>>()
        };
        (0..HOLDERS).find_map(|holders| self.pair_of(state, &free(holders)))
    }

    fn pair_of(&self, state: &State, free: &[usize]) -> Option<(usize, usize)> {
        let is_patient = state.waiting.front().is_some_and(|first| first.passed < CHOICE);
        let has_loaded = |wants: &Wants, at: usize| !wants.models.is_empty() && state.seats[at].models == wants.models;
        let mut near = state.waiting.iter().take(if is_patient { CHOICE } else { 1 }).enumerate();
        let quick = near.find_map(|(waiting, one)| {
            let at = free.iter().find(|at| has_loaded(&one.wants, **at) && self.is_allowed(&one.wants, **at))?;
            Some((waiting, *at))
        });
        let share = |at: usize| state.seats[at].given as f64 / f64::from(self.members[at].setting().weight.max(1));
        let order = |at: &usize| (!state.seats[*at].models.is_empty(), share(*at));
        quick.or_else(|| {
            state.waiting.iter().enumerate().find_map(|(waiting, one)| {
                let fits = free.iter().copied().filter(|at| self.is_allowed(&one.wants, *at));
                let best = fits.min_by(|one, other| order(one).partial_cmp(&order(other)).unwrap_or(Ordering::Equal));
                best.map(|at| (waiting, at))
            })
        })
    }

    /// Returns whether another server does nothing that would do as well.
    fn has_idle_beside(&self, at: usize, wants: &Wants) -> bool {
        let state = self.state();
        let is_idle = |other: usize| {
            let seat = &state.seats[other];
            other != at && seat.holders == 0 && matches!(seat.standing, Standing::Up) && self.is_allowed(wants, other)
        };
        (0..state.seats.len()).any(is_idle)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    fn is_free(&self) -> bool {
        self.holders < HOLDERS && matches!(self.standing, Standing::Unseen | Standing::Up)
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

    /// Waits until no other prompt runs there; `None` where another server has nothing to do by then.
    pub async fn begin(&self) -> Option<OwnedMutexGuard<()>> {
        let free = self.member.runs();
        tokio::pin!(free);
        loop {
            tokio::select! {
                biased;
                running = &mut free => return Some(running),
                () = sleep(LOOK_EVERY) => {}
            }
            if self.desk.as_ref().is_some_and(|desk| desk.has_idle_beside(self.at, &self.wants)) {
                return None;
            }
        }
    }

    /// Returns what whoever has something left to say to the server holds until it is said.
    pub(crate) fn errands(&self) -> Arc<RwLock<()>> {
        self.desk.as_ref().map(|desk| desk.errands.clone()).unwrap_or_default()
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
        desk.state().seats[self.at].holders -= 1;
        desk.deal();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool::ServerSetting;

    /// Returns a desk before servers with these tags and weights, all of which answer.
    fn desk(servers: &[(&str, u32)]) -> Arc<Desk> {
        let member = |(at, (tag, weight)): (usize, &(&str, u32))| {
            let tags = vec![(*tag).to_owned()];
            let setting =
                ServerSetting { tags, weight: *weight, ..ServerSetting::at(&format!("127.0.0.1:{}", at + 1)) };
            Member::new(setting.server().unwrap(), setting)
        };
        let desk = Desk::new(servers.iter().enumerate().map(member).collect());
        (0..servers.len()).for_each(|at| desk.seen(at));
        desk
    }

    fn wants(models: &[&str]) -> Wants {
        Wants { models: models.iter().map(|model| (*model).to_owned()).collect(), ..Wants::default() }
    }

    fn now(desk: &Arc<Desk>, wants: Wants) -> Option<Turn> {
        desk.wait(wants).try_recv().ok()
    }

    #[test]
    fn idle_servers_come_first_and_each_has_room_for_two() {
        let desk = desk(&[("", 1), ("", 1)]);
        let mut turns: Vec<_> = (0..4).filter_map(|_| now(&desk, Wants::default())).collect();
        let at: Vec<_> = turns.iter().map(Turn::at).collect();
        assert_eq!((at[0] + at[1], at[2] + at[3]), (1, 1), "{at:?}");
        let mut fifth = desk.wait(Wants::default());
        assert!(fifth.try_recv().is_err());
        drop(turns.pop());
        assert_eq!(fifth.try_recv().unwrap().at(), at[3]);
    }

    #[test]
    fn who_needs_what_is_loaded_gets_it_and_passes_nobody_too_often() {
        let desk = desk(&[("", 1)]);
        drop(now(&desk, wants(&["flux"])));
        let held: Vec<_> = (0..HOLDERS).filter_map(|_| now(&desk, wants(&["flux"]))).collect();
        let mut other = desk.wait(wants(&["sdxl"]));
        let mut same: Vec<_> = (0..CHOICE + 4).map(|_| desk.wait(wants(&["flux"]))).collect();
        let mut turns = held;
        let mut before = 0;
        while other.try_recv().is_err() {
            drop(turns.pop());
            let mut told = same.iter_mut().filter_map(|told| told.try_recv().ok()).collect::<Vec<_>>();
            before += told.len();
            turns.append(&mut told);
            assert!(before <= CHOICE, "{before} have passed it");
        }
        assert_eq!(before, CHOICE);
    }

    #[test]
    fn tags_weights_and_the_one_server_are_kept_to() {
        let desk = desk(&[("small", 1), ("flux", 3)]);
        let flux = Wants { tags: vec!["flux".into()], ..Wants::default() };
        assert_eq!(now(&desk, flux.clone()).unwrap().at(), 1);
        assert_eq!(now(&desk, Wants { only: Some(0), ..Wants::default() }).unwrap().at(), 0);
        assert!(now(&desk, Wants { not: [1].into(), ..flux.clone() }).is_none());
        assert!(desk.hopeless(&Wants { not: [1].into(), ..flux }, Duration::ZERO).is_some());
        let given = (0..40).map(|_| now(&desk, Wants::default()).unwrap().at()).sum::<usize>();
        assert!((28..=32).contains(&given), "the heavier one got {given} of 40");
    }

    #[test]
    fn a_turn_that_nobody_waits_for_any_more_is_given_to_the_next() {
        let desk = desk(&[("", 1)]);
        let held: Vec<_> = (0..HOLDERS).filter_map(|_| now(&desk, Wants::default())).collect();
        drop(desk.wait(Wants::default()));
        let mut next = desk.wait(Wants::default());
        drop(held);
        assert!(next.try_recv().is_ok());
        assert_eq!(desk.waiting(), 0);
    }
}
