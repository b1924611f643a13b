//! Starts a guard and hands it its order.

use std::fs::File;
use std::io::{self, IoSlice, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use rustix::pipe::{PipeFlags, pipe_with};

use crate::order::{Input, Order};

/// The only argument of a guard. A program that does not know it refuses it, and does not run as if nothing were.
pub(crate) const GUARD_ARGUMENT: &str = "--windlass-guard";

/// The executable whose `main` calls [`crate::guard_if_asked`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard(pub PathBuf);

impl Default for Guard {
    /// The executable that runs now, also where its file was replaced meanwhile.
    fn default() -> Self {
        Self("/proc/self/exe".into())
    }
}

/// A guard that runs, and what connects it.
pub(crate) struct Started {
    pub(crate) guard: Child,
    pub(crate) line: UnixStream,
    pub(crate) stdout: OwnedFd,
    pub(crate) stderr: OwnedFd,
    pub(crate) feed: Option<Feed>,
}

/// Bytes that are to be written to a program's standard input.
pub(crate) struct Feed {
    pub(crate) pipe: File,
    pub(crate) bytes: Arc<[u8]>,
    pub(crate) written: usize,
}

/// Starts a guard with an order.
pub(crate) fn start(guard: &Guard, order: &Order, input: Input) -> io::Result<Started> {
    let (line, its_line) = UnixStream::pair()?;
    let (stdout, its_stdout) = pipe_with(PipeFlags::CLOEXEC)?;
    let (stderr, its_stderr) = pipe_with(PipeFlags::CLOEXEC)?;
    let mut command = Command::new(&guard.0);
    command.arg0("windlass-guard").arg(GUARD_ARGUMENT).env_clear();
    command.stdin(Stdio::from(OwnedFd::from(its_line))).stdout(its_stdout).stderr(its_stderr);
    let guard = command.spawn()?;
    // The command holds the guard's ends of the pipes, whose closing is to be seen.
    drop(command);
    let mut started = Started { guard, line, stdout, stderr, feed: None };
    let (file, feed) = readable(input)?;
    started.feed = feed;
    match hand_over(&started.line, order, file) {
        // A guard that died at once is told by its silence.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(started),
    }
}

fn readable(input: Input) -> io::Result<(Option<OwnedFd>, Option<Feed>)> {
    Ok(match input {
        Input::Nothing => (None, None),
        Input::File(file) => (Some(file.into()), None),
        Input::Bytes(bytes) => {
            let (read, write) = pipe_with(PipeFlags::CLOEXEC)?;
            (Some(read), Some(Feed { pipe: write.into(), bytes, written: 0 }))
        }
    })
}

fn hand_over(mut line: &UnixStream, order: &Order, file: Option<OwnedFd>) -> io::Result<()> {
    let order = order.encode();
    let length = (order.len() as u64).to_le_bytes();
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut buffer = SendAncillaryBuffer::new(&mut space);
    let files: Vec<_> = file.iter().map(AsFd::as_fd).collect();
    if !files.is_empty() {
        buffer.push(SendAncillaryMessage::ScmRights(&files));
    }
    sendmsg(line, &[IoSlice::new(&length)], &mut buffer, SendFlags::NOSIGNAL)?;
    line.write_all(&order)
}
