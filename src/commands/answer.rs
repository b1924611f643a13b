//! `windlass answer`: answers a question of a run that goes on in another process, or lists what is asked.

use std::path::{Path, PathBuf};

use windlass_core::node::explain_io;
use windlass_core::problem::nearest;
use windlass_store::Workspace;
use windlass_store::questions::{Answered, Posted, RunWithQuestions, runs};

use crate::cli::AnswerArgs;
use crate::exit::{Exit, Trouble, without_workspace};
use crate::past;
use crate::terminal::{self, one_line, printable};

use super::named_workspace;

/// Answers, or lists.
///
/// # Errors
/// Says that nobody asks, what is wrong with the answer, or that the run did not take it.
pub fn run(args: &AnswerArgs) -> anyhow::Result<Exit> {
    let home = home(args)?;
    let runs = match &home {
        Some(home) => runs(home).map_err(|error| store(home, &error))?,
        None if args.run.is_some() => return Err(past::no_workspace()),
        None => {
            terminal::err_line(&format!("there is no workspace here, nor above; {}", past::WHERE));
            Vec::new()
        }
    };
    match (&args.run, &args.node, &args.key, &args.value) {
        (Some(run), Some(node), Some(key), Some(value)) => {
            answer(one_run(&runs, run)?, node, key, value)?;
            Ok(Exit::Done)
        }
        (Some(run), ..) => list(&[one_run(&runs, run)?.clone()]),
        _ => list(&runs),
    }
}

/// Returns the folder `.windlass` of the workspace.
fn home(args: &AnswerArgs) -> anyhow::Result<Option<PathBuf>> {
    let here = crate::origin::here()?;
    let named = named_workspace(args.workspace.as_deref());
    let workspace = Workspace::find_for_run(&here, named.as_deref()).map_err(without_workspace)?;
    Ok(workspace.and_then(|workspace| workspace.home().map(Path::to_owned)))
}

fn store(home: &Path, error: &std::io::Error) -> anyhow::Error {
    Trouble::store("the questions of runs cannot be read").because(explain_io("read", home, error))
}

fn one_run<'a>(runs: &'a [RunWithQuestions], named: &str) -> anyhow::Result<&'a RunWithQuestions> {
    let matching: Vec<_> = runs.iter().filter(|run| run.run.starts_with(named)).collect();
    match matching[..] {
        [run] => Ok(run),
        [] => {
            let hint = match runs.is_empty() {
                true => "no run of this workspace asks anything now; a run that has ended cannot be answered, but \
                     `windlass resume --wait-for-answers 10m` asks again"
                    .to_owned(),
                false => format!("these ask: {}", names(runs.iter().map(|run| &run.run))),
            };
            Err(Trouble::wrong(format!("no run `{named}` asks anything")).hint(hint).into())
        }
        _ => {
            let hint = format!("write more of its name: {}", names(matching.iter().map(|run| &run.run)));
            Err(Trouble::wrong(format!("several runs begin with `{named}`")).hint(hint).into())
        }
    }
}

fn names<'a>(names: impl Iterator<Item = &'a String>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Answers what a run of a workspace asks.
///
/// # Errors
/// Says that nobody asks, what is wrong with the answer, or that the run did not take it.
#[cfg(feature = "window")]
pub fn answered(home: &Path, run: &str, (node, key): (&str, &str), value: &str) -> anyhow::Result<()> {
    let runs = runs(home).map_err(|error| store(home, &error))?;
    answer(one_run(&runs, run)?, node, key, value)
}

fn answer(run: &RunWithQuestions, node: &str, key: &str, value: &str) -> anyhow::Result<()> {
    let questions = run.questions().map_err(|error| store(Path::new(&run.run), &error))?;
    let question = one_question(&questions, node, key)?;
    let answered = run.answer(question, value).map_err(|error| store(Path::new(&run.run), &error))?;
    let trouble = match answered {
        Answered::Taken => return Ok(()),
        Answered::Refused(cause) => Trouble::wrong(format!("the answer was not taken: {cause}"))
            .hint(format!("the question is `{}`, and takes `{}`", question.question, question.answers)),
        Answered::TooLate => {
            Trouble::wrong("the question is not open any more: somebody has answered it, or the run went on without")
        }
        Answered::Ended => Trouble::wrong("the run ended before it took the answer"),
        Answered::NotTaken => Trouble::wrong("the run did not take the answer within ten seconds")
            .hint("it may be stopped (Ctrl-Z), or busy; the answer lies there, and is taken when it can be"),
    };
    Err(trouble.into())
}

/// Finds a question by the item's key, or by its name where that says which.
fn one_question<'a>(questions: &'a [Posted], node: &str, key: &str) -> anyhow::Result<&'a Posted> {
    let of_node: Vec<_> = questions.iter().filter(|question| question.node == node).collect();
    let by_name = || of_node.iter().filter(|question| question.name == key).collect::<Vec<_>>();
    if let Some(question) = of_node.iter().find(|question| question.key == key) {
        return Ok(question);
    }
    match by_name()[..] {
        [question] => Ok(question),
        [] => Err(nobody(questions, node, key).into()),
        _ => Err(Trouble::wrong(format!("several items are named `{key}`")).hint("name the key instead").into()),
    }
}

fn nobody(questions: &[Posted], node: &str, key: &str) -> Trouble {
    let asked = |question: &Posted| format!("`{} {}`", question.node, shown(question));
    let near = nearest(node, questions.iter().map(|question| question.node.as_str()));
    let hint = match (near, questions.is_empty()) {
        (Some(near), _) if near != node => format!("did you mean `{near}`?"),
        (_, true) => "all its questions have been answered".to_owned(),
        _ => format!("it asks {}", questions.iter().take(5).map(asked).collect::<Vec<_>>().join(", ")),
    };
    Trouble::wrong(format!("the run does not ask `{node}` about item `{key}`")).hint(hint)
}

fn shown(question: &Posted) -> &str {
    if question.key.is_empty() { "''" } else { &question.key }
}

fn list(runs: &[RunWithQuestions]) -> anyhow::Result<Exit> {
    let mut text = String::new();
    for run in runs {
        for question in run.questions().map_err(|error| store(Path::new(&run.run), &error))? {
            let name =
                if question.name.is_empty() { String::new() } else { format!(" ({})", one_line(&question.name)) };
            let line = format!(
                "{} {} {}{name}: {} [{}]",
                run.run,
                one_line(&question.node),
                one_line(shown(&question)),
                question.question,
                question.answers
            );
            text.push_str(&format!("{}\n", printable(&line)));
        }
    }
    terminal::print(if text.is_empty() { "nothing is asked\n" } else { &text })?;
    Ok(Exit::Done)
}
