//! What a firing does that meets a full disk: the run pauses, and one firing looks for room from time to time.

use windlass_core::event::Outcome;
use windlass_core::node::NodeError;

use super::Worker;
use crate::doors::wait_for_room;
use crate::shared::Shared;

impl Worker {
    /// Holds the run back until there may be room on the disk; `false`: the run ends instead. One firing tries again
    /// from time to time, all others wait for it.
    pub(super) async fn await_room(&self, disk: &mut DiskWatch<'_>, error: &NodeError) -> bool {
        if !self.shared.wait_for_room {
            self.shared.stop(Outcome::DiskFull, &error.to_string());
            return false;
        }
        disk.is_probing = disk.is_probing || self.shared.disk_is_full(&error.to_string());
        let is_probing = disk.is_probing;
        let room = async { if is_probing { wait_for_room().await } else { self.shared.control.room_on_disk().await } };
        tokio::select! {
            biased;
            () = self.shared.control.stopped() => false,
            () = room => true,
        }
    }
}

/// Whether a firing is the one that tries whether the disk has room again.
pub struct DiskWatch<'a> {
    /// The run.
    pub shared: &'a Shared,
    /// Whether it is.
    pub is_probing: bool,
}

impl DiskWatch<'_> {
    /// Says, if it is its task, that the disk did not refuse this time.
    pub fn has_room(&mut self) {
        if std::mem::take(&mut self.is_probing) {
            self.shared.disk_has_room();
        }
    }
}
