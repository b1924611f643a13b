//! Where the questions of a run lie so that another process can answer them: a folder for each run, a file for each
//! question, and beside it the answer, of which the first counts. A lock says whether the run still lives.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::checked;

/// The file that a run holds locked as long as it lives.
const ALIVE: &str = "alive";
/// How long the run may take to take an answer in.
const TAKEN_WITHIN: Duration = Duration::from_secs(10);
/// How long the end of a run waits for others to read what became of their answers.
const READ_WITHIN: Duration = Duration::from_secs(1);
/// How often it is looked whether it has.
const LOOK: Duration = Duration::from_millis(20);

/// A question that lies there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posted {
    /// The step that asks.
    pub node: String,
    /// Key of the item.
    pub key: String,
    /// Stable name of the item.
    pub name: String,
    /// What is asked.
    pub question: String,
    /// Type of the answer, as graphs write it.
    pub answers: String,
}

/// The questions of the run of this process.
pub struct Board {
    folder: PathBuf,
    /// Locked until the board is dropped.
    _alive: File,
    posted: BTreeMap<(String, String), PathBuf>,
    next: u64,
}

impl Board {
    /// Makes the folder of a run below the workspace's own folder `home`.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn create(home: &Path, run: &str) -> io::Result<Self> {
        let (folder, hidden) = (all_runs(home).join(run), all_runs(home).join(format!(".{run}")));
        fs::create_dir_all(&hidden)?;
        let alive = File::create(hidden.join(ALIVE))?;
        alive.lock()?;
        let left = RunWithQuestions { run: run.to_owned(), folder: folder.clone() };
        if folder.exists() && !left.is_alive() {
            // The process that worked on the run before was killed.
            fs::remove_dir_all(&folder)?;
        }
        // It is seen only now, so that nobody takes it for what a dead run left.
        fs::rename(&hidden, &folder)?;
        Ok(Self { folder, _alive: alive, posted: BTreeMap::new(), next: 0 })
    }

    /// Makes the folder say what is open now.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn show(&mut self, open: &[Posted]) -> io::Result<()> {
        let is_open = |at: &(String, String)| open.iter().any(|posted| (&posted.node, &posted.key) == (&at.0, &at.1));
        for (_, path) in self.posted.extract_if(.., |at, _| !is_open(at)) {
            take_down(&path, &Answered::TooLate);
        }
        for posted in open {
            let at = (posted.node.clone(), posted.key.clone());
            if self.posted.contains_key(&at) {
                continue;
            }
            let path = self.folder.join(format!("{}.question", self.next));
            self.next += 1;
            write_whole(&path, &checked::to_bytes(posted)?)?;
            self.posted.insert(at, path);
        }
        Ok(())
    }

    /// Takes the answers that have come: node, key, answer. One that did not come whole is refused.
    pub fn answers(&self) -> Vec<(String, String, String)> {
        let answer = |((node, key), path): (&(String, String), &PathBuf)| {
            let bytes = fs::read(path.with_extension("answer")).ok()?;
            let Some(answer) = checked::from_bytes(&bytes) else {
                // Who waits for it gives up by himself where even that cannot be written.
                drop(settle(path, &Answered::Refused("it did not come whole; answer again".to_owned())));
                return None;
            };
            Some((node.clone(), key.clone(), answer))
        };
        self.posted.iter().filter_map(answer).collect()
    }

    /// Says what became of an answer. A question whose answer was not taken stays.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn settle(&mut self, node: &str, key: &str, outcome: &Answered) -> io::Result<()> {
        let at = (node.to_owned(), key.to_owned());
        let Some(path) = self.posted.get(&at) else { return Ok(()) };
        settle(path, outcome)?;
        if *outcome == Answered::Taken {
            let _ = fs::remove_file(path);
            self.posted.remove(&at);
        }
        Ok(())
    }

    /// Returns whether somebody is still to read what became of an answer.
    fn is_awaited(&self) -> bool {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        entries.into_iter().any(|entry| entry.path().extension().is_some_and(|kind| kind == "outcome"))
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        self.posted.values().for_each(|path| take_down(path, &Answered::Ended));
        let began = Instant::now();
        while self.is_awaited() && began.elapsed() < READ_WITHIN {
            std::thread::sleep(LOOK);
        }
        // What is left is found dead by whoever looks, and removed then.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A run of any process that has questions.
#[derive(Clone, Debug)]
pub struct RunWithQuestions {
    /// Its name.
    pub run: String,
    folder: PathBuf,
}

/// Returns the runs that live and have asked something, oldest first; what dead ones left is removed.
///
/// # Errors
/// The folder cannot be read.
pub fn runs(home: &Path) -> io::Result<Vec<RunWithQuestions>> {
    let entries = match fs::read_dir(all_runs(home)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut runs = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        let run = RunWithQuestions { run: entry.file_name().to_string_lossy().into_owned(), folder: entry.path() };
        match run.is_alive() {
            true => runs.push(run),
            false => drop(fs::remove_dir_all(&run.folder)),
        }
    }
    runs.sort_by(|one, other| one.run.cmp(&other.run));
    Ok(runs)
}

/// What became of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answered {
    /// The run took it.
    Taken,
    /// The run refused it, for this reason.
    Refused(String),
    /// Somebody else had answered, or the run went on without an answer.
    TooLate,
    /// The run has ended.
    Ended,
    /// The run did not take it in time.
    NotTaken,
}

