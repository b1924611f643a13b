//! Results that are found again, as what a firing would have given.

use std::sync::Arc;

use windlass_core::doc::Cache as Policy;
use windlass_core::key::Place;
use windlass_core::node::{Emission, NodeError};
use windlass_core::permission::Permission;
use windlass_core::spec::Purity;
use windlass_core::types::Type;
use windlass_core::value::{Lazy, Value};
use windlass_store::journal::{Came, Given, Kept, Result as Record, Wrote};

use super::recipe::Recipe;
use super::{Known, Recall};
use crate::memory::COUNTED_BYTES;
use crate::worker::Gave;

/// A result that was found.
pub enum Found {
    /// It gave this, and had put these files in place.
    Gave(Box<Gave>, Vec<Wrote>),
    /// It failed, after so many tries.
    Failed(NodeError, u32),
}

impl Recall {
    /// Returns what the firing for an item came to before: in an earlier process of the run, else in another run.
    pub fn find(&self, place: &Arc<Place>, known: Option<&Known>) -> Option<Found> {
        self.find_past(place, known).or_else(|| self.find_shared(place, known?))
    }

    /// Returns what the firing for an item came to in an earlier process of the run.
    pub fn find_past(&self, place: &Arc<Place>, known: Option<&Known>) -> Option<Found> {
        let past = self.memo.past.as_ref().filter(|_| !self.plan().spec.is_split())?;
        let record = past.result(&self.plan().name, &place.key().to_string())?;
        self.is_current(&record).then(|| self.told(place, known, &record)).flatten()
    }

    fn find_shared(&self, place: &Arc<Place>, known: &Known) -> Option<Found> {
        let may_be = self.is_shared() && !self.memo.results.is_fresh && !self.plan().spec.is_split();
        let cache = self.memo.results.cache.as_ref().filter(|_| may_be)?;
        let record = cache.find(&known.fingerprint).filter(|record| self.is_current(record))?;
        let found = self.told(place, Some(known), &record)?;
        // The run says for itself what it is made of.
        self.record_again(place, known, record);
        Some(found)
    }

    /// Returns whether results of other runs count: not where the world may have changed, unless the graph says so. That a
    /// file was deleted once says nothing of the one that stands there now.
    pub(super) fn is_shared(&self) -> bool {
        let plan = self.plan();
        match plan.policy.cache {
            Policy::Always => true,
            Policy::Never => false,
            Policy::Auto => plan.spec.purity != Purity::Reads && !plan.spec.permissions.contains(&Permission::delete()),
        }
    }

    /// Returns whether what a writer left in the world is still there, and what it found there too.
    fn is_current(&self, record: &Record) -> bool {
        self.plan().spec.purity != Purity::Writes
            || (record.wrote.iter().all(|wrote| self.memo.results.files.stands(wrote))
                && record.left.iter().all(|left| left.symlink_metadata().is_ok()))
    }

    fn told(&self, place: &Arc<Place>, known: Option<&Known>, record: &Record) -> Option<Found> {
        match &record.came {
            Came::Failed { .. } if self.stops_on_failure() => None,
            Came::Failed { causes, hint, attempts } => {
                Some(Found::Failed(NodeError::told(causes, hint.as_deref()), *attempts))
            }
            Came::Gave(ports) => {
                let mut emission = Emission::default();
                for (port, given) in ports {
                    match given {
                        Given::Skip(reason) => emission.skip(port.clone(), reason.clone()),
                        Given::Value(kept) => {
                            emission.value(port.clone(), self.value(place, known, port, kept, record.took_us)?)
                        }
                    }
                }
                let gave = Gave { is_recalled: true, ..Gave::of(emission) };
                Some(Found::Gave(Box::new(gave), record.wrote.clone()))
            }
        }
    }

    /// Returns a value as far as it is kept; `None`: there is no way to have it but to fire again.
    fn value(&self, place: &Arc<Place>, known: Option<&Known>, port: &str, kept: &Kept, took_us: u64) -> Option<Value> {
        let artifacts = self.memo.artifacts();
        let stored = kept.stored.as_ref().filter(|stored| artifacts.contains(stored));
        if kept.size_bytes < COUNTED_BYTES {
            return artifacts.get(stored?).ok();
        }
        let ty: Type = kept.ty.parse().ok()?;
        let origin = self.recipe(place, known, port, took_us);
        if stored.is_none() && (origin.is_none() || self.plan().spec.purity != Purity::Pure) {
            return None;
        }
        let origin = origin.map(|recipe| Arc::new(recipe) as _);
        let lazy = Lazy::new(kept.identity, ty, kept.size_bytes, origin);
        if let Some(stored) = stored {
            lazy.keep(artifacts.held(stored.clone(), lazy.type_of().clone()));
        }
        Some(Value::Lazy(Arc::new(lazy)))
    }

    /// Returns how a value of a firing is come by again, where that holds little memory.
    pub(super) fn recipe(&self, place: &Arc<Place>, known: Option<&Known>, port: &str, took_us: u64) -> Option<Recipe> {
        let known = known?;
        let bag = known.bag.clone()?;
        let (port, cost_us) = (port.into(), known.cost_us.saturating_add(took_us));
        Some(Recipe { step: self.step, place: place.clone(), bag, port, cost_us, turn: Default::default() })
    }
}
