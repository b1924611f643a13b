//! How full the edges of a run are, and what of the machine is in use: read when somebody asks, and never counted for
//! that alone but for a sum per delivery.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use windlass_core::plan::StepId;

use crate::credits::Credits;
use crate::run::Run;

/// One edge as it stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gauge {
    /// The step that feeds it.
    pub from: StepId,
    /// The port that feeds it.
    pub from_port: Arc<str>,
    /// The step that it feeds.
    pub to: StepId,
    /// The port or parameter that it feeds.
    pub to_port: Arc<str>,
    /// Its place among the wires of the port.
    pub position: usize,
    /// Items that wait on it.
    pub waiting: usize,
    /// Items that may wait on it.
    pub limit: usize,
    /// Items that have been sent over it.
    pub items: u64,
    /// Bytes of the large values among them; those under 4 KiB are not counted.
    pub bytes: u64,
}

/// What is granted of the machine, to all runs of the engine, and what the values of this run take.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InUse {
    /// Cores that firings have, and how many there are.
    pub cores: (u32, u32),
    /// Bytes that firings asked for and have, and how many there are.
    pub memory_bytes: (u64, u64),
    /// Each device beside the processor, and whether a firing has it.
    pub devices: Vec<(String, bool)>,
    /// Firings that wait for their share.
    pub waiting: usize,
    /// Bytes of the values in flight, and how many there may be before sources wait.
    pub values_bytes: (u64, u64),
}

/// The edges of a run, each known once its step has begun.
#[derive(Default)]
pub struct Gauges(Mutex<Vec<Arc<Meter>>>);

/// What is known of an edge.
pub struct Meter {
    from: StepId,
    from_port: Arc<str>,
    to: StepId,
    input: usize,
    credits: Arc<Credits>,
    limit: usize,
    items: AtomicU64,
    bytes: AtomicU64,
}

impl Meter {
    /// Makes the meter of an edge with `limit` credits.
    pub fn new(
        (from, from_port): (StepId, &Arc<str>),
        (to, input): (StepId, usize),
        credits: &Arc<Credits>,
        limit: usize,
    ) -> Arc<Self> {
        let (from_port, credits) = (from_port.clone(), credits.clone());
        Arc::new(Self {
            from,
            from_port,
            to,
            input,
            credits,
            limit,
            items: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
        })
    }

    /// Counts what is sent together.
    pub fn sent(&self, items: usize, bytes: u64) {
        self.items.fetch_add(items as u64, Ordering::Relaxed);
        if bytes > 0 {
            self.bytes.fetch_add(bytes, Ordering::Relaxed);
        }
    }
}

impl Gauges {
    /// Adds the edges that leave a step.
    pub fn add(&self, meters: impl Iterator<Item = Arc<Meter>>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(meters);
    }
}

impl Run {
    /// Returns how full the edges are. Steps that are fused have none between them.
    pub fn gauges(&self) -> Vec<Gauge> {
        let meters = self.shared.gauges.0.lock().unwrap_or_else(PoisonError::into_inner);
        let read = |meter: &Arc<Meter>| {
            let input = &self.shared.plan.steps[meter.to].inputs[meter.input];
            Gauge {
                from: meter.from,
                from_port: meter.from_port.clone(),
                to: meter.to,
                to_port: input.name.clone(),
                position: input.position,
                waiting: meter.limit.saturating_sub(meter.credits.free()),
                limit: meter.limit,
                items: meter.items.load(Ordering::Relaxed),
                bytes: meter.bytes.load(Ordering::Relaxed),
            }
        };
        meters.iter().map(read).collect()
    }

    /// Returns what is in use of the machine.
    pub fn in_use(&self) -> InUse {
        let (total, free, waiting) = self.shared.broker.shares();
        let devices = total.devices.iter().map(|device| (device.clone(), !free.devices.contains(device)));
        InUse {
            cores: (total.cores.saturating_sub(free.cores), total.cores),
            memory_bytes: (total.memory_bytes.saturating_sub(free.memory_bytes), total.memory_bytes),
            devices: devices.collect(),
            waiting,
            values_bytes: self.shared.memory.used_of_budget(),
        }
    }

    /// Returns the device beside the processor that the firings of a step ask for.
    pub fn device(&self, step: StepId) -> Option<String> {
        let step = self.shared.plan.steps.get(step)?;
        let share = self.shared.broker.share(step.spec.needs, 0, &step.policy.device, self.shared.broken);
        share.devices.into_iter().next()
    }
}
