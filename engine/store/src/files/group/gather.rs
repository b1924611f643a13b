//! Gathers what is handed in side by side, for one thread that does it together.
//!
//! It gathers for a while, as long as that brings things together; what comes alone is hardly held up. What comes fast goes
//! as soon as there is much of it: more may not come before that has left the window of its items.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SendError, SyncSender, sync_channel};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// How long a group is gathered at most, where things come side by side.
const GATHER: Duration = Duration::from_millis(50);

/// A group that gets nothing for so long is gathered no further.
const SILENCE: Duration = Duration::from_millis(15);

/// A group of so many is gathered no further: a part of what a window of 64 lets in, so that others go on meanwhile.
const MANY: usize = 16;

/// How many in a row go without an attempt to gather others, at most, where attempts were in vain.
const MOST_ALONE: u32 = 64;

/// What may wait for a group; who comes later waits for room, on its thread.
const MOST_WAITING: usize = 1024;

/// Where things are handed in.
pub(super) struct HandIn<T> {
    things: SyncSender<T>,
    count: Arc<AtomicUsize>,
    thread: Thread,
}

/// What was handed in, for the thread that takes it.
pub(super) struct Gatherer<T> {
    things: Receiver<T>,
    /// How many there are that no group has taken yet.
    count: Arc<AtomicUsize>,
    pace: Pace,
}

/// Whether the next group is gathered: as long as that brings things together.
#[derive(Default)]
struct Pace {
    /// When the last group was done.
    last: Option<Instant>,
    /// How many still go alone.
    alone: u32,
    /// How many will, the next time that gathering was in vain.
    next_alone: u32,
}

/// Starts a thread that takes groups; nothing more comes once the place to hand in is dropped.
pub(super) fn start<T: Send + 'static>(
    name: &str,
    work: impl FnOnce(Gatherer<T>) + Send + 'static,
) -> io::Result<HandIn<T>> {
    let (sender, things) = sync_channel(MOST_WAITING);
    let count = Arc::<AtomicUsize>::default();
    let gatherer = Gatherer { things, count: count.clone(), pace: Pace::default() };
    let handle = thread::Builder::new().name(name.to_owned()).spawn(move || work(gatherer))?;
    Ok(HandIn { things: sender, count, thread: handle.thread().clone() })
}

impl<T> HandIn<T> {
    /// Hands something in.
    ///
    /// # Errors
    /// Gives it back where the thread has died.
    pub(super) fn hand_in(&self, thing: T) -> Result<(), SendError<T>> {
        let before = self.count.fetch_add(1, Ordering::AcqRel);
        self.things.send(thing)?;
        if before + 1 == MANY {
            self.thread.unpark();
        }
        Ok(())
    }
}

impl<T> Gatherer<T> {
    /// Says that the group is done: what comes at about this time is gathered.
    pub(super) fn done(&mut self) {
        self.pace.last = Some(Instant::now());
    }

    /// Waits for the next group. `None`: nothing more comes.
    pub(super) fn next(&mut self) -> Option<Vec<T>> {
        let first = self.things.recv().ok()?;
        let until = self.pace.until(Instant::now());
        until.iter().for_each(|until| self.gather(*until));
        let group = self.take(first);
        match until {
            Some(_) => self.pace.gathered(group.len()),
            None => self.pace.alone = self.pace.alone.saturating_sub(1),
        }
        Some(group)
    }

    /// Waits until there are many, until no more come, or until then.
    fn gather(&self, until: Instant) {
        loop {
            let known = self.count();
            self.rest(until.min(Instant::now() + SILENCE));
            if self.count() == known || self.count() >= MANY || Instant::now() >= until {
                return;
            }
        }
    }

    /// Sleeps until then, or until there are many. To be woken by each would cost more than to look from time to time.
    fn rest(&self, until: Instant) {
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || self.count() >= MANY {
                return;
            }
            thread::park_timeout(left);
        }
    }

    /// Takes all there are, behind the first.
    fn take(&self, first: T) -> Vec<T> {
        let mut group = vec![first];
        group.extend(self.things.try_iter());
        self.count.fetch_sub(group.len(), Ordering::AcqRel);
        group
    }

    fn count(&self) -> usize {
        self.count.load(Ordering::Acquire)
    }
}

impl Pace {
    /// Returns until when the next group is gathered, if it is.
    fn until(&self, now: Instant) -> Option<Instant> {
        let until = self.last? + GATHER;
        (self.alone == 0 && until > now).then_some(until)
    }

    /// Takes note of how many gathering has brought together.
    fn gathered(&mut self, count: usize) {
        if count > 1 {
            self.next_alone = 1;
        } else {
            self.alone = self.next_alone.max(1);
            self.next_alone = (self.alone * 2).min(MOST_ALONE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gathering_that_brings_nothing_is_tried_ever_more_seldom() {
        let now = Instant::now();
        let mut pace = Pace { last: Some(now), ..Pace::default() };
        let mut tries = Vec::new();
        for file in 0..600 {
            match pace.until(now) {
                Some(_) => {
                    tries.push(file);
                    pace.gathered(1);
                }
                None => pace.alone = pace.alone.saturating_sub(1),
            }
        }
        assert_eq!(tries[..5], [0, 2, 5, 10, 19]);
        assert!(tries.windows(2).all(|two| two[1] - two[0] <= MOST_ALONE as usize + 1), "{tries:?}");
        pace.alone = 0;
        pace.gathered(2);
        assert!(pace.until(now).is_some(), "others came, so others may come again");
        assert!(pace.until(now + GATHER).is_none(), "the one before was long ago");
    }

    #[test]
    fn many_are_gathered_no_further() {
        let (tell, told) = sync_channel(1);
        let far = Instant::now() + Duration::from_secs(3600);
        let hand_in = start("gather", move |gatherer: Gatherer<usize>| {
            gatherer.rest(far);
            tell.send(gatherer.things.iter().take(MANY).collect::<Vec<_>>()).unwrap();
        });
        let hand_in = hand_in.unwrap();
        (1..MANY).for_each(|number| hand_in.hand_in(number).unwrap());
        assert!(told.recv_timeout(Duration::from_millis(50)).is_err(), "one is missing");
        hand_in.hand_in(MANY).unwrap();
        assert_eq!(told.recv_timeout(Duration::from_secs(60)), Ok((1..=MANY).collect()));
    }
}
