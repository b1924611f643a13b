//! A program that a firing runs, what it may use, and how it ended.

use std::any::Any;
use std::ffi::OsString;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;

use crate::node::NodeError;

/// A program that runs.
pub type Running<'a> = Pin<Box<dyn Future<Output = Result<Ended, NodeError>> + Send + 'a>>;

/// A program to be run. No shell reads its arguments, and its environment is what is given here and nothing else.
#[derive(Clone, Debug)]
pub struct Program {
    /// A path, or a name that is looked up where the system looks.
    pub program: PathBuf,
    /// Arguments, one by one.
    pub args: Vec<OsString>,
    /// Environment.
    pub env: Vec<(OsString, OsString)>,
    /// Folder in which it runs; `None`: the graph's.
    pub folder: Option<PathBuf>,
    /// What it reads from its standard input.
    pub input: ProgramInput,
    /// What it may use.
    pub limits: ProgramLimits,
    /// Kept until nothing of the program runs any more, also where the firing has ended before: a folder, say, that goes
    /// when it is dropped.
    pub keeps: Option<Arc<dyn Any + Send + Sync>>,
}

/// What a program reads from its standard input.
#[derive(Clone, Debug, Default)]
pub enum ProgramInput {
    /// Nothing.
    #[default]
    Nothing,
    /// These bytes.
    Bytes(Arc<[u8]>),
    /// The content of a file on disk.
    Path(PathBuf),
}

/// What a program and all that it starts may use together. Time is limited by the policy of the node (`timeout`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProgramLimits {
    /// Memory in bytes, as resident; `None`: as much as the whole run.
    pub memory_bytes: Option<u64>,
    /// Processes that live at once.
    pub processes: u32,
    /// Bytes written to standard output.
    pub stdout_bytes: u64,
    /// Bytes written to standard error.
    pub stderr_bytes: u64,
}

impl Default for ProgramLimits {
    fn default() -> Self {
        Self { memory_bytes: None, processes: 256, stdout_bytes: 1 << 30, stderr_bytes: 4 << 20 }
    }
}

impl Program {
    /// Returns a program without arguments, environment and input.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            args: Vec::new(),
            env: Vec::new(),
            folder: None,
            input: ProgramInput::default(),
            limits: ProgramLimits::default(),
            keeps: None,
        }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Sets a variable of the environment.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// Returns the program's name for people.
    pub fn name(&self) -> String {
        let name = self.program.file_name().map_or(self.program.as_path(), Path::new);
        name.display().to_string()
    }
}

/// How a program ended by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// With this code; 0 says that all went well.
    Code(i32),
    /// By this signal.
    Signal(i32),
}

/// A program that has come to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Its name.
    pub program: String,
    /// How it ended.
    pub exit: Exit,
    /// The last line that it wrote to its error output, shortened.
    pub last_words: String,
}

impl Ended {
    /// Makes an end other than by exit code 0 the failure of the firing.
    ///
    /// # Errors
    /// Says how the program ended and what it wrote last.
    pub fn success(&self) -> Result<(), NodeError> {
        let (said, hint) = match self.exit {
            Exit::Code(0) => return Ok(()),
            Exit::Code(code) => (format!("`{}` ended with exit code {code}", self.program), hint_for_code(code)),
            Exit::Signal(signal) => (format!("`{}` {}", self.program, by_signal(signal)), hint_for_signal(signal)),
        };
        let mut error = NodeError::new(match self.last_words.as_str() {
            "" => said,
            words => format!("{said}, saying: {words}"),
        });
        if let Some(hint) = hint {
            error = error.hint(hint);
        }
        Err(error)
    }
}

fn by_signal(signal: i32) -> String {
    let name = match signal {
        4 => "crashed (illegal instruction)",
        6 => "gave up (abort)",
        7 => "crashed (bus error)",
        8 => "crashed (arithmetic error)",
        9 => "was killed",
        11 => "crashed (segmentation fault)",
        13 => "ended because nobody read its output any more",
        15 => "was asked to end by another program",
        other => return format!("was ended by signal {other}"),
    };
    name.to_owned()
}

fn hint_for_code(code: i32) -> Option<&'static str> {
    match code {
        126 => Some("it could not be executed: check its permissions"),
        127 => Some("a program that it calls was not found"),
        _ => None,
    }
}

fn hint_for_signal(signal: i32) -> Option<&'static str> {
    (signal == 9).then_some("the system may have been out of memory; run fewer at once with `slots`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(exit: Exit, last_words: &str) -> String {
        let ended = Ended { program: "ffmpeg".into(), exit, last_words: last_words.into() };
        ended.success().map_or_else(|error| error.to_string(), |()| "fine".to_owned())
    }

    #[test]
    fn an_end_is_told_in_words() {
        assert_eq!(told(Exit::Code(0), "chatty"), "fine");
        assert_eq!(told(Exit::Code(1), ""), "`ffmpeg` ended with exit code 1");
        assert_eq!(told(Exit::Code(1), "no such codec"), "`ffmpeg` ended with exit code 1, saying: no such codec");
        assert_eq!(told(Exit::Signal(11), ""), "`ffmpeg` crashed (segmentation fault)");
        assert_eq!(told(Exit::Signal(40), ""), "`ffmpeg` was ended by signal 40");
        assert_eq!(Program::new("/usr/bin/ffmpeg").name(), "ffmpeg");
    }
}
