//! Whether new work may start, and why not.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use windlass_core::context::Cancel;
use windlass_core::event::Outcome;

/// The brakes of a run.
pub struct Control {
    pauses: Mutex<Pauses>,
    /// Whether the disk is full.
    full: watch::Sender<bool>,
    stopping: watch::Sender<bool>,
    cancelled: watch::Sender<bool>,
    stop: Mutex<Option<(Outcome, String)>>,
    /// Whether nothing new may start: what the others come to, for who asks before each item.
    holds: AtomicBool,
    /// Asks firings under way to come to an end.
    pub cancel: Cancel,
}

/// Why nothing new is started: each reason stands by itself.
#[derive(Default)]
struct Pauses {
    by_person: Option<String>,
    full_disk: Option<String>,
    stop: bool,
}

impl Control {
    /// Makes brakes that are off.
    pub fn new() -> Self {
        Self {
            pauses: Mutex::default(),
            full: watch::Sender::new(false),
            stopping: watch::Sender::new(false),
            cancelled: watch::Sender::new(false),
            stop: Mutex::new(None),
            holds: AtomicBool::new(false),
            cancel: Cancel::default(),
        }
    }

    /// Returns whether new work may start.
    pub fn may_start(&self) -> bool {
        !self.holds.load(Ordering::SeqCst)
    }

    /// Returns whether the run is paused.
    pub fn is_paused(&self) -> bool {
        self.pause_cause().is_some()
    }

    /// Returns why the run is paused.
    pub fn pause_cause(&self) -> Option<String> {
        let pauses = self.pauses();
        pauses.full_disk.clone().or_else(|| pauses.by_person.clone())
    }

    /// Returns whether the run waits for room on the disk.
    pub fn is_disk_full(&self) -> bool {
        self.pauses().full_disk.is_some()
    }

    /// Returns whether the run is coming to an end before its time.
    pub fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Holds new work back for a person; returns whether it was not held back for one before.
    pub fn pause(&self, cause: &str) -> bool {
        self.change(|pauses| pauses.by_person.replace(cause.to_owned()).is_none())
    }

    /// Takes a person's pause back; returns whether there was one.
    pub fn resume(&self) -> bool {
        self.change(|pauses| pauses.by_person.take().is_some())
    }

    /// Holds new work back because the disk is full. The one who is the first to say so gets `true`, tries again from
    /// time to time, and says when there is room; all others wait for that.
    pub fn disk_is_full(&self, cause: &str) -> bool {
        self.change(|pauses| {
            // Together with the pause: otherwise somebody could wait for room when nobody looks for it any more.
            self.full.send_replace(true);
            pauses.full_disk.replace(cause.to_owned()).is_none()
        })
    }

    /// Says that there is room on the disk again.
    pub fn disk_has_room(&self) {
        self.change(|pauses| {
            self.full.send_replace(false);
            pauses.full_disk = None;
        });
    }

    /// Waits until there is room on the disk again.
    pub async fn room_on_disk(&self) {
        until(&self.full, false).await;
    }

    /// Brings the run to an end; returns whether it was the first call, whose reason counts.
    pub fn stop(&self, outcome: Outcome, cause: &str) -> bool {
        let mut stop = self.stop.lock().unwrap_or_else(PoisonError::into_inner);
        if stop.is_some() {
            return false;
        }
        *stop = Some((outcome, cause.to_owned()));
        // First nothing new may start: whoever sees that the run is stopping leaves items open, which makes room.
        self.change(|pauses| pauses.stop = true);
        self.stopping.send_replace(true);
        true
    }

    /// Asks firings under way to come to an end.
    pub fn cancel_all(&self) {
        self.cancel.cancel();
        self.cancelled.send_replace(true);
    }

    /// Returns why the run is coming to an end before its time.
    pub fn stop_reason(&self) -> Option<(Outcome, String)> {
        self.stop.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until the run is coming to an end before its time.
    pub async fn stopped(&self) {
        until(&self.stopping, true).await;
    }

    /// Waits until firings under way are asked to come to an end.
    pub async fn cancelled(&self) {
        until(&self.cancelled, true).await;
    }

    /// Changes why nothing new may start. Whoever comes last sees all changes, and so does what is then set.
    fn change<T>(&self, change: impl FnOnce(&mut Pauses) -> T) -> T {
        let mut pauses = self.pauses();
        let result = change(&mut pauses);
        let holds = pauses.by_person.is_some() || pauses.full_disk.is_some() || pauses.stop;
        self.holds.store(holds, Ordering::SeqCst);
        result
    }

    fn pauses(&self) -> MutexGuard<'_, Pauses> {
        self.pauses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn until(flag: &watch::Sender<bool>, wanted: bool) {
    let mut flag = flag.subscribe();
    // The sender lives as long as the run, so that waiting cannot fail.
    let _ = flag.wait_for(|flag| *flag == wanted).await;
}
