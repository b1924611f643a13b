//! A firing and what is remembered: looked for before the code is called, recorded after it came back.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use windlass_core::key::Place;
use windlass_core::node::{ErasedChildren, NodeError};
use windlass_core::spec::Cost;
use windlass_core::value::{Attempt, Bag};

use super::{Firing, FiringResult, Gave, Worker};
use crate::compute::{self, Done, Terms};
use crate::doors::StepDoors;
use crate::lease::Share;
use crate::prefetch::Reader;
use crate::recall::{Found, Known, Lists, Recall, fires_anyway, has_file, is_away, ready};

/// Records what a firing gave, in the job that computed it.
pub struct Keeping {
    recall: Option<Arc<Recall>>,
    doors: Arc<StepDoors>,
    place: Arc<Place>,
    known: Arc<OnceLock<Box<Known>>>,
    /// What the firing is given, where what it depends on is found out in its job.
    late: Option<Bag>,
    /// The files that are read for that.
    reader: Option<Reader>,
}

impl Keeping {
    /// Records it, if that is wanted.
    pub fn keep(&self, gave: &mut Gave, took: Duration) {
        if let Some(recall) = &self.recall {
            recall.keep(&self.place, self.known.get().map(|known| &**known), gave, took);
            gave.is_kept = true;
        }
    }

    /// Returns what the firing gave before, where that was left to its job. A file that has to be read for that is read where
    /// it is taken apart next, on a thread whose memory is warm.
    pub fn find(&mut self) -> Option<Gave> {
        let (bag, begun) = (self.late.take()?, self.reader.take().map(Reader::begin));
        let found = self.found(&bag);
        if let (None, Some(begun)) = (&found, begun) {
            begun.fetch_next();
        }
        found
    }

    fn found(&self, bag: &Bag) -> Option<Gave> {
        let recall = self.recall.as_ref()?;
        let known = Box::new(recall.know_to_fire(&self.place, bag).ok()?);
        let found = recall.find(&self.place, Some(&known));
        // Nobody else sets it.
        let _ = self.known.set(known);
        match found? {
            Found::Gave(gave, wrote) if self.doors.may_stand(&self.place, &wrote) => {
                self.doors.say_found(&self.place, &wrote);
                Some(*gave)
            }
            Found::Gave(..) | Found::Failed(..) => None,
        }
    }

    /// Returns what is known of the firing now.
    pub fn known(&self) -> Arc<OnceLock<Box<Known>>> {
        self.known.clone()
    }
}

impl Drop for Keeping {
    /// The code has had its files, or never will.
    fn drop(&mut self) {
        if let Some(recall) = &self.recall {
            recall.let_go();
        }
    }
}

impl Worker {
    /// Returns what a firing came to before, where that counts; else sees to it that the code can read what it is given.
    pub(super) async fn recalled(&self, firing: &mut Firing) -> Option<FiringResult> {
        if let Some(recall) = self.recall.as_ref().filter(|_| !firing.is_again) {
            // What the journal of the run says needs no knowledge of what the firing depends on.
            if let Some(found) = recall.find_past(&firing.place, None).filter(|found| self.may_stand(firing, found)) {
                return Some(self.say_found(firing, found));
            }
            if firing.known.is_none() && !self.knows_late(firing) {
                firing.known = self.know(recall, firing).await;
            }
            if let Some(found) =
                recall.find(&firing.place, firing.known.as_deref()).filter(|found| self.may_stand(firing, found))
            {
                return Some(self.say_found(firing, found));
            }
            if let Some(lists) = recall.listed(&firing.place).filter(|lists| lists.is_whole) {
                let gave =
                    Gave { stream: Some(lists.children), recorded: lists.count, is_recalled: true, ..Gave::default() };
                return Some(self.say_found(firing, Found::Gave(Box::new(gave), Vec::new())));
            }
        }
        if let Some(explain) = &self.shared.explain
            && self.would_run(firing)
        {
            explain.missed(self.step, &firing.place, firing.known.as_deref());
            return Some(FiringResult::Unknown);
        }
        match ready(&self.shared, self.plan_step(), &mut firing.retry.bag).await {
            Ok(()) => None,
            Err(error) if error.is_cancelled() => Some(FiringResult::Open),
            Err(error) => Some(FiringResult::Failed(error.within("what the item brings cannot be had"))),
        }
    }

    /// Returns whether files that a firing had put in place may stand: no other item of this run wants them.
    fn may_stand(&self, firing: &Firing, found: &Found) -> bool {
        match found {
            Found::Gave(_, wrote) => self.doors.may_stand(&firing.place, wrote),
            Found::Failed(..) => true,
        }
    }

