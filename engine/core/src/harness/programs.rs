//! Programs on the bench: run to their end without a guard. Of their limits only those on what they write are held.

use std::ffi::OsStr;
use std::io::{self, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use crate::context::{Ended, Exit, Program, ProgramInput};
use crate::node::{NodeError, explain_io};

/// Bytes that are handed on at once.
const PIECE_BYTES: usize = 64 << 10;

/// Runs a program and hands on what it writes; what it says of errors is logged once it has ended.
pub(super) fn run(
    program: &Program,
    output: &mut (dyn FnMut(&[u8]) -> Result<(), NodeError> + Send),
    log: impl Fn(&str),
) -> Result<Ended, NodeError> {
    let cannot = |error: io::Error| explain_io("start", &program.program, &error).permanent();
    let mut child = command(program)?.spawn().map_err(cannot)?;
    let (fed, said) = (feed(&mut child, &program.input), listen(&mut child, program.limits.stderr_bytes));
    let heard = hear(&mut child, program.limits.stdout_bytes, output);
    if heard.is_err() {
        // It may have ended by itself.
        let _ = child.kill();
    }
    let status = child.wait().map_err(cannot)?;
    let _ = fed.map(JoinHandle::join);
    let said = said.and_then(|said| said.join().ok()).unwrap_or_default();
    heard?;
    said.lines().for_each(log);
    let exit = match status.code() {
        Some(code) => Exit::Code(code),
        None => Exit::Signal(status.signal().unwrap_or_default()),
    };
    Ok(Ended { program: program.name(), exit, last_words: said.lines().last().unwrap_or_default().to_owned() })
}

fn command(program: &Program) -> Result<Command, NodeError> {
    let mut command = Command::new(&program.program);
    command.args(&program.args).env_clear().envs(program.env.iter().map(|(name, value)| (name, value)));
    if !program.env.iter().any(|(name, _)| name == OsStr::new("PATH")) {
        command.env("PATH", "/usr/bin:/bin");
    }
    if let Some(folder) = &program.folder {
        command.current_dir(folder);
    }
    command.stdin(match &program.input {
        ProgramInput::Nothing => Stdio::null(),
        ProgramInput::Bytes(_) => Stdio::piped(),
        ProgramInput::Path(path) => std::fs::File::open(path).map_err(|error| explain_io("open", path, &error))?.into(),
    });
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    Ok(command)
}

fn feed(child: &mut Child, input: &ProgramInput) -> Option<JoinHandle<()>> {
    let (ProgramInput::Bytes(bytes), Some(mut pipe)) = (input, child.stdin.take()) else { return None };
    let bytes = Arc::clone(bytes);
    // A program may read no more than it likes.
    let write = move || drop(pipe.write_all(&bytes));
    thread::Builder::new().name("bench-stdin".into()).spawn(write).ok()
}

fn listen(child: &mut Child, limit_bytes: u64) -> Option<JoinHandle<String>> {
    let pipe = child.stderr.take()?;
    let read = move || {
        let mut bytes = Vec::new();
        let _ = pipe.take(limit_bytes).read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    };
    thread::Builder::new().name("bench-stderr".into()).spawn(read).ok()
}

fn hear(
    child: &mut Child,
    limit_bytes: u64,
    output: &mut (dyn FnMut(&[u8]) -> Result<(), NodeError> + Send),
) -> Result<(), NodeError> {
    let Some(mut pipe) = child.stdout.take() else { return Ok(()) };
    let (mut piece, mut left) = (vec![0; PIECE_BYTES], limit_bytes);
    loop {
        let count = pipe.read(&mut piece).map_err(|error| NodeError::because("cannot read what it writes", &error))?;
        if count == 0 {
            return Ok(());
        }
        let too_much = || NodeError::new(format!("it wrote more than {limit_bytes} bytes to its output"));
        left = left.checked_sub(count as u64).ok_or_else(too_much)?;
        output(&piece[..count])?;
    }
}
