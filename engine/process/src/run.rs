//! Runs a program to its end: feeds it, hands on what it writes, and stops it when it has to be.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::ops::ControlFlow;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::Child;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process_group};

use crate::Trouble;
use crate::find::find;
use crate::order::{Input, Order};
use crate::report::{Exit, Report};
use crate::start::{Feed, Guard, Started, start};
use crate::stream::{Piece, Stream};
use crate::tree::DYING;

/// How long a guard may take to end everything after it was told to: what the kernel may take, and a little more.
const LAST_TIME: Duration = DYING.saturating_add(Duration::from_secs(2));

/// Bytes that a pipe takes without blocking once it says that it takes some.
const WRITE_BYTES: usize = 4096;

/// Sees what a program writes.
pub trait Watch {
    /// Takes a piece of its output; `Break`: nobody wants the program any more.
    fn stdout(&mut self, bytes: &[u8]) -> ControlFlow<()>;
    /// Takes a piece of its error output; also of a program that is being stopped.
    fn stderr(&mut self, bytes: &[u8]);
}

/// Stops a program when it is dropped.
#[derive(Debug)]
pub struct Stopper(#[expect(dead_code, reason = "it works by being dropped")] OwnedFd);

/// The other side of a [`Stopper`].
#[derive(Debug)]
pub struct Stop(OwnedFd);

/// Makes what stops a program.
///
/// # Errors
/// Says what the system refused.
pub fn stopper() -> Result<(Stopper, Stop), Trouble> {
    let (read, write) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).map_err(std::io::Error::from)?;
    Ok((Stopper(write), Stop(read)))
}

/// Runs a program; blocks until it and all that it started are gone.
///
/// # Errors
/// Says why it could not be started, which limit it broke, or that it was stopped. It is gone then, too, except where
/// the error is [`Trouble::DoesNotEnd`].
pub fn run(guard: &Guard, mut order: Order, input: Input, stop: Stop, watch: &mut dyn Watch) -> Result<Exit, Trouble> {
    let asked = order.program.clone();
    let path = std::env::var_os("PATH");
    order.program = find(&asked, path.as_deref()).ok_or_else(|| Trouble::NotFound(asked.clone()))?;
    let started = start(guard, &order, input)?;
    let mut running = Running::new(started, &order, stop);
    while !running.guard_is_gone {
        running.look(watch);
    }
    running.drain(watch);
    running.told(asked)
}

struct Running {
    guard: Child,
    line: UnixStream,
    stdout: Stream,
    stderr: Stream,
    feed: Option<Feed>,
    stop: Stop,
    order: Order,
    /// Why it was told to end, and since when.
    ending: Option<(Trouble, Instant)>,
    said: Vec<u8>,
    guard_is_gone: bool,
}

impl Running {
    fn new(started: Started, order: &Order, stop: Stop) -> Self {
        let Started { guard, line, stdout, stderr, feed } = started;
        Self {
            guard,
            line,
            stdout: Stream::new(stdout, order.limits.stdout_bytes),
            stderr: Stream::new(stderr, order.limits.stderr_bytes),
            feed,
            stop,
            order: order.clone(),
            ending: None,
            said: Vec::new(),
            guard_is_gone: false,
        }
    }

    /// Waits until something is to be done, and does it.
    fn look(&mut self, watch: &mut dyn Watch) {
        let [line, stop, stdout, stderr, feed] = self.wait(None);
        if stdout {
            self.take_stdout(watch);
        }
        if stderr {
            self.take_stderr(watch);
        }
        if feed {
            self.write_some();
        }
        if stop {
            self.end(Trouble::Stopped);
        }
        if line {
            self.listen();
        }
        self.give_up_if_late();
    }

    /// Waits for the line, the stop, both outputs and the input; returns which of them have something.
    fn wait(&self, at_most: Option<Timespec>) -> [bool; 5] {
        let ending = self.ending.is_some().then_some(Timespec { tv_sec: 0, tv_nsec: 100_000_000 });
        let stop = self.ending.is_none().then_some(&self.stop.0);
        let feed = self.feed.as_ref().filter(|_| self.ending.is_none());
        let sources = [
            (!self.guard_is_gone).then(|| PollFd::new(&self.line, PollFlags::IN)),
            stop.map(|stop| PollFd::new(stop, PollFlags::IN)),
            self.stdout.pipe.as_ref().map(|pipe| PollFd::new(pipe, PollFlags::IN)),
            self.stderr.pipe.as_ref().map(|pipe| PollFd::new(pipe, PollFlags::IN)),
            feed.map(|feed| PollFd::new(&feed.pipe, PollFlags::OUT)),
        ];
        let which: Vec<_> = (0..sources.len()).filter(|at| sources[*at].is_some()).collect();
        let mut watched: Vec<_> = sources.into_iter().flatten().collect();
        let mut has = [false; 5];
        // Waiting that is interrupted has nothing to say, and is begun anew by the caller.
        if poll(&mut watched, at_most.or(ending).as_ref()).is_ok() {
            for (at, source) in which.iter().zip(&watched) {
                has[*at] = !source.revents().is_empty();
            }
        }
        has
    }