impl RunWithQuestions {
    /// Returns its questions.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn questions(&self) -> io::Result<Vec<Posted>> {
        Ok(self.files()?.into_iter().map(|(_, posted)| posted).collect())
    }

    /// Answers a question, and waits until the run has taken the answer.
    ///
    /// # Errors
    /// The answer cannot be written.
    pub fn answer(&self, question: &Posted, answer: &str) -> io::Result<Answered> {
        let Some((path, _)) = self.files()?.into_iter().find(|(_, posted)| posted == question) else {
            return Ok(Answered::TooLate);
        };
        let (answered, outcome) = (path.with_extension("answer"), path.with_extension("outcome"));
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(&checked::to_bytes(answer)?)?;
        match file.persist_noclobber(&answered) {
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => return Ok(Answered::TooLate),
            persisted => drop(persisted?),
        }
        let began = Instant::now();
        while began.elapsed() < TAKEN_WITHIN {
            if let Ok(told) = fs::read(&outcome) {
                fs::remove_file(&outcome)?;
                return Ok(checked::from_bytes(&told).unwrap_or(Answered::NotTaken));
            }
            if !self.is_alive() {
                return Ok(Answered::Ended);
            }
            std::thread::sleep(LOOK);
        }
        Ok(Answered::NotTaken)
    }

    fn files(&self) -> io::Result<Vec<(PathBuf, Posted)>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            // A question that is answered at this moment is gone when it is read.
            let posted = fs::read(&path).ok().filter(|_| path.extension().is_some_and(|kind| kind == "question"));
            files.extend(posted.and_then(|bytes| Some((path, checked::from_bytes(&bytes)?))));
        }
        files.sort_by(|(_, one): &(PathBuf, Posted), (_, other)| (&one.node, &one.key).cmp(&(&other.node, &other.key)));
        Ok(files)
    }

    fn is_alive(&self) -> bool {
        // Its own lock is given back at once: the file is closed when this returns.
        File::open(self.folder.join(ALIVE))
            .is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }
}

fn all_runs(home: &Path) -> PathBuf {
    home.join("questions")
}

/// Removes a question that is open no more; an answer that lies there has come in vain.
fn take_down(question: &Path, outcome: &Answered) {
    let _ = fs::remove_file(question);
    if question.with_extension("answer").exists() {
        // Whoever answered learns from the end of the run what cannot be written.
        let _ = settle(question, outcome);
    }
}

fn settle(question: &Path, outcome: &Answered) -> io::Result<()> {
    write_whole(&question.with_extension("outcome"), &checked::to_bytes(outcome)?)?;
    fs::remove_file(question.with_extension("answer"))
}

fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posted(key: &str) -> Posted {
        let text = |text: &str| text.to_owned();
        Posted {
            node: text("ask"),
            key: text(key),
            name: text("a.jpg"),
            question: text("keep?"),
            answers: text("bool"),
        }
    }

    #[test]
    fn an_answer_reaches_the_run_and_the_first_one_counts() {
        let home = tempfile::tempdir().unwrap();
        let mut board = Board::create(home.path(), "run-1").unwrap();
        board.show(&[posted("0"), posted("1")]).unwrap();
        let run = runs(home.path()).unwrap().remove(0);
        assert_eq!(run.questions().unwrap(), [posted("0"), posted("1")]);
        std::thread::scope(|scope| {
            let answering = scope.spawn(|| run.answer(&posted("1"), "true").unwrap());
            while board.answers().is_empty() {
                std::thread::sleep(LOOK);
            }
            assert_eq!(run.answer(&posted("1"), "false").unwrap(), Answered::TooLate);
            assert_eq!(board.answers(), [("ask".to_owned(), "1".to_owned(), "true".to_owned())]);
            board.settle("ask", "1", &Answered::Taken).unwrap();
            assert_eq!(answering.join().unwrap(), Answered::Taken);
            let refusing = scope.spawn(|| run.answer(&posted("0"), "perhaps").unwrap());
            while board.answers().is_empty() {
                std::thread::sleep(LOOK);
            }
            let refused = Answered::Refused("expected `bool`".into());
            board.settle("ask", "0", &refused).unwrap();
            assert_eq!(refusing.join().unwrap(), refused);
        });
        assert_eq!(run.questions().unwrap(), [posted("0")], "a refused question stays");
        std::thread::scope(|scope| {
            let late = scope.spawn(|| run.answer(&posted("0"), "true").unwrap());
            while board.answers().is_empty() {
                std::thread::sleep(LOOK);
            }
            drop(board);
            assert_eq!(late.join().unwrap(), Answered::Ended, "the run ended without the answer");
        });
    }

    #[test]
    fn an_answer_that_did_not_come_whole_is_refused_and_can_be_given_again() {
        let home = tempfile::tempdir().unwrap();
        let mut board = Board::create(home.path(), "run-1").unwrap();
        board.show(&[posted("0")]).unwrap();
        let run = runs(home.path()).unwrap().remove(0);
        let answer = run.folder.join("0.answer");
        fs::write(&answer, "true").unwrap();
        assert!(board.answers().is_empty() && !answer.exists());
        let told: Answered = checked::from_bytes(&fs::read(run.folder.join("0.outcome")).unwrap()).unwrap();
        assert!(matches!(told, Answered::Refused(_)));
        fs::write(&answer, checked::to_bytes("true").unwrap()).unwrap();
        assert_eq!(board.answers().len(), 1);
    }

    #[test]
    fn what_a_dead_run_left_is_removed() {
        let home = tempfile::tempdir().unwrap();
        let dead = all_runs(home.path()).join("dead");
        fs::create_dir_all(&dead).unwrap();
        File::create(dead.join(ALIVE)).unwrap();
        assert!(runs(home.path()).unwrap().is_empty());
        assert!(!dead.exists());
        drop(Board::create(home.path(), "done").unwrap());
        fs::create_dir_all(&dead).unwrap();
        File::create(dead.join(ALIVE)).unwrap();
        drop(Board::create(home.path(), "dead").unwrap());
        assert!(runs(home.path()).unwrap().is_empty());
    }
}
