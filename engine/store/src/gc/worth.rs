//! Which values stay where not all may: those that save most computing for their size.

use std::collections::HashMap;

use blake3::Hash;

use super::GcError;
use super::needs::{Maker, Needs, each_value};
use super::policy::{Policy, Verdict};
use crate::Stored;

/// A value that may go.
struct Candidate {
    stored: Stored,
    took_us: u64,
}

/// By place: the same bytes may lie in several packs.
type Candidates = HashMap<(Hash, u64, u64), Candidate>;

/// Returns what a kept value is worth: microseconds of computing that it saves, for each byte that it takes.
pub fn worth(took_us: u64, size_bytes: u64) -> f64 {
    took_us as f64 / size_bytes.max(1) as f64
}

/// Adds what the kept runs need, as far as it may stay; returns how many values may not.
pub(super) fn fill(needs: &mut Needs<'_>, runs: &[Verdict], policy: &Policy) -> Result<u64, GcError> {
    let kept = || runs.iter().filter(|verdict| verdict.kept.is_some());
    let Some(limit) = policy.cache_bytes else {
        kept().try_for_each(|verdict| needs.all_of(&verdict.run))?;
        return Ok(0);
    };
    kept().filter(|verdict| verdict.needs_all()).try_for_each(|verdict| needs.all_of(&verdict.run))?;
    let mut candidates = Candidates::new();
    for verdict in kept().filter(|verdict| !verdict.needs_all()) {
        gather(needs, verdict, &mut candidates)?;
    }
    let mut candidates: Vec<_> = candidates.into_values().collect();
    candidates.sort_by(|one, other| other.worth().total_cmp(&one.worth()).then_with(|| one.hash().cmp(&other.hash())));
    let mut evicted = 0;
    for candidate in candidates {
        if needs.bytes() + needs.would_add_bytes(&candidate.stored) <= limit {
            needs.value(candidate.stored)?;
        } else {
            evicted += 1;
        }
    }
    Ok(evicted)
}

/// Gathers what firings of a run gave. What splits found stays: without it nobody knows any more what there was.
fn gather(needs: &mut Needs<'_>, verdict: &Verdict, candidates: &mut Candidates) -> Result<(), GcError> {
    let mut found = Vec::new();
    each_value(&verdict.run, &mut |kept, maker| match (kept.stored.clone(), maker) {
        (None, _) => {}
        (Some(stored), Maker::Firing(took_us)) => put(candidates, stored, took_us),
        (Some(stored), Maker::Split) => found.push(stored),
    })?;
    found.into_iter().try_for_each(|stored| needs.value(stored))
}

/// Of several firings that gave the same, the dearest counts.
fn put(candidates: &mut Candidates, stored: Stored, took_us: u64) {
    let place = match &stored {
        Stored::Packed(place) => (place.hash, place.pack, place.at),
        other => (other.hash(), 0, 0),
    };
    let candidate = candidates.entry(place).or_insert(Candidate { stored, took_us });
    candidate.took_us = candidate.took_us.max(took_us);
}

impl Candidate {
    fn worth(&self) -> f64 {
        worth(self.took_us, self.stored.size_bytes())
    }

    fn hash(&self) -> [u8; 32] {
        *self.stored.hash().as_bytes()
    }
}
