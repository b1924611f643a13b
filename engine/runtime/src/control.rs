//! Whether new work may start, and why not.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;
use windlass_core::context::Cancel;
use windlass_core::event::Outcome;

/// The brakes of a run.
pub struct Control {
    paused: AtomicBool,
    stopping: watch::Sender<bool>,
    stop: Mutex<Option<(Outcome, String)>>,
    /// Asks firings under way to come to an end.
    pub cancel: Cancel,
}

impl Control {
    /// Makes brakes that are off.
    pub fn new() -> Self {
        Self {
            paused: AtomicBool::new(false),
            stopping: watch::Sender::new(false),
            stop: Mutex::new(None),
            cancel: Cancel::default(),
        }
    }

    /// Returns whether new work may start.
    pub fn may_start(&self) -> bool {
        !self.paused.load(Ordering::Acquire) && !self.is_stopping()
    }

    /// Returns whether the run is paused.
    pub fn is_paused(&self) -> bool {
        self.paused.load(Ordering::Acquire)
    }

    /// Returns whether the run is coming to an end before its time.
    pub fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Holds new work back; returns whether it was not held back before.
    pub fn pause(&self) -> bool {
        !self.paused.swap(true, Ordering::AcqRel)
    }

    /// Lets new work start; returns whether it was held back before.
    pub fn resume(&self) -> bool {
        self.paused.swap(false, Ordering::AcqRel)
    }

    /// Brings the run to an end; returns whether it was the first call, whose reason counts.
    pub fn stop(&self, outcome: Outcome, cause: &str) -> bool {
        if outcome == Outcome::Interrupted {
            self.cancel.cancel();
        }
        let mut stop = self.stop.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if stop.is_some() {
            return false;
        }
        *stop = Some((outcome, cause.to_owned()));
        self.stopping.send_replace(true);
        true
    }

    /// Returns why the run is coming to an end before its time.
    pub fn stop_reason(&self) -> Option<(Outcome, String)> {
        self.stop.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Waits until the run is coming to an end before its time.
    pub async fn stopped(&self) {
        let mut stopping = self.stopping.subscribe();
        // The sender lives as long as `self`, so that waiting cannot fail.
        let _ = stopping.wait_for(|stopping| *stopping).await;
    }
}