    /// Returns whether it is left to the job of a firing to find out what it depends on.
    fn knows_late(&self, firing: &Firing) -> bool {
        let step = self.plan_step();
        let is_here = || !firing.retry.bag.iter().any(|(name, value)| is_away(step, name, value));
        step.spec.cost == Cost::Cpu && self.shared.explain.is_none() && has_file(&firing.retry.bag) && is_here()
    }

    /// Returns whether a firing would run that is not to.
    fn would_run(&self, firing: &Firing) -> bool {
        let step = self.plan_step();
        let is_heavy = self.recall.is_some() && !fires_anyway(step);
        is_heavy || firing.retry.bag.iter().any(|(name, value)| is_away(step, name, value))
    }

    /// Finds out what a firing depends on; `None` where that cannot be found out, which the code will say better.
    async fn know(&self, recall: &Arc<Recall>, firing: &Firing) -> Option<Box<Known>> {
        if !has_file(&firing.retry.bag) {
            return recall.know(&firing.place, &firing.retry.bag).ok().map(Box::new);
        }
        let (recall, place, bag) = (recall.clone(), firing.place.clone(), firing.retry.bag.clone());
        let terms = Terms { share: Share::default(), depth: self.step, timeout: None, is_under_way: true };
        match compute::run(&self.shared, terms, move |_| recall.know(&place, &bag)).await {
            Done::Came { result, .. } => result.ok().map(Box::new),
            Done::Late { .. } | Done::Withdrawn => None,
        }
    }

    fn say_found(&self, firing: &mut Firing, found: Found) -> FiringResult {
        match found {
            Found::Gave(gave, wrote) => {
                self.doors.say_found(&firing.place, &wrote);
                FiringResult::Gave(*gave)
            }
            Found::Failed(error, attempts) => {
                self.doors.say_found(&firing.place, &[]);
                let attempt = || Attempt { cause: error.to_string(), took_ms: 0 };
                firing.retry.failed = (0..attempts).map(|_| attempt()).collect();
                FiringResult::Failed(error)
            }
        }
    }

    /// Returns what a split that is fired again had found before; the firing passes over it.
    pub(super) fn listed(&self, firing: &mut Firing) -> Option<Lists> {
        let is_first = firing.retry.skip == 0 && self.is_replayable() && !firing.is_again;
        let lists = self.recall.as_ref().filter(|_| is_first)?.listed(&firing.place)?;
        (firing.retry.skip, firing.retry.names) = (lists.count, lists.names);
        Some(lists)
    }

    /// Records what a firing gave, where its job has not done so.
    pub(super) fn keep(&self, firing: &Firing, gave: &mut Gave, took: Duration, listed: &mut Option<Lists>) {
        if let Some(lists) = listed.take() {
            let rest = gave.stream.take().unwrap_or_else(|| ErasedChildren::known(std::iter::empty()));
            (gave.stream, gave.recorded) = (Some(lists.children.before(rest)), lists.count);
        }
        if let Some(recall) = self.recall.as_ref().filter(|_| !firing.is_again && !gave.is_kept && !gave.is_recalled) {
            recall.keep(&firing.place, firing.known.as_deref(), gave, took);
        }
    }

    pub(super) fn keep_failure(&self, firing: &Firing, error: &NodeError, took: Duration) {
        if let Some(recall) = self.recall.as_ref().filter(|_| !firing.is_again) {
            recall.keep_failure(&firing.place, firing.known.as_deref(), error, firing.retry.failed.len(), took);
        }
    }

    /// Returns who records what a firing gives, while the job that computes it goes on with it.
    pub(super) fn keeping(&self, firing: &Firing) -> Keeping {
        let computes = self.plan_step().spec.cost == Cost::Cpu;
        let recall = self.recall.clone().filter(|_| computes && !firing.is_again);
        let late =
            (recall.is_some() && firing.known.is_none() && self.knows_late(firing)).then(|| firing.retry.bag.clone());
        let known = firing.known.clone().map_or_else(OnceLock::new, OnceLock::from);
        // Whose time is limited waits for no file but its own.
        let fetches = self.plan_step().policy.timeout.is_none();
        let reader = late.as_ref().filter(|_| fetches).and_then(|bag| self.shared.prefetch.reader(bag));
        Keeping { recall, doors: self.doors.clone(), place: firing.place.clone(), known: Arc::new(known), late, reader }
    }
}
