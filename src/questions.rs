//! The questions of the run of this process, where another process finds them and answers.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use windlass_core::event::{Event, What};
use windlass_core::key::Key;
use windlass_runtime::{OpenQuestion, Run, Watcher};
use windlass_store::Workspace;
use windlass_store::questions::{Answered, Board, Posted};

use crate::terminal::{err_line, printable};

/// How often it is looked for answers once something was asked.
const LOOK: Duration = Duration::from_millis(100);

/// Puts questions where they can be answered. Nothing is written before the first one.
pub struct Desk {
    home: Option<PathBuf>,
    bell: Option<SyncSender<()>>,
    rung: Receiver<()>,
}

/// A desk that takes answers.
pub struct OpenDesk(JoinHandle<()>);

impl Desk {
    /// Makes a desk in a workspace; without one nobody can answer.
    pub fn new(workspace: &Workspace) -> Self {
        let (bell, rung) = sync_channel(1);
        Self { home: workspace.home().map(Into::into), bell: Some(bell), rung }
    }

    /// Returns what the desk has to see of the run. Its end closes the desk.
    pub fn watcher(&mut self) -> Option<Box<dyn Watcher>> {
        Some(Box::new(Bell(self.bell.take()?)))
    }

    /// Begins to take answers.
    ///
    /// # Errors
    /// Says what the operating system refused.
    pub fn open(self, run: Run) -> std::io::Result<OpenDesk> {
        let Self { home, rung, .. } = self;
        let serve = move || {
            // Without a question the run ends and the bell with it.
            if rung.recv().is_ok()
                && let Some(home) = home
                && let Err(error) = serve(&home, &run, &rung)
            {
                let text = format!("warning: `windlass answer` does not reach this run: {error}");
                err_line(&printable(&text));
            }
        };
        std::thread::Builder::new().name("answers".into()).spawn(serve).map(OpenDesk)
    }
}

impl OpenDesk {
    /// Waits until nothing of the run's questions is left.
    pub fn close(self) {
        // A desk that panicked has nothing more to do.
        let _ = self.0.join();
    }
}

/// Rings when something is asked.
struct Bell(SyncSender<()>);

impl Watcher for Bell {
    fn wants_each_item(&self) -> bool {
        false
    }

    fn event(&mut self, event: &Event) {
        if matches!(event.what, What::Asked { .. }) {
            // One ring that waits is enough.
            let _ = self.0.try_send(());
        }
    }
}

fn serve(home: &std::path::Path, run: &Run, rung: &Receiver<()>) -> std::io::Result<()> {
    let mut board = Board::create(home, &run.state().run)?;
    loop {
        board.show(&run.questions().iter().map(posted).collect::<Vec<_>>())?;
        let mut took_some = false;
        for (node, key, answer) in board.answers() {
            took_some = true;
            let taken = key.parse::<Key>().map_err(|error| error.to_string());
            let taken = taken.and_then(|key| run.answer(&node, &key, answer.trim()).map_err(|error| error.to_string()));
            board.settle(&node, &key, &taken.map_or_else(Answered::Refused, |()| Answered::Taken))?;
        }
        match rung.recv_timeout(if took_some { Duration::ZERO } else { LOOK }) {
            Ok(()) | Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
    }
}

fn posted(open: &OpenQuestion) -> Posted {
    Posted {
        node: open.step.clone(),
        key: open.key.to_string(),
        name: open.name.clone(),
        question: open.question.text().to_owned(),
        answers: open.question.answers().to_owned(),
    }
}
