//! The last file of a firing: what was made for it stays in memory until the disk has it, so that what the firing was given
//! need not.

use std::future::poll_fn;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use windlass_core::context::{Doors, IfExists, LetGo, Make, Saved, Saving};
use windlass_core::key::Place;
use windlass_core::node::NodeError;

use crate::doors::StepDoors;
use crate::memory::{Charge, Memory};
use crate::room::DiskWatch;

/// Where a last file goes.
pub struct To<'a> {
    pub place: &'a Place,
    pub path: &'a Path,
    pub if_exists: IfExists,
}

/// What is to be written.
enum Content<'a> {
    /// It is not made yet.
    Unmade(Make<'a>),
    /// It was made, and is counted.
    Made { bytes: Vec<u8>, _charge: Charge },
    /// It cannot be made.
    Failed,
}

/// Writes the last file of a firing. Where the disk is full after it was waited for, the same bytes are written again once
/// there is room. Before, and where the firing has a limit on time, it waits for room as it would with any other file: it
/// begins anew.
pub async fn save(doors: &StepDoors, to: To<'_>, make: Make<'_>, let_go: &LetGo) -> Result<Saved, NodeError> {
    let mut disk = DiskWatch::new(&doors.shared);
    let may_wait = doors.shared.plan.steps[doors.step].policy.timeout.is_none();
    let (mut content, mut has_waited) = (Content::Unmade(make), false);
    loop {
        let mut written = |out: &mut dyn Write| content.write(out, &doors.shared.memory, let_go);
        let mut saving: Saving<'_> = doors.save(to.place, to.path, to.if_exists, &mut written);
        let came = poll_fn(|task| {
            let polled = saving.as_mut().poll(task);
            has_waited |= polled.is_pending();
            polled
        });
        let saved = came.await;
        drop(saving);
        match saved {
            Err(error) if error.is_disk_full() && may_wait && has_waited && content.is_made() => {
                if !disk.await_room(&error).await {
                    return Err(NodeError::cancelled());
                }
            }
            saved => {
                disk.has_room();
                return saved;
            }
        }
    }
}

impl Content<'_> {
    fn is_made(&self) -> bool {
        matches!(self, Self::Made { .. })
    }

    fn write(&mut self, out: &mut dyn Write, memory: &Arc<Memory>, let_go: &LetGo) -> Result<(), NodeError> {
        *self = match std::mem::replace(self, Self::Failed) {
            Self::Unmade(make) => {
                let bytes = make()?;
                let _charge = memory.charge(bytes.len() as u64);
                let_go.set();
                Self::Made { bytes, _charge }
            }
            made => made,
        };
        match self {
            Self::Made { bytes, .. } => {
                out.write_all(bytes).map_err(|error| NodeError::because("the file cannot be written", &error))
            }
            _ => Err(NodeError::new("the content could not be made")),
        }
    }
}
