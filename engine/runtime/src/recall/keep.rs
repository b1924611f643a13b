//! What a firing gave, recorded for those who come later; its values are kept where that is cheaper than to compute them again.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use blake3::Hash;
use windlass_core::doc::Cache as Policy;
use windlass_core::identity::{of_parts, of_value};
use windlass_core::key::Place;
use windlass_core::node::{NodeError, Outcome};
use windlass_core::spec::Purity;
use windlass_core::value::{File, Lazy, Member, Value};
use windlass_store::Stored;
use windlass_store::journal::{Came, Given, Kept, Record, Result as Firing};

use super::{Files, Known, Recall};
use crate::memory::is_counted;
use crate::worker::Gave;

/// The fingerprint of a firing of which nobody knows what it depends on; it is never looked for.
pub const UNKNOWN: Hash = Hash::from_bytes([0; blake3::OUT_LEN]);

/// Computing again must take this many times as long as keeping for a value to be kept: what is kept has to be read, too, and may
/// never be.
const MARGIN: u64 = 4;

impl Recall {
    /// Records what a firing gave. Its large values go on with what stands for them. Blocks for what is kept.
    pub fn keep(&self, place: &Arc<Place>, known: Option<&Known>, gave: &mut Gave, took: Duration) {
        if self.plan().spec.is_split() {
            return;
        }
        let took_us = micros(took);
        let mut ports = Vec::with_capacity(gave.emission.ports.len());
        for (port, outcome) in &mut gave.emission.ports {
            let given = match outcome {
                Outcome::Skip(reason) => Given::Skip(reason.to_string()),
                Outcome::Value(value) => Given::Value(self.keep_value(place, known, port, value, took_us)),
            };
            ports.push((port.to_string(), given));
        }
        self.record(place, known, took_us, Came::Gave(ports));
    }

    /// Records that a firing failed for good.
    pub fn keep_failure(
        &self,
        place: &Place,
        known: Option<&Known>,
        error: &NodeError,
        attempts: usize,
        took: Duration,
    ) {
        let attempts = u32::try_from(attempts).unwrap_or(u32::MAX);
        let came =
            Came::Failed { causes: error.causes().to_vec(), hint: error.hint_text().map(str::to_owned), attempts };
        self.record(place, known, micros(took), came);
    }

    fn record(&self, place: &Place, known: Option<&Known>, took_us: u64, came: Came) {
        let files = self.files.lock().unwrap_or_else(std::sync::PoisonError::into_inner).remove(place.key());
        let Files { wrote, left } = files.unwrap_or_default();
        let result = Firing {
            step: self.step,
            key: place.key().to_string(),
            fingerprint: known.map_or(UNKNOWN, |known| known.fingerprint),
            inputs: known.map(|known| known.inputs.clone()).unwrap_or_default(),
            took_us,
            came,
            wrote,
            left,
        };
        if let Some(cache) =
            self.memo.results.cache.as_ref().filter(|_| self.is_shared() && self.memo.journal.is_some())
        {
            cache.add(&self.memo.run, &result);
        }
        self.memo.append(&Record::Result(result));
    }

    /// Records what was found in another run.
    pub(super) fn record_again(&self, place: &Place, known: &Known, found: Firing) {
        let (step, key, inputs) = (self.step, place.key().to_string(), known.inputs.clone());
        self.memo.append(&Record::Result(Firing { step, key, inputs, ..found }));
    }

    fn keep_value(
        &self,
        place: &Arc<Place>,
        known: Option<&Known>,
        port: &str,
        value: &mut Value,
        took_us: u64,
    ) -> Kept {
        let is_large = is_counted(value);
        let (ty, size_bytes) = (value.type_of(), value.whole_bytes());
        let identity = self.identity(known, port, value, is_large);
        let stored = self.stored(known, value, is_large, took_us);
        let kept = Kept { identity, ty: ty.to_string(), size_bytes, stored };
        if is_large && !matches!(value, Value::Lazy(_)) {
            let origin = self.recipe(place, known, port, took_us).map(|recipe| Arc::new(recipe) as _);
            let lazy = Lazy::new(identity, ty.clone(), size_bytes, origin);
            if let Some(stored) = &kept.stored {
                lazy.keep(self.memo.artifacts().held(stored.clone(), ty));
            }
            lazy.put(Member::Ready(std::mem::replace(value, Value::Absent)));
            *value = Value::Lazy(Arc::new(lazy));
        }
        kept
    }

