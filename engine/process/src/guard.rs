//! The guard of one program, in a process of its own: adopts what the program starts, watches it, ends all of it.
//!
//! What it can't reach: a program that kills its guard and has left the session before; a process that another service
//! starts on the program's behalf; a process that the kernel holds in a call that cannot be interrupted.

use std::fs::File;
use std::io::{self, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};
use rustix::process::{self, Pid, PidfdFlags, Resource, Rlimit, WaitStatus};

use crate::order::Order;
use crate::report::{Exit, Report};
use crate::start::GUARD_ARGUMENT;
use crate::tree;

/// How often a guard looks at what its processes use.
const LOOK: Timespec = Timespec { tv_sec: 0, tv_nsec: 25_000_000 };

/// How long processes may outlive their program before that counts as leaving them behind.
const FAREWELL: Duration = Duration::from_millis(500);

/// Does a guard's work if the process was started as one; the first thing that `main` does.
pub fn guard_if_asked() -> Option<ExitCode> {
    let is_guard = std::env::args_os().nth(1).is_some_and(|arg| arg == GUARD_ARGUMENT);
    is_guard.then(|| match guard() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    })
}

fn guard() -> io::Result<()> {
    let mut engine = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    // Away from the terminal, whose Ctrl-C is for the engine alone, and where a program could ask for a password.
    process::setsid()?;
    process::set_child_subreaper(Some(process::getpid()))?;
    // A crash is told by its signal; the memory of a program, which may hold secrets, is not written anywhere.
    process::setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    let (order, input) = receive(&mut engine)?;
    let report = match start(&order, input) {
        Ok(program) => watch(&order, program, &engine),
        Err(error) => Report::CannotStart(error.raw_os_error().unwrap_or_default()),
    };
    let report = if tree::kill_all() { report } else { Report::DoesNotEnd };
    engine.write_all(report.to_string().as_bytes())
}

/// Reads the order; the file that the program reads from travels with its length.
fn receive(engine: &mut UnixStream) -> io::Result<(Order, Option<OwnedFd>)> {
    let mut length = [0; 8];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut buffer = RecvAncillaryBuffer::new(&mut space);
    let flags = RecvFlags::CMSG_CLOEXEC | RecvFlags::WAITALL;
    let received = recvmsg(engine.as_fd(), &mut [IoSliceMut::new(&mut length)], &mut buffer, flags)?;
    if received.bytes != length.len() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let files = buffer.drain().filter_map(|message| match message {
        RecvAncillaryMessage::ScmRights(files) => Some(files),
        _ => None,
    });
    let input = files.flatten().next();
    let mut order = vec![0; usize::try_from(u64::from_le_bytes(length)).unwrap_or_default()];
    engine.read_exact(&mut order)?;
    Ok((Order::decode(&order)?, input))
}

fn start(order: &Order, input: Option<OwnedFd>) -> io::Result<Pid> {
    let mut command = Command::new(&order.program);
    command.args(&order.args).env_clear().envs(order.env.iter().map(|(name, value)| (name, value)));
    command.stdin(input.map_or_else(Stdio::null, |file| File::from(file).into()));
    if let Some(folder) = &order.folder {
        command.current_dir(folder);
    }
    Ok(Pid::from_child(&command.spawn()?))
}

/// Watches a program and what it starts until it ends, breaks a limit, or is not wanted any more.
fn watch(order: &Order, program: Pid, engine: &UnixStream) -> Report {
    // Without one, as on old kernels, the end is seen a moment later.
    let end = process::pidfd_open(program, PidfdFlags::empty()).ok();
    let mut exit: Option<(Exit, Instant)> = None;
    loop {
        let end = end.as_ref().filter(|_| exit.is_none());
        if is_unwanted(engine, end) {
            return Report::Stopped;
        }
        let all_gone = tree::reap_all(|pid, status| {
            if pid == program {
                exit = Some((told(status), Instant::now()));
            }
        });
        match exit {
            Some((exit, _)) if all_gone => return Report::Exit(exit),
            Some((_, since)) if since.elapsed() > FAREWELL => {
                return Report::LeftRunning(tree::names(&tree::descendants()));
            }
            _ => {}
        }
        let living = tree::descendants();
        if living.len() > order.limits.processes as usize {
            return Report::Processes;
        }
        if tree::use_more_than(&living, order.limits.memory_bytes) {
            return Report::Memory;
        }
    }
}

/// Waits a moment; returns whether the engine closed its side, or is gone.
fn is_unwanted(engine: &UnixStream, end: Option<&OwnedFd>) -> bool {
    let mut watched = vec![PollFd::new(engine, PollFlags::IN)];
    watched.extend(end.map(|end| PollFd::new(end, PollFlags::IN)));
    // Where waiting is interrupted, the next look comes sooner.
    let _ = poll(&mut watched, Some(&LOOK));
    !watched[0].revents().is_empty()
}

fn told(status: WaitStatus) -> Exit {
    match (status.exit_status(), status.terminating_signal()) {
        (Some(code), _) => Exit::Code(code),
        (None, signal) => Exit::Signal(signal.unwrap_or_default()),
    }
}
