//! A run that is told by its journal: the thread that reads it, follows it where it goes on, and winds it to the moment
//! that a person wants to see.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use egui::Context;
use windlass_store::runs::Run;

use super::tape::{Head, Tape};
use super::watch::Seen;

/// How long is read, and how long a picture of a run that is played stands, before something is shown.
const PACE: Duration = Duration::from_millis(33);
/// How often it is looked whether a journal has grown: of a run that goes on, and of one that nobody works on.
const LOOK: Duration = Duration::from_millis(50);
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// A run that is told by its journal.
pub struct Telling {
    run: Run,
    shared: Arc<Shared>,
}

/// What is to be shown of it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Wish {
    /// How it stands now.
    #[default]
    Newest,
    /// How it stood then, in milliseconds since it began.
    At(u64),
    /// How it goes on from then, so many times as fast as it was.
    Play(u64, f64),
}

/// How far the reader is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reached {
    /// How the run stands behind all that was read.
    pub head: Head,
    /// Whether its journal was read to the end once, so that something can be shown.
    pub is_read: bool,
    /// How many events were read.
    pub events: u64,
    /// How long the run took so far, in milliseconds, through all processes that worked on it.
    pub span_ms: u64,
    /// The moment that is shown.
    pub at_ms: u64,
    /// Whether it is being played.
    pub is_playing: bool,
    /// What is damaged, or why it cannot be read.
    pub trouble: Vec<String>,
}

impl Reached {
    /// Returns whether the end is shown, and not a moment before.
    pub fn is_newest(&self) -> bool {
        self.at_ms >= self.span_ms
    }
}

#[derive(Default)]
struct Shared {
    wished: Mutex<Wished>,
    changed: Condvar,
    reached: Mutex<Arc<Reached>>,
}

#[derive(Clone, Copy, Default)]
struct Wished {
    /// Raised by every wish.
    number: u64,
    wish: Wish,
    is_closed: bool,
}

impl Telling {
    /// Begins to read. What is known is shown by `seen`.
    pub fn start(ctx: &Context, run: Run, seen: Arc<Seen>) -> Self {
        let shared = Arc::new(Shared::default());
        let teller =
            Teller { tape: Tape::new(run.clone()), shared: shared.clone(), seen, ctx: ctx.clone(), shown: None };
        // Without the thread nothing is told, which looks like a journal that is being read.
        drop(std::thread::Builder::new().name("journal".into()).spawn(move || teller.serve()));
        Self { run, shared }
    }

    /// Returns the run.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// Says what is to be shown.
    pub fn wish(&self, wish: Wish) {
        let mut wished = self.shared.wished();
        *wished = Wished { number: wished.number + 1, wish, is_closed: false };
        self.shared.changed.notify_one();
    }

    /// Returns how far the reader is.
    pub fn reached(&self) -> Arc<Reached> {
        self.shared.reached.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Telling {
    fn drop(&mut self) {
        self.shared.wished().is_closed = true;
        self.shared.changed.notify_one();
    }
}

impl Shared {
    fn wished(&self) -> MutexGuard<'_, Wished> {
        self.wished.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Teller {
    tape: Tape,
    shared: Arc<Shared>,
    seen: Arc<Seen>,
    ctx: Context,
    /// What was shown last: the moment, and how many events were read then.
    shown: Option<(u64, u64)>,
}

/// A run that is being played.
struct Playing {
    number: u64,
    begun: Instant,
}

impl Teller {
    fn serve(mut self) {
        let mut reached = Reached::default();
        let mut playing = None;
        loop {
            let wished = *self.shared.wished();
            if wished.is_closed {
                return;
            }
            if let Err(error) = self.turn(wished, &mut reached, &mut playing) {
                reached = Reached { head: Head::Ended, is_read: true, is_playing: false, ..reached };
                reached.trouble = vec![format!("the journal cannot be read: {error}")];
            }
            self.publish(&reached);
            self.wait(wished.number, &reached);
        }
    }

    /// Reads on, and shows what is wished.
    fn turn(&mut self, wished: Wished, reached: &mut Reached, playing: &mut Option<Playing>) -> io::Result<()> {
        reached.head = self.tape.read_on(Instant::now() + PACE)?;
        reached.is_read |= reached.head != Head::More;
        (reached.events, reached.span_ms) = (self.tape.events(), self.tape.newest().ms());
        if reached.trouble.len() != self.tape.damage().len() {
            reached.trouble = self.tape.damage().to_vec();
        }
        if !reached.is_read {
            return Ok(());
        }
        let to_ms = match wished.wish {
            Wish::Newest => u64::MAX,
            Wish::At(ms) => ms,
            Wish::Play(from_ms, speed) => {
                let before = playing.take().filter(|playing| playing.number == wished.number);
                let begun = before.map_or_else(Instant::now, |playing| playing.begun);
                *playing = Some(Playing { number: wished.number, begun });
                from_ms.saturating_add((begun.elapsed().as_secs_f64() * 1_000.0 * speed) as u64)
            }
        };
        self.show(to_ms, wished, reached)
    }

    fn show(&mut self, to_ms: u64, wished: Wished, reached: &mut Reached) -> io::Result<()> {
        let shared = &self.shared;
        let moment = self.tape.wind(to_ms, || shared.wished().number == wished.number)?;
        reached.at_ms = moment.ms().max(to_ms.min(reached.span_ms));
        let is_playing = matches!(wished.wish, Wish::Play(..));
        reached.is_playing = is_playing && to_ms < reached.span_ms;
        let shown = (moment.ms(), if moment.ms() >= reached.span_ms { reached.events } else { 0 });
        if self.shown.replace(shown) != Some(shown) {
            self.seen.show(&moment.folding);
        }
        Ok(())
    }

    fn publish(&self, reached: &Reached) {
        let mut known = self.shared.reached.lock().unwrap_or_else(PoisonError::into_inner);
        if **known != *reached {
            *known = Arc::new(reached.clone());
            drop(known);
            self.ctx.request_repaint();
        }
    }

    /// Waits until there may be something to do, or somebody wishes something.
    fn wait(&self, number: u64, reached: &Reached) {
        let wait = match reached.head {
            Head::More => return,
            _ if reached.is_playing => PACE,
            Head::GoesOn => LOOK,
            Head::Ended | Head::Killed => LOOK_AGAIN,
        };
        let wished = self.shared.wished();
        let is_due = |wished: &mut Wished| wished.number == number && !wished.is_closed;
        drop(self.shared.changed.wait_timeout_while(wished, wait, is_due));
    }
}
