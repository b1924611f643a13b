//! Questions of a run, answered from another process.

use std::path::Path;

use crate::program::{Ran, command, files_below, repository, start, wait_until, windlass};

fn choose(folder: &Path, more: &[&str]) -> Vec<String> {
    let (out, workspace) = (folder.to_str().unwrap(), folder.join(".windlass"));
    let args = ["run", "graphs/choose.yaml", "--out", out, "--workspace", workspace.to_str().unwrap()];
    args.iter().chain(more).map(|arg| (*arg).to_owned()).collect()
}

fn answer(folder: &Path, args: &[&str]) -> Ran {
    let workspace = folder.join(".windlass");
    windlass(&repository(), &[&["answer", "--workspace", workspace.to_str().unwrap()], args].concat())
}

#[test]
fn what_is_kept_is_made_and_what_is_dropped_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let args = choose(folder.path(), &["--wait-for-answers", "60s"]);
    let args: Vec<_> = args.iter().map(String::as_str).collect();
    let running = start(command(&repository(), &args));
    running.until_it_says("answer: windlass answer");
    running.until_it_says(&format!(" --workspace {}", folder.path().join(".windlass").display()));
    let mut listed = answer(folder.path(), &[]).ends_with(0).out;
    while listed.lines().count() < photos().len() {
        listed = answer(folder.path(), &[]).ends_with(0).out;
    }
    let run = listed.split(' ').next().unwrap().to_owned();
    answer(folder.path(), &[&run, "ask", "0", "perhaps"]).ends_with(2).says("expected `text(\"keep\"|\"drop\")`");
    answer(folder.path(), &[&run, "aks", "0", "keep"]).ends_with(2).says("did you mean `ask`?");
    answer(folder.path(), &[&run, "ask", "99", "keep"]).ends_with(2).says("does not ask `ask` about item `99`");
    let photos = photos();
    for (at, photo) in photos.iter().enumerate() {
        // The first by its key, the others by their names.
        let (item, word) = if at == 0 { ("0", "keep") } else { (photo.as_str(), "drop") };
        answer(folder.path(), &[&run, "ask", item, word]).ends_with(0);
    }
    running.wait().ends_with(0);
    let (kept, _) = photos[0].rsplit_once('.').unwrap();
    assert_eq!(files_below(folder.path()), [format!("out/choose/{kept}.jpg"), "out/choose/all.png".into()].sorted());
    assert_eq!(answer(folder.path(), &[]).ends_with(0).out, "nothing is asked\n");
    answer(folder.path(), &[&run, "ask", "0", "keep"]).ends_with(2).says("a run that has ended cannot be answered");
}

#[test]
fn a_run_that_nobody_answers_ends_with_5_and_did_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let args = choose(folder.path(), &[]);
    let args: Vec<_> = args.iter().map(String::as_str).collect();
    let ran = windlass(&repository(), &args).ends_with(5);
    assert!(ran.err.contains("waits for answers") && ran.err.contains("Is this one good enough?"), "{}", ran.err);
    assert_eq!(files_below(folder.path()), ["out/choose/all.png"]);
}

/// Waits until so many questions are asked, and returns the name of the run that asks.
fn asked(folder: &Path, count: usize) -> String {
    let mut listed = String::new();
    wait_until("all questions", || {
        listed = answer(folder, &[]).ends_with(0).out;
        listed.lines().count() == count && listed != "nothing is asked\n"
    });
    listed.split(' ').next().unwrap().to_owned()
}

#[cfg(unix)]
#[test]
fn what_was_answered_before_a_kill_is_not_asked_again() {
    let folder = tempfile::tempdir().unwrap();
    let args = choose(folder.path(), &[]);
    windlass(&repository(), &args.iter().map(String::as_str).collect::<Vec<_>>()).ends_with(5);
    let workspace = folder.path().join(".windlass");
    let again = ["resume", "--workspace", workspace.to_str().unwrap(), "--wait-for-answers", "60s"];
    let running = start(command(&repository(), &again));
    let run = asked(folder.path(), photos().len());
    answer(folder.path(), &[&run, "ask", "0", "keep"]).ends_with(0);
    let killed = std::process::Command::new("kill").args(["-9", &running.id().to_string()]).status().unwrap();
    assert!(killed.success() && running.wait().code.is_none());
    let running = start(command(&repository(), &again));
    assert_eq!(asked(folder.path(), photos().len() - 1), run);
    answer(folder.path(), &[&run, "ask", "0", "drop"]).ends_with(2).says("does not ask `ask` about item `0`");
    for photo in &photos()[1..] {
        answer(folder.path(), &[&run, "ask", photo, "drop"]).ends_with(0);
    }
    running.wait().ends_with(0);
    let (kept, _) = photos().remove(0).rsplit_once('.').map(|(stem, ending)| (stem.to_owned(), ending.len())).unwrap();
    assert_eq!(files_below(folder.path()), [format!("out/choose/{kept}.jpg"), "out/choose/all.png".into()].sorted());
}

/// Returns the names of the sample photos, in order.
fn photos() -> Vec<String> {
    let entries = std::fs::read_dir(repository().join("graphs/samples/photos")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.sorted()
}

trait Sorted {
    fn sorted(self) -> Vec<String>;
}

impl<T: IntoIterator<Item = String>> Sorted for T {
    fn sorted(self) -> Vec<String> {
        let mut all: Vec<_> = self.into_iter().collect();
        all.sort();
        all
    }
}
