//! What threads beside the window have to say to the person in front of it.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Sayings that wait to be shown; what comes then is dropped, as nobody could read it.
const BACKLOG: usize = 16;

/// Takes sayings from any thread.
#[derive(Clone)]
pub struct Told(SyncSender<String>);

impl Told {
    /// Returns where to say something, and where it comes out.
    pub fn new() -> (Self, Receiver<String>) {
        let (say, said) = sync_channel(BACKLOG);
        (Self(say), said)
    }

    /// Says something.
    pub fn say(&self, words: String) {
        drop(self.0.try_send(words));
    }
}
