//! Programs that firings run: each on a thread of its own, its output handed on piece by piece, its end awaited.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::io;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, mpsc, oneshot};
use windlass_core::context::{Ended, Exit, Program, ProgramInput};
use windlass_core::key::{Key, Place};
use windlass_core::node::{NodeError, explain_io};
use windlass_core::plan::StepId;
use windlass_core::spec::Cost;
use windlass_process::{Guard, Input, Limits, Order, Stop, Trouble, Watch};

use crate::doors::StepDoors;

/// Pieces of output that wait for the node.
const PIECES: usize = 4;

/// Lines of error output that a program's item has in its log at most.
const LINES: usize = 1_000;

/// Longest line of error output in an item's log, in bytes.
const LINE_BYTES: usize = 1024;

/// The programs of a run.
pub struct Programs {
    guard: Guard,
    memory_bytes: u64,
    living: Arc<Living>,
}

#[derive(Default)]
struct Living {
    /// How many programs each firing has.
    count: Mutex<HashMap<(StepId, Key), usize>>,
    ended: Notify,
}

/// One program that lives until this is dropped.
struct Alive {
    living: Arc<Living>,
    firing: (StepId, Key),
}

impl Programs {
    /// Makes a place for programs that may use `memory_bytes` each where they say nothing else.
    pub fn new(guard: Guard, memory_bytes: u64) -> Self {
        Self { guard, memory_bytes, living: Arc::default() }
    }

    /// Waits until nothing is left of the programs of a firing that has ended. What does not die is given up after a
    /// few seconds, and said in the item's log.
    pub async fn gone(&self, step: StepId, key: &Key) {
        let firing = (step, key.clone());
        loop {
            let ended = self.living.ended.notified();
            tokio::pin!(ended);
            // From here on no end is missed.
            ended.as_mut().enable();
            if !self.living.count().contains_key(&firing) {
                return;
            }
            ended.await;
        }
    }

    fn alive(&self, step: StepId, key: &Key) -> Alive {
        let firing = (step, key.clone());
        *self.living.count().entry(firing.clone()).or_default() += 1;
        Alive { living: self.living.clone(), firing }
    }
}

impl Living {
    fn count(&self) -> MutexGuard<'_, HashMap<(StepId, Key), usize>> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        let mut count = self.living.count();
        if let Some(living) = count.get_mut(&self.firing) {
            *living -= 1;
            if *living == 0 {
                count.remove(&self.firing);
            }
        }
        drop(count);
        self.living.ended.notify_waiters();
    }
}

/// Runs a program for a firing. Dropping the future stops it.
pub async fn run(
    doors: &StepDoors,
    place: &Place,
    program: &Program,
    output: &mut (dyn FnMut(&[u8]) -> Result<(), NodeError> + Send),
) -> Result<Ended, NodeError> {
    let spec = &doors.shared.plan.steps[doors.step].spec;
    if spec.cost != Cost::Process {
        let said = format!("`{}` runs programs without saying so: this is a bug of the node", spec.kind);
        return Err(NodeError::new(said).permanent());
    }
    let name = program.name();
    // Kept as long as this future: its end stops the program.
    let (_stopper, stop) = windlass_process::stopper().map_err(|trouble| explain(&name, trouble))?;
    let (send, mut pieces) = mpsc::channel(PIECES);
    let (done, ended) = oneshot::channel();
    let log =
        Log { doors: doors.clone(), key: place.key().to_string(), line: Vec::new(), lines: 0, last: String::new() };
    let job = Job { program: program.clone(), stop, heard: Heard { pieces: send, log } };
    let (shared, alive) = (doors.shared.clone(), doors.shared.programs.alive(doors.step, place.key()));
    let thread = std::thread::Builder::new().name(format!("program-{name}"));
    let started = thread.spawn(move || {
        let result = job.run(&shared.programs, &shared.plan.folder);
        drop(alive);
        // Nobody listens any more where the firing has ended meanwhile.
        let _ = done.send(result);
    });
    started.map_err(|error| explain(&name, Trouble::Guard(error)))?;
    while let Some(piece) = pieces.recv().await {
        output(&piece)?;
    }
    ended.await.unwrap_or(Err(NodeError::cancelled()))
}

/// A program to be run on the thread that it is handed to.
struct Job {
    program: Program,
    stop: Stop,
    heard: Heard,
}

