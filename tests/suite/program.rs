//! Runs the built program in a folder of its own and looks at what came of it.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::Value as Json;

/// After this a program counts as hung; none of the suite's needs a tenth of it.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a program came to.
#[derive(Debug)]
pub struct Ran {
    /// Exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// A program under way.
pub struct Running {
    child: Child,
    out: Stream,
    err: Stream,
}

/// What a program has said so far, read as it comes.
struct Stream {
    heard: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

/// Writes two words, each to a file of its own.
pub const WORDS: &str = r#"
windlass: 1
name: Words
nodes:
  words: { kind: flow.constant, params: { value: [oak, elm] } }
  each: { kind: flow.each, inputs: { values: words.value } }
  save: { kind: files.write, params: { path: "out/{index}.txt" }, inputs: { value: each.value } }
"#;

/// Returns the program, to be run in `folder` without anything that the environment could change about it.
pub fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_windlass"));
    command.current_dir(folder).args(args).stdin(Stdio::null());
    for name in ["WINDLASS_WORKSPACE", "WINDLASS_JOBS", "WINDLASS_MEMORY", "XDG_CONFIG_HOME", "NO_COLOR", "TERM"] {
        command.env_remove(name);
    }
    // The settings of whoever runs the tests are not read: `folder` stands for the folder of a person.
    command.env("HOME", folder);
    command
}

/// Runs the program to its end.
pub fn windlass(folder: &Path, args: &[&str]) -> Ran {
    start(command(folder, args)).wait()
}

/// Starts a program.
pub fn start(mut command: Command) -> Running {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let out = gather(child.stdout.take().unwrap());
    let err = gather(child.stderr.take().unwrap());
    Running { child, out, err }
}

fn gather(mut from: impl Read + Send + 'static) -> Stream {
    let heard = Arc::<Mutex<Vec<u8>>>::default();
    let into = heard.clone();
    let reader = thread::Builder::new().name("reader".into()).spawn(move || {
        let mut bytes = [0; 4096];
        while let count @ 1.. = from.read(&mut bytes).unwrap() {
            into.lock().unwrap().extend_from_slice(&bytes[..count]);
        }
    });
    Stream { heard, reader: reader.unwrap() }
}

impl Stream {
    fn has(&self, text: &str) -> bool {
        self.heard.lock().unwrap().windows(text.len()).any(|part| part == text.as_bytes())
    }

    fn all(self) -> String {
        self.reader.join().unwrap();
        String::from_utf8(self.heard.lock().unwrap().clone()).unwrap()
    }
}

impl Running {
    /// Returns the process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until standard output has a text.
    #[track_caller]
    pub fn until_it_writes(&self, text: &str) {
        wait_until(text, || self.out.has(text));
    }

    /// Waits until standard error has a text.
    #[track_caller]
    pub fn until_it_says(&self, text: &str) {
        wait_until(text, || self.err.has(text));
    }

    /// Waits for the end of the program, and fails the test where there is none.
    pub fn wait(mut self) -> Ran {
        let end = Instant::now() + PATIENCE;
        let status = loop {
            match self.child.try_wait().unwrap() {
                Some(status) => break status,
                None if Instant::now() > end => {
                    self.child.kill().unwrap();
                    panic!("the program hung; it said\n{}", self.err.all());
                }
                None => thread::sleep(Duration::from_millis(5)),
            }
        };
        Ran { code: status.code(), out: self.out.all(), err: self.err.all() }
    }
}

impl Ran {
    /// Fails the test where the exit code is another one.
    #[track_caller]
    pub fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "standard error:\n{}\nstandard output:\n{}", self.err, self.out);
        self
    }

    /// Fails the test where standard error lacks a text.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.err.contains(text), "`{text}` is missing in\n{}", self.err);
        self
    }

    /// Returns the lines of standard output as JSON.
    #[track_caller]
    pub fn json_lines(&self) -> Vec<Json> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// Returns the events of a kind.
pub fn events<'a>(lines: &'a [Json], kind: &str) -> Vec<&'a Json> {
    lines.iter().filter(|line| line["event"] == kind).collect()
}

/// Waits until something holds, and fails the test where it never does.
#[track_caller]
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "never came: {what}");
        thread::sleep(Duration::from_millis(2));
    }
}

/// Returns every file below a folder, relative to it and sorted, without those of the workspace.
pub fn files_below(folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap();
            // What a link leads to lies elsewhere.
            let is_folder = path.is_dir() && !path.is_symlink();
            match is_folder {
                true if name == ".windlass" => {}
                true => folders.push(path),
                false => files.push(path.strip_prefix(folder).unwrap().to_str().unwrap().replace('\\', "/")),
            }
        }
    }
    files.sort();
    files
}

/// Returns the folder of the repository.
pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
