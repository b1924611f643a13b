//! What values hold: in flight, where they narrow the windows, and in collects, which move on to disk.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use windlass_core::event::What;
use windlass_core::node::NodeError;
use windlass_core::types::Type;
use windlass_core::value::{Held, Lazy, Member, Value};
use windlass_store::Spill;

use crate::bus::Bus;
use crate::chain::Handed;

/// Values smaller than this are not counted: counting them would cost more than they do.
pub const COUNTED_BYTES: u64 = 4 * 1024;

/// Returns whether a value in flight is counted.
pub fn is_counted(value: &Value) -> bool {
    matches!(value, Value::Lazy(_)) || value.size_bytes() >= COUNTED_BYTES
}

/// Counts bytes against a budget.
pub struct Memory {
    used: AtomicU64,
    budget: u64,
}

impl Memory {
    /// Makes a budget in bytes.
    pub fn new(budget: u64) -> Arc<Self> {
        Arc::new(Self { used: AtomicU64::new(0), budget })
    }

    /// Returns whether the budget is spent.
    pub fn is_spent(&self) -> bool {
        self.used.load(Ordering::Relaxed) >= self.budget
    }

    /// Returns how many bytes are counted, and how many may be.
    pub fn used_of_budget(&self) -> (u64, u64) {
        (self.used.load(Ordering::Relaxed), self.budget)
    }

    /// Counts bytes until the charge is dropped.
    pub fn charge(self: &Arc<Self>, bytes: u64) -> Charge {
        self.used.fetch_add(bytes, Ordering::Relaxed);
        Charge { bytes, memory: self.clone() }
    }

    /// Holds a value in memory, counted until the member is dropped.
    pub fn hold(self: &Arc<Self>, value: Value) -> Member {
        let charge = self.charge(value.size_bytes());
        Member::Held(Arc::new(InMemory { value, _charge: charge }))
    }

    /// Counts bytes if they fit into the budget.
    pub fn try_charge(self: &Arc<Self>, bytes: u64) -> Option<Charge> {
        let fits = |used: u64| used.checked_add(bytes).filter(|sum| *sum <= self.budget);
        self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).ok()?;
        Some(Charge { bytes, memory: self.clone() })
    }
}

/// Bytes that are counted until this is dropped.
#[derive(Debug)]
pub struct Charge {
    bytes: u64,
    memory: Arc<Memory>,
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Memory({} of {} bytes)", self.used.load(Ordering::Relaxed), self.budget)
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.memory.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// A value in flight, counted while anybody holds it.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// The value.
    pub value: Value,
    /// What has been made of it already.
    pub handed: Option<Handed>,
    charge: Option<Arc<Charge>>,
}

impl Parcel {
    /// Counts a value.
    pub fn new(value: Value, memory: &Arc<Memory>) -> Self {
        let charge = is_counted(&value).then(|| Arc::new(memory.charge(value.size_bytes())));
        Self { value, handed: None, charge }
    }

    /// Returns the bytes that are counted for it; 0 for a small one.
    pub fn counted_bytes(&self) -> u64 {
        self.charge.as_ref().map_or(0, |charge| charge.bytes)
    }

    /// Wraps a value that never waits.
    pub fn uncounted(value: Value) -> Self {
        Self { value, handed: None, charge: None }
    }
}

/// Where the members of collected groups wait: in memory while there is room, on disk beyond that.
pub struct Keeper {
    memory: Arc<Memory>,
    spill: Spill,
    bus: Arc<Bus>,
    has_warned: AtomicBool,
}

impl Keeper {
    /// Makes a keeper with room for `budget` bytes in memory.
    pub fn new(budget: u64, spill: Spill, bus: Arc<Bus>) -> Self {
        Self { memory: Memory::new(budget), spill, bus, has_warned: AtomicBool::new(false) }
    }

    /// Counts a value that waits in memory until the charge is dropped, if there is room.
    pub fn charge(&self, value: &Value) -> Option<Charge> {
        self.memory.try_charge(value.size_bytes())
    }

    /// Keeps a value in memory until the member is dropped, if there is room.
    pub fn in_memory(&self, value: &Value) -> Option<Member> {
        let charge = self.charge(value)?;
        Some(Member::Held(Arc::new(InMemory { value: value.clone(), _charge: charge })))
    }

    /// Puts a value on disk until the member is dropped. One that cannot be put there stays in memory, which is said.
    /// Blocks until the disk has it. One that says where it comes from goes on saying so.
    pub fn on_disk(&self, value: Value) -> Member {
        match &value {
            Value::Lazy(lazy) => self.unload(lazy),
            _ => return self.spilled(value),
        }
        Member::Ready(value)
    }

    fn unload(&self, lazy: &Lazy) {
        match lazy.there() {
            Some(Member::Ready(_)) if lazy.is_kept() => lazy.forget(),
            Some(Member::Ready(value)) => lazy.put(self.spilled(value)),
            _ => {}
        }
    }

    fn spilled(&self, value: Value) -> Member {
        self.spill.put(&value).unwrap_or_else(|error| {
            self.warn(&error);
            Member::Ready(value)
        })
    }

    fn warn(&self, error: &NodeError) {
        if !self.has_warned.swap(true, Ordering::AcqRel) {
            let text = format!("collected values stay in memory beyond their share, because {error}");
            self.bus.send(What::Warning { text });
        }
    }
}

#[derive(Debug)]
struct InMemory {
    value: Value,
    _charge: Charge,
}

impl Held for InMemory {
    fn read(&self) -> Result<Value, NodeError> {
        Ok(self.value.clone())
    }

    fn type_of(&self) -> Type {
        self.value.type_of()
    }

    fn lazy(&self) -> Option<&Arc<Lazy>> {
        match &self.value {
            Value::Lazy(lazy) => Some(lazy),
            _ => None,
        }
    }
}
