//! What a firing does that meets a full disk: the run pauses, and one firing looks for room from time to time.

use std::time::Duration;

use windlass_core::event::Outcome;
use windlass_core::node::NodeError;

use crate::shared::Shared;

/// How long a firing waits for room on a full disk before it tries again.
const ROOM_CHECK: Duration = Duration::from_secs(1);

/// Whether a firing is the one that tries whether the disk has room again.
pub struct DiskWatch<'a> {
    shared: &'a Shared,
    is_probing: bool,
}

impl<'a> DiskWatch<'a> {
    /// Makes the watch of a firing that has not met a full disk.
    pub fn new(shared: &'a Shared) -> Self {
        Self { shared, is_probing: false }
    }

    /// Holds the run back until there may be room on the disk; `false`: the run ends instead. One firing tries again
    /// from time to time, all others wait for it.
    pub async fn await_room(&mut self, error: &NodeError) -> bool {
        if !self.shared.wait_for_room {
            self.shared.stop(Outcome::DiskFull, &error.to_string());
            return false;
        }
        self.is_probing = self.is_probing || self.shared.disk_is_full(&error.to_string());
        let (is_probing, control) = (self.is_probing, &self.shared.control);
        let room =
            async { if is_probing { tokio::time::sleep(ROOM_CHECK).await } else { control.room_on_disk().await } };
        tokio::select! {
            biased;
            () = control.stopped() => false,
            () = room => true,
        }
    }

    /// Says, if it is its task, that the disk did not refuse this time.
    pub fn has_room(&mut self) {
        if std::mem::take(&mut self.is_probing) {
            self.shared.disk_has_room();
        }
    }
}

impl Drop for DiskWatch<'_> {
    /// Those who wait for a firing that is given up while it looks for room look for themselves.
    fn drop(&mut self) {
        if !self.shared.control.is_stopping() {
            self.has_room();
        }
    }
}
