//! The servers of a person, as one service: who is free, who is there, who has the models already.
//!
//! Each server is given one prompt at a time, which is all that it computes on; the queue is ours, and so survives.

mod desk;
mod member;
mod setting;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, sleep};
use windlass_core::node::NodeError;
use windlass_core::service::{Figure, Service, ServiceAbout};

use crate::server::Patience;
use desk::Desk;
pub use desk::{Standing, Turn, Wants};
pub use member::Member;
pub use setting::{Header, ServerSetting};

/// Name of the service in its pack.
pub const POOL: &str = "pool";

/// How often servers are looked for that are gone, by those who wait.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// The servers of a person, and how long they are waited for.
#[derive(Clone, Debug)]
pub struct PoolSettings {
    /// The servers.
    pub servers: Vec<ServerSetting>,
    /// How long a server is waited for that has a prompt.
    pub patience: Patience,
    /// How long work waits while no server can be reached that could be reached before.
    pub wait_for_any: Duration,
}

impl PoolSettings {
    /// Takes servers, with the patience that most need.
    pub fn of(servers: Vec<ServerSetting>) -> Self {
        Self { servers, patience: Patience::default(), wait_for_any: Duration::from_secs(300) }
    }

    /// Returns how many items of a kind fire at once: for each server one that runs, one that is made ready, and one whose outputs
    /// are fetched.
    pub fn slots(&self) -> usize {
        self.servers.len().max(1) * 3
    }
}

/// The service `comfy.pool`.
pub struct PoolService {
    settings: PoolSettings,
}

impl PoolService {
    /// Makes the service.
    pub fn new(settings: PoolSettings) -> Self {
        Self { settings }
    }
}

impl Service for PoolService {
    type Handle = Pool;

    fn about(&self) -> ServiceAbout {
        ServiceAbout::new(
            POOL,
            "ComfyUI servers",
            "Gives prompts to the ComfyUI servers of the settings, one at a time each.",
        )
    }

    async fn start(&self) -> Result<Pool, NodeError> {
        let pool = Pool::new(&self.settings);
        pool.look().await;
        Ok(pool)
    }

    async fn health(&self, running: &Pool) -> Result<Vec<Figure>, NodeError> {
        running.look().await;
        Ok(running.figures())
    }

    async fn stop(&self, running: &Pool) -> Result<(), NodeError> {
        running.desk.errands_done().await;
        Ok(())
    }
}

/// The servers while they are used.
pub struct Pool {
    desk: Arc<Desk>,
    /// What is wrong with the settings.
    wrong: Option<NodeError>,
    patience: Patience,
    wait_for_any: Duration,
}

impl Pool {
    /// Makes a pool of servers that nobody has looked at yet. What is wrong with the settings is said to whoever wants a server.
    pub fn new(settings: &PoolSettings) -> Self {
        let PoolSettings { servers, patience, wait_for_any } = settings.clone();
        let member = |setting: ServerSetting| Ok(Member::new(setting.server()?.with_patience(patience), setting));
        let (members, wrong) = match servers.into_iter().map(member).collect::<Result<Vec<_>, NodeError>>() {
            Ok(members) => (members, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        Self { desk: Desk::new(members), wrong, patience, wait_for_any }
    }

    /// Returns the servers.
    pub fn members(&self) -> &[Arc<Member>] {
        self.desk.members()
    }

    /// Returns which server stands at an address, as it is shown.
    pub fn at(&self, address: &str) -> Option<usize> {
        self.members().iter().position(|member| member.name() == address)
    }

    /// Waits for a server.
    ///
    /// # Errors
    /// No server that would do can be reached, and why.
    pub async fn turn(&self, wants: &Wants) -> Result<Turn, NodeError> {
        self.wrong.clone().map_or(Ok(()), Err)?;
        let patience = if wants.only.is_some() { self.patience.gone_after } else { self.wait_for_any };
        if self.desk.hopeless(wants, patience).is_some() {
            // It may have come back since somebody looked last.
            self.look_for_lost().await;
            self.desk.hopeless(wants, patience).map_or(Ok(()), Err)?;
        }
        let mut told = self.desk.wait(wants.clone());
        loop {
            tokio::select! {
                biased;
                turn = &mut told => return turn.map_err(|_| NodeError::new("the pool of servers has ended")),
                () = sleep(LOOK_EVERY) => self.look_for_lost().await,
            }
            self.desk.hopeless(wants, patience).map_or(Ok(()), Err)?;
        }
    }

    /// Looks at all servers that no prompt is running on.
    async fn look(&self) {
        join_all((0..self.members().len()).map(|at| self.look_at(at))).await;
    }

    /// Looks at the servers that could not be reached.
    async fn look_for_lost(&self) {
        let lost = (0..self.members().len()).filter(|at| matches!(self.desk.standing(*at), Standing::Down { .. }));
        join_all(lost.map(|at| self.look_at(at))).await;
    }

    async fn look_at(&self, at: usize) {
        let member = &self.members()[at];
        match member.server().system().await {
            Ok(system) => {
                member.is_there(&system);
                self.desk.seen(at);
            }
            // Who has a prompt there sees it too, and knows more.
            Err(_) if self.desk.is_busy(at) => {}
            Err(error) => self.desk.lost(at, error),
        }
    }

    fn figures(&self) -> Vec<Figure> {
        let figure = |(at, member): (usize, &Arc<Member>)| {
            let (standing, given) = (self.desk.standing(at), self.desk.given(at));
            let doing = if self.desk.is_busy(at) { "running" } else { "idle" };
            let value = match standing {
                Standing::Unseen => "not looked at yet".into(),
                Standing::Up => format!("ComfyUI {}, {doing}, {given} prompts so far", member.version()),
                Standing::Down { why, .. } => why.to_string(),
                Standing::Dead { .. } => "its worker is dead; restart it".into(),
            };
            Figure::new(member.name(), value)
        };
        let waiting = Figure::new("waiting", self.desk.waiting());
        self.members().iter().enumerate().map(figure).chain([waiting]).collect()
    }
}

/// Returns the moment that lies so far back that nobody waits for it.
fn now() -> Instant {
    Instant::now()
}