    /// Returns what stands for a value: what it comes from where that says all, else its content.
    pub(super) fn identity(&self, known: Option<&Known>, port: &str, value: &Value, is_large: bool) -> Hash {
        let of_firing = |known: &Known| of_parts("windlass output 1", &[known.fingerprint.as_bytes(), port.as_bytes()]);
        let is_pure = self.plan().spec.purity == Purity::Pure && known.is_some();
        if is_large && is_pure && !matches!(value, Value::Lazy(_)) {
            return known.map_or(UNKNOWN, of_firing);
        }
        let hash_file = |file: &File| {
            let path = file.path().unwrap_or(std::path::Path::new(""));
            // Nothing is read for this alone: whoever takes the file reads it.
            let known = self.memo.results.files.known(path);
            Ok(known.unwrap_or_else(|| of_parts("windlass path 1", &[path.as_os_str().as_encoded_bytes()])))
        };
        of_value(value, &self.memo.codecs, &hash_file).unwrap_or_else(|_| of_parts("windlass unknown 1", &[]))
    }

    /// Keeps a value, where that is worth it.
    fn stored(&self, known: Option<&Known>, value: &Value, is_large: bool, took_us: u64) -> Option<Stored> {
        if !is_large {
            return self.put(value);
        }
        let policy = self.plan().policy.cache;
        let can_be_had_again =
            self.plan().spec.purity == Purity::Pure && known.is_some_and(|known| known.bag.is_some());
        match policy {
            _ if matches!(value, Value::Lazy(_)) && can_be_had_again => None,
            Policy::Never if can_be_had_again => None,
            Policy::Auto if can_be_had_again => {
                let again_us = known.map_or(0, |known| known.cost_us).saturating_add(took_us);
                let keeping_us =
                    value.size_bytes().saturating_mul(1000) / self.memo.keeping_rate.load(Ordering::Relaxed).max(1);
                let is_worth_it = again_us >= keeping_us.saturating_mul(MARGIN);
                if is_worth_it && self.memo.has_room(value) { self.put_measured(value) } else { None }
            }
            _ => self.put_measured(value),
        }
    }

    fn put_measured(&self, value: &Value) -> Option<Stored> {
        let (began, bytes) = (Instant::now(), value.size_bytes());
        let stored = self.put(value);
        let rate = bytes.saturating_mul(1000) / micros(began.elapsed()).max(1);
        let smoothed = |old: u64| Some((old.saturating_mul(7).saturating_add(rate)) / 8);
        // Somebody else may have measured meanwhile, which is as good.
        let _ = self.memo.keeping_rate.fetch_update(Ordering::Relaxed, Ordering::Relaxed, smoothed);
        stored
    }

    pub(super) fn put(&self, value: &Value) -> Option<Stored> {
        // Where nothing is recorded, nobody would find it either.
        if self.memo.journal.is_none() || self.memo.is_secret(value) {
            return None;
        }
        match self.memo.artifacts().put(value) {
            Ok(stored) => Some(stored),
            Err(error) => {
                self.memo.warn("a result could not be kept, and is computed again when it is needed", &error);
                None
            }
        }
    }
}

impl super::Memo {
    /// Returns whether the bytes of a value give a secret away.
    fn is_secret(&self, value: &Value) -> bool {
        let may_be = !self.secrets.is_empty() && !matches!(value, Value::Image(_));
        may_be && self.codecs.pack(value).map_or(true, |bytes| self.gives_away(&bytes))
    }

    /// Returns whether a value may be kept that can be had again, and says once that there is no room.
    fn has_room(&self, value: &Value) -> bool {
        let has_room = self.journal.is_none() || self.artifacts().has_room(value.size_bytes());
        if !has_room && !self.was_full.swap(true, Ordering::AcqRel) {
            let text = "kept values take as much room as `cache_size` allows: results that can be computed again are not kept \
                        any more; `windlass gc` makes room for those that save most";
            self.warnings.send(windlass_core::event::What::Warning { text: text.to_owned() });
        }
        has_room
    }

    /// Says once what cannot be kept: the run goes on without.
    pub(super) fn warn(&self, what: &str, error: &(dyn std::error::Error + 'static)) {
        if !self.has_warned.swap(true, Ordering::AcqRel) {
            let error = NodeError::because(what, error);
            self.warnings.send(windlass_core::event::What::Warning { text: error.to_string() });
        }
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
