//! The services of packs: each is started when a node first asks for it, looked after by a task of its own, and
//! stopped with the engine. Nothing here waits for a service without a limit.

mod call;
mod keeper;
mod watchers;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use windlass_core::node::NodeError;
use windlass_core::plan::Plan;
use windlass_core::service::{ErasedService, Phase, ServiceHandle, ServiceState};

use crate::bus::Bus;
use keeper::{Keeper, Order, Seen};
use watchers::Watchers;

/// Orders that may wait for a keeper; it takes them at once, whatever its service does.
const ORDERS: usize = 64;

/// What stopping everything may take beyond the services' own limits.
const MARGIN: Duration = Duration::from_secs(1);

/// The services of an engine. Clones are handles of the same ones.
#[derive(Clone)]
pub struct Services(Arc<All>);

struct All {
    kept: BTreeMap<String, Kept>,
    watchers: Arc<Watchers>,
    /// How many runs were started: a service that was given up is tried again by the next one.
    runs: AtomicU64,
}

/// A service and how to reach its keeper.
struct Kept {
    orders: mpsc::Sender<Order>,
    seen: watch::Receiver<Seen>,
    stop_limit: Duration,
    /// Disconnected when the keeper has ended.
    ended: std::sync::Mutex<Receiver<()>>,
}

impl Services {
    /// Takes services by pack and name, and starts none of them.
    pub(crate) fn new(all: &BTreeMap<String, Arc<dyn ErasedService>>, runtime: &tokio::runtime::Handle) -> Self {
        let watchers = Arc::<Watchers>::default();
        let kept = all.iter().map(|(name, service)| (name.clone(), keep(name, service, &watchers, runtime)));
        Self(Arc::new(All { kept: kept.collect(), watchers, runs: AtomicU64::new(0) }))
    }

    /// Returns the state of every service, by name.
    pub fn states(&self) -> Vec<ServiceState> {
        self.0.kept.values().map(|kept| kept.seen.borrow().state.clone()).collect()
    }

    /// Has a service do something: `start`, `stop`, `restart`, or one of its own actions. Returns at once; a service's
    /// own action is waited for by [`tokio::sync::oneshot::Receiver::blocking_recv`] on what comes back.
    ///
    /// # Errors
    /// There is no such service, or it is so busy with orders that it takes no more.
    pub fn act(&self, name: &str, action: &str) -> Result<oneshot::Receiver<Result<(), NodeError>>, NodeError> {
        let kept = self.kept(name)?;
        let (reply, answer) = oneshot::channel();
        let order = match action {
            "start" => Order::Start(reply),
            "stop" => Order::Stop(reply),
            "restart" => Order::Restart(reply),
            own => Order::Act(own.to_owned(), reply),
        };
        let refused = |_| NodeError::new(format!("the service `{name}` takes no orders now"));
        kept.orders.try_send(order).map_err(refused)?;
        Ok(answer)
    }

    /// Lets a run see the services of the packs that its plan uses; returns which run of the engine it is.
    pub(crate) fn begin_run(&self, plan: &Plan, bus: &Arc<Bus>) -> u64 {
        let packs = plan.steps.iter().map(|step| pack_of(&step.spec.kind).to_owned()).collect();
        let states = self.states().into_iter().filter(|state| state.state != Phase::Stopped);
        self.0.watchers.add(bus, packs, states);
        self.0.runs.fetch_add(1, Ordering::AcqRel) + 1
    }

    /// Returns a running service, for a node of a kind. Waits while it starts, and no longer than its supervision
    /// tries.
    ///
    /// # Errors
    /// There is none of that name, or it was given up in this run.
    pub(crate) async fn running(&self, kind: &str, name: &str, run: u64) -> Result<ServiceHandle, NodeError> {
        let name = format!("{}.{name}", pack_of(kind));
        let kept = self.kept(&name)?;
        let mut seen = kept.seen.clone();
        loop {
            let now = seen.borrow_and_update().clone();
            match (now.running, now.state.state) {
                (Some(running), _) => return Ok(running),
                (None, Phase::Failed) if now.given_up_in >= run => return Err(given_up(&name, &now.state)),
                // Where no order can be taken, others have asked already.
                (None, Phase::Stopped | Phase::Failed) => drop(kept.orders.try_send(Order::Need(run))),
                (None, _) => {}
            }
            seen.changed().await.map_err(|_| NodeError::new(format!("the service `{name}` has ended")))?;
        }
    }

    /// Stops all services, each within its limit.
    pub(crate) fn stop_all(&self) {
        for kept in self.0.kept.values() {
            drop(kept.orders.try_send(Order::Close));
        }
        for kept in self.0.kept.values() {
            let ended = kept.ended.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let _ = ended.recv_timeout(kept.stop_limit + MARGIN);
        }
    }

    fn kept(&self, name: &str) -> Result<&Kept, NodeError> {
        let unknown = || NodeError::new(format!("there is no service `{name}`")).permanent();
        self.0.kept.get(name).ok_or_else(unknown)
    }
}

fn keep(
    name: &str,
    service: &Arc<dyn ErasedService>,
    watchers: &Arc<Watchers>,
    runtime: &tokio::runtime::Handle,
) -> Kept {
    let (orders, taken) = mpsc::channel(ORDERS);
    let (alive, ended) = sync_channel(0);
    let (keeper, seen) = Keeper::new(name, service.clone(), watchers.clone(), runtime.clone());
    let stop_limit = service.about().stop_limit;
    runtime.spawn(async move {
        keeper.keep(taken).await;
        drop(alive);
    });
    Kept { orders, seen, stop_limit, ended: std::sync::Mutex::new(ended) }
}

/// Returns the pack that a kind or a service belongs to.
fn pack_of(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

fn given_up(name: &str, state: &ServiceState) -> NodeError {
    let cause = state.cause.as_deref().unwrap_or("it ended without saying why");
    NodeError::new(cause)
        .within(format!("the service `{name}` does not run"))
        .hint("it was started again as often as it may be; remove the cause, and run again")
        .permanent()
}