impl Job {
    fn run(self, programs: &Programs, folder: &std::path::Path) -> Result<Ended, NodeError> {
        let Self { program, stop, mut heard } = self;
        let name = program.name();
        let input = open(&program.input)?;
        let limits = program.limits;
        let order = Order {
            program: program.program,
            args: program.args,
            env: program.env,
            folder: Some(program.folder.map_or_else(|| folder.to_path_buf(), |own| folder.join(own))),
            limits: Limits {
                memory_bytes: limits.memory_bytes.unwrap_or(programs.memory_bytes),
                processes: limits.processes,
                stdout_bytes: limits.stdout_bytes,
                stderr_bytes: limits.stderr_bytes,
            },
        };
        let result = windlass_process::run(&programs.guard, order, input, stop, &mut heard);
        drop(program.keeps);
        heard.log.end_line();
        if let Err(trouble @ Trouble::DoesNotEnd(_)) = &result {
            heard.log.say(&format!("`{name}`: {trouble}"));
        }
        let exit = match result.map_err(|trouble| explain(&name, trouble))? {
            windlass_process::Exit::Code(code) => Exit::Code(code),
            windlass_process::Exit::Signal(signal) => Exit::Signal(signal),
        };
        Ok(Ended { program: name, exit, last_words: heard.log.last })
    }
}

fn open(input: &ProgramInput) -> Result<Input, NodeError> {
    Ok(match input {
        ProgramInput::Nothing => Input::Nothing,
        ProgramInput::Bytes(bytes) => Input::Bytes(bytes.clone()),
        ProgramInput::Path(path) => {
            Input::File(std::fs::File::open(path).map_err(|error| explain_io("open", path, &error))?)
        }
    })
}

/// Hands on what a program writes.
struct Heard {
    pieces: mpsc::Sender<Vec<u8>>,
    log: Log,
}

impl Watch for Heard {
    fn stdout(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        // Waits until the node has taken what came before; a firing that has ended takes nothing more.
        match self.pieces.blocking_send(bytes.to_vec()) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }

    fn stderr(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.log.take(*byte);
        }
    }
}

/// The error output of a program, line by line.
struct Log {
    doors: StepDoors,
    key: String,
    line: Vec<u8>,
    lines: usize,
    /// The last line that said something.
    last: String,
}

impl Log {
    /// Takes a byte. A progress bar that is drawn over and over begins a new line each time.
    fn take(&mut self, byte: u8) {
        if byte == b'\n' || byte == b'\r' || self.line.len() >= LINE_BYTES {
            self.end_line();
        }
        // What would move a terminal's cursor or change its colours is no text.
        if byte == b'\t' || (byte >= b' ' && byte != 0x7f) {
            self.line.push(byte);
        }
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end();
        if line.is_empty() {
            return;
        }
        self.lines += 1;
        match self.lines.cmp(&LINES) {
            Ordering::Less => self.say(line),
            Ordering::Equal => self.say("(what it says from here on is not kept)"),
            Ordering::Greater => {}
        }
        self.last = line.to_owned();
    }

    fn say(&self, line: &str) {
        self.doors.log_for(self.key.clone(), line);
    }
}

/// Explains what went wrong with a program, with what to do.
fn explain(name: &str, trouble: Trouble) -> NodeError {
    let said = format!("`{name}` did not come to a good end");
    let text = trouble.to_string();
    let (error, hint) = match trouble {
        Trouble::NotFound(_) => (NodeError::new(text).permanent(), "install it, or give the whole path to it"),
        Trouble::CannotStart { program, source } => {
            return explain_io("start", &program, &source).permanent();
        }
        Trouble::Memory(_) => (NodeError::new(text).within(said), "raise its memory limit, or give it less to do"),
        Trouble::Processes(_) => (NodeError::new(text).within(said), "raise its limit on processes"),
        Trouble::Output { .. } => (NodeError::new(text).within(said), "raise its limit on output"),
        Trouble::LeftRunning(_) => {
            (NodeError::new(text).within(said), "they were ended; run it so that it waits for what it starts")
        }
        Trouble::Stopped => return NodeError::cancelled().within(said),
        Trouble::GuardDied => (NodeError::new(text).within(said), "the system may have been out of memory"),
        Trouble::DoesNotEnd(_) => (NodeError::new(text).within(said), "a disk or a device may be hanging"),
        Trouble::Guard(source) => (refused(&source), "the system may have too many processes or open files"),
    };
    error.hint(hint)
}

fn refused(source: &io::Error) -> NodeError {
    explain_io("start a guard from", std::path::Path::new("/proc/self/exe"), source)
}
