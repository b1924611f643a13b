//! Takes what other processes ask of the run of this one: to pause, to go on, to end.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use windlass_core::event::{Event, What};
use windlass_store::steering::{Ask, Requests, Taken};

use crate::options::Watcher;
use crate::run::Run;

/// How often it is looked for requests: a look at a folder that most runs never have.
const LOOK: Duration = Duration::from_millis(100);

/// What is said where a run was paused by another process.
const BY_PAUSE: &str = "by `windlass pause`";

/// What is said where a run was ended by another process.
const BY_STOP: &str = "by `windlass stop`";

/// Takes requests, and shows other processes whether the run is paused.
pub struct Steering {
    requests: Option<Arc<Requests>>,
    alive: Option<SyncSender<()>>,
    end: Receiver<()>,
}

/// A thread that takes requests.
pub struct OpenSteering(JoinHandle<()>);

impl Steering {
    /// Prepares to take requests; a run without a journal cannot be asked anything.
    pub fn new(requests: Option<Requests>) -> Self {
        let (alive, end) = sync_channel(1);
        Self { requests: requests.map(Arc::new), alive: Some(alive), end }
    }

    /// Returns what has to see the run. Its end ends the taking of requests.
    pub fn watcher(&mut self) -> Option<Box<dyn Watcher>> {
        Some(Box::new(Shows { requests: self.requests.clone()?, _alive: self.alive.take()? }))
    }

    /// Begins to take requests.
    ///
    /// # Errors
    /// Says what the operating system refused.
    pub fn open(self, run: Run) -> std::io::Result<OpenSteering> {
        let Self { requests, end, .. } = self;
        let take = move || {
            if let Some(requests) = requests {
                serve(&requests, &run, &end);
            }
        };
        Builder::new().name("steering".into()).spawn(take).map(OpenSteering)
    }
}

impl OpenSteering {
    /// Waits until no request is taken any more.
    pub fn close(self) {
        // A thread that panicked takes none either.
        let _ = self.0.join();
    }
}

/// Shows whether the run is paused.
struct Shows {
    requests: Arc<Requests>,
    /// Goes with the watchers, and so tells that the run has ended.
    _alive: SyncSender<()>,
}

impl Watcher for Shows {
    fn wants_each_item(&self) -> bool {
        false
    }

    fn event(&mut self, event: &Event) {
        let cause = match &event.what {
            What::Paused { cause } => Some(cause.as_str()),
            What::Resumed => None,
            _ => return,
        };
        // Only lists of runs look at it; the events say the same.
        let _ = self.requests.show_paused(cause);
    }

    fn held_up(&mut self, cause: &str) {
        // A full disk may take a few bytes more, or not.
        let _ = self.requests.show_paused(Some(cause));
    }
}

fn serve(requests: &Requests, run: &Run, end: &Receiver<()>) {
    while end.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
        for request in requests.take() {
            let taken = obey(run, request.ask);
            // Who asked sees by the journal what the run does, if not by this.
            let _ = requests.settle(&request, &taken);
        }
    }
}

fn obey(run: &Run, ask: Ask) -> Taken {
    match ask {
        Ask::Stop if run.is_ending() => Taken::AlreadySo,
        Ask::Stop => {
            run.interrupt(BY_STOP);
            Taken::Done
        }
        _ if run.is_ending() => Taken::Ending,
        Ask::Pause => done_or_already(run.pause(BY_PAUSE)),
        Ask::GoOn => {
            let was_paused = run.resume();
            run.pause_cause().map_or_else(|| done_or_already(was_paused), Taken::HeldBack)
        }
    }
}

fn done_or_already(has_changed: bool) -> Taken {
    if has_changed { Taken::Done } else { Taken::AlreadySo }
}
