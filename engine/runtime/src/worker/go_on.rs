//! Code that waited goes on: again on the pool and under a lease, within its limit on time.

use std::time::Duration;

use windlass_core::context::Cancel;
use windlass_core::key::Place;
use windlass_core::node::NodeError;

use super::{Tried, Worker};
use crate::compute::Terms;
use crate::lease::{Lease, Share};
use crate::suspended::{Polled, Suspended};

impl Worker {
    /// Returns the terms of a job that begins a firing.
    pub(super) fn terms(&self, share: Share) -> Terms {
        Terms { share, depth: self.step, timeout: self.plan_step().policy.timeout, is_under_way: false }
    }

    /// Brings code that has just been polled to its end.
    pub(super) async fn finish(&self, place: &Place, cancel: &Cancel, tried: Tried<Polled>) -> Option<Tried> {
        let Tried { result, took, kept } = tried;
        match result {
            Ok(Polled::Waits(code)) => self.go_on(place, cancel, code).await,
            Ok(Polled::Came(Ok(gave))) => {
                let ahead = gave.ahead.as_ref().map_or(Duration::ZERO, |ahead| ahead.took);
                Some(Tried { result: Ok(gave), took: took.saturating_sub(ahead), kept })
            }
            Ok(Polled::Came(Err(error))) | Err(error) => Some(Tried { result: Err(error), took, kept }),
        }
    }

    /// Brings code that waits to its end. That it waits for its last file, together with others, is not its time.
    pub(super) async fn go_on(&self, place: &Place, cancel: &Cancel, mut code: Suspended) -> Option<Tried> {
        let mut ran = code.ran();
        loop {
            let began = code.began();
            let limit = self.plan_step().policy.timeout.map(|limit| limit.saturating_sub(began.elapsed()));
            tokio::select! {
                biased;
                () = code.woken() => {}
                () = self.shared.control.cancelled() => return Some(Tried::failed(NodeError::cancelled(), began)),
                () = at_limit(limit) => {
                    cancel.cancel();
                    return Some(Tried::failed(self.too_late(), began));
                }
            }
            let handle = self.shared.handle.clone();
            let job = move |lease: &mut Option<Lease>| {
                let _inside = handle.enter();
                Ok(match code.go_on() {
                    Polled::Waits(code) => Polled::Waits(code.keeping(lease.take())),
                    came @ Polled::Came(_) => came,
                })
            };
            let share = Share { cores: self.share().cores, ..Share::default() };
            let terms = Terms { share, depth: self.step, timeout: limit, is_under_way: true };
            let Tried { result, took, kept } = self.on_pool(place, cancel, terms, job).await?;
            ran = ran.map(|ran| ran + took);
            let result = match result {
                Ok(Polled::Waits(waits)) => {
                    code = waits;
                    continue;
                }
                Ok(Polled::Came(result)) => result,
                Err(error) => Err(error),
            };
            return Some(Tried { result, took: ran.unwrap_or_else(|| began.elapsed()), kept });
        }
    }
}

async fn at_limit(limit: Option<Duration>) {
    match limit {
        Some(limit) => tokio::time::sleep(limit).await,
        None => std::future::pending().await,
    }
}
