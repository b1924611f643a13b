//! The runs that are told how services are.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use windlass_core::event::What;
use windlass_core::service::ServiceState;

use super::pack_of;
use crate::bus::Bus;

/// The runs that are told how services are, each about those of the packs that it uses.
#[derive(Default)]
pub struct Watchers(Mutex<Vec<Watched>>);

struct Watched {
    bus: Weak<Bus>,
    packs: BTreeSet<String>,
}

impl Watchers {
    /// Adds a run, and tells it how services are now.
    pub fn add(&self, bus: &Arc<Bus>, packs: BTreeSet<String>, states: impl Iterator<Item = ServiceState>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|watched| watched.bus.strong_count() > 0);
        states.filter(|state| packs.contains(pack_of(&state.name))).for_each(|state| send(bus, state));
        all.push(Watched { bus: Arc::downgrade(bus), packs });
    }

    /// Tells how a service is now.
    pub fn tell(&self, state: &ServiceState) {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let concerned = all.iter().filter(|watched| watched.packs.contains(pack_of(&state.name)));
        concerned.filter_map(|watched| watched.bus.upgrade()).for_each(|bus| send(&bus, state.clone()));
    }
}

fn send(bus: &Bus, service: ServiceState) {
    bus.send(What::Service { service });
}