    fn take_stdout(&mut self, watch: &mut dyn Watch) {
        let limit_bytes = self.order.limits.stdout_bytes;
        let is_wanted = self.ending.is_none();
        match self.stdout.read() {
            Piece::TooMuch => self.end(Trouble::Output { stream: "output", limit_bytes }),
            Piece::Bytes(bytes) if is_wanted && watch.stdout(bytes).is_break() => self.end(Trouble::Stopped),
            Piece::Bytes(_) | Piece::Nothing => {}
        }
    }

    fn take_stderr(&mut self, watch: &mut dyn Watch) {
        let limit_bytes = self.order.limits.stderr_bytes;
        match self.stderr.read() {
            Piece::TooMuch => self.end(Trouble::Output { stream: "error output", limit_bytes }),
            Piece::Bytes(bytes) => watch.stderr(bytes),
            Piece::Nothing => {}
        }
    }

    fn write_some(&mut self) {
        let Some(feed) = &mut self.feed else { return };
        let rest = &feed.bytes[feed.written..];
        match feed.pipe.write(&rest[..rest.len().min(WRITE_BYTES)]) {
            Ok(count) if count < rest.len() => feed.written += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            // All is written, or the program reads no more.
            Ok(_) | Err(_) => self.feed = None,
        }
    }

    /// Tells the guard to end everything, once.
    fn end(&mut self, why: Trouble) {
        if self.ending.is_none() {
            self.ending = Some((why, Instant::now()));
            // A guard that is gone needs no telling.
            let _ = self.line.shutdown(Shutdown::Write);
        }
    }

    /// Takes in what the guard says; its line ends when it is gone.
    fn listen(&mut self) {
        let mut buffer = [0; 256];
        match self.line.read(&mut buffer) {
            Ok(count) if count > 0 => self.said.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            _ => self.guard_gone(),
        }
    }

    /// Ends what is left in the session of a guard that was killed itself.
    fn guard_gone(&mut self) {
        self.guard_is_gone = true;
        if self.report().is_none() {
            // It may hang on to its line and yet not be gone.
            let _ = kill_process_group(Pid::from_child(&self.guard), Signal::KILL);
            let _ = self.guard.kill();
        }
        let _ = self.guard.wait();
    }

    fn give_up_if_late(&mut self) {
        if !self.guard_is_gone && self.ending.as_ref().is_some_and(|(_, since)| since.elapsed() > LAST_TIME) {
            self.guard_gone();
        }
    }

    /// Takes what is still in the pipes; whoever else holds them is not waited for.
    fn drain(&mut self, watch: &mut dyn Watch) {
        loop {
            let [_, _, stdout, stderr, _] = self.wait(Some(Timespec { tv_sec: 0, tv_nsec: 0 }));
            if self.ending.is_some() || !(stdout || stderr) {
                return;
            }
            if stdout {
                self.take_stdout(watch);
            }
            if stderr {
                self.take_stderr(watch);
            }
        }
    }

    fn report(&self) -> Option<Report> {
        Report::parse(&String::from_utf8_lossy(&self.said))
    }

    fn told(self, program: PathBuf) -> Result<Exit, Trouble> {
        let limits = self.order.limits;
        match (self.report(), self.ending) {
            (Some(Report::DoesNotEnd), _) => Err(Trouble::DoesNotEnd(DYING)),
            (_, Some((why, _))) => Err(why),
            (Some(Report::Exit(exit)), None) => Ok(exit),
            (Some(Report::Memory), None) => Err(Trouble::Memory(limits.memory_bytes)),
            (Some(Report::Processes), None) => Err(Trouble::Processes(limits.processes)),
            (Some(Report::LeftRunning(names)), None) => Err(Trouble::LeftRunning(names)),
            (Some(Report::CannotStart(code)), None) => {
                Err(Trouble::CannotStart { program, source: std::io::Error::from_raw_os_error(code) })
            }
            (Some(Report::Stopped) | None, None) => Err(Trouble::GuardDied),
        }
    }
}
