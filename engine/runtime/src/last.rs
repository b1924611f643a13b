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

const ASKED_TWICE: &str = "its content was asked for again, which is a bug of Windlass; please report it";

/// Where a last file goes.
pub struct Target<'a> {
    /// The item that it is written for.
    pub place: &'a Place,
    /// Its path.
    pub path: &'a Path,
    /// What to do where a file already stands there.
    pub if_exists: IfExists,
}

/// What is to be written: made once, and then kept, and counted, where the firing lets go what it was given.
struct Content<'a> {
    make: Option<Make<'a>>,
    made: Option<(Vec<u8>, Charge)>,
}

/// Writes the last file of a firing. One that has let go what it was given waits here where the disk is full after it was
/// waited for, and writes the same bytes again; any other is told, waits for room with its step, and begins anew.
pub async fn save(doors: &StepDoors, to: Target<'_>, make: Make<'_>, let_go: &LetGo) -> Result<Saved, NodeError> {
    let mut disk = DiskWatch::new(&doors.shared);
    let (mut content, mut has_waited) = (Content { make: Some(make), made: None }, false);
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
            Err(error) if error.is_disk_full() && has_waited && let_go.is_set() => {
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
    fn write(&mut self, out: &mut dyn Write, memory: &Arc<Memory>, let_go: &LetGo) -> Result<(), NodeError> {
        if let Some(make) = self.make.take() {
            let bytes = make()?;
            let charge = memory.charge(bytes.capacity() as u64);
            self.made = Some((bytes, charge));
            let_go.set();
        }
        let Some((bytes, _)) = &self.made else { return Err(NodeError::new(ASKED_TWICE)) };
        let written = out.write_all(bytes).map_err(|error| NodeError::because("the file cannot be written", &error));
        if !let_go.is_offered() {
            self.made = None;
        }
        written
    }
}
