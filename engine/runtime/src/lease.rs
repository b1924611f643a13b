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
    granted: oneshot::Sender<Lease>,
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
    /// Returns the share as a firing sees it.
    pub fn seen_by_node(&self) -> context::Lease {
        let Some(share) = &self.share else { return context::Lease::default() };
        let device = share.devices.first().cloned().unwrap_or_else(|| "cpu".into());
        context::Lease { cores: share.cores.max(1), memory_bytes: share.memory_bytes, device }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(share) = self.share.take() else { return };
        let mut state = self.broker.lock();
        state.free.add(&share);
        self.broker.grant(&mut state);
    }
}

impl Share {
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

impl Broker {
    /// Makes a broker of the whole machine.
    pub fn new(machine: &Machine) -> Arc<Self> {
        let total =
            Share { cores: machine.cores, memory_bytes: machine.memory_bytes, devices: machine.devices.clone() };
        let state = State { free: total.clone(), waiting: VecDeque::new() };
        Arc::new(Self { total, state: Mutex::new(state) })
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
        {
            let mut state = self.lock();
            state.waiting.push_back(Waiting { need, depth, overtaken: 0, granted });
            self.grant(&mut state);
        }
        grant.await.ok()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Grants all that can be: the deepest step first, so that what was begun is finished before more is begun, and
    /// the oldest request of a step first; but no request is overtaken too often.
    fn grant(self: &Arc<Self>, state: &mut State) {
        let State { free, waiting } = state;
        waiting.retain(|request| !request.granted.is_closed());
        while let Some(at) = next(free, waiting) {
            waiting.iter_mut().take(at).for_each(|older| older.overtaken += 1);
            self.hand_over(free, waiting.remove(at));
        }
    }

    fn hand_over(self: &Arc<Self>, free: &mut Share, waiting: Option<Waiting>) {
        let Some(Waiting { need, granted, .. }) = waiting else { return };
        free.take(&need);
        let lease = Lease { share: Some(need), broker: self.clone() };
        if let Err(mut lease) = granted.send(lease)
            && let Some(share) = lease.share.take()
        {
            // Nobody waits any more. The share is put back here, because dropping the lease would lock a second time.
            free.add(&share);
        }
    }
}
