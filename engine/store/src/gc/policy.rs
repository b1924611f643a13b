//! Which runs are kept, and why.

use std::collections::BTreeSet;

use windlass_core::event::Outcome;

use super::{Gc, GcError};
use crate::pins::Pin;
use crate::runs::{Run, Stand};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// What is asked for. A run goes where everything that is said here lets it go; where nothing is, none does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// So many of the newest runs are kept.
    pub newest: Option<u64>,
    /// Runs that began less than so many days ago are kept.
    pub days: Option<u64>,
    /// Values may take so many bytes. Those whose computing costs least for their size go first, and none of a run that did
    /// not finish.
    pub cache_bytes: Option<u64>,
    /// The time, milliseconds since 1970-01-01 UTC.
    pub now_unix_ms: u64,
}

/// Why a run is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// A process is working on it.
    GoesOn,
    /// It waits for answers.
    Waits,
    /// It is pinned.
    Pinned,
    /// It belongs to the newest.
    New,
    /// It began a short time ago.
    Young,
}

/// What becomes of a run.
#[derive(Clone)]
pub struct Verdict {
    /// The run.
    pub run: Run,
    /// When it began, or somebody last went on with it, milliseconds since 1970-01-01 UTC.
    pub began_unix_ms: u64,
    /// How it stands.
    pub stand: Stand,
    /// The size of its journal in bytes.
    pub size_bytes: u64,
    /// Why it is kept; `None`: it is deleted.
    pub kept: Option<Why>,
}

impl std::fmt::Debug for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:?}", self.run.name, self.kept)
    }
}

impl Verdict {
    /// Returns whether all its values may be needed again: by a process that goes on with it, or because somebody pinned it.
    pub fn needs_all(&self) -> bool {
        let is_finished = matches!(&self.stand, Stand::Ended(ended) if ended.outcome == Outcome::Finished);
        !is_finished || self.kept == Some(Why::Pinned)
    }
}

impl Gc {
    /// Says what becomes of each run, oldest first.
    pub(super) fn judge(&self, pins: &BTreeSet<Pin>, policy: &Policy) -> Result<Vec<Verdict>, GcError> {
        let all = self.runs.all().map_err(self.refused(&self.layout.runs()))?;
        let count = all.len() as u64;
        (0..).zip(all).map(|(at, run)| verdict(run, count - at, pins, policy)).collect()
    }
}

fn verdict(run: Run, from_newest: u64, pins: &BTreeSet<Pin>, policy: &Policy) -> Result<Verdict, GcError> {
    let unknown = |cause| GcError::Unknown(run.name.clone(), cause);
    // A run that somebody has gone on with is as young as that.
    let began = match run.last_began().map_err(unknown)? {
        None => run.began().map_err(unknown)?,
        last => last,
    };
    let (stand, size_bytes) = (run.stand().map_err(unknown)?, run.size_bytes().map_err(unknown)?);
    let began_unix_ms = began.map(|began| began.unix_ms).or_else(|| time_in(&run.name)).unwrap_or(policy.now_unix_ms);
    let verdict = Verdict { run, began_unix_ms, stand, size_bytes, kept: None };
    Ok(Verdict { kept: why(&verdict, from_newest, pins, policy), ..verdict })
}

/// Returns why a run is kept that is the so-manieth from the newest.
fn why(verdict: &Verdict, from_newest: u64, pins: &BTreeSet<Pin>, policy: &Policy) -> Option<Why> {
    match &verdict.stand {
        Stand::GoesOn => return Some(Why::GoesOn),
        Stand::Ended(ended) if ended.outcome == Outcome::Waiting => return Some(Why::Waits),
        _ => {}
    }
    if pins.contains(&Pin::Run(verdict.run.name.clone())) {
        return Some(Why::Pinned);
    }
    let age_ms = policy.now_unix_ms.saturating_sub(verdict.began_unix_ms);
    let is_new = policy.newest.is_none_or(|newest| from_newest <= newest);
    let is_young = policy.days.is_none_or(|days| age_ms < days.saturating_mul(DAY_MS));
    match (policy.newest, policy.days) {
        (None, None) => Some(Why::New),
        (Some(_), _) if is_new => Some(Why::New),
        (_, Some(_)) if is_young => Some(Why::Young),
        _ => None,
    }
}

/// Returns the time that the name of a run begins with.
fn time_in(name: &str) -> Option<u64> {
    u64::from_str_radix(name.split('-').next()?, 16).ok()
}
