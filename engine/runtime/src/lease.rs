//! Leases: a granted share of cores, memory and devices, taken whole before the work.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use windlass_core::context;
use windlass_core::spec::Needs;

use crate::options::Machine;
use crate::sabotage::{Broken, Rule};

/// How often younger requests may be granted before an older one that waits.
const MAX_OVERTAKEN: u32 = 16;

/// Grants leases, oldest first, with bounded overtaking.
pub struct Broker {
    total: Share,
    state: Mutex<State>,
}

struct State {
    free: Share,
    waiting: VecDeque<Waiting>,
}

struct Waiting {
    need: Share,
    depth: usize,
    overtaken: u32,
    taker: Box<dyn Taker>,
}

/// Who waits for a share.
pub trait Taker: Send {
    /// Returns whether nobody waits any more.
    fn is_gone(&self) -> bool;
    /// Takes the share, or hands it back where nobody waits any more. It must not wait, nor drop the lease.
    ///
    /// # Errors
    /// The share, if it is not wanted.
    fn take(self: Box<Self>, lease: Lease) -> Result<(), Lease>;
}

impl Taker for oneshot::Sender<Lease> {
    fn is_gone(&self) -> bool {
        self.is_closed()
    }

    fn take(self: Box<Self>, lease: Lease) -> Result<(), Lease> {
        self.send(lease)
    }
}

/// A share of the machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// Processor cores.
    pub cores: u32,
    /// Memory in bytes.
    pub memory_bytes: u64,
    /// Devices beside the processor, each whole.
    pub devices: Vec<String>,
}

/// A granted share; dropping gives it back.
pub struct Lease {
    share: Option<Share>,
    broker: Arc<Broker>,
}

impl Lease {
    /// Gives the cores back before the rest, for code that waits.
    #[must_use]
    pub fn without_cores(mut self) -> Self {
        if let Some(share) = &mut self.share {
            let cores = Share { cores: std::mem::take(&mut share.cores), ..Share::default() };
            self.broker.take_back(&cores);
        }
        self
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(share) = self.share.take() {
            self.broker.take_back(&share);
        }
    }
}

impl Share {
    /// Returns the share as a firing sees it.
    pub fn seen_by_node(&self) -> context::Lease {
        let device = self.devices.first().cloned().unwrap_or_else(|| "cpu".into());
        context::Lease { cores: self.cores.max(1), memory_bytes: self.memory_bytes, device }
    }

    fn holds(&self, need: &Self) -> bool {
        self.cores >= need.cores
            && self.memory_bytes >= need.memory_bytes
            && need.devices.iter().all(|device| self.devices.contains(device))
    }

    fn add(&mut self, other: &Self) {
        self.cores += other.cores;
        self.memory_bytes += other.memory_bytes;
        self.devices.extend(other.devices.iter().cloned());
    }

    fn take(&mut self, need: &Self) {
        self.cores -= need.cores;
        self.memory_bytes -= need.memory_bytes;
        self.devices.retain(|device| !need.devices.contains(device));
    }
}

/// Returns which request is granted next. Requests stand in the order in which they came.
fn next(free: &Share, waiting: &VecDeque<Waiting>) -> Option<usize> {
    let patient = waiting.iter().position(|request| request.overtaken >= MAX_OVERTAKEN);
    let open = patient.map_or(waiting.len(), |at| at + 1);
    let fitting = || (0..open).filter(|at| free.holds(&waiting[*at].need));
    match patient {
        Some(at) if free.holds(&waiting[at].need) => Some(at),
        _ => fitting().max_by_key(|at| (waiting[*at].depth, std::cmp::Reverse(*at))),
    }
}

fn take_gone(waiting: &mut VecDeque<Waiting>) -> Vec<Waiting> {
    if !waiting.iter().any(|request| request.taker.is_gone()) {
        return Vec::new();
    }
    let (gone, stay): (VecDeque<_>, _) = waiting.drain(..).partition(|request| request.taker.is_gone());
    *waiting = stay;
    gone.into()
}

impl Broker {
    /// Makes a broker of the whole machine.
    pub fn new(machine: &Machine) -> Arc<Self> {
        let total =
            Share { cores: machine.cores, memory_bytes: machine.memory_bytes, devices: machine.devices.clone() };
        let state = State { free: total.clone(), waiting: VecDeque::new() };
        Arc::new(Self { total, state: Mutex::new(state) })
    }

    /// Returns all there is, what of it is free, and how many requests wait.
    pub fn shares(&self) -> (Share, Share, usize) {
        let state = self.lock();
        (self.total.clone(), state.free.clone(), state.waiting.len())
    }

    /// Returns what a firing asks for: what is more than the machine has is clamped to it.
    pub fn share(&self, needs: Needs, cores_at_least: u32, device: &str, broken: Broken) -> Share {
        let devices = match (needs.device, device) {
            (false, _) | (true, "cpu") => Vec::new(),
            (true, "auto") => self.total.devices.first().cloned().into_iter().collect(),
            (true, named) => self.total.devices.iter().filter(|known| *known == named).cloned().collect(),
        };
        let share = Share { cores: needs.cores.max(cores_at_least), memory_bytes: needs.memory_bytes, devices };
        if broken.is(Rule::LeaseNotClamped) {
            return share;
        }
        Share {
            cores: share.cores.min(self.total.cores),
            memory_bytes: share.memory_bytes.min(self.total.memory_bytes),
            ..share
        }
    }

    /// Waits for a share. Dropping the future gives up.
    pub async fn lease(self: &Arc<Self>, need: Share, depth: usize) -> Option<Lease> {
        let (granted, grant) = oneshot::channel();
        self.ask(need, depth, Box::new(granted));
        grant.await.ok()
    }

    /// Asks for a share; whoever takes it is called with it, maybe at once, on the thread that gave the share back.
    pub fn ask(self: &Arc<Self>, need: Share, depth: usize, taker: Box<dyn Taker>) {
        let mut state = self.lock();
        state.waiting.push_back(Waiting { need, depth, overtaken: 0, taker });
        let gone = self.grant(&mut state);
        drop(state);
        drop(gone);
    }

    /// Lets go of requests that nobody waits for any more, with what they hold.
    pub fn tidy(self: &Arc<Self>) {
        self.take_back(&Share::default());
    }

    fn take_back(self: &Arc<Self>, share: &Share) {
        let mut state = self.lock();
        state.free.add(share);
        let gone = self.grant(&mut state);
        drop(state);
        drop(gone);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Grants all that can be: the deepest step first, so that what was begun is finished before more is begun, and
    /// the oldest request of a step first; but no request is overtaken too often. Returns the requests that nobody waits
    /// for any more, to be dropped when the broker is free again: what they hold may give leases back.
    fn grant(self: &Arc<Self>, state: &mut State) -> Vec<Waiting> {
        let State { free, waiting } = state;
        let gone = take_gone(waiting);
        while let Some(at) = next(free, waiting) {
            waiting.iter_mut().take(at).for_each(|older| older.overtaken += 1);
            self.hand_over(free, waiting.remove(at));
        }
        gone
    }

    fn hand_over(self: &Arc<Self>, free: &mut Share, waiting: Option<Waiting>) {
        let Some(Waiting { need, taker, .. }) = waiting else { return };
        free.take(&need);
        let lease = Lease { share: Some(need), broker: self.clone() };
        if let Err(mut lease) = taker.take(lease)
            && let Some(share) = lease.share.take()
        {
            // Nobody waits any more. The share is put back here, because dropping the lease would lock a second time.
            free.add(&share);
        }
    }
}
